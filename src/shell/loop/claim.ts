// A create found its name taken. Names are derived from content, so the object may be ours, from an earlier try, or somebody else's. Every
// answer goes into the cache.
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, PublishedKind } from '../../model/object.ts';
import type { Result } from '../../model/failure.ts';
import { failure } from '../../model/failure.ts';
import { list, obj } from '../../model/json.ts';
import type { Snapshot } from '../../model/observed.ts';
import { factIn } from '../../workloads/fact.ts';
import { appsOf, project } from '../../workloads/object.ts';
import { projectRevision } from '../../workloads/record.ts';
import type { Cache } from '../store/cache.ts';
import type { Kube } from '../api/kube.ts';

interface Claiming {
  readonly kube: Pick<Kube, 'read'>;
  readonly cache: Cache;
  readonly seen: Snapshot;
}

/** A create that finds its own object has succeeded before. Any other object only occupies the name. */
export async function claim({ kube, cache, seen }: Claiming, kind: PublishedKind, object: KubeObject): Promise<Result<unknown>> {
  const { namespace, name, ownerReferences } = object.metadata;
  const existing = await kube.read(kind, namespace, name);
  if (existing.is === 'failure') return existing.kind === 'Gone' ? failure('Conflict', existing.message, existing.status) : existing;
  const { deletionTimestamp, ownerReferences: owners } = obj(obj(existing.value).metadata);
  if (deletionTimestamp !== undefined) return failure('Transient', `${kind} ${name} is still being deleted`, 409);
  const ours = list(owners).some(({ uid }) => uid === ownerReferences?.[0]?.uid) && appsOf(existing.value).includes(seen.key);
  if (ours && says(kind, existing.value, object)) {
    if (kind === 'ConfigMap') verify(cache, seen, existing.value);
    return learn(cache, kind, existing);
  }
  cache.memory(seen.key).taken.add(`${kind}/${name}`);
  return failure('Conflict', `${kind} ${name} exists and is not what it should be`);
}

/** Quick checks that an existing object is ours and not forged. Instances are compared later. */
function says(kind: PublishedKind, existing: unknown, wanted: KubeObject): boolean {
  if (kind === 'ConfigMap') {
    const { data, binaryData, immutable } = obj(existing);
    return immutable === true && isDeepStrictEqual([obj(data), obj(binaryData)], [obj(wanted.data), obj(wanted.binaryData)]);
  }
  if (kind !== 'ControllerRevision') return true;
  const revision = projectRevision(existing);
  // A fact of the same kind: an earlier one of ours, whose answer was lost, may have another wording.
  return revision.is === 'fact' ? revision.fact?.is === factIn(obj(wanted.data).fact)?.is : revision.authentic;
}

/** Notes a ConfigMap that this process wrote, or whose content it verified. */
export function verify(cache: Cache, seen: Snapshot, config: unknown): void {
  const { name, uid } = project(config);
  cache.memory(seen.key).verified.set(name, uid);
}

export function learn(cache: Cache, kind: PublishedKind | 'Service', result: Result<unknown>): Result<unknown> {
  if (result.is === 'ok') cache.observe(kind, result.value);
  return result;
}
