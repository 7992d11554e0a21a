// Random lives. A failure prints the name of a life: `npm run soak -- --replay NAME` lives it again, and shrinks it.
import { test } from '@jest/globals';
import { live } from './walk.ts';

const LIVES = 60;

test(`${LIVES} random lives`, async () => {
  for (let seed = 1; seed <= LIVES; seed++) await live({ seed, length: 12 });
}, 600_000);
