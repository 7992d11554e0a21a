// npm run quick: the tests of what is pure, in one process, which loads everything once. They are the files that jest runs, as they are;
// a test that asks for more than ../test/mutation/jest.ts knows of jest fails to load, and is none of these.
import { globSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Collected } from '../test/mutation/jest.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const JEST = new URL('../test/mutation/jest.ts', import.meta.url).href;

/** What needs neither a cluster, nor a world, nor time. */
export const quickTests = (): string[] => globSync('test/{model,gates,workloads,routers,plan,cli}/*.test.ts', { cwd: ROOT }).toSorted();

const HELP = `Usage: npm run quick -- [PART OF A PATH…] [-t PART OF A NAME]

Runs the tests of model, gates, workloads, routers, plan and the plugin in seconds; exit code 0 if none failed and at least one passed.
All other tests, and these as jest runs them: npm test -- --help
`;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** The error of a test that fails, without the frames of what ran it. */
async function fails({ run }: Pick<Collected, 'run'>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const lines = told
      .split('\n')
      .filter((line) => !/^ +at .*(node_modules|node:internal|mutation\/jest\.ts|scripts\/quick\.ts)/.test(line));
    return lines.join('\n');
  }
}

/** Quoted for a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: {
      testNamePattern: { type: 'string', short: 't', default: '' },
      outputFile: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const files = quickTests().filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)));
  const { passed, failed } = await runAll(files, values.testNamePattern);
  if (values.outputFile !== undefined) writeFileSync(values.outputFile, JSON.stringify({ passed, failed }));
  const { user, system } = process.cpuUsage();
  say(`${passed} passed, ${failed} failed, in ${performance.now().toFixed(0)} ms and ${((user + system) / 1e6).toFixed(1)} s of CPU`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

async function runAll(files: readonly string[], wanted: string): Promise<{ readonly passed: number; readonly failed: number }> {
  registerHooks({
    resolve: (specifier, context, next) => (specifier === '@jest/globals' ? { url: JEST, shortCircuit: true } : next(specifier, context)),
  });
  const { collect } = (await import(JEST)) as typeof import('../test/mutation/jest.ts');
  let [passed, failed] = [0, 0];
  const report = (file: string, name: string, error: string): void => {
    failed++;
    const alone = name === '' ? '' : ` -t ${quoted(name)}`;
    say(`✗ ${file}${name === '' ? '' : ` › ${name}`}\n${error.replaceAll(/^/gm, '    ')}\n    alone: npm run quick -- ${file}${alone}\n`);
  };
  for (const file of files) {
    let tests: readonly Collected[] = [];
    const broken = await fails({
      run: async () => {
        tests = await collect(file, () => import(pathToFileURL(join(ROOT, file)).href));
      },
    });
    if (broken !== undefined) report(file, '', broken);
    for (const test of tests) {
      const name = test.id.slice(`${file} › `.length);
      if (!name.includes(wanted)) continue;
      const error = await fails(test);
      if (error === undefined) passed++;
      else report(file, name, error);
    }
  }
  return { passed, failed };
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
