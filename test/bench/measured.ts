// A process that is measured from outside, by what the kernel says of it. It cannot outlive this one.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../deploy/local/cluster.ts';
import { lastLines, launch, type Command } from '../../deploy/local/process.ts';
import type { ControlPlane } from '../../deploy/local/programs.ts';

const READY_MS = 120_000;
/** Ticks of utime and stime a second: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS = 100;

export interface Measured {
  /** From being started to saying that it is ready. */
  readonly readyMs: number;
  readonly ended: Promise<string>;
  /** User and system time so far. */
  cpuMs(): number;
  memory(): { readonly rssMb: number; readonly peakMb: number };
  /** What it has open. */
  handles(): { readonly files: number; readonly sockets: number };
  log(): string;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM; resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface Measuring {
  /** What people call it. */
  readonly title: string;
  /** Its own; takes its log. */
  readonly directory: string;
  /** Of a shell that writes its process id into this file, then becomes the process. */
  readonly command: (pidFile: string) => Omit<Command, 'watchesParent'>;
  /** Answers with 2xx once it is ready. */
  readonly readyUrl: string;
  readonly signal: AbortSignal;
}

const PLAIN = 'echo $$ >"$0"; exec "$@"';

/** A program that needs nothing prepared. */
export const plainly =
  (program: readonly string[], environment: NodeJS.ProcessEnv): Measuring['command'] =>
  (pidFile) => ({ file: '/bin/sh', arguments: ['-c', PLAIN, pidFile, ...program], environment });

/** Starts it and waits until it is ready. */
export async function startMeasured({ title, directory, command, readyUrl, signal }: Measuring): Promise<Measured> {
  const pidFile = join(directory, 'pid');
  const logFile = join(directory, 'log');
  const started = performance.now();
  const program = launch(title, { ...command(pidFile), watchesParent: false }, logFile);
  const log = () => lastLines(logFile, 20);
  while (!(await answers(readyUrl))) {
    if (!program.running) throw new Error(`${title} ${await program.ended}:\n${log()}`);
    if (performance.now() - started > READY_MS) throw new Error(`${title} was not ready within ${READY_MS / 1000} s:\n${log()}`);
    await delay(25, undefined, { signal });
  }
  const readyMs = performance.now() - started;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  return {
    readyMs,
    ended: program.ended,
    cpuMs: () => cpuMs(pid),
    memory: () => memory(pid),
    handles: () => handles(pid),
    log,
    signal(name) {
      process.kill(pid, name);
    },
    async stop() {
      if (program.running) process.kill(pid, 'SIGTERM');
      await program.ended;
    },
  };
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Of a program of the cluster, which may run below a shell that watches over it. */
export function pidOf({ pids }: Cluster, name: ControlPlane): number {
  const of = (pid: number, file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8');
  const below = pids.flatMap((pid) => of(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number));
  const found = [...pids, ...below].find((pid) => of(pid, 'comm') !== 'sh\n' && of(pid, 'cmdline').includes(name));
  if (found === undefined) throw new Error(`${name} is not among the programs of the cluster`);
  return found;
}

/** Of a process so far. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which is in brackets and may hold anything, fields 3 and on; utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}

function memory(pid: number): { rssMb: number; peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string) => (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6;
  return { rssMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
}

function handles(pid: number): { files: number; sockets: number } {
  const folder = `/proc/${pid}/fd`;
  const to = readdirSync(folder).flatMap((name) => {
    try {
      return [readlinkSync(join(folder, name))];
    } catch {
      return []; // Closed since.
    }
  });
  return { files: to.length, sockets: to.filter((target) => target.startsWith('socket:')).length };
}
