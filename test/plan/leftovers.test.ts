// What is told, copied and ended of things that lie about.
import { expect, test } from '@jest/globals';
import { plan } from '../../src/plan/plan.ts';
import { orphaned } from '../../src/plan/steps/restore.ts';
import type { Given } from '../given.ts';
import { cold, given, nick, NOW, up } from '../given.ts';
import { sceneOf } from './stage.ts';
import { lines } from './table.ts';

test('of records of a former life that hold one content one is copied, the later name first', () => {
  const seen = given({
    versions: { one: up(3) },
    switches: ['one'],
    left: { two: { ...cold, revision: 4 }, three: { ...cold, revision: 4 } },
  });
  const recalls = (records: typeof seen.records) =>
    lines(plan({ ...seen, records }, NOW).actions).filter((line) => line.startsWith('recall'));
  const [two, three] = ['two', 'three'].map((name) => seen.records.find((record) => nick(record.id) === name)!) as [never, never];
  const expected = [two, three]
    .toSorted((a: { name: string }, b: { name: string }) => (a.name < b.name ? 1 : -1))
    .map(({ id }: { id: string }) => `recall ${nick(id)}`);
  expect(recalls(seen.records)).toEqual(expected);
  expect(recalls(seen.records.toReversed())).toEqual(expected);
  const twin = { ...seen.records.find((record) => nick(record.id) === 'two')!, name: 'a-twin', uid: 'uid-twin' };
  expect(recalls([...seen.records, twin])).toEqual(expected);
});

test('orphans that run nothing are not told of, and one that is selected takes traffic, whatever its endpoints', () => {
  const told = (facts: Given): string[] => orphaned(sceneOf({ versions: { one: up(3) }, ...facts })).map(({ message }) => nick(message));
  expect(told({ left: { two: up(0) } })).toEqual([]);
  expect(told({ left: { two: up(3) } })).toEqual([expect.stringContaining('run 3 pods and take no traffic')]);
  const selected = told({ left: { two: up(3) }, services: { web: { on: 'two', endpoints: {} } } });
  expect(selected).toEqual([expect.stringContaining('Service web still sends traffic to it')]);
});

test('a report holds thirty versions', () => {
  const names = Array.from({ length: 33 }, (_, i) => `v${'abcdefghijklmnopqrstuvwxyzABCDEFG'[i]!}`);
  const versions = Object.fromEntries(names.map((name) => [name, cold]));
  const { status } = plan(given({ latest: names.at(-1)!, versions }), NOW);
  expect(status.versions).toHaveLength(30);
});

test('only the instance that was discarded ends as compromised', () => {
  const facts: Given = {
    latest: 'two',
    versions: { one: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }], discarded: 'one-2' }, two: up(3) },
    switches: ['two'],
  };
  expect(lines(plan(given(facts), NOW).actions).toSorted()).toEqual([
    'retire Deployment one-2: compromised',
    'retire Deployment one: superseded',
  ]);
});

test.each<[string, Given]>([
  ['an App that is being deleted', { metadata: { deletionTimestamp: new Date(NOW).toISOString() } }],
  ['a namespace that is being terminated', { ending: true }],
])('of %s nothing is noted, asked or watched any more', (_, end) => {
  const { notes, signals, wake } = plan(given({ versions: { one: up(3), two: cold }, latest: 'two', switches: ['one'], ...end }), NOW);
  expect({ notes, signals, wake }).toEqual({
    notes: {},
    signals: { isCandidate: false, needsTexts: false, foundCompromise: false },
    wake: 'await-change',
  });
});
