import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/model/object.ts';
import { failure, ok, type Result } from '../../src/model/failure.ts';
import { identityOf, lease, type LeaseOptions } from '../../src/shell/fleet/lease.ts';
import { linesOf, manualClock, type ManualClock } from './faultserver.ts';

interface Stored {
  readonly metadata: { readonly resourceVersion: string; readonly annotations?: object };
  readonly spec: {
    readonly holderIdentity: string;
    readonly leaseTransitions: number;
    readonly acquireTime: string;
    readonly renewTime: string;
    readonly leaseDurationSeconds: number;
  };
}

/** The Lease of an API server, which may be away, refuse, or answer when it is told. */
function store() {
  let object: Stored | undefined;
  let version = 0;
  const calls: string[] = [];
  const state = { down: false, hold: undefined as Promise<void> | undefined, loseAnswers: false };
  const keep = (given: KubeObject): Result<unknown> => {
    version++;
    object = { ...given, metadata: { ...given.metadata, resourceVersion: String(version) } } as unknown as Stored;
    return ok(object);
  };
  const answer = async (call: string, then: () => Result<unknown>): Promise<Result<unknown>> => {
    calls.push(call);
    if (state.hold !== undefined) await state.hold;
    if (state.down) return failure('Transient', 'down');
    const result = then();
    return state.loseAnswers ? failure('Transient', 'reset') : result;
  };
  const kube: LeaseOptions['kube'] = {
    create: (_, given) => answer('create', () => (object === undefined ? keep(given) : failure('Exists', 'exists', 409))),
    read: () => answer('read', () => (object === undefined ? failure('Gone', 'not found', 404) : ok(object))),
    replaceLease: (_, __, given) =>
      answer('replace', () => {
        if (object === undefined) return failure('Gone', 'not found', 404);
        const { resourceVersion } = given.metadata as unknown as Stored['metadata'];
        return resourceVersion === object.metadata.resourceVersion ? keep(given) : failure('Conflict', 'modified', 409);
      }),
  };
  return {
    kube,
    calls,
    state,
    get: () => object,
    remove: () => void (object = undefined),
    annotate: () =>
      void keep({ ...object, metadata: { ...object!.metadata, annotations: { a: String(version) } } } as unknown as KubeObject),
  };
}

function candidate(api: ReturnType<typeof store>, clock: ManualClock, identity: string) {
  const seen: string[] = [];
  const told: unknown[] = [];
  const gaps: number[] = [];
  const one = lease({
    kube: api.kube,
    namespace: 'ns',
    name: 'l',
    identity,
    clock,
    log: linesOf(),
    random: () => 0,
    onGain: () => void seen.push('gain'),
    onLoss: () => void seen.push('loss'),
    onAnnotations: (annotations) => {
      if (!isDeepStrictEqual(annotations, told.at(-1))) told.push(annotations);
    },
    onRenewal: (seconds) => void gaps.push(seconds),
  });
  return { ...one, seen, told, gaps, ended: one.run() };
}
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
/** Time passes in steps that let every answer arrive. */
async function pass(clock: ManualClock, ms: number) {
  for (let left = ms; left > 0; left -= 100) {
    clock.advance(Math.min(100, left));
    await settled();
  }
}

test('the first candidate creates the lease and may write', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  expect(a.mayWrite()).toBe(false);
  await settled();
  expect(a.seen).toEqual(['gain']);
  expect(a.mayWrite()).toBe(true);
  expect(api.get()!.spec).toEqual({
    holderIdentity: 'a',
    leaseDurationSeconds: 15,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:00.000000Z',
    leaseTransitions: 0,
  });
});

test('a held lease is renewed every two seconds with one call', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  await settled();
  await pass(clock, 20_000);
  expect(api.calls).toEqual(['read', 'create', ...Array<string>(10).fill('replace')]);
  expect(a.mayWrite()).toBe(true);
  expect(a.gaps).toEqual(Array(10).fill(2));
  expect(api.get()!.spec).toMatchObject({
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:20.000000Z',
    leaseTransitions: 0,
  });
});

