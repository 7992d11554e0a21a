// One of the processes that runner.ts has test files run in, one file after the other.
import { begin, runFile, type FileTold } from './test-file.ts';

begin();

/** `pattern`: only tests whose full name it matches; '' for all. */
export const play = (path: string, testTimeout: number, pattern: string): Promise<FileTold> =>
  runFile(path, testTimeout, pattern === '' ? undefined : new RegExp(pattern, 'i'));
