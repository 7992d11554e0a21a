// The objects of one kind as last seen: by uid, with an index, never going back to an older state. Decides which of two observations of an object is
// newer; knows nothing about any kind.
import { intern, share } from './intern.ts';
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
  keys: readonly string[];
  namespace: string;
  /** The list that was under way when a watch last told of it, and when an answer last did: 0 for none. */
  told: number;
  answered: number;
}

export class Store<T extends Entry> implements Sink {
  readonly #shape: Shape<T>;
  readonly #rows = new Map<string, Row<T>>();
  /** A list only where there are several: most keys of most kinds have one row. */
  readonly #byKey = new Map<string, Row<T> | Row<T>[]>();
  /** Objects that we deleted, with their namespaces: until the watch reports the deletion, it may still send older events about them. */
  readonly #tombstones = new Map<string, string>();
  /** Counts lists, whichever watch began them. */
  #list = 0;
  /** The list that each watch began last, by its namespace. */
  readonly #begun = new Map<string, number>();
  /**
   * The resourceVersion of the last deletion, or whole list, that each watch has told of, by its namespace. Of everything older it has told, too: what
   * is unknown by then is gone.
   */
  readonly #gone = new Map<string, string>();

  /** What was stored last: most likely of the same App, or of one like it. */
  #last: T | undefined;

  constructor(shape: Shape<T>) {
    this.#shape = shape;
  }

  begin(namespace = ''): void {
    this.#begun.set(namespace, ++this.#list);
  }

  put(raw: object): void {
    this.#take(raw, 'told');
  }

  /** The answer to a request. It may be late, and its object gone by now. */
  learn(raw: object): void {
    const { namespace, resourceVersion } = identity(raw);
    if (newer(resourceVersion, this.#gone.get(this.#watchOf(namespace)) ?? '')) this.#take(raw, 'answered');
  }

  drop(raw: object): void {
    const { uid, namespace, resourceVersion } = identity(raw);
    this.#gone.set(this.#watchOf(namespace), resourceVersion);
    this.#tombstones.delete(uid);
    this.#remove(uid);
  }

  end(namespace = '', resourceVersion = ''): void {
    const begun = this.#begun.get(namespace) ?? 0;
    const concerns = (place: string): boolean => namespace === '' || place === namespace;
    this.#gone.set(namespace, resourceVersion);
    for (const [uid, place] of [...this.#tombstones]) if (concerns(place)) this.#tombstones.delete(uid);
    for (const [uid, { value, namespace: place, told, answered }] of [...this.#rows]) {
      const isThere = told >= begun || (answered >= begun && newer(value.resourceVersion, resourceVersion));
      if (concerns(place) && !isThere) this.#remove(uid);
    }
  }

  get(uid: string): T | undefined {
    return this.#rows.get(uid)?.value;
  }

  indexed(key: string): T[] {
    const found = this.#byKey.get(key);
    if (found === undefined) return [];
    return Array.isArray(found) ? found.map(({ value }) => value) : [found.value];
  }

  all(): T[] {
    return [...this.#rows.values()].map(({ value }) => value);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** We deleted it: older events about this uid are ignored. If the watch was faster than the answer, none will come. */
  forget(uid: string): void {
    const row = this.#rows.get(uid);
    if (row === undefined) return;
    this.#tombstones.set(uid, row.namespace);
    this.#remove(uid);
  }

  /** The answer to a request that tells a part of the object. It may be late: what is at least as new has it already. */
  amend(raw: object, change: (value: T) => T): void {
    const { uid, resourceVersion } = identity(raw);
    const row = this.#rows.get(uid);
    if (row !== undefined && newer(resourceVersion, row.value.resourceVersion)) this.#store(uid, row.namespace, change(row.value));
  }

  #take(raw: object, by: 'told' | 'answered'): void {
    const { uid, namespace, resourceVersion, deletionTimestamp } = identity(raw);
    if (this.#tombstones.has(uid) && deletionTimestamp === undefined) return;
    const row = this.#rows.get(uid);
    if (row !== undefined) {
      row[by] = this.#list;
      if (!newer(resourceVersion, row.value.resourceVersion)) return;
    }
    this.#store(uid, namespace, this.#shape.project(raw, row?.value))[by] = this.#list;
  }

  /** The namespace of the watch that tells of this one: '' if there is one watch for all. */
  #watchOf(namespace: string): string {
    return this.#begun.has(namespace) ? namespace : '';
  }

  #store(uid: string, namespace: string, value: T): Row<T> {
    const known = this.#rows.get(uid);
    const before = known?.value;
    const row = known ?? { value, keys: [], namespace, told: 0, answered: 0 };
    share(value, before ?? this.#last);
    intern(value);
    this.#last = value;
    row.value = value;
    this.#rows.set(uid, row);
    this.#link(row, this.#shape.index(value));
    if (before === undefined || this.#shape.same?.(before, value) !== true) this.#shape.changed(value, false, before);
    return row;
  }

  #remove(uid: string): void {
    const row = this.#rows.get(uid);
    if (row === undefined) return;
    this.#rows.delete(uid);
    this.#link(row, []);
    this.#shape.changed(row.value, true, row.value);
  }

  /** Most observations change no key. */
  #link(row: Row<T>, keys: readonly string[]): void {
    const before = row.keys;
    if (keys.length === before.length && keys.every((key, nth) => key === before[nth])) return;
    for (const key of before) this.#unlink(row, key);
    intern(keys);
    row.keys = keys;
    for (const key of new Set(keys)) {
      const found = this.#byKey.get(key);
      if (Array.isArray(found)) found.push(row);
      else this.#byKey.set(key, found === undefined ? row : [found, row]);
    }
  }

  #unlink(row: Row<T>, key: string): void {
    const found = this.#byKey.get(key);
    if (!Array.isArray(found)) {
      if (found === row) this.#byKey.delete(key);
      return;
    }
    const nth = found.indexOf(row);
    if (nth >= 0) found.splice(nth, 1);
    if (found.length === 1) this.#byKey.set(key, found[0]!);
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
