// Judges whether a candidate has more errors than the version that serves next to it, under the same traffic at the same time. If their error
// rates are equal, the probability that an error comes from the candidate is its share of the requests, whatever the common rate is: a dependency
// that fails for both cancels out.
//
// The evidence is a likelihood ratio, averaged over several ratios of the rates. For a candidate that is no worse than allowed it exceeds 1/alpha
// with a probability below alpha, however often one looks. Errors that come in bursts are not independent, so the evidence is divided by their
// dispersion: how much more their count varies than that of independent errors.
import type { Compared, CompareSpec, CountedPair, Counts, Measurement, Tally } from '../model/measure.ts';
import { REASON } from '../model/vocabulary.ts';
import type { Asking, Opinion, Sight } from './gate.ts';
import type { Names } from './query.ts';
import { query } from './query.ts';
import { failed, lately } from './tally.ts';

/** Candidates for the true ratio, relative to the allowed one. The evidence for each is kept; a finer grid finds nothing sooner. */
const WORSE = [1.6, 2.5, 4, 8, 30] as const;
/** To pass, one of these ratios must be more likely than this many times the allowed one. */
const TOO_BAD = 2;
const BETTER = [0, 0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5] as const;
/** The evidence needed to pass: wrong at most once in 20. */
const PASS_ALPHA = 0.05;
/** The number of looks before dispersion can be estimated. */
const LEAST_LOOKS = 4;
const MOST_ERRORS = 3;
/** How many standard deviations of dispersion may be chance. */
const CHANCE = 1.5;
/** After few looks bursts are underestimated: dispersion is multiplied by this. */
const FEW = 6;

const NOTHING: Counts = { total: 0, bad: 0 };

/** The evidence after one more look. `ratio`: the allowed worsening. A counter that has fallen was reset, so increments start again. */
export function look(before: Compared | undefined, at: CountedPair, ratio: number): Compared {
  const grown = before && { candidate: growth(before.at.candidate, at.candidate), serving: growth(before.at.serving, at.serving) };
  const { candidate, serving } = grown ?? {};
  if (before === undefined || candidate === undefined || serving === undefined) return { ...(before ?? FIRST), at };
  if (candidate.total === 0 || serving.total === 0) return { ...before, at };
  const odds = candidate.total / serving.total;
  return {
    looks: before.looks + 1,
    at,
    sum: { candidate: plus(before.sum.candidate, candidate), serving: plus(before.sum.serving, serving) },
    squares: [before.squares[0] + candidate.bad ** 2 / candidate.total, before.squares[1] + serving.bad ** 2 / serving.total],
    worse: before.worse.map((sum, i) => sum + likelihood(candidate.bad, serving.bad, odds * ratio * WORSE[i]!, odds * ratio)),
    better: before.better.map((sum, i) => sum + likelihood(candidate.bad, serving.bad, odds * ratio * BETTER[i]!, odds * ratio * TOO_BAD)),
  };
}

const FIRST: Omit<Compared, 'at'> = {
  looks: 0,
  sum: { candidate: NOTHING, serving: NOTHING },
  squares: [0, 0],
  worse: WORSE.map(() => 0),
  better: BETTER.map(() => 0),
};

const growth = (before: Counts, after: Counts): Counts | undefined =>
  after.total < before.total || after.bad < before.bad ? undefined : { total: after.total - before.total, bad: after.bad - before.bad };
const plus = (one: Counts, other: Counts): Counts => ({ total: one.total + other.total, bad: one.bad + other.bad });

/** The log-likelihood ratio of seeing this many errors from the candidate, at one share of errors against another. */
function likelihood(candidate: number, serving: number, odds: number, against: number): number {
  const [p, q] = [odds / (1 + odds), against / (1 + against)];
  return (candidate === 0 ? 0 : candidate * Math.log(p / q)) + (serving === 0 ? 0 : serving * Math.log((1 - p) / (1 - q)));
}

/**
 * How much more the errors of a version vary from look to look than independent ones would. As much as chance could explain after few looks does
 * not count.
 */
function dispersion({ total, bad }: Counts, squares: number, looks: number): number {
  if (bad === 0 || looks < 2) return 1;
  const found = ((squares * total) / bad - bad) / (looks - 1);
  return found > 1 + CHANCE * Math.sqrt(2 / (looks - 1)) ? found * (1 + FEW / (looks - 1)) : 1;
}

