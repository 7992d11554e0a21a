// The API server as a forecast imagines it: what the operator writes changes imagined objects only, and is written down. A dry run may ask the
// real one, which stores nothing either.
import jsonpatch from 'fast-json-patch';
import type { Failure, Result } from '../../model/failure.ts';
import { failure, ok } from '../../model/failure.ts';
import type { Obj } from '../../model/json.ts';
import { int, obj, text, texts } from '../../model/json.ts';
import type { KubeObject } from '../../model/object.ts';
import type { Source } from '../../shell/api/kube.ts';
import type { Port } from '../../shell/loop/apply.ts';
import type { Objects, Thing } from './objects.ts';

/** One write of the operator, or one thing that it told. */
export interface Write {
  readonly verb: 'create' | 'delete' | 'scale' | 'patch' | 'tell';
  readonly kind: string;
  readonly name: string;
  /** As it is afterwards; of what is deleted, as it was. */
  readonly object: Obj;
  readonly before?: Obj;
}

/** What the real API server would store of a Deployment. */
export type Rehearse = (object: KubeObject) => Promise<Result<unknown>>;

const gone = (kind: string, name: string): Failure => failure('Gone', `${kind} "${name}" not found`, 404);
const conflict = (): Failure => failure('Conflict', 'the object has been modified', 409);

export function portOn(objects: Objects, rehearse: Rehearse, wrote: (write: Write) => void): Port {
  return {
    async create(kind, object, { dryRun = false } = {}) {
      const { name } = object.metadata;
      if (kind === 'Event') wrote({ verb: 'tell', kind, name: text(object.reason), object });
      if (kind === 'Event' || kind === 'Lease') return ok(object);
      if (objects.get(kind, name) !== undefined) return failure('Exists', `${kind} "${name}" already exists`, 409);
      const stored = kind === 'Deployment' ? await rehearse(object) : ok<unknown>(object);
      if (dryRun || stored.is === 'failure') return stored;
      const { spec } = obj(stored.value);
      const created = objects.create(kind, { ...object, ...(spec === undefined ? {} : { spec }) })!;
      wrote({ verb: 'create', kind, name, object: created });
      return ok(objects.get(kind, name));
    },
    read: (kind, _namespace, name) => {
      const found = objects.get(kind, name);
      return Promise.resolve(found === undefined ? gone(kind, name) : ok(found));
    },
    list: (source, { limit }) => {
      const items = objects.list(source.kind).filter((object) => isIn(source, object));
      return Promise.resolve(ok({ items: items.slice(0, limit), resourceVersion: '0', continue: '' }));
    },
    remove: (kind, _namespace, name, uid) => {
      const found = objects.get(kind, name);
      if (found?.metadata.uid === uid) {
        wrote({ verb: 'delete', kind, name, object: found });
        objects.remove(found);
      }
      return Promise.resolve(ok(undefined));
    },
    scale: (_namespace, name, uid, replicas) => {
      const before = objects.get('Deployment', name);
      if (before === undefined) return Promise.resolve(gone('Deployment', name));
      if (before.metadata.uid !== uid) return Promise.resolve(conflict());
      const object = objects.update(before, { spec: { ...obj(before.spec), replicas } });
      wrote({ verb: 'scale', kind: 'Deployment', name, object, before });
      return Promise.resolve(ok(object));
    },
    patchService: (_namespace, name, patch) => {
      const before = objects.get('Service', name);
      if (before === undefined) return Promise.resolve(gone('Service', name));
      if (before.metadata.resourceVersion !== patch.metadata.resourceVersion) return Promise.resolve(conflict());
      const { resourceVersion: _, ...metadata } = patch.metadata;
      const object = objects.update(before, merged(before, { ...patch, metadata }), 'metadata');
      wrote({ verb: 'patch', kind: 'Service', name, object, before });
      return Promise.resolve(ok(objects.get('Service', name)));
    },
    patchStatus: (_namespace, name, operations) => {
      const found = objects.get('ImmutableApp', name);
      if (found === undefined) return Promise.resolve(gone('ImmutableApp', name));
      const [, ...changes] = structuredClone(operations) as jsonpatch.Operation[];
      const { status } = jsonpatch.applyPatch(structuredClone(found), changes).newDocument;
      return Promise.resolve(ok(objects.update(found, { status }, 'status')));
    },
  };
}

/** `a=b,c!=d` */
function isIn({ namespace, labelSelector = '' }: Source, { metadata }: Thing): boolean {
  const labels = texts(metadata.labels);
  const terms = labelSelector === '' ? [] : labelSelector.split(',');
  const meets = terms.every((term) => {
    const [label = '', value] = term.split(/!?=/);
    return (labels[label] === value) !== term.includes('!=');
  });
  return meets && (namespace === undefined || metadata.namespace === namespace);
}

/** A JSON merge patch: null takes away. */
function merged(target: Obj, patch: Obj): Obj {
  const result: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else if (typeof value === 'object' && !Array.isArray(value)) result[key] = merged(obj(result[key]), value as Obj);
    else if (value !== undefined) result[key] = value;
  }
  return result;
}

/** Pods that a Deployment asks for. */
export const sizeOf = (object: Obj): number => int(obj(object.spec).replicas, 1);
