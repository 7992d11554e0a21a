// What a run is said to have shown, on made-up logs.
import { expect, test } from '@jest/globals';
import type { Move, Request } from './judge.ts';
import { percentile, render, reportOf } from './report.ts';

const MS = 1000;
let numbers = 0;
const answer = (version: string, due: number, took: number, more: Partial<Request> = {}): Request => ({
  ...{ stream: 'fresh', number: ++numbers, connection: numbers, tried: 1, status: 200, version, error: '' },
  ...{ due: due * MS, sent: due * MS, done: (due + took) * MS, dialled: due * MS, stood: due * MS },
  ...more,
});

const moves: readonly Move[] = [
  { at: 0, to: 'old', converged: 1 },
  { at: 1000 * MS, to: 'new', converged: 1020 * MS, told: 1100 * MS },
];
const requests = [
  answer('old', 900, 2),
  answer('old', 1005, 4, { tried: 2 }),
  answer('new', 1010, 6),
  answer('old', 1500, 8, { connection: 1, dialled: 900 * MS }),
  answer('', 1600, 0, { status: 0, error: 'refused' }),
];
const scenes = [
  { name: 'before', from: 0, until: 1000 * MS },
  { name: '1 switches in a row', from: 1000 * MS, until: 2000 * MS },
];

test('every request counts in the scene in which it was due', () => {
  const { rows, total } = reportOf(scenes, requests, moves);
  expect(rows).toMatchObject([
    { scene: 'before', sent: 1, failed: 0, resent: 0, switches: 0, maxMs: 2 },
    { scene: '1 switches in a row', sent: 4, failed: 1, resent: 1, switches: 1, p50Ms: 6, maxMs: 8 },
  ]);
  expect(total).toMatchObject({ sent: 5, failed: 1, resent: 1, switches: 1 });
});

test('a switch is timed from the write to the Service, new connections apart from kept ones', () => {
  const { switches, spreads } = reportOf(scenes, requests, moves);
  expect(switches).toEqual([
    {
      ...{ scene: '1 switches in a row', from: 'old', to: 'new' },
      ...{ firstNewMs: 16, lastOldMs: 9, lastKeptMs: 508, convergedMs: 20, toldMs: 100 },
    },
  ]);
  expect(spreads.map(({ count, max }) => [count, max])).toEqual([1, 1, 1, 1, 1].map((one, i) => [one, [16, 9, 508, 20, 100][i]]));
});

test('percentiles are values that were measured', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  expect([50, 99, 100].map((percent) => percentile(hundred, percent))).toEqual([50, 99, 100]);
  expect(percentile([7], 99)).toBe(7);
});

test('the report is a table', () => {
  expect(render(reportOf(scenes, requests, moves, { start: '5 s' }))).toContain('| all | 0.7 | 5 | 1 | 1 |');
});
