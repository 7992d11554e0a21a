// The client: a steady stream of requests to one address, from beginning to end, and what became of each.
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lastLines, launch, type Program } from '../../deploy/local/process.ts';
import { CLIENTS } from './ground.ts';
import type { Request } from './judge.ts';

export interface Stream {
  readonly name: string;
  /** Requests per second. */
  readonly rate: number;
  /** Keep connections alive, or make one for each request. */
  readonly connections: 'keep' | 'fresh';
}

const LATE_MS = 15_000;
const CHUNK = 1 << 20;

function parse(line: string): Request {
  const [stream = '', number, due, sent, done, connection, dialled, stood, tried, status, version = '', error = ''] = line.split('\t');
  return {
    ...{ stream, number: Number(number), due: Number(due), sent: Number(sent), done: Number(done), connection: Number(connection) },
    ...{ dialled: Number(dialled), stood: Number(stood), tried: Number(tried), status: Number(status), version, error },
  };
}

export class Load {
  readonly #program: Program;
  readonly #streams: readonly Stream[];
  readonly #log: string;
  readonly #requests: Request[] = [];
  /** Of each stream: what came out of turn, and the first number that is still awaited. */
  readonly #next = new Map<string, { number: number; due: number; readonly early: Map<number, number> }>();
  #file: FileHandle | undefined;
  #rest = '';

  constructor(executable: string, url: string, directory: string, streams: readonly Stream[]) {
    this.#streams = streams;
    this.#log = join(directory, 'requests.tsv');
    const words = streams.map(({ name, rate, connections }) => `${name}:${rate}:${connections}`);
    const command = { file: executable, arguments: [url, this.#log, CLIENTS.join(','), ...words], watchesParent: true };
    this.#program = launch('load', command, join(directory, 'load.log'));
    for (const { name } of streams) this.#next.set(name, { number: 0, due: 0, early: new Map() });
  }

  /** All requests that were due before now are done; in the order in which they were. */
  async settle(): Promise<readonly Request[]> {
    const now = Date.now() * 1000;
    await this.until('every request that was due is done', () =>
      this.#streams.every(({ name }) => this.#next.get(name)!.due >= now) ? true : undefined,
    );
    return this.#requests;
  }

  /** Waits until the requests so far show something. */
  async until<T>(what: string, look: (requests: readonly Request[]) => T | undefined): Promise<T> {
    const deadline = performance.now() + LATE_MS;
    for (;;) {
      await this.#read();
      const seen = look(this.#requests);
      if (seen !== undefined) return seen;
      if (!this.#program.running) throw new Error(`the load ${await this.#program.ended}:\n${lastLines(this.#program.logFile)}`);
      if (performance.now() > deadline) throw new Error(`not within ${LATE_MS / 1000} s: ${what}`);
      await delay(50);
    }
  }

  /** Sends no more, and returns when the last is done. */
  async stop(): Promise<readonly Request[]> {
    if (this.#program.running) {
      await this.#program.end();
      await this.#read();
      await this.#file?.close();
    }
    return this.#requests;
  }

  async #read(): Promise<void> {
    this.#file ??= await open(this.#log).catch(() => undefined);
    if (this.#file === undefined) return;
    const buffer = Buffer.alloc(CHUNK);
    for (;;) {
      const { bytesRead } = await this.#file.read(buffer, 0, CHUNK);
      if (bytesRead === 0) return;
      const lines = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
      this.#rest = lines.pop()!;
      for (const line of lines) this.#keep(parse(line));
    }
  }

  #keep(request: Request): void {
    this.#requests.push(request);
    const next = this.#next.get(request.stream)!;
    next.early.set(request.number, request.due);
    for (let due = next.early.get(next.number); due !== undefined; due = next.early.get(next.number)) {
      next.due = due;
      next.early.delete(next.number++);
    }
  }
}
