// What the tools of the trade read out of our status, by the real library: never done while it is not, never stuck while it is under way.
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Status } from '../../src/model/app.ts';
import { API_VERSION, CONDITION, KIND } from '../../src/model/vocabulary.ts';
import { TABLES } from '../plan/tables.ts';
import { decide } from '../plan/table.ts';
import { play } from '../world/play.ts';
import { SCENARIOS } from '../world/scenarios.ts';
import { kstatusOf } from './program.ts';
import type { Kstatus } from './program.ts';

const BUILD_MS = 10 * 60_000;

interface Judged {
  readonly name: string;
  readonly status: Status;
  readonly verdict: Kstatus;
  readonly behind: Kstatus;
  readonly leaving: Kstatus;
}

const rows = Object.values(TABLES)
  .flat()
  .map((row) => ({ name: row.name, ...decide(row) }))
  // Of an App that goes, or whose namespace does, nothing is reported any more.
  .filter(({ seen, plan: { status } }) => !seen.app.deleting && status !== seen.app.status);
const object = (status: Status, generation: number, metadata: object = {}): object => ({
  apiVersion: API_VERSION,
  kind: KIND,
  metadata: { name: 'shop', namespace: 'prod', generation, ...metadata },
  status,
});

let judged: readonly Judged[];
beforeAll(async () => {
  const all = rows.flatMap(({ plan: { status }, seen: { app } }) => [
    object(status, app.generation),
    object(status, app.generation + 1),
    object(status, app.generation, { deletionTimestamp: '2026-03-01T12:00:00Z' }),
  ]);
  const said = await kstatusOf(all);
  judged = rows.map(({ name, plan: { status } }, i) => ({
    name,
    status,
    verdict: said[3 * i]!,
    behind: said[3 * i + 1]!,
    leaving: said[3 * i + 2]!,
  }));
}, BUILD_MS);

const value = (status: Status, type: string): string | undefined => status.conditions?.find((each) => each.type === type)?.status;
const wrong = (expected: (row: Judged) => Kstatus['status'] | undefined): string[] =>
  judged.flatMap((row) => {
    const should = expected(row);
    const said = row.status.conditions?.map(({ type, status, reason }) => `${type}=${String(status)}/${String(reason)}`).join(' ');
    return should === undefined || row.verdict.status === should
      ? []
      : [`${row.name}: ${row.verdict.status}, not ${should} (${String(said)})`];
  });

describe('kstatus of every status that a table produces', () => {
  test('is Failed exactly when it is Stalled', () => {
    expect(wrong(({ status }) => (value(status, CONDITION.stalled) === 'True' ? 'Failed' : undefined))).toEqual([]);
    expect(judged.filter(({ status, verdict }) => verdict.status === 'Failed' && value(status, CONDITION.stalled) !== 'True')).toEqual([]);
  });
  test('is InProgress while Reconciling', () => {
    expect(wrong(({ status }) => (value(status, CONDITION.reconciling) === 'True' ? 'InProgress' : undefined))).toEqual([]);
  });
  test('is Current when Ready and nothing is under way', () => {
    const done = ({ status }: Judged): boolean =>
      value(status, CONDITION.ready) === 'True' &&
      ![CONDITION.reconciling, CONDITION.stalled].some((type) => value(status, type) === 'True');
    expect(wrong((row) => (done(row) ? 'Current' : undefined))).toEqual([]);
  });
  test('is never Current while Ready is not True', () => {
    expect(
      judged
        .filter(({ status, verdict }) => verdict.status === 'Current' && value(status, CONDITION.ready) !== 'True')
        .map(({ name }) => name),
    ).toEqual([]);
  });
  test('is InProgress while the status judges an older spec, and Terminating when the App goes', () => {
    expect(judged.filter(({ behind }) => behind.status !== 'InProgress').map(({ name }) => name)).toEqual([]);
    expect(judged.filter(({ leaving }) => leaving.status !== 'Terminating').map(({ name }) => name)).toEqual([]);
  });
});

test('an App of which nothing has been reported is InProgress by what the schema says of it; without that it would be Current', async () => {
  const said = await kstatusOf([object({ observedGeneration: -1 }, 1), object({}, 1)]);
  expect(said.map(({ status }) => status)).toEqual(['InProgress', 'Current']);
});

test('and of every report in every story of the world: never Current while Ready is not True, never Failed but when Stalled', async () => {
  const told = [];
  for (const scenario of SCENARIOS) {
    const { world } = await play(scenario);
    for (const report of world.oracles.reports) told.push({ story: scenario.name, report });
  }
  const said = await kstatusOf(told.map(({ report }) => report));
  const odd = told.flatMap(({ story, report }, i) => {
    const status = report.status as Status;
    const verdict = said[i]!.status;
    const [ready, stalled] = [CONDITION.ready, CONDITION.stalled].map((type) => value(status, type) === 'True');
    const right = verdict === 'Current' ? ready : verdict === 'Failed' ? stalled : true;
    return right ? [] : [`${story}: ${verdict} of ${JSON.stringify(status.conditions)}`];
  });
  expect(told.length).toBeGreaterThan(100);
  expect(odd).toEqual([]);
}, 120_000);
