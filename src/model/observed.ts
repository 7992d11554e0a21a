// The read model: everything one decision may look at, as frozen plain data. Absence is a value. Whoever fills it (shell/cache.ts)
// has already thrown away what no decision needs.
import type { App, Departed } from './app.ts';
import type { Obj } from './json.ts';
import type { Reason } from './vocabulary.ts';
import { KIND } from './vocabulary.ts';
import type { PortSeen } from './port.ts';
import type { SourceFact, SourceText } from './source.ts';
import type { AppKey, Fingerprint, InstanceName, VersionId } from './version.ts';

export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** Nobody's any more, or that of an App of the same name that is gone: what a former life left behind. */
export const leftOver = (app: { readonly name: string; readonly uid: string }, { owner }: Pick<Seen, 'owner'>): boolean =>
  owner === undefined || (owner.kind === KIND && owner.name === app.name && owner.uid !== app.uid);

export interface Seen {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The controller owner, or the only owner. */
  readonly owner: Owner | undefined;
  /** Instant of creation, milliseconds since the epoch. */
  readonly createdAt: number;
  readonly deleting: boolean;
}

/** A version's blueprint. Its data cannot change, so what was read once stays true for this uid. */
export interface RecordSeen extends Seen {
  readonly is: 'record';
  readonly id: VersionId;
  readonly fingerprint: Fingerprint;
  /** The content in it hashes to its fingerprint. */
  readonly authentic: boolean;
  readonly versionName: string;
  /** Who asked for it: a field manager, or ConfigMaps that changed and theirs; '' for unknown. */
  readonly by: string;
  /** Of its first instance. */
  readonly seal: string;
  /** Order of minting, from 1. */
  readonly revision: number;
  readonly images: readonly string[];
  /** Names of its config objects' configs. */
  readonly configs: readonly string[];
  /** Fingerprint of template and config alone: of versions that differ only in what was captured it is the same. */
  readonly inline: Fingerprint;
  /** What was captured, as it was then. */
  readonly sources: readonly SourceFact[];
  /** Seconds of the App's allowance that were left when it was minted (plan/mint.ts). */
  readonly credit: number;
  /** What its content refers to and does not hold, as `Kind/name`. */
  readonly mutable: readonly string[];
}

/** A ConfigMap that the template refers to, by its metadata. */
export interface SourceSeen {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Stays live: a CA bundle that somebody injects, or its owner says so. */
  readonly exempt: boolean;
}

/** A ConfigMap as it was read. Its text is let go once the version that needed it runs. */
export interface SourceRead extends SourceFact {
  readonly at: number;
  /** Who wrote it last, and which of its keys; '' for unknown. */
  readonly by: string;
  readonly text: SourceText | undefined;
}

/** A fact about a version that must outlive status. */
export interface AnnexSeen extends Seen {
  readonly is: 'annex';
  readonly id: VersionId;
  readonly fact: Fact;
}

/**
 * What an annex says. `by` is the human decision in force when it was written: a pin or a pointer as it was typed, '' for none. `who`: the
 * field manager that wrote that decision, if it is known.
 */
export type Fact =
  /** A human decided for another version while this was Latest. */
  | { readonly is: 'held'; readonly by: string; readonly who?: string }
  | { readonly is: 'rejected'; readonly by: string; readonly who?: string }
  | FailedFact
  /** Another name for this content. */
  | { readonly is: 'alias'; readonly name: string }
  /** Of instances made under other defaults than the first. */
  | { readonly is: 'seal'; readonly seal: string }
  /** A clean slate: these instances are done with, and what the `reject` of that moment says of this version is void. */
  | { readonly is: 'renewed'; readonly nonce: string; readonly instances: readonly InstanceName[]; readonly reject: string }
  /**
   * An instance that was compromised: its name is never used again. `by`: who did it, as far as it left traces; `configs`: ordinal of
   * its config objects, when those are what was changed.
   */
  | { readonly is: 'burnt'; readonly instance: InstanceName; readonly message: string; readonly by?: string; readonly configs?: number }
  /** What runs serves, since no Service says so: the route of a worker. */
  | { readonly is: 'route'; readonly flip: number; readonly instance: InstanceName; readonly previous: InstanceName | '' }
  /**
   * The ports of Services that the version served under, as they were when it was left or they were changed: with them it may serve again.
   * `serial`: the highest says it.
   */
  | { readonly is: 'ports'; readonly serial: number; readonly services: Readonly<Record<string, readonly Obj[]>> }
  /** What the record of a former life was known for has been copied, and is not copied again. */
  | { readonly is: 'restored'; readonly from: string };

export interface FailedFact extends Evidence {
  readonly is: 'failed';
  readonly by: string;
  readonly instance: InstanceName;
  /** How often it was tried again before. */
  readonly attempt: number;
  /** Another instance of the version served all the while: only this one failed. */
  readonly replacement?: true;
}

