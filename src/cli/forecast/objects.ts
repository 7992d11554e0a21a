// The objects of one namespace as a forecast imagines them: created, changed and deleted as the API server would, from what there really is.
// Decides nothing; whoever listens hears of every change.
import type { Obj } from '../../model/json.ts';
import { list, obj, text } from '../../model/json.ts';

export interface Thing extends Obj {
  readonly kind: string;
  readonly metadata: ThingMeta;
}

interface ThingMeta extends Obj {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
}

/** `object`: as it is now, or as it was last. */
export type News = (object: Thing, gone: boolean) => void;

export class Objects {
  readonly #things = new Map<string, Thing>();
  readonly #listeners: News[] = [];
  readonly #now: () => number;
  #version = 1;

  constructor(now: () => number) {
    this.#now = now;
  }

  listen(listener: News): void {
    this.#listeners.push(listener);
  }

  /** What is there already. */
  seed(objects: readonly Thing[]): void {
    for (const object of objects) this.#version = Math.max(this.#version, Number(object.metadata.resourceVersion) || 0);
    for (const object of objects) this.#keep(object);
  }

  get(kind: string, name: string): Thing | undefined {
    return this.#things.get(keyOf(kind, name));
  }

  list(kind: string): readonly Thing[] {
    return [...this.#things.values()].filter((object) => object.kind === kind);
  }

  byUid(uid: string): Thing | undefined {
    return [...this.#things.values()].find((object) => object.metadata.uid === uid);
  }

  /** undefined if the name is taken. */
  create(kind: string, object: Obj): Thing | undefined {
    const metadata = obj(object.metadata);
    if (this.get(kind, text(metadata.name)) !== undefined) return undefined;
    const serial = String(++this.#version);
    const created = {
      ...object,
      kind,
      metadata: {
        ...metadata,
        uid: `forecast-${serial}`,
        resourceVersion: serial,
        generation: 1,
        creationTimestamp: new Date(this.#now()).toISOString(),
      },
    } as unknown as Thing;
    this.#keep(created);
    return created;
  }

  /** A change of anything but status is another generation. */
  update(object: Thing, change: Obj, part: 'spec' | 'status' | 'metadata' = 'spec'): Thing {
    const { metadata } = object;
    const generation = metadata.generation + (part === 'spec' ? 1 : 0);
    const changed = {
      ...object,
      ...change,
      metadata: { ...metadata, ...obj(change.metadata), generation, resourceVersion: String(++this.#version) },
    } as unknown as Thing;
    this.#keep(changed);
    return changed;
  }

  /** With everything that it alone owned. */
  remove(object: Thing): void {
    this.#things.delete(keyOf(object.kind, object.metadata.name));
    const gone = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    for (const listener of this.#listeners) listener(gone, true);
    for (const other of [...this.#things.values()]) {
      const owners = list(other.metadata.ownerReferences).map(({ uid }) => text(uid));
      if (owners.includes(object.metadata.uid) && owners.every((uid) => this.byUid(uid) === undefined)) this.remove(other);
    }
  }

  #keep(object: Thing): void {
    this.#things.set(keyOf(object.kind, object.metadata.name), object);
    for (const listener of this.#listeners) listener(object, false);
  }
}

const keyOf = (kind: string, name: string): string => `${kind}/${name}`;

export const ownedBy = (object: Thing, uid: string): boolean => list(object.metadata.ownerReferences).some((owner) => owner.uid === uid);