/** The logarithm of the mean of the exponentials, each exponent divided first. */
const mixture = (logs: readonly number[], divisor: number): number =>
  logs.reduce((sum, log) => sum + Math.exp(Math.min(700, log / divisor)), 0) / logs.length;

export type Judgement =
  { readonly is: 'worse'; readonly odds: number } | { readonly is: 'no worse' } | { readonly is: 'open'; readonly odds: number };

/** `alpha`: the share of it for this one of several comparisons. */
export function judge(evidence: Compared, alpha: number, minimumRequests: number): Judgement {
  const { candidate, serving } = evidence.sum;
  const burst = Math.max(
    dispersion(candidate, evidence.squares[0], evidence.looks),
    dispersion(serving, evidence.squares[1], evidence.looks),
  );
  const odds = mixture(evidence.worse, burst);
  if (odds > 1 / alpha && evidence.looks >= LEAST_LOOKS) return { is: 'worse', odds };
  // Without errors of the candidate there is no ratio to bound, and nothing against it.
  const isBounded = candidate.bad === 0 || mixture(evidence.better, burst) > 1 / PASS_ALPHA;
  return candidate.total >= minimumRequests && isBounded ? { is: 'no worse' } : { is: 'open', odds };
}

export function compare(
  spec: CompareSpec,
  names: { readonly candidate: Names; readonly serving: Names },
  { now, tally }: Pick<Sight, 'now' | 'tally'>,
  comparisons = 1,
): Opinion {
  const failure = tally && failed(tally, MOST_ERRORS);
  if (failure !== undefined) return failure;
  const evidence = tally?.compared;
  const judgement = evidence && judge(evidence, spec.alpha / comparisons, spec.minimumRequests);
  if (judgement?.is === 'worse') return { is: 'fail', reason: REASON.GateFailed, message: told(evidence!.sum, judgement.odds) };
  const isOver = now - (tally?.firstAt ?? now) >= spec.forSeconds * 1000;
  const both = [names.candidate, names.serving].flatMap((each) => [query(spec.total, each), query(spec.bad, each)]);
  const asking: Asking = { probe: { is: 'query', source: spec.source, queries: both }, everySeconds: spec.intervalSeconds };
  if (judgement?.is === 'no worse' && isOver) return { is: 'pass', goOn: asking };
  const open = evidence === undefined ? 'nothing is counted yet' : told(evidence.sum, judgement?.is === 'open' ? judgement.odds : 1);
  return {
    is: 'ask',
    ...asking,
    reason: REASON.GatesRunning,
    message: `${isOver ? 'not enough evidence yet: ' : ''}${open}${lately(tally)}`,
  };
}

const told = ({ candidate, serving }: CountedPair, odds: number): string =>
  `odds ${shownOdds(odds)} that it is worse (${shownRate(candidate)} against ${shownRate(serving)})`;
const shownOdds = (odds: number): string => (odds >= 1 ? `${atMostAMillion(odds)} : 1` : `1 : ${atMostAMillion(1 / odds)}`);
const shownRate = ({ total, bad }: Counts): string =>
  `${total === 0 ? '0' : String(Number(((100 * bad) / total).toPrecision(2)))} % of ${grouped(total)}`;
const atMostAMillion = (odds: number): string => (odds > 1e6 ? 'a million' : grouped(odds));
const grouped = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',');

/**
 * Interprets four results: total and bad requests of the candidate, then of the active version, each as the series of its query. Prometheus has no
 * series for errors that never happened.
 */
export function measuredCompare(answers: readonly (readonly number[])[], at: number): Measurement {
  const many = answers.find((values) => values.length > 1);
  if (many !== undefined) {
    const message = `a query gave ${String(many.length)} series where one is needed: put sum(…) around it`;
    return { at, is: 'error', message };
  }
  const [total = NaN, bad = 0, servingTotal = NaN, servingBad = 0] = answers.map(([value]) => value);
  if ([total, bad, servingTotal, servingBad].some(Number.isNaN))
    return { at, is: 'none', message: 'no requests are counted of both versions yet' };
  const counts = { candidate: { total, bad }, serving: { total: servingTotal, bad: servingBad } };
  return { at, is: 'good', message: `${shownRate(counts.candidate)} against ${shownRate(counts.serving)}`, counts };
}

/** The tally, with what its last measurement adds to the comparison. */
export function weigh(tally: Tally, { atMost }: CompareSpec): Tally {
  const counts = tally.last[0]?.counts;
  return counts === undefined ? tally : { ...tally, compared: look(tally.compared, counts, atMost) };
}
