// What is said of an App where two things are true at once.
import { expect, test } from '@jest/globals';
import { plan } from '../../src/plan/plan.ts';
import type { Given } from '../given.ts';
import { given, id, NOW, up, WEB } from '../given.ts';
import { conditionLines } from './table.ts';

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
