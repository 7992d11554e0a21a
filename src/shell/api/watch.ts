// Keeps a sink up to date with one kind of object: list, then watch. Decides when a watch is resumed, when everything is listed again, and how long
// to wait before that. Must never die: whatever the API server, the network or the sink does, it goes on until it is stopped.
//
//   fresh list (streamed; paged where that is refused) ─► watch ─► closed, reset, idle, garbage ─► watch from where it was
//        ▲                                                └─► 410 Gone ─┐
//        └──────────────────────────────────────────────────────────────┘
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Logger } from '../ops/log.ts';
import type { Kind, Kube, Source } from './kube.ts';
import { endOf, lineSplitter, parse, type Cause, type End } from './stream.ts';

/** Objects as they came; those of a paged list lack apiVersion and kind. */
export interface Sink {
  /** A fresh list begins, of one namespace or of all. May come again before end(), if the list was interrupted. */
  begin(namespace?: string): void;
  put(raw: object): void;
  drop(raw: object): void;
  /** The list is complete: objects that were not put since begin() did not exist at this resourceVersion. */
  end(namespace?: string, resourceVersion?: string): void;
}

export interface WatchOptions {
  readonly source: Source;
  readonly sink: Sink;
  readonly kube: Pick<Kube, 'list' | 'stream'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random?: () => number;
  /** A stream that is silent for longer counts as dead. Bookmarks come about once a minute. */
  readonly idleMs?: number;
  readonly onRestart?: (kind: Kind, cause: Cause) => void;
  readonly onSinkError?: (kind: Kind) => void;
}

export interface Watch {
  stop(): void;
  /** A whole list has reached the sink, once. */
  synced(): boolean;
  /** When the API server last said anything here, on the monotonic clock. */
  lastContactAt(): number;
  /**
   * Since when it may have missed events, as far as it knows, on the monotonic clock; undefined while it is told of everything. A connection that is
   * half open is noticed after `idleMs`.
   */
  interruptedAt(): number | undefined;
  /** Resolves after stop(), when nothing will reach the sink any more. */
  readonly ended: Promise<void>;
}

const IDLE_MS = 130_000;
const PAGE = 500;
const FIRST_DELAY_MS = 800;
const MAX_DELAY_MS = 30_000;
/** A stream that lasted longer than any back-off resets the count of failures: some proxies cut every quiet stream after a minute. */
const HEALTHY_MS = MAX_DELAY_MS;
/** How long the API server may take to send what was missed, once the watch is open again. */
const MISSED_MS = 1_000;
/** An interruption that is longer than any back-off may last for ever. */
const LONGEST_MS = 2 * MAX_DELAY_MS;
/** A stream that lasted less was not closed for its age. */
const SHORT_MS = 1_000;
/** How long one watch may block the event loop: several may list at once, and the lease renewal waits behind all of them. */
const SLICE_MS = 4;
/** The API server's answers that mean it cannot stream a list. */
const CANNOT_STREAM = new Set([400, 405, 406, 415, 422]);

interface State {
  /** Where to resume; empty when everything must be listed anew. Opaque: never compared. */
  version: string;
  synced: boolean;
  streamsLists: boolean;
  contactAt: number;
  /** `over`: when it was open again. */
  interruption: { readonly at: number; over?: number };
}

