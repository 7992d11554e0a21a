// The folder that keeps binaries between runs. Whatever is in it is complete: it is filled in a temporary folder beside it and
// renamed. One process fills it at a time; others wait for it. If they ever both did, the second rename loses, harmlessly.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './directory.ts';
import type { Log } from './progress.ts';

export const cacheRoot = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'immutableapp');

const STALE_MS = 3600_000;
const PART = '.part-';

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The process that holds the lock, undefined if nobody does. A dead owner's lock is removed. */
async function holder(lock: string): Promise<number | undefined> {
  const pid = Number(await readFile(lock, 'utf8').catch(() => ''));
  const age =
    Date.now() -
    (await stat(lock).then(
      (seen) => seen.mtimeMs,
      () => NaN,
    ));
  if (Number.isNaN(age)) return undefined;
  // An empty lock was created this moment and is about to be written.
  const held = pid === 0 ? age < 10_000 : age < STALE_MS && isAlive(pid);
  if (!held) await rm(lock, { force: true });
  return held ? pid : undefined;
}

/** What this process is filling right now: it may fill several folders at once, one of them for another. */
const filling = new Set<string>();

async function sweep(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = name.startsWith(PART) ? Number.parseInt(name.slice(PART.length), 10) : NaN;
    const ended = pid === process.pid ? !filling.has(join(root, name)) : !isAlive(pid);
    if (!Number.isNaN(pid) && ended) await rm(join(root, name), { recursive: true, force: true });
  }
}

export interface Filling {
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** The folder `key` of the cache, filled by `fill(emptyFolder)` if it is not there yet. */
export async function cached(key: string, { log, signal }: Filling, fill: (folder: string) => Promise<void>): Promise<string> {
  const root = join(cacheRoot(), 'cluster');
  const folder = join(root, key);
  const lock = `${folder}.lock`;
  if (await exists(folder)) return folder;
  await mkdir(root, { recursive: true });
  for (let told = false; ; told = true) {
    const taken = await writeFile(lock, String(process.pid), { flag: 'wx' }).then(
      () => true,
      () => false,
    );
    if (taken) break;
    const pid = await holder(lock);
    if (pid !== undefined && !told) log(`Waiting for process ${pid}, which is fetching the same binaries.`);
    await delay(500, undefined, { ...(signal && { signal }) });
    if (await exists(folder)) return folder;
  }
  try {
    if (await exists(folder)) return folder;
    await sweep(root);
    const part = join(root, `${PART}${process.pid}-${key}`);
    filling.add(part);
    try {
      await mkdir(part, { mode: 0o700 });
      await fill(part);
      await rename(part, folder);
    } finally {
      filling.delete(part);
      await rm(part, { recursive: true, force: true });
    }
    return folder;
  } finally {
    await rm(lock, { force: true });
  }
}
