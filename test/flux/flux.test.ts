// The Kustomization of deploy/flux, by Flux's own library, over every status that a decision produces: ready only while users are served, and never
// while work goes on.
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { Status } from '../../src/model/app.ts';
import { API_VERSION, CONDITION, KIND } from '../../src/model/vocabulary.ts';
import { decide } from '../plan/table.ts';
import { TABLES } from '../plan/tables.ts';
import { flux, type Judged } from './program.ts';

const BUILD_MS = 15 * 60_000;

interface Kustomization {
  readonly spec: { readonly healthCheckExprs: readonly [{ readonly apiVersion: string; readonly kind: string }] };
}
const [expressions] = (parse(readFileSync('deploy/flux/kustomization.yaml', 'utf8')) as Kustomization).spec.healthCheckExprs;

const rows = Object.values(TABLES)
  .flat()
  .map((row) => ({ name: row.name, ...decide(row) }))
  // Of an App that goes, or whose namespace does, nothing is reported any more.
  .filter(({ seen, plan: { status } }) => !seen.app.deleting && status !== seen.app.status);
const object = (status: Status, generation: number) => ({
  apiVersion: API_VERSION,
  kind: KIND,
  metadata: { name: 'shop', namespace: 'prod', generation },
  status,
});

let now: readonly Judged[];
let behind: readonly Judged[];
beforeAll(async () => {
  const judged = await flux(
    [0, 1].flatMap((ahead) =>
      rows.map(({ plan: { status }, seen: { app } }) => ({ expressions, object: object(status, app.generation + ahead) })),
    ),
  );
  [now, behind] = [judged.slice(0, rows.length), judged.slice(rows.length)];
}, BUILD_MS);

const is = ({ conditions }: Status, type: string): boolean =>
  conditions?.some((each) => each.type === type && each.status === 'True') === true;
function expected(status: Status): Judged['status'] {
  if (is(status, CONDITION.reconciling)) return 'InProgress';
  if (!is(status, CONDITION.available)) return is(status, CONDITION.stalled) ? 'Failed' : 'InProgress';
  return is(status, CONDITION.stalled) || is(status, CONDITION.ready) ? 'Current' : 'InProgress';
}

test('it is about Apps', () => {
  expect(expressions).toMatchObject({ apiVersion: API_VERSION, kind: KIND });
});

test('while users are served it is ready, also by the version before; while work goes on it is not', () => {
  const wrong = rows.flatMap(({ name, plan: { status } }, i) =>
    now[i]!.status === expected(status) ? [] : [`${name}: ${now[i]!.status}`],
  );
  expect(wrong).toEqual([]);
  expect(new Set(now.map(({ status }) => status))).toEqual(new Set(['Current', 'InProgress', 'Failed']));
});

test('a spec that the operator has not looked at yet is in progress', () => {
  expect(new Set(behind.map(({ status }) => status))).toEqual(new Set(['InProgress']));
});
