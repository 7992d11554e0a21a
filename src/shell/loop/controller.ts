// The loop: snapshot, plan, apply, report. Decides when to look again; never what to do.
import jsonpatch from 'fast-json-patch';
import type { Action } from '../../model/action.ts';
import { deedOf, describe, writeOf } from '../../model/action.ts';
import type { App, Tombstone, Status } from '../../model/app.ts';
import type { Failure, Result } from '../../model/failure.ts';
import { ok } from '../../model/failure.ts';
import type { Snapshot } from '../../model/observed.ts';
import type { Settings } from '../../model/settings.ts';
import type { AppKey } from '../../model/version.ts';
import { plan } from '../../plan/plan.ts';
import type { Worth } from '../../plan/report/status.ts';
import { quarantined, worth } from '../../plan/report/status.ts';
import type { Port } from './apply.ts';
import { apply } from './apply.ts';
import type { Cache } from '../store/cache.ts';
import type { Clock } from '../clock.ts';
import type { EventDraft, GateVerdict } from './events.ts';
import { changed, eventObject, gateVerdicts, happened } from './events.ts';
import type { PatchOperation } from '../api/kube.ts';
import type { Measurer } from '../gates/measuring.ts';
import { heedClock, spend } from '../store/memory.ts';
import type { Deeds } from './refusals.ts';
import { count, heedRefusals, isLetBe, MOST_REPEATS, nextTryMs, refuse, repeat, restless } from './refusals.ts';
import type { Outcome } from './outcome.ts';
import { outcomeOf, worse } from './outcome.ts';
import type { Logger } from '../ops/log.ts';
import { NOTHING_UNTOLD, tell } from '../store/untold.ts';
import type { Herald } from '../notices/herald.ts';

const SLOW_MS = 60_000;
/** The time between two status writes, if the second changes only counts. */
const COUNTS_MS = 5_000;
/** How long a status that may soon be out of date is delayed: work may be done by then, endpoints may have followed a switch. */
const KEPT_BACK_MS = { begun: 1_000, switched: 250 } as const;
/**
 * How much longer such a status is delayed for each other App whose status is: among a hundred that begin at once it would cost the API server a write
 * for each, and take that time from their switches; and endpoints follow later.
 */
const CROWD_MS = 100;
const CROWD_AT_MOST_MS = { begun: 30_000, switched: 5_000 } as const;
/** The most rounds that one pass should need. After that the App is looked at again later, behind the others. */
const MAX_ROUNDS = 12;

/** When an App is to be looked at again. */
export interface Schedule {
  /** Puts the App behind all that wait. False if none waits, if it has just waited for them, or after a minute of giving way. */
  giveWay(key: AppKey): boolean;
  later(key: AppKey, ms: number): void;
  backOff(key: AppKey): void;
  succeeded(key: AppKey): void;
}

/** What telemetry wants to know. */
export interface Observer {
  happened(reason: string): void;
  /** A gate has spoken for good. */
  judged(verdict: GateVerdict): void;
  /** Seconds from the event that made the switch possible to the Service having moved. */
  switched(seconds: number): void;
}

export interface ControllerOptions {
  readonly kube: Port;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly log: Logger;
  readonly settings: Settings;
  /** Who measures for gates. */
  readonly measurer: Measurer;
  /** Opens the circuit breaker: nothing compromised is replaced any more, in any App. */
  readonly trip: (why: string) => Promise<Result<unknown>>;
  /** Names this process in events. */
  readonly reporter: string;
  readonly observe?: Observer;
  /** Since when the cache may have missed events that concern an App, in ms since the epoch. */
  readonly interruptedAt?: (key: AppKey) => number | undefined;
  /** Tells receivers beside the cluster. */
  readonly herald?: Herald;
}

/** What was done in one pass: by the write, and by what it does whatever it is written over. */
interface Written {
  readonly writes: Deeds;
  readonly deeds: Deeds;
}

export class Controller {
  readonly #options: ControllerOptions;
  /** When the last report of an App was written, by the monotonic clock. */
  readonly #reportedAt = new Map<AppKey, number>();
  /** Delayed status writes, and since when, by the monotonic clock. */
  readonly #keptBack = new Map<AppKey, { readonly said: Worth; readonly since: number; crowd: number }>();
  /** Of the passes that are under way. */
  readonly #outcomes = new Map<AppKey, Outcome>();

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  /**
   * One pass: brings an App as far as it can get now, and says when to come back. Never throws; returns how it ended.
   * `heardAt`: when its first unseen event came, by the monotonic clock.
   */
  async reconcile(key: AppKey, heardAt = this.#options.clock.monotonic()): Promise<Outcome> {
    const { cache, log, clock } = this.#options;
    const news: EventDraft[] = [];
    try {
      const stopped = await this.#rounds(key, heardAt, news);
      if (stopped?.kind === 'Ending') this.#end(key, news);
      else if (stopped !== undefined) this.#backOff(key, outcomeOf(stopped));
    } catch (error) {
      // A bug of ours: this App is set aside, the others go on.
      const { message, stack } = error as Error;
      log.error('bug', { app: key, cause: stack });
      const seen = cache.snapshot(key);
      if (seen !== undefined)
        await this.#report(seen, quarantined(seen.app, `${message}: this is a bug in the operator, please report it`, clock.now()), news);
      this.#count(key, 'error');
      this.#later(key, SLOW_MS);
    }
    await this.#tell(key, news);
    cache.rest(key);
    const outcome = this.#outcomes.get(key) ?? 'success';
    this.#outcomes.delete(key);
    return outcome;
  }

