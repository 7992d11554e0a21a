// What status says of Services whose traffic moves in steps, and of those beside them.
import { describe, expect, test } from '@jest/globals';
import type { Given, ServiceGiven } from '../given.ts';
import { nick, up, WEB } from '../given.ts';
import { decide } from './table.ts';

const LADDER = [{ percent: 5, seconds: 60 }, { percent: 25, seconds: 600 }, { percent: 100 }];
const lends = (percent: number, secondsAgo: number): ServiceGiven => ({
  on: 'two',
  stamp: { switchNumber: 2, instance: 'two', previous: 'one', share: { percent, secondsAgo } },
});
const API = { name: 'api', ports: WEB.ports };
const RUNGS = { 'web-r1': {}, 'web-r2': {}, 'web-r3': {} };

function reported(services: readonly object[], seen: NonNullable<Given['services']>) {
  const given: Given = { latest: 'two', spec: { services }, versions: { one: up(3), two: up(3) }, switches: ['one'], services: seen };
  const { status } = decide({ name: '', given, since: 60, actions: [], conditions: [] }).plan;
  const ladders = status.services?.map(({ name, ladder }) => [name, ladder]) ?? [];
  return { share: status.share, ladders: JSON.parse(nick(JSON.stringify(ladders))) as unknown };
}

describe('of a ladder', () => {
  test('on which nothing is lent yet the number of rungs is told, and no share', () => {
    expect(reported([{ ...WEB, ladder: LADDER }], { web: {}, ...RUNGS })).toStrictEqual({
      share: undefined,
      ladders: [['web', { rung: 0, rungs: 3, percent: 0 }]],
    });
  });
  test('nothing is told with a Service that has none, and each has its own', () => {
    const seen = { api: {}, web: {}, ...RUNGS, 'web-r1': lends(5, 10) };
    const web = {
      ...{ rung: 1, rungs: 3, percent: 5, instance: 'two' },
      ...{ since: '2026-03-01T11:59:50.000Z', next: '2026-03-01T12:00:50.000Z' },
    };
    expect(reported([API, { ...WEB, ladder: LADDER }], seen)).toStrictEqual({
      share: '5%',
      ladders: [
        ['api', null],
        ['web', web],
      ],
    });
    const own = [{ percent: 50, seconds: 10 }, { percent: 100 }];
    const both = reported(
      [
        { ...WEB, ladder: LADDER },
        { ...API, ladder: own },
      ],
      { ...seen, 'api-r1': {}, 'api-r2': {} },
    );
    expect(both).toStrictEqual({
      share: '5%',
      ladders: [
        ['web', web],
        ['api', { rung: 0, rungs: 2, percent: 0 }],
      ],
    });
  });
});

test('without a ladder no share is told', () => {
  expect(reported([WEB], { web: {} })).toStrictEqual({ share: undefined, ladders: [['web', null]] });
});
