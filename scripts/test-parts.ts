// The steps of `npm test`, in their order: the quick ones first.
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../deploy/local/binaries.ts';
import { terminalLog } from '../deploy/local/progress.ts';
import { LENT, lend, type Lent } from '../test/cluster/lending.ts';
import { onGround, whyNoGround } from '../test/node/ground.ts';
import { packed, provide } from '../test/node/provisions.ts';
import { findHelm } from '../test/tools/helm.ts';
import { quickTests } from './quick.ts';
import { FAILED, jest, NOTHING, quick, tests, type Counts, type Part } from './test-jest.ts';
import { interrupted, MINUTE, node, ROOT, say, type Run } from './test-run.ts';
import { provideTools } from './test-tools.ts';

export interface Step {
  readonly part: Part;
  readonly name: string;
  readonly run: () => Promise<Counts>;
}

const GIB = 1024 ** 3;
const PASSED: Counts = { passed: 1, failed: 0 };

const bin = (name: string): string => join(ROOT, 'node_modules/.bin', name);
const check = (name: string, ...args: string[]): Step => ({
  part: 'static',
  name,
  run: async () => ((await node()(args, 10 * MINUTE)) ? PASSED : FAILED),
});

/** What is said to jest may be about any of them: then it runs them all. */
const unitTests = (more: readonly string[]): readonly Step[] => {
  const apart: readonly string[] = more.length > 0 ? [] : quickTests();
  const files = tests('unit').filter((file) => !apart.includes(file));
  const rest: Step = {
    part: 'unit',
    name: 'unit tests',
    run: async () => {
      if (more.length === 0) await provideTools('unit');
      return jest('unit', { workers: availableParallelism(), deadlineMs: 20 * MINUTE, more, files });
    },
  };
  return apart.length === 0 ? [rest] : [{ part: 'unit', name: 'quick tests', run: () => quick(10 * MINUTE) }, rest];
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
  if (more.length === 0) await provideTools('cluster');
  // Go programs that live as briefly as these need not collect garbage so often: a fifth of an API server's time otherwise.
  process.env.GOGC ??= '400';
  // They wait much of the time: three at once keep two cores busy. Each may have two or three API servers for a while.
  const workers = Math.max(1, Math.min(Math.max(3, Math.ceil(availableParallelism() * 0.75)), Math.floor(totalmem() / (4 * GIB))));
  const wanted = { workers, deadlineMs: 40 * MINUTE, more };
  return more.length > 0 ? jest('cluster', wanted) : withLent(workers, (run) => jest('cluster', { ...wanted, run }));
}

/**
 * Each worker is lent an API server. They start while those test files run that have their own, one after the other: with all at once, two cores
 * leave a server that is up no time to answer, and its operator loses its lease.
 */
export async function withLent<T>(workers: number, use: (run: Run) => Promise<T>): Promise<T> {
  const name = `tests-${process.pid}`;
  const lent: Lent[] = [];
  for (let i = 1; i <= workers; i++) lent.push(await lend(`${name}-${i}`, Promise.allSettled(lent.map(({ ready }) => ready))));
  let over = false;
  for (const { ready } of lent)
    void ready.catch((error: unknown) => {
      if (!over) say((error as Error).message);
    });
  try {
    return await use(node({ [LENT]: name }));
  } finally {
    over = true;
    await Promise.all(lent.map((each) => each.end()));
  }
}

async function nodeTests(environment: NodeJS.ProcessEnv, more: readonly string[]): Promise<Counts> {
  try {
    const why = await whyNoGround(terminalLog());
    if (why !== undefined) {
      say(`Skipped, as no real node can run here: ${why}.`);
      return { ...NOTHING, skipped: tests('node').length };
    }
    const provisions = packed(await provide(terminalLog()));
    const run = grounded({ ...provisions, ...environment, CI: 'true' });
    // Each on ground of its own: one leaves bridges and routes behind that lead the pods of the next astray.
    let total: Required<Counts> = { ...NOTHING, skipped: 0 };
    for (const file of tests('node')) {
      const { passed, failed, skipped = 0 } = await jest('node', { workers: 1, deadlineMs: 20 * MINUTE, more, run, files: [file] });
      total = { passed: total.passed + passed, failed: total.failed + failed, skipped: total.skipped + skipped };
    }
    return total;
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
    const interrupt = (): void => {
      stay.kill();
    };
    interrupted.addEventListener('abort', interrupt);
    const code = await stay.ended;
    clearTimeout(late);
    interrupted.removeEventListener('abort', interrupt);
    return code === 0;
  };

export const steps = (more: readonly string[], environment: NodeJS.ProcessEnv): readonly Step[] => [
  check('format', bin('prettier'), '--check', '--log-level=warn', '.'),
  check('eslint', bin('eslint'), '.'),
  check('types', bin('tsc')),
  check('generated files', join(ROOT, 'scripts/generate.ts'), '--check'),
  ...unitTests(more),
  { part: 'cluster', name: 'cluster tests', run: () => clusterTests(more) },
  { part: 'node', name: 'node tests', run: () => nodeTests(environment, more) },
];
