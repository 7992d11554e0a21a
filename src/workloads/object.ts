// How objects are read and owned, the same for every kind.
import type { OwnerReference } from '../model/object.ts';
import type { Owner, RecordSeen, Seen } from '../model/observed.ts';
import type { Obj } from '../model/json.ts';
import { list, obj, text } from '../model/json.ts';
import type { AppKey } from '../model/version.ts';
import { appKey } from '../model/version.ts';
import { LABEL } from '../model/vocabulary.ts';

/** The label that the Deployment controller sets on each ReplicaSet and its pods, whatever the template says. */
export const TEMPLATE_HASH = 'pod-template-hash';

/** The fields that every kind's projection begins with. */
export function project(raw: unknown): Seen {
  const metadata = obj(obj(raw).metadata);
  return {
    name: text(metadata.name),
    uid: text(metadata.uid),
    resourceVersion: text(metadata.resourceVersion),
    owner: ownerOf(list(metadata.ownerReferences)),
    createdAt: Date.parse(text(metadata.creationTimestamp)) || 0,
    deleting: metadata.deletionTimestamp !== undefined,
  };
}

/** The App that an object's label names, if any. */
export function appsOf(raw: unknown): AppKey[] {
  const { namespace, labels } = obj(obj(raw).metadata);
  const app = text(obj(labels)[LABEL.app]);
  return app === '' ? [] : [appKey(text(namespace), app)];
}

function ownerOf(references: readonly Obj[]): Owner | undefined {
  const found = references.find(({ controller }) => controller === true) ?? references[0];
  return found && { kind: text(found.kind), name: text(found.name), uid: text(found.uid) };
}

/** Config objects and facts are owned by their record: the garbage collector deletes them with it. */
export const recordOwner = ({ name, uid }: Pick<RecordSeen, 'name' | 'uid'>): OwnerReference => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  name,
  uid,
  controller: true,
  blockOwnerDeletion: false,
});