export function watch(options: WatchOptions): Watch {
  const { source, clock, log, random = Math.random, onRestart } = options;
  const stopping = new AbortController();
  const begun = clock.monotonic();
  const state: State = { version: '', synced: false, streamsLists: true, contactAt: begun, interruption: { at: begun } };
  const stopped = () => stopping.signal.aborted;
  let failures = 0;
  let lastCause: Cause | undefined;
  const interruptedAt = (): number | undefined => {
    const { at, over = Infinity } = state.interruption;
    return clock.monotonic() >= over + MISSED_MS ? undefined : at;
  };

  /** How long to wait after this end. Counts failures. */
  const delayAfter = ({ cause, retryAfterMs = 0 }: End, lastedMs: number): number => {
    if (lastedMs >= HEALTHY_MS || (cause === 'closed' && lastedMs >= SHORT_MS)) failures = 0;
    const before = lastCause;
    lastCause = cause;
    if (cause === 'closed' && lastedMs >= SHORT_MS) return 0;
    // A single 410 is ordinary: we or the API server were away for too long. Several in a row are not.
    if (cause === 'expired' && before !== 'expired') return retryAfterMs;
    failures++;
    const backOffMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 10)) * (1 + random() / 2);
    return Math.max(backOffMs, retryAfterMs);
  };

  const run = async () => {
    while (!stopped()) {
      const startedAt = clock.monotonic();
      const end = await oneRound(options, state, stopping.signal);
      if (stopped() || end === undefined) continue;
      onRestart?.(source.kind, end.cause);
      const delayMs = delayAfter(end, clock.monotonic() - startedAt);
      const fields = { kind: source.kind, cause: end.cause, delayMs: Math.round(delayMs), reason: end.message };
      state.interruption = { at: interruptedAt() ?? clock.monotonic() };
      if (delayMs === 0) log.debug('watch resumes', fields);
      else log.warn('watch waits', fields);
      if (delayMs > 0) await pause(clock, delayMs, stopping.signal);
    }
  };
  return {
    stop: () => {
      stopping.abort();
    },
    synced: () => state.synced,
    lastContactAt: () => state.contactAt,
    interruptedAt,
    ended: run(),
  };
}

/** One paged list or one stream. Undefined when it went well and the next may follow at once. */
async function oneRound(options: WatchOptions, state: State, signal: AbortSignal): Promise<End | undefined> {
  try {
    const afresh = state.version === '';
    const end = afresh && !state.streamsLists ? await listPages(options, state, signal) : await follow(options, state, afresh, signal);
    if (end?.cause === 'expired') state.version = '';
    return end;
  } catch (error) {
    // Only a bug of ours gets here. It must not end the watch.
    options.log.error('watch failed', { kind: options.source.kind, error });
    return { cause: 'error', message: String(error) };
  }
}

async function listPages(options: WatchOptions, state: State, signal: AbortSignal): Promise<End | undefined> {
  const { kube, source, clock } = options;
  const tell = telling(options);
  const breathe = breathing(clock);
  let token = '';
  let version = '';
  tell('begin');
  do {
    const page = await kube.list(source, { limit: PAGE, continue: token }, signal);
    if (page.is === 'failure') return endOf(page);
    state.contactAt = clock.monotonic();
    for (const item of page.value.items) {
      if (signal.aborted) return undefined;
      tell('put', item);
      await breathe();
    }
    ({ continue: token, resourceVersion: version } = page.value);
  } while (token !== '');
  tell('end', {}, version);
  state.version = version;
  state.synced = true;
  return undefined;
}

