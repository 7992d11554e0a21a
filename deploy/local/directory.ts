// Where a cluster keeps its files: a temporary directory that names its owner, so that what a killed process left behind is
// recognized and swept by the next one. Never touches a directory whose owner lives or that another machine may own.
import { readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the container, if any, whose process numbers are ours: the same number is another process elsewhere. */
function numbering(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0'; // not Linux
  }
}

const PREFIX = `immutableapp-cluster-${hostname().replace(/[^a-zA-Z0-9.]/g, '_')}-${numbering()}-`;

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export const remove = (directory: string): Promise<void> => rm(directory, { recursive: true, force: true, maxRetries: 5 });

async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const owner = /^(\d+)-/.exec(name.slice(PREFIX.length))?.[1];
    // Somebody else's leftovers, or another process sweeping at the same time: not our concern.
    if (owner !== undefined && !isAlive(Number(owner))) await remove(join(tmpdir(), name)).catch(() => undefined);
  }
}

export async function newDirectory(): Promise<string> {
  await sweep();
  return mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

/** The caller's own directory, made if absent; what is in it already is never ours to change. */
export async function emptyDirectory(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0) throw new Error(`${directory} is not empty.`);
  return directory;
}
