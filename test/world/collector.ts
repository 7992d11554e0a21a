// The garbage collector: what has lost all its owners goes, what has lost some forgets them, what is orphaned belongs to nobody.
import { ownedBy } from './actors.ts';
import type { Store, Stored, StoredKind } from './store.ts';
import type { Time } from './time.ts';

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
  'Job',
  'Pod',
];

/** The namespace controller: it deletes kind by kind, in any order, until nothing is left. */
export function terminate(store: Store, time: Time, namespace: string, first: readonly StoredKind[]): void {
  store.terminating.add(namespace);
  const kinds = [...first, ...COLLECTED.toReversed().filter((kind) => !first.includes(kind))];
  const sweep = (): void => {
    const left = kinds.filter((kind) => store.list(kind).some(({ metadata }) => metadata.namespace === namespace));
    for (const [i, kind] of left.entries())
      time.after(i * KIND_MS, () => {
        for (const { metadata } of store.list(kind))
          if (metadata.namespace === namespace) store.remove('collector', kind, namespace, metadata.name);
      });
    if (left.length > 0) time.after(left.length * KIND_MS, sweep);
  };
  sweep();
}

/** Longer than in life, so that whoever looks sees what is half gone. */
const KIND_MS = 700;

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
