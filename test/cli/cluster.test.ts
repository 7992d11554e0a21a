// How the plugin asks for what it follows: page by page, however much there is, and then from where the list ended.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { clusterOf, type Change } from '../../src/cli/cluster.ts';
import { EXIT } from '../../src/cli/exit.ts';

const asked: string[] = [];
let server: Server;
let folder: string;

const named = (name: string): object => ({ metadata: { name, namespace: 'shop', resourceVersion: '1' } });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'immutableapp-cli-'));
  server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://here').searchParams;
    asked.push([...query].map(([key, value]) => `${key}=${value}`).join(' '));
    const later = query.get('continue');
    if (query.has('watch')) response.end(`${JSON.stringify({ type: 'MODIFIED', object: named('a') })}\n`);
    else if (later === null) response.end(JSON.stringify({ metadata: { resourceVersion: '7', continue: 'more' }, items: [named('a')] }));
    else response.end(JSON.stringify({ metadata: { resourceVersion: '7' }, items: [named('b')] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
  asked.length = 0;
});

const urlOf = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
function writeKubeconfig(file: string, server = urlOf()): void {
  const config = {
    clusters: [{ name: 'here', cluster: { server, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    users: [{ name: 'me', user: {} }],
    'current-context': 'here',
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(config));
}

test('what is followed is listed page by page, and then watched from there', async () => {
  const kubeconfig = join(folder, 'kubeconfig');
  writeKubeconfig(kubeconfig);
  const { signal } = new AbortController();
  const cluster = await clusterOf({ kubeconfig, groups: [], timeoutMs: 5000, signal, environment: {} });
  const changes: string[] = [];
  const seen = cluster.watch<{ metadata: { name?: string; resourceVersion: string } }>('ImmutableApp', 'shop', {}, signal);
  for await (const { type, object } of seen as AsyncIterable<Change<{ metadata: { name?: string } }>>)
    changes.push(`${type} ${object.metadata.name ?? ''}`.trim());
  expect(changes).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK', 'MODIFIED a']);
  expect(asked).toEqual(['limit=500', 'limit=500 continue=more', 'watch=1 allowWatchBookmarks=true resourceVersion=7']);
});

test.each([200, 404, 503])('a web page in place of an answer, with status %d, is told of in a sentence', async (status) => {
  server.removeAllListeners('request');
  server.on('request', (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end('<html><body>Sign in</body></html>');
  });
  const kubeconfig = join(folder, 'kubeconfig');
  writeKubeconfig(kubeconfig);
  const cluster = await clusterOf({ kubeconfig, groups: [], timeoutMs: 5000, signal: new AbortController().signal, environment: {} });
  const message = `what answers at ${urlOf()} is a web page (HTTP ${String(status)}) and no API server: look at the proxy, or log in`;
  await expect(cluster.find('/apis')).rejects.toMatchObject({ message, exit: EXIT.away });
});

const MANY = Array.from({ length: 3_000 }, (_, i) => named(`é${String(i)}`));
test.each<[string, number, unknown]>([
  ['is read', 0, MANY],
  ['that breaks off is told of', 100, 'the API server broke off its answer: unexpected end of file'],
])('a packed list, as the API server packs large ones, %s', async (_, missing, expected) => {
  const whole = gzipSync(JSON.stringify({ metadata: { resourceVersion: '7' }, items: MANY }));
  const packed = whole.subarray(0, whole.length - missing);
  server.removeAllListeners('request');
  server.on('request', ({ headers }: IncomingMessage, response: ServerResponse) => {
    expect(headers['accept-encoding']).toBe('gzip');
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
  });
  const kubeconfig = join(folder, 'kubeconfig');
  writeKubeconfig(kubeconfig);
  const cluster = await clusterOf({ kubeconfig, groups: [], timeoutMs: 5000, signal: new AbortController().signal, environment: {} });
  expect(await cluster.list('ConfigMap', 'shop').catch((error: unknown) => (error as Error).message)).toEqual(expected);
});

test('a kubeconfig whose name is empty is the one at home, as for kubectl', async () => {
  writeKubeconfig(join(folder, '.kube/config'));
  const { signal } = new AbortController();
  const environment = { HOME: folder, KUBECONFIG: '' };
  const cluster = await clusterOf({ kubeconfig: '', groups: [], timeoutMs: 5000, signal, environment });
  expect(cluster.server).toBe(urlOf());
});

test('of several kubeconfigs one may be missing, and of what two say the first holds, as for kubectl', async () => {
  const [missing, first, second] = ['missing', 'first', 'second'].map((name) => join(folder, name)) as [string, string, string];
  writeKubeconfig(first);
  writeKubeconfig(second, 'https://elsewhere');
  const { signal } = new AbortController();
  const environment = { KUBECONFIG: [missing, first, second].join(':') };
  const cluster = await clusterOf({ groups: [], timeoutMs: 5000, signal, environment });
  expect(cluster.server).toBe(urlOf());
});
