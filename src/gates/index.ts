// Gates judge a candidate; promotion asks them all. A gate judges every precondition itself, never acts, throws or assumes an order;
// what was not observed is `wait`, never `pass`.
import type { Reason } from '../model/vocabulary.ts';
import type { ConfigSeen, InstanceSeen, RecordSeen } from '../model/observed.ts';
import { integrity } from './integrity.ts';
import { ports } from './ports.ts';
import { readiness } from './readiness.ts';
import { selector } from './selector.ts';

export type Verdict =
  | { readonly is: 'pass' }
  | { readonly is: 'wait'; readonly reason: Reason; readonly message: string }
  | { readonly is: 'fail'; readonly reason: Reason; readonly message: string };

/** Everything about one instance of one version that a gate may look at. Durations were measured by the caller. */
export interface Candidate {
  readonly record: RecordSeen | undefined;
  readonly configs: readonly ConfigSeen[];
  readonly instance: InstanceSeen | undefined;
  /** Generation of the instance last judged clean; 0 for never. */
  readonly cleanGeneration: number;
  /** Why it may not be what was published any more. */
  readonly doubt: { readonly reason: Reason; readonly message: string } | undefined;
  /** Of its instances as they were rehearsed. */
  readonly seals: ReadonlySet<string>;
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

export const READINESS = 'readiness';
/** What they judge shows in a Deployment before it is there. */
export const FORESEEN: ReadonlySet<string> = new Set(['ports', 'selector']);

/** In the order in which their reasons are shown. */
export const GATES: readonly { readonly name: string; readonly judge: Gate }[] = [
  { name: 'integrity', judge: integrity },
  { name: 'ports', judge: ports },
  { name: 'selector', judge: selector },
  { name: READINESS, judge: readiness },
];

export interface Judgement {
  readonly verdict: Verdict;
  readonly gates: readonly { readonly name: string; readonly verdict: Verdict }[];
}

/** Asks every gate. One fail is a fail, else one wait is a wait. */
export function judge(candidate: Candidate): Judgement {
  const gates = GATES.map(({ name, judge: ask }) => ({ name, verdict: ask(candidate) }));
  const decisive = gates.find(({ verdict }) => verdict.is === 'fail') ?? gates.find(({ verdict }) => verdict.is === 'wait');
  return { verdict: decisive?.verdict ?? { is: 'pass' }, gates };
}
