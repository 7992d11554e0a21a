// Which directories of clusters are swept: those whose owner is known to be dead, and no other.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { tmpdir } from 'node:os';
import { expect, test } from '@jest/globals';
import { newDirectory, remove } from '../../deploy/local/directory.ts';

/** More than Linux ever gives a process. */
const DEAD = 4_194_304;

test('what a dead process left is swept; what a process of another container has is not, though its number is nobody’s here', async () => {
  const own = await newDirectory();
  const [, prefix, numbering] = /^(.*-)(\d+)-\d+-/.exec(basename(own))!;
  const named = (among: string, owner: number): string => join(tmpdir(), `${prefix!}${among}-${owner}-test`);
  const [left, others] = [named(numbering!, DEAD), named(`${numbering!}9`, DEAD)];
  await Promise.all([left, others].map((each) => mkdir(each)));
  const next = await newDirectory();
  try {
    expect([own, next, left, others].map(existsSync)).toEqual([true, true, false, true]);
  } finally {
    await Promise.all([own, next, left, others].map(remove));
  }
});
