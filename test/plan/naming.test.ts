// Who keeps the name in spec.version, and what is deleted when it goes to another version.
import { expect, test } from '@jest/globals';
import { keeper, yielding } from '../../src/plan/read/naming.ts';
import type { VersionGiven } from '../given.ts';
import { cold, id, up } from '../given.ts';
import { stageOf } from './stage.ts';
import { lines } from './table.ts';

const stage = (other: VersionGiven) =>
  stageOf({
    latest: 'three',
    versions: { two: other, one: up(3), three: cold },
    switches: ['one'],
    spec: { version: '1.0' },
    status: { versions: [{ id: id('one'), servedFrom: '2026-02-01T08:00:00Z' }, { id: id('two') }] },
  });

test('a version keeps its name if it was copied from a deleted App, where it may have served', () => {
  const keeps = (other: VersionGiven) => keeper(stage(other))?.id;
  expect(keeps({ name: '1.0' })).toBeUndefined();
  expect(keeps({ name: '1.0', as: 2 })).toBe(id('two'));
  expect(keeps({ name: '1.0', restored: true })).toBe(id('two'));
  expect(keeps({ name: '0.9', as: 2 })).toBeUndefined();
});

test('only the alias that another version gets is taken from the one that had it', () => {
  const yields = (other: VersionGiven) => lines(yielding(stage(other), 'three'));
  expect(yields({ alias: '1.0' })).toEqual(['retire ControllerRevision two.alias: alias no more: three has the name now']);
  expect(yields({ name: '1.0', alias: 'stable' })).toEqual([]);
  expect(yields({ alias: 'stable' })).toEqual([]);
});
