// The judge itself, on made-up logs: what it lets pass and what it does not.
import { describe, expect, test } from '@jest/globals';
import { judge, PROXY, terms, type Move, type Request } from './judge.ts';

const MS = 1000;
let numbers = 0;

/** An answer of `version` after a millisecond, on a connection of its own that was dialled at `at`. */
const answer = (version: string, at: number, more: Partial<Request> = {}): Request => {
  const number = ++numbers;
  const times = { due: at, sent: at, done: at + MS, dialled: at, stood: at };
  return { stream: 'fresh', number, connection: number, tried: 1, status: 200, version, error: '', ...times, ...more };
};

const OLD: Move = { at: 0, to: 'old', converged: 10 * MS };
const SWAP = 5_000 * MS;
const CONVERGED = SWAP + 100 * MS;
const moves: readonly Move[] = [OLD, { at: SWAP, to: 'new', converged: CONVERGED }];
const verdicts = (requests: readonly Request[], of = moves): string[] => judge(requests, of).map((line) => line.split(':')[0]!);
const WRONG = (version: string) => `${version} answered on a connection that it should not have got`;

describe('the order of versions on new connections', () => {
  test('old, then either, then new is right', () => {
    const [before, between] = [SWAP - MS, CONVERGED + PROXY - MS];
    const requests = [
      answer('old', before),
      answer('new', SWAP + MS),
      answer('old', SWAP + 2 * MS),
      answer('old', between),
      answer('new', between + MS),
    ];
    expect(judge([...requests, answer('new', CONVERGED + PROXY + 60_000 * MS)], moves)).toEqual([]);
  });
  test('the new one before the Service was moved is wrong', () => {
    expect(verdicts([answer('new', SWAP - MS)])).toEqual([WRONG('new')]);
  });
  test('back to the old one after kube-proxy had its time is wrong', () => {
    expect(verdicts([answer('new', CONVERGED + PROXY), answer('old', CONVERGED + PROXY + MS)])).toEqual([WRONG('old')]);
  });
  test('one that was never pointed at is wrong at any time', () => {
    expect(verdicts([answer('bad', 1), answer('bad', SWAP), answer('bad', CONVERGED + PROXY * 2)])).toEqual(Array(3).fill(WRONG('bad')));
  });
  test('a connection that was under way while the Service moved may lead to either', () => {
    const underWay = { dialled: SWAP - 50 * MS, stood: SWAP + 50 * MS };
    expect(verdicts([answer('old', SWAP, underWay), answer('new', SWAP, underWay)])).toEqual([]);
  });
  test('there and back: each return counts anew', () => {
    const back = [...moves, { at: 20_000 * MS, to: 'old', converged: 20_100 * MS }];
    expect(verdicts([answer('old', 10_000 * MS), answer('old', 20_001 * MS), answer('new', 22_000 * MS)], back)).toEqual([
      WRONG('old'),
      WRONG('new'),
    ]);
  });
  test('a move that was overtaken ends nobody’s term', () => {
    const overtaken: readonly Move[] = [
      OLD,
      { at: SWAP, to: 'new', converged: undefined },
      { at: SWAP + MS, to: 'newer', converged: CONVERGED },
    ];
    expect(terms(overtaken).map(({ until }) => until)).toEqual([CONVERGED + PROXY, CONVERGED + PROXY, Infinity]);
    expect(verdicts([answer('old', CONVERGED), answer('new', CONVERGED), answer('old', CONVERGED + PROXY + MS)], overtaken)).toEqual([
      WRONG('old'),
    ]);
  });
});

test('what a faulty version answers by itself is no failure, but where it had no business to', () => {
  const own = [answer('new', SWAP + MS, { status: 500 }), answer('new', SWAP + MS, { status: 503 }), answer('old', 1, { status: 500 })];
  const of = (faulty?: string) => judge(own, moves, faulty).map((line) => line.split(':')[0]!);
  expect(of()).toHaveLength(3);
  expect(of('new')).toEqual(['status 503, version "new"', 'status 500, version "old"']);
  expect(judge([answer('new', 1, { status: 500 })], moves, 'new')[0]).toContain(WRONG('new'));
});

describe('a connection that is kept alive', () => {
  const kept = (version: string, at: number): Request => answer(version, at, { connection: -1, dialled: SWAP - MS, stood: SWAP - MS });
  test('stays with the old version for as long as it lasts', () => {
    expect(judge([kept('old', SWAP - MS), kept('old', CONVERGED + PROXY + 60_000 * MS)], moves)).toEqual([]);
  });
  test('never changes its version', () => {
    expect(verdicts([kept('old', SWAP - MS), kept('new', CONVERGED + PROXY)])).toEqual(['one connection answered as old and as new']);
  });
  test('that was made too late for the old version is wrong at its first answer already', () => {
    const late = CONVERGED + PROXY + MS;
    expect(verdicts([answer('old', late + 5_000 * MS, { dialled: late, stood: late })])).toEqual([WRONG('old')]);
  });
});

describe('a failed request', () => {
  test.each<[string, Partial<Request>, string]>([
    ['no connection', { status: 0, version: '', error: 'connection refused', connection: 0 }, 'connection refused'],
    ['no answer in time', { status: 0, version: '', error: 'timeout' }, 'timeout'],
    ['another status', { status: 503 }, 'status 503, version "old"'],
    ['a body that breaks off', { error: 'unexpected EOF' }, 'unexpected EOF'],
    ['an answer that does not say who it is', { version: '' }, 'status 200, version ""'],
  ])('%s', (_, more, verdict) => {
    expect(verdicts([answer('old', 1), answer('old', 2, more)])).toEqual([verdict]);
  });
});
