// Leader election by a Lease: decides whether this process may write. Judges another holder only by how long its record has not changed, on our own
// monotonic clock; never compares another machine's wall clock with ours, and never counts the Lease as ours after the time by which it had to be
// renewed.
import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../model/object.ts';
import { failure, type Failure, type Result } from '../../model/failure.ts';
import { hasJumped } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { Kube } from '../api/kube.ts';
import type { Logger } from '../ops/log.ts';

export interface LeaseOptions {
  /** A connection of its own: a renewal must not wait behind other calls. */
  readonly kube: Pick<Kube, 'create' | 'read' | 'replaceLease'>;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process: the one before it in the same pod had another. See identityOf. */
  readonly identity: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onGain: () => void;
  /** Called once, and only after onGain: the process must exit. */
  readonly onLoss: (why: string) => void;
  /** Called after each renewal with the time since the one before. */
  readonly onRenewal?: (seconds: number) => void;
  /** Called with the annotations of the Lease, whenever it was read. */
  readonly onAnnotations?: (annotations: Readonly<Record<string, string>>) => void;
  readonly random?: () => number;
}

export interface LeaseElection {
  /** Tries until the lease is ours and renews it from then on. Resolves when it is lost or released. */
  run(): Promise<void>;
  mayWrite(): boolean;
  /** Writes an annotation on the Lease for every later leader. Renewals keep it. */
  annotate(key: string, value: string): Promise<Result<unknown>>;
  /** The Lease, for an event about all Apps at once; undefined before it was seen. */
  seen(): KubeObject | undefined;
  /** Gives the lease away, so that another takes over within two seconds. Call it when no write is under way any more. */
  release(): Promise<void>;
}

/** A record older than this may be taken over. */
const DURATION_SECONDS = 15;
/** A lease not renewed for this long is not ours any more. Shorter than the duration by more than a write can take. */
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;

/** `<host>_<uuid>`: the host for people, the rest because a restarted container has the same host. */
export const identityOf = (host: string): string => `${host}_${randomUUID()}`;

interface LeaseSpec {
  readonly holderIdentity?: string | null;
  readonly leaseDurationSeconds?: number | null;
  readonly acquireTime?: string | null;
  readonly renewTime?: string | null;
  readonly leaseTransitions?: number | null;
}

interface LeaseObject extends KubeObject {
  readonly spec?: LeaseSpec | null;
}

interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

export function lease(options: LeaseOptions): LeaseElection {
  const { name, identity, clock, log, onGain, onLoss, onRenewal, random = Math.random } = options;
  const sight = sightOf(clock, options.onAnnotations);
  /** When the renewal that last succeeded was sent. Undefined while the lease is not ours. */
  let renewed: Instant | undefined;
  let ended: 'lost' | 'released' | undefined;
  let trying: Promise<void> = Promise.resolve();
  let cancelDeadline: () => void = () => undefined;
  const sleep = sleepOf(clock);

  const end = (how: 'lost' | 'released') => {
    ended = how;
    renewed = undefined;
    cancelDeadline();
    sleep.end();
  };
  const lose = (why: string) => {
    if (ended !== undefined || renewed === undefined) return;
    end('lost');
    log.error('lease lost', { name, identity, reason: why });
    onLoss(why);
  };
  const hold = (sentAt: Instant) => {
    if (ended !== undefined) return; // release() gives away what arrives too late
    const gained = renewed === undefined;
    if (renewed !== undefined) onRenewal?.((sentAt.monotonic - renewed.monotonic) / 1000);
    renewed = sentAt;
    cancelDeadline();
    cancelDeadline = clock.after(sentAt.monotonic + RENEW_DEADLINE_MS - clock.monotonic(), () => {
      lose(`not renewed for ${RENEW_DEADLINE_MS / 1000} s`);
    });
    if (!gained) return;
    log.info('lease gained', { name, identity });
    onGain();
  };
  const attempt = async () => {
    const answer = await tryOnce(options, sight, renewed !== undefined);
    if (answer.is === 'ours') hold(answer.sentAt);
    else if (answer.is === 'theirs') lose(`held by ${answer.holder}`);
    else log[isRace(answer) ? 'debug' : 'warn']('lease not written', { name, kind: answer.kind, reason: answer.message });
  };
  return {
    async run() {
      while (ended === undefined) {
        trying = attempt();
        await trying;
        // Candidates ask at random times, but at least every two seconds: a released lease must be taken quickly.
        const waitMs = renewed === undefined ? RETRY_MS * (1 - random() / 5) : RETRY_MS;
        await sleep.atMost(waitMs);
      }
    },
    mayWrite: () => renewed !== undefined && isFresh(renewed, instantOf(clock)),
    annotate: (key, value) => annotate(options, sight, key, value),
    seen: () => sight.seen(),
    async release() {
      if (ended === 'lost') return;
      end('released');
      await trying;
      await giveAway(options, sight);
    },
  };
}

