// What a decision tells the process and other Apps: that it holds a place in the line, that texts are needed, that it found a compromise.
import { describe, expect, test } from '@jest/globals';
import type { Signals } from '../../src/plan/plan.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Given, VersionGiven } from '../given.ts';
import { cold, coming, freeze, given, id, NOW, up } from '../given.ts';

/** After everything had looked the same for `seconds`. */
const signals = (facts: Given, seconds = 5): Signals => {
  const first = given(facts);
  return plan(freeze({ ...first, notes: plan(first, NOW - seconds * 1000).notes }), NOW).signals;
};
const made = (siteb: VersionGiven, more: Partial<Given> = {}): Given => ({
  latest: 'siteb',
  versions: { sitea: up(3), siteb },
  switches: ['sitea'],
  sources: { site: { says: 'b', read: {} } },
  trial: 'none',
  status: { latestVersion: id('siteb') },
  ...more,
});
const EDITED = { deployment: ['somebody changed an image'], writers: [{ by: 'kubectl-edit', at: 1, how: 'Update' as const }] };
const NONE: Signals = { isCandidate: false, needsTexts: false, foundCompromise: false };

describe('a decision tells', () => {
  test('nothing of an App that is as it should be', () => {
    expect(signals({ versions: { one: up(3) }, switches: ['one'] })).toEqual(NONE);
  });
  test('that its ConfigMap is about to make a version, for which its text is needed', () => {
    expect(signals(made(cold, { versions: { sitea: up(3) }, status: {} }))).toEqual({ ...NONE, isCandidate: true, needsTexts: true });
  });
  test('that it has found a compromise, once', () => {
    const seen = given({ versions: { one: up(3, { edited: true, generation: 5 }) }, switches: ['one'], comparisons: { one: EDITED } });
    const first = plan(seen, NOW);
    expect(first.signals).toEqual({ ...NONE, foundCompromise: true });
    expect(plan(freeze({ ...seen, notes: first.notes }), NOW + 1000).signals).toEqual(NONE);
  });
});

describe('a place in the line', () => {
  test.each<[string, Given, number, boolean]>([
    ['is held while the version comes up', made(coming(3, 1)), 5, true],
    ['is given away with the decision that finds that it failed', made(coming(3, 1)), 600, false],
    [
      'is given away once it is up and only people keep it',
      made(up(3), { spec: { promotion: { before: [{ name: 'qa', approval: {} }] } } }),
      5,
      false,
    ],
    ['is held before its Deployment is there', made(cold, { trial: 'accepted' }), 5, true],
    [
      'is given away while its Deployment is refused',
      made(cold, { trial: 'accepted', refused: { 'publish Deployment/siteb': 'exceeded quota' } }),
      5,
      false,
    ],
    [
      'is given away while it may not grow',
      made(coming(1, 0), { refused: { 'scale Deployment/siteb 1 → 3': 'exceeded quota' } }),
      5,
      false,
    ],
  ])('%s', (_what, facts, seconds, holds) => {
    expect(signals(facts, seconds).isCandidate).toBe(holds);
  });
});
