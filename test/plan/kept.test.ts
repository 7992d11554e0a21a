// Which records are kept, beside those that are beyond the number: as long as something is going on, and whatever somebody names.
import { describe, expect, test } from '@jest/globals';
import { isProven } from '../../src/plan/steps/records.ts';
import type { Given, VersionGiven } from '../given.ts';
import { cold, id, up } from '../given.ts';
import { sceneOf } from './stage.ts';
import { decide, lines } from './table.ts';

/** Records one to five, which served one after the other; three are kept. */
const FIVE: Given = {
  latest: 'five',
  versions: { one: cold, two: cold, three: cold, four: cold, five: up(3) },
  switches: ['one', 'two', 'three', 'four', 'five'],
  spec: { retention: { versions: 3 } },
};
const THREE = { retention: { versions: 3 } };
/** What goes, once everything has looked like this for so long. */
const gone = (facts: Given, since: number): string[] =>
  lines(decide({ name: '', actions: [], conditions: [], since, given: facts }).plan.actions)
    .filter((line) => line.startsWith('retire ControllerRevision '))
    .map((line) => line.replace(/^retire ControllerRevision (\w+): .*$/, '$1'));

describe('records go', () => {
  test.each<[string, Given, readonly string[], number]>([
    ['beyond the number, the oldest first', FIVE, ['one', 'two'], 60],
    ['not before what served last has drained', FIVE, [], 5],
    ['not while paused', { ...FIVE, spec: { ...THREE, paused: true } }, [], 60],
    ['not before what spec says is on record', { ...FIVE, latest: 'six', trial: 'refused' }, [], 60],
    [
      'but for the one that spec.activeVersion names, though a pin comes first',
      {
        ...FIVE,
        spec: { ...THREE, activeVersion: id('one') },
        decision: id('one'),
        metadata: { annotations: { 'immutableapp.io/pin': `${id('five')} until 2026-03-02T00:00:00Z` } },
        status: { pinned: `${id('five')} until 2026-03-02T00:00:00Z` },
      },
      ['two', 'three'],
      60,
    ],
    [
      'for no instance that runs without one',
      {
        latest: 'three',
        versions: { one: cold, two: { ...up(3), record: 'lost' }, three: up(3) },
        switches: ['one', 'two', 'three'],
        spec: { retention: { versions: 2 } },
      },
      [],
      60,
    ],
    [
      'first where status does not say when it served',
      {
        ...FIVE,
        status: {
          versions: [
            { id: id('one'), servedFrom: '2026-02-20T08:00:00Z', servedUntil: '2026-02-21T08:00:00Z' },
            { id: id('three'), servedFrom: '2026-02-04T08:00:00Z', servedUntil: '2026-02-05T08:00:00Z' },
          ],
        },
      },
      ['two', 'three'],
      60,
    ],
  ])('%s', (_when, facts, expected, since) => {
    expect(gone(facts, since)).toEqual(expected);
  });
});

describe('what status tells to have never served', () => {
  const proven = (one: VersionGiven, left: Given['left']): boolean => {
    const facts: Given = {
      latest: 'two',
      versions: { one, two: up(3) },
      switches: ['two'],
      status: { activeVersion: id('two'), versions: [{ id: id('two'), servedFrom: '2026-02-20T08:00:00Z' }, { id: id('one') }] },
      ...(left === undefined ? {} : { left }),
    };
    const scene = sceneOf(facts);
    return isProven(scene, scene.versions.named(id('one'))!, undefined);
  };
  test('counts as good when a former life kept it, beside whatever else that life kept', () => {
    expect(proven({ ...cold, as: 2 }, { one: cold, three: cold })).toBe(true);
  });
  test('does not when a former life kept only others, or there was none', () => {
    expect([proven(cold, { three: cold }), proven(cold, undefined)]).toEqual([false, false]);
  });
  test('does not when it failed since, whoever kept it', () => {
    expect(proven({ ...cold, as: 2, failed: {} }, { one: cold })).toBe(false);
  });
});
