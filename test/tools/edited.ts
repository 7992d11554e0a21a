// The source of a Go program as it was released but for a few lines: for what it has no flag.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/** In a file, once. */
export type Edit = readonly [file: string, old: string | RegExp, now: string];

/** A copy of the folder `released`, edited. */
export async function copyEdited(released: string, folder: string, edits: readonly Edit[]): Promise<void> {
  await promisify(execFile)('cp', ['-r', '--no-preserve=mode', released, folder]);
  for (const [path, old, now] of edits) {
    const file = join(folder, path);
    const text = await readFile(file, 'utf8');
    const edited = text.replace(old, now);
    if (edited === text) throw new Error(`There is no ${String(old)} in ${basename(file)} of ${released} any more.`);
    await writeFile(file, edited);
  }
}
