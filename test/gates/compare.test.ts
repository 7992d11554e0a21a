// How often the judge that compares is wrong, and how soon it is right: simulated traffic, with fixed seeds.
import { describe, expect, test } from '@jest/globals';
import { compare, judge, look, measuredCompare } from '../../src/gates/compare.ts';
import { counted } from '../../src/gates/measured.ts';
import type { Compared, CompareSpec, CountedPair, Counts, Tally } from '../../src/model/measure.ts';
import { REASON } from '../../src/model/vocabulary.ts';
import { isWhole } from '../tools/cases.ts';

const SECONDS = 600;
const EVERY = 10;

/** Evenly distributed, the same for the same seed: mulberry32. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
/** How many of very many rare things happen. */
function poisson(mean: number, next: () => number): number {
  // Normal to the eye.
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(-2 * mean * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())));
  const limit = Math.exp(-mean);
  let [count, product] = [0, next()];
  while (product > limit) {
    count++;
    product *= next();
  }
  return count;
}

interface Traffic {
  /** Requests a second, to both. */
  readonly rate: number;
  /** Of the candidate. */
  readonly share: number;
  /** Share of errors at a second. */
  readonly candidate: (second: number) => number;
  readonly serving: (second: number) => number;
  /** So many errors come at once. */
  readonly burst?: number;
  readonly atMost?: number;
}
interface Outcome {
  /** Of the runs: when each was found worse, in seconds. */
  readonly foundAt: readonly number[];
  readonly runs: number;
  /** How many would pass at the end. */
  readonly passed: number;
}

function simulate({ rate, share, candidate, serving, burst = 1, atMost = 1 }: Traffic, runs: number): Outcome {
  const foundAt: number[] = [];
  let passed = 0;
  for (let run = 0; run < runs; run++) {
    const next = chance(run * 7919 + 1);
    const at = { candidate: { total: 0, bad: 0 }, serving: { total: 0, bad: 0 } };
    let seen: Compared = look(undefined, { ...at }, atMost);
    const more = ({ total, bad }: Counts, requests: number, errors: number): Counts => {
      const added = poisson((requests * errors) / burst, next) * burst;
      return { total: total + Math.max(added, poisson(requests, next)), bad: bad + added };
    };
    for (let second = 0; second < SECONDS; second += EVERY) {
      at.candidate = more(at.candidate, rate * share * EVERY, candidate(second));
      at.serving = more(at.serving, rate * (1 - share) * EVERY, serving(second));
      seen = look(seen, { ...at }, atMost);
      if (judge(seen, 0.01, 200).is !== 'worse') continue;
      foundAt.push(second + EVERY);
      break;
    }
    if (judge(seen, 0.01, 200).is === 'no worse') passed++;
  }
  return { foundAt: foundAt.sort((a, b) => a - b), runs, passed };
}
const percentile = ({ foundAt, runs }: Outcome, share: number): number => foundAt[Math.ceil(runs * share) - 1] ?? Infinity;
const always = (share: number) => () => share;
const outage = (second: number): number => (second >= 200 && second < 440 ? 0.3 : 0.002);
/** Where tests only have to notice a change, fewer do (test/mutation). */
const RUNS = isWhole ? 1000 : 40;

