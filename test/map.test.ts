// ARCHITECTURE.md says what is there, and nothing in the repository cites a text that is not.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROWS as FLEET } from './bench/fleet-report.ts';
import { ROWS } from './bench/report.ts';
import { ASKS } from '../src/model/question.ts';

const read = (path: string): string => readFileSync(path, 'utf8');
const page = read('ARCHITECTURE.md');
/** Cells of the tables below a heading, without their heads. */
const rowsUnder = (heading: string): string[][] => {
  const part = page.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? '';
  const lines = part.split('\n').filter((line) => line.startsWith('| '));
  return lines
    .filter((line) => !/^\| (folder|word|question|action|promise|there is no) /.test(line))
    .map((line) => line.slice(2, -2).split(' | '));
};
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);

const OURS = ['.ci', 'charts', 'crds', 'deploy', 'docs', 'scripts', 'src', 'test'];
const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache']);
const foldersIn = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !NOT_OURS.has(entry.name))
    .map(({ name }) => join(path, name));
const filesIn = (path: string): string[] =>
  statSync(path).isFile() ? [path] : readdirSync(path).flatMap((name) => (NOT_OURS.has(name) ? [] : filesIn(join(path, name))));

describe('the map', () => {
  test('has a row for every folder, and for no other', () => {
    const mapped = rowsUnder('Where things are').flatMap(([folders]) => quoted(folders!));
    const there = [
      ...foldersIn('.').filter((name) => !name.startsWith('.')),
      ...['src', 'src/plan', 'src/shell', 'src/cli', 'test', 'deploy'].flatMap(foldersIn),
    ];
    expect(mapped.toSorted()).toEqual(there.toSorted());
  });
  test('has words in their order, each of which the code uses', () => {
    const words = rowsUnder('Words').flatMap(([word]) => (word!.startsWith('`') ? [] : word!));
    expect(words.length).toBeGreaterThan(60);
    expect(words).toEqual(words.toSorted((a, b) => a.toLowerCase().localeCompare(b.toLowerCase())));
    const code = filesIn('src').map(read).join('\n').toLowerCase();
    const uses = (word: string): boolean => code.includes(word) || code.includes(word.replaceAll(' ', ''));
    expect(words.filter((word) => !uses(word.toLowerCase()))).toEqual([]);
  });
  test('has every question and every action, and no other', () => {
    const named = rowsUnder('Words').flatMap(([word]) => (word!.startsWith('`') ? quoted(word!) : []));
    const members = [...read('src/model/action.ts').matchAll(/readonly do: '(\w+)'/g)].map(([, member]) => member);
    expect(named).toEqual([...ASKS, ...members]);
  });
  test('has every promise that is judged, and no other', () => {
    const judged = [...read('test/world/oracles.test.ts').matchAll(/^ {2}\[\n {4}'(.+)',$/gm)].map(([, promise]) => promise);
    expect(judged.length).toBeGreaterThan(10);
    expect(rowsUnder('Promises').map(([promise]) => promise)).toEqual(judged);
  });
  test('has every budget that is judged, and no other', () => {
    const budgets = [...ROWS, ...FLEET].map(({ what, limit }) => `| ${what} | ${limit} |`);
    expect(page.split('\n').filter((line) => / \| /.test(line) && budgets.includes(line))).toEqual(budgets);
  });
  test('says of all that is absent what stands guard', () => {
    const guards = rowsUnder('Deliberately absent').map((row) => row[2]);
    expect(guards.length).toBeGreaterThan(8);
    expect(guards.filter((guard) => guard === undefined || guard === '')).toEqual([]);
  });
});

describe('what is cited is there', () => {
  const files = [...OURS.flatMap(filesIn), ...readdirSync('.').filter((name) => /\.(md|js)$|^Dockerfile$/.test(name))];
  const texts = files.filter((path) => /\.(ts|js|mjs|md|yaml|tpl|txt)$|Dockerfile$|^\.ci/.test(path));
  const at = (path: string, is: (line: string) => boolean): string[] =>
    read(path)
      .split('\n')
      .flatMap((line, i) => (is(line) ? `${path}:${String(i + 1)}: ${line.trim()}` : []));

  /** As written, below where it is written, or below a folder whose files are spoken of without it. */
  const known = (cited: string, path: string): boolean =>
    ['.', dirname(path), 'src', 'test', 'docs', 'deploy'].some((base) => existsSync(join(base, cited))) ||
    files.some((file) => file.endsWith(`/${normalize(cited)}`));
  /** What a command is told to write, what the text asks for by that name, and what docs/gates.md makes. */
  const EXAMPLES = new Set(['node.md', 'NAME.ts', 'NAME.test.ts', 'NAME.table.ts', 'soak.ts']);
  const CITATION = /(?<![\w/.<{$-])((?:[\w.-]+\/)*[\w-]+\.(?:md|ts|mjs))\b/g;

  test('every page and every source', () => {
    const missing = texts.flatMap((path) =>
      at(path, (line) => {
        if (/^\s*(import|export) |\bfrom '|import\(/.test(line)) return false;
        const cited = [...line.matchAll(CITATION)].map(([, name]) => name!);
        return cited.some((name) => !EXAMPLES.has(name.slice(name.lastIndexOf('/') + 1)) && !known(name, path));
      }),
    );
    expect(missing).toEqual([]);
  });
  test('and nothing is cited by a number that leads nowhere', () => {
    // A paragraph of a page, an entry of a list of faults, an issue without its repository.
    const numbers = /§|\bissue #?\d|sentences? of the issue|\b[FMNUD]\d{1,2}\b(?!['"`])/;
    const here = join('test', 'map.test.ts');
    expect(texts.filter((path) => path !== here).flatMap((path) => at(path, (line) => numbers.test(line)))).toEqual([]);
  });
});
