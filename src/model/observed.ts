// The read model: everything one decision may look at, as frozen plain data. Absence is a value. Whoever fills it (shell/store/cache.ts)
// has already thrown away what no decision needs.
import type { App, Tombstone } from './app.ts';
import type { Obj } from './json.ts';
import type { Reason } from './vocabulary.ts';
import { KIND } from './vocabulary.ts';
import type { PortSeen } from './port.ts';
import type { Answers, Evidence } from './question.ts';
import type { SourceFact } from './source.ts';
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
  readonly specHash: string;
  /** Order of creating, from 1. */
  readonly revision: number;
  readonly images: readonly string[];
  /** Names of its config objects' configs. */
  readonly configs: readonly string[];
  /** Fingerprint of template and config alone: of versions that differ only in what was captured it is the same. */
  readonly inline: Fingerprint;
  /** Of what they mean, however it was written (meaning.ts). */
  readonly meaning: Fingerprint;
  /** What was captured, as it was then. */
  readonly sources: readonly SourceFact[];
  /** Seconds of the App's allowance that were left when it was created (plan/steps/create.ts). */
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

/** A fact about a version that must outlive status. */
export interface FactSeen extends Seen {
  readonly is: 'fact';
  readonly id: VersionId;
  /** undefined: what it says is no fact that this operator knows. */
  readonly fact: Fact | undefined;
}

/**
 * What a fact says. `by` is the human decision in force when it was written: a pin or a pointer as it was typed, '' for none. `who`: the
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
  | { readonly is: 'specHash'; readonly specHash: string }
  /** A clean slate: these instances are done with, and what the `reject` of that moment says of this version is void. */
  | { readonly is: 'renewed'; readonly nonce: string; readonly instances: readonly InstanceName[]; readonly reject: string }
  /**
   * An instance that was compromised: its name is never used again. `by`: who did it, as far as it left traces; `configs`: ordinal of
   * its config objects, when those are what was changed.
   */
  | { readonly is: 'discarded'; readonly instance: InstanceName; readonly message: string; readonly by?: string; readonly configs?: number }
  /** What runs serves, since no Service says so: the route of a worker. */
  | { readonly is: 'route'; readonly switchNumber: number; readonly instance: InstanceName; readonly previous: InstanceName | '' }
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
  /** Spec hash of the spec as it is now, or of the spec as published, when nobody touched it. */
  readonly specHash: string;
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

/** What one App alone cannot know. */
export interface Fleet {
  readonly apps: number;
  /** Other Apps in which an instance was found compromised within the last five minutes. */
  readonly compromised: number;
  /** Why nothing is replaced any more in any App, until a human says otherwise; '' while all is well. */
  readonly breaker: string;
  readonly enforcement: Enforcement;
}

/** Whether the API server refuses what nobody may do, as the last probe found it. */
export type Enforcement =
  | { readonly is: 'unknown' }
  /** `refused`: the user as whom the cluster's own controllers act, if the policies do not know it. */
  | { readonly is: 'enforced'; readonly revision: number; readonly refused?: string }
  /** `outdated`: they are there, and older than this operator needs. */
  | { readonly is: 'detect only'; readonly why: string; readonly outdated: boolean };

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
  readonly app: App | Tombstone;
  readonly records: readonly RecordSeen[];
  readonly factsSeen: readonly FactSeen[];
  readonly configs: readonly ConfigSeen[];
  readonly instances: readonly InstanceSeen[];
  /** Those that spec.services names and those that carry our label. */
  readonly services: readonly ServiceSeen[];
  /** Ours, and all of the namespace that are not some App's. */
  readonly budgets: readonly BudgetSeen[];
  /** Others in the namespace that may select pods of ours. */
  readonly neighbours: readonly Neighbour[];
  /** ConfigMaps that this process wrote, or found to say what they should: uids by name. */
  readonly verified: ReadonlyMap<string, string>;
  /** Names (as `Kind/name`) that a create found held by something not ours. */
  readonly taken: ReadonlySet<string>;
  /** ConfigMaps that the template refers to and that are to be captured, as far as they are there. */
  readonly sources: readonly SourceSeen[];
  /** What this process found out when it asked. Absence is "not asked yet". */
  readonly answers: Answers;
  /** How many other Apps bring up a version that only a captured change made. */
  readonly candidates: number;
  readonly fleet: Fleet;
  /** Its namespace is being terminated. */
  readonly ending: boolean;
  /** Writes that failed and are not to be tried again yet, by `writeOf`. */
  readonly refusals: ReadonlyMap<string, Refused>;
  /** What this process does for the App never comes to rest. */
  readonly failure: { readonly reason: Reason; readonly message: string } | undefined;
  readonly notes: Notes;
}