describe('of a hundred candidates that are no worse one at most is called so', () => {
  test.each<[string, Traffic]>([
    ['0.2 % of errors in both', { rate: 200, share: 0.5, candidate: always(0.002), serving: always(0.002) }],
    ['1.2 % of errors in both', { rate: 200, share: 0.5, candidate: always(0.012), serving: always(0.012) }],
    ['3 % of errors in both', { rate: 200, share: 0.5, candidate: always(0.03), serving: always(0.03) }],
    ['a small share', { rate: 200, share: 0.05, candidate: always(0.005), serving: always(0.005) }],
    ['little traffic', { rate: 2, share: 0.25, candidate: always(0.03), serving: always(0.03) }],
    ['a dependency that fails for both', { rate: 200, share: 0.5, candidate: outage, serving: outage }],
    ['the same, at a small share', { rate: 200, share: 0.05, candidate: outage, serving: outage }],
    ['bursts of ten errors', { rate: 200, share: 0.5, candidate: always(0.002), serving: always(0.002), burst: 10 }],
    ['bursts at a small share', { rate: 200, share: 0.05, candidate: always(0.01), serving: always(0.01), burst: 10 }],
    ['a tenth more, where a quarter is allowed', { rate: 2000, share: 0.5, candidate: always(0.0022), serving: always(0.002), atMost: 1.25 }], // prettier-ignore
  ])('%s', (_what, traffic) => {
    expect(simulate(traffic, RUNS).foundAt.length / RUNS).toBeLessThanOrEqual(Math.max(0.01, 2 / RUNS));
  });
});

/** Found in this share of the runs within so many seconds. */
type Found = readonly (readonly [share: number, seconds: number])[];
const fourfold = { candidate: always(0.008), serving: always(0.002) };

describe('a candidate that is worse is found', () => {
  test.each<[string, Traffic, Found]>([
    ['fourfold, 200/s, half of them', { rate: 200, share: 0.5, ...fourfold }, [[0.5, 60], [0.9, 90], [1, 300]]], // prettier-ignore
    ['the same, where a quarter more is allowed', { rate: 200, share: 0.5, ...fourfold, atMost: 1.25 }, [[0.5, 60], [0.9, 120], [1, 300]]], // prettier-ignore
    ['fourfold, a twentieth of the requests', { rate: 200, share: 0.05, ...fourfold }, [[0.5, 160], [0.95, 600]]], // prettier-ignore
    ['4 % instead of 1 %', { rate: 200, share: 0.5, candidate: always(0.04), serving: always(0.01), atMost: 1.25 }, [[1, 120]]], // prettier-ignore
    ['20 % at any share', { rate: 200, share: 0.05, candidate: always(0.2), serving: always(0.002), atMost: 1.25 }, [[1, 60]]], // prettier-ignore
    ['fourfold in bursts, later', { rate: 200, share: 0.5, ...fourfold, burst: 10 }, [[0.5, 400]]],
  ])('%s', (_what, traffic, found) => {
    const outcome = simulate(traffic, RUNS);
    for (const [share, seconds] of found) expect(percentile(outcome, share)).toBeLessThanOrEqual(seconds);
  });
});

test('equal versions pass where errors are many enough to tell, and stay open where they are not', () => {
  const passed = (rate: number, share: number) =>
    simulate({ rate, share, candidate: always(0.03), serving: always(0.03), atMost: 1.25 }, RUNS).passed / RUNS;
  expect(passed(200, 0.5)).toBe(1);
  expect(passed(2, 0.25)).toBeLessThan(0.5);
  expect(simulate({ rate: 200, share: 0.5, ...fourfold, atMost: 1.25 }, RUNS).passed).toBe(0);
});

const SPEC: CompareSpec = {
  is: 'compare',
  source: 'main',
  total: 'sum(requests{instance="$instance"})',
  bad: 'sum(errors{instance="$instance"})',
  atMost: 1.25,
  alpha: 0.01,
  minimumRequests: 200,
  intervalSeconds: 10,
  forSeconds: 60,
};
const of = (instance: string) => ({ namespace: 'shop', app: 'web', version: 'web-1', instance });
const NAMES = { candidate: of('web-2'), serving: of('web-1') };
const START = 1_800_000_000_000;
/** One look every ten seconds; what it counts, as total and bad of the candidate and of what serves. */
const after = (...looks: (readonly [number, number, number, number] | 'none' | 'error')[]): Tally | undefined => {
  let seen: Tally | undefined;
  looks.forEach((counts, i) => {
    const at = START + i * 10_000;
    if (counts === 'error') seen = counted(SPEC, seen, START, { at, is: 'error', message: 'no answer within 5 s' });
    else seen = counted(SPEC, seen, START, measuredCompare(counts === 'none' ? [[], [], [], []] : counts.map((value) => [value]), at));
  });
  return seen;
};
const opinion = (seen: Tally | undefined, comparisons = 1) => compare(SPEC, NAMES, { now: seen?.at ?? START, tally: seen }, comparisons);
const steady = (looks: number, bad: number, servingBad: number) =>
  Array.from({ length: looks }, (_, i) => [i * 1000, i * bad, i * 1000, i * servingBad] as const);