/** Why pods do not come up. What the cluster lacks is tried again, what the version lacks is final. */
export interface Evidence {
  readonly cause: 'cluster' | 'version';
  readonly reason: Reason;
  readonly message: string;
  readonly container?: string;
  readonly exitCode?: number;
}

/** What pods said when nobody judged them. */
export interface Symptom extends Evidence {
  /** When they were asked last, and since when this is what is told of it: ms since the epoch. */
  readonly at: number;
  readonly toldAt: number;
}

export interface ConfigSeen extends Seen {
  readonly id: VersionId;
}

/** A Deployment that carries our labels. */
export interface InstanceSeen extends Omit<Seen, 'name'> {
  readonly name: InstanceName;
  readonly id: VersionId;
  readonly generation: number;
  readonly observedGeneration: number;
  /** spec.replicas */
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  /** status.replicas: pods that exist, old and new template. */
  readonly pods: number;
  /** Pods of it that are being deleted, counted for Apps of which no two instances may run; else 0. */
  readonly leaving: number;
  /** Seal of the spec as it is now, or of the spec as published, when nobody touched it. */
  readonly seal: string;
  /** Ports that its containers declare, native sidecars among them. */
  readonly ports: readonly ContainerPort[];
  /** Config objects of its version that its pods read. */
  readonly configs: readonly string[];
  /** Labels of its pods. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** What the Deployment controller complains about, in its words; empty when it does not. */
  readonly complaint: string;
  /** Its ReplicaSets, if they are more than one or others wrote to them, and its pods whose generation moved: a reason to look, no more. */
  readonly touched: readonly string[];
}

/** A field manager, and when it last wrote: ms since the epoch, 0 for unknown. */
export interface SpecWriter {
  readonly by: string;
  readonly at: number;
  readonly how: 'Update' | 'Apply';
}

/** How an instance differs from what was published, in words. See workloads/drift.ts. */
export interface Differences {
  /** Of the Deployment, from what a dry-run of the same content gives today; empty when equal or not compared. */
  readonly deployment: readonly string[];
  /** Who wrote its spec beside us, the last one first. */
  readonly writers: readonly SpecWriter[];
  /** Of its ReplicaSets from the Deployment. */
  readonly replicaSets: readonly string[];
  /** Of its pods from what they were created as. */
  readonly pods: readonly string[];
  /** Ephemeral containers in its pods; `at` in ms since the epoch. */
  readonly debugged: readonly { readonly pod: string; readonly container: string; readonly by: string; readonly at: number }[];
}

/** A live look at an instance. */
export interface Comparison extends Differences {
  /** The state it is about, as the decision that asked for it called it. */
  readonly of: string;
  readonly at: number;
  /** Whether the API server would store the same today; undefined when it was not asked. */
  readonly agrees: boolean | undefined;
  /** Since when every look has disagreed. */
  readonly since: number;
}

/** What one App alone cannot know. */
export interface Fleet {
  readonly apps: number;
  /** Other Apps in which an instance was found compromised within the last five minutes. */
  readonly compromised: number;
  /** Why nothing is replaced any more in any App, until a human says otherwise; '' while all is well. */
  readonly breaker: string;
  readonly enforcement: Enforcement;
  /** Seconds that an instance with a debug container in it is left alone. */
  readonly debugGraceSeconds: number;
}

/** Whether the API server refuses what nobody may do, as the last probe found it. */
export type Enforcement =
  | { readonly is: 'unknown' }
  /** `refused`: the user as whom the cluster's own controllers act, if the policies do not know it. */
  | { readonly is: 'enforced'; readonly revision: number; readonly refused?: string }
  | { readonly is: 'detect only'; readonly why: string };

/** A PodDisruptionBudget: one of ours, or anybody's in the namespace. */
export interface BudgetSeen extends Seen {
  /** What it allows, in one word. */
  readonly allows: string;
  /** As its author wrote it; undefined selects nothing. */
  readonly selector: Readonly<Record<string, unknown>> | undefined;
}

export interface ServiceSeen extends Seen {
  readonly type: string;
  readonly headless: boolean;
  readonly publishNotReadyAddresses: boolean;
  readonly selector: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ports: readonly PortSeen[];
  /** spec as stored; kept only for Services we own. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Whose its selector is, as managedFields tell it: everybody but us, the last one first. */
  readonly writers: readonly Writer[];
  /** Who wrote the stamp on it, as managedFields tell it: everybody but us. */
  readonly stampedBy: readonly string[];
  /** What its EndpointSlices list, of the EndpointSlice controller only. */
  readonly endpoints: readonly EndpointSeen[];
}

/** A field manager of a Service's selector. */
export interface Writer {
  readonly by: string;
  /** By server-side apply: the selector is in its manifest. */
  readonly applied: boolean;
}

