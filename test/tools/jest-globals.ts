// Stands in for '@jest/globals' where test files run without jest's virtual modules: the same functions, from jest's own packages.
import { getState } from 'jest-circus';

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from 'jest-circus';
export { jestExpect as expect } from '@jest/expect';

export const jest = {
  /** For the tests of this file, in milliseconds. */
  setTimeout(ms: number): void {
    getState().testTimeout = ms;
  },
};