  #count(key: AppKey, outcome: Outcome): void {
    this.#outcomes.set(key, worse(this.#outcomes.get(key) ?? 'success', outcome));
  }

  #later(key: AppKey, ms: number): void {
    this.#count(key, 'requeue_after');
    this.#options.schedule.later(key, ms);
  }

  #backOff(key: AppKey, outcome: Outcome): void {
    this.#count(key, outcome);
    this.#options.schedule.backOff(key);
  }

  /** Plans and applies until nothing is left to do, then reports. Returns what stopped it. */
  async #rounds(key: AppKey, heardAt: number, news: EventDraft[]): Promise<Failure | undefined> {
    const { kube, cache, clock, schedule, herald } = this.#options;
    const written: Written = { writes: new Map(), deeds: new Map() };
    for (let round = 0; round < MAX_ROUNDS; round++) {
      heedRefusals(cache.memory(key), clock);
      const seen = cache.snapshot(key, this.#options.interruptedAt?.(key));
      if (seen === undefined) {
        this.#reportedAt.delete(key);
        this.#keptBack.delete(key);
        herald?.forget(key);
        return undefined;
      }
      if (seen.app.is === 'app') herald?.meet(seen, seen.app);
      const memory = cache.memory(key);
      if (heedClock(memory, clock)) continue;
      if (memory.unread && !seen.app.deleting) {
        const live = await kube.read('ImmutableApp', seen.app.namespace, seen.app.name);
        if (live.is === 'failure') return live;
        memory.unread = false;
        cache.observe('ImmutableApp', live.value);
        continue;
      }
      const now = clock.now();
      const made = plan(seen, now, this.#options.settings);
      const { actions, status, wake } = made;
      cache.remember(key, made, now);
      if (actions.length > 0 && actions.every(tidies) && schedule.giveWay(key)) return undefined;
      const stopped = await this.#act(seen, actions, written, heardAt, news);
      if (stopped !== undefined) return stopped;
      const recovered = memory.failure !== undefined;
      memory.failure = undefined;
      if (actions.length > 0 || recovered) continue;
      spend(memory.answers, 'rest');
      const reported = await this.#report(seen, status, news);
      if (memory.refusals.size === 0) memory.tries.clear();
      else this.#later(key, nextTryMs(memory, clock));
      if (wake !== 'await-change') this.#later(key, wake.afterMs);
      if (reported.is === 'failure' && !isLetBe(memory, reported)) return reported;
      schedule.succeeded(key);
      return undefined;
    }
    await this.#restless(key, written.deeds, news);
    this.#backOff(key, 'requeue');
    return undefined;
  }

  /** An App whose pass does not end is reported, too, with the writes that it repeats. */
  async #restless(key: AppKey, deeds: Deeds, news: EventDraft[]): Promise<void> {
    const { cache, clock } = this.#options;
    cache.memory(key).failure = restless(deeds);
    const seen = cache.snapshot(key, this.#options.interruptedAt?.(key));
    if (seen !== undefined) await this.#report(seen, plan(seen, clock.now(), this.#options.settings).status, news);
  }

  /** Returns what stopped it, unless the App is to be decided again at once. */
  async #act(
    seen: Snapshot,
    actions: readonly Action[],
    { writes, deeds }: Written,
    heardAt: number,
    news: EventDraft[],
  ): Promise<Failure | undefined> {
    const { kube, cache, clock, trip, log, observe, measurer, herald } = this.#options;
    const { generation, key } = seen.app;
    const memory = cache.memory(key);
    const { done, failed } = await apply({ kube, cache, clock, trip, measurer }, seen, actions);
    for (const action of done) {
      const isRoutine = action.do === 'ask' && action.question.ask === 'measure';
      log[isRoutine ? 'debug' : 'info'](describe(action), { app: key });
      const write = writeOf(generation, action);
      memory.tries.delete(write);
      count(deeds, deedOf(action), action);
      if (count(writes, write, action) === MOST_REPEATS && action.do !== 'ask') repeat(memory, clock, write, action);
    }
    if (done.some((action) => action.do === 'switch' && action.role === 'Active' && !action.repair)) {
      observe?.switched((clock.monotonic() - heardAt) / 1000);
    }
    news.push(...happened(done));
    if (seen.app.is === 'app') herald?.done(seen.app, done);
    for (const verdict of gateVerdicts(done)) observe?.judged(verdict);
    let stopped: Failure | undefined;
    for (const { action, failure: cause, isVoid } of failed) {
      if (cause.kind === 'Ending') return cause;
      this.#count(key, outcomeOf(cause));
      log.warn(`failed: ${describe(action)}`, { app: key, kind: cause.kind, cause: cause.message });
      if (isVoid || !refuse(memory, clock, writeOf(generation, action), action, cause)) stopped = cause;
    }
    return stopped;
  }

  /** The namespace is being terminated: nothing is tried again, and no event can be written. */
  #end(key: AppKey, news: EventDraft[]): void {
    const { cache, log } = this.#options;
    cache.ends(key);
    news.length = 0;
    log.info('namespace is being terminated', { app: key });
  }

  /** Writes the status if anything in it is new; changed counts alone at most once in five seconds. */
  async #report(seen: Snapshot, status: Status, news: EventDraft[]): Promise<Result<unknown>> {
    const { kube, cache, clock, schedule, herald } = this.#options;
    const { app } = seen;
    const said = app.deleting ? 'no' : worth(app.status, status);
    if (said === 'no') {
      this.#keptBack.delete(app.key);
      return ok(undefined);
    }
    const left = this.#leftMs(app.key, said);
    if (left > 0) {
      this.#later(app.key, left);
      return ok(undefined);
    }
    if ((said === 'counts' || said === 'begun') && schedule.giveWay(app.key)) return ok(undefined);
    const memory = cache.memory(app.key);
    const report = `${String(app.generation)} report`;
    const refusal = memory.refusals.get(report);
    if (refusal !== undefined) return refusal.failure;
    const written = await kube.patchStatus(app.namespace, app.name, statusPatch(app, status));
    if (written.is === 'failure') {
      this.#count(app.key, outcomeOf(written));
      refuse(memory, clock, report, undefined, written);
      memory.unread = written.kind === 'Gone' || written.kind === 'Conflict';
      return written;
    }
    memory.tries.delete(report);
    this.#keptBack.delete(app.key);
    this.#reportedAt.set(app.key, clock.monotonic());
    cache.observe('ImmutableApp', written.value);
    news.push(...changed(app.status, status));
    if (app.is === 'app') herald?.reported(seen, app, status);
    return written;
  }

  /** How long a status write is still delayed. */
  #leftMs(key: AppKey, said: Exclude<Worth, 'no'>): number {
    const now = this.#options.clock.monotonic();
    if (said === 'now') return 0;
    if (said === 'counts') return (this.#reportedAt.get(key) ?? -Infinity) + COUNTS_MS - now;
    const before = this.#keptBack.get(key);
    const kept = before?.said === said ? before : { said, since: now, crowd: before?.crowd ?? 0 };
    this.#keptBack.set(key, kept);
    // The most that it was among: when the first of them are through, the last have waited for them.
    kept.crowd = Math.max(kept.crowd, this.#keptBack.size - 1);
    return kept.since + KEPT_BACK_MS[said] + Math.min(kept.crowd * CROWD_MS, CROWD_AT_MOST_MS[said]) - now;
  }

  async #tell(key: AppKey, news: EventDraft[]): Promise<void> {
    const { kube, cache, clock, log, reporter, observe } = this.#options;
    const memory = cache.memory(key);
    const app = news.length === 0 ? undefined : cache.snapshot(key)?.app;
    for (const { reason } of news) observe?.happened(reason);
    const fresh = app === undefined ? [] : news.map((draft) => eventObject(app, draft, clock.now(), reporter));
    const { untold, lost, failure } = await tell((event) => kube.create('Event', event), memory.untold, fresh, clock.monotonic());
    memory.untold = failure?.kind === 'Ending' ? NOTHING_UNTOLD : untold;
    if (failure?.kind === 'Ending') {
      this.#end(key, news);
      return;
    }
    for (const { reason } of lost) log.warn('event lost', { app: key, reason, cause: failure?.message });
    if (untold.events.length === 0) return;
    if (failure !== undefined) log.warn('event not taken', { app: key, untold: untold.events.length, cause: failure.message });
    this.#later(key, Math.max(1, untold.dueAt - clock.monotonic()));
  }
}

/** Whether only deletions are left, for which nobody waits. */
const tidies = (action: Action): boolean => action.do === 'retire';

/** The patch from the status that was seen to the new one: a compare-and-swap, since the new one is based on what was seen. */
function statusPatch(app: App | Tombstone, status: Status): PatchOperation[] {
  const bare = Object.keys(app.status).length === 0;
  const changes = bare
    ? [{ op: 'add' as const, path: '/status', value: status }]
    : (jsonpatch.compare({ status: app.status }, { status: JSON.parse(JSON.stringify(status)) as Status }) as PatchOperation[]);
  return [{ op: 'replace', path: '/metadata/resourceVersion', value: app.resourceVersion }, ...changes];
}
