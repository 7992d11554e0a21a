// What is taken over from a former life, seen as it seldom is: in another order, half deleted, or with words that nobody can read.
import { expect, test } from '@jest/globals';
import type { FactSeen } from '../../src/model/observed.ts';
import { plan } from '../../src/plan/plan.ts';
import { orphaned } from '../../src/plan/steps/restore.ts';
import type { Given } from '../given.ts';
import { cold, freeze, given, NOW, up } from '../given.ts';
import { sceneOf } from './stage.ts';
import { lines } from './table.ts';

/** One had a name, which two was given later. */
const NAMED: Given = {
  left: { one: { ...up(3), name: '1.0' }, two: { ...cold, alias: '1.0' } },
  status: 'lost',
  services: { web: { on: 'one', stamp: { switchNumber: 4, uid: 'uid-former' } } },
  recalled: ['one', 'two'],
};
/** All that is done, with every fact seen as `seen` says. */
const actionsOf = (facts: Given, seen: (fact: FactSeen) => FactSeen) => {
  const first = given(facts);
  return plan(freeze({ ...first, factsSeen: first.factsSeen.map(seen) }), NOW).actions;
};
const COPIES = ['publish record two-2 #2: copy of two', 'publish record one-2 #1 "1.0": copy of one'];

test('a name that is being taken from another version is copied along', () => {
  expect(lines(actionsOf(NAMED, (fact) => ({ ...fact, deleting: true })))).toEqual(COPIES);
});

test('what nobody can read takes no name from a copy', () => {
  expect(lines(actionsOf(NAMED, (fact) => ({ ...fact, fact: undefined })))).toEqual(COPIES);
});

test('a copy is made only if the App still is as it was seen', () => {
  const confirmed = actionsOf(NAMED, (fact) => fact).map((action) => 'confirm' in action && action.confirm);
  expect(confirmed).toEqual([true, true]);
});

test('what nobody can read of a version of this life keeps nothing from being copied', () => {
  const facts: Given = {
    ...NAMED,
    versions: { one: { ...cold, as: 2, configsAs: 2, configs: false, held: 'y' } },
    left: { one: { ...up(3), held: 'x' } },
  };
  const [record] = given(facts).records;
  const unread = (seen: FactSeen): FactSeen => (seen.owner?.uid === record!.uid ? { ...seen, fact: undefined } : seen);
  expect(lines(actionsOf(facts, unread))).toEqual(['attest one-2.held: said of one', 'attest one-2.restored: said of one']);
});

test('Deployments of nobody are told of in one order, however they were seen', () => {
  const scene = sceneOf({ latest: 'four', versions: { four: up(3) }, left: { one: up(1), two: up(1), three: up(1) }, switches: ['four'] });
  const { seen } = scene;
  const message = orphaned(scene)[0]!.message;
  const names = seen.instances.filter(({ owner }) => owner === undefined).map(({ name }) => name);
  expect(message.endsWith(` ${names.toSorted().join(' ')}`)).toBe(true);
  expect(orphaned({ ...scene, seen: { ...seen, instances: seen.instances.toReversed() } })).toEqual(orphaned(scene));
});
