// npm test: every check of this project in one run, the quick ones first, each with its time. A failing step does not stop the next.
// The last line of the output is always "N passed, N failed": every jest test counts, and every static check counts as one.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { NOTHING, PARTS, type Counts, type Part } from './test-jest.ts';
import { steps, type Step } from './test-parts.ts';
import { interrupted, ROOT, say } from './test-run.ts';

const HELP = `Usage: npm test -- [--only PART] [-- JEST ARGUMENTS]

Runs every check and test; exit code 0 if none failed and at least one passed.

  --only PART   ${PARTS.join(', ')} (repeatable)
  --switches N     how often traffic is moved in a row by the part "node" (30)
  --report FILE what the client saw there, in Markdown, and beside it in JSON
  --help        this text

Parts:
  static    formatting, lint, types, generated files
  unit      tests that need nothing but this folder
  cluster   tests on a real Kubernetes API server, started for them; the first run downloads or builds it (minutes)
  node      Apache and Nginx under load on a real node, on Debian as root; skipped, saying why, where that is impossible

Examples:
  npm test -- --only unit
  npm test -- --only unit -- test/plan -t 'switches back'
`;

const tint = (code: number, text: string): string =>
  process.stdout.isTTY && (process.env.NO_COLOR ?? '') === '' ? `\x1b[${code}m${text}\x1b[0m` : text;
const count = ({ passed, failed }: Counts): string => `${passed} passed, ${failed} failed`;

function summary({ part, name }: Step, counts: Counts, seconds: number): string {
  const mark = counts.failed > 0 ? tint(31, '✗') : counts.passed > 0 ? tint(32, '✓') : tint(33, '–');
  const detail = part === 'static' ? '' : `  ${count(counts)}${(counts.skipped ?? 0) > 0 ? `, ${counts.skipped ?? 0} skipped` : ''}`;
  return `${mark} ${name.padEnd(16)}${seconds.toFixed(1).padStart(7)} s${detail}`;
}

/** How many seconds each step took when it was last run here as a whole. */
const TIMES = join(ROOT, '.cache/test-times.json');
async function usually(): Promise<Record<string, number>> {
  try {
    return JSON.parse(await readFile(TIMES, 'utf8')) as Record<string, number>;
  } catch {
    return {}; // the first run, or half a file
  }
}

/** How long this step and those after it will take, as far as they were ever run. */
function left(steps: readonly Step[], usual: Readonly<Record<string, number>>): string {
  const known = steps.flatMap(({ name }) => usual[name] ?? []);
  if (known.length === 0) return '';
  const seconds = known.reduce((sum, each) => sum + each, 0);
  const time = seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return ` (${known.length < steps.length ? 'more than' : 'about'} ${time} left)`;
}

async function main(argv: readonly string[]): Promise<number> {
  const at = argv.indexOf('--');
  const { values } = parseArgs({
    args: argv.slice(0, at < 0 ? undefined : at),
    options: {
      only: { type: 'string', multiple: true, default: [] },
      switches: { type: 'string', default: '30' },
      report: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = values.only.find((part) => !PARTS.some((known) => known === part));
  if (unknown !== undefined) throw new Error(`--only wants one of ${PARTS.join(', ')}, not "${unknown}"`);
  const environment = {
    IMMUTABLEAPP_NODE_SWITCHES: values.switches,
    ...(values.report !== undefined && { IMMUTABLEAPP_NODE_REPORT: resolve(values.report) }),
  };
  const more = at < 0 ? [] : argv.slice(at + 1);
  const chosen = steps(more, environment).filter(({ part }) => values.only.length === 0 || values.only.includes(part));

  const lines: string[] = [];
  const waiting = new Set(chosen);
  let total = NOTHING;
  const usual = await usually();
  const play = async (step: Step): Promise<void> => {
    const start = performance.now();
    const counts = await step.run();
    waiting.delete(step);
    const seconds = (performance.now() - start) / 1000;
    // Half a step, or one that failed, says nothing of the next.
    if (more.length === 0 && counts.failed === 0 && counts.passed > 0) usual[step.name] = Math.round(seconds);
    const line = summary(step, counts, seconds);
    lines.push(line);
    say(`${line}\n`);
    total = { passed: total.passed + counts.passed, failed: total.failed + counts.failed };
  };
  const inTurn = async (steps: readonly Step[]): Promise<void> => {
    for (const step of steps) {
      if (interrupted.aborted) break;
      say(tint(1, `▸ ${step.name}`) + left([...waiting], usual));
      await play(step);
    }
  };
  const of = (part: Part): readonly Step[] => chosen.filter((step) => step.part === part);
  const withoutCluster = async (): Promise<void> => {
    // Static checks have little to say and use one core each: side by side.
    await Promise.all(of('static').map(play));
    await inTurn(of('unit'));
  };
  // What runs on the real node waits most of its time, for pods and between requests: it goes beside what needs no cluster.
  await Promise.all([withoutCluster(), inTurn(of('node'))]);
  await inTurn(of('cluster'));
  await mkdir(dirname(TIMES), { recursive: true });
  await writeFile(TIMES, JSON.stringify(usual));
  if (interrupted.aborted) say('Interrupted: not everything ran.');
  say(lines.join('\n'));
  say(count(total));
  return !interrupted.aborted && total.failed === 0 && total.passed > 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}. See: npm test -- --help\n`);
  process.exitCode = 2;
}
