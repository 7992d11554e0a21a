// A drain is of a switch, not of a moment: what happens when a pod of what serves blinks after it.
import { expect, test } from '@jest/globals';
import { plan } from '../../src/plan/plan.ts';
import { NOW, given, nick, up } from '../given.ts';
import type { Given } from '../given.ts';
import { lines, rolesOf } from './table.ts';

const SWITCHED: Given = { latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one', 'two'] };
const BLINKING: Given = { ...SWITCHED, services: { web: { endpoints: { two: 2 } } } };

/** Decides on each moment in turn, carrying the notes along. */
function story(moments: readonly { readonly seen: Given; readonly atSeconds: number }[]) {
  let notes = {};
  return moments.map(({ seen, atSeconds }) => {
    const made = plan({ ...given(seen), notes }, NOW + atSeconds * 1000);
    notes = made.notes;
    return { roles: rolesOf(made), actions: lines(made.actions), wake: made.wake };
  });
}

test('a pod that is unready for a moment does not start the drain anew, nor the time that a version stays warm', () => {
  const [first, drained, blink, after, cooled] = story([
    { seen: SWITCHED, atSeconds: 0 },
    { seen: SWITCHED, atSeconds: 30 },
    { seen: BLINKING, atSeconds: 40 },
    { seen: SWITCHED, atSeconds: 41 },
    { seen: SWITCHED, atSeconds: 630 },
  ]);
  expect(first).toEqual({ roles: { two: 'Active', one: 'Draining' }, actions: [], wake: { afterMs: 30_000 } });
  for (const moment of [drained, blink, after]) expect(moment?.roles).toEqual({ two: 'Active', one: 'Warm' });
  expect(after?.wake).toEqual({ afterMs: 589_000 });
  expect(cooled?.actions).toEqual(['retire Deployment one: no longer warm']);
});

test('nothing is retired at a moment when what serves does not have all its endpoints', () => {
  const cold = { spec: { retention: { warm: 0 } } };
  const [, blink, whole] = story([
    { seen: { ...SWITCHED, ...cold }, atSeconds: 0 },
    { seen: { ...BLINKING, ...cold }, atSeconds: 30 },
    { seen: { ...SWITCHED, ...cold }, atSeconds: 31 },
  ]);
  expect(blink?.actions).toEqual([]);
  expect(whole?.actions).toEqual([]);
  expect(nick(JSON.stringify(whole?.roles))).toBe(JSON.stringify({ two: 'Active', one: 'Draining' }));
});
