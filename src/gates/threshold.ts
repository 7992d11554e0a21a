// Judges a number from a source: it passes if it stays within its bounds for long enough, and was measured often enough.
import type { Measurement, ThresholdSpec } from '../model/measure.ts';
import { REASON } from '../model/vocabulary.ts';
import type { Asking, Opinion, Sight } from './gate.ts';
import type { Names } from './query.ts';
import { query } from './query.ts';
import { failed, lately } from './tally.ts';

export function threshold(spec: ThresholdSpec, names: Names, { now, tally }: Pick<Sight, 'now' | 'tally'>): Opinion {
  const failure = tally && failed(tally, spec.failures);
  if (failure !== undefined) return failure;
  const { firstAt = now, valid = 0, passes = 0 } = tally ?? {};
  const seconds = Math.floor((now - firstAt) / 1000);
  const asking: Asking = {
    probe: { is: 'query', source: spec.source, queries: [query(spec.query, names)] },
    everySeconds: spec.intervalSeconds,
  };
  if (valid >= spec.minimum && passes > 0 && seconds >= spec.forSeconds) return { is: 'pass', goOn: asking };
  return {
    is: 'ask',
    ...asking,
    reason: REASON.GatesRunning,
    message: `${String(spec.minimum)} values or more within bounds are needed, for ${String(spec.forSeconds)} s${lately(tally)}`,
  };
}

/** Judges one result of the query. `values`: of all series in it. */
export function measuredThreshold({ max, min }: ThresholdSpec, values: readonly number[], at: number): Measurement {
  const [value] = values;
  if (max === undefined && min === undefined) return { at, is: 'error', message: 'the gate has neither max nor min' };
  if (value === undefined) return { at, is: 'none', message: 'the query found no series' };
  if (values.length > 1) {
    const message = `the query gave ${String(values.length)} series where one is needed: put sum(…) or another aggregation around it`;
    return { at, is: 'error', message };
  }
  if (Number.isNaN(value)) return { at, is: 'none', message: 'the query gave NaN, as it does without traffic' };
  const shown = shownNumber(value);
  if (max !== undefined && value > max) return { at, is: 'bad', message: `${shown} is above ${shownNumber(max)}` };
  if (min !== undefined && value < min) return { at, is: 'bad', message: `${shown} is below ${shownNumber(min)}` };
  return { at, is: 'good', message: shown };
}

const shownNumber = (value: number): string => String(Number(value.toPrecision(4)));
