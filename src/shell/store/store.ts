// The objects of one kind as last seen: by uid, with an index, never going back to an older state. Decides which of two observations of an object is
// newer; knows nothing about any kind.
import { intern } from './intern.ts';
import type { Sink } from '../api/watch.ts';

export interface Entry {
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface Shape<T extends Entry> {
  project(raw: unknown, before: T | undefined): T;
  /** Keys under which the object is found. */
  index(value: T): readonly string[];
  changed(value: T, gone: boolean, before: T | undefined): void;
  /** Whether a newer observation shows nothing new: then no App is woken. */
  same?(before: T, after: T): boolean;
}

interface Row<T> {
  value: T;
  namespace: string;
  /** The list that was under way when it was last seen. */
  list: number;
}

export class Store<T extends Entry> implements Sink {
  readonly #shape: Shape<T>;
  readonly #rows = new Map<string, Row<T>>();
  /** A set only where there are several: most keys of most kinds have one row, and a set costs more than a row. */
  readonly #byKey = new Map<string, Row<T> | Set<Row<T>>>();
  /** Objects that we deleted, with their namespaces: until the watch reports the deletion, it may still send older events about them. */
  readonly #tombstones = new Map<string, string>();
  /** Counts lists, whichever watch began them. */
  #list = 0;
  /** The list that each watch began last, by its namespace. */
  readonly #begun = new Map<string, number>();

  constructor(shape: Shape<T>) {
    this.#shape = shape;
  }

  begin(namespace = ''): void {
    this.#begun.set(namespace, ++this.#list);
  }

  put(raw: object): void {
    const { uid, namespace, resourceVersion, deletionTimestamp } = identity(raw);
    if (this.#tombstones.has(uid) && deletionTimestamp === undefined) return;
    const row = this.#rows.get(uid);
    if (row !== undefined) {
      row.list = this.#list;
      if (!newer(resourceVersion, row.value.resourceVersion)) return;
    }
    this.#store(uid, namespace, this.#shape.project(raw, row?.value));
  }

  drop(raw: object): void {
    const { uid } = identity(raw);
    this.#tombstones.delete(uid);
    this.#remove(uid);
  }

  end(namespace = ''): void {
    const begun = this.#begun.get(namespace) ?? 0;
    const concerns = (place: string): boolean => namespace === '' || place === namespace;
    for (const [uid, place] of [...this.#tombstones]) if (concerns(place)) this.#tombstones.delete(uid);
    for (const [uid, row] of [...this.#rows]) if (concerns(row.namespace) && row.list < begun) this.#remove(uid);
  }

  get(uid: string): T | undefined {
    return this.#rows.get(uid)?.value;
  }

  indexed(key: string): T[] {
    const found = this.#byKey.get(key);
    if (found === undefined) return [];
    return found instanceof Set ? [...found].map(({ value }) => value) : [found.value];
  }

  all(): T[] {
    return [...this.#rows.values()].map(({ value }) => value);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** We deleted it: older events about this uid are ignored. */
  forget(uid: string): void {
    this.#tombstones.set(uid, this.#rows.get(uid)?.namespace ?? '');
    this.#remove(uid);
  }

  amend(uid: string, change: (value: T) => T): void {
    const row = this.#rows.get(uid);
    if (row !== undefined) this.#store(uid, row.namespace, change(row.value));
  }

  #store(uid: string, namespace: string, value: T): void {
    const row = this.#rows.get(uid) ?? { value, namespace, list: this.#list };
    const before = this.#rows.has(uid) ? row.value : undefined;
    if (this.#rows.has(uid)) this.#unlink(row);
    intern(value);
    row.value = value;
    row.list = this.#list;
    this.#rows.set(uid, row);
    for (const key of this.#shape.index(value)) {
      const found = this.#byKey.get(key);
      if (found === undefined) this.#byKey.set(key, row);
      else if (found instanceof Set) found.add(row);
      else if (found !== row) this.#byKey.set(key, new Set([found, row]));
    }
    if (before === undefined || this.#shape.same?.(before, value) !== true) this.#shape.changed(value, false, before);
  }

  #remove(uid: string): void {
    const row = this.#rows.get(uid);
    if (row === undefined) return;
    this.#rows.delete(uid);
    this.#unlink(row);
    this.#shape.changed(row.value, true, row.value);
  }

  #unlink(row: Row<T>): void {
    for (const key of this.#shape.index(row.value)) {
      const found = this.#byKey.get(key);
      if (found instanceof Set) found.delete(row);
      if (found === row || (found instanceof Set && found.size === 0)) this.#byKey.delete(key);
    }
  }
}

interface Identity {
  readonly uid: string;
  readonly namespace: string;
  readonly resourceVersion: string;
  readonly deletionTimestamp: string | undefined;
}

function identity(raw: object): Identity {
  const { metadata = {} } = raw as { metadata?: Partial<Identity> };
  const { uid = '', namespace = '', resourceVersion = '', deletionTimestamp } = metadata;
  return { uid, namespace, resourceVersion, deletionTimestamp };
}

/** Resource versions of one resource are ordered integers (Kubernetes guarantees it since 1.35). Equal is not newer. */
export const newer = (a: string, b: string): boolean => (a.length === b.length ? a > b : a.length > b.length);
