// kubectl iapp as it is shipped for people who have Node: three files in a folder, of which one loads another.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { plugin } from '../../../scripts/build.ts';
import { VERSION } from '../../../src/flags.ts';

const folder = mkdtempSync(join(tmpdir(), 'shipped-'));
const home = join(folder, 'home');
beforeAll(async () => {
  await plugin(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function started(
  file: string,
  environment: NodeJS.ProcessEnv = {},
  words = ['--version'],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, HOME: home, ...environment };
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [file, ...words], { env })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

const VERSION_SAID = { code: 0, stdout: `${VERSION}\n`, stderr: '' };

test('keeps what Node compiled of it beside what kubectl keeps', async () => {
  expect(await started(join(folder, 'kubectl-iapp'))).toEqual(VERSION_SAID);
  expect(readdirSync(join(home, '.kube/cache/iapp'))).not.toEqual([]);
  const KUBECACHEDIR = join(folder, 'elsewhere');
  expect(await started(join(folder, 'kubectl-iapp'), { KUBECACHEDIR })).toEqual(VERSION_SAID);
  expect(readdirSync(join(KUBECACHEDIR, 'iapp'))).not.toEqual([]);
});

test('works where nothing can be kept, and through a link, as krew makes it', async () => {
  const link = join(folder, 'linked');
  symlinkSync('kubectl-iapp', link);
  expect(await started(link, { HOME: '/dev/null' })).toEqual(VERSION_SAID);
});

test('as an ES module, as it is beside a package.json that says so', async () => {
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  expect(await started(join(folder, 'kubectl-iapp'))).toEqual(VERSION_SAID);
  rmSync(join(folder, 'package.json'));
});

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** SOCKS 5 without a password (RFC 1928), to `port` here, whatever is asked for; tells the ports that were. */
function socks(port: number, asked: number[]): Server {
  const next = (socket: Socket): Promise<Buffer> => once(socket, 'data').then(([data]) => data as Buffer);
  return createServer((socket) => {
    void (async () => {
      await next(socket);
      socket.write(Buffer.from([5, 0]));
      const request = await next(socket);
      asked.push(request.readUInt16BE(request.length - 2));
      const there = connect(port, '127.0.0.1');
      await once(there, 'connect');
      socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      socket.pipe(there).pipe(socket);
    })();
  });
}

test('what is only loaded when it is needed is there: the way through a SOCKS proxy, and YAML', async () => {
  const app = { metadata: { name: 'web', namespace: 'shop', resourceVersion: '1', generation: 1 }, spec: { paused: true } };
  const api = createHttpServer((_, response) => response.end(JSON.stringify({ metadata: { resourceVersion: '7' }, items: [app] })));
  const asked: number[] = [];
  const proxy = socks(await portOf(api), asked);
  try {
    const cluster = { server: 'http://127.0.0.1:9', 'proxy-url': `socks5://127.0.0.1:${String(await portOf(proxy))}` };
    const config = {
      clusters: [{ name: 'there', cluster }],
      contexts: [{ name: 'there', context: { cluster: 'there', user: 'me' } }],
      users: [{ name: 'me', user: {} }],
      'current-context': 'there',
    };
    writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(config));
    const { stdout, stderr } = await started(join(folder, 'kubectl-iapp'), { KUBECONFIG: join(folder, 'kubeconfig') }, [
      'top',
      '-A',
      '-o',
      'yaml',
    ]);
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringContaining('    want: Unreported\n'), stderr: '' });
    expect(asked).toContain(9);
  } finally {
    proxy.close();
    api.close();
  }
});

test('copied alone it says what is missing, in a sentence', async () => {
  rmSync(join(folder, 'iapp.cjs'));
  expect(await started(join(folder, 'kubectl-iapp'))).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'iapp.cjs is not there: it belongs beside kubectl-iapp.\n',
  });
});
