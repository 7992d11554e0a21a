// What is known against instances and what is said of it, asked without the rest of a decision.
import { describe, expect, test } from '@jest/globals';
import type { Notes, Snapshot } from '../../src/model/observed.ts';
import { foundCompromise, stateOf } from '../../src/plan/steps/drift.ts';
import type { ComparisonGiven, Given, VersionGiven } from '../given.ts';
import { given, nick, NOW, up, WEB } from '../given.ts';
import { stageOf } from './stage.ts';
import { lines } from './table.ts';

/** In the words of people; nothing that is empty. */
function found(facts: Given | Snapshot, notes: Notes = {}) {
  const { timer, drift } = stageOf(facts, notes);
  const { actions, trouble, warnings, doubts } = drift;
  const said = { actions: lines(actions), trouble: trouble?.message, warnings: warnings.map(({ message }) => message) };
  const told = { ...said, doubts: [...doubts].map(([name, { reason, message }]) => `${name} ${reason} ${message}`) };
  return {
    notes: timer.notes(),
    said: Object.fromEntries(
      Object.entries(JSON.parse(nick(JSON.stringify(told))) as typeof told).filter(([, what]) => (what?.length ?? 0) > 0),
    ),
  };
}
const said = (facts: Given | Snapshot) => found(facts).said;

const edit = { generation: 2, edited: true } as const;
const edited = (look: ComparisonGiven, more: Partial<Given> = {}): Given => ({
  versions: { one: up(3, edit) },
  switches: ['one'],
  comparisons: { one: look },
  ...more,
});
const kubectl = [{ by: 'kubectl-edit', at: 1, how: 'Update' as const }];
const looking = {
  actions: ['compare one with one-2 as published'],
  doubts: ['one NotObserved one was touched and is compared with what was published'],
};
const unsure = { doubts: looking.doubts };
const charged = (why: string) => ({
  actions: [`attest one.discarded: one is compromised (${why})`],
  doubts: [`one Compromised ${why.replace(/, by .*/, '')}`],
});

describe('a Deployment that is not what was published', () => {
  test.each<[string, Given, object]>([
    ['is looked at', edited({ stale: true }), looking],
    ['is compromised by who left a trace', edited({ deployment: ['image'], writers: kubectl }), charged('image, by kubectl-edit')],
    [
      'is hashed anew where the API server stores it so today, whoever wrote to it',
      edited({ deployment: ['image'], writers: kubectl, agrees: true }),
      { ...unsure, actions: ['attest one.spec-hash: the API server stores it differently today'] },
    ],
    [
      'is compromised where the API server disagrees twice',
      edited({ deployment: ['image'], agrees: false, sinceSeconds: 61 }),
      charged('image'),
    ],
    ['is asked about again a minute later', edited({ agrees: false, secondsAgo: 60 }), looking],
    ['not before', edited({ agrees: false, secondsAgo: 1, sinceSeconds: 31 }), unsure],
    ['nor where the API server did not answer', edited({ secondsAgo: 1, sinceSeconds: 61 }), unsure],
    [
      'is nobody’s business while it goes, nor once that was said',
      {
        versions: {
          one: {
            instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2, deleting: true, ...edit }, { replicas: 3, ordinal: 3, ...edit }],
            discarded: 'one-3',
          },
        },
        switches: ['one'],
      },
      { warnings: ['one-3 was compromised (x) and is deleted once a clean instance has replaced it'] },
    ],
    [
      'is compared with its record while nobody knows what spec will be',
      { latest: 'sitea', versions: { sitea: up(3, edit) }, switches: ['sitea'], sources: { site: { says: 'a' } } },
      { actions: ['recall sitea'], doubts: ['sitea NotObserved sitea was touched and is compared with what was published'] },
    ],
  ])('%s', (_what, facts, expected) => {
    const { warnings, ...rest } = said(facts) as { warnings?: string[] };
    expect({
      ...rest,
      ...(warnings && { warnings: warnings.map((each) => each.replace(/\((?=[^)]*\) and is deleted).*\)/, '(x)')) }),
    }).toEqual(expected);
  });
});

