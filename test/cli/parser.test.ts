// From words to a command: what is understood, what is refused in one sentence, and that every command is whole.
import { describe, expect, test } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.ts';
import { complete } from '../../src/cli/completion.ts';
import { GLOBAL_OPTIONS } from '../../src/cli/command.ts';
import { helpOf, parse } from '../../src/cli/parser.ts';

const WIDTH = 80;

describe.each(COMMANDS.map((command) => [command.name, command] as const))('%s', (name, command) => {
  test('has help of at most 80 columns, with an example', () => {
    const help = helpOf(COMMANDS, name);
    expect(help).toContain(`Usage: kubectl iapp ${name}`);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const { line } of command.examples) expect(line).toContain(`kubectl iapp ${name}`);
    expect(help.split('\n').filter((line) => line.length > WIDTH && !line.trimStart().startsWith('kubectl '))).toEqual([]);
  });
  test('is summed up in one line of the list', () => {
    expect(`  ${command.summary}`.length).toBeLessThanOrEqual(WIDTH);
    expect(command.summary).toMatch(/[^.]$/);
  });
  test('does not give an option of every command another meaning', () => {
    const taken = GLOBAL_OPTIONS.flatMap(({ flags }) => flags.split(/[ ,]+/).filter((word) => word.startsWith('-')));
    const own = command.options.flatMap(({ flags }) => flags.split(/[ ,]+/).filter((word) => word.startsWith('-')));
    expect(own.filter((flag) => taken.includes(flag))).toEqual([]);
  });
});

test('options stand before a command or behind it', () => {
  const values = { namespace: 'shop', output: 'json' };
  for (const words of [
    ['-n', 'shop', 'status', 'web', '-o', 'json'],
    ['status', 'web', '-n', 'shop', '--output=json'],
    ['--output', 'json', 'status', '--namespace', 'shop', 'web'],
  ])
    expect(parse(COMMANDS, words)).toMatchObject({ is: 'run', command: { name: 'status' }, args: ['web'], values });
});

test.each([
  [['stauts'], /unknown command 'stauts'[\s\S]*Did you mean status\?[\s\S]*See kubectl iapp --help/],
  [['status', '--wotch'], /unknown option '--wotch'[\s\S]*See kubectl iapp status --help/],
  [['status', '-o', 'wide'], /Allowed choices are json, yaml, name/],
  [['status', 'a', 'b'], /too many arguments/],
  [['status', '-n'], /argument missing/],
])('%j is refused, and how it is meant', (words, problem) => {
  const parsed = parse(COMMANDS, words);
  expect(parsed.is).toBe('wrong');
  if (parsed.is === 'wrong') expect(parsed.problem).toMatch(problem);
});

test('nothing asked is help', () => {
  expect(parse(COMMANDS, [])).toMatchObject({ is: 'print', text: expect.stringContaining('Exit codes:') });
});

describe('completion', () => {
  const none = () => Promise.reject(new Error('no cluster'));
  const words = (...typed: readonly string[]): Promise<string[]> => complete(COMMANDS, typed, none);
  test('offers commands, each with its line', async () => {
    expect(await words('stat')).toEqual([`status\t${COMMANDS.find(({ name }) => name === 'status')!.summary}`, ':4']);
    expect(await words('')).toHaveLength(COMMANDS.length + 1);
  });
  test('offers options, those of the command among them', async () => {
    expect((await words('status', '--w')).join('\n')).toContain('--watch\t');
    expect((await words('--cont')).join('\n')).toContain('--context\t');
  });
  test('offers what an option may be', async () => {
    expect(await words('status', '-o', '')).toEqual(['json', 'yaml', 'name', ':4']);
  });
  test('leaves files to the shell', async () => {
    expect(await words('--kubeconfig', '')).toEqual([':0']);
  });
  test('says nothing rather than an error', async () => {
    expect(await words('status', '')).toEqual([':4']);
    expect(await words('nonsense', 'x', '')).toEqual([':4']);
  });
});
