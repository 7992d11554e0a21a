// How what was seen is joined into versions: whose is what, under which names, and in which order.
import { describe, expect, test } from '@jest/globals';
import type { App } from '../../src/model/app.ts';
import type { FailedFact, Notes, RecordSeen, Snapshot } from '../../src/model/observed.ts';
import type { InstanceName } from '../../src/model/version.ts';
import { startTimer } from '../../src/plan/read/timer.ts';
import type { Versions } from '../../src/plan/read/versions.ts';
import { isMadeByCapture, isOfSpec, joinVersions, ordinal, recordsOf, retryAfterSeconds, takenBy } from '../../src/plan/read/versions.ts';
import type { Given, VersionGiven } from '../given.ts';
import { cold, given, id, nick, NOW, up } from '../given.ts';

const appOf = ({ app }: Snapshot): App => app as App;
const joined = (seen: Snapshot): Versions => joinVersions(seen, appOf(seen), appOf(seen), startTimer({}, NOW));
const join = (facts: Given): Versions => joined(given(facts));
const all = (versions: Versions): string[] => versions.all.map((version) => nick(version.id));

describe('versions', () => {
  test('Latest comes first, then the newest record, then what runs without one', () => {
    const lost = { ...up(1), record: 'lost' } as const;
    expect(all(join({ latest: 'two', versions: { four: lost, one: cold, two: cold, three: cold } }))).toEqual([
      'two',
      'three',
      'one',
      'four',
    ]);
  });
  test('a name that two were given is that of the one which got it last, or of the newer one', () => {
    const seen = given({ latest: 'three', versions: { one: { ...cold, alias: '9' }, two: { ...cold, alias: '9' } } });
    const later = (nickname: string): Snapshot => ({
      ...seen,
      factsSeen: seen.factsSeen.map((each) => (nick(each.id) === nickname ? { ...each, createdAt: each.createdAt + 1 } : each)),
    });
    const backwards = (facts: Snapshot): Snapshot => ({ ...facts, factsSeen: facts.factsSeen.toReversed() });
    const holder = (facts: Snapshot): string => nick(joined(facts).named('9')!.id);
    for (const order of [(facts: Snapshot) => facts, backwards])
      expect([seen, later('one'), later('two')].map((facts) => holder(order(facts)))).toEqual(['two', 'one', 'two']);
  });
  test('of what is recorded of its ports the last comes first', () => {
    const ports = { web: [{ port: 80 }] };
    const seen = given({ versions: { one: { ...up(3), ports } } });
    const first = seen.factsSeen.find(({ fact }) => fact?.is === 'ports')!;
    const again = { ...first, fact: { ...first.fact!, serial: 7 } } as typeof first;
    for (const factsSeen of [
      [first, again],
      [again, first],
    ])
      expect(joined({ ...seen, factsSeen }).all[0]!.ports.map(({ fact }) => fact.serial)[0]).toBe(7);
  });
  test('content that a server-side apply has emptied is the version that it was before, a rejected one too', () => {
    const template = (annotations: unknown): Record<string, unknown> => ({
      metadata: { labels: { app: 'shop' }, annotations },
      spec: { containers: [{ name: 'main', image: 'x:1' }] },
    });
    const versions = { one: { ...up(3), content: { template: template({}) }, rejected: 'one' }, two: up(3) };
    const seen = given({ latest: 'two', versions, spec: { template: template(null), config: undefined } });
    const [one] = seen.records;
    const { latest } = joined({ ...seen, records: seen.records });
    expect([latest.id, latest.rejected]).toEqual([one!.id, true]);
  });
  test('of two records that are as old the one whose name comes later is the newer', () => {
    const seen = given({
      latest: 'new',
      versions: { one: { ...cold, revision: 5 }, two: { ...cold, revision: 5 }, three: { ...cold, revision: 6 } },
    });
    const names = [id('one'), id('two')].toSorted().toReversed();
    const expected = [id('three'), ...names];
    expect(recordsOf(seen, appOf(seen)).map(({ name }) => name)).toEqual(expected);
    expect(recordsOf({ ...seen, records: seen.records.toReversed() }, appOf(seen)).map(({ name }) => name)).toEqual(expected);
    expect(joined(seen).highestRevision).toBe(6);
  });
  test('two records of one content are one version, and both are its kin', () => {
    const seen = given({ latest: 'two', versions: { one: { ...cold, name: '1.0' }, two: cold } });
    const twin: RecordSeen = { ...seen.records[0]!, name: `${id('one')}-2`, uid: 'uid-twin', revision: 3 };
    const { all: found } = joined({ ...seen, records: [...seen.records, twin] });
    expect(found.map((version) => [nick(version.id), version.duplicates.length])).toEqual([
      ['two', 1],
      ['one', 2],
    ]);
  });
  test('instances are in order of their ordinals, and no others are its own', () => {
    const instances = [{ replicas: 1, ordinal: 10 }, { replicas: 1, ordinal: 2 }, { replicas: 1 }];
    const seen = given({ versions: { one: { instances } } });
    expect(joined(seen).latest.instances.map(({ name }) => nick(name))).toEqual(['one', 'one-2', 'one-10']);
    const [first] = seen.instances;
    const named = (name: string) => ({ ...first!, name: name as InstanceName, uid: name });
    const odd = [`${id('one')}-x2`, `${id('one')}-2x`, `${id('one')}-`, 'x-2', `x${id('one').slice(1)}-2`].map(named);
    expect(joined({ ...seen, instances: odd }).latest.instances).toEqual([]);
  });
  test('an instance is of the version whose id it bears', () => {
    const versions = join({ latest: 'two', versions: { one: cold, two: cold } });
    expect(['one', 'one-2', 'two-12'].map((name) => nick(versions.of(id(name))?.id ?? ''))).toEqual(['one', 'one', 'two']);
    for (const name of [`${id('one')}-x`, `${id('one')}-1x`, `${id('one')}x`, '-3', '']) expect(versions.of(name)).toBeUndefined();
  });
  test('nothing is an instance of content that nobody knows yet', () => {
    const seen = given({ versions: {} });
    const unknown = joinVersions(seen, appOf(seen), { fingerprints: [] }, startTimer({}, NOW));
    expect(unknown.latest.id).toBe('');
    for (const name of ['', '-3']) expect(unknown.of(name)).toBeUndefined();
  });
  test('are known by id, by name and by alias; the name in spec is that of Latest until it is recorded', () => {
    const named: Given = { latest: 'two', versions: { one: { ...cold, name: '1.0', alias: 'stable' } }, spec: { version: '2.0' } };
    const versions = join(named);
    expect([id('one'), '1.0', 'stable', '2.0', '3.0', ''].map((name) => nick(versions.named(name)?.id ?? '?'))).toEqual([
      'one',
      'one',
      'one',
      'two',
      '?',
      '?',
    ]);
    expect(join({ ...named, versions: { two: cold } }).named('2.0')).toBeUndefined();
    expect(join({ latest: 'two', versions: {} }).named('')).toBeUndefined();
  });
  test('what runs without a record has the fingerprint of spec only if it is of spec', () => {
    const versions = join({ latest: 'two', versions: { one: { ...up(1), record: 'lost' }, two: { ...up(1), record: 'lost' } } });
    expect(versions.all.map(({ fingerprint }) => fingerprint === versions.latest.fingerprint)).toEqual([true, false]);
    expect(versions.all[1]?.fingerprint).toBe('');
    expect(versions.all[1]?.specHashes).toEqual(new Set());
    expect(versions.all[1]?.duplicates).toEqual([]);
  });
  test('that a replacement failed is no failure of the version', () => {
    const { latest } = join({ versions: { one: { ...up(1), failed: { replacement: true } } } });
    expect([latest.failed, latest.replacementFailure?.fact.is]).toEqual([undefined, 'failed']);
    const { latest: failed } = join({ versions: { one: { ...up(1), failed: {} } } });
    expect([failed.failed?.fact.is, failed.replacementFailure]).toEqual(['failed', undefined]);
    const { latest: sound } = join({ versions: { one: up(1) } });
    expect([sound.failed, sound.replacementFailure]).toEqual([undefined, undefined]);
  });
  test('an instance of which nothing was hashed is hashed by no empty spec hash', () => {
    expect(join({ versions: { one: { ...up(1), recordedHash: '' } } }).latest.specHashes).toEqual(new Set());
    expect(join({ versions: { one: { ...up(1), recordedHash: 'a', specHash: 'b' } } }).latest.specHashes).toEqual(new Set(['a', 'b']));
  });
});

