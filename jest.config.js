// Jest runs the sources as native ES modules; ts-jest only strips types (tsc is its own step of `npm test`).
export default {
  testEnvironment: 'node',
  testSequencer: './test/tools/sequencer.js',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, diagnostics: false }] },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // What a test waits for has a deadline of its own, with words of its own: this one is for what hangs, not for a busy machine.
  testTimeout: 60_000,
  modulePathIgnorePatterns: ['<rootDir>/.cache/'],
};
