// How jest runs the test files of this project: each in one of a few processes, which load everything once (test-file.ts).
import { fileURLToPath } from 'node:url';
import { createEmptyTestResult, type SerializableError, type Test, type TestResult } from '@jest/test-result';
import type { Config } from '@jest/types';
import { formatExecError, formatResultsErrors } from 'jest-message-util';
import { Worker } from 'jest-worker';
import type { FileTold, Told } from './test-file.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

type Player = Worker & { play(path: string, testTimeout: number, pattern: string): Promise<FileTold> };

export default class Runner {
  /** Jest looks at it. */
  readonly isSerial = false;
  readonly #global: Config.GlobalConfig;

  constructor(globalConfig: Config.GlobalConfig) {
    this.#global = globalConfig;
  }

  async runTests(
    tests: readonly Test[],
    watcher: { isInterrupted(): boolean },
    onStart: (test: Test) => Promise<void>,
    onResult: (test: Test, result: TestResult) => Promise<void>,
    onFailure: (test: Test, error: SerializableError) => Promise<void>,
  ): Promise<void> {
    const numWorkers = Math.min(this.#global.maxWorkers, tests.length);
    const forkOptions = { execArgv: ['--disable-warning=ExperimentalWarning'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] as never };
    const players = new Worker(WORKER, { exposedMethods: ['play'], numWorkers, maxRetries: 0, forkOptions }) as Player;
    const { testNamePattern = '' } = this.#global;
    // Whoever is free takes the next one: jest has put the longest first.
    const waiting = [...tests];
    const take = async (): Promise<void> => {
      for (let test = waiting.shift(); test !== undefined && !watcher.isInterrupted(); test = waiting.shift()) {
        await onStart(test);
        const start = Date.now();
        try {
          const told = await players.play(test.path, test.context.config.testTimeout, testNamePattern);
          await onResult(test, this.#result(test, told, start));
        } catch (error) {
          await onFailure(test, error as SerializableError);
        }
      }
    };
    await Promise.all(Array.from({ length: numWorkers }, take));
    await players.end();
  }

  #result({ path, context: { config } }: Test, { tests, errors }: FileTold, start: number): TestResult {
    const count = (wanted: Told['status']): number => tests.filter(({ status }) => status === wanted).length;
    const testResults = tests.map(({ names, status, ms, errors: failureMessages }) => ({
      ancestorTitles: names.slice(0, -1),
      title: names.at(-1) ?? '',
      fullName: names.join(' '),
      status,
      duration: ms,
      failureMessages: [...failureMessages],
      failureDetails: [],
      failing: false,
      invocations: 1,
      location: null,
      numPassingAsserts: 0,
      retryReasons: [],
    }));
    const outside = errors.map((error) => formatExecError({ message: error, stack: error }, config, this.#global, path));
    const failureMessage = [formatResultsErrors(testResults, config, this.#global, path) ?? '', ...outside].join('');
    const end = Date.now();
    return {
      ...createEmptyTestResult(),
      testFilePath: path,
      testResults,
      failureMessage: failureMessage === '' ? null : failureMessage,
      numFailingTests: count('failed'),
      numPassingTests: count('passed'),
      numPendingTests: count('pending'),
      numTodoTests: count('todo'),
      perfStats: {
        ...createEmptyTestResult().perfStats,
        start,
        end,
        runtime: end - start,
        slow: end - start > config.slowTestThreshold * 1000,
      },
      ...(errors.length > 0 && { testExecError: { message: errors.join('\n'), stack: errors.join('\n') } }),
    };
  }
}
