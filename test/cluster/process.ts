// The operator as people run it: its own process, its own credentials, ended as politely or as rudely as a test likes.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../deploy/local/ports.ts';
import { lastLines, launch, type Program } from '../../deploy/local/process.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const READY_MS = 30_000;
const BEGUN = 'The inspector has begun.';

export interface OperatorProcess {
  /** http://127.0.0.1:port of its probes. */
  readonly url: string;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  /** Status and text of one of its pages; undefined while nobody answers. */
  page(path: '/readyz' | '/healthz' | '/metrics'): Promise<{ readonly status: number; readonly text: string } | undefined>;
  /** Resolves when /readyz says 200. */
  ready(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when the process is gone. */
  stop(): Promise<string>;
  /** SIGSTOP: it stands still, its connections open, until it is resumed with SIGCONT. */
  pause(): void;
  resume(): void;
  /** Keeps its event loop busy. Resolves when it is. Only of an operator started to be inspected. */
  block(ms: number): Promise<void>;
  /** Has it run a program of a few statements. Resolves when that has begun. Only of an operator started to be inspected. */
  inject(program: string): Promise<void>;
  /** The last lines it logged. */
  log(): string;
}

export interface ProcessOptions {
  readonly inspected?: boolean;
  /** Flags of Node itself. */
  readonly node?: readonly string[];
  /** What is run; src/main.ts by default. */
  readonly main?: string;
}

/** Starts an operator; `directory` takes its log. It cannot outlive this process. */
export async function startOperator(
  directory: string,
  kubeconfig: string,
  flags: readonly string[] = [],
  { inspected = false, node = [], main = MAIN }: ProcessOptions = {},
): Promise<OperatorProcess> {
  const port = await freePort();
  const own = mkdtempSync(join(directory, 'operator-'));
  const logFile = join(own, 'log');
  const args = ['--kubeconfig', kubeconfig, '--probe-port', String(port), '--log-format', 'json', '--log-level', 'debug', ...flags];
  const executable = [process.execPath, ...node, ...(inspected ? ['--inspect=127.0.0.1:0'] : []), main];
  // The shell leaves its process id behind and becomes the operator.
  const script = 'echo $$ >"$0"; exec "$@"';
  const command = {
    file: '/bin/sh',
    arguments: ['-c', script, join(own, 'pid'), ...executable, ...args],
    watchesParent: false,
  };
  const program: Program = launch('operator', command, logFile);
  const url = `http://127.0.0.1:${port}`;
  const send = (name: NodeJS.Signals) => process.kill(Number(readFileSync(join(own, 'pid'), 'utf8')), name);
  const signal = async (name: 'SIGKILL' | 'SIGTERM'): Promise<string> => {
    if (program.running) {
      try {
        send(name);
      } catch {
        program.kill(); // not even started, or just gone
      }
    }
    return program.ended;
  };
  const read = () => readFileSync(logFile, 'utf8');
  const page: OperatorProcess['page'] = async (path) => {
    try {
      const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(2_000) });
      return { status: answer.status, text: await answer.text() };
    } catch {
      return undefined;
    }
  };
  return {
    url,
    ended: program.ended,
    page,
    async ready() {
      const deadline = performance.now() + READY_MS;
      while ((await page('/readyz'))?.status !== 200) {
        if (!program.running) throw new Error(`the operator ${await program.ended}:\n${lastLines(logFile, 30)}`);
        if (performance.now() > deadline)
          throw new Error(`the operator was not ready within ${READY_MS / 1000} s:\n${lastLines(logFile, 30)}`);
        await delay(25);
      }
    },
    kill: async () => {
      await signal('SIGKILL');
    },
    stop: () => signal('SIGTERM'),
    pause() {
      send('SIGSTOP');
    },
    resume() {
      send('SIGCONT');
    },
    block: (ms) => inject(read, `for (const end = performance.now() + ${ms}; performance.now() < end; );`),
    inject: (program) => inject(read, program),
    log: () => lastLines(logFile, 60),
  };
}

/** Through the inspector, whose address is in the log; so is the first thing that is done there. */
async function inject(log: () => string, program: string): Promise<void> {
  const address = /Debugger listening on (ws:\S+)/.exec(log())?.[1];
  if (address === undefined) throw new Error('the operator was not started to be inspected');
  const begun = `${BEGUN} ${randomUUID()}`;
  const expression = `console.error('${begun}'); ${program}`;
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => {
      reject(new Error(`nobody listens at ${address}`));
    };
  });
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }));
  const deadline = performance.now() + READY_MS;
  while (!log().includes(begun)) {
    if (performance.now() > deadline) throw new Error('the inspector did not do what it was asked');
    await delay(25);
  }
  socket.close();
}
