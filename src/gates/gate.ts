// What a gate is: it judges a candidate, and every precondition itself; it never acts, throws or assumes an order. What was not observed is
// `wait`, never `pass`.
import type { Reason } from '../model/vocabulary.ts';
import type { ConfigSeen, InstanceSeen, RecordSeen } from '../model/observed.ts';

export type Verdict =
  | { readonly is: 'pass' }
  | { readonly is: 'wait'; readonly reason: Reason; readonly message: string }
  | { readonly is: 'fail'; readonly reason: Reason; readonly message: string };

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