test('another waits while it is renewed, however wrong its own wall clock is', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  await settled();
  const skewed = { ...clock, now: () => clock.now() + 3_600_000 };
  const b = candidate(api, skewed, 'b');
  await pass(clock, 60_000);
  expect([a.mayWrite(), b.mayWrite()]).toEqual([true, false]);
  expect(b.seen).toEqual([]);
});

test('a lease that is not renewed any more is taken over after its duration, not before', async () => {
  const [api, clock] = [store(), manualClock()];
  candidate({ ...api, kube: { ...api.kube, replaceLease: () => Promise.resolve(failure('Transient', 'cut off')) } }, clock, 'a');
  await settled();
  const b = candidate(api, clock, 'b');
  await pass(clock, 14_900);
  expect(b.mayWrite()).toBe(false);
  await pass(clock, 2_000);
  expect(b.seen).toEqual(['gain']);
  expect(api.get()!.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
});

test('whoever cannot renew may not write after ten seconds, long before another may, and loses once', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  await settled();
  api.state.down = true;
  await pass(clock, 9_900);
  expect(a.mayWrite()).toBe(true);
  await pass(clock, 100);
  expect(a.mayWrite()).toBe(false);
  expect(a.seen).toEqual(['gain', 'loss']);
  api.state.down = false;
  await pass(clock, 30_000);
  await a.ended;
  expect(a.seen).toEqual(['gain', 'loss']);
  expect(a.mayWrite()).toBe(false);
});

test('the fence falls by the clock, even when the event loop was stuck and no timer ran', async () => {
  const [api, clock] = [store(), manualClock()];
  let stuckMs = 0;
  const stuck: ManualClock = { ...clock, monotonic: () => clock.monotonic() + stuckMs, now: () => clock.now() + stuckMs };
  const a = candidate(api, stuck, 'a');
  await settled();
  stuckMs = 9_999;
  expect(a.mayWrite()).toBe(true);
  stuckMs = 10_000;
  expect(a.mayWrite()).toBe(false);
});

test('a renewal counts from when it was sent, not from when it was answered', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  await settled();
  let answer: () => void = () => undefined;
  api.state.hold = new Promise((resolve) => (answer = resolve));
  await pass(clock, 2_000); // sent now
  await pass(clock, 4_000);
  answer();
  api.state.hold = undefined;
  await settled();
  api.state.down = true;
  await pass(clock, 5_900);
  expect(a.mayWrite()).toBe(true);
  await pass(clock, 100);
  expect(a.mayWrite()).toBe(false);
});

test('a machine that slept may not write until it has renewed', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  await settled();
  clock.sleep(1_000);
  expect(a.mayWrite()).toBe(true);
  clock.sleep(1);
  expect(a.mayWrite()).toBe(false);
  await pass(clock, 2_000);
  expect(a.mayWrite()).toBe(true);
  expect(a.seen).toEqual(['gain']);
});

test('a machine that slept while another took over loses', async () => {
  const [api, clock, other] = [store(), manualClock(), manualClock()];
  const a = candidate(api, clock, 'a');
  await settled();
  const b = candidate(api, other, 'b');
  await pass(other, 20_000);
  expect(b.seen).toEqual(['gain']);
  await pass(clock, 2_000);
  expect(a.seen).toEqual(['gain', 'loss']);
  expect(b.mayWrite()).toBe(true);
});

test('a lease given away is taken within two seconds', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  await settled();
  const b = candidate(api, clock, 'b');
  await pass(clock, 5_000);
  await a.release();
  await a.ended;
  expect(a.mayWrite()).toBe(false);
  expect(api.get()!.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
  await pass(clock, 2_000);
  expect(b.seen).toEqual(['gain']);
  expect(a.seen).toEqual(['gain']);
});

test('release waits for a renewal under way', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  await settled();
  let answer: () => void = () => undefined;
  api.state.hold = new Promise((resolve) => (answer = resolve));
  await pass(clock, 2_000);
  const releasing = a.release();
  expect(a.mayWrite()).toBe(false);
  answer();
  api.state.hold = undefined;
  await releasing;
  expect(api.get()!.spec.holderIdentity).toBe('');
});

test('release by one who never had it writes nothing', async () => {
  const [api, clock] = [store(), manualClock()];
  candidate(api, clock, 'a');
  await settled();
  const b = candidate(api, clock, 'b');
  await settled();
  const before = api.calls.length;
  await b.release();
  await b.ended;
  expect(api.calls).toHaveLength(before);
  expect(api.get()!.spec.holderIdentity).toBe('a');
});

