// Which versions have served, and when, as far as route, history and report tell.
import { describe, expect, test } from '@jest/globals';
import type { App, Status } from '../../src/model/app.ts';
import { plan } from '../../src/plan/plan.ts';
import { readRouting } from '../../src/plan/read/routing.ts';
import { hasServed, MAX_VERSIONS, servedIn } from '../../src/plan/read/served.ts';
import type { VersionId } from '../../src/model/version.ts';
import type { Given } from '../given.ts';
import { cold, given, id, NOW, up } from '../given.ts';
import { sceneOf } from './stage.ts';

const AT = '2026-02-01T08:00:00.000Z';
const LATER = '2026-02-02T08:00:00.000Z';

/** Of each version in status, by nickname: from when until when. */
function spans(facts: Given, nicknames: readonly string[]): (readonly [string | undefined, string | undefined])[] {
  const { versions = [] } = plan(given(facts), NOW).status;
  return nicknames.map((name) => {
    const { servedFrom, servedUntil } = versions.find((version) => version.id === id(name)) ?? {};
    return [servedFrom, servedUntil];
  });
}

describe('when a version served', () => {
  const history = (...switches: (readonly [to: string, at: string])[]): NonNullable<Status['history']> =>
    switches.map(([to, at], i) => ({
      switchNumber: switches.length - i,
      at,
      from: switches[i + 1] === undefined ? '' : id(switches[i + 1]![0]),
      to: id(to),
    }));
  const two: Given = { latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one', 'two'] };

  test('is from one switch to the next', () => {
    const status = { history: history(['two', LATER], ['one', AT]) };
    expect(spans({ ...two, status }, ['one', 'two'])).toEqual([
      [AT, LATER],
      [LATER, undefined],
    ]);
  });
  test('is the last time, if it was several', () => {
    const status = { history: history(['one', LATER], ['two', '2026-02-01T20:00:00.000Z'], ['one', AT]) };
    expect(spans({ ...two, switches: ['one', 'two', 'one'], status }, ['one', 'two'])).toEqual([
      [LATER, undefined],
      ['2026-02-01T20:00:00.000Z', LATER],
    ]);
  });
  test('goes on while one instance of it replaces another', () => {
    const instances = [{ replicas: 3 }, { replicas: 3, ordinal: 2 }];
    const status = { history: history(['one-2', LATER], ['one', AT]) };
    expect(spans({ versions: { one: { instances } }, switches: ['one', 'one-2'], status }, ['one'])).toEqual([[AT, undefined]]);
  });
  test('is carried on when history has no room for it any more', () => {
    const status = { history: history(['two', LATER]), versions: [{ id: id('one'), servedFrom: AT, servedUntil: LATER }] };
    expect(spans({ ...two, status }, ['one'])).toEqual([[AT, LATER]]);
  });
  test('is not told of one that never did', () => {
    expect(spans({ ...two, switches: ['one'], status: { history: history(['one', AT]) } }, ['two'])).toEqual([[undefined, undefined]]);
  });
  test('begins with a switch that is seen for the first time', () => {
    const services: Given['services'] = { web: { on: 'two', stamp: { switchNumber: 2, instance: 'two', previous: 'one' } } };
    const now = new Date(NOW).toISOString();
    expect(spans({ ...two, switches: ['one'], services, status: { history: history(['one', AT]) } }, ['one', 'two'])).toEqual([
      [AT, now],
      [now, undefined],
    ]);
  });
});

describe('when a version served that history tells of no more', () => {
  const told: NonNullable<Status['versions']> = [{ id: id('two'), servedFrom: LATER }, { id: id('one') }, { id: id('three') }];
  const facts = (from: string | undefined): Given => ({
    latest: 'two',
    versions: { one: up(3), three: cold, two: up(3) },
    switches: ['one', 'two'],
    status: { history: [{ switchNumber: 2, at: LATER, to: id('two'), ...(from === undefined ? {} : { from }) }], versions: told },
  });
  test('is until another one took over from it', () => {
    expect(spans(facts(id('one')), ['one', 'two', 'three'])).toEqual([
      [undefined, LATER],
      [LATER, undefined],
      [undefined, undefined],
    ]);
  });
  test('is not told if the switch does not say from where', () => {
    expect(spans(facts(undefined), ['one', 'two', 'three'])).toEqual([
      [undefined, undefined],
      [LATER, undefined],
      [undefined, undefined],
    ]);
  });
  test('is not ended by a guess if its beginning is known', () => {
    const app = sceneOf(facts(undefined)).seen.app as App;
    const { observedGeneration: _, ...status } = { ...app.status, versions: [{ id: id('one'), servedFrom: AT }] };
    expect(servedIn({ ...app, status }, { id: id('one') }, [], LATER)).toEqual({ servedFrom: AT });
    expect(servedIn({ ...app, status }, { id: id('three') }, [], LATER)).toEqual({ servedUntil: LATER });
  });
});

describe('what nobody can tell', () => {
  const now = new Date(NOW).toISOString();
  const versions = { one: cold, three: cold, two: up(3) };
  const services: Given['services'] = { web: { on: 'two', stamp: { switchNumber: 7, instance: 'two', previous: 'one' } } };
  test('is said once: it may have served until then, and the next report knows it from what is made since', () => {
    const lost: Given = { latest: 'two', versions, services, status: 'lost' };
    expect(spans(lost, ['one', 'two', 'three'])).toEqual([
      [undefined, now],
      [now, undefined],
      [undefined, now],
    ]);
  });
  test('is not said of a first version that nothing routes to', () => {
    expect(spans({ latest: 'one', versions: { one: cold }, status: 'lost' }, ['one'])).toEqual([[undefined, undefined]]);
  });
});

describe('a version', () => {
  const full = Array.from({ length: MAX_VERSIONS }, (_, i) => ({ id: `shop-${String(i)}` }));
  const other = { latest: 'two', versions: { one: up(3), two: up(3), three: up(3) } } as const;
  test.each<[string, Given, boolean]>([
    ['that serves has served', { ...other, switches: ['two'] }, true],
    ['that served before what serves has served', { ...other, switches: ['two', 'one'] }, true],
    [
      'of which a stamp alone still knows has served',
      { ...other, services: { web: { on: 'one', stamp: { switchNumber: 2, instance: 'one', previous: 'two' } } } },
      true,
    ],
    [
      'that an earlier report knows has served',
      { ...other, switches: ['one'], status: { versions: [{ id: id('two'), servedFrom: AT }] } },
      true,
    ],
    [
      'that a report tells of as one that did not has not',
      { ...other, switches: ['one'], status: { versions: [{ id: id('two') }] } },
      false,
    ],
    ['that was made since the last report has not', { ...other, switches: ['one'], status: { versions: [{ id: id('one') }] } }, false],
    [
      'that a report calls one that may have counts as one that has',
      { ...other, switches: ['one'], status: { versions: [{ id: id('two'), servedUntil: AT }] } },
      true,
    ],
    [
      'in the report of an operator that did not keep this counts as one that has',
      { ...other, switches: ['one'], status: { activeVersion: id('one'), versions: [{ id: id('two') }] } },
      true,
    ],
    [
      'that was copied from a former life counts as one that has',
      { ...other, versions: { ...other.versions, two: { as: 2 } }, switches: ['one'], status: { versions: [{ id: id('one') }] } },
      true,
    ],
    ['for which a report had no room counts as one that has', { ...other, switches: ['one'], status: { versions: full } }, true],
    [
      'that a full report tells of as one that did not has not',
      { ...other, switches: ['one'], status: { versions: [...full.slice(1), { id: id('two') }] } },
      false,
    ],
    ['counts as one that has when status is lost', { ...other, status: 'lost' }, true],
  ])('%s', (_what, facts, served) => {
    const scene = sceneOf(facts);
    const two = scene.versions.all.find((version) => version.id === id('two'))!;
    expect(hasServed(scene.seen.app as App, two, readRouting(scene).route)).toBe(served);
  });
});

test('a version whose content is unknown is not the nothing that the first switch came from', () => {
  const scene = sceneOf({ versions: { one: up(3) }, switches: ['one'], status: { versions: [{ id: id('one'), servedFrom: AT }] } });
  expect(hasServed(scene.app, { id: '' as VersionId }, readRouting(scene).route)).toBe(false);
});
