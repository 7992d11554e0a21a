// Names for what is made next: the first that is free, skipping what is held by others, discarded or known to be taken.
import { expect, test } from '@jest/globals';
import type { App, ConfigWish } from '../../src/model/app.ts';
import type { RecordSeen, Snapshot } from '../../src/model/observed.ts';
import { configOrdinal, freeBudget, freeInstance, freeRecord } from '../../src/plan/read/names.ts';
import { startTimer } from '../../src/plan/read/timer.ts';
import type { Version } from '../../src/plan/read/versions.ts';
import { joinVersions } from '../../src/plan/read/versions.ts';
import type { Given } from '../given.ts';
import { cold, given, id, nick, NOW, up } from '../given.ts';

const latest = (seen: Snapshot): Version => joinVersions(seen, seen.app as App, seen.app as App, startTimer({}, NOW)).latest;

test.each<[string, Given, string]>([
  ['the id itself is the first', { versions: { one: cold } }, 'one'],
  ['one that runs holds its name', { versions: { one: up(1) } }, 'one-2'],
  ['a gap is filled', { versions: { one: { instances: [{ replicas: 1 }, { replicas: 1, ordinal: 3 }] } } }, 'one-2'],
  ['a discarded name is never used again', { versions: { one: { discarded: 'one' } } }, 'one-2'],
  ['nor is one that was renewed away', { versions: { one: { ...up(1), renewed: { nonce: 'x', instances: ['one-2'] } } } }, 'one-3'],
  ['what a create found taken is skipped', { versions: { one: cold }, taken: ['Deployment/one'] }, 'one-2'],
  ['taken by another kind is not taken', { versions: { one: cold }, taken: ['ConfigMap/one'] }, 'one'],
])('an instance: %s', (_what, facts, name) => {
  const seen = given(facts);
  expect(nick(freeInstance(seen, latest(seen)))).toBe(name);
});

const recordNamed = (seen: Snapshot): string => nick(freeRecord(seen, id('one')));
test.each<[string, Given, string]>([
  ['nobody holds it', {}, 'one'],
  ['ours holds it: a create is its own retry', { versions: { one: { ...cold, alias: 'x' } } }, 'one'],
  ['of another App', { versions: { one: { record: 'foreign' } } }, 'one-2'],
  ['ours, but not what it says', { versions: { one: { record: 'damaged' } } }, 'one-2'],
  ['of a former life', { left: { one: cold } }, 'one-2'],
  ['a create found it taken', { taken: ['ControllerRevision/one'] }, 'one-2'],
  ['a create found a fact of it taken', { taken: ['ControllerRevision/one.held', 'ControllerRevision/one-2'] }, 'one-3'],
  ['another kind took it', { taken: ['Deployment/one'] }, 'one'],
])('a record: %s', (_what, facts, name) => {
  expect(recordNamed(given(facts))).toBe(name);
});
test('a record: a fact that has no owner, or another, holds the name of its record', () => {
  const seen = given({ versions: { one: { ...cold, alias: 'x' } } });
  const [factSeen] = seen.factsSeen;
  const without = { ...seen, records: [] };
  expect(recordNamed({ ...without, factsSeen: [{ ...factSeen!, owner: undefined }] })).toBe('one-2');
  expect(recordNamed({ ...without, factsSeen: [{ ...factSeen!, owner: { kind: 'ControllerRevision', name: 'x', uid: '' } }] })).toBe(
    'one-2',
  );
  const orphan: RecordSeen = { ...seen.records[0]!, owner: undefined, uid: 'uid-orphan' };
  expect(recordNamed({ ...seen, records: [orphan], factsSeen: [] })).toBe('one-2');
});

const wish = (name: string): ConfigWish => ({ name, data: {}, binaryData: {}, mountPath: '', env: false });
test.each<[string, Given, number]>([
  ['its own are its own', { versions: { one: up(1) } }, 1],
  ['none is there yet', { versions: { one: { ...cold, configs: false } } }, 1],
  ['a former life holds one', { left: { one: { ...cold } } }, 2],
  ['a create found one taken', { versions: { one: cold }, taken: ['ConfigMap/one.httpd'] }, 2],
  ['another kind took it', { versions: { one: cold }, taken: ['Deployment/one.httpd'] }, 1],
  ['they were compromised', { versions: { one: { discarded: 'one', discardedConfigs: 1 } } }, 2],
  ['others of it were compromised', { versions: { one: { discarded: 'one', discardedConfigs: 2 } } }, 1],
])('config objects: %s', (_what, facts, ordinal) => {
  const seen = given(facts);
  expect(configOrdinal(seen, latest(seen), [wish('httpd'), wish('more')])).toBe(ordinal);
});
test('config objects: one that nobody owns is not ours', () => {
  const seen = given({ versions: { one: up(1) } });
  const configs = seen.configs.map((config) => ({ ...config, owner: undefined }));
  expect(configOrdinal({ ...seen, configs }, latest(seen), [wish('httpd')])).toBe(2);
});

test.each<[string, Given['budgets'], readonly string[], string]>([
  ['nobody holds it', {}, [], 'one'],
  ['it is there', { one: { of: 'one', spec: {} } }, [], 'one'],
  ['somebody else holds it', { [id('one')]: { spec: {} } }, [], 'one.2'],
  ['another of theirs is in the way of nothing', { aside: { spec: {} } }, [], 'one'],
  ['a create found it taken', {}, ['PodDisruptionBudget/one'], 'one.2'],
])('a budget: %s', (_what, budgets, taken, name) => {
  const seen = given({ versions: { one: up(1) }, budgets: budgets!, taken });
  expect(nick(freeBudget(seen, seen.instances[0]!))).toBe(name);
});
