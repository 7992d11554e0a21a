// The operator under test as one process: its real cache and controller, watches with a delay for each kind, and a queue on virtual
// time. Everything it knows dies with it.
import type { AppKey } from '../../src/model/version.ts';
import { ok } from '../../src/model/failure.ts';
import { Cache, CACHED_KINDS } from '../../src/shell/store/cache.ts';
import type { Answered } from '../../src/gates/measured.ts';
import type { CachedKind } from '../../src/shell/store/cache.ts';
import { Controller } from '../../src/shell/loop/controller.ts';
import type { Clock } from '../../src/shell/clock.ts';
import type { Schedule } from '../../src/shell/loop/controller.ts';
import { jobRunner } from '../../src/shell/gates/job.ts';
import { told } from '../../src/shell/gates/measuring.ts';
import { slotsOf } from '../../src/shell/gates/slots.ts';
import type { Logger } from '../../src/shell/ops/log.ts';
import { LABEL } from '../../src/model/vocabulary.ts';
import type { Wiring } from './server.ts';
import { newsOf, portOf } from './server.ts';
import type { Stored, StoredKind, Transition } from './store.ts';

export interface Watching {
  /** How long news of this kind take. */
  delay(kind: StoredKind): number;
  /** What becomes of one piece of news. */
  fate(kind: StoredKind): 'arrives' | 'repeats' | 'is lost';
  /** The process was told of an object. */
  told(kind: StoredKind, object: Stored): void;
}

/** Watches that look only at objects that carry the App's label; EndpointSlices get it from their Service. */
const BY_LABEL: ReadonlySet<StoredKind> = new Set(['ControllerRevision', 'Deployment', 'EndpointSlice', 'Pod', 'ReplicaSet']);
const METADATA_ONLY: ReadonlySet<StoredKind> = new Set(['ConfigMap', 'Pod', 'ReplicaSet']);
/** A watch that lost something lists everything anew after this long. */
export const RELIST_MS = 30_000;
/** A measurement for a gate takes so long. */
const MEASURING_MS = 100;

export class Operator {
  readonly cache: Cache;
  readonly log: string[] = [];
  /** When an App gave way to others, by the monotonic clock. */
  readonly gaveWay: number[] = [];
  readonly #wiring: Wiring;
  readonly #watching: Watching;
  readonly #queue: Queue;
  /** When the last news of a kind will have arrived: they never overtake each other. */
  readonly #arrival = new Map<StoredKind, number>();
  /** The version that a kind was last listed anew at. */
  readonly #listed = new Map<StoredKind, number>();
  #alive = true;

