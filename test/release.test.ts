// One version number, in package.json; everything that repeats it says the same. docs/release.md tells how it is raised.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { HELP, VERSION } from '../src/flags.ts';

const read = (path: string): string => readFileSync(path, 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };

/** Where it stands, and what stands before it there. */
const PLACES: readonly (readonly [path: string, before: RegExp])[] = [
  ['package-lock.json', /"name": "immutableapp",\s+"version": "/g],
  ['src/flags.ts', /VERSION = '/g],
  ['Dockerfile', /image\.version="/g],
  ['Dockerfile', /-t immutableapp:/g],
  ['charts/immutableapp/Chart.yaml', /^version: /gm],
  ['charts/immutableapp/Chart.yaml', /^appVersion: /gm],
  ['deploy/base/deployment.yaml', /image: immutableapp:/g],
  ['deploy/install.yaml', /image: immutableapp:/g],
  ['README.md', /-t immutableapp:/g],
];

test('is a number', () => {
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

test.each(PLACES)('%s repeats it after %s', (path, before) => {
  const text = read(path);
  const said = [...text.matchAll(before)].map(({ 0: { length }, index }) => /^[\w.+-]+/.exec(text.slice(index + length))?.[0]);
  expect(said.length).toBeGreaterThan(0);
  expect([...new Set(said)]).toEqual([version]);
});

test('the operator says it', () => {
  expect(VERSION).toBe(version);
  expect(HELP).toContain(`immutableapp ${version}:`);
});

test('nothing names an image of another number', () => {
  const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache']);
  const filesIn = (path: string): string[] =>
    statSync(path).isFile() ? [path] : readdirSync(path).flatMap((name) => (NOT_OURS.has(name) ? [] : filesIn(join(path, name))));
  const texts = filesIn('.').filter((path) => /\.(ts|mjs|md|yaml|tpl|txt|json)$|Dockerfile$/.test(path));
  const named = texts.flatMap((path) =>
    [...read(path).matchAll(/\bimmutableapp:v?(\d+\.\d+[\w.-]*)/g)].map(([, number]) => [path, number]),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(([, number]) => number !== version)).toEqual([]);
});

test('the changelog has it, released or to come, and begins with what is not released', () => {
  const changelog = read('CHANGELOG.md');
  const headings = [...changelog.matchAll(/^## \[(.+?)\](.*)$/gm)].map(([, name, date]) => [name!, date!]);
  expect(headings[0]).toEqual(['Unreleased', '']);
  for (const [name, date] of headings.slice(1)) expect(`${name} ${date}`).toMatch(/^\d+\.\d+\.\d+ {2}?- \d{4}-\d\d-\d\d$/);
  const released = headings.some(([name]) => name === version);
  expect(released || changelog.includes(`To be ${version}`)).toBe(true);
});
