// Runs the fast tests against one mutant after the other, within one process: Stryker's jest runner starts jest anew for each of
// thousands of mutants, which takes a hundred times as long as the tests that can kill it. Loads everything again only for a mutant
// of what is computed while modules load.
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { relative, resolve } from 'node:path';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import type { InstrumenterContext } from '@stryker-mutator/api/core';
import { PluginKind, declareFactoryPlugin } from '@stryker-mutator/api/plugin';
import { DryRunStatus, TestStatus, determineHitLimitReached, toMutantRunResult } from '@stryker-mutator/api/test-runner';
import type { DryRunResult, MutantRunOptions, MutantRunResult, TestResult, TestRunner } from '@stryker-mutator/api/test-runner';
import { collect, SEPARATOR } from './collected.ts';
import type { Collected } from './collected.ts';

const TESTS = ['test/{gates,model,routers,workloads,plan}/*.test.ts'];
/** One decides once, while it loads, when no mutant is active yet; the other once for all its tests, whichever mutant that was. */
const WITNESSES = ['test/plan/{promises,vocabulary}.test.ts'];
const SOURCES = ['src/{model,gates,workloads,routers,plan}/**/*.ts'];

const GLOBALS = new URL('../tools/jest-globals.ts', import.meta.url).href;
const ROOT = `${pathToFileURL(process.cwd()).href}/`;
const LOADING = 'tests are loading';
let lives = 0;
/** Only one that is computed while modules load. */
let mutantWhileLoading: string | undefined;

/** Properties are for what no row thought of; here they only have to notice. */
process.env.PROPERTY_RUNS ??= '20';

const stripped = new Map<string, string>();
/** The text of a module without its types: that takes longer than all else about loading, and is the same in every life. */
function strip(url: string): string {
  const known = stripped.get(url);
  if (known !== undefined) return known;
  const source = stripTypeScriptTypes(readFileSync(new URL(url), 'utf8'));
  stripped.set(url, source);
  return source;
}

/** Modules of the project are loaded once a life, those of others once. */
registerHooks({
  load(url, context, next) {
    const [file = url, inLife] = url.split('?life=');
    return inLife === undefined || !file.endsWith('.ts')
      ? next(url, context)
      : { format: 'module', source: strip(file), shortCircuit: true };
  },
  resolve(specifier, context, next) {
    if (specifier === '@jest/globals') return { url: GLOBALS, shortCircuit: true };
    const found = next(specifier, context);
    const ours = found.url.startsWith(ROOT) && !found.url.includes('/node_modules/') && !found.url.includes('?');
    return ours ? { ...found, url: `${found.url}?life=${lives}` } : found;
  },
});