describe('the gate', () => {
  test('asks four numbers, of the candidate and of what serves', () => {
    expect(opinion(undefined)).toMatchObject({
      is: 'ask',
      everySeconds: 10,
      message: 'nothing is counted yet',
      probe: {
        is: 'query',
        source: 'main',
        queries: ['web-2', 'web-1'].flatMap((each) => [`sum(requests{instance="${each}"})`, `sum(errors{instance="${each}"})`]),
      },
    });
  });
  test('fails early, and says by which odds', () => {
    expect(opinion(after(...steady(5, 80, 10)))).toEqual({
      is: 'fail',
      reason: REASON.GateFailed,
      message: 'odds a million : 1 that it is worse (8 % of 4,000 against 1 % of 4,000)',
    });
  });
  test('passes when its time is over, not before', () => {
    // Until then nothing is said against it.
    expect(opinion(after(...steady(6, 20, 20)))).toMatchObject({
      is: 'ask',
      message: 'odds 1 : 1 that it is worse (2 % of 5,000 against 2 % of 5,000)',
    });
    expect(opinion(after(...steady(7, 20, 20)))).toMatchObject({ is: 'pass', goOn: { everySeconds: 10 } });
    expect(opinion(after(...steady(7, 0, 0)))).toMatchObject({ is: 'pass' });
  });
  test('never passes without evidence', () => {
    expect(opinion(after(...steady(7, 0, 0).map(([a, b, c, d]) => [a / 100, b, c / 100, d] as const)))).toMatchObject({
      is: 'ask',
      message: expect.stringMatching(/^not enough evidence yet: odds 1 : 1 that it is worse \(0 % of 60 against 0 % of 60\)$/),
    });
    expect(opinion(after(...steady(60, 1, 0).map(([a, b, , d]) => [a, b, 0, d] as const)))).toMatchObject({ is: 'ask' });
    expect(opinion(after('none', 'none', 'none'))).toMatchObject({
      is: 'ask',
      message: expect.stringContaining('no requests are counted'),
    });
    expect(opinion(after('error', 'error'))).toMatchObject({ is: 'ask' });
    expect(opinion(after('error', 'error', 'error'))).toMatchObject({
      is: 'fail',
      message: expect.stringContaining('no answer within 5 s'),
    });
  });
  test('counts nothing over a counter that began anew, and goes on from there', () => {
    const before = after(...steady(4, 20, 20));
    const reset = after(...steady(4, 20, 20), [50, 50, 4000, 80]);
    expect(reset?.compared?.sum).toEqual(before?.compared?.sum);
    expect(after(...steady(4, 20, 20), [50, 50, 4000, 80], [150, 51, 4100, 81])?.compared?.sum).toEqual({
      candidate: { total: 3100, bad: 61 },
      serving: { total: 3100, bad: 61 },
    });
  });
  test('of several comparisons each has its part of alpha', () => {
    const seen = after(...steady(7, 26, 10));
    expect(opinion(seen).is).toBe('fail');
    expect(opinion(seen, 1000).is).toBe('ask');
  });
  test('has no series for errors that never happened, and takes one for each query', () => {
    expect(measuredCompare([[10], [], [20], [1]], 0)).toMatchObject({ is: 'good', counts: { candidate: { total: 10, bad: 0 } } });
    expect(measuredCompare([[10, 5], [], [20], [1]], 0).is).toBe('error');
    expect(measuredCompare([[10], [0], [], []], 0).is).toBe('none');
    expect(measuredCompare([[NaN], [0], [1], [0]], 0).is).toBe('none');
  });
});

