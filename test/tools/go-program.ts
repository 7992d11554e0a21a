// A Go library that tests ask, as a program of its own: built once from main.go in its folder, then kept with the programs of the cluster. It reads
// one JSON document a line and answers each with one.
import { spawn } from 'node:child_process';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { compile, sourceFingerprint, whyNoGo } from '../../deploy/local/build.ts';
import { cached } from '../../deploy/local/cache.ts';

const FILES = ['go.mod', 'go.sum', 'main.go'];

export interface GoProgram {
  /** Folder of its source; named after it. */
  readonly source: string;
  /** How long it takes to build: for people. */
  readonly takes: string;
}

export async function answersOf<T>(program: GoProgram, asked: readonly object[]): Promise<T[]> {
  const running = spawn(await executable(program), [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = text(running.stdout);
  running.stdin.end(asked.map((each) => `${JSON.stringify(each)}\n`).join(''));
  const lines = (await said).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as T);
}

async function executable({ source, takes }: GoProgram): Promise<string> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const name = basename(source);
  const key = `${name}-${sourceFingerprint(source, FILES)}-${process.platform}-${process.arch}`;
  const folder = await cached(key, { log }, async (part) => {
    const noGo = whyNoGo();
    if (noGo !== undefined) throw new Error(`${name} cannot be built: ${noGo}. Install Go 1.26 or later; it takes ${takes}, once.`);
    await compile({ title: name, source, output: join(part, name), folder: part }, { log });
  });
  return join(folder, name);
}
