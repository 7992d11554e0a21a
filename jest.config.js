// Jest finds, orders, counts and reports the tests; test/tools/runner.ts runs them.
export default {
  runner: './test/tools/runner.ts',
  transform: {},
  testSequencer: './test/tools/sequencer.js',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // What a test waits for has a deadline of its own, with words of its own: this one is for what hangs, not for a busy machine.
  testTimeout: 60_000,
  modulePathIgnorePatterns: ['<rootDir>/.cache/'],
};
