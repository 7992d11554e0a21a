// Kubernetes objects as they are sent and received.
import { API_VERSION, KIND } from './vocabulary.ts';

export interface Meta {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
  readonly blockOwnerDeletion: boolean;
}

/** The App as controlling owner: when it is deleted, the garbage collector deletes what it owns. */
export const appOwner = ({ name, uid }: { readonly name: string; readonly uid: string }): OwnerReference => ({
  apiVersion: API_VERSION,
  kind: KIND,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

/** A Kubernetes object as it is sent and received. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Meta;
  readonly [field: string]: unknown;
}

/** A JSON merge patch that is also a compare-and-swap. */
export interface SwapPatch {
  readonly metadata: { readonly resourceVersion: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** Kinds that are created once and never changed. */
export type PublishedKind = 'ControllerRevision' | 'ConfigMap' | 'Deployment' | 'PodDisruptionBudget';
