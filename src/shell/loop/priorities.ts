// The keys that wait for a worker of the queue, by priority, and those that have one.
import type { Clock } from '../clock.ts';

/**
 * Best first. Rollouts that have begun are finished before new ones begin: a version that is ready must not wait behind a thousand that are to be
 * created. Users wait for both, but not for tidying up.
 */
const PRIORITIES = ['finish', 'begin', 'tidy'] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface Load {
  /** Keys that wait for a worker; those that wait for their time are not among them. */
  readonly depth: number;
  readonly working: number;
  /** Sum over the keys being worked on now, and the longest of them. */
  readonly unfinishedSeconds: number;
  readonly longestSeconds: number;
}

/** What telemetry wants to know. Seconds, as metrics are. */
export interface QueueMeter {
  /** Called once: what to ask for the load when metrics are read. */
  ask(load: () => Load): void;
  added(): void;
  retried(): void;
  waited(seconds: number): void;
  worked(seconds: number): void;
}

interface Place {
  readonly priority: Priority;
  /** Since when it waits, or is worked on. */
  readonly at: number;
  /** When it was added first, before it gave way. */
  readonly since: number;
}

/** A key that has given way for this long gives way no more. */
const PATIENCE_MS = 60_000;

/** The keys that wait for a worker, and those that have one. */
export function keysToWork<K>(clock: Clock, meter: QueueMeter | undefined) {
  /** Keys to be worked on and when they were added: in line, or until their present work is done. */
  const dirty = new Map<K, Place>();
  const working = new Map<K, Place>();
  const lines = linesByPriority<K>();
  let finishing = 0;
  function add(key: K, priority: Priority, since = clock.monotonic()): void {
    const place = dirty.get(key);
    const moves = place === undefined || PRIORITIES.indexOf(priority) < PRIORITIES.indexOf(place.priority);
    dirty.set(key, {
      priority: moves ? priority : place.priority,
      at: place?.at ?? clock.monotonic(),
      since: Math.min(place?.since ?? since, since),
    });
    if (!moves) return;
    if (place === undefined) meter?.added();
    else lines.remove(key, place.priority);
    if (!working.has(key)) lines.push(key, priority);
  }
  return {
    add,
    giveWay(key: K): boolean {
      const { priority, since } = working.get(key)!;
      if (lines.size() === 0 || priority === 'tidy' || clock.monotonic() - since > PATIENCE_MS) return false;
      add(key, 'tidy', since);
      return true;
    },
    /** The next key, unless as many as `limit` are worked on already; half of them are kept for what has begun. */
    take(limit: number): K | undefined {
      if (working.size >= limit) return undefined;
      const key = lines.shift(working.size - finishing < Math.max(1, limit / 2));
      if (key === undefined) return undefined;
      const { priority, at, since } = dirty.get(key)!;
      const now = clock.monotonic();
      meter?.waited((now - at) / 1000);
      dirty.delete(key);
      working.set(key, { priority, at: now, since });
      if (priority === 'finish') finishing++;
      return key;
    },
    done(key: K) {
      const { priority, at } = working.get(key)!;
      meter?.worked((clock.monotonic() - at) / 1000);
      working.delete(key);
      if (priority === 'finish') finishing--;
      const again = dirty.get(key);
      if (again !== undefined) lines.push(key, again.priority);
    },
    idle: () => working.size === 0,
    load: () => loadOf(lines.size(), [...working.values()], clock.monotonic()),
  };
}

function loadOf(depth: number, working: readonly Place[], now: number): Load {
  const seconds = working.map(({ at }) => (now - at) / 1000);
  const unfinishedSeconds = seconds.reduce((sum, one) => sum + one, 0);
  return { depth, working: working.length, unfinishedSeconds, longestSeconds: Math.max(0, ...seconds) };
}

/** One turn in so many goes to new work, and one to tidying up, so that nothing starves. */
const BEGIN_EVERY = 8;
const TIDY_EVERY = 64;

function linesByPriority<K>() {
  const lines: Record<Priority, ReturnType<typeof fifo<K>>> = { finish: fifo(), begin: fifo(), tidy: fifo() };
  let turn = 0;
  return {
    size: () => PRIORITIES.reduce((sum, priority) => sum + lines[priority].size(), 0),
    push(key: K, priority: Priority) {
      lines[priority].push(key);
    },
    remove(key: K, priority: Priority) {
      lines[priority].remove(key);
    },
    /** `any`, or only what has begun. */
    shift(any: boolean): K | undefined {
      if (!any) return lines.finish.shift();
      turn = (turn + 1) % TIDY_EVERY;
      const favoured: Priority = turn === 0 ? 'tidy' : turn % BEGIN_EVERY === 0 ? 'begin' : 'finish';
      const priority = [favoured, ...PRIORITIES].find((each) => lines[each].size() > 0);
      return priority && lines[priority].shift();
    },
  };
}

/** First in, first out, in constant time: a Set keeps its order, and its iterator keeps its position past removed keys. */
function fifo<T>() {
  const items = new Set<T>();
  let next = items.values();
  return {
    size: () => items.size,
    push: (item: T) => void items.add(item),
    remove: (item: T) => void items.delete(item),
    shift(): T | undefined {
      let first = next.next();
      // Once at its end it stays there.
      if (first.done === true) first = (next = items.values()).next();
      if (first.done === true) return undefined;
      items.delete(first.value);
      return first.value;
    },
  };
}
