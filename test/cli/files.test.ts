// Commands that need no cluster, as a person or a pipe runs them: words in, text and an exit code out.
import { describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { COMMANDS } from '../../src/cli/commands.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { readManifests } from '../../src/cli/documents.ts';
import { run } from '../../src/cli/plugin.ts';

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** `stdin`: what `-` reads. There is no kubeconfig, so whatever asks a cluster fails. */
async function iapp(argv: readonly string[], stdin = ''): Promise<Ran> {
  const written = { out: '', err: '' };
  const stream = (to: 'out' | 'err') => ({ write: (text: string) => (written[to] += text) });
  const exit = await run(COMMANDS, argv, {
    out: stream('out'),
    err: stream('err'),
    environment: { HOME: '/nowhere' },
    signal: new AbortController().signal,
    now: () => Date.parse('2030-01-31T04:00:00Z'),
    read: (path) => (path === '-' ? Promise.resolve(stdin) : readFile(path, 'utf8')),
    ask: () => Promise.resolve(undefined),
  });
  return { exit, ...written };
}

const SAMPLE = 'deploy/samples/1-apache.yaml';
const READERS = ['diff', 'hash', 'ladder', 'lint', 'migrate', 'pin-images', 'plan', 'render'];
test('files are handed in as kubectl takes them, by every command that reads some', () => {
  const takes = COMMANDS.filter(({ options }) => options.some(({ flags }) => flags === '-f, --filename <file>'));
  expect(takes.map(({ name }) => name).toSorted()).toEqual(READERS);
  const others = COMMANDS.flatMap(({ options }) => options.map(({ flags }) => flags)).filter((flags) => /--file\b|^-f /.test(flags));
  expect(others).toEqual([]);
});

test.each(['hash', 'lint', 'render'])('%s reads what is named, what stands behind -f, and all of several', async (command) => {
  const [named, flagged] = await Promise.all([iapp([command, SAMPLE]), iapp([command, '-f', SAMPLE])]);
  expect(named).toEqual(flagged);
  const both = await iapp([command, '-f', SAMPLE, '--filename', 'deploy/samples/4-ladder.yaml', '-o', 'name']);
  expect(both.out.trim().split('\n').length).toBeGreaterThan(1);
  expect((await iapp([command])).exit).toBe(EXIT.usage);
});

test.each(['diff', 'pin-images'])('%s reads one file, and says so', async (command) => {
  const { exit, err } = await iapp([command, ...(command === 'diff' ? ['web'] : []), '-f', SAMPLE, '-f', SAMPLE]);
  expect({ exit, err }).toEqual({ exit: EXIT.usage, err: expect.stringContaining('one file at a time') });
});

const file = (name: string): string => new URL(`workloads/${name}.yaml`, import.meta.url).pathname;

describe('migrate', () => {
  test('prints what can be applied as it is', async () => {
    const { exit, out } = await iapp(['migrate', '-f', file('shop')]);
    expect(exit).toBe(EXIT.done);
    expect(readManifests(out)).toMatchObject([{ kind: 'ImmutableApp', metadata: { name: 'shop' }, spec: { replicas: 3 } }]);
  });

  test.each(readdirSync('test/cli/workloads').filter((name) => name !== 'stateful.yaml' && name !== 'volume.yaml'))(
    'reads %s from a pipe as from a file',
    async (name) => {
      const path = `test/cli/workloads/${name}`;
      const [piped, read] = await Promise.all([iapp(['migrate', '-f', '-'], await readFile(path, 'utf8')), iapp(['migrate', '-f', path])]);
      expect(piped).toEqual(read);
    },
  );

  test('reads a chart from a pipe, and answers as JSON', async () => {
    const { exit, out } = await iapp(['migrate', '-f', '-', '-o', 'json'], await readFile(file('chart'), 'utf8'));
    expect(exit).toBe(EXIT.done);
    expect(JSON.parse(out)).toMatchObject({ from: { kind: 'Deployment', name: 'release-name-blog' }, adopted: ['release-name-blog'] });
  });

  test.each<[string, readonly string[], number, RegExp]>([
    ['nothing to migrate is wrong usage', [], EXIT.usage, /name a workload, such as deployment\/web/],
    [
      'what cannot be an App, in one sentence',
      ['-f', file('stateful')],
      EXIT.failed,
      /^Error: StatefulSet kafka cannot become an App[^\n]*\n$/,
    ],
    ['a volume with one writer, with what to do', ['-f', file('volume')], EXIT.failed, /With --overlap Never one version stops/],
    ['text that is no manifest', ['-f', '-'], EXIT.failed, /standard input cannot be read: /],
    ['a cluster that is away', ['deployment/shop'], EXIT.away, /kubeconfig/],
  ])('%s', async (_, argv, exit, words) => {
    const ran = await iapp(['migrate', ...argv], 'a: {');
    expect({ exit: ran.exit, out: ran.out }).toEqual({ exit, out: '' });
    expect(ran.err).toMatch(words);
  });
});

describe('hash', () => {
  test('is the id that the cluster will give it', async () => {
    const { exit, out } = await iapp(['hash', SAMPLE, '-o', 'json']);
    expect({ exit, hashed: JSON.parse(out) as unknown }).toEqual({
      exit: EXIT.done,
      hashed: [
        {
          namespace: 'default',
          name: 'web',
          id: 'web-kj2s4f45hj',
          fingerprint: expect.stringMatching(/^v1:kj2s4f45hj/),
          version: 'apache-1',
        },
      ],
    });
  });

  const captured = (more = ''): string => `{apiVersion: immutableapp.io/v1alpha1, kind: ImmutableApp, metadata: {name: web}, spec:
    {template: {spec: {containers: [{name: web, image: 'web:1', envFrom: [{configMapRef: {name: env}}]}]}}}}\n${more}`;
  const env = (value: string): string => `---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: env}, data: {A: ${value}}}\n`;

  test('covers ConfigMaps that the template refers to', async () => {
    const ids = await Promise.all(
      ['x', 'y', 'x'].map(async (value) => (await iapp(['hash', '-', '-o', 'name'], captured(env(value)))).out),
    );
    expect(ids[0]).toMatch(/^web-[a-z0-9]{10}\n$/);
    expect(ids[1]).not.toBe(ids[0]);
    expect(ids[2]).toBe(ids[0]);
  });

  test('says which of them it lacks', async () => {
    const { exit, out } = await iapp(['hash', '-'], captured());
    expect(exit).toBe(EXIT.failed);
    expect(out).toContain('ConfigMap/env');
  });
});

describe('render', () => {
  test('prints what would be made, in its order, for nobody to own', async () => {
    const { exit, out } = await iapp(['render', SAMPLE]);
    expect(exit).toBe(EXIT.done);
    const objects = readManifests(out);
    expect(objects.map(({ kind }) => kind)).toEqual(['ControllerRevision', 'ConfigMap', 'Deployment', 'Service']);
    expect(objects[2]).toMatchObject({ metadata: { name: 'web-kj2s4f45hj' }, spec: { replicas: 3 } });
    expect(objects[3]).toMatchObject({ spec: { selector: { 'immutableapp.io/instance': 'web-kj2s4f45hj' } } });
    expect(out).not.toMatch(/uid|resourceVersion|ownerReferences|forecast/);
  });

  test('says why nothing would be', async () => {
    const manifest = `{apiVersion: immutableapp.io/v1alpha1, kind: ImmutableApp, metadata: {name: web}, spec:
      {template: {spec: {containers: [{name: web, image: 'web:1'}]}}, references: {images: Digest}}}`;
    const { exit, err } = await iapp(['render', '-'], manifest);
    expect(exit).toBe(EXIT.failed);
    expect(err).toMatch(/nothing would be made of web: .*digest/);
  });
});

describe('lint', () => {
  test.each<[string, readonly string[], number, RegExp]>([
    ['a sound manifest', [SAMPLE], EXIT.done, /^1 App, nothing to say\.\n$/],
    ['no App at all', [file('shop')], EXIT.failed, /there is no ImmutableApp in/],
    ['a file that is not there', ['/nowhere.yaml'], EXIT.failed, /\/nowhere.yaml cannot be read: /],
  ])('%s', async (_, argv, exit, words) => {
    const ran = await iapp(['lint', ...argv]);
    expect(ran.exit).toBe(exit);
    expect(ran.out + ran.err).toMatch(words);
  });
});

describe('ladder --check', () => {
  const LADDER = 'deploy/samples/4-ladder.yaml';
  const check = async (weights: readonly number[]) => {
    const refs = weights.map((weight, i) => `{name: shop-r${String(i + 1)}, port: 80, weight: ${String(weight)}}`).join(', ');
    const route = `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: shop}\nspec: {rules: [{backendRefs: [${refs}]}]}\n`;
    const { exit, out } = await iapp(['ladder', '--check', '-f', LADDER, '-f', '-'], route);
    return { exit, out: out.trimEnd() };
  };
  test('says so of a route that gives each rung its share', async () => {
    expect(await check([5, 20, 75])).toEqual({
      exit: EXIT.done,
      out: '✓ Service shop of shop: 5 %, 25 %, 100 %, as HTTPRoute shop has it',
    });
  });
  test('fails for one that does not, and for none', async () => {
    expect(await check([25, 0, 75])).toEqual({
      exit: EXIT.failed,
      out: '✗ HTTPRoute shop: shop-r1 gets 25 %, but 5 % by the ladder\n✗ HTTPRoute shop: shop-r2 gets 0 %, but 20 % by the ladder',
    });
    expect(await check([])).toEqual({
      exit: EXIT.failed,
      out: expect.stringContaining('✗ Service shop of shop: no HTTPRoute or GRPCRoute beside it names its rungs'),
    });
  });
});

test('plan without a manifest is wrong usage', async () => {
  const { exit, err } = await iapp(['plan']);
  expect(exit).toBe(EXIT.usage);
  expect(err).toContain('hand in the manifest: -f FILE');
});