test('only what captured, and differs in nothing else from an older one, was made by capture', () => {
  const records = (names: readonly string[]) =>
    given({ versions: Object.fromEntries(names.map((name) => [name, cold])), sources: { site: { says: 'b' } } }).records;
  const made = (names: readonly string[]) => records(names).map((record, _i, known) => isMadeByCapture(record, known));
  expect(made(['sitea', 'siteb'])).toEqual([false, true]);
  expect(made(['sitea', 'newsiteb'])).toEqual([false, false]);
  expect(made(['one', 'two'])).toEqual([false, false]);
  const [live] = records(['live']) as [RecordSeen];
  expect(isMadeByCapture({ ...live, revision: 2 }, [live])).toBe(false);
});

test('a version is of spec by its template and config; without a record nobody can tell', () => {
  const seen = given({ latest: 'siteb', versions: { sitea: cold, one: cold }, sources: { site: { says: 'b' } } });
  const { all: found } = joined(seen);
  expect(found.map((version) => [nick(version.id), isOfSpec(version, appOf(seen))])).toEqual(
    expect.arrayContaining([
      ['sitea', true],
      ['one', false],
    ]),
  );
  expect(isOfSpec(joined(seen).latest, appOf(seen))).toBe(false);
});

test('a name in spec is taken by another version that has it, never by Latest itself', () => {
  const taken = (versions: NonNullable<Given['versions']>, version: string) => {
    const seen = given({ latest: 'two', versions, spec: { version } });
    return nick(takenBy(joined(seen), appOf(seen))?.id ?? '');
  };
  expect(taken({ one: { ...cold, name: '1.0' }, two: cold }, '1.0')).toBe('one');
  expect(taken({ one: cold, two: { ...cold, name: '1.0' } }, '1.0')).toBe('');
  expect(taken({ one: cold, two: cold }, '')).toBe('');
});

