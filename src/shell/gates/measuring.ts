// Measures for gates beside the loop: a decision asks, goes on, and finds the answer in a later snapshot. No App's reconciliation ever waits
// for an address that its author chose; what is asked is bounded, at once and in time, and ends with the process.
import type { Answered } from '../../gates/measured.ts';
import { counted, measured } from '../../gates/measured.ts';
import type { Measuring, Series } from '../../model/measure.ts';
import { seriesOf } from '../../model/measure.ts';
import type { AppKey } from '../../model/version.ts';
import { jobRunner } from './job.ts';
import { askPrometheus } from './prometheus.ts';
import type { PodPlaces } from './pods.ts';
import { podAsker } from './pods.ts';
import type { Slots } from './slots.ts';
import { slotsOf } from './slots.ts';
import type { Asked, Sources } from './sources.ts';
import { askWebhook } from './webhook.ts';

/** Connections at once, and of them those for the Apps of one namespace. */
const MOST = 64;
const MOST_OF_ONE = 16;

export interface Measurer {
  /** Once at a time for each gate of an instance; its end is told, not awaited. */
  readonly measure: (key: AppKey, namespace: string, question: Measuring) => void;
}

export interface MeasurerOptions extends Omit<PodPlaces, 'slots'> {
  readonly sources: Pick<Sources, 'find'> | undefined;
  readonly done: (key: AppKey, question: Measuring, answered: Answered) => void;
  readonly slots?: Slots;
}

/** What a process has of it. */
export interface RunningMeasurer extends Measurer {
  /** Ends what is under way: nobody is told of it. */
  readonly stop: () => void;
  readonly underway: () => number;
}

export function measurer(options: MeasurerOptions): RunningMeasurer {
  const { sources, userAgent, done, slots = slotsOf(MOST, MOST_OF_ONE) } = options;
  const askPods = podAsker({ ...options, slots });
  const runJob = jobRunner({ ...options, slots });
  const underway = new Set<string>();
  const end = new AbortController();
  const { signal } = end;

  async function ask(key: AppKey, namespace: string, question: Measuring): Promise<Answered> {
    const { probe } = question;
    if (probe.is === 'http') return askPods(key, namespace, question, probe, signal);
    if (probe.is === 'job') return runJob(namespace, question, probe, signal);
    const source = sources?.find(probe.source, namespace);
    if (source === undefined) return { is: 'error', message: `there is no source named ${probe.source} for Apps of ${namespace}` };
    const give = await slots.take(namespace);
    return (probe.is === 'query' ? askPrometheus(source, probe.queries, userAgent, signal) : askIt(source, probe.event)).finally(give);
  }
  const askIt = (source: Asked, event: Readonly<Record<string, unknown>>) => askWebhook(source, event, userAgent, signal);

  return {
    measure(key, namespace, question) {
      const about = `${key} ${seriesOf(question)} ${String(question.since)}`;
      if (underway.has(about) || signal.aborted) return;
      underway.add(about);
      void ask(key, namespace, question)
        .catch((error: unknown): Answered => ({ is: 'error', message: (error as Error).message }))
        .then((answered) => {
          underway.delete(about);
          if (!signal.aborted) done(key, question, answered);
        });
    },
    stop() {
      end.abort();
    },
    underway: () => underway.size,
  };
}

/**
 * Keeps what came of a question, unless nobody waits for it any more: the App is gone, the clock was set, or another attempt of the gate has
 * begun. Answers whether somebody does.
 */
export function told(kept: Map<string, Series>, question: Measuring, answered: Answered, at: number): boolean {
  const { gate, since } = question;
  const before = kept.get(seriesOf(question));
  if (before?.since !== since) return false;
  kept.set(seriesOf(question), {
    since,
    underway: false,
    tally: counted(gate.spec, before.tally, since, measured(gate.spec, answered, at)),
  });
  return true;
}
