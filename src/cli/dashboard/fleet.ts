// All Apps that the user may see, as they change: one list and one watch, begun anew whenever it breaks. Says since when it hears nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { fullName, newest, title, type AppObject } from '../apps.ts';
import type { Change, Cluster } from '../cluster.ts';
import { wantsOf } from '../commands/top.ts';
import { Complaint } from '../exit.ts';
import { overview } from '../overview.ts';
import { lookUp } from '../reasons.ts';

/** What the list of Apps shows of one: 10,000 of them are in the browser at once. */
export interface Row {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly serves?: string;
  readonly since?: string;
  readonly pods: string;
  readonly newest?: string;
  /** Of the traffic, what the newest has by a ladder. */
  readonly share?: string;
  readonly state: string;
  readonly tone: string;
  /** Why a person has to come, and since when one has been waited for. */
  readonly want?: string;
  readonly why?: string;
  readonly wantedSince?: string;
  readonly revision: string;
}

export interface News {
  /** Everything there is, instead of what changed. */
  readonly all: boolean;
  readonly rows: readonly Row[];
  readonly gone: readonly string[];
}

export interface Stale {
  readonly since: number;
  readonly why: string;
}

export interface Listener {
  news(news: News): void;
  stale(stale: Stale | undefined): void;
}

const UNKNOWN = { is: 'unknown', message: '' } as const;

/** What waits for a person is never green, however well it serves. */
function toneOf(reason: string, isWanted: boolean): string {
  const tone = lookUp(reason)?.tone ?? 'yellow';
  return isWanted && tone === 'green' ? 'yellow' : tone;
}

export function rowOf(app: AppObject): Row {
  const { serves, state } = overview(app);
  const latest = newest(app);
  const [want] = wantsOf([app], false, UNKNOWN);
  return {
    key: fullName(app),
    namespace: app.metadata.namespace,
    name: app.metadata.name,
    ...(serves === undefined ? {} : { serves: serves.called }),
    ...(serves?.since === undefined ? {} : { since: serves.since }),
    pods: serves === undefined ? '' : `${serves.pods.ready}/${serves.pods.desired}`,
    ...(latest === undefined || latest.id === app.status?.activeVersion ? {} : { newest: title(latest) }),
    ...(app.status?.share === undefined ? {} : { share: app.status.share }),
    state,
    tone: toneOf(want?.want ?? state, want !== undefined),
    ...(want === undefined ? {} : { want: want.want, why: want.why }),
    ...(want?.since === undefined ? {} : { wantedSince: want.since }),
    revision: app.metadata.resourceVersion,
  };
}

/** The first change is told at once; what comes so soon after it, together. */
const GATHER_MS = 100;
/** The API server sends a bookmark every minute, if nothing else: after this long without a word nobody is there. */
const SILENT_MS = 150_000;
const AGAIN_MS = 1_000;
const AGAIN_AT_MOST_MS = 10_000;

export class Fleet {
  readonly #rows = new Map<string, Row>();
  readonly #listeners = new Set<Listener>();
  readonly #changed = new Set<string>();
  readonly #cluster: Cluster;
  readonly #namespace: string | undefined;
  readonly #now: () => number;
  #heard: number;
  #stale: Stale | undefined;
  #told = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(cluster: Cluster, namespace: string | undefined, now: () => number) {
    this.#cluster = cluster;
    this.#namespace = namespace;
    this.#now = now;
    this.#heard = now();
  }

  /** What is there now. */
  rows(): Iterable<Row> {
    return this.#rows.values();
  }

  /** What is there first, then what comes; returns how to leave. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    listener.news({ all: true, rows: [...this.#rows.values()], gone: [] });
    listener.stale(this.#stale);
    return () => void this.#listeners.delete(listener);
  }

  /** Until `signal` aborts. Rejects only if the first list does; `ready` is called after it. */
  async follow(signal: AbortSignal, ready: () => void): Promise<void> {
    const stopped = (): boolean => signal.aborted;
    for (let [begun, again] = [false, AGAIN_MS]; !stopped();) {
      try {
        await this.#once(signal, () => {
          if (!begun) ready();
          [begun, again] = [true, AGAIN_MS];
        });
        continue;
      } catch (error) {
        if (stopped()) return;
        if (!begun || !(error instanceof Complaint)) throw error;
        this.#breaks(error.message);
      }
      await delay(again, undefined, { signal }).catch(() => undefined);
      again = Math.min(again * 2, AGAIN_AT_MOST_MS);
    }
  }

  async #once(signal: AbortSignal, listed: () => void): Promise<void> {
    const silence = new AbortController();
    const hangUp = (): void => {
      silence.abort();
    };
    let timer = setTimeout(hangUp, SILENT_MS);
    const either = AbortSignal.any([signal, silence.signal]);
    const seen = new Set<string>();
    let isListed = false;
    try {
      for await (const change of this.#cluster.watch<AppObject>('ImmutableApp', this.#namespace, {}, either)) {
        if (change.type === 'ERROR') return; // it has forgotten where we were: once more from the list
        clearTimeout(timer);
        timer = setTimeout(hangUp, SILENT_MS);
        this.#heard = this.#now();
        if (change.type !== 'BOOKMARK') this.#take(change);
        if (isListed) continue;
        if (change.type !== 'BOOKMARK') {
          seen.add(fullName(change.object));
          continue;
        }
        isListed = true;
        for (const key of this.#rows.keys()) if (!seen.has(key)) this.#drop(key);
        this.#tell();
        this.#lives();
        listed();
      }
    } finally {
      clearTimeout(timer);
    }
    if (silence.signal.aborted) throw new Complaint('the API server has said nothing for too long');
  }

  #take({ type, object }: Change<AppObject>): void {
    const key = fullName(object);
    if (type === 'DELETED') {
      this.#drop(key);
      return;
    }
    if (this.#rows.get(key)?.revision === object.metadata.resourceVersion) return;
    this.#rows.set(key, rowOf(object));
    this.#changes(key);
  }

  #drop(key: string): void {
    this.#rows.delete(key);
    this.#changes(key);
  }

  #changes(key: string): void {
    this.#changed.add(key);
    const wait = Math.min(GATHER_MS, Math.max(0, this.#told + GATHER_MS - this.#now()));
    this.#timer ??= setTimeout(() => {
      this.#tell();
    }, wait);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#changed.size === 0) return;
    this.#told = this.#now();
    const rows = [...this.#changed].flatMap((key) => this.#rows.get(key) ?? []);
    const gone = [...this.#changed].filter((key) => !this.#rows.has(key));
    this.#changed.clear();
    for (const each of this.#listeners) each.news({ all: false, rows, gone });
  }

  #breaks(why: string): void {
    this.#stale = { since: this.#stale?.since ?? this.#heard, why };
    for (const each of this.#listeners) each.stale(this.#stale);
  }

  #lives(): void {
    if (this.#stale === undefined) return;
    this.#stale = undefined;
    for (const each of this.#listeners) each.stale(undefined);
  }
}