/** What the mutated sources read. */
const context: { -readonly [K in keyof InstrumenterContext]: InstrumenterContext[K] | undefined } = ((
  globalThis as Record<string, unknown>
)[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {});
const load = async (path: string): Promise<unknown> => import(pathToFileURL(resolve(path)).href);
const files = (patterns: readonly string[]): string[] => globSync([...patterns]).toSorted();

/** The modules of one load of everything. Sources come first, which is what Stryker calls static; the loading of tests covers nothing. */
class Life {
  readonly #files = new Map<string, readonly Collected[]>();

  static async begin(): Promise<Life> {
    lives += 1;
    context.currentTestId = undefined;
    for (const file of files(SOURCES)) await load(file);
    return new Life();
  }

  async all(): Promise<readonly Collected[]> {
    const apart = files(WITNESSES);
    for (const file of files(TESTS).filter((each) => !apart.includes(each))) await this.#of(file);
    return [...this.#files.values()].flat();
  }

  /** Of its file only, and then: most mutants fall to the first test that is asked. */
  async test(wanted: string): Promise<Collected> {
    const [file = ''] = wanted.split(SEPARATOR);
    const found = (await this.#of(`test/${file}`)).find(({ id }) => id === wanted);
    if (found === undefined) throw new Error(`${wanted} is not there any more`);
    return found;
  }

  async #of(file: string): Promise<readonly Collected[]> {
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    const { activeMutant } = context;
    context.activeMutant = mutantWhileLoading;
    context.currentTestId = LOADING;
    const tests = await collect(relative('test', file), () => load(file));
    context.currentTestId = undefined;
    context.activeMutant = activeMutant;
    Reflect.deleteProperty(context.mutantCoverage?.perTest ?? {}, LOADING);
    this.#files.set(file, tests);
    return tests;
  }
}

async function run({ id, run: body }: Collected, begun?: Set<unknown>): Promise<TestResult> {
  const start = performance.now();
  context.currentTestId = id;
  let failure: string | undefined;
  try {
    await body(begun);
  } catch (error) {
    failure = String((error as { message?: unknown } | undefined)?.message ?? error);
  }
  context.currentTestId = undefined;
  const told = { id, name: id, timeSpentMs: performance.now() - start };
  return failure === undefined ? { ...told, status: TestStatus.Success } : { ...told, status: TestStatus.Failed, failureMessage: failure };
}

/**
 * Each of these decides every row of the tables once more. Where so many others are asked that rows are among them, it would make two thirds of
 * what a survivor costs, and notice next to nothing that the rows have not.
 */
const SWEEPS = ['plan/bystanders.test.ts', 'plan/notices.test.ts › of every decision in the tables'];
const MANY = 500;

/** How long each test took while none was mutated, for the processes that did not see it: in the sandbox, and gone with it. */
const TIMES = 'test-times.json';

/** How much of a kill counts after the next one: mutants that are neighbours in the source come one after the other. */
const FADES = 0.98;

/** The first failure is enough, so what fails often and is over soon comes first. */
class Order {
  readonly #known = new Map<string, { ms: number; kills: number }>();

  of(ids: readonly string[]): string[] {
    if (this.#known.size === 0 && existsSync(TIMES))
      for (const [id, ms] of Object.entries(JSON.parse(readFileSync(TIMES, 'utf8')) as Record<string, number>))
        this.#known.set(id, { ms, kills: 0 });
    const asked = ids.length > MANY ? ids.filter((id) => !SWEEPS.some((sweep) => id.startsWith(sweep))) : ids;
    const worth = new Map(asked.map((id) => [id, this.#worth(id)]));
    return asked.toSorted((a, b) => worth.get(b)! - worth.get(a)!);
  }

  learn({ id, status, timeSpentMs: ms }: TestResult): void {
    const killed = status === TestStatus.Failed;
    const { ms: last = ms, kills = 0 } = this.#known.get(id) ?? {};
    this.#known.set(id, { ms: killed ? last : ms, kills: kills + (killed ? 1 : 0) });
    if (killed) for (const each of this.#known.values()) each.kills *= FADES;
  }

  #worth(id: string): number {
    const { ms, kills } = this.#known.get(id) ?? { ms: 0, kills: 0 };
    return (kills + 0.01) / (ms + 0.05);
  }
}

class Runner implements TestRunner {
  private life: Life | undefined;
  private readonly order = new Order();

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: true };
  }

  init(): Promise<void> {
    // Replayable, and the first failure is enough: nobody reads a smaller example.
    fc.configureGlobal({ seed: 1, endOnFailure: true });
    return Promise.resolve();
  }

  async dryRun(): Promise<DryRunResult> {
    context.mutantCoverage = { static: {}, perTest: {} };
    this.life = await Life.begin();
    const results: TestResult[] = [];
    for (const test of await this.life.all()) results.push(await run(test));
    for (const result of results) this.order.learn(result);
    writeFileSync(TIMES, JSON.stringify(Object.fromEntries(results.map(({ id, timeSpentMs }) => [id, timeSpentMs]))));
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage: context.mutantCoverage };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, hitLimit, mutantActivation, reloadEnvironment, sandboxFileName, testFilter, disableBail } = options;
    context.hitCount = hitLimit === undefined ? undefined : 0;
    context.hitLimit = hitLimit;
    mutantWhileLoading = mutantActivation === 'static' ? activeMutant.id : undefined;
    context.activeMutant = mutantWhileLoading;
    try {
      if (reloadEnvironment) this.life = undefined;
      this.life ??= await Life.begin();
      // A mutant of what is computed while modules load may rename tests.
      const ids = mutantWhileLoading === undefined ? testFilter : undefined;
      const tests = ids ?? (await this.life.all()).map(({ id }) => id);
      context.activeMutant = activeMutant.id;
      return toMutantRunResult(await this.attempt(this.life, tests, disableBail));
    } catch (error) {
      // What does not even load is caught by every test.
      const failureMessage = (error as Error).message;
      return toMutantRunResult({
        status: DryRunStatus.Complete,
        tests: [{ id: 'load', name: 'load', timeSpentMs: 0, status: TestStatus.Failed, failureMessage }],
      });
    } finally {
      context.activeMutant = undefined;
      // Fixtures remember ids, which a mutant of a noun may have made.
      if (mutantActivation === 'static' || sandboxFileName.includes('/src/model/')) this.life = undefined;
    }
  }

  private async attempt(life: Life, ids: readonly string[], disableBail: boolean): Promise<DryRunResult> {
    const results: TestResult[] = [];
    const begun = new Set<unknown>();
    for (const id of this.order.of(ids)) {
      const result = await run(await life.test(id), begun);
      results.push(result);
      this.order.learn(result);
      const endless = determineHitLimitReached(context.hitCount, context.hitLimit);
      if (endless !== undefined) return endless;
      if (result.status === TestStatus.Failed && !disableBail) break;
    }
    return { status: DryRunStatus.Complete, tests: results };
  }
}

const create = (): Runner => new Runner();
create.inject = [] as const;

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'tables', create)];
