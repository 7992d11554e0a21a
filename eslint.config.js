import tseslint from 'typescript-eslint';

const BROWSER = [
  ...['document', 'location', 'matchMedia', 'getComputedStyle', 'scrollTo', 'addEventListener', 'removeEventListener', 'fetch'],
  ...['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'EventSource', 'ResizeObserver', 'URLSearchParams'],
];

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '.cache', '**/*.js', '!src/cli/dashboard/browser/*.js', '**/*.mjs', 'src/model/spec.ts'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Absence is a value here, and an index may be absent: noUncheckedIndexedAccess already says so.
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // What runs in a browser: no types, and of what is global only this.
    files: ['src/cli/dashboard/browser/*.js'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      ...tseslint.configs.disableTypeChecked.languageOptions,
      globals: Object.fromEntries(BROWSER.map((name) => [name, 'readonly'])),
    },
    rules: {
      ...tseslint.configs.disableTypeChecked.rules,
      'no-undef': 'error',
      'no-unused-vars': 'error',
      'prefer-const': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['test/**', 'scripts/**'], rules: { 'max-lines': 'off', 'max-lines-per-function': 'off' } },
);
