// The real kstatus library, as a program of its own: built once from main.go beside it, then kept with the programs of the cluster.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { compile, sourceFingerprint, whyNoGo } from '../../deploy/local/build.ts';
import { cached } from '../../deploy/local/cache.ts';

const SOURCE = import.meta.dirname;
const FILES = ['go.mod', 'go.sum', 'main.go'];
const NAME = 'kstatus';

export interface Kstatus {
  readonly status: 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound' | 'Unknown';
  readonly message: string;
}

/** What kstatus says of each object. */
export async function kstatusOf(objects: readonly object[]): Promise<Kstatus[]> {
  const program = spawn(await executable(), [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = text(program.stdout);
  program.stdin.end(objects.map((object) => `${JSON.stringify(object)}\n`).join(''));
  const lines = (await said).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Kstatus);
}

async function executable(): Promise<string> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const key = `${NAME}-${sourceFingerprint(SOURCE, FILES)}-${process.platform}-${process.arch}`;
  const folder = await cached(key, { log }, async (part) => {
    const noGo = whyNoGo();
    if (noGo !== undefined) throw new Error(`kstatus cannot be built: ${noGo}. Install Go 1.26 or later; it takes half a minute, once.`);
    await compile({ title: NAME, source: SOURCE, output: join(part, NAME), folder: part }, { log });
  });
  return join(folder, NAME);
}
