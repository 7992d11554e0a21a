// The snapshot: everything that one decision may look at, as plain data. What is absent is undefined or empty. shell/store/cache.ts fills it, and
// has already dropped what no decision needs.
import type { App, Tombstone } from './app.ts';
import type { ImageSeen, ImagesFact } from './images.ts';
import type { Obj } from './json.ts';
import type { Reason } from './vocabulary.ts';
import { KIND } from './vocabulary.ts';
import type { GatesFact } from './measure.ts';
import type { PortSeen } from './port.ts';
import type { Answers, Evidence } from './question.ts';
import type { SourceFact } from './source.ts';
import type { AppKey, Fingerprint, InstanceName, VersionId } from './version.ts';

export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** Owned by nobody any more, or by a deleted App of the same name. */
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

/** The ControllerRevision that holds the content of a version. Its data cannot change, so what was read once stays true for this uid. */
export interface RecordSeen extends Seen {
  readonly is: 'record';
  readonly id: VersionId;
  readonly fingerprint: Fingerprint;
  /** Whether its content hashes to its fingerprint. */
  readonly authentic: boolean;
  readonly versionName: string;
  /** Who is behind it: a field manager, or the changed ConfigMaps and who wrote them; '' for unknown. */
  readonly by: string;
  /** Of its first instance. */
  readonly specHash: string;
  /** Counts the records of the App, from 1. */
  readonly revision: number;
  readonly images: readonly ImageSeen[];
  /** The entries of config that it has ConfigMaps for. */
  readonly configs: readonly string[];
  /** Fingerprint of template and inline config alone: equal for versions that differ only in captured ConfigMaps. */
  readonly inline: Fingerprint;
  /** The same, independent of spelling (meaning.ts). */
  readonly meaning: Fingerprint;
  /** The captured ConfigMaps, as they were then. */
  readonly sources: readonly SourceFact[];
  /** Seconds left in the App's budget for new versions when it was created (plan/steps/create.ts). */
  readonly credit: number;
  /** Objects that its content refers to and does not contain, as `Kind/name`. */
  readonly mutable: readonly string[];
}

/** A ConfigMap that the template refers to, by its metadata. */
export interface SourceSeen {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Not captured: an injected CA bundle, or its owner says so by label. */
  readonly exempt: boolean;
}

