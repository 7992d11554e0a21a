// A controller of somebody else as its maintainers released it: the source of its Go module, out of the module proxy, built but for a few edits and
// kept with the programs of the cluster, its manifests beside it.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { compile, REPRODUCIBLE, sourceFingerprint } from '../../deploy/local/build.ts';
import { cached, type Filling } from '../../deploy/local/cache.ts';
import { copyEdited, type Edit } from './edited.ts';
import { needGo } from './required.ts';

export interface Release {
  readonly controller: string;
  /** Folder of the manifests. */
  readonly manifests: string;
}

export interface Origin {
  /** What people call it. */
  readonly title: string;
  readonly module: string;
  readonly version: string;
  /** Its program in the module. */
  readonly program: string;
  /** Folder in the module. */
  readonly manifests: string;
  readonly edits: readonly Edit[];
}

const run = async (file: string, ...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(file, args, { env: { ...process.env, GOWORK: 'off' } });
  return stdout.trim();
};

/** The first call builds it: some minutes. Rejects, with the reason, where that is impossible. */
export async function findReleased(origin: Origin, filling: Filling): Promise<Release> {
  const { title, module, version, program } = origin;
  const itself = sourceFingerprint(import.meta.dirname, [basename(import.meta.filename), 'edited.ts']);
  const fingerprint = createHash('sha256').update(itself).update(JSON.stringify(origin)).digest('hex').slice(0, 12);
  const folder = await cached(`${basename(program)}-${version}-${fingerprint}-${process.arch}`, filling, async (part) => {
    needGo(title);
    const released = join(await run('go', 'env', 'GOMODCACHE'), `${module}@${version}`);
    // A Go that is too old by its third number refuses the module, but only after having unpacked it.
    const refused = await run('go', 'mod', 'download', `${module}@${version}`).catch((error: unknown) => (error as Error).message);
    if (!existsSync(released)) throw new Error(`${title} cannot be built, the Go module proxy does not serve it: ${refused}`);
    await build(origin, released, part, filling);
  });
  return { controller: join(folder, basename(program)), manifests: join(folder, 'manifests') };
}

async function build(
  { title, version, program, manifests, edits }: Origin,
  released: string,
  folder: string,
  filling: Filling,
): Promise<void> {
  const source = join(folder, 'source');
  await copyEdited(released, source, edits);
  const [output, flags] = [join(folder, basename(program)), [...REPRODUCIBLE, '-ldflags=-s -w']];
  await compile({ title: `${title} ${version}`, source, target: `./${program}`, output, folder, flags }, filling);
  await rename(join(source, manifests), join(folder, 'manifests'));
  await rm(source, { recursive: true });
}
