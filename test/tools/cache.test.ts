// The cache of what is built: a process may fill several folders at once, and what a dead one left behind goes.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cached } from '../../deploy/local/cache.ts';

const filling = { log: () => undefined };
const before = process.env.XDG_CACHE_HOME;
let scratch = '';

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'immutableapp-cache-'));
  process.env.XDG_CACHE_HOME = scratch;
});
afterEach(async () => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  await rm(scratch, { recursive: true });
});

test('one folder may be filled for another', async () => {
  const outer = await cached('outer', filling, async (folder) => {
    await writeFile(join(folder, 'first'), '');
    const inner = await cached('inner', filling, (part) => writeFile(join(part, 'text'), 'inner'));
    await writeFile(join(folder, 'second'), await readFile(join(inner, 'text')));
  });
  expect(await readdir(outer)).toEqual(['first', 'second']);
  expect((await readdir(join(outer, '..'))).sort()).toEqual(['inner', 'outer']);
});

test('what an earlier process of the same number left half done goes, and so does what failed', async () => {
  const left = join(scratch, 'immutableapp/cluster', `.part-${process.pid}-left`);
  await mkdir(left, { recursive: true });
  await expect(cached('broken', filling, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await readdir(join(left, '..'))).toEqual([]);
});
