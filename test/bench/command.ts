// What the measuring commands share: how they read their arguments, what they run as the operator, how they end. Standard output carries
// the tables, standard error what is going on.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { podlessBecause, type Mode } from './operator.ts';

export const ROOT = join(import.meta.dirname, '../..');
const INTERRUPTED = 130;

export class Usage extends Error {}

export const tell = (line: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};

export function whole(what: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least) throw new Usage(`${what} takes whole numbers from ${least}`);
  return value;
}

/** The greater of the middle two, where there is no middle. */
export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

export function modeNamed(text: string | undefined): Mode | undefined {
  if (text !== undefined && text !== 'pod' && text !== 'kubeconfig') throw new Usage('--credentials takes pod or kubeconfig');
  return text;
}

/** The credentials to measure with; the first counts, the others are for comparison. */
export async function modesOf(wanted: Mode | undefined): Promise<readonly [Mode, ...Mode[]]> {
  if (wanted === 'kubeconfig') return ['kubeconfig'];
  const why = await podlessBecause();
  if (why === undefined) return ['pod', 'kubeconfig'];
  if (wanted === 'pod') throw new Error(`The credentials of a pod cannot be had here: ${why}.`);
  tell(`Only a kubeconfig is measured: ${why}.`);
  return ['kubeconfig'];
}

/** What Node runs as the operator: the source as it is, or a bundle of it, of this run alone, since one in dist/ may be old. */
export async function entryOf(source: boolean): Promise<string> {
  if (source) return join(ROOT, 'src/main.ts');
  const directory = mkdtempSync(join(tmpdir(), 'immutableapp-bench-'));
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/build.ts', '--outdir', relative(ROOT, directory)], {
    cwd: ROOT,
  });
  tell(`bundled:\n${stdout.trimEnd()}`);
  return join(directory, 'immutableapp.js');
}

/** Where and on what, for whoever reads the numbers later. */
export const circumstances = (source: boolean) => ({
  at: new Date().toISOString(),
  machine: { cpus: cpus().length, model: cpus()[0]?.model, loadavg: loadavg() },
  node: process.version,
  operator: source ? 'source' : 'bundle',
});

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

/** Runs a command. `read` answers undefined to whoever asks for help. */
export async function command<W>(
  help: string,
  read: (args: string[]) => W | undefined,
  main: (wanted: W, signal: AbortSignal) => Promise<number>,
): Promise<void> {
  const signal = interruption();
  try {
    const wanted = read(process.argv.slice(2));
    if (process.platform !== 'linux') throw new Error("The bench reads the operator's CPU time and memory from /proc: it needs Linux.");
    if (wanted === undefined) process.stdout.write(help);
    else process.exitCode = await main(wanted, signal);
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    const wrong = error instanceof Usage || (code?.startsWith('ERR_PARSE_ARGS') ?? false);
    process.stderr.write(signal.aborted ? 'Interrupted; nothing is left.\n' : `${message}\n`);
    process.exitCode = signal.aborted ? INTERRUPTED : wrong ? 2 : 1;
  }
}
