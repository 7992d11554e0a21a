// Who the platform says may be asked: read from a file, again when it changes, and never worse than before for a file that is broken.
import { afterEach, expect, test } from '@jest/globals';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newAuthority } from '../../deploy/local/certificates.ts';
import type { GateSource } from '../../src/model/observed.ts';
import { askPrometheus } from '../../src/shell/gates/prometheus.ts';
import { openSources } from '../../src/shell/gates/sources.ts';
import { eventually, json, linesOf, manualClock } from './faultserver.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});
const ONE = '- {name: main, url: "http://prometheus.monitoring:9090/prom/"}\n';

async function given(text: string, others: Record<string, string> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'sources-'));
  cleanups.push(() => rm(directory, { recursive: true }));
  const file = join(directory, 'sources.yaml');
  for (const [name, content] of Object.entries({ 'sources.yaml': text, ...others })) await writeFile(join(directory, name), content);
  const clock = manualClock();
  const log = linesOf();
  const told: (readonly GateSource[])[] = [];
  const stale: boolean[] = [];
  const open = async () => {
    const sources = await openSources({ file, clock, log, changed: (each) => told.push(each), stale: (is) => stale.push(is) });
    cleanups.push(() => {
      sources.stop();
    });
    return sources;
  };
  return { directory, file, clock, log, told, stale, open };
}

test('a source is found by its name, in its namespaces', async () => {
  const { open, told } = await given(
    `sources:\n${ONE}- {name: board, url: "https://[2001:db8::1]/a/b", tokenFile: token, namespaces: [shop]}\n`,
    { token: 'secret\n' },
  );
  const sources = await open();
  expect(sources.find('main', 'any')).toEqual({
    host: 'prometheus.monitoring',
    port: 9090,
    path: '/prom',
    headers: {},
    tls: undefined,
    format: 'cloudevents',
  });
  expect(sources.find('board', 'shop')).toMatchObject({
    host: '2001:db8::1',
    port: 443,
    path: '/a/b',
    headers: { authorization: 'Bearer secret' },
  });
  expect(sources.find('board', 'blog')).toBeUndefined();
  expect(sources.find('other', 'shop')).toBeUndefined();
  expect(told).toEqual([
    [
      { name: 'main', namespaces: undefined },
      { name: 'board', namespaces: ['shop'] },
    ],
  ]);
});

test('an address that is a secret comes from a file, and the platform says who is told of every App', async () => {
  const { open } = await given(`sources:\n- {name: chat, urlFile: hook, format: slack}\n${ONE}notify: [chat]\n`, {
    hook: 'https://hooks.slack.com/services/T0/B0/x\n',
  });
  const sources = await open();
  expect(sources.find('chat', 'any')).toMatchObject({ host: 'hooks.slack.com', path: '/services/T0/B0/x', format: 'slack' });
  expect(sources.notify()).toEqual(['chat']);
});

test.each<[string, string]>([
  ['', 'has no list of sources'],
  ['sources: main', 'has no list of sources'],
  ['- {url: "http://x"}', 'source 1 needs a name'],
  ['- {name: Main, url: "http://x"}', 'source 1 needs a name'],
  [`${ONE}- {name: b, url: "ftp://x"}`, 'source 2 (b) needs a url with http or https'],
  ['- {name: b, url: "http://u:p@x"}', 'without a password'],
  ['- {name: b, url: "http://x/?a=b"}', 'without a query'],
  ['- {name: b, url: "http://x", token: t}', 'has a field token: there are name, url, urlFile, caFile, tokenFile, namespaces, format'],
  ['- {name: b, url: "http://x", namespaces: shop}', 'namespaces is a list of names'],
  ['- {name: b, url: "http://x", tokenFile: nowhere}', 'ENOENT'],
  [ONE + ONE, 'two sources named main'],
  ['- {name: b, url: "http://x", format: teams}', 'format is cloudevents, slack, alertmanager'],
  ['- {name: b, url: "http://x", urlFile: u}', 'a url and a urlFile'],
  [`sources:\n${ONE}notify: [other]`, 'is to notify "other", and has no source of that name'],
  [`sources:\n${ONE}notify: main`, 'notify is a list of names of sources'],
  ['{{', 'sources.yaml'],
])('a file of %j is refused: %s', async (text, problem) => {
  const { open, file } = await given(text);
  await expect(open()).rejects.toThrow(problem === 'sources.yaml' ? /./ : problem);
  expect(file).toContain('sources.yaml');
});

