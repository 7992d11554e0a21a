// What is said of an App where two things are true at once.
import { describe, expect, test } from '@jest/globals';
import { plan } from '../../src/plan/plan.ts';
import type { Given } from '../given.ts';
import { coming, given, id, nick, NOW, up, WEB } from '../given.ts';
import { conditionLines, decide } from './table.ts';

const conditions = (facts: Given): string[] => conditionLines(plan(given(facts), NOW));
const ADMIN = { ...WEB, name: 'admin' };
const serving: Given = { versions: { one: up(3) }, switches: ['one'] };
const reverts = [1, 2].map((minutesAgo) => ({ by: 'flux', minutesAgo }));

test.each<[string, Given, readonly string[]]>([
  [
    'spec cannot become a version, and somebody points at another',
    { ...serving, latest: 'two', trial: 'refused', spec: { activeVersion: id('one') }, decision: id('one') },
    ['Available Serving', 'Ready Serving', 'Stalled InvalidTemplate'],
  ],
  [
    'spec is about to become a version, and nobody asked for it yet',
    { ...serving, latest: 'two', trial: 'none', spec: { promotion: { mode: 'Manual' } } },
    ['Available Serving', 'Ready Serving', 'Reconciling Minting'],
  ],
  [
    'paused, and spec is no version yet',
    { ...serving, latest: 'two', trial: 'none', spec: { activeVersion: id('one'), paused: true }, decision: id('one') },
    ['Available Serving', 'Ready Paused'],
  ],
  [
    'a Service that only shows is missing',
    { ...serving, spec: { services: [WEB, { name: 'look', role: 'Preview' }] }, services: { web: {} } },
    ['Available Serving', 'Ready Serving', 'Stalled ServiceMissing'],
  ],
  [
    'the second of two Services does not stay where it is put',
    { ...serving, spec: { services: [WEB, ADMIN] }, services: { web: {}, admin: { on: 'one', stamp: { switchNumber: 1, reverts } } } },
    ['Available Serving', 'not Ready SelectorContended', 'Stalled SelectorContended'],
  ],
])('%s', (_what, facts, expected) => {
  expect(conditions(facts)).toEqual(expected);
});

describe('what is up and waits for people', () => {
  const promotion = { before: [{ name: 'signed', approval: {} }] };
  const waits: Given = { latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one'], spec: { promotion } };
  test('leaves the App ready, while what serves is whole and nothing is stuck', () => {
    expect(conditions(waits)).toEqual(['Available Serving', 'Ready ApprovalMissing']);
  });
  test('does not hide that what serves has lost a pod', () => {
    expect(conditions({ ...waits, versions: { one: coming(3, 2), two: up(3) } })[1]).toMatch(/^not Ready /);
  });
  test('does not hide that a Service is moved by others', () => {
    const spec = { promotion, services: [WEB, ADMIN] };
    const services = { web: {}, admin: { on: 'one', stamp: { switchNumber: 1, reverts } } };
    expect(conditions({ ...waits, spec, services })).toEqual([
      'Available Serving',
      'not Ready SelectorContended',
      'Stalled SelectorContended',
    ]);
  });
});

test('a fresh instance that failed, of what served before, is kept to be looked at and drains nothing', () => {
  const failed = { instance: 'one-2', replacement: true, ageSeconds: 120 } as const;
  const one = { instances: [{ ordinal: 2, replicas: 1, available: 0 }], discarded: 'one', failed };
  const { plan: last } = decide({
    ...{ name: '', actions: [], conditions: [], since: 60 },
    given: { latest: 'two', versions: { one, two: up(3) }, switches: ['one', 'two'] },
  });
  expect(conditionLines(last)).toEqual(['Available Serving', 'Ready Serving']);
});

test('that an instance was touched comes before what its pods say', () => {
  const crash = { cause: 'version', reason: 'CrashLoop', message: 'main exits with 1' } as const;
  const touched: Given = {
    latest: 'two',
    versions: { one: up(3), two: coming(3, 1, { touched: ['Deployment'] }) },
    switches: ['one'],
    symptoms: { two: crash },
  };
  const { conditions: found = [] } = plan(given(touched), NOW).status;
  const why = found.find(({ type }) => type === 'Reconciling');
  expect([why?.reason, nick(why?.message ?? '')]).toEqual(['BringingUp', 'two was touched and is compared with what was published']);
});

test('what serves and was up is told with its pods, and nothing more', () => {
  const { message } = plan(given(serving), NOW).status.conditions!.find(({ type }) => type === 'Ready')!;
  expect(nick(message!)).toBe('one serves with 3 pods');
});

test('scaled to zero is an App none of whose selected instances is to have pods', () => {
  const two: Given = {
    latest: 'two',
    versions: { one: up(0), two: up(0) },
    switches: ['one', 'two'],
    spec: { replicas: 0, services: [WEB, ADMIN] },
    services: { web: { on: 'two' }, admin: { on: 'one' } },
  };
  expect(conditions(two)[0]).toBe('Available ScaledToZero');
  expect(conditions({ ...two, versions: { one: up(3), two: up(0) } })[0]).toBe('not Available NoAvailablePod');
});

test('whether the API server refuses is true, false, or not known', () => {
  const enforced = (enforcement: NonNullable<Given['fleet']>['enforcement'] & object) =>
    plan(given({ ...serving, fleet: { enforcement } }), NOW).status.conditions?.find(({ type }) => type === 'Enforced')?.status;
  expect([
    enforced({ is: 'enforced', revision: 1 }),
    enforced({ is: 'detect only', why: 'so', outdated: false }),
    enforced({ is: 'unknown' }),
  ]).toEqual(['True', 'False', 'Unknown']);
});

test('that the policies refuse the cluster itself is not that they are in force', () => {
  const seen = given({ ...serving, fleet: { enforcement: { is: 'enforced', revision: 2, refused: 'acme:controllers' } } });
  const enforced = plan(seen, NOW).status.conditions!.find(({ type }) => type === 'Enforced')!;
  expect([enforced.status, enforced.reason]).toEqual(['False', 'ControllersUnknown']);
});
