// Keeps every version of every object that tests look at, for a whole cluster, in the order in which they were stored: etcd counts
// all writes with one number. Tests wait on it and then assert on the complete history; nothing is concluded from silence.
import type { Admin } from './admin.ts';
import { must } from './admin.ts';
import type { Kind, Kinds, Stored } from './objects.ts';
import { KINDS, pathOf } from './objects.ts';

export interface Entry<K extends Kind = Kind> {
  readonly kind: K;
  readonly namespace: string;
  readonly name: string;
  /** The number of the write; of a deletion, that of the deletion. */
  readonly version: number;
  readonly gone: boolean;
  readonly object: Kinds[K];
  /** When it arrived here, by performance.now(). */
  readonly at: number;
}

interface List {
  readonly items: readonly Stored[];
  readonly metadata: { readonly resourceVersion: string };
}

export class Recorder {
  readonly #admin: Admin;
  readonly #stop = new AbortController();
  readonly #entries: Entry[] = [];
  readonly #current = new Map<string, Entry>();
  readonly #listeners = new Set<() => void>();
  readonly #listedAnew = new Set<Kind>();
  readonly #streams: Promise<void>[] = [];
  #broken: unknown;
  /** Settled once the API server is back; undefined unless it is sent away on purpose. */
  #absence: Promise<unknown> | undefined;

  constructor(admin: Admin) {
    this.#admin = admin;
  }

  async start(): Promise<void> {
    for (const kind of KINDS) {
      const { items, metadata } = must(await this.#admin.get<List>(pathOf(kind)));
      for (const item of items) this.#keep(kind, item, false);
      this.#streams.push(this.#follow(kind, metadata.resourceVersion));
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#streams);
  }

  /** Every version of one kind in a namespace, in the order of the writes. */
  history<K extends Kind>(kind: K, namespace: string, name?: string): Entry<K>[] {
    return this.#entries
      .filter(
        (entry): entry is Entry<K> => entry.kind === kind && entry.namespace === namespace && (name === undefined || entry.name === name),
      )
      .toSorted((a, b) => a.version - b.version);
  }

  /** What is there now, as far as it has arrived. */
  list<K extends Kind>(kind: K, namespace: string): Kinds[K][] {
    return [...this.#current.values()]
      .filter((entry): entry is Entry<K> => entry.kind === kind && entry.namespace === namespace && !entry.gone)
      .map(({ object }) => object);
  }

  find<K extends Kind>(kind: K, namespace: string, name: string): Kinds[K] | undefined {
    const entry = this.#current.get(`${kind}/${namespace}/${name}`);
    return entry === undefined || entry.gone ? undefined : (entry.object as Kinds[K]);
  }

  /** Looks again after every event until there is something to see. */
  until<T>(what: string, look: () => T | undefined | false, deadlineMs = 30_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(late);
        this.#listeners.delete(ask);
      };
      const ask = () => {
        try {
          if (this.#broken !== undefined) throw new Error('the recorder lost a watch', { cause: this.#broken });
          const seen = look();
          if (seen === undefined || seen === false) return;
          finish();
          resolve(seen);
        } catch (error) {
          finish();
          reject(new Error((error as Error).message, { cause: error }));
        }
      };
      const late = setTimeout(() => {
        finish();
        reject(new Error(`not within ${deadlineMs / 1000} s: ${what}`));
      }, deadlineMs);
      this.#listeners.add(ask);
      ask();
    });
  }

  /** Calls `on` for every event of a namespace from now on; returns how to stop that. */
  onEvent(namespace: string, on: (entry: Entry) => void): () => void {
    let next = this.#entries.length;
    const listener = () => {
      for (; next < this.#entries.length; next++) if (this.#entries[next]!.namespace === namespace) on(this.#entries[next]!);
    };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Returns once everything that had been written in a namespace before the call is in the history. */
  async settle(namespace: string): Promise<void> {
    for (const kind of KINDS) {
      const { items, metadata: list } = must(await this.#admin.get<List>(pathOf(kind, namespace)));
      const there = new Map(items.map((item) => [item.metadata.name, Number(item.metadata.resourceVersion)]));
      await this.until(`the watch of ${kind} in ${namespace} has caught up`, () => {
        const live = this.list(kind, namespace);
        const missing = [...there].some(([name, version]) => (this.#current.get(`${kind}/${namespace}/${name}`)?.version ?? 0) < version);
        // Created after the list is no tombstone.
        const ghost = live.some(
          ({ metadata }) => !there.has(metadata.name) && Number(metadata.resourceVersion) <= Number(list.resourceVersion),
        );
        return !missing && !ghost;
      });
    }
  }

  /**
   * While this lasts the API server may be away: nobody can write then, so what is listed anew afterwards leaves no hole. Returns when it has
   * been: what somebody writes after that is seen for itself.
   */
  async during(absence: Promise<void>): Promise<void> {
    this.#listedAnew.clear();
    this.#absence = absence;
    await absence;
    await this.until('every kind is listed anew', () => KINDS.every((kind) => this.#listedAnew.has(kind)));
  }

  /** Keeps what has changed since it was last seen; the number of the list. */
  async #catchUp(kind: Kind): Promise<string> {
    const { items, metadata } = must(await this.#admin.get<List>(pathOf(kind)));
    const there = new Set(items.map((item) => `${kind}/${item.metadata.namespace}/${item.metadata.name}`));
    for (const item of items) {
      const known = this.#current.get(`${kind}/${item.metadata.namespace}/${item.metadata.name}`);
      if (known?.version !== Number(item.metadata.resourceVersion)) this.#keep(kind, item, false);
    }
    for (const [key, { gone, object }] of [...this.#current]) {
      if (!key.startsWith(`${kind}/`) || gone || there.has(key)) continue;
      this.#keep(kind, { ...object, metadata: { ...object.metadata, resourceVersion: metadata.resourceVersion } }, true);
    }
    this.#tell();
    return metadata.resourceVersion;
  }

  #keep(kind: Kind, object: Stored, gone: boolean): void {
    const { namespace, name, resourceVersion } = object.metadata;
    const entry: Entry = {
      kind,
      namespace,
      name,
      version: Number(resourceVersion),
      gone,
      object: object,
      at: performance.now(),
    };
    this.#entries.push(entry);
    this.#current.set(`${kind}/${namespace}/${name}`, entry);
  }

  async #follow(kind: Kind, from: string): Promise<void> {
    let since = from;
    const stopped = () => this.#stop.signal.aborted;
    // The API server ends every watch after a while.
    while (!stopped() && this.#broken === undefined) {
      try {
        for await (const { type, object } of this.#admin.watch(pathOf(kind), since, this.#stop.signal)) {
          if (type === 'ERROR') throw new Error(JSON.stringify(object));
          since = (object as Stored).metadata.resourceVersion;
          if (type === 'BOOKMARK') continue;
          this.#keep(kind, object as Stored, type === 'DELETED');
          this.#tell();
        }
      } catch (error) {
        if (stopped()) return;
        if (this.#absence === undefined) this.#broken = error;
        else {
          since = await this.#absence.then(() => this.#catchUp(kind)).catch((cause: unknown) => ((this.#broken = cause), since));
          this.#listedAnew.add(kind);
        }
        this.#tell();
      }
    }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
