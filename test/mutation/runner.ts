// Runs the fast tests against one mutant after the other, within one process: Stryker's jest runner starts jest anew for each of
// thousands of mutants, which takes a hundred times as long as the tests that can kill it. Loads everything again only for a mutant
// of what is computed while modules load.
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { relative, resolve } from 'node:path';
import { globSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import type { InstrumenterContext } from '@stryker-mutator/api/core';
import { PluginKind, declareFactoryPlugin } from '@stryker-mutator/api/plugin';
import { DryRunStatus, TestStatus, determineHitLimitReached, toMutantRunResult } from '@stryker-mutator/api/test-runner';
import type { DryRunResult, MutantRunOptions, MutantRunResult, TestResult, TestRunner } from '@stryker-mutator/api/test-runner';
import { collect } from './collected.ts';
import type { Collected } from './collected.ts';

const TESTS = ['test/{gates,model,routers,workloads,plan}/*.test.ts'];
/** One decides once, while it loads, when no mutant is active yet; the other once for all its tests, whichever mutant that was. */
const WITNESSES = ['test/plan/{promises,vocabulary}.test.ts'];
const SOURCES = ['src/{model,gates,workloads,routers,plan}/**/*.ts'];

const GLOBALS = new URL('../tools/jest-globals.ts', import.meta.url).href;
const ROOT = `${pathToFileURL(process.cwd()).href}/`;
const LOADING = 'tests are loading';
let life = 0;

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
    return ours ? { ...found, url: `${found.url}?life=${life}` } : found;
  },
});

/** What the mutated sources read. */
const context: { -readonly [K in keyof InstrumenterContext]: InstrumenterContext[K] | undefined } = ((
  globalThis as Record<string, unknown>
)[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {});
const load = async (path: string): Promise<unknown> => import(pathToFileURL(resolve(path)).href);
const files = (patterns: readonly string[]): string[] => globSync([...patterns]).toSorted();

/** Loads the sources, which is what Stryker calls static, and then the tests, whose own loading covers nothing. */
async function enter(): Promise<readonly Collected[]> {
  life += 1;
  context.currentTestId = undefined;
  for (const file of files(SOURCES)) await load(file);
  context.currentTestId = LOADING;
  const tests: Collected[] = [];
  const apart = files(WITNESSES);
  for (const file of files(TESTS).filter((each) => !apart.includes(each)))
    tests.push(...(await collect(relative('test', file), () => load(file))));
  context.currentTestId = undefined;
  Reflect.deleteProperty(context.mutantCoverage?.perTest ?? {}, LOADING);
  return tests;
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

/** How much of a kill counts after the next one: mutants that are neighbours in the source come one after the other. */
const FADES = 0.98;

/** The first failure is enough, so what fails often and is over soon comes first. */
class Order {
  readonly #known = new Map<string, { ms: number; kills: number }>();

  of(tests: readonly Collected[]): Collected[] {
    const worth = new Map(tests.map(({ id }) => [id, this.#worth(id)]));
    return tests.toSorted((a, b) => worth.get(b.id)! - worth.get(a.id)!);
  }

  learn({ id, status, timeSpentMs: ms }: TestResult): void {
    const killed = status === TestStatus.Failed;
    const kills = (this.#known.get(id)?.kills ?? 0) + (killed ? 1 : 0);
    this.#known.set(id, { ms: killed ? (this.#known.get(id)?.ms ?? ms) : ms, kills });
    if (killed) for (const each of this.#known.values()) each.kills *= FADES;
  }

  #worth(id: string): number {
    const { ms, kills } = this.#known.get(id) ?? { ms: 0, kills: 0 };
    return (kills + 0.01) / (ms + 0.05);
  }
}

class Runner implements TestRunner {
  private tests: readonly Collected[] = [];
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
    this.tests = await enter();
    const results: TestResult[] = [];
    for (const test of this.tests) results.push(await run(test));
    for (const result of results) this.order.learn(result);
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage: context.mutantCoverage };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, hitLimit, mutantActivation, reloadEnvironment, sandboxFileName, testFilter, disableBail } = options;
    const reloads = reloadEnvironment || this.tests.length === 0;
    context.hitCount = hitLimit === undefined ? undefined : 0;
    context.hitLimit = hitLimit;
    context.activeMutant = mutantActivation === 'static' ? activeMutant.id : undefined;
    try {
      if (reloads) this.tests = await enter();
      context.activeMutant = activeMutant.id;
      return toMutantRunResult(await this.attempt(testFilter, disableBail));
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
      if (mutantActivation === 'static' || sandboxFileName.includes('/src/model/')) this.tests = [];
    }
  }

  private async attempt(testFilter: readonly string[] | undefined, disableBail: boolean): Promise<DryRunResult> {
    const wanted = testFilter && new Set(testFilter);
    const results: TestResult[] = [];
    const begun = new Set<unknown>();
    for (const test of this.order.of(this.tests.filter(({ id }) => wanted?.has(id) !== false))) {
      const result = await run(test, begun);
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
