// The watch of EndpointSlices is interrupted for half a minute, just when traffic moves.
import { expect, test } from '@jest/globals';
import type { Status } from '../../src/model/app.ts';
import { World } from '../world.ts';
import { complaints } from './play.ts';
import { shop } from './scenarios.ts';

/** What Available said, each once, from the first version on. */
async function said(isKnown: boolean): Promise<string[]> {
  const reasons = new Set<string>();
  const world = new World({
    weather: { silent: ['EndpointSlice'] },
    judge: ({ kind, after }) => {
      const { conditions = [] } = (after?.status ?? {}) as Status;
      if (kind === 'ImmutableApp') for (const { type, reason } of conditions) if (type === 'Available') reasons.add(String(reason));
    },
  });
  const begun = world.time.now();
  if (isKnown) world.interruptedAt = () => (world.time.now() < begun + 60_000 ? begun : undefined);
  world.apply('ImmutableApp', shop());
  expect(await world.settle()).toBe(true);
  expect(complaints(world)).toEqual([]);
  return [...reasons];
}

test('nobody is told that a Service reaches no pod', async () => {
  expect(await said(true)).toEqual(['NothingServes', 'Serving']);
});

test('who does not know of the interruption cannot tell it from pods that nobody reaches', async () => {
  expect(await said(false)).toEqual(['NothingServes', 'Serving', 'NoEndpoints']);
});
