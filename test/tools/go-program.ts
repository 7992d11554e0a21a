// A program around a Go library or what else of Go tests need, built once from the sources in its folder, then kept with the programs of the cluster. One
// that is asked reads one JSON document a line and answers each with one.
import { execFile, spawn } from 'node:child_process';
import { appendFile, cp, mkdir, rm } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { compile, REPRODUCIBLE, sourceFingerprint, whyNoGo } from '../../deploy/local/build.ts';
import { cached } from '../../deploy/local/cache.ts';
import { copyEdited, type Edit } from './edited.ts';

export interface GoProgram {
  /** Folder of its source; named after it. */
  readonly source: string;
  /** How long it takes to build: for people. */
  readonly takes: string;
  /** One of the modules that it requires, where that is not built as it was released. */
  readonly edited?: EditedModule;
}

export interface EditedModule {
  readonly module: string;
  readonly edits: readonly Edit[];
  /** A folder of it that is kept beside the program. */
  readonly keep: string;
}

export interface Built {
  readonly executable: string;
  /** What is kept beside it. */
  readonly folder: string;
}

export async function answersOf<T>(program: GoProgram, asked: readonly object[]): Promise<T[]> {
  const running = spawn((await built(program)).executable, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = text(running.stdout);
  running.stdin.end(asked.map((each) => `${JSON.stringify(each)}\n`).join(''));
  const lines = (await said).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as T);
}

export async function built({ source, takes, edited }: GoProgram): Promise<Built> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const name = basename(source);
  const files = readdirSync(source).filter((file) => /^go\.(mod|sum)$|\.go$/.test(file));
  // Who edits a module does so in the file that says how it is asked.
  const key = `${name}-${sourceFingerprint(source, edited ? [...files, 'program.ts'] : files)}-${process.platform}-${process.arch}`;
  const folder = await cached(key, { log }, async (part) => {
    const noGo = whyNoGo();
    if (noGo !== undefined) throw new Error(`${name} cannot be built: ${noGo}. Install Go 1.26 or later; it takes ${takes}, once.`);
    const make = (from: string) =>
      compile({ title: name, source: from, output: join(part, name), folder: part, flags: [...REPRODUCIBLE, '-ldflags=-s -w'] }, { log });
    if (edited === undefined) await make(source);
    else await withEdited(edited, source, files, part, make);
  });
  return { executable: join(folder, name), folder };
}

/** Hands over the folder of a copy of the program that requires a copy of the module. */
async function withEdited(
  { module, edits, keep }: EditedModule,
  source: string,
  files: readonly string[],
  part: string,
  make: (source: string) => Promise<void>,
): Promise<void> {
  const [work, copy] = [join(part, 'source'), join(part, 'source/edited')];
  await mkdir(work);
  for (const file of files) await cp(join(source, file), join(work, file));
  const go = (...args: string[]) => promisify(execFile)('go', ['-C', source, ...args], { env: { ...process.env, GOWORK: 'off' } });
  await go('mod', 'download', module);
  const { stdout } = await go('list', '-m', '-f', '{{.Dir}}', module);
  await copyEdited(stdout.trim(), copy, edits);
  await appendFile(join(work, 'go.mod'), `\nreplace ${module} => ./edited\n`);
  await make(work);
  await cp(join(copy, keep), join(part, keep), { recursive: true });
  await rm(work, { recursive: true });
}
