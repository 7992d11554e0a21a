// What our runner makes of a test file: jest's own counts and words, whatever happens in it.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const ODD = `
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
jest.setTimeout(200);
test('passes', () => {});
test('fails', () => { expect(1).toBe(2); });
test.each([[1, 2], [3, 4]])('%i is less than %i', (a, b) => { expect(a).toBeLessThan(b); });
test('hangs', () => new Promise(() => {}));
test('a promise that nobody waits for', async () => { void Promise.reject(new Error('nobody heard')); await new Promise((done) => setTimeout(done, 20)); });
test.skip('left out', () => {});
describe('a group', () => {
  beforeAll(() => { throw new Error('no stage'); });
  test('inside', () => {});
});
`;
const UNLOADABLE = 'throw new Error("no such luck");';
const DEADLY = "import { test } from '@jest/globals'; test('takes the process with it', () => { process.kill(process.pid, 'SIGKILL'); });";
const AFTER = "import { test } from '@jest/globals'; test('comes after', () => {});";

interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

let folder: string;
let results: Results;
const of = (name: string): Results['testResults'][number] => results.testResults.find((each) => each.name === join(folder, name))!;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'immutableapp-runner-'));
  const files = { 'odd.test.mjs': ODD, 'unloadable.test.mjs': UNLOADABLE, 'deadly.test.mjs': DEADLY, 'later.test.mjs': AFTER };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const config = JSON.stringify({
    rootDir: folder,
    runner: join(ROOT, 'test/tools/runner.ts'),
    transform: {},
    testMatch: ['**/*.test.mjs'],
  });
  const outputFile = join(folder, 'results.json');
  const args = ['--disable-warning=ExperimentalWarning', join(ROOT, 'node_modules/jest/bin/jest.js'), '--config', config];
  await new Promise((done) => execFile(process.execPath, [...args, '--maxWorkers=1', '--json', `--outputFile=${outputFile}`], done));
  results = JSON.parse(await readFile(outputFile, 'utf8')) as Results;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['passes', 'passed', ''],
  ['fails', 'failed', 'expect(received).toBe(expected)'],
  ['1 is less than 2', 'passed', ''],
  ['3 is less than 4', 'passed', ''],
  ['hangs', 'failed', 'Exceeded timeout of 200 ms for a test'],
  ['a promise that nobody waits for', 'failed', 'nobody heard'],
  ['left out', 'pending', ''],
  ['a group inside', 'failed', 'no stage'],
])('%s: %s', (fullName, status, words) => {
  const told = of('odd.test.mjs').assertionResults.find((each) => each.fullName === fullName);
  expect({ status: told?.status, says: told?.failureMessages.join('\n') }).toEqual({
    status,
    says: words === '' ? '' : (expect.stringContaining(words) as unknown),
  });
});

test.each([
  ['unloadable.test.mjs', 'no such luck'],
  ['deadly.test.mjs', 'SIGKILL'],
])('%s fails as a whole, and says why', (name, words) => {
  expect(of(name)).toMatchObject({ status: 'failed', message: expect.stringContaining(words) as unknown });
});

test('what a file did to its process is not the fate of the next', () => {
  expect(of('later.test.mjs').assertionResults.map(({ status }) => status)).toEqual(['passed']);
});
