// What a gate is: it judges a candidate, and every precondition itself; it never acts, throws or assumes an order. What was not observed is
// `wait`, never `pass`.
import type { Probe, Tally } from '../model/measure.ts';
import type { Reason } from '../model/vocabulary.ts';
import type { ConfigSeen, InstanceSeen, RecordSeen } from '../model/observed.ts';

export type Verdict =
  | { readonly is: 'pass' }
  | { readonly is: 'wait'; readonly reason: Reason; readonly message: string }
  | { readonly is: 'fail'; readonly reason: Reason; readonly message: string };

/** What a gate of an author says: a verdict, or that it waits for one more measurement, at the earliest so long after the last. */
export type Opinion =
  Verdict | { readonly is: 'ask'; readonly probe: Probe; readonly everySeconds: number; readonly reason: Reason; readonly message: string };

/** What it judges by. */
export interface Sight {
  readonly now: number;
  /** When it began to be judged. */
  readonly since: number;
  /** Undefined: nothing was measured. */
  readonly tally: Tally | undefined;
}

/** Everything about one instance of one version that a gate may look at. Durations were measured by the caller. */
export interface Candidate {
  readonly record: RecordSeen | undefined;
  readonly configs: readonly ConfigSeen[];
  readonly instance: InstanceSeen | undefined;
  /** It, in words: with the name of its version, if that has one. */
  readonly called: string;
  /** Generation of the instance last judged clean; 0 for never. */
  readonly cleanGeneration: number;
  /** Why it may not be what was published any more. */
  readonly doubt: { readonly reason: Reason; readonly message: string } | undefined;
  /** Of its instances as they were rehearsed. */
  readonly specHashes: ReadonlySet<string>;
  /** Pods it must have. */
  readonly wanted: number;
  /** Container ports that Services send traffic to by name: which one, and what to do if there is none. */
  readonly targetPorts: readonly PortAsked[];
  /** Adopted Services whose own selector its pods do not match, one sentence each. */
  readonly mismatches: readonly string[];
  /** All wanted pods are available, and have been for minReadySeconds but for those that were added since. */
  readonly settled: boolean;
  /** progressDeadlineSeconds have passed since this size was asked for, or twice as many since the first was. */
  readonly overdue: boolean;
}

export interface PortAsked {
  readonly name: string;
  readonly protocol: string;
  /** What sends traffic there. */
  readonly asks: string;
  readonly remedy: string;
}

export type Gate = (candidate: Candidate) => Verdict;
