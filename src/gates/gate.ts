// What a gate is: a function that judges a candidate and checks all its own preconditions. It never acts or throws, and assumes no order. If
// something was not observed its answer is `wait`, never `pass`.
import type { Probe, Tally } from '../model/measure.ts';
import type { Reason } from '../model/vocabulary.ts';
import type { ConfigSeen, InstanceSeen, RecordSeen } from '../model/observed.ts';

export type Verdict =
  /** `note`: why, where that is not plain. `by`: who let it pass, where people were asked. */
  | { readonly is: 'pass'; readonly note?: string; readonly by?: readonly string[] }
  | { readonly is: 'wait'; readonly reason: Reason; readonly message: string }
  | { readonly is: 'fail'; readonly reason: Reason; readonly message: string };

/** Of several verdicts the one that decides: one fail is a fail, else one wait is a wait. Undefined if all pass. */
export const decisiveOf = <T extends { readonly verdict: Verdict }>(judged: readonly T[]): T | undefined =>
  judged.find(({ verdict }) => verdict.is === 'fail') ?? judged.find(({ verdict }) => verdict.is === 'wait');

/** A measurement to make, at least so long after the last one. */
export interface Asking {
  readonly probe: Probe;
  readonly everySeconds: number;
}

/** What a gate in spec says: a verdict, or that it needs one more measurement. `goOn`: what can be measured after a pass, too. */
export type Opinion =
  | Exclude<Verdict, { is: 'pass' }>
  | (Extract<Verdict, { is: 'pass' }> & { readonly goOn?: Asking })
  | (Asking & { readonly is: 'ask'; readonly reason: Reason; readonly message: string });

/** What it judges from. */
export interface Sight {
  readonly now: number;
  /** When it began to be judged. */
  readonly since: number;
  /** Undefined: nothing was measured. */
  readonly tally: Tally | undefined;
}

/** Everything that a gate may know of an instance. The caller has already compared times. */
export interface Candidate {
  readonly record: RecordSeen | undefined;
  readonly configs: readonly ConfigSeen[];
  readonly instance: InstanceSeen | undefined;
  /** The instance in words, with the name of its version if it has one. */
  readonly called: string;
  /** Config objects that are known to say what they should: uids by name. */
  readonly verified: ReadonlyMap<string, string>;
  /** Generation of the instance that is what was published, or was last known to be; 0 for never. */
  readonly cleanGeneration: number;
  /** Why it may not be what was published any more. */
  readonly doubt: { readonly reason: Reason; readonly message: string } | undefined;
  /** Pods it must have. */
  readonly wanted: number;
  /** Container ports that Services name, and what to do if one is missing. */
  readonly targetPorts: readonly PortAsked[];
  /** Adopted Services whose own selector its pods do not match, one sentence each. */
  readonly mismatches: readonly string[];
  /** All wanted pods are available, and have been for minReadySeconds, except those that were added since. */
  readonly settled: boolean;
  /** progressDeadlineSeconds have passed since this size was set, or twice as many since the first size was. */
  readonly overdue: boolean;
}

export interface PortAsked {
  readonly name: string;
  readonly protocol: string;
  /** The Service that sends traffic there, in words. */
  readonly asks: string;
  readonly remedy: string;
}

export type Gate = (candidate: Candidate) => Verdict;
