// What the gates of an author ask for, and what is kept of what was measured. Plain data: what a gate makes of it is said in gates/, who
// measures is the shell.
import type { KubeObject } from './object.ts';
import type { InstanceName, JsonObject } from './version.ts';

/** Before a version gets traffic, while it has a share of it, or after it got all. */
export const PHASES = ['before', 'during', 'after'] as const;
export type Phase = (typeof PHASES)[number];

/** A gate as its author wrote it, with every default filled in. */
export interface AuthorGate {
  readonly phase: Phase;
  /** Unique in its phase. */
  readonly name: string;
  /** Of its kind and all that it asks for: another digest is another gate. */
  readonly digest: string;
  /** False: it is judged, shown and counted, and decides nothing. */
  readonly enforce: boolean;
  /** How long it may go without passing; undefined: for ever, since it waits for people or for an hour of the day. */
  readonly timeoutSeconds: number | undefined;
  readonly spec: GateSpec;
}

export type GateSpec = WindowSpec | HttpSpec | ThresholdSpec | CompareSpec | WebhookSpec | JobSpec | ApprovalSpec | UnknownSpec;

/** Of a kind that this operator does not know, or of none: it never passes. */
export interface UnknownSpec {
  readonly is: 'unknown';
  readonly said: readonly string[];
}

/** Days and hours in which traffic may move. */
export interface WindowSpec {
  readonly is: 'window';
  /** IANA, such as Europe/Berlin. */
  readonly timeZone: string;
  /** Mon to Sun; empty for every day. A window over midnight belongs to the day that it opens on. */
  readonly days: readonly string[];
  /** HH:MM. */
  readonly from: string;
  readonly to: string;
  /** A day, or the first and the last: 2026-12-24/2027-01-02. */
  readonly except: readonly string[];
}

/** A request to every ready pod of the instance. */
export interface HttpSpec {
  readonly is: 'http';
  /** Name of a container port. */
  readonly port: string;
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly status: readonly number[];
  readonly intervalSeconds: number;
  /** So many good ones in a row pass, so many bad ones in a row fail. */
  readonly passes: number;
  readonly failures: number;
}

/** A query whose result has bounds. */
export interface ThresholdSpec {
  readonly is: 'threshold';
  readonly source: string;
  readonly query: string;
  readonly max: number | undefined;
  readonly min: number | undefined;
  readonly intervalSeconds: number;
  readonly forSeconds: number;
  readonly failures: number;
  /** Valid measurements that a pass needs. */
  readonly minimum: number;
}

/** Two counters, of the candidate and of what serves. */
export interface CompareSpec {
  readonly is: 'compare';
  readonly source: string;
  readonly total: string;
  readonly bad: string;
  readonly atMost: number;
  readonly alpha: number;
  readonly minimumRequests: number;
  readonly intervalSeconds: number;
  readonly forSeconds: number;
}

export interface WebhookSpec {
  readonly is: 'webhook';
  readonly source: string;
  readonly intervalSeconds: number;
}

/** A Job that must complete, once for each instance. */
export interface JobSpec {
  readonly is: 'job';
  /** The spec of a Job of batch/v1, as its author wrote it. */
  readonly spec: JsonObject;
}

export interface ApprovalSpec {
  readonly is: 'approval';
  readonly count: number;
}

/** One measurement to make: of the instance itself, or of a source that the platform defines. No author writes an address. */
export type Probe =
  | {
      readonly is: 'http';
      readonly port: string;
      readonly path: string;
      readonly headers: HttpSpec['headers'];
      readonly status: readonly number[];
    }
  /** PromQL, with everything replaced that is to be. */
  | { readonly is: 'query'; readonly source: string; readonly queries: readonly string[] }
  | { readonly is: 'webhook'; readonly source: string; readonly event: Readonly<Record<string, unknown>> }
  /**
   * Begins a Job, or looks how far it is. `service`: by which it reaches the instance, if it has ports; it is there first. `begun`: the Job has
   * been seen before, so that it is not begun again.
   */
  | { readonly is: 'job'; readonly job: KubeObject; readonly service: KubeObject | undefined; readonly begun: boolean };

/** What is measured, of which instance, for which gate: an answer counts for no other. */
export interface Measuring {
  readonly instance: InstanceName;
  /** uid of its Deployment: one that is made anew under its name is another. */
  readonly uid: string;
  readonly gate: AuthorGate;
  /** When the gate began to be judged: what was measured for an earlier attempt does not count for this one. */
  readonly since: number;
  readonly probe: Probe;
}

export interface Measurement {
  readonly at: number;
  /** `none`: there was nothing to measure yet, which says nothing about the version. `error`: it could not be measured. */
  readonly is: 'good' | 'bad' | 'none' | 'error';
  readonly message: string;
  /** Of a comparison: counters, as they stood. */
  readonly counts?: CountedPair;
  /** The Job was there. */
  readonly begun?: true;
}

export interface Counts {
  readonly total: number;
  readonly bad: number;
}

/** A fold over measurements. */
export interface Tally {
  /** `since` of what was measured. */
  readonly startedAt: number;
  /** Of the last measurement. */
  readonly at: number;
  /** Good ones in a row: whatever else was measured ends it. */
  readonly passes: number;
  /** Bad ones in a row: only a good one ends it. */
  readonly failures: number;
  /** Errors in a row. */
  readonly errors: number;
  /** Good and bad ones. */
  readonly valid: number;
  /** When the first of them was made. */
  readonly firstAt?: number;
  /** The last five, the newest first. */
  readonly last: readonly Measurement[];
  /** Running state of a comparison. */
  readonly compared?: Compared;
  /** The Job has been there. */
  readonly begun?: true;
}

/** What a comparison has come to. See gates/compare.ts. */
export interface Compared {
  /** How often both were counted, after the first time. */
  readonly looks: number;
  /** Counters at the last look, and what was added since the first. */
  readonly at: CountedPair;
  readonly sum: CountedPair;
  /** Sums of squared errors over requests, look by look. */
  readonly squares: readonly [candidate: number, serving: number];
  /** Logarithms of likelihood ratios: that the candidate is worse, and that it is not. */
  readonly worse: readonly number[];
  readonly better: readonly number[];
}

export interface CountedPair {
  readonly candidate: Counts;
  readonly serving: Counts;
}

/** What is kept of a gate's measurements. */
export interface Series {
  readonly since: number;
  /** One is being made: no other is asked for. */
  readonly underway: boolean;
  /** Undefined before the first. */
  readonly tally: Tally | undefined;
}

/** What the gates of one phase said of one instance, once all had spoken. */
export interface GatesFact {
  readonly is: 'gates';
  readonly phase: Phase;
  readonly instance: InstanceName;
  readonly uid: string;
  /** It is to be judged by others once it serves. */
  readonly followed?: true;
  readonly gates: readonly GateSaid[];
}

export interface GateSaid {
  readonly name: string;
  readonly digest: string;
  /** Of a gate that is not enforced it may be any. */
  readonly verdict: 'pass' | 'wait' | 'fail';
  readonly message: string;
  /** Who let it pass, where people were asked. */
  readonly by?: readonly string[];
  /** When it began to be judged: ms since the epoch. */
  readonly since: number;
  /** When that was its verdict. */
  readonly at: number;
}

/** What a series is kept under. */
export const seriesOf = ({
  uid,
  gate,
}: Pick<Measuring, 'uid'> & { readonly gate: Pick<AuthorGate, 'phase' | 'name' | 'digest'> }): string =>
  `${uid} ${gate.phase}/${gate.name} ${gate.digest}`;
