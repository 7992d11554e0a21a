// Runs the programs of `npm test` in the foreground, ends them when it is interrupted, and knows whether it was.
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const MINUTE = 60_000;

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const interruption = new AbortController();
/** Aborted by Ctrl-C and its like. */
export const interrupted = interruption.signal;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interruption.abort(new Error('Interrupted.'));
  });
}

/** True if it succeeded in time. */
export type Run = (args: readonly string[], deadlineMs: number) => Promise<boolean>;

/** A Node program of ours, its output as it comes. */
export const node =
  (environment: NodeJS.ProcessEnv = {}): Run =>
  (args, deadlineMs) =>
    new Promise((resolve) => {
      const env = { ...process.env, ...environment };
      const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env });
      const interrupt = (): void => {
        child.kill('SIGTERM');
      };
      interrupted.addEventListener('abort', interrupt);
      if (interrupted.aborted) interrupt();
      const late = setTimeout(() => {
        say(`Not done after ${deadlineMs / MINUTE} minutes: ended.`);
        child.kill('SIGKILL');
      }, deadlineMs);
      const end = (ok: boolean): void => {
        clearTimeout(late);
        interrupted.removeEventListener('abort', interrupt);
        resolve(ok);
      };
      child.once('error', (error) => {
        say(error.message);
        end(false);
      });
      child.once('close', (code) => {
        end(code === 0);
      });
    });
