// Jest as `npm test` runs it: which test file is of which part, what came of them, and how to run again what failed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ALL } from '../test/tools/cases.ts';
import { node, ROOT, say, type Run } from './test-run.ts';

export const PARTS = ['static', 'unit', 'cluster', 'node'] as const;
export type Part = (typeof PARTS)[number];

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped?: number;
}
export const FAILED: Counts = { passed: 0, failed: 1 };
export const NOTHING: Counts = { passed: 0, failed: 0 };

/** A test that starts a cluster lives in test/cluster or test/charts, or imports what starts one. */
function needsCluster(file: string): boolean {
  return /^test\/(cluster|charts)\//.test(file) || readFileSync(join(ROOT, file), 'utf8').includes("deploy/local/cluster.ts'");
}

/** A test that plays on the ground of a real node, with what was provided for it. */
const needsNode = (file: string): boolean =>
  file.startsWith('test/node/') && /'\.\/(theatre|provisions)\.ts'/.test(readFileSync(join(ROOT, file), 'utf8'));

const partOf = (file: string): Part => (needsNode(file) ? 'node' : needsCluster(file) ? 'cluster' : 'unit');

export function tests(part: Part): string[] {
  const all = readdirSync(join(ROOT, 'test'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
  return all.filter((file) => partOf(file) === part);
}

interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** What runs each test that failed again, alone; all of a file that did not even load. */
function reruns(part: Part, { testResults }: JestResult): string[] {
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, assertionResults }) => {
      const command = `npm test -- --only ${part} -- ${relative(ROOT, name)}`;
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      return failed.length === 0 ? [command] : failed.map(({ fullName }) => `${command} -t ${pattern(fullName)}`);
    });
}

/** A name as a regular expression for just that name, quoted for a shell. */
export const pattern = (name: string): string => `'^${name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll("'", '.')}$'`;

/** What a program counted that was told to write to `outputFile`. */
async function counted(run: (outputFile: string) => Promise<boolean>): Promise<{ readonly ok: boolean; readonly result?: unknown }> {
  const scratch = await mkdtemp(join(tmpdir(), 'immutableapp-test-'));
  const outputFile = join(scratch, 'result.json');
  try {
    const ok = await run(outputFile);
    return existsSync(outputFile) ? { ok, result: JSON.parse(await readFile(outputFile, 'utf8')) as unknown } : { ok };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export interface Wanted {
  readonly workers: number;
  readonly deadlineMs: number;
  /** For jest itself. */
  readonly more: readonly string[];
  readonly run?: Run;
  readonly files?: readonly string[];
}

export async function jest(part: Part, { workers, deadlineMs, more, run = node(), files = tests(part) }: Wanted): Promise<Counts> {
  if (files.length === 0) return NOTHING;
  const { ok, result: told } = await counted((outputFile) => {
    const ours = ['--json', `--outputFile=${outputFile}`, `--maxWorkers=${workers}`, '--passWithNoTests'];
    const match = files.flatMap((file) => ['--testMatch', `<rootDir>/${file}`]);
    const program = ['--disable-warning=ExperimentalWarning', join(ROOT, 'node_modules/jest/bin/jest.js')];
    return run([...program, ...match, ...ours, ...more], deadlineMs);
  });
  if (told === undefined) return FAILED;
  const result = told as JestResult;
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const again = reruns(part, result);
  if (again.length > 0) say(`Each of these alone:\n${again.map((command) => `  ${command}`).join('\n')}`);
  return {
    passed: result.numPassedTests,
    failed: ok ? failed : Math.max(1, failed),
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** The tests that need no jest, without it, and with all their cases. */
export async function quick(deadlineMs: number): Promise<Counts> {
  const { ok, result } = await counted((outputFile) =>
    node({ PROPERTY_RUNS: String(ALL) })([join(ROOT, 'scripts/quick.ts'), '--outputFile', outputFile], deadlineMs),
  );
  if (result === undefined) return FAILED;
  const { passed, failed } = result as Counts;
  return { passed, failed: ok ? failed : Math.max(1, failed) };
}
