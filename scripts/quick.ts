// npm run quick: the tests of what is pure, in one process, which loads everything once. They are the files that jest runs, as they are.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pattern } from './test-jest.ts';
import { ALL } from '../test/tools/cases.ts';
import { begin, runFile, type FileTold } from '../test/tools/test-file.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const TIMEOUT_MS = 60_000;
/** How many cases a property is tried on. */
const A_FEW = '50';

/** What needs neither a cluster, nor a world, nor time. */
export const quickTests = (): string[] => {
  const files = globSync('test/{model,gates,workloads,routers,plan,cli}/*.test.ts', { cwd: ROOT });
  return files.filter((file) => !readFileSync(join(ROOT, file), 'utf8').includes("'../world")).toSorted();
};

const HELP = `Usage: npm run quick -- [PART OF A PATH…] [-t PATTERN]

Runs the tests of model, gates, workloads, routers, plan and the plugin in seconds, properties on ${A_FEW} cases of ${ALL} (or PROPERTY_RUNS); exit code 0 if none
failed and at least one passed. All other tests, and these with all their cases: npm test -- --help
`;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Without the frames of what ran it. */
const plain = (error: string): string =>
  error
    .split('\n')
    .filter((line) => !/^ +at .*(node_modules|node:internal|test-file\.ts|scripts\/quick\.ts)/.test(line))
    .join('\n');

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: {
      testNamePattern: { type: 'string', short: 't', default: '' },
      outputFile: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const files = quickTests().filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)));
  const wanted = values.testNamePattern;
  const { passed, failed } = await runAll(files, wanted === '' ? undefined : new RegExp(wanted, 'i'));
  if (values.outputFile !== undefined) writeFileSync(values.outputFile, JSON.stringify({ passed, failed }));
  const { user, system } = process.cpuUsage();
  say(`${passed} passed, ${failed} failed, in ${performance.now().toFixed(0)} ms and ${((user + system) / 1e6).toFixed(1)} s of CPU`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

async function runAll(files: readonly string[], only: RegExp | undefined): Promise<{ readonly passed: number; readonly failed: number }> {
  process.env.PROPERTY_RUNS ??= A_FEW;
  begin();
  let [passed, failed] = [0, 0];
  const report = (file: string, name: string, error: string): void => {
    failed++;
    const alone = name === '' ? '' : ` -t ${pattern(name)}`;
    say(
      `✗ ${file}${name === '' ? '' : ` › ${name}`}\n${plain(error).replaceAll(/^/gm, '    ')}\n    alone: npm run quick -- ${file}${alone}\n`,
    );
  };
  for (const file of files) {
    const { tests, errors } = await played(file, only);
    for (const error of errors) report(file, '', error);
    for (const test of tests) {
      if (test.status === 'passed') passed++;
      if (test.status === 'failed') report(file, test.names.join(' '), test.errors.join('\n'));
    }
  }
  return { passed, failed };
}

/** A file that does not load has no test. */
const played = (file: string, only: RegExp | undefined): Promise<FileTold> =>
  runFile(join(ROOT, file), TIMEOUT_MS, only).catch((error: unknown) => ({
    tests: [],
    errors: [(error as Error).stack ?? String(error)],
  }));

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