  constructor(wiring: Wiring, clock: Clock, watching: Watching, name: string, died: () => void) {
    this.#wiring = wiring;
    this.#watching = watching;
    const { time } = wiring;
    const port = portOf(wiring, {
      alive: () => this.#alive,
      die: () => {
        this.stop();
        died();
      },
    });
    const queue: Queue = new Queue(
      time,
      () => this.#alive,
      (key) => controller.reconcile(key),
      this.gaveWay,
    );
    this.#queue = queue;
    this.cache = new Cache((key) => {
      queue.add(key);
    }, wiring.settings);
    const runJob = jobRunner({ kube: port, cache: this.cache, slots: slotsOf(64, 16) });
    const never = new AbortController().signal;
    const controller: Controller = new Controller({
      kube: port,
      cache: this.cache,
      clock,
      schedule: queue,
      trip: (why) => {
        this.cache.updateFleet({ breaker: why });
        return Promise.resolve(ok(undefined));
      },
      log: logger(this.log),
      measurer: {
        measure: (key, namespace, question) => {
          const learn = (answered: Answered): void => {
            if (this.#alive && told(this.cache.memory(key).answers.measure, question, answered, clock.now())) queue.add(key);
          };
          const { probe } = question;
          // A Job is begun and looked for by requests of the process: each may go wrong.
          if (probe.is === 'job') void runJob(namespace, question, probe, never).then(learn);
          else
            time.after(MEASURING_MS, () => {
              if (this.#alive) learn(wiring.answerTo(question));
            });
        },
      },
      settings: wiring.settings,
      reporter: name,
      interruptedAt: wiring.interruptedAt,
    });
  }

  /** Lists everything; decides nothing before all lists are there. */
  start(): void {
    const { time } = this.#wiring;
    let missing: number = CACHED_KINDS.length;
    for (const kind of CACHED_KINDS) {
      const [shown, version] = [this.#visible(kind), this.#wiring.store.version];
      const ms = this.#watching.delay(kind);
      this.#arrival.set(kind, time.monotonic() + ms);
      time.after(ms, () => {
        if (!this.#alive) return;
        this.#fill(kind, shown, version);
        if (--missing === 0) this.#queue.open();
      });
    }
  }

  stop(): void {
    this.#alive = false;
  }

  /** A watch tells what changed, later. */
  hear(transition: Transition): void {
    const { kind } = transition;
    if (kind === 'Job') return; // no watch tells of one
    const news = this.#alive ? newsOf(transition, (object) => watched(kind, object)) : undefined;
    if (news === undefined) return;
    const fate = this.#watching.fate(kind);
    if (fate === 'is lost') {
      this.#deliver(kind, RELIST_MS, () => {
        const { version } = this.#wiring.store;
        this.#listed.set(kind, version);
        this.#fill(kind, this.#visible(kind), version);
      });
      return;
    }
    const raw = shown(kind, news.object);
    const tell = (): void => {
      // A watch goes on from what was listed.
      if (Number(raw.metadata.resourceVersion) <= (this.#listed.get(kind) ?? 0)) return;
      const sink = this.cache.sink(kind);
      if (news.type === 'DELETED') sink.drop(raw);
      else {
        sink.put(raw);
        this.#watching.told(kind, raw);
      }
    };
    this.#deliver(kind, this.#watching.delay(kind), tell);
    if (fate === 'repeats') this.#deliver(kind, this.#watching.delay(kind), tell);
  }

  /** What every watch would list now. */
  lists(): ReadonlyMap<CachedKind, readonly Stored[]> {
    return new Map(CACHED_KINDS.map((kind) => [kind, this.#visible(kind)]));
  }

  /** Every watch breaks and lists anew, now: from an API server that lags, what was so a while ago. */
  relist(lists = this.lists(), version = this.#wiring.store.version): void {
    for (const [kind, objects] of lists) this.#fill(kind, objects, version);
  }

  #deliver(kind: StoredKind, ms: number, tell: () => void): void {
    const { time } = this.#wiring;
    const at = Math.max(time.monotonic() + ms, this.#arrival.get(kind) ?? 0);
    this.#arrival.set(kind, at);
    time.after(at - time.monotonic(), () => {
      if (this.#alive) tell();
    });
  }

  #visible(kind: CachedKind): Stored[] {
    return this.#wiring.store
      .list(kind)
      .filter((object) => watched(kind, object))
      .map((object) => shown(kind, object));
  }

  #fill(kind: CachedKind, objects: readonly Stored[], version: number): void {
    const sink = this.cache.sink(kind);
    sink.begin();
    for (const object of objects) {
      sink.put(object);
      this.#watching.told(kind, object);
    }
    sink.end(undefined, String(version));
  }
}

const watched = (kind: StoredKind, { metadata }: Stored): boolean => !BY_LABEL.has(kind) || metadata.labels?.[LABEL.app] !== undefined;

const shown = (kind: StoredKind, { apiVersion, kind: own, metadata, ...rest }: Stored): Stored =>
  METADATA_ONLY.has(kind) ? { apiVersion, kind: own, metadata } : { apiVersion, kind: own, metadata, ...rest };

/** The queue as virtual time has it: a key once, never twice at work, with back-off. */
class Queue implements Schedule {
  readonly #time: Wiring['time'];
  readonly #alive: () => boolean;
  readonly #work: (key: AppKey) => Promise<unknown>;
  readonly #waiting = new Set<AppKey>();
  readonly #working = new Set<AppKey>();
  readonly #alarms = new Map<AppKey, { at: number; cancel: () => void }>();
  readonly #failures = new Map<AppKey, number>();
  readonly #behind = new Set<AppKey>();
  readonly #gaveWay: number[];
  #open = false;

  constructor(time: Wiring['time'], alive: () => boolean, work: (key: AppKey) => Promise<unknown>, gaveWay: number[]) {
    this.#time = time;
    this.#gaveWay = gaveWay;
    this.#alive = alive;
    this.#work = work;
  }

  open(): void {
    this.#open = true;
    for (const key of this.#waiting) this.#next(key);
  }

  add(key: AppKey): void {
    if (this.#waiting.has(key)) return;
    this.#waiting.add(key);
    this.#next(key);
  }

  /** As if others always waited. */
  giveWay(key: AppKey): boolean {
    if (this.#behind.delete(key)) return false;
    this.#behind.add(key);
    this.#gaveWay.push(this.#time.monotonic());
    this.add(key);
    return true;
  }

  later(key: AppKey, ms: number): void {
    const at = this.#time.monotonic() + ms;
    const known = this.#alarms.get(key);
    if (known !== undefined && known.at <= at) return;
    known?.cancel();
    const cancel = this.#time.after(ms, () => {
      this.#alarms.delete(key);
      if (this.#alive()) this.add(key);
    });
    this.#alarms.set(key, { at, cancel });
  }

  backOff(key: AppKey): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.later(key, Math.min(60_000, 50 * 2 ** failures));
  }

  succeeded(key: AppKey): void {
    this.#failures.delete(key);
  }

  #next(key: AppKey): void {
    if (!this.#open) return;
    this.#time.after(0, () => {
      if (this.#working.has(key) || !this.#alive() || !this.#waiting.delete(key)) return;
      this.#working.add(key);
      // A decision says itself when it wants to be made again.
      this.#alarms.get(key)?.cancel();
      this.#alarms.delete(key);
      this.#time.stir();
      void this.#work(key).then(() => {
        this.#working.delete(key);
        if (this.#waiting.has(key)) this.#next(key);
      });
    });
  }
}

function logger(lines: string[]): Logger {
  const say = (message: string, fields?: unknown): void => {
    lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  };
  return { debug: say, info: say, warn: say, error: say, child: () => logger(lines) };
}
