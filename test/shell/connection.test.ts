import { afterEach, expect, test } from '@jest/globals';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromKubeconfig, inCluster } from '../../src/shell/api/connection.ts';
import { eventually, manualClock } from './faultserver.ts';

const directories: string[] = [];
afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});
async function files(contents: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'connection-'));
  directories.push(directory);
  for (const [name, content] of Object.entries(contents)) await writeFile(join(directory, name), content);
  return directory;
}

async function pod(more: Record<string, string> = {}) {
  const directory = await files({ token: 'one\n', 'ca.crt': 'CA 1', namespace: 'system\n', ...more });
  const clock = manualClock();
  const errors: unknown[] = [];
  const connection = await inCluster({ host: '192.0.2.1', port: '443', clock, directory, onError: (error) => errors.push(error) });
  return { directory, clock, errors, connection };
}

test('a pod finds its API server, namespace, token and CA', async () => {
  const { connection } = await pod();
  expect(connection).toMatchObject({ server: 'https://192.0.2.1:443', namespace: 'system' });
  expect(connection.credentials()).toEqual({ headers: { authorization: 'Bearer one' }, tls: { ca: 'CA 1' } });
});

test('an IPv6 address is bracketed', async () => {
  const { directory, clock } = await pod();
  expect((await inCluster({ host: '2001:db8::1', port: '6443', clock, directory })).server).toBe('https://[2001:db8::1]:6443');
});

test('without a service account there is no connection', async () => {
  await expect(inCluster({ host: 'a', port: '1', clock: manualClock(), directory: '/nowhere' })).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a rotated token is used after a minute, and no connection is rebuilt for it', async () => {
  const { directory, clock, connection } = await pod();
  const before = connection.credentials();
  await writeFile(join(directory, 'token'), 'two');
  clock.advance(59_999);
  expect(connection.credentials()).toBe(before);
  clock.advance(1);
  expect(connection.credentials()).toBe(before);
  await eventually(() => connection.credentials().headers.authorization === 'Bearer two');
  expect(connection.credentials().tls).toBe(before.tls);
});

test('a rotated CA is new TLS material', async () => {
  const { directory, clock, connection } = await pod();
  await writeFile(join(directory, 'ca.crt'), 'CA 2');
  clock.advance(60_000);
  connection.credentials();
  await eventually(() => connection.credentials().tls.ca === 'CA 2');
});

test('a 401 reads the token at once, but not in a loop', async () => {
  const { directory, clock, connection } = await pod();
  await writeFile(join(directory, 'token'), 'two');
  connection.refused();
  expect(connection.credentials().headers.authorization).toBe('Bearer one');
  clock.advance(1_000);
  connection.refused();
  await eventually(() => connection.credentials().headers.authorization === 'Bearer two');
});

test('what cannot be read keeps the old credentials, and is reported', async () => {
  const { directory, clock, connection, errors } = await pod();
  await rm(join(directory, 'token'));
  clock.advance(60_000);
  connection.credentials();
  await eventually(() => errors.length === 1);
  expect(connection.credentials().headers.authorization).toBe('Bearer one');
});

const kubeconfig = (user: string, server = 'https://example.test:6443') => `
apiVersion: v1
kind: Config
current-context: one
clusters:
- name: c
  cluster: {server: "${server}", certificate-authority-data: ${Buffer.from('CA').toString('base64')}, tls-server-name: kubernetes}
users:
- name: u
  user: ${user}
contexts:
- name: one
  context: {cluster: c, user: u, namespace: team}
- name: two
  context: {cluster: c, user: u}
`;

test('a kubeconfig with a client certificate', async () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const directory = await files({ config: kubeconfig(`{client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')}}`) });
  const connection = await fromKubeconfig({ files: [join(directory, 'config')], clock: manualClock() });
  expect(connection).toMatchObject({ server: 'https://example.test:6443', namespace: 'team' });
  const { tls, headers } = connection.credentials();
  expect(headers).toEqual({});
  expect(Object.fromEntries(Object.entries(tls).map(([name, value]) => [name, String(value)]))).toEqual({
    ca: 'CA',
    cert: 'CERT',
    key: 'KEY',
    servername: 'kubernetes',
  });
});

test('a kubeconfig with a token, seen through another context', async () => {
  const directory = await files({ config: kubeconfig('{token: secret}') });
  const connection = await fromKubeconfig({ files: [join(directory, 'config')], context: 'two', clock: manualClock() });
  expect(connection.namespace).toBe('default');
  expect(connection.credentials().headers).toEqual({ Authorization: 'Bearer secret' });
});

test('of several kubeconfigs the first says which context is current', async () => {
  const other = kubeconfig('{token: other}', 'https://other.test')
    .replaceAll(/\b(one|two)\b/g, 'other-$1')
    .replaceAll(/\b([cu])(?=[},\n])/g, 'other-$1');
  const directory = await files({ config: kubeconfig('{token: secret}'), other });
  const names = ['config', 'other'].map((name) => join(directory, name));
  expect((await fromKubeconfig({ files: names, clock: manualClock() })).server).toBe('https://example.test:6443');
  const connection = await fromKubeconfig({ files: names, context: 'other-one', clock: manualClock() });
  expect(connection.server).toBe('https://other.test');
  expect(connection.credentials().headers).toEqual({ Authorization: 'Bearer other' });
});

test('a context that does not exist is named', async () => {
  const directory = await files({ config: kubeconfig('{token: secret}') });
  const opening = fromKubeconfig({ files: [join(directory, 'config')], context: 'nope', clock: manualClock() });
  await expect(opening).rejects.toMatchObject({ message: expect.stringContaining('"nope"') });
});

test('an exec plugin is asked again after a 401, and only then', async () => {
  const directory = await files({ count: '0' });
  const count = join(directory, 'count');
  const script = `const fs=require('fs');const n=+fs.readFileSync('${count}','utf8')+1;fs.writeFileSync('${count}',String(n));console.log(JSON.stringify({apiVersion:'client.authentication.k8s.io/v1',kind:'ExecCredential',status:{token:'t'+n}}))`;
  await writeFile(join(directory, 'plugin.cjs'), script);
  const user = `{exec: {apiVersion: client.authentication.k8s.io/v1, command: "${process.execPath}", args: ["${join(directory, 'plugin.cjs')}"], interactiveMode: Never}}`;
  await writeFile(join(directory, 'config'), kubeconfig(user));
  const clock = manualClock();
  const connection = await fromKubeconfig({ files: [join(directory, 'config')], clock });
  expect(connection.credentials().headers).toEqual({ Authorization: 'Bearer t1' });
  clock.advance(60_000);
  connection.credentials();
  await new Promise(setImmediate);
  expect(await readFile(count, 'utf8')).toBe('1');
  await eventually(() => {
    clock.advance(1_000);
    connection.refused();
    return connection.credentials().headers.Authorization === 'Bearer t2';
  });
});

test('nothing loads the Kubernetes client before a kubeconfig is used', async () => {
  const sources = (await readdir('src', { recursive: true })).filter((name) => name.endsWith('.ts') && !name.startsWith('cli'));
  for (const name of sources) {
    const text = await readFile(join('src', name), 'utf8');
    expect(`${name}: ${/^import (?!type).*'@kubernetes\/client-node'/m.exec(text)?.[0] ?? 'none'}`).toBe(`${name}: none`);
  }
});