async function follow(options: WatchOptions, state: State, afresh: boolean, signal: AbortSignal): Promise<End | undefined> {
  const { kube, source, clock, random = Math.random, idleMs = IDLE_MS } = options;
  const query = {
    watch: '1',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(Math.floor(300 + random() * 300)),
    ...(afresh ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' } : { resourceVersion: state.version }),
  };
  const idle = idling(clock, idleMs, signal);
  try {
    const opened = await kube.stream(source, query, idle.signal);
    if (opened.is === 'ok') return await readAll(options, state, afresh, opened.value, idle);
    if (idle.passed()) return { cause: 'idle' };
    if (!afresh || !CANNOT_STREAM.has(opened.status)) return endOf(opened);
    state.streamsLists = false;
    options.log.debug('lists in pages', { kind: source.kind, reason: opened.message });
    return undefined;
  } finally {
    idle.over();
  }
}

/** Delivers a stream until it ends. */
async function readAll(options: WatchOptions, state: State, afresh: boolean, chunks: AsyncIterable<Buffer>, idle: Idle): Promise<End> {
  const tell = telling(options);
  const breathe = breathing(options.clock);
  const split = lineSplitter();
  let listing = afresh;
  if (listing) tell('begin');
  else isWhole(options, state);
  state.contactAt = options.clock.monotonic();
  try {
    for await (const chunk of chunks) {
      state.contactAt = options.clock.monotonic();
      idle.touch(state.contactAt);
      for (const line of split(chunk)) {
        if (idle.signal.aborted) throw new Error('stopped');
        const event = parse(line);
        if (event.is === 'end') return event.end;
        if (event.is === 'put' || event.is === 'drop') tell(event.is, event.object);
        if (event.is === 'bookmark' && listing) {
          if (!event.listed) {
            // The API server does not know streaming lists and started a plain watch: the list would never end.
            state.streamsLists = false;
            return { cause: 'refused', message: 'the API server does not stream lists' };
          }
          tell('end', {}, event.version);
          isWhole(options, state);
          listing = false;
        }
        // While a list is incomplete there is nothing to resume from.
        if (!listing) state.version = event.version;
        await breathe();
      }
    }
  } catch (error) {
    return idle.passed() ? { cause: 'idle' } : { cause: 'reset', message: String(error) };
  }
  return listing ? { cause: 'reset', message: 'closed in the middle of a list' } : { cause: 'closed' };
}

/** Since when one of these may have missed events, in ms since the epoch. One that does not come back is not waited for any longer. */
export function interruptedSince(watches: readonly Pick<Watch, 'interruptedAt'>[], clock: Clock): number | undefined {
  const ago = watches.map((each) => clock.monotonic() - (each.interruptedAt() ?? clock.monotonic()));
  const longest = Math.max(0, ...ago.filter((ms) => ms < LONGEST_MS));
  return longest === 0 ? undefined : clock.now() - longest;
}

/** All that there is has reached the sink, or is on its way. */
function isWhole({ clock }: WatchOptions, state: State): void {
  state.synced = true;
  state.interruption.over ??= clock.monotonic();
}

/** Calls the sink and catches what it throws: one object that it cannot take must not hold up the others. */
function telling({ sink, source, log, onSinkError }: WatchOptions): (what: keyof Sink, raw?: object, version?: string) => void {
  return (what, raw = {}, version) => {
    try {
      if (what === 'begin') sink.begin(source.namespace);
      else if (what === 'end') sink.end(source.namespace, version);
      else sink[what](raw);
    } catch (error) {
      log.error('sink failed', { kind: source.kind, error });
      onSinkError?.(source.kind);
    }
  };
}

/** Yields to the event loop after each time slice. */
function breathing(clock: Clock): () => Promise<void> | undefined {
  let since = clock.monotonic();
  return () => (clock.monotonic() - since < SLICE_MS ? undefined : nextTurn().then(() => void (since = clock.monotonic())));
}

interface Idle {
  /** Aborts when the deadline passes, and when the watch is stopped. */
  readonly signal: AbortSignal;
  touch(now: number): void;
  passed(): boolean;
  over(): void;
}

/** The deadline that detects half-open streams. One timer, set again only when it fires. */
function idling(clock: Clock, idleMs: number, stopping: AbortSignal): Idle {
  const controller = new AbortController();
  let touchedAt = clock.monotonic();
  let passed = false;
  const stop = () => {
    controller.abort();
  };
  const check = () => {
    const leftMs = touchedAt + idleMs - clock.monotonic();
    if (leftMs > 0) {
      cancel = clock.after(leftMs, check);
      return;
    }
    passed = true;
    controller.abort();
  };
  let cancel = clock.after(idleMs, check);
  stopping.addEventListener('abort', stop);
  if (stopping.aborted) stop();
  return {
    signal: controller.signal,
    touch: (now) => {
      touchedAt = now;
    },
    passed: () => passed,
    over() {
      cancel();
      stopping.removeEventListener('abort', stop);
      controller.abort(); // releases the connection
    },
  };
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(ms, wake);
    signal.addEventListener('abort', wake);
  });
}