/** Evidence after so many looks: by default none either way, from candidates and serving that made no errors. */
const evidence = (more: Partial<Compared> = {}): Compared => {
  const none = { total: 1000, bad: 0 };
  return {
    looks: 5,
    at: { candidate: none, serving: none },
    sum: { candidate: none, serving: none },
    squares: [0, 0],
    worse: [0, 0, 0, 0, 0],
    better: [0, 0, 0, 0, 0, 0, 0, 0],
    ...more,
  };
};
const pair = (total: number, bad: number, servingTotal: number, servingBad: number): CountedPair => ({
  candidate: { total, bad },
  serving: { total: servingTotal, bad: servingBad },
});

describe('the evidence, number by number', () => {
  const first = look(undefined, pair(100, 5, 200, 7), 1.25);
  test('the first look counts nothing', () => {
    expect(first).toEqual({ ...evidence({ looks: 0, at: pair(100, 5, 200, 7), sum: pair(0, 0, 0, 0) }) });
  });
  test('the next one what was added: 100 requests with 10 errors, against 50 with 2', () => {
    const { looks, at, sum, squares, worse, better } = look(first, pair(200, 15, 250, 9), 1.25);
    expect({ looks, at, sum }).toEqual({ looks: 1, at: pair(200, 15, 250, 9), sum: pair(100, 10, 50, 2) });
    expect(squares).toEqual([1, 0.08]);
    // By hand: twice the requests, and a quarter more errors are allowed, so that an error is the candidate's with 2.5 / 3.5.
    const [allowed, tooBad] = [2.5 / 3.5, 5 / 6];
    const of = (share: number, against: number) => 10 * Math.log(share / against) + 2 * Math.log((1 - share) / (1 - against));
    [1.6, 2.5, 4, 8, 30].forEach((ratio, i) => {
      expect(worse[i]).toBeCloseTo(of((2.5 * ratio) / (1 + 2.5 * ratio), allowed), 9);
    });
    [0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5].forEach((ratio, i) => {
      expect(better[i + 1]).toBeCloseTo(of((2.5 * ratio) / (1 + 2.5 * ratio), tooBad), 9);
    });
    // With an error of the candidate it is not without errors.
    expect(better[0]).toBe(-Infinity);
  });
  test('no error of the candidate speaks for it, at any ratio', () => {
    expect(look(first, pair(200, 5, 250, 9), 1.25).better.every(Number.isFinite)).toBe(true);
    expect(look(first, pair(200, 5, 250, 7), 1.25)).toMatchObject({ looks: 1, worse: [0, 0, 0, 0, 0] });
  });
  test.each([
    ['the candidate has no traffic', pair(100, 5, 250, 9)],
    ['what serves has none', pair(200, 15, 200, 7)],
    ['requests of the candidate began anew', pair(20, 15, 250, 9)],
    ['its errors began anew', pair(200, 2, 250, 9)],
    ['requests of what serves began anew', pair(200, 15, 50, 9)],
    ['its errors began anew, too', pair(200, 15, 250, 1)],
  ])('nothing is counted where %s', (_what, at) => {
    expect(look(first, at, 1.25)).toEqual({ ...first, at });
  });
  test('bursts divide it: errors that vary fifty times as much as single ones, by a hundred and twenty-five after five looks', () => {
    const worse = Array<number>(5).fill(125 * Math.log(3));
    const burst = evidence({ sum: pair(1000, 50, 1000, 10), squares: [12.5, 0.1], worse, better: Array<number>(8).fill(-9) });
    const judged = judge(burst, 0.01, 200);
    expect(judged).toEqual({ is: 'open', odds: expect.closeTo(3, 9) });
    const other = { ...burst, sum: pair(1000, 10, 1000, 50), squares: [0.1, 12.5] as const };
    expect(judge(other, 0.01, 200)).toEqual({ is: 'open', odds: expect.closeTo(3, 9) });
  });
  test('chance divides nothing: twice the variance after five looks', () => {
    const chance = evidence({
      sum: pair(1000, 50, 1000, 0),
      squares: [2.9, 0],
      worse: Array<number>(5).fill(Math.log(3)),
      better: Array<number>(8).fill(-9),
    });
    expect(judge(chance, 0.01, 200)).toEqual({ is: 'open', odds: expect.closeTo(3, 9) });
  });
  test('chance divides nothing that is just as much as it could be, after three looks', () => {
    const just = evidence({
      ...{ looks: 3, sum: pair(1000, 50, 1000, 0), squares: [2.75, 0] },
      worse: Array<number>(5).fill(Math.log(3)),
      better: Array<number>(8).fill(-9),
    });
    expect(judge(just, 0.01, 200)).toEqual({ is: 'open', odds: expect.closeTo(3, 9) });
    const more = { ...just, squares: [2.76, 0] as const };
    expect(judge(more, 0.01, 200)).not.toEqual({ is: 'open', odds: expect.closeTo(3, 9) });
  });
  test('bursts divide it from the second look on: seven times fifty then', () => {
    const burst = evidence({
      ...{ looks: 2, sum: pair(1000, 50, 1000, 0), squares: [5, 0] },
      worse: Array<number>(5).fill(350 * Math.log(3)),
      better: Array<number>(8).fill(-9),
    });
    expect(judge(burst, 0.01, 200)).toEqual({ is: 'open', odds: expect.closeTo(3, 9) });
  });
  test('a candidate with all the traffic there is leaves numbers behind', () => {
    const { worse, better } = look(look(undefined, pair(0, 0, 0, 0), 1), pair(1e17, 5, 1, 0), 1);
    expect([...worse, ...better.slice(1)].filter((each) => !Number.isFinite(each))).toEqual([]);
  });
  test('it takes four looks to be worse, more than 1 / alpha, and enough requests to be no worse', () => {
    const sure = { sum: pair(1000, 50, 1000, 1), worse: Array<number>(5).fill(9), better: Array<number>(8).fill(-9) };
    expect(judge(evidence({ ...sure, looks: 3 }), 0.01, 200).is).toBe('open');
    expect(judge(evidence({ ...sure, looks: 4 }), 0.01, 200).is).toBe('worse');
    expect(judge(evidence(), 1, 200).is).toBe('no worse');
    expect(judge(evidence({ sum: pair(200, 0, 1000, 0) }), 0.01, 200)).toEqual({ is: 'no worse' });
    expect(judge(evidence({ sum: pair(199, 0, 1000, 0) }), 0.01, 200)).toEqual({ is: 'open', odds: 1 });
  });
});

