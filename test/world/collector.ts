// The garbage collector: what has lost all its owners goes, what has lost some forgets them, what is orphaned belongs to nobody.
import { ownedBy } from './actors.ts';
import type { Store, Stored, StoredKind } from './store.ts';

export const lostOwners = (store: Store, { metadata }: Stored): number =>
  (metadata.ownerReferences ?? []).filter(({ uid }) => !store.exists(uid)).length;

export function collect(store: Store): void {
  for (const kind of [...COLLECTED]) {
    for (const object of store.list(kind)) {
      const { namespace, name, finalizers, deletionTimestamp, ownerReferences } = object.metadata;
      if (finalizers?.includes('orphan') === true && deletionTimestamp !== undefined) disown(store, object);
      const lost = lostOwners(store, object);
      if (lost > 0 && lost === ownerReferences?.length) store.remove('collector', kind, namespace, name);
      else if (lost > 0) forget(store, object, (uid) => !store.exists(uid));
    }
  }
}

const COLLECTED: readonly StoredKind[] = [
  'ImmutableApp',
  'ControllerRevision',
  'ConfigMap',
  'Deployment',
  'PodDisruptionBudget',
  'Service',
  'EndpointSlice',
  'ReplicaSet',
  'Pod',
];

/** `--cascade=orphan`: what the owner leaves behind belongs to nobody. */
function disown(store: Store, owner: Stored): void {
  const { namespace, name, uid } = owner.metadata;
  for (const kind of COLLECTED)
    for (const object of store.list(kind)) if (ownedBy(object, uid)) forget(store, object, (other) => other === uid);
  store.update('collector', owner.kind as StoredKind, namespace, name, (draft) => {
    draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((finalizer) => finalizer !== 'orphan');
  });
}

export function forget(store: Store, { kind, metadata }: Stored, owner: (uid: string) => boolean): void {
  store.update('collector', kind as StoredKind, metadata.namespace, metadata.name, (draft) => {
    draft.metadata.ownerReferences = (draft.metadata.ownerReferences ?? []).filter(({ uid }) => !owner(uid));
  });
}