/** A Service that spec does not name and that is not ours: only what it selects is of interest, and whether it could be moved. */
export type Neighbour = Pick<ServiceSeen, 'name' | 'selector' | 'headless' | 'publishNotReadyAddresses'>;

/** What a live look at the EndpointSlices of a Service found. */
export interface Inspection {
  /** A slice that is not the EndpointSlice controller's, and whose it is; '' for none. */
  readonly foreign: string;
  /** Ready endpoints that are pods of others. */
  readonly others: number;
  readonly at: number;
}

/** A port that a container declares. */
export interface ContainerPort {
  readonly name: string;
  readonly number: number;
  readonly protocol: string;
}

export interface EndpointSeen {
  readonly ready: boolean;
  /** No container of the pod has the port that the Service sends traffic to: ready or not, nobody reaches it. */
  readonly dark?: true;
  /** The pod, by name. */
  readonly pod: string;
  /** The instance whose pod it is (pod → ReplicaSet → our Deployment's uid); undefined for any other. */
  readonly instance: InstanceName | undefined;
  /** Of a pod of no instance: it is bare, or a Deployment made it that is not there; otherwise it may only not have been seen yet. */
  readonly origin: 'bare' | 'elsewhere' | 'unknown';
}

/** What the API server said to a dry-run of a version's Deployment, reading the config objects of this ordinal. */
export type Trial =
  | { readonly is: 'accepted'; readonly seal: string; readonly configs: number; readonly at: number }
  | { readonly is: 'refused'; readonly reason: Reason; readonly message: string; readonly configs: number; readonly at: number };

/** A write that failed and is let be for now. */
export interface Refused {
  /** What people are told of it; undefined while it may be over in a moment. */
  readonly finding: { readonly reason: Reason; readonly message: string } | undefined;
  /** Only a human or the cluster can mend it; otherwise it may pass by itself. */
  readonly lasting: boolean;
}

/** Since when a fact has had its present value. Kept in memory only: after a restart everything starts afresh, late is safe. */
export type Notes = Readonly<Record<string, { readonly value: string; readonly since: number }>>;

export interface Snapshot {
  readonly key: AppKey;
  readonly app: App | Departed;
  readonly records: readonly RecordSeen[];
  readonly annexes: readonly AnnexSeen[];
  readonly configs: readonly ConfigSeen[];
  readonly instances: readonly InstanceSeen[];
  /** Those that spec.services names and those that carry our label. */
  readonly services: readonly ServiceSeen[];
  /** Ours, and all of the namespace that are not some App's. */
  readonly budgets: readonly BudgetSeen[];
  /** Others in the namespace that may select pods of ours. */
  readonly neighbours: readonly Neighbour[];
  /** Live looks at Services, by their uid. Absence is "not looked at yet". */
  readonly inspections: ReadonlyMap<string, Inspection>;
  /** Answers to the dry-runs that this process made for instances yet to be created. */
  readonly trials: ReadonlyMap<Fingerprint, Trial>;
  /** What it warned of beside those it accepted; kept when the instance is there. */
  readonly advice: ReadonlyMap<Fingerprint, readonly string[]>;
  /** What the pods of an instance that did not come up said when they were looked at. */
  readonly evidence: ReadonlyMap<InstanceName, Evidence>;
  /** What the pods of an instance that is not up said last, without a verdict. */
  readonly symptoms: ReadonlyMap<InstanceName, Symptom>;
  /** Live looks at instances that may not be what was published. */
  readonly comparisons: ReadonlyMap<InstanceName, Comparison>;
  /** Config objects that a live look did not find, though their App and their namespace live on. */
  readonly lost: ReadonlySet<string>;
  /** ConfigMaps that this process wrote, or found to say what they should: uids by name. */
  readonly vouched: ReadonlyMap<string, string>;
  /** Canonical content of versions other than Latest, read from their records on request. */
  readonly recalled: ReadonlyMap<VersionId, string>;
  /** Names (as `Kind/name`) that a create found held by something not ours. */
  readonly taken: ReadonlySet<string>;
  /** ConfigMaps that the template refers to and that are to be captured, as far as they are there. */
  readonly sources: readonly SourceSeen[];
  /** What was read of them, by name. */
  readonly reads: ReadonlyMap<string, SourceRead>;
  /** How many other Apps bring up a version that only a captured change made, and how many may. */
  readonly candidates: { readonly others: number; readonly most: number };
  readonly fleet: Fleet;
  /** Its namespace is being terminated. */
  readonly ending: boolean;
  /** Writes that failed and are not to be tried again yet, by `writeOf`. */
  readonly refusals: ReadonlyMap<string, Refused>;
  /** What this process does for the App never comes to rest. */
  readonly failure: { readonly reason: Reason; readonly message: string } | undefined;
  readonly notes: Notes;
}
