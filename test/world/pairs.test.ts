// Two things go wrong in one story: every way to fail meets every other, in both orders, at requests drawn by the story's own seed.
// `npm run soak -- --only pairs` goes on from there.
import { expect, test } from '@jest/globals';
import { asCalm, undisturbed } from './compare.ts';
import { pairwise } from './pairs.ts';
import { FAULTS } from './server.ts';
import { EVERY, write } from './trial.ts';

/** One in so many pairs of each story, other ones in each story, so that all of them have their turn. */
const SHARE = 4;

test('every ordered pair of faults is in the design of every story, within its requests, the second after the first', async () => {
  for (const [i, scenario] of EVERY.slice(0, 5).entries()) {
    const calm = await undisturbed(scenario);
    const pairs = pairwise(calm, i);
    expect(new Set(pairs.map(([[, first], [, second]]) => `${first}, ${second}`)).size).toBe(FAULTS.length ** 2);
    for (const [[first], [second]] of pairs) {
      expect(first).toBeGreaterThanOrEqual(calm.from);
      expect(first).toBeLessThanOrEqual(calm.to);
      expect(second).toBeGreaterThan(first);
    }
  }
});

test('a share of the design, in every story', async () => {
  let played = 0;
  for (const [i, scenario] of EVERY.entries()) {
    const pairs = pairwise(await undisturbed(scenario), i).filter((_, j) => (i + j) % SHARE === 0);
    for (const blows of pairs) {
      await asCalm(scenario, { faults: blows }, write({ is: 'blows', scenario, blows }));
      played++;
    }
  }
  expect(played).toBe((EVERY.length * FAULTS.length ** 2) / SHARE);
}, 120_000);
