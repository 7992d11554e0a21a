// npm test: every check of this project in one run, the quick ones first, each with its time. A failing step does not stop the next.
// The last line of the output is always "N passed, N failed": every jest test counts, and every static check counts as one.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findBinaries } from '../deploy/local/binaries.ts';
import { terminalLog } from '../deploy/local/progress.ts';
import { onGround, whyNoGround } from '../test/node/ground.ts';
import { packed, provide } from '../test/node/provisions.ts';
import { findHelm } from '../test/tools/helm.ts';
import { quickTests } from './quick.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PARTS = ['static', 'unit', 'cluster', 'node'] as const;
type Part = (typeof PARTS)[number];

const HELP = `Usage: npm test -- [--only PART] [-- JEST ARGUMENTS]

Runs every check and test; exit code 0 if none failed and at least one passed.

  --only PART   ${PARTS.join(', ')} (repeatable)
  --switches N     how often traffic is moved in a row by the part "node" (30)
  --report FILE what the client saw there, in Markdown, and beside it in JSON
  --help        this text

Parts:
  static    formatting, lint, types, generated files
  unit      tests that need nothing but this folder
  cluster   tests on a real Kubernetes API server, started for them; the first run downloads or builds it (minutes)
  node      Apache and Nginx under load on a real node, on Debian as root; skipped, saying why, where that is impossible

Examples:
  npm test -- --only unit
  npm test -- --only unit -- test/plan -t 'switches back'
`;

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped?: number;
}
interface Step {
  readonly part: Part;
  readonly name: string;
  readonly run: () => Promise<Counts>;
}

const PASSED: Counts = { passed: 1, failed: 0 };
const FAILED: Counts = { passed: 0, failed: 1 };
const NOTHING: Counts = { passed: 0, failed: 0 };
const MINUTE = 60_000;

let interrupted = false;
const children = new Set<ReturnType<typeof spawn>>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = true;
    for (const child of children) child.kill('SIGTERM');
  });
}

interface Run {
  (args: readonly string[], deadlineMs: number): Promise<boolean>;
}

/** Runs a Node program of ours in the foreground, its output as it comes. True if it succeeded in time. */
function node(args: readonly string[], deadlineMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    children.add(child);
    const late = setTimeout(() => {
      say(`Not done after ${deadlineMs / MINUTE} minutes: ended.`);
      child.kill('SIGKILL');
    }, deadlineMs);
    const end = (ok: boolean): void => {
      clearTimeout(late);
      children.delete(child);
      resolve(ok);
    };
    child.once('error', (error) => {
      say(error.message);
      end(false);
    });
    child.once('close', (code) => {
      end(code === 0);
    });
  });
}

const bin = (name: string): string => join(ROOT, 'node_modules/.bin', name);
const check = (name: string, ...args: string[]): Step => ({
  part: 'static',
  name,
  run: async () => ((await node(args, 10 * MINUTE)) ? PASSED : FAILED),
});

/** A test that starts a cluster lives in test/cluster or test/charts, or imports what starts one. */
function needsCluster(file: string): boolean {
  return /^test\/(cluster|charts)\//.test(file) || readFileSync(join(ROOT, file), 'utf8').includes("deploy/local/cluster.ts'");
}

/** A test that plays on a real node. */
const needsNode = (file: string): boolean =>
  file.startsWith('test/node/') && readFileSync(join(ROOT, file), 'utf8').includes("'./theatre.ts'");

const partOf = (file: string): Part => (needsNode(file) ? 'node' : needsCluster(file) ? 'cluster' : 'unit');

