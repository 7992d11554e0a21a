// One program of the cluster as a child process that cannot outlive us: it holds the read end of a pipe and ends when the
// write end closes, which the kernel does for us however we die. Our own executable watches the pipe itself; any other
// program runs under a few lines of shell that do.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface Command {
  readonly file: string;
  readonly arguments: readonly string[];
  /** True for our own executable, which ends with its parent by itself. */
  readonly watchesParent: boolean;
  /** Beside our own environment. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface Program {
  readonly name: string;
  readonly pid: number | undefined;
  readonly logFile: string;
  /** How it ended, in words, as soon as it did; never rejects. */
  readonly ended: Promise<string>;
  readonly running: boolean;
  /** Ends it as a crash would and returns when the process is gone. */
  end(): Promise<void>;
  /** For process.on('exit'), where nothing can be awaited. */
  kill(): void;
}

const END_MS = 10_000;
const SUPERVISOR = `
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
{ while read -r _ <&3; do :; done; kill -KILL $program; } 2>/dev/null &
watch=$!
exec 3<&-
wait $program
code=$?
kill $watch 2>/dev/null
exit $code`;

function start(name: string, command: Command, output: number): ChildProcess {
  const [file, ...prefix] = command.watchesParent
    ? [command.file, ...command.arguments]
    : ['/bin/sh', '-c', SUPERVISOR, name, command.file, ...command.arguments];
  const env: NodeJS.ProcessEnv = { ...process.env, ...command.environment };
  if (command.watchesParent) env.IMMUTABLEAPP_DIE_WITH_PARENT = '1';
  // Detached: a Ctrl-C in the terminal reaches us, who end the programs in order, and not all of them at once.
  return spawn(file, prefix, { stdio: ['pipe', output, output], env, detached: true });
}

export function launch(name: string, command: Command, logFile: string): Program {
  const output = openSync(logFile, 'a');
  const child = start(name, command, output);
  closeSync(output);
  child.stdin?.on('error', () => undefined); // The program closed its end first; `ended` says so.
  let running = true;
  const ended = new Promise<string>((resolve) => {
    const finish = (how: string) => {
      running = false;
      child.stdin?.destroy();
      resolve(how);
    };
    child.once('error', (error) => {
      finish(`could not be started: ${error.message}`);
    });
    child.once('exit', (code, signal) => {
      finish(signal === null ? `exited with code ${code ?? 0}` : `was killed by ${signal}`);
    });
  });
  const kill = () => {
    if (!running || child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Gone in between.
    }
  };
  const end = async () => {
    child.stdin?.destroy();
    const deadline = new AbortController();
    const late = delay(END_MS, undefined, { signal: deadline.signal }).then(kill, () => undefined);
    await ended;
    deadline.abort();
    await late;
  };
  return {
    name,
    pid: child.pid,
    logFile,
    ended,
    get running() {
      return running;
    },
    end,
    kill,
  };
}

/** The last lines a program wrote, indented, for an error message. */
export function lastLines(logFile: string, count = 15): string {
  let text: string;
  try {
    text = readFileSync(logFile, 'utf8');
  } catch {
    text = '';
  }
  const lines = text.trimEnd().split('\n').slice(-count);
  return lines.map((line) => `  ${line.slice(0, 400)}`).join('\n');
}
