// npm run mutate: whether the fast tests notice when the decisions, the gates or the nouns are changed. See README.md beside this file.
export default {
  mutate: ['src/{gates,model,plan}/**/*.ts', '!src/model/spec.ts'],
  plugins: ['./test/mutation/runner.ts'],
  testRunner: 'tables',
  testRunnerNodeArgs: ['--disable-warning=ExperimentalWarning'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // All tests that are asked take that long together (runner.ts).
  timeoutMS: 20_000,
  timeoutFactor: 0.1,
  tempDirName: '.cache/mutation/sandbox',
  ignorePatterns: ['.*', 'charts', 'scripts', 'test/{bench,cluster,kstatus,shell,world}'],
  disableTypeChecks: false,
  incremental: true,
  incrementalFile: '.cache/mutation/results.json',
  reporters: ['clear-text', 'json', 'html', 'progress-append-only'],
  jsonReporter: { fileName: '.cache/mutation/report.json' },
  htmlReporter: { fileName: '.cache/mutation/report.html' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  checkers: [],
  thresholds: { high: 95, low: 90, break: 90 },
};