function tests(part: Part): string[] {
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
const pattern = (name: string): string => `'^${name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll("'", '.')}$'`;

async function jest(
  part: Part,
  workers: number,
  deadlineMs: number,
  more: readonly string[],
  { run = node, files = tests(part) }: { readonly run?: Run; readonly files?: readonly string[] } = {},
): Promise<Counts> {
  if (files.length === 0) return NOTHING;
  const scratch = await mkdtemp(join(tmpdir(), 'immutableapp-test-'));
  const outputFile = join(scratch, 'result.json');
  try {
    const ours = ['--json', `--outputFile=${outputFile}`, `--maxWorkers=${workers}`, '--passWithNoTests'];
    const match = files.flatMap((file) => ['--testMatch', `<rootDir>/${file}`]);
    const program = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules', join(ROOT, 'node_modules/jest/bin/jest.js')];
    const ok = await run([...program, ...match, ...ours, ...more], deadlineMs);
    if (!existsSync(outputFile)) return FAILED;
    const result = JSON.parse(await readFile(outputFile, 'utf8')) as JestResult;
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    const again = reruns(part, result);
    if (again.length > 0) say(`Each of these alone:\n${again.map((command) => `  ${command}`).join('\n')}`);
    return {
      passed: result.numPassedTests,
      failed: ok ? failed : Math.max(1, failed),
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Those that need no jest, without it. */
async function quick(): Promise<Counts> {
  const scratch = await mkdtemp(join(tmpdir(), 'immutableapp-test-'));
  const outputFile = join(scratch, 'result.json');
  try {
    const ok = await node([join(ROOT, 'scripts/quick.ts'), '--outputFile', outputFile], 10 * MINUTE);
    if (!existsSync(outputFile)) return FAILED;
    const { passed, failed } = JSON.parse(await readFile(outputFile, 'utf8')) as Counts;
    return { passed, failed: ok ? failed : Math.max(1, failed) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What is said to jest may be about any of them: then it runs them all. */
const unitTests = (more: readonly string[]): readonly Step[] => {
  const apart: readonly string[] = more.length > 0 ? [] : quickTests();
  const files = tests('unit').filter((file) => !apart.includes(file));
  const rest: Step = {
    part: 'unit',
    name: 'unit tests',
    run: () => jest('unit', availableParallelism(), 20 * MINUTE, more, { files }),
  };
  return apart.length === 0 ? [rest] : [{ part: 'unit', name: 'quick tests', run: quick }, rest];
};

async function clusterTests(more: readonly string[]): Promise<Counts> {
  if (tests('cluster').length === 0) return NOTHING;
  try {
    // Here, where their progress shows, and once for all tests.
    await findBinaries({ log: terminalLog() });
  } catch (error) {
    say((error as Error).message);
    return FAILED;
  }
  // Without it only the chart's own tests fail.
  await findHelm({ log: terminalLog() }).catch((error: unknown) => {
    say((error as Error).message);
  });
  // Each test file runs a cluster of its own and waits most of the time: two at once keep two cores busy.
  return jest('cluster', Math.max(2, Math.floor(availableParallelism() / 2)), 30 * MINUTE, more);
}

async function nodeTests(environment: NodeJS.ProcessEnv, more: readonly string[]): Promise<Counts> {
  try {
    const why = await whyNoGround(terminalLog());
    if (why !== undefined) {
      say(`Skipped, as no real node can run here: ${why}.`);
      return { ...NOTHING, skipped: tests('node').length };
    }
    const provisions = packed(await provide(terminalLog()));
    return await jest('node', 1, 20 * MINUTE, more, { run: grounded({ ...provisions, ...environment }) });
  } catch (error) {
    say((error as Error).message);
    return FAILED;
  }
}

/** As node(), on ground of its own, which takes with it whatever runs there. */
const grounded =
  (environment: NodeJS.ProcessEnv): Run =>
  async (args, deadlineMs) => {
    const stay = await onGround([process.execPath, ...args], environment);
    const late = setTimeout(() => {
      say(`Not done after ${deadlineMs / MINUTE} minutes: ended.`);
      stay.kill();
    }, deadlineMs);
    const watch = setInterval(() => {
      if (interrupted) stay.kill();
    }, 200);
    const code = await stay.ended;
    clearTimeout(late);
    clearInterval(watch);
    return code === 0;
  };

const steps = (more: readonly string[], environment: NodeJS.ProcessEnv): readonly Step[] => [
  check('format', bin('prettier'), '--check', '--log-level=warn', '.'),
  check('eslint', bin('eslint'), '.'),
  check('types', bin('tsc')),
  check('generated files', join(ROOT, 'scripts/generate.ts'), '--check'),
  ...unitTests(more),
  { part: 'cluster', name: 'cluster tests', run: () => clusterTests(more) },
  { part: 'node', name: 'node tests', run: () => nodeTests(environment, more) },
];

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const tint = (code: number, text: string): string =>
  process.stdout.isTTY && (process.env.NO_COLOR ?? '') === '' ? `\x1b[${code}m${text}\x1b[0m` : text;
const count = ({ passed, failed }: Counts): string => `${passed} passed, ${failed} failed`;

function summary({ part, name }: Step, counts: Counts, seconds: number): string {
  const mark = counts.failed > 0 ? tint(31, '✗') : counts.passed > 0 ? tint(32, '✓') : tint(33, '–');
  const detail = part === 'static' ? '' : `  ${count(counts)}${(counts.skipped ?? 0) > 0 ? `, ${counts.skipped ?? 0} skipped` : ''}`;
  return `${mark} ${name.padEnd(16)}${seconds.toFixed(1).padStart(7)} s${detail}`;
}

/** How many seconds each step took when it was last run here as a whole. */
const TIMES = join(ROOT, '.cache/test-times.json');
async function usually(): Promise<Record<string, number>> {
  try {
    return JSON.parse(await readFile(TIMES, 'utf8')) as Record<string, number>;
  } catch {
    return {}; // the first run, or half a file
  }
}

/** How long this step and those after it will take, as far as they were ever run. */
function left(steps: readonly Step[], usual: Readonly<Record<string, number>>): string {
  const known = steps.flatMap(({ name }) => usual[name] ?? []);
  if (known.length === 0) return '';
  const seconds = known.reduce((sum, each) => sum + each, 0);
  const time = seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return ` (${known.length < steps.length ? 'more than' : 'about'} ${time} left)`;
}

async function main(argv: readonly string[]): Promise<number> {
  const at = argv.indexOf('--');
  const { values } = parseArgs({
    args: argv.slice(0, at < 0 ? undefined : at),
    options: {
      only: { type: 'string', multiple: true, default: [] },
      switches: { type: 'string', default: '30' },
      report: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = values.only.find((part) => !PARTS.some((known) => known === part));
  if (unknown !== undefined) throw new Error(`--only wants one of ${PARTS.join(', ')}, not "${unknown}"`);
  const environment = {
    IMMUTABLEAPP_NODE_SWITCHES: values.switches,
    ...(values.report !== undefined && { IMMUTABLEAPP_NODE_REPORT: resolve(values.report) }),
  };
  const more = at < 0 ? [] : argv.slice(at + 1);
  const chosen = steps(more, environment).filter(({ part }) => values.only.length === 0 || values.only.includes(part));

  const lines: string[] = [];
  let total = NOTHING;
  const usual = await usually();
  const play = async (step: Step): Promise<void> => {
    const start = performance.now();
    const counts = await step.run();
    const seconds = (performance.now() - start) / 1000;
    // Half a step, or one that failed, says nothing of the next.
    if (more.length === 0 && counts.failed === 0 && counts.passed > 0) usual[step.name] = Math.round(seconds);
    const line = summary(step, counts, seconds);
    lines.push(line);
    say(`${line}\n`);
    total = { passed: total.passed + counts.passed, failed: total.failed + counts.failed };
  };
  // Static checks have little to say and use one core each: side by side.
  const checks = chosen.filter(({ part }) => part === 'static');
  await Promise.all(checks.map(play));
  const others = chosen.filter(({ part }) => part !== 'static');
  for (const [i, step] of others.entries()) {
    if (interrupted) break;
    say(tint(1, `▸ ${step.name}`) + left(others.slice(i), usual));
    await play(step);
  }
  await mkdir(dirname(TIMES), { recursive: true });
  await writeFile(TIMES, JSON.stringify(usual));
  if (interrupted) say('Interrupted: not everything ran.');
  say(lines.join('\n'));
  say(count(total));
  return !interrupted && total.failed === 0 && total.passed > 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}. See: npm test -- --help\n`);
  process.exitCode = 2;
}
