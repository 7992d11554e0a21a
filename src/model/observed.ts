// The read model: everything one decision may look at, as frozen plain data. Absence is a value. Whoever fills it (shell/cache.ts)
// has already thrown away what no decision needs.
import type { App, SpecInvalid } from './app.ts';
import type { Reason } from './vocabulary.ts';
import type { AppKey, Fingerprint, InstanceName, VersionId } from './version.ts';

export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

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
  readonly seal: string;
  /** Order of minting, from 1. */
  readonly revision: number;
  readonly images: readonly string[];
  /** Names of its config objects' configs. */
  readonly configs: readonly string[];
}

/** A fact about a version that must outlive status. */
export interface AnnexSeen extends Seen {
  readonly is: 'annex';
  readonly id: VersionId;
  readonly fact: Fact;
}

/** What an annex says. `pointer` is the activeVersion in force when it was written. */
export type Fact =
  | { readonly verdict: 'held'; readonly pointer: string }
  | { readonly verdict: 'failed'; readonly pointer: string; readonly instance: string; readonly reason: string; readonly message: string };

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
  /** Seal of the spec as it is now, or of the spec as published, when nobody touched it. */
  readonly seal: string;
  /** Names of the ports its containers declare. */
  readonly portNames: readonly string[];
  /** Labels of its pods. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** What the Deployment controller complains about, in its words; empty when it does not. */
  readonly complaint: string;
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
  /** What its EndpointSlices list, of the EndpointSlice controller only. */
  readonly endpoints: readonly EndpointSeen[];
}

export interface PortSeen {
  readonly name: string;
  readonly port: number;
  readonly targetPort: string | number;
}

export interface EndpointSeen {
  readonly ready: boolean;
  /** The instance whose pod it is (pod → ReplicaSet → our Deployment's uid); undefined for any other. */
  readonly instance: InstanceName | undefined;
}

/** What the API server said to a dry-run of a version's Deployment. */
export type Trial =
  | { readonly is: 'accepted'; readonly fingerprint: Fingerprint; readonly seal: string; readonly at: number }
  | { readonly is: 'refused'; readonly fingerprint: Fingerprint; readonly message: string; readonly at: number };

/** Since when a fact has had its present value. Kept in memory only: after a restart everything starts afresh, late is safe. */
export type Notes = Readonly<Record<string, { readonly value: string; readonly since: number }>>;

export interface Snapshot {
  readonly key: AppKey;
  readonly app: App | SpecInvalid;
  readonly records: readonly RecordSeen[];
  readonly annexes: readonly AnnexSeen[];
  readonly configs: readonly ConfigSeen[];
  readonly instances: readonly InstanceSeen[];
  /** Those that spec.services names and those that carry our label. */
  readonly services: readonly ServiceSeen[];
  /** Answer to the last dry-run, if this process made one for the present content. */
  readonly trial: Trial | undefined;
  /** Canonical content of versions other than Latest, read from their records on request. */
  readonly recalled: ReadonlyMap<VersionId, string>;
  /** Names (as `Kind/name`) that a create found held by something not ours. */
  readonly taken: ReadonlySet<string>;
  /** The last action for this App failed in a way that only a human or the cluster can mend. */
  readonly failure: { readonly reason: Reason; readonly message: string } | undefined;
  readonly notes: Notes;
}
