// Random lives. A failure prints walk(seed, length): call it again and it fails again.
import { test } from '@jest/globals';
import { walk } from './walk.ts';

const first = Number(process.env.WORLD_SEED ?? 1);
const count = Number(process.env.WORLD_WALKS ?? 60);

test(`${count} random lives, from seed ${first}`, async () => {
  for (let seed = first; seed < first + count; seed++) await walk(seed);
}, 3600_000);
