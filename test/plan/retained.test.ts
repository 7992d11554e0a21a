// What is remembered of instances that do not serve, from one decision to the next.
import { expect, test } from '@jest/globals';
import type { Notes } from '../../src/model/observed.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Given, VersionGiven } from '../given.ts';
import { coming, freeze, given, id, NOW, up } from '../given.ts';
import { lines, rolesOf } from './table.ts';

/** Decisions one after the other, each so many seconds ago. */
const after = (...decisions: readonly (readonly [secondsAgo: number, Given])[]): Plan =>
  decisions.reduce<{ notes: Notes; last: Plan | undefined }>(
    ({ notes }, [secondsAgo, facts]) => {
      const last = plan(freeze({ ...given(facts), notes }), NOW - secondsAgo * 1000);
      return { notes: last.notes, last };
    },
    { notes: {}, last: undefined },
  ).last!;

const warm = (one: VersionGiven, more: Partial<Given> = {}): Given => ({
  latest: 'two',
  versions: { one, two: up(3) },
  switches: ['one', 'two'],
  spec: { promotion: { minReadySeconds: 30 } },
  decision: '',
  ...more,
});
const named = warm(up(3), { spec: { promotion: { minReadySeconds: 30 }, activeVersion: id('one') } });

test('what is warm has been up since all its pods were: a way back does not wait for them again', () => {
  expect(lines(after([100, warm(up(3))], [60, warm(up(3))], [0, named]).actions)).toContain('switch web → one (switch 3, from two)');
});

test('what lacked a pod a moment ago has to be up for minReadySeconds first', () => {
  expect(lines(after([100, warm(coming(3, 2))], [60, warm(coming(3, 2))], [0, named]).actions)).toEqual([
    'attest two.held: spec.activeVersion names one',
  ]);
});

test('each is warm for a time of its own: that of what a trial kept begins with its end', () => {
  const gate = { name: 'hours', window: { timeZone: 'UTC', from: '13:00', to: '14:00' } };
  const served = (gates: readonly object[]): Given => ({
    latest: 'three',
    versions: { one: up(3), two: up(3), three: { ...up(3), proofs: [{ phase: 'before', followed: true }] } },
    switches: ['one', 'two', 'three'],
    spec: { retention: { warm: 2, warmSeconds: 600 }, promotion: { after: gates } },
  });
  const decided = after([800, served([gate])], [700, served([gate])], [0, served([])]);
  expect(lines(decided.actions)).toEqual(['retire Deployment one: no longer warm']);
  expect(rolesOf(decided)).toEqual({ three: 'Active', two: 'Warm', one: 'Surplus' });
});
