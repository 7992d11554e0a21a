// Runs a test file in this process, by jest's own test runner but without its virtual modules: those load everything anew for each file,
// which takes longer than most files do. What a process has loaded stays loaded; only the test file itself is fresh.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { jestExpect } from '@jest/expect';
import { getState, resetState, run } from 'jest-circus';

const GLOBALS = new URL('jest-globals.ts', import.meta.url).href;
let files = 0;

export interface Told {
  readonly names: readonly string[];
  readonly status: 'passed' | 'failed' | 'pending' | 'todo';
  readonly ms: number;
  /** Each with its stack. */
  readonly errors: readonly string[];
}

export interface FileTold {
  readonly tests: readonly Told[];
  /** What went wrong outside of every test. */
  readonly errors: readonly string[];
}

/** Once a process. What nobody catches fails the test that runs, or the file. */
export function begin(): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '@jest/globals' ? { url: GLOBALS, shortCircuit: true } : next(specifier, context),
  });
  const uncaught = (error: unknown): void => {
    const { currentlyRunningTest, unhandledErrors } = getState();
    if (currentlyRunningTest) currentlyRunningTest.errors.push(error);
    else unhandledErrors.push(error);
  };
  process.on('uncaughtException', uncaught);
  process.on('unhandledRejection', uncaught);
}

/** `pattern`: only tests whose full name it matches. Throws what the file threw while it loaded. */
export async function runFile(path: string, testTimeout: number, pattern?: RegExp): Promise<FileTold> {
  resetState();
  Object.assign(getState(), { testTimeout, testNamePattern: pattern ?? null });
  jestExpect.setState({ testPath: path });
  files += 1;
  await import(`${pathToFileURL(path).href}?file=${String(files)}`);
  const { testResults, unhandledErrors } = await run();
  return {
    tests: testResults.map(({ testPath: [, ...names], status, duration, errors }) => ({
      names,
      status: errors.length > 0 ? 'failed' : status === 'skip' ? 'pending' : status === 'todo' ? 'todo' : 'passed',
      ms: duration ?? 0,
      errors,
    })),
    errors: unhandledErrors,
  };
}
