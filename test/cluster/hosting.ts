// The page in the cluster as it is shipped: its own process, under its own service account and what deploy/page gives that, and those who ask it.
import { createPrivateKey, randomUUID, sign, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../../deploy/local/ports.ts';
import { files } from '../../deploy/local/layout.ts';
import { lastLines, launch } from '../../deploy/local/process.ts';
import { must } from './admin.ts';
import { polled, SYSTEM, type Stage } from './harness.ts';

export const PAGE = `system:serviceaccount:${SYSTEM}:immutableapp-page`;
const MAIN = join(import.meta.dirname, '../../src/cli/hosted/main.ts');

export interface Hosted {
  readonly port: number;
  log(): string;
  stop(): Promise<void>;
}

/** Installs deploy/page and starts what it would run. */
export async function host(stage: Stage, flags: readonly string[] = []): Promise<Hosted> {
  await stage.kubectl('apply', '--server-side', '-k', 'deploy/page');
  const port = await freePort();
  const kubeconfig = await stage.cluster.kubeconfigFor({ serviceAccount: `${SYSTEM}/immutableapp-page` });
  const log = join(mkdtempSync(join(stage.cluster.directory, 'page-')), 'log');
  const all = ['--kubeconfig', kubeconfig, '--operator-namespace', SYSTEM, '--port', String(port), ...flags];
  const program = launch('page', { file: process.execPath, arguments: [MAIN, ...all], watchesParent: false }, log);
  await polled('the page is ready', async () => {
    if (!program.running) throw new Error(`the page ${await program.ended}:\n${lastLines(log)}`);
    const answer = await ask(port, '/readyz', {}).catch((error: unknown) => ({ status: 0, body: String(error) }));
    return answer.status === 200 || answer.body;
  });
  return {
    port,
    log: () => readFileSync(log, 'utf8'),
    stop: () => program.end(),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const opened = (port: number, path: string, headers: Readonly<Record<string, string>>, method: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path, method, headers: { host: `localhost:${port}`, ...headers }, agent: false },
      resolve,
    );
    asked.on('error', reject);
    asked.end();
  });

export async function ask(port: number, path: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<Answer> {
  const answer = await opened(port, path, headers, method);
  let body = '';
  for await (const chunk of answer) body += String(chunk);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body };
}

export interface Stream {
  readonly status: number;
  /** Keys of the Apps that it has told of so far, and not taken back. */
  readonly apps: () => readonly string[];
  readonly hasEnded: () => boolean;
  close(): void;
}

export async function listenTo(port: number, token: string): Promise<Stream> {
  const answer = await opened(port, '/events', { authorization: `Bearer ${token}` }, 'GET');
  const apps = new Set<string>();
  let text = '';
  let ended = false;
  answer.setEncoding('utf8').on('data', (chunk: string) => {
    const events = (text + chunk).split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const [, name, data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
      if (name !== 'news') continue;
      const { all, rows, gone } = JSON.parse(data) as { all: boolean; rows: { key: string }[]; gone: string[] };
      if (all) apps.clear();
      for (const { key } of rows) apps.add(key);
      for (const key of gone) apps.delete(key);
    }
  });
  answer.on('close', () => (ended = true)).on('error', () => undefined);
  return {
    status: answer.statusCode ?? 0,
    apps: () => [...apps].toSorted(),
    hasEnded: () => ended,
    close: () => answer.destroy(),
  };
}

export interface Claims {
  /** Seconds from now; in the past: it has ended. */
  readonly seconds: number;
  readonly audience?: string;
  readonly key?: KeyObject;
}

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const coded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token as the API server would have made it, but for what is asked for, which it would not make. */
export async function tokenOf(stage: Stage, namespace: string, name: string, { seconds, audience = ISSUER, key }: Claims): Promise<string> {
  const account = must(await stage.admin.get<{ metadata: { uid: string } }>(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}`));
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: ISSUER,
    aud: [audience],
    sub: `system:serviceaccount:${namespace}:${name}`,
    iat: now - 7200,
    nbf: now - 7200,
    exp: now + seconds,
    jti: randomUUID(),
    'kubernetes.io': { namespace, serviceaccount: { name, uid: account.metadata.uid } },
  };
  const signed = `${coded({ alg: 'ES256' })}.${coded(claims)}`;
  const by = key ?? createPrivateKey(readFileSync(files(stage.cluster.directory).serviceAccountKey));
  return `${signed}.${sign('sha256', Buffer.from(signed), { key: by, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
