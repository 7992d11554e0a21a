// Turns the answer to a measurement into what is counted, for each kind of gate that measures.
import type { GateSpec, Measurement, Tally } from '../model/measure.ts';
import { measuredCompare, weigh } from './compare.ts';
import type { PodAnswer } from './http.ts';
import { measuredHttp } from './http.ts';
import type { JobSeen } from './job.ts';
import { measuredJob } from './job.ts';
import { tally } from './tally.ts';
import { measuredThreshold } from './threshold.ts';
import { measuredWebhook } from './webhook.ts';

/** The result of a probe. */
export type Answered =
  | { readonly is: 'pods'; readonly answers: readonly PodAnswer[] }
  /** For each query, the values of the series in its result. */
  | { readonly is: 'values'; readonly values: readonly (readonly number[])[] }
  | { readonly is: 'body'; readonly body: unknown }
  | { readonly is: 'job'; readonly seen: JobSeen }
  | { readonly is: 'error'; readonly message: string };

export function measured(spec: GateSpec, answered: Answered, at: number): Measurement {
  if (answered.is === 'error') return { at, is: 'error', message: answered.message };
  if (spec.is === 'http' && answered.is === 'pods') return measuredHttp(spec, answered.answers, at);
  if (spec.is === 'threshold' && answered.is === 'values') return measuredThreshold(spec, answered.values[0] ?? [], at);
  if (spec.is === 'compare' && answered.is === 'values') return measuredCompare(answered.values, at);
  if (spec.is === 'webhook' && answered.is === 'body') return measuredWebhook(answered.body, at);
  if (spec.is === 'job' && answered.is === 'job') return measuredJob(answered.seen, at);
  return { at, is: 'error', message: `a ${spec.is} gate cannot be judged by ${answered.is}` };
}

/** The count after one more measurement. */
export function counted(spec: GateSpec, before: Tally | undefined, since: number, measurement: Measurement): Tally {
  const after = tally(before, since, measurement);
  return spec.is === 'compare' ? weigh(after, spec) : after;
}