describe('ConfigMaps', () => {
  const of = (one: VersionGiven, verified?: string): Snapshot => {
    const seen = given({ versions: { one }, switches: ['one'] });
    return verified === undefined ? seen : { ...seen, verified: new Map([...seen.verified.keys()].map((name) => [name, verified])) };
  };
  const anew = charged('ConfigMap one.httpd was deleted and created again');
  test.each<[string, Snapshot, object]>([
    ['that are as old as their instance are its own', of({ ...up(3, { ageSeconds: 60 }), configsAgeSeconds: 60 }), {}],
    ['that are younger are not', of({ ...up(3, { ageSeconds: 60 }), configsAgeSeconds: 59 }), anew],
    ['that this process made are not another', of(up(3)), {}],
    ['that took the place of one it made are', of(up(3), 'uid-before'), anew],
    ['of which it knows nothing are taken as they are', { ...of(up(3)), verified: new Map() }, {}],
  ])('%s', (_what, seen, expected) => {
    expect(said(seen)).toEqual(expected);
  });
});

describe('a debug container', () => {
  const visitor = (container: string, by: string, secondsAgo: number) => ({ pod: 'one-x', container, by, at: NOW - secondsAgo * 1000 });
  const visited = (...debugged: ReturnType<typeof visitor>[]): Given => ({
    versions: { one: up(3, { touched: ['one-x@2'] }) },
    switches: ['one'],
    comparisons: { one: { debugged } },
  });
  const warned = (who: string) => ({ warnings: [`debug container ${who}: one is replaced 1800 s after`] });
  test('is told of by the one that came first', () => {
    expect(said(visited(visitor('late', 'b', 5), visitor('early', 'a', 60)))).toEqual(warned('early was put into pod one-x by a'));
    expect(said(visited(visitor('early', 'a', 60), visitor('late', 'b', 5)))).toEqual(warned('early was put into pod one-x by a'));
  });
  test('that nobody signed is told of as well', () => {
    expect(said(visited(visitor('shell', '', 5)))).toEqual(warned('shell was put into pod one-x'));
  });
});

describe('what is not answered is told once', () => {
  const REPORT = { spec: { onDrift: 'Report' } };
  const why = expect.stringMatching(/^one is compromised \(image\): spec.onDrift is Report/);
  const look = { deployment: ['image'], agrees: false, sinceSeconds: 61 };
  const doubts = ['one Compromised image'];
  test('as trouble of what serves', () => {
    expect(said(edited(look, REPORT))).toEqual({ trouble: why, doubts });
  });
  test('as a warning of what does not', () => {
    const warm = edited(look, { ...REPORT, latest: 'two', versions: { one: up(3, edit), two: up(3) }, switches: ['one', 'two'] });
    expect(said(warm)).toEqual({ warnings: [why], doubts });
  });
  test('strangers too: the first as trouble', () => {
    const services = { web: { on: 'one', endpoints: { one: 3, intruder: 1 } }, admin: { on: 'one', endpoints: { one: 3, intruder: 1 } } };
    const { trouble, warnings } = said({
      versions: { one: up(3) },
      switches: ['one'],
      spec: { services: [WEB, { ...WEB, name: 'admin' }] },
      services,
    });
    expect([trouble, warnings]).toEqual([expect.stringContaining('Service web'), [expect.stringContaining('Service admin')]]);
  });
  test('and not of Services that are only shown, or that select nothing of ours', () => {
    const services = {
      web: { on: 'one' },
      look: { on: 'one', endpoints: { one: 3, intruder: 1 } },
      bare: { selector: {}, stamp: 'none', endpoints: { intruder: 1 } },
    } as const;
    const spec = { services: [WEB, { ...WEB, name: 'look', role: 'Preview' }, { ...WEB, name: 'bare' }] };
    expect(said({ versions: { one: up(3) }, switches: ['one'], spec, services })).toEqual({});
  });
});

