// Decisions, one row each: what was seen, and all that follows from it. The rows live in *.table.ts, by subject.
import { describe, expect, test } from '@jest/globals';
import { nick } from '../given.ts';
import { conditionLines, decide, lines, lintOf, misaimed, rolesOf } from './table.ts';
import type { Row } from './table.ts';
import { TABLES } from './tables.ts';

describe.each(Object.entries(TABLES))('%s', (_subject, rows) => {
  test.each(rows.map((row): [string, Row] => [row.name, row]))('%s', (_name, row) => {
    const outcome = decide(row);
    const { plan } = outcome;
    expect({
      actions: lines(plan.actions),
      conditions: conditionLines(plan),
      wake: plan.wake === 'await-change' ? undefined : plan.wake.afterMs,
      roles: row.roles && rolesOf(plan),
    }).toEqual({ actions: row.actions, conditions: row.conditions, wake: row.wake, roles: row.roles });
    for (const [type, words] of Object.entries(row.says ?? {})) {
      expect(nick(plan.status.conditions?.find((condition) => condition.type === type)?.message ?? '')).toContain(words);
    }
    if (row.status !== undefined) expect(JSON.parse(nick(JSON.stringify(plan.status)))).toMatchObject(row.status);
    expect(misaimed(outcome)).toEqual([]);
    expect(lintOf(outcome)).toEqual([]);
  });
});
