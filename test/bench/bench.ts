// npm run bench: many Apps on a real API server, measured from outside the operator. Standard output carries the tables, standard
// error what is going on.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus, tmpdir, loadavg } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { podlessBecause, type Mode } from './operator.ts';
import { PHASE_NAMES, type PhaseName } from './phases.ts';
import { legend, summarize, table } from './report.ts';
import { run, type RunResult } from './run.ts';

const ROOT = join(import.meta.dirname, '../..');
const INTERRUPTED = 130;

const HELP = `Measures the operator with many Apps on an embedded cluster, and compares with design.md §6.

Usage: npm run bench -- [options]

  --apps N,N,…      numbers of Apps, each in a cluster of its own (default 10,100,1000)
  --replicas N      of each App (default 1)
  --bundle          run the operator from a bundle made for this run, as it ships (default)
  --source          run src/main.ts as it is
  --credentials C   pod or kubeconfig: what the operator finds (default: pod where the machine can, else kubeconfig)
  --phases P,P,…    only these besides create: ${PHASE_NAMES.slice(1).join(', ')}
  --idle SECONDS    how long idleness is watched (default 30)
  --json FILE       write everything as JSON, too
  --cpu-prof DIR    write a CPU profile of each measured operator there (slows it down; best with --source)
  --assert          exit with 1 if a number is missed
  --help

Phases:
${legend()}

Examples:
  npm run bench
  npm run bench -- --apps 100 --json numbers.json
  npm run bench -- --apps 1000 --phases update --source --cpu-prof /tmp/profile

Exit codes: 0 done, 1 failed or (with --assert) missed a number, 2 wrong usage, 130 interrupted.
`;

const tell = (line: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};

class Usage extends Error {}

interface Wanted {
  readonly apps: readonly number[];
  readonly replicas: number;
  readonly source: boolean;
  readonly credentials: Mode | undefined;
  readonly phases: readonly PhaseName[];
  readonly idleSeconds: number;
  readonly json: string | undefined;
  readonly cpuProf: string | undefined;
  readonly assert: boolean;
}

function read(args: string[]): Wanted | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args,
    options: {
      apps: { ...text, default: '10,100,1000' },
      replicas: { ...text, default: '1' },
      idle: { ...text, default: '30' },
      phases: { ...text, default: PHASE_NAMES.join(',') },
      bundle: flag,
      source: flag,
      credentials: text,
      json: text,
      'cpu-prof': text,
      assert: flag,
      help: flag,
    },
  });
  if (values.help) return undefined;
  if (values.bundle && values.source) throw new Usage('--bundle or --source, not both');
  const { credentials } = values;
  if (credentials !== undefined && credentials !== 'pod' && credentials !== 'kubeconfig')
    throw new Usage('--credentials takes pod or kubeconfig');
  return {
    apps: values.apps.split(',').map((each) => whole('--apps', each, 1)),
    replicas: whole('--replicas', values.replicas, 1),
    source: values.source ?? false,
    credentials,
    phases: values.phases.split(',').map(phaseNamed),
    idleSeconds: whole('--idle', values.idle, 0),
    json: values.json,
    cpuProf: values['cpu-prof'] && resolve(values['cpu-prof']),
    assert: values.assert ?? false,
  };
}

function phaseNamed(text: string): PhaseName {
  const name = PHASE_NAMES.find((each) => each === text);
  if (name === undefined) throw new Usage(`--phases: there is no "${text}"; there are ${PHASE_NAMES.join(', ')}`);
  return name;
}

function whole(what: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least) throw new Usage(`${what} takes whole numbers from ${least}`);
  return value;
}

/** Aborted by the first Ctrl-C, SIGTERM or hang-up; later ones change nothing, as ending takes a moment only. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      controller.abort(new Error('Interrupted.'));
    });
  }
  return controller.signal;
}

/** A bundle of the present source, of this run alone: one in dist/ may be old. */
async function bundle(directory: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/build.ts', '--outdir', relative(ROOT, directory)], {
    cwd: ROOT,
  });
  tell(`bundled:\n${stdout.trimEnd()}`);
  return join(directory, 'immutableapp.js');
}

async function modesOf(wanted: Mode | undefined): Promise<readonly [Mode, ...Mode[]]> {
  if (wanted === 'kubeconfig') return ['kubeconfig'];
  const why = await podlessBecause();
  if (why === undefined) return ['pod', 'kubeconfig'];
  if (wanted === 'pod') throw new Error(`The credentials of a pod cannot be had here: ${why}.`);
  tell(`Only a kubeconfig is measured: ${why}.`);
  return ['kubeconfig'];
}

async function main(wanted: Wanted, signal: AbortSignal): Promise<number> {
  if (process.platform !== 'linux') throw new Error("The bench reads the operator's CPU time and memory from /proc: it needs Linux.");
  const directory = mkdtempSync(join(tmpdir(), 'immutableapp-bench-'));
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  const entry = wanted.source ? join(ROOT, 'src/main.ts') : await bundle(directory);
  const modes = await modesOf(wanted.credentials);
  if (wanted.cpuProf !== undefined) mkdirSync(wanted.cpuProf, { recursive: true });
  const nodeFlags = wanted.cpuProf === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${wanted.cpuProf}`];
  const { replicas, phases, idleSeconds } = wanted;
  const runs: RunResult[] = [];
  try {
    for (const apps of wanted.apps) {
      const log = (line: string) => {
        tell(`${apps} Apps: ${line}`);
      };
      const result = await run({ apps, replicas, entry, modes, nodeFlags, phases, idleSeconds, log, signal });
      runs.push(result);
      process.stdout.write(`${table(result)}\n\n`);
    }
  } finally {
    if (wanted.json !== undefined && runs.length > 0)
      await writeFile(wanted.json, `${JSON.stringify(report(wanted, runs), undefined, 2)}\n`);
  }
  const { text, missed } = summarize(runs);
  process.stdout.write(`${text}\n`);
  return wanted.assert && missed > 0 ? 1 : 0;
}

const report = ({ source }: Wanted, runs: readonly RunResult[]) => ({
  at: new Date().toISOString(),
  machine: { cpus: cpus().length, model: cpus()[0]?.model, loadavg: loadavg() },
  node: process.version,
  operator: source ? 'source' : 'bundle',
  runs,
});

const signal = interruption();
try {
  const wanted = read(process.argv.slice(2));
  if (wanted === undefined) process.stdout.write(HELP);
  else process.exitCode = await main(wanted, signal);
} catch (error) {
  const { message, code } = error as Error & { code?: string };
  const wrong = error instanceof Usage || (code?.startsWith('ERR_PARSE_ARGS') ?? false);
  process.stderr.write(signal.aborted ? 'Interrupted; nothing is left.\n' : `${message}\n`);
  process.exitCode = signal.aborted ? INTERRUPTED : wrong ? 2 : 1;
}