test('instances are counted from one', () => {
  expect(['shop-bcdfghjklm', 'shop-bcdfghjklm-2', 'shop-bcdfghjklm-1234'].map((name) => ordinal(name as InstanceName))).toEqual([
    1, 2, 1234,
  ]);
  expect(ordinal('shop-2222222222' as InstanceName)).toBe(1);
  expect(ordinal('shop-12-bcdfghjklm' as InstanceName)).toBe(1);
});

test('what the cluster lacked is tried again after a minute, then twice as long, up to an hour', () => {
  expect([0, 1, 2, 5, 6, 50].map(retryAfterSeconds)).toEqual([60, 120, 240, 1920, 3600, 3600]);
});

describe('what belongs to nobody', () => {
  const seen = given({ versions: { one: { ...up(1), name: '1.0', alias: 'stable', held: '1.0' } } });
  const without = <T extends { readonly owner: unknown }>(all: readonly T[]): T[] => all.map((each) => ({ ...each, owner: undefined }));
  test('is no fact and no ConfigMap of any version, and names none', () => {
    const { latest } = joined({ ...seen, factsSeen: without(seen.factsSeen), configs: without(seen.configs) });
    expect([latest.names, latest.held, latest.configs]).toEqual([['1.0'], undefined, []]);
    expect(joined(seen).latest.names).toEqual(['1.0', 'stable']);
  });
  test('makes no version, if it runs without a record', () => {
    const instances = given({ versions: { two: { ...up(1), record: 'lost' } } }).instances;
    expect(all(joined({ ...seen, instances }))).toEqual(['one', 'two']);
    expect(all(joined({ ...seen, instances: without(instances) }))).toEqual(['one']);
    const theirs = instances.map((instance) => ({ ...instance, owner: { ...instance.owner!, uid: 'uid-other' } }));
    expect(all(joined({ ...seen, instances: theirs }))).toEqual(['one']);
  });
});

test('an instance that is labelled as another version is not its own, whatever its name', () => {
  const seen = given({ latest: 'two', versions: { one: up(1), two: cold } });
  const instances = seen.instances.map((instance) => ({ ...instance, id: id('two') }));
  expect(joined({ ...seen, instances }).all.map((version) => version.instances)).toEqual([[], []]);
});

test('a name that a version was given twice is listed once', () => {
  expect(join({ versions: { one: { ...up(1), name: '1.0', alias: '1.0' } } }).latest.names).toEqual(['1.0']);
});

describe('a failure that the API server refuses to store', () => {
  const fact = (instance: string): FailedFact => ({
    ...{ is: 'failed', instance: id(instance) as string as InstanceName, by: '', cause: 'version', attempt: 0 },
    ...{ reason: 'CrashLoop', message: 'it crashed' },
  });
  const known = (more: VersionGiven, instance = 'one'): FailedFact | undefined => {
    const seen = given({ versions: { one: { ...up(1), ...more } } });
    const value = JSON.stringify({ fact: fact(instance), createdAt: NOW });
    const notes: Notes = { [`owed ${id('one')}.failed`]: { value, since: NOW } };
    return joinVersions(seen, appOf(seen), appOf(seen), startTimer(notes, NOW)).latest.unrecordedFailure;
  };
  const renewed = (...instances: readonly string[]): VersionGiven => ({ renewed: { nonce: '1', instances } });
  test('is known until it is stored, or somebody rejects the version', () => {
    expect(known({})).toEqual(fact('one'));
    expect(known({ failed: {} })).toBeUndefined();
    expect(known({ rejected: 'one' })).toBeUndefined();
  });
  test('is over once a renewal has replaced its instance, and no other', () => {
    expect(known(renewed('one'))).toBeUndefined();
    expect(known(renewed('one', 'one-2'))).toBeUndefined();
    expect(known(renewed('one'), 'one-2')).toEqual(fact('one-2'));
    expect(known(renewed())).toEqual(fact('one'));
  });
});
