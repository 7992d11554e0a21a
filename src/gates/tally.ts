// Counts the measurements of a gate, and decides on failures and errors in the same way for every kind. Only a good measurement brings a gate
// closer to its pass; no data, an error or a timeout never does.
import type { Measurement, Tally } from '../model/measure.ts';
import { REASON } from '../model/vocabulary.ts';
import type { Verdict } from './gate.ts';

const KEPT = 5;
/** At least this many errors in a row: a single one is caused by the network or a source that restarts, hardly by the version. */
const LEAST_ERRORS = 3;

/** `since`: when judging began. Counts of an earlier attempt do not count for this one. */
export function tally(earlier: Tally | undefined, since: number, measurement: Measurement): Tally {
  const before = earlier?.startedAt === since ? earlier : undefined;
  const { at, is } = measurement;
  const isValid = is === 'good' || is === 'bad';
  const firstAt = before?.firstAt ?? (isValid ? at : undefined);
  return {
    startedAt: since,
    at,
    passes: is === 'good' ? (before?.passes ?? 0) + 1 : 0,
    failures: is === 'good' ? 0 : (before?.failures ?? 0) + (is === 'bad' ? 1 : 0),
    errors: is === 'error' ? (before?.errors ?? 0) + 1 : 0,
    valid: (before?.valid ?? 0) + (isValid ? 1 : 0),
    ...(firstAt === undefined ? {} : { firstAt }),
    last: [measurement, ...(before?.last ?? [])].slice(0, KEPT),
    ...(before?.compared === undefined ? {} : { compared: before.compared }),
    ...(measurement.begun === true || before?.begun === true ? { begun: true as const } : {}),
  };
}

/** Too many bad measurements in a row, or too many errors; the message says which. */
export function failed({ failures, errors, last }: Tally, most: number): Extract<Verdict, { is: 'fail' }> | undefined {
  const reason = REASON.GateFailed;
  const [latest] = last;
  const bad = last.find(({ is }) => is === 'bad');
  if (failures >= most && bad !== undefined) return { is: 'fail', reason, message: `${bad.message}${inARow(failures)}` };
  if (errors >= Math.max(most, LEAST_ERRORS) && latest !== undefined)
    return { is: 'fail', reason, message: `it could not be measured${inARow(errors)}: ${latest.message}` };
  return undefined;
}

const inARow = (count: number): string => (count === 1 ? '' : `, ${String(count)} times in a row`);

/** What the last measurement said if it was not good: while all goes well nothing changes that would have to be reported. */
export function lately(tally: Pick<Tally, 'last'> | undefined): string {
  const latest = tally?.last[0];
  if (latest === undefined || latest.is === 'good') return '';
  return latest.is === 'error' ? `; the last time it could not be measured: ${latest.message}` : `; the last time: ${latest.message}`;
}