test('what is discarded is told of as long as it is there', () => {
  const gone: Given = { versions: { one: { instances: [{ replicas: 3, ordinal: 2 }], discarded: 'one' } }, switches: ['one-2'] };
  expect(said(gone)).toEqual({});
  const there: Given = {
    versions: { one: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }], discarded: 'one' } },
    switches: ['one-2'],
  };
  expect(said(there)).toEqual({ warnings: [expect.stringMatching(/^one was compromised \(/)] });
});

test('only what claims to be ours can be forged', () => {
  const seen = given({ versions: { one: up(3), two: { record: 'damaged' } }, switches: ['one'] });
  expect(said(seen)).toEqual({ warnings: [expect.stringMatching(/^record two does not hold/)] });
  const records = seen.records.map((record) =>
    record.authentic ? record : { ...record, owner: { ...record.owner!, uid: 'uid-stranger' } },
  );
  expect(said({ ...seen, records })).toEqual({});
});

test('that something was found is known by what it was, and when', () => {
  const look = { deployment: ['image'], writers: kubectl };
  const both: Given = {
    latest: 'two',
    versions: { one: up(3, edit), two: up(3, edit) },
    switches: ['one', 'two'],
    comparisons: { one: look, two: look },
  };
  const { notes } = found(both);
  expect([foundCompromise(notes, NOW), foundCompromise(notes, NOW + 1), foundCompromise({}, NOW)]).toEqual([true, false, false]);
  expect(notes.compromised?.value.split(' ').map(nick).toSorted()).toEqual(['one', 'two']);
  const before = found({ ...both, comparisons: { one: look } }).notes;
  const earlier = Object.fromEntries(Object.entries(before).map(([fact, { value }]) => [fact, { value, since: NOW - 1000 }]));
  expect(foundCompromise(found(both, earlier).notes, NOW)).toBe(true);
  expect(foundCompromise(found({ ...both, comparisons: { one: look } }, earlier).notes, NOW)).toBe(false);
  const conditions = [{ type: 'Stalled', status: 'True' as const, reason: 'CircuitOpen', message: 'nothing is replaced' }];
  expect(found({ ...both, status: { conditions } }).notes.compromised).toBeUndefined();
});

test('what could not open the breaker is not known to anybody: it is tried again, and nothing is replaced', () => {
  const facts = edited({ deployment: ['image'], writers: kubectl }, { fleet: { apps: 30, compromised: 5 } });
  const halted: Given = {
    ...facts,
    status: { conditions: [{ type: 'Stalled', status: 'True', reason: 'CircuitOpen', message: 'halted' }] },
  };
  const trips = { actions: ['trip: 6 of 30 Apps were found compromised within five minutes'] };
  const first = found(facts);
  expect(first.said).toMatchObject(trips);
  const second = found(halted, first.notes);
  expect(second.said).toMatchObject(trips);
  // It is looked at once more, and differs still.
  const looked = found({ ...halted, comparisons: { one: { stale: true } } }, second.notes);
  expect(found(halted, looked.notes).said).toMatchObject(trips);
  // Then it opened, and somebody closed it.
  const open = found({ ...halted, fleet: { ...halted.fleet, breaker: '2026-03-01T11:00:00Z 6 of 30 Apps' } }, second.notes);
  expect(open.said.actions).toBeUndefined();
  expect(found(halted, open.notes).said).toMatchObject(charged('image, by kubectl-edit'));
});

test('a look is about one state', () => {
  const [instance] = given({ versions: { one: up(3, { generation: 2, touched: ['a@1', 'b@2'] }) } }).instances;
  expect(stateOf({ ...instance!, uid: 'u' })).toBe('u@2 a@1 b@2');
});
