// Finds the programs of a cluster, the first of four ways that has them all. Mixing versions from two places would run a
// cluster that nobody released, so a place that lacks one program is no place.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { build, EXECUTABLE, sourceFingerprint, whyNoGo } from './build.ts';
import { cached, type Filling } from './cache.ts';
import { download, downloadNodePrograms } from './download.ts';
import type { Command } from './process.ts';
import { terminalLog } from './progress.ts';
import { NODE_PROGRAMS, PROGRAMS, type NodeProgram, type ProgramName } from './programs.ts';

export const VERSION = 'v1.36.3';

export interface Binaries {
  readonly folder: string;
  command(name: ProgramName | NodeProgram): Command;
}

const runnable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const missing = (folder: string): ProgramName[] =>
  runnable(join(folder, EXECUTABLE)) ? [] : PROGRAMS.filter((name) => !runnable(join(folder, name)));

/** The programs in a folder that findBinaries() has found. */
export const inFolder = (folder: string): Binaries => ({
  folder,
  command: (name) =>
    runnable(join(folder, EXECUTABLE))
      ? { file: join(folder, EXECUTABLE), arguments: [name], watchesParent: true }
      : { file: join(folder, name), arguments: [], watchesParent: false },
});

class NoBinaries extends Error {
  override readonly name = 'NoBinaries';
  constructor(problems: readonly string[]) {
    super(`There is no Kubernetes to start. Any one of these helps:
  1. IMMUTABLEAPP_CLUSTER_BIN (or KUBEBUILDER_ASSETS) names a folder with ${PROGRAMS.join(', ')}.
  2. The cache of an earlier run, below XDG_CACHE_HOME or ~/.cache, in immutableapp/cluster.
  3. On Linux, the internet: the released binaries are downloaded and their checksums verified.
  4. Go 1.26 or later and a Go module proxy: they are built from source in about six minutes.
What was tried:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

function named(log: Filling['log']): Binaries | undefined {
  const own = process.env.IMMUTABLEAPP_CLUSTER_BIN;
  if (own !== undefined && own !== '') {
    const lacks = missing(own);
    if (lacks.length > 0) throw new NoBinaries([`IMMUTABLEAPP_CLUSTER_BIN=${own} has no executable ${lacks.join(', ')}`]);
    return inFolder(own);
  }
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets === undefined || assets === '') return undefined;
  // The usual content, envtest's archive, is etcd, kube-apiserver and kubectl: no workload controller would ever act.
  const lacks = missing(assets);
  if (lacks.length > 0) log(`KUBEBUILDER_ASSETS is not used: it has no executable ${lacks.join(', ')}.`);
  return lacks.length > 0 ? undefined : inFolder(assets);
}

/** Those of a real node, for a cluster whose own are in `folder`. Rejects where they are neither there nor to be had. */
export async function findNodeBinaries(folder: string, filling: Filling): Promise<Binaries> {
  const found = inFolder(folder);
  if (runnable(join(folder, EXECUTABLE)) || NODE_PROGRAMS.every((name) => runnable(join(folder, name)))) return found;
  const key = `node-${VERSION}-${process.platform}-${process.arch}`;
  return inFolder(await cached(key, filling, (part) => downloadNodePrograms(VERSION, part, filling)));
}

/** Rejects with a message that names all four ways if none works. */
export async function findBinaries({ log = terminalLog(), signal }: Partial<Filling> = {}): Promise<Binaries> {
  const found = named(log);
  if (found !== undefined) return found;
  const filling: Filling = { log, ...(signal && { signal }) };
  const key = `${VERSION}-${sourceFingerprint()}-${process.platform}-${process.arch}`;
  const folder = await cached(key, filling, async (part) => {
    const problems: string[] = [];
    const attempt = async (way: string, work: () => Promise<void>): Promise<boolean> => {
      try {
        await work();
        return true;
      } catch (error) {
        signal?.throwIfAborted();
        problems.push(`${way}: ${(error as Error).message}`);
        return false;
      }
    };
    if (await attempt('download', () => download(VERSION, part, filling))) return;
    const noGo = whyNoGo();
    if (noGo !== undefined) throw new NoBinaries([...problems, `build: ${noGo}`]);
    if (!(await attempt('build', () => build(VERSION, part, filling)))) throw new NoBinaries(problems);
  });
  return inFolder(folder);
}