describe('what it says', () => {
  const message = (seen: Tally | undefined) => (opinion(seen) as { message?: string }).message;
  test('odds for, and odds against', () => {
    expect(message(after(...steady(3, 26, 10)))).toBe('odds 20 : 1 that it is worse (2.6 % of 2,000 against 1 % of 2,000)');
    expect(message(after(...steady(3, 5, 20).map(([a, b, c, d]) => [a / 20, b / 5, c / 20, d / 5] as const)))).toBe(
      'odds 1 : 31 that it is worse (2 % of 100 against 8 % of 100)',
    );
  });
  test('odds above a million are a million, requests are what they are', () => {
    const said = (total: number) => measuredCompare([[total], [0], [12_345], [0]], 0).message;
    expect(said(0)).toBe('0 % of 0 against 0 % of 12,345');
    expect(said(1_000_000)).toBe('0 % of 1,000,000 against 0 % of 12,345');
    expect(said(23_456_789)).toBe('0 % of 23,456,789 against 0 % of 12,345');
  });
  test('which query wants a sum', () => {
    expect(measuredCompare([[1], [1, 2, 3], [1], [1]], 7)).toEqual({
      at: 7,
      is: 'error',
      message: 'a query gave 3 series where one is needed: put sum(…) around it',
    });
  });
});
