// Decides which key is worked on next, and when: client-go's workqueue. A key is never worked on twice at once; one that is added
// while it is worked on comes again afterwards; one that waits already is not added twice. Nothing that was added is ever lost.
import type { Clock } from '../clock.ts';
import type { Priority, Load, QueueMeter } from './priorities.ts';
import { keysToWork } from './priorities.ts';

export interface QueueOptions {
  readonly clock: Clock;
  readonly random?: () => number;
  readonly meter?: QueueMeter;
  /** A worker threw. The queue counts that as a failure of the key and tries it again. */
  readonly onError?: (key: string, error: unknown) => void;
  /** First and longest wait of a failing key. */
  readonly baseMs?: number;
  readonly capMs?: number;
  /** When added keys are begun: not at once, so that all events of one read reach the cache first. */
  readonly soon?: (then: () => void) => void;
}

export interface Queue<K extends string> {
  /** A key that waits already keeps its place, or moves to a better priority. */
  add(key: K, priority?: Priority): void;
  /** Puts a key that is worked on behind all that wait. False if none waits, if it has just waited for them, or after a minute of giving way. */
  giveWay(key: K): boolean;
  /** Adds the key once `ms` have passed. If there are several times for one key, the earliest counts. */
  addAfter(key: K, ms: number): void;
  /** Adds the key after its back-off, which doubles with each retry until `forget`. Never sooner than `atLeastMs`. Returns the wait. */
  retry(key: K, atLeastMs?: number): number;
  forget(key: K): void;
  run(worker: (key: K) => Promise<void>, options: { readonly concurrency: number }): void;
  /** Begins nothing more; resolves when the keys being worked on are done. */
  stop(): Promise<void>;
  load(): Load;
}

const BASE_MS = 5;
const CAP_MS = 300_000;
/** A timer set beyond 2^31 ms fires at once. */
const LONGEST_TIMER_MS = 24 * 3_600_000;

export function createQueue<K extends string>(options: QueueOptions): Queue<K> {
  const { clock, random = Math.random, meter, onError, baseMs = BASE_MS, capMs = CAP_MS, soon = setImmediate } = options;
  const keys = keysToWork<K>(clock, meter);
  const patience = backOff<K>(baseMs, capMs, random);
  const delays = delayed<K>(clock, (key) => {
    add(key);
  });
  let stopped = false;
  let onDrained: () => void = () => undefined;
  let begin: () => void = () => undefined;
  const schedule = coalesced(soon, () => {
    if (!stopped) begin();
  });
  meter?.ask(keys.load);

  function add(key: K, priority: Priority = 'finish'): void {
    if (stopped) return;
    keys.add(key, priority);
    schedule();
  }
  function retry(key: K, atLeastMs = 0): number {
    const waitMs = Math.max(atLeastMs, patience.next(key));
    meter?.retried();
    if (!stopped) delays.add(key, waitMs);
    return waitMs;
  }
  async function carryOut(key: K, worker: (key: K) => Promise<void>): Promise<void> {
    try {
      await worker(key);
    } catch (error) {
      onError?.(key, error);
      retry(key);
    }
    keys.done(key);
    if (stopped && keys.idle()) onDrained();
    schedule();
  }
  return {
    add,
    giveWay: (key) => !stopped && keys.giveWay(key),
    addAfter(key, ms) {
      if (ms <= 0) add(key);
      else if (!stopped) delays.add(key, ms);
    },
    retry,
    forget: patience.forget,
    run(worker, { concurrency }) {
      const next = () => keys.take(concurrency);
      begin = () => {
        for (let key = next(); key !== undefined; key = next()) void carryOut(key, worker);
      };
      schedule();
    },
    stop() {
      stopped = true;
      delays.stop();
      return keys.idle() ? Promise.resolve() : new Promise((resolve) => (onDrained = resolve));
    },
    load: keys.load,
  };
}

/** However often it is asked before `then` runs, it runs once. */
function coalesced(soon: (then: () => void) => void, then: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    soon(() => {
      asked = false;
      then();
    });
  };
}

/** How long each failing key waits. */
function backOff<K>(baseMs: number, capMs: number, random: () => number) {
  const failures = new Map<K, number>();
  return {
    next(key: K): number {
      const before = failures.get(key) ?? 0;
      failures.set(key, before + 1);
      // Jitter downward, so that the cap is one: keys that failed together do not come back together.
      return Math.min(capMs, baseMs * 2 ** Math.min(before, 30)) * (1 - random() / 2);
    },
    forget: (key: K) => void failures.delete(key),
  };
}

interface Due<K> {
  readonly key: K;
  readonly at: number;
}

/** Keys that wait for a time: a heap and one timer, however many there are. */
function delayed<K>(clock: Clock, due: (key: K) => void) {
  const heap: Due<K>[] = [];
  /** The valid entry of each key. Any other entry in the heap has been replaced by an earlier one. */
  const current = new Map<K, Due<K>>();
  let timer: { readonly at: number; readonly cancel: () => void } | undefined;

  function arm(): void {
    const first = heap[0];
    if (first === undefined || (timer !== undefined && timer.at <= first.at)) return;
    timer?.cancel();
    const ms = Math.min(LONGEST_TIMER_MS, Math.max(0, first.at - clock.monotonic()));
    timer = { at: first.at, cancel: clock.after(ms, fire) };
  }
  function fire(): void {
    timer = undefined;
    const now = clock.monotonic();
    for (let first = heap[0]; first !== undefined && first.at <= now; first = heap[0]) {
      removeFirst(heap);
      if (current.get(first.key) !== first) continue;
      current.delete(first.key);
      due(first.key);
    }
    arm();
  }
  return {
    add(key: K, ms: number) {
      const entry = { key, at: clock.monotonic() + ms };
      const known = current.get(key);
      if (known !== undefined && known.at <= entry.at) return;
      current.set(key, entry);
      insert(heap, entry);
      arm();
    },
    stop() {
      timer?.cancel();
      heap.length = 0;
      current.clear();
    },
  };
}

function insert<K>(heap: Due<K>[], entry: Due<K>): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]!.at <= entry.at) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = entry;
}

function removeFirst<K>(heap: Due<K>[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
    if (heap[child]!.at >= last.at) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
}
