// Commands that need no cluster, as a person or a pipe runs them: words in, text and an exit code out.
import { describe, expect, test } from '@jest/globals';
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

const file = (name: string): string => new URL(`workloads/${name}.yaml`, import.meta.url).pathname;

describe('migrate', () => {
  test('prints what can be applied as it is', async () => {
    const { exit, out } = await iapp(['migrate', '-f', file('shop')]);
    expect(exit).toBe(EXIT.done);
    expect(readManifests(out)).toMatchObject([{ kind: 'ImmutableApp', metadata: { name: 'shop' }, spec: { replicas: 3 } }]);
  });

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