test('a renewal whose answer was lost is not a loss', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  await settled();
  api.state.loseAnswers = true;
  await pass(clock, 2_000);
  api.state.loseAnswers = false;
  await pass(clock, 20_000);
  expect(a.seen).toEqual(['gain']);
  expect(a.mayWrite()).toBe(true);
  expect(api.get()!.spec.leaseTransitions).toBe(0);
});

test('an annotation written by others is kept, and is no sign of life', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  await settled();
  api.annotate();
  await pass(clock, 4_000);
  expect(api.get()).toMatchObject({ metadata: { annotations: { a: '1' } }, spec: { holderIdentity: 'a' } });
  expect(a.seen).toEqual(['gain']);
  await a.release();
  // Dead holder, busy annotations.
  const c = candidate({ ...api, kube: { ...api.kube, replaceLease: () => Promise.resolve(failure('Transient', 'cut off')) } }, clock, 'c');
  await pass(clock, 2_000);
  expect(c.seen).toEqual([]);
});

test('a dead holder is not kept alive by annotations', async () => {
  const [api, clock] = [store(), manualClock()];
  candidate({ ...api, kube: { ...api.kube, replaceLease: () => Promise.resolve(failure('Transient', 'cut off')) } }, clock, 'a');
  await settled();
  const b = candidate(api, clock, 'b');
  for (let i = 0; i < 9; i++) {
    await pass(clock, 2_000);
    if (b.seen.length === 0) api.annotate();
  }
  expect(b.seen).toEqual(['gain']);
});

test('what is written on it is kept by renewals, reaches who waits, and outlives the holder', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  await settled();
  const b = candidate(api, clock, 'b');
  expect((await a.annotate('breaker', 'open')).is).toBe('ok');
  await pass(clock, 4_000);
  expect(a.told).toEqual([{}, { breaker: 'open' }]);
  expect(b.told).toEqual([{}, { breaker: 'open' }]);
  await a.release();
  await pass(clock, 4_000);
  expect(b.seen).toEqual(['gain']);
  expect(api.get()!.metadata.annotations).toEqual({ breaker: 'open' });
});

test('it is written over what others wrote meanwhile, and loses nothing of theirs', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  await settled();
  api.annotate();
  expect((await a.annotate('breaker', 'open')).is).toBe('ok');
  expect(api.calls.slice(-3)).toEqual(['replace', 'read', 'replace']);
  expect(api.get()!.metadata.annotations).toEqual({ a: '1', breaker: 'open' });
  await pass(clock, 4_000);
  expect(a.seen).toEqual(['gain']);
  expect(a.mayWrite()).toBe(true);
});

test('written while its answer is lost it is no success, and is seen with the next renewal', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  expect((await a.annotate('breaker', 'open')).is).toBe('failure'); // not seen yet
  await settled();
  api.state.loseAnswers = true;
  expect((await a.annotate('breaker', 'open')).is).toBe('failure');
  api.state.loseAnswers = false;
  await pass(clock, 4_000);
  expect(a.told).toEqual([{}, { breaker: 'open' }]);
  expect(a.seen).toEqual(['gain']);
});

test('a lease deleted while it is held is created again', async () => {
  const [api, clock] = [store(), manualClock()];
  const a = candidate(api, clock, 'a');
  await settled();
  api.remove();
  await pass(clock, 2_000);
  expect(api.get()!.spec.holderIdentity).toBe('a');
  expect(a.seen).toEqual(['gain']);
});

test('of two that start together one wins', async () => {
  const [api, clock] = [store(), manualClock()];
  const both = [candidate(api, clock, 'a'), candidate(api, clock, 'b')];
  await pass(clock, 30_000);
  expect(both.flatMap(({ seen }) => seen)).toEqual(['gain']);
  expect(both.filter((one) => one.mayWrite())).toHaveLength(1);
});

test('an identity is never used twice', () => {
  expect(identityOf('pod-1')).toMatch(/^pod-1_[0-9a-f-]{36}$/);
  expect(identityOf('pod-1')).not.toBe(identityOf('pod-1'));
});