/** A sleep that can be ended, for good. */
function sleepOf(clock: Clock) {
  let ended = false;
  let wake: () => void = () => undefined;
  return {
    atMost: (ms: number): Promise<void> =>
      new Promise((resolve) => {
        if (ended) {
          resolve();
          return;
        }
        const cancel = clock.after(ms, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      }),
    end() {
      ended = true;
      wake();
    },
  };
}

/** Whether it is still ours at `now`: the machine may have slept. */
const isFresh = (renewed: Instant, now: Instant): boolean =>
  now.monotonic - renewed.monotonic < RENEW_DEADLINE_MS && !hasJumped(now.wall - now.monotonic, renewed.wall - renewed.monotonic);

type Attempt = { readonly is: 'ours'; readonly sentAt: Instant } | { readonly is: 'theirs'; readonly holder: string } | Failure;

/** Takes or renews the lease if that is allowed. */
async function tryOnce(options: LeaseOptions, sight: Sight, held: boolean): Promise<Attempt> {
  const { kube, namespace, name, identity, clock } = options;
  const known = sight.seen();
  if (held && known !== undefined) {
    // While it is ours nobody else writes it, so one call renews it. Only if that fails because of the record, read it first.
    const renewal = await take(options, sight, known);
    if (renewal.is !== 'failure' || renewal.kind === 'Transient') return renewal;
  }
  const found = await kube.read('Lease', namespace, name);
  if (found.is === 'failure') return found.status === 404 ? take(options, sight, undefined) : found;
  const object = sight.see(found.value as LeaseObject);
  const { holderIdentity: holder, leaseDurationSeconds: seconds } = object.spec ?? {};
  const free = !holder || holder === identity || clock.monotonic() - sight.since() >= (seconds ?? DURATION_SECONDS) * 1000;
  return free ? take(options, sight, object) : { is: 'theirs', holder };
}

/** Writes our name into the lease, over exactly the record that was seen, or into a new one. */
async function take(options: LeaseOptions, sight: Sight, over: LeaseObject | undefined): Promise<Attempt> {
  const { identity, clock } = options;
  const now = microTime(clock);
  const before = over?.spec ?? {};
  const mine = before.holderIdentity === identity;
  const spec: LeaseSpec = {
    holderIdentity: identity,
    leaseDurationSeconds: DURATION_SECONDS,
    acquireTime: mine ? (before.acquireTime ?? now) : now,
    renewTime: now,
    leaseTransitions: (before.leaseTransitions ?? 0) + (mine || over === undefined ? 0 : 1),
  };
  // Counted from before the request was sent: others may count from then.
  const sentAt = instantOf(clock);
  const done = await write(options, over, spec);
  if (done.is === 'failure') return done;
  sight.see(done.value as LeaseObject);
  return { is: 'ours', sentAt };
}

function write({ kube, namespace, name }: LeaseOptions, over: LeaseObject | undefined, spec: LeaseSpec): Promise<Result<unknown>> {
  if (over !== undefined) return kube.replaceLease(namespace, name, { ...over, spec });
  return kube.create('Lease', { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name }, spec });
}

async function giveAway(options: LeaseOptions, sight: Sight): Promise<void> {
  const { name, identity, clock, log } = options;
  const mine = sight.seen();
  if (mine?.spec?.holderIdentity !== identity) return;
  const done = await write(options, mine, { ...mine.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(clock) });
  if (done.is === 'ok') log.info('lease released', { name, identity });
  else log.warn('lease not released', { name, reason: done.message });
}

/** Writes over the Lease as it is now, and tries again if a renewal came in between. */
async function annotate(options: LeaseOptions, sight: Sight, key: string, value: string, retry = true): Promise<Result<unknown>> {
  const { kube, namespace, name } = options;
  const over = sight.seen();
  if (over === undefined) return failure('Transient', 'the Lease has not been seen yet');
  const metadata = { ...over.metadata, annotations: { ...over.metadata.annotations, [key]: value } };
  const done = await kube.replaceLease(namespace, name, { ...over, metadata });
  if (done.is === 'ok') sight.see(done.value as LeaseObject);
  if (done.is === 'ok' || done.kind !== 'Conflict' || !retry) return done;
  const found = await kube.read('Lease', namespace, name);
  if (found.is === 'failure') return found;
  sight.see(found.value as LeaseObject);
  return annotate(options, sight, key, value, false);
}

/** Another candidate was faster. */
const isRace = ({ kind }: Failure): boolean => kind === 'Conflict' || kind === 'Exists';

/** The lease as last seen, and since when its record says the same. */
interface Sight {
  see(object: LeaseObject): LeaseObject;
  seen(): LeaseObject | undefined;
  since(): number;
}

function sightOf(clock: Clock, onAnnotations?: LeaseOptions['onAnnotations']): Sight {
  let seen: LeaseObject | undefined;
  let words = '';
  let since = 0;
  return {
    see(object) {
      // Only the spec, not metadata: somebody's annotation does not show that the holder is alive.
      const said = JSON.stringify(object.spec ?? {});
      if (seen === undefined || said !== words) since = clock.monotonic();
      words = said;
      seen = object;
      onAnnotations?.(object.metadata.annotations ?? {});
      return object;
    },
    seen: () => seen,
    since: () => since,
  };
}

const instantOf = (clock: Clock): Instant => ({ monotonic: clock.monotonic(), wall: clock.now() });

const microTime = (clock: Clock): string => new Date(clock.now()).toISOString().replace('Z', '000Z');