/** Something about a version that must not be lost with status, as stored in a small ControllerRevision. */
export interface FactSeen extends Seen {
  readonly is: 'fact';
  readonly id: VersionId;
  /** undefined: of a kind that this operator does not know. */
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
  /**
   * A renewal: these instances are not used again, and the `reject` annotation of that moment no longer applies to this version. `proven`: the
   * version was, and nothing spoke against it, so what was proven of it holds for what comes up next.
   */
  | {
      readonly is: 'renewed';
      readonly nonce: string;
      readonly instances: readonly InstanceName[];
      readonly reject: string;
      readonly proven?: true;
    }
  /**
   * An instance that was compromised: its name is never used again. `by`: who did it, as far as it left traces; `configs`: ordinal of
   * its config objects, when those are what was changed.
   */
  | { readonly is: 'discarded'; readonly instance: InstanceName; readonly message: string; readonly by?: string; readonly configs?: number }
  /** Which instance of a worker serves: there is no Service that would tell. */
  | { readonly is: 'route'; readonly switchNumber: number; readonly instance: InstanceName; readonly previous: InstanceName | '' }
  /**
   * The ports that Services had while the version served, written when traffic left it or the ports changed. With them it can serve again. The
   * highest `serial` is valid.
   */
  | { readonly is: 'ports'; readonly serial: number; readonly services: Readonly<Record<string, readonly Obj[]>> }
  | GatesFact
  | ImagesFact
  /** The facts of a deleted App's record have been copied, and are not copied again. */
  | { readonly is: 'restored'; readonly from: string };

export interface FailedFact extends Evidence {
  readonly is: 'failed';
  readonly by: string;
  readonly instance: InstanceName;
  /** How many retries came before. */
  readonly attempt: number;
  /** Another instance of the version served meanwhile: only this instance failed. */
  readonly replacement?: true;
  /** The gate of an author that failed it, `<phase>/<name>`. */
  readonly gate?: string;
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
  /** status.replicas: all pods that exist, of any template. */
  readonly pods: number;
  /** Pods that are being deleted. Counted only for Apps with overlap: Never; else 0. */
  readonly leaving: number;
  /** Hash of its spec as it is now; equal to the published one if nobody changed it. */
  readonly specHash: string;
  /** Ports that its containers declare, native sidecars among them. */
  readonly ports: readonly ContainerPort[];
  /** Config objects of its version that its pods read. */
  readonly configs: readonly string[];
  /** How many of its images are named by digest. */
  readonly digests: number;
  /** Which pods it has, and that something about one has changed; kept only for Apps whose images are watched, else ''. */
  readonly members: string;
  /** Labels of its pods. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** What the Deployment controller complains about, in its own words; empty if it does not. */
  readonly complaint: string;
  /** ReplicaSets and pods that somebody may have changed (too many, written by others, a generation above 1): a reason to read them live. */
  readonly touched: readonly string[];
}

/** What only all Apps together show. */
export interface Fleet {
  readonly apps: number;
  /** Other Apps with an instance that was found compromised within the last five minutes. */
  readonly compromised: number;
  /** Why the circuit breaker is open: nothing compromised is replaced, in any App, until a human closes it; '' while it is closed. */
  readonly breaker: string;
  /** Why no promotion begins in any App, as somebody wrote it on the Lease; '' while they do. */
  readonly line: string;
  readonly enforcement: Enforcement;
  /** Who may be asked for a measurement, as the platform defines them; none if it defines none. */
  readonly gateSources?: readonly GateSource[];
}

/** A metrics server or a receiver of webhooks that a gate may name. `namespaces`: of the Apps that may; undefined for all. */
export interface GateSource {
  readonly name: string;
  readonly namespaces: readonly string[] | undefined;
}

export const isFor = ({ namespaces }: GateSource, namespace: string): boolean => namespaces?.includes(namespace) ?? true;

/** Whether the admission policies are in force, by the last probe. */
export type Enforcement =
  | { readonly is: 'unknown' }
  /** `refused`: the user name of the cluster's own controllers, if the policies do not know it. */
  | { readonly is: 'enforced'; readonly revision: number; readonly refused?: string }
  /** `outdated`: the policies exist, but are older than this operator needs. */
  | { readonly is: 'detect only'; readonly why: string; readonly outdated: boolean };

/** A PodDisruptionBudget: one of ours, or anybody's in the namespace. */
export interface BudgetSeen extends Seen {
  /** How many disruptions it allows, in one word. */
  readonly allows: string;
  /** Its selector as written; undefined selects nothing. */
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
  /** Who else owns fields of its selector, from managedFields, the last one first. */
  readonly writers: readonly Writer[];
  /** Who else wrote the annotation that records the switch, from managedFields. */
  readonly stampedBy: readonly string[];
  /** The endpoints in the slices of the EndpointSlice controller. */
  readonly endpoints: readonly EndpointSeen[];
}

/** A field manager of a Service's selector. */
export interface Writer {
  readonly by: string;
  /** By server-side apply: the selector is in its manifest. */
  readonly applied: boolean;
}

/** A Service that is neither in spec nor ours: only its selector matters, and whether it could be switched. */
export type Neighbour = Pick<ServiceSeen, 'name' | 'selector' | 'headless' | 'publishNotReadyAddresses'>;

/** A port that a container declares. */
export interface ContainerPort {
  readonly name: string;
  readonly number: number;
  readonly protocol: string;
}

export interface EndpointSeen {
  readonly ready: boolean;
  /** No container of the pod has the port that the Service sends traffic to: it gets none, even if it is ready. */
  readonly dark?: true;
  /** The pod, by name. */
  readonly pod: string;
  /** The instance that owns the pod (pod → ReplicaSet → Deployment, by uid); undefined for a foreign pod. */
  readonly instance: InstanceName | undefined;
  /** Of a foreign pod: it has no owner, or its Deployment does not exist. `unknown`: its owners may only not have been seen yet. */
  readonly origin: 'bare' | 'elsewhere' | 'unknown';
}

/** A write that failed and is not tried again for now. */
export interface Refused {
  /** What is reported; undefined while it may pass in a moment. */
  readonly finding: { readonly reason: Reason; readonly message: string } | undefined;
  /** Only a change by a human or in the cluster helps; otherwise it may pass by itself. */
  readonly lasting: boolean;
}

/** Since when something has had its present value. In memory only: a restart starts the clock anew, which delays things and is safe. */
export type Notes = Readonly<Record<string, { readonly value: string; readonly since: number }>>;

export interface Snapshot {
  readonly key: AppKey;
  readonly app: App | Tombstone;
  readonly records: readonly RecordSeen[];
  readonly factsSeen: readonly FactSeen[];
  readonly configs: readonly ConfigSeen[];
  readonly instances: readonly InstanceSeen[];
  /** Services that spec.services names, and those with our label. */
  readonly services: readonly ServiceSeen[];
  /** Ours, and all in the namespace that belong to no App. */
  readonly budgets: readonly BudgetSeen[];
  /** Other Services in the namespace that may select our pods. */
  readonly neighbours: readonly Neighbour[];
  /** ConfigMaps that this process wrote, or whose content it verified: uids by name. */
  readonly verified: ReadonlyMap<string, string>;
  /** Names (`Kind/name`) that a create found taken by something that is not ours. */
  readonly taken: ReadonlySet<string>;
  /** The existing ones among the ConfigMaps that the template refers to. */
  readonly sources: readonly SourceSeen[];
  /** Answers to questions of earlier decisions, in this process. Absent means not asked yet. */
  readonly answers: Answers;
  /** How many other Apps are rolling out a ConfigMap-only change. */
  readonly candidates: number;
  readonly fleet: Fleet;
  /** Since when a watch may have missed events, in ms since the epoch; absent while the API server tells of everything. */
  readonly interruptedAt?: number;
  /** The namespace is being terminated. */
  readonly ending: boolean;
  /** Writes that failed and are not to be tried again yet, by `writeOf`. */
  readonly refusals: ReadonlyMap<string, Refused>;
  /** The passes over this App repeat their writes and do not end. */
  readonly failure: { readonly reason: Reason; readonly message: string } | undefined;
  readonly notes: Notes;
}
