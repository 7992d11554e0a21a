// An API server that fails on purpose: each test says how it answers, byte by byte where it matters. And a clock that stands still
// until it is told.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../src/shell/clock.ts';
import type { Connection, Credentials } from '../../src/shell/api/connection.ts';
import type { Logger } from '../../src/shell/ops/log.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FaultServer {
  readonly connection: Connection & { credentials: () => Credentials };
  readonly asked: Asked[];
  /** How often a 401 was reported to the connection. */
  readonly refusals: () => number;
  /** Connections opened so far, and open now. */
  readonly opened: () => number;
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

/** `answer` is called with the whole request; `nth` counts from 0. */
export async function faultServer(answer: (response: ServerResponse, asked: Asked, nth: number) => void): Promise<FaultServer> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let opened = 0;
  let refusals = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://x');
      const body = Buffer.concat(chunks).toString();
      asked.push({ method: request.method ?? '', path: url.pathname, query: url.searchParams, headers: request.headers, body });
      answer(response, asked.at(-1)!, asked.length - 1);
    });
  });
  server.on('connection', (socket) => {
    opened++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  const credentials: Credentials = { headers: { authorization: 'Bearer secret' }, tls: {} };
  return {
    connection: {
      server: `http://127.0.0.1:${address.port}`,
      namespace: 'default',
      credentials: () => credentials,
      refused() {
        refusals++;
      },
    },
    asked,
    refusals: () => refusals,
    opened: () => opened,
    open: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export const status = (code: number, reason: string, message: string, details: object = {}) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  reason,
  message,
  details,
});

/** Waits for what is observed, not for time. */
export async function eventually(what: () => boolean, named = what.toString()): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!what()) {
    if (performance.now() > deadline) throw new Error(`still not: ${named}`);
    await pause(1);
  }
}

export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** The machine slept: only the wall clock saw it. */
  sleep(ms: number): void;
  /** How long each timer has to go. */
  waits(): number[];
}

export function manualClock(): ManualClock {
  let elapsed = 0;
  let slept = 0;
  const timers = new Set<{ at: number; then: () => void }>();
  return {
    now: () => 1_767_225_600_000 + elapsed + slept,
    monotonic: () => elapsed,
    after(ms, then) {
      const timer = { at: elapsed + Math.max(0, ms), then };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const end = elapsed + ms;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        elapsed = Math.max(elapsed, next.at);
        next.then();
      }
      elapsed = end;
    },
    sleep: (ms) => void (slept += ms),
    waits: () => [...timers].map(({ at }) => at - elapsed).sort((a, b) => a - b),
  };
}

export interface Lines extends Logger {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[];
}

export function linesOf(): Lines {
  const lines: Lines['lines'] = [];
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
      void lines.push({ level, message, fields });
  const log: Lines = { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  return log;
}
