// Who holds a place in the line of versions that only a changed ConfigMap made, from when it may begin until its verdict; and how long
// what was read is needed.
import { expect, test } from '@jest/globals';
import { isCandidate, needsTexts } from '../../src/plan/choose/capture.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Given } from '../given.ts';
import { coming, freeze, given, id, NOW, up } from '../given.ts';

const changed = (more: Partial<Given> = {}): Given => ({
  latest: 'siteb',
  versions: { sitea: up(3) },
  switches: ['sitea'],
  sources: { site: { says: 'b', read: {} } },
  trial: 'none',
  ...more,
});
const made = (siteb: ReturnType<typeof up>, more: Partial<Given> = {}): Given =>
  changed({ versions: { sitea: up(3), siteb }, status: { latestVersion: id('siteb') }, ...more });
/** The notes of a decision, taken after everything had looked the same for `seconds`. */
const notesOf = (facts: Given, seconds = 5) => {
  const first = given(facts);
  return plan(freeze({ ...first, notes: plan(first, NOW - seconds * 1000).notes }), NOW).notes;
};

test.each<[string, Given, number, boolean]>([
  ['an App whose ConfigMap has not settled holds none', changed(), 2, false],
  ['an App whose ConfigMap has settled holds one', changed(), 5, true],
  ['an App that waits in line holds none', changed({ candidates: 10 }), 5, false],
  ['an App whose version comes up holds one', made(coming(3, 1)), 5, true],
  ['an App whose version came up holds none', made(up(3), { switches: ['sitea', 'siteb'] }), 5, false],
  ['an App whose version failed holds none', made({ ...up(0), failed: {} }), 5, false],
  ['an App whose version is refused holds none', changed({ trial: 'refused' }), 5, false],
  ['an App that cannot go on holds none', made(coming(3, 1), { failure: { reason: 'Denied', message: 'no' } }), 5, false],
  ['an App that is paused holds none', made(coming(3, 1), { spec: { paused: true } }), 5, false],
  ['an App that makes a version because its spec changed holds none', changed({ latest: 'newsiteb' }), 5, false],
  ['an App whose ConfigMap is about to be read holds none', changed({ sources: { site: { says: 'b' } } }), 0, false],
  [
    'an App whose spec made what comes up holds none',
    { latest: 'two', versions: { one: up(3), two: coming(3, 1) }, switches: ['one'] },
    5,
    false,
  ],
  [
    'an App without captured ConfigMaps holds none',
    { latest: 'two', versions: { one: up(3) }, switches: ['one'], trial: 'none' },
    5,
    false,
  ],
])('%s', (_what, facts, seconds, holds) => {
  expect(isCandidate(notesOf(facts, seconds))).toBe(holds);
});

test.each<[string, Given, boolean]>([
  ['until its version runs', changed(), true],
  ['not once it does', made(coming(3, 1)), false],
  ['not when it says what it said', changed({ latest: 'sitea', sources: { site: { says: 'a', read: {} } } }), false],
])('what was read is needed %s', (_what, facts, needed) => {
  expect(needsTexts(notesOf(facts))).toBe(needed);
});

test('a ConfigMap that turns up late settles as any other: the wait for it is no patience lost', () => {
  const facts: Given = { latest: 'sitea', sources: { site: { says: 'a', read: {} } }, trial: 'none' };
  const missed = plan(given({ ...facts, sources: {} }), NOW - 60_000);
  const { actions, wake } = plan(freeze({ ...given(facts), notes: missed.notes }), NOW);
  expect([actions, wake]).toEqual([[], { afterMs: 5_000 }]);
});