test('it is read again as a mounted ConfigMap changes, and a token too', async () => {
  const { directory, file, clock, open, told } = await given('');
  // As the kubelet mounts it: a link to a folder that is swapped.
  const mount = async (name: string, text: string, token: string) => {
    await writeFile(join(directory, `${name}.yaml`), text);
    await writeFile(join(directory, 'token'), token);
    await symlink(`${name}.yaml`, join(directory, 'link'));
    await rename(join(directory, 'link'), file);
  };
  const url = '"http://a", tokenFile: token';
  await mount('one', `- {name: a, url: ${url}}`, 't1');
  const sources = await open();
  const token = (name: string) => sources.find(name, 'x')?.headers.authorization;
  await mount('two', `- {name: a, url: ${url}}\n- {name: b, url: ${url}}`, 't1');
  expect(token('b')).toBeUndefined();
  clock.advance(5_000);
  await eventually(() => token('b') === 'Bearer t1');
  await eventually(() => clock.waits().length === 1);
  await mount('three', `- {name: b, url: ${url}}`, 't2');
  clock.advance(5_000);
  await eventually(() => token('b') === 'Bearer t2');
  expect(token('a')).toBeUndefined();
  expect(told.map((each) => each.map(({ name }) => name).join())).toEqual(['a', 'a,b', 'b']);
});

test('a file that is broken while it runs changes nothing, and is said once', async () => {
  const { file, clock, open, log, told, stale } = await given(ONE);
  const sources = await open();
  for (const text of ['{{', '{{', '- {name: b}']) {
    await writeFile(file, text);
    clock.advance(5_000);
    await eventually(() => clock.waits().length === 1);
    expect(sources.find('main', 'x')).toBeDefined();
  }
  expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'warn sources could not be read again: those that were known stay',
    'warn sources could not be read again: those that were known stay',
  ]);
  await writeFile(file, ONE.replace('main', 'mended'));
  clock.advance(5_000);
  await eventually(() => sources.find('mended', 'x') !== undefined);
  await eventually(() => clock.waits().length === 1);
  expect(told).toHaveLength(2);
  expect(stale).toEqual([false, true, true, true, false]);
  sources.stop();
  expect(clock.waits()).toEqual([]);
});

test('over TLS it believes the authority that is named, and no other', async () => {
  const [ours, theirs] = [newAuthority(), newAuthority()];
  const { certificate, key } = ours.issueServer('127.0.0.1');
  const server = createServer({ cert: certificate, key }, (request, response) => {
    request.resume();
    json(response, 200, { status: 'success', data: { resultType: 'scalar', result: [1, '7'] } });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `"https://127.0.0.1:${String((server.address() as { port: number }).port)}"`;
  const { open } = await given(
    `- {name: ours, url: ${url}, caFile: ours.crt}\n- {name: theirs, url: ${url}, caFile: theirs.crt}\n- {name: public, url: ${url}}`,
    { 'ours.crt': ours.certificate, 'theirs.crt': theirs.certificate },
  );
  const sources = await open();
  const ask = (name: string) => askPrometheus(sources.find(name, 'x')!, ['up'], 'us', new AbortController().signal);
  expect(await ask('ours')).toEqual({ is: 'values', values: [[7]] });
  expect(await ask('theirs')).toMatchObject({ is: 'error' });
  expect(await ask('public')).toMatchObject({ is: 'error' });
});
