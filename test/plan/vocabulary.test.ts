// Every word the operator can say about an App is said in some table; a reason nobody can produce is a promise nobody keeps.
import { expect, test } from '@jest/globals';
import { CONDITION, REASON, ROLES } from '../../src/model/vocabulary.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { reasonsOf } from '../statuslint.ts';
import { decide, rolesOf } from './table.ts';
import { TABLES } from './tables.ts';

/** Said by the shell: as words of events about what was done, and for what only it can notice. */
const OF_THE_SHELL = [
  ...[REASON.Denied, REASON.Bug, REASON.Minted, REASON.GatesPassed, REASON.Repaired, REASON.Retired, REASON.Released],
  ...[REASON.Lent, REASON.TakenBack],
];

/** Said by a gate that was asked about nothing; plan asks only about what it saw (test/gates). */
const OF_THE_GATES = [REASON.NotObserved];

let decided: readonly Plan[] | undefined;
/** Decided once for all that is asked about them. */
const outcomes = (): readonly Plan[] =>
  (decided ??= Object.values(TABLES)
    .flat()
    .map((row) => decide(row).plan));

test('every reason is produced by some row', () => {
  const said = new Set(outcomes().flatMap(({ status }) => reasonsOf(status)));
  const silent = Object.values(REASON).filter(
    (reason) => !said.has(reason) && ![...OF_THE_SHELL, ...OF_THE_GATES].includes(reason as never),
  );
  expect(silent).toEqual([]);
});

test('every role is produced by some row', () => {
  const said = new Set(outcomes().flatMap((plan) => Object.values(rolesOf(plan))));
  expect(ROLES.filter((role) => !said.has(role))).toEqual([]);
});

test('every condition is produced by some row', () => {
  const said = new Set(outcomes().flatMap(({ status }) => (status.conditions ?? []).map(({ type }) => type)));
  expect(Object.values(CONDITION).filter((type) => !said.has(type))).toEqual([]);
});

test('no two rows tell the same story', () => {
  const names = Object.values(TABLES).flatMap((rows) => rows.map(({ name }) => name));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
