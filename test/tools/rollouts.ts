// Argo Rollouts to compare with: its controller, built once from the Go module proxy and kept with the programs of the cluster, and its own
// manifests beside it.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { compile, REPRODUCIBLE, sourceFingerprint, whyNoGo } from '../../deploy/local/build.ts';
import { cached, type Filling } from '../../deploy/local/cache.ts';

const MODULE = 'github.com/argoproj/argo-rollouts';
export const ROLLOUTS_VERSION = 'v1.10.2';
const NAME = 'rollouts-controller';

export interface Release {
  readonly controller: string;
  /** Folder of the manifests. */
  readonly manifests: string;
}

const run = async (file: string, ...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(file, args, { env: { ...process.env, GOWORK: 'off' } });
  return stdout.trim();
};

/** The first call builds it: some minutes. */
export async function findRollouts(filling: Filling): Promise<Release> {
  const key = `${NAME}-${ROLLOUTS_VERSION}-${sourceFingerprint(import.meta.dirname, [basename(import.meta.filename)])}-${process.arch}`;
  const folder = await cached(key, filling, async (part) => {
    const noGo = whyNoGo();
    if (noGo !== undefined) throw new Error(`Argo Rollouts cannot be built: ${noGo}. Install Go 1.26 or later.`);
    const released = join(await run('go', 'env', 'GOMODCACHE'), `${MODULE}@${ROLLOUTS_VERSION}`);
    // A Go that is too old by its third number refuses the module, but only after having unpacked it.
    const refused = await run('go', 'mod', 'download', `${MODULE}@${ROLLOUTS_VERSION}`).catch((error: unknown) => (error as Error).message);
    if (!existsSync(released)) throw new Error(`Argo Rollouts cannot be built, the Go module proxy does not serve it: ${refused}`);
    await build(released, part, filling);
  });
  return { controller: join(folder, NAME), manifests: join(folder, 'manifests') };
}

/** As released but for two things: any Go 1.26 may build it, and it listens on loopback only, for which it has no flag. */
async function build(released: string, folder: string, filling: Filling): Promise<void> {
  const source = join(folder, 'source');
  await run('cp', '-r', '--no-preserve=mode', released, source);
  await edit(join(source, 'go.mod'), /^go 1\.26\..*$/m, 'go 1.26.0');
  await edit(join(source, 'controller/controller.go'), '"0.0.0.0:%d"', '"127.0.0.1:%d"');
  const [target, flags] = [`./cmd/${NAME}`, [...REPRODUCIBLE, '-ldflags=-s -w']];
  await compile({ title: `Argo Rollouts ${ROLLOUTS_VERSION}`, source, target, output: join(folder, NAME), folder, flags }, filling);
  await rename(join(source, 'manifests'), join(folder, 'manifests'));
  await rm(source, { recursive: true });
}

async function edit(file: string, old: string | RegExp, now: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const edited = text.replace(old, now);
  if (edited === text) throw new Error(`Argo Rollouts cannot be built: there is no ${String(old)} in ${basename(file)} any more.`);
  await writeFile(file, edited);
}
