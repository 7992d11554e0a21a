// One kind's objects as last seen: by uid, under an index, never going backwards. Decides which of two observations of an object is
// the newer; knows nothing about any kind.

export interface Entry {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly deleting: boolean;
}

/** What a watch pours into. `begin` opens a full list, `end` closes it: what was not put in between is gone. */
export interface Sink {
  begin(): void;
  put(raw: object): void;
  drop(raw: object): void;
  end(): void;
}

export interface Table<T extends Entry> {
  readonly sink: Sink;
  get(uid: string): T | undefined;
  indexed(key: string): { readonly value: T }[];
  values(): T[];
  /** Gone by our own hand: older news of this uid is not believed. */
  forget(uid: string): void;
  amend(uid: string, change: (value: T) => T): void;
}

export interface Shape<T extends Entry> {
  project(raw: unknown, before: T | undefined): T;
  index(value: T): readonly string[];
  changed(value: T, gone: boolean): void;
}

interface Row<T> {
  value: T;
  list: number;
}

export function table<T extends Entry>({ project, index, changed }: Shape<T>): Table<T> {
  const rows = new Map<string, Row<T>>();
  const byKey = new Map<string, Set<Row<T>>>();
  /** Deleted by us; until the watch says so too, it may still tell older stories about them. */
  const buried = new Set<string>();
  let list = 0;

  const unlink = (row: Row<T>): void => {
    for (const key of index(row.value)) {
      const set = byKey.get(key);
      set?.delete(row);
      if (set?.size === 0) byKey.delete(key);
    }
  };
  const link = (row: Row<T>): void => {
    for (const key of index(row.value)) {
      const set = byKey.get(key);
      if (set === undefined) byKey.set(key, new Set([row]));
      else set.add(row);
    }
  };
  const remove = (uid: string): void => {
    const row = rows.get(uid);
    if (row === undefined) return;
    rows.delete(uid);
    unlink(row);
    changed(row.value, true);
  };
  const store = (uid: string, value: T): void => {
    const row = rows.get(uid);
    if (row !== undefined) unlink(row);
    const next = row ?? { value, list };
    next.value = value;
    next.list = list;
    rows.set(uid, next);
    link(next);
    changed(value, false);
  };

  const put = (raw: object): void => {
    const { uid, resourceVersion, deletionTimestamp } = identity(raw);
    if (buried.has(uid) && deletionTimestamp === undefined) return;
    const row = rows.get(uid);
    if (row !== undefined) {
      row.list = list;
      if (!newer(resourceVersion, row.value.resourceVersion)) return;
    }
    store(uid, project(raw, row?.value));
  };

  return {
    sink: {
      begin: () => {
        list++;
      },
      put,
      drop: (raw) => {
        const { uid } = identity(raw);
        buried.delete(uid);
        remove(uid);
      },
      end: () => {
        buried.clear();
        for (const [uid, row] of [...rows]) if (row.list !== list) remove(uid);
      },
    },
    get: (uid) => rows.get(uid)?.value,
    indexed: (key) => [...(byKey.get(key) ?? [])],
    values: () => [...rows.values()].map(({ value }) => value),
    forget: (uid) => {
      buried.add(uid);
      remove(uid);
    },
    amend: (uid, change) => {
      const row = rows.get(uid);
      if (row !== undefined) store(uid, change(row.value));
    },
  };
}

function identity(raw: object): { uid: string; resourceVersion: string; deletionTimestamp: string | undefined } {
  const { metadata } = raw as { metadata?: { uid?: string; resourceVersion?: string; deletionTimestamp?: string } };
  return { uid: metadata?.uid ?? '', resourceVersion: metadata?.resourceVersion ?? '', deletionTimestamp: metadata?.deletionTimestamp };
}

/** Resource versions of one resource are ordered integers (Kubernetes guarantees it since 1.35). Equal is not newer. */
export const newer = (a: string, b: string): boolean => (a.length === b.length ? a > b : a.length > b.length);
