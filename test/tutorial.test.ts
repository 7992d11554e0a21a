// docs/gates.md says how a kind of gate is added. This does what it says, in a copy of the code, and nothing else: it compiles there, is admitted by
// its rule, waits as long as it should, and lets a version in then.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Environment } from '@marcbachmann/cel-js';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { obj } from '../src/model/json.ts';

interface Step {
  readonly file: string;
  readonly is: 'diff' | 'ts';
  readonly text: string;
}

/** What each block of code is about is the last file that was named before it. */
function stepsOf(page: string): Step[] {
  const [, section = ''] = /^## A kind of your own\n(.*)/ms.exec(page) ?? [];
  let file = '';
  return [...section.matchAll(/`((?:src|crds)\/[^`]+)`|^```(diff|ts)\n(.*?)^```$/gms)].flatMap(([, named, is, text]) => {
    if (named !== undefined) file = named;
    return is === undefined ? [] : [{ file, is: is as Step['is'], text: text! }];
  });
}

let copy: string;
const at = (file: string): string => join(copy, file);

/** Lines that are there are found as they stand, in one place; those with a sign go, or come. */
function follow({ file, is, text }: Step): void {
  if (is === 'ts') {
    writeFileSync(at(file), text, { flag: 'wx' });
    return;
  }
  const lines = text.replace(/\n$/, '').split('\n');
  const without = (sign: string): string =>
    lines
      .filter((line) => !line.startsWith(sign))
      .map((line) => line.slice(1))
      .join('\n');
  const [before, parts] = [without('+'), readFileSync(at(file), 'utf8').split(without('+'))];
  if (parts.length !== 2) throw new Error(`${file} has this ${String(parts.length - 1)} times:\n${before}`);
  writeFileSync(at(file), parts.join(without('-')));
}

const steps = stepsOf(readFileSync('docs/gates.md', 'utf8'));

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'tutorial-'));
  for (const part of ['src', 'crds', 'package.json', 'tsconfig.json']) cpSync(part, at(part), { recursive: true });
  mkdirSync(at('test'));
  cpSync('test/given.ts', at('test/given.ts'));
  symlinkSync(resolve('node_modules'), at('node_modules'));
  for (const step of steps) follow(step);
});
afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

test('each place is named once or more, and there are no others', () => {
  expect(steps.map(({ file }) => file)).toEqual([
    ...['crds/immutableapp.yaml', 'crds/immutableapp.yaml', 'src/model/measure.ts', 'src/model/gates.ts', 'src/model/gates.ts'],
    ...['src/gates/soak.ts', 'src/gates/author.ts', 'src/gates/author.ts'],
  ]);
});

test('what is made compiles', () => {
  const config = { extends: './tsconfig.json', include: [], files: ['src/gates/author.ts', 'src/model/gates.ts'] };
  writeFileSync(at('tutorial.json'), JSON.stringify(config));
  const { stdout, status } = spawnSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', at('tutorial.json')], {
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
}, 120_000);

test('the API server would admit it, and no two kinds at once', () => {
  const crd = parse(readFileSync(at('crds/immutableapp.yaml'), 'utf8')) as {
    spec: { versions: [{ schema: { openAPIV3Schema: unknown } }] };
  };
  const within = (schema: unknown, ...path: string[]): unknown =>
    path.reduce((inner, name) => obj(name === '[]' ? obj(inner).items : obj(obj(inner).properties)[name]), schema);
  const gate = within(crd.spec.versions[0].schema.openAPIV3Schema, 'spec', 'promotion', 'after', '[]');
  expect(within(gate, 'soak', 'seconds')).toMatchObject({ type: 'integer', minimum: 1 });
  const [{ rule }] = obj(gate)['x-kubernetes-validations'] as [{ rule: string }];
  const admits = (self: object): unknown => new Environment({ unlistedVariablesAreDyn: true }).evaluate(rule, { self });
  expect(admits({ soak: { seconds: 300 } })).toBe(true);
  expect(admits({ soak: { seconds: 300 }, approval: { count: 1 } })).toBe(false);
});

test('it waits, and lets a version in', async () => {
  const load = (file: string): Promise<unknown> => import(pathToFileURL(at(file)).href);
  const { given, up, NOW } = (await load('test/given.ts')) as typeof import('./given.ts');
  const { plan } = (await load('src/plan/plan.ts')) as typeof import('../src/plan/plan.ts');
  const spec = { promotion: { before: [{ name: 'warmed', soak: { seconds: 300 } }] } };
  const first = given({ latest: 'two', spec, versions: { one: up(3), two: up(3) }, switches: ['one'] });
  const after = (seconds: number) => plan({ ...first, notes: plan(first, NOW - seconds * 1000).notes }, NOW);
  const moves = (seconds: number) => after(seconds).actions.map((action) => action.do);
  expect(moves(299)).toEqual([]);
  expect(after(299).wake).toEqual({ afterMs: 1_000 });
  expect(JSON.stringify(after(299).status.conditions)).toContain('gate before/warmed: it is to be up for 300 s');
  expect(moves(300)).toEqual(['attest', 'switch']);
});
