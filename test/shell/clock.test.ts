// Somebody sets the clock, by an hour either way, or the machine sleeps as long: what is timed goes by the monotonic clock or begins
// afresh, so that nothing is torn down early, and nobody writes who has not renewed the Lease since.
import { describe, expect, test } from '@jest/globals';
import { failure, ok } from '../../src/model/failure.ts';
import { obj } from '../../src/model/json.ts';
import type { AppKey } from '../../src/model/version.ts';
import { lease } from '../../src/shell/fleet/lease.ts';
import { createQueue } from '../../src/shell/loop/queue.ts';
import { watch, type WatchOptions } from '../../src/shell/api/watch.ts';
import { World, type WorldOptions } from '../world.ts';
import { complaints } from '../world/play.ts';
import { APP, setConfig, shop } from '../world/scenarios.ts';
import { eventually, linesOf, manualClock } from './faultserver.ts';

const HOUR_MS = 3_600_000;
const JUMPS = [
  ['an hour forwards', HOUR_MS],
  ['an hour back', -HOUR_MS],
] as const;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe.each(JUMPS)('the clock is set %s', (_, jumpMs) => {
  test('a watch neither gives its stream up nor cuts a wait short', async () => {
    const clock = manualClock();
    const sink = { begin: () => undefined, put: () => undefined, drop: () => undefined, end: () => undefined };
    let asked = 0;
    async function* quiet(signal: AbortSignal) {
      yield await Promise.resolve(Buffer.from('\n'));
      await new Promise((_, reject) => {
        signal.addEventListener('abort', reject);
      });
    }
    const kube: WatchOptions['kube'] = {
      stream: (_, __, signal) => Promise.resolve(++asked === 1 ? failure('Transient', 'down', 503) : ok(quiet(signal))),
      list: () => Promise.reject(new Error('streams only')),
    };
    const one = watch({ source: { kind: 'Pod' }, sink, kube, clock, log: linesOf(), random: () => 0 });
    await turn();
    expect(clock.waits()).toEqual([800]);
    clock.sleep(jumpMs);
    clock.advance(799);
    await turn();
    expect(asked).toBe(1);
    clock.advance(1);
    await turn();
    expect(asked).toBe(2);
    clock.sleep(-jumpMs);
    clock.advance(129_999);
    await turn();
    expect(asked).toBe(2);
    clock.advance(1);
    await eventually(() => clock.waits().includes(800));
    one.stop();
    await one.ended;
  });

  test('the queue works on no key before its time, nor later', async () => {
    const clock = manualClock();
    const worked: string[] = [];
    const queue = createQueue<AppKey>({ clock, random: () => 0, soon: queueMicrotask });
    queue.run((key) => Promise.resolve(void worked.push(key)), { concurrency: 1 });
    queue.addAfter('a/b' as AppKey, 10_000);
    clock.sleep(jumpMs);
    clock.advance(9_999);
    await turn();
    expect(worked).toEqual([]);
    clock.advance(1);
    await turn();
    expect(worked).toEqual(['a/b']);
  });

  test('whoever holds the Lease may not write until it is renewed, two seconds later at most', async () => {
    const clock = manualClock();
    let stored: unknown;
    const kube = {
      read: () => Promise.resolve(failure('Gone', 'not found', 404)),
      create: (_: unknown, object: object) => Promise.resolve(ok((stored = object))),
      replaceLease: (_: unknown, __: unknown, object: object) => Promise.resolve(ok((stored = object))),
    };
    const told: string[] = [];
    const one = lease({
      ...{ kube, clock, namespace: 'ns', name: 'l', identity: 'a', log: linesOf() },
      onGain: () => void told.push('gain'),
      onLoss: () => void told.push('loss'),
    });
    void one.run();
    await turn();
    expect(one.mayWrite()).toBe(true);
    clock.sleep(jumpMs);
    expect(one.mayWrite()).toBe(false);
    clock.advance(1_999);
    await turn();
    expect(one.mayWrite()).toBe(false);
    clock.advance(1);
    await turn();
    expect(one.mayWrite()).toBe(true);
    expect(obj(obj(stored).spec).holderIdentity).toBe('a');
    // Ten seconds without a renewal are ten seconds of the monotonic clock.
    clock.sleep(-jumpMs);
    expect(told).toEqual(['gain']);
    await one.release();
  });

  /** A world whose wall clock can be set. */
  function settable(options: WorldOptions = {}) {
    const world = new World(options);
    const { time, oracles } = world;
    let setBy = 0;
    const now = time.now.bind(time);
    time.now = () => now() + setBy;
    const judge = oracles.judge.bind(oracles);
    const set = (): void => {
      setBy = jumpMs;
      // The lint takes the latest instant of a report for that of its writing, which a clock that was set back belies.
      if (jumpMs < 0)
        oracles.judge = (what) => {
          if (what.kind !== 'ImmutableApp' || what.actor !== 'operator') judge(what);
        };
      // Something happens, so that the App is looked at.
      world.edit('ImmutableApp', APP, (draft) => {
        draft.spec = { ...draft.spec, retention: { ...obj(draft.spec?.retention), versions: 9 } };
      });
    };
    return { world, set };
  }

  /** An App whose old version drains for ten minutes and then stays warm for twenty, and a clock that can be set. */
  async function draining() {
    const { world, set } = settable();
    world.apply('ImmutableApp', shop({ replicas: 2, warmSeconds: 1_200, more: { promotion: { drainSeconds: 600 } } }));
    await world.settle();
    const [old] = world.store.list('Deployment');
    world.edit('ImmutableApp', APP, setConfig('v2'));
    await world.time.run(60_000, () => world.oracles.moves.length === 2);
    const name = old!.metadata.name;
    return {
      world,
      size: () => world.store.list('Deployment').find(({ metadata }) => metadata.name === name)?.spec?.replicas,
      role: () =>
        ((obj(world.app(APP).status).versions ?? []) as { instances?: { name: string; role: string }[] }[])
          .flatMap(({ instances }) => instances ?? [])
          .find((instance) => instance.name === name)?.role,
      set,
    };
  }

  test('a version that drains goes on draining, for at least as long as it was to', async () => {
    const { world, size, role, set } = await draining();
    await world.time.run(300_000);
    set();
    await world.time.run(598_000);
    expect([role(), size()]).toEqual(['Draining', 2]);
    await world.time.run(10_000);
    expect([role(), size()]).toEqual(['Warm', 2]);
    expect(await world.settle()).toBe(true);
    expect(size()).toBeUndefined();
    expect(complaints(world)).toEqual([]);
  });

  test('a warm version stays warm, for at least as long as it was to', async () => {
    const { world, size, role, set } = await draining();
    await world.time.run(700_000);
    expect([role(), size()]).toEqual(['Warm', 2]);
    set();
    await world.time.run(1_198_000);
    expect(size()).toBe(2);
    expect(await world.settle()).toBe(true);
    expect(size()).toBeUndefined();
    expect(complaints(world)).toEqual([]);
  });

  test('a version that comes up has all of its deadline', async () => {
    const { world, set } = settable({ weather: { kubelet: [50_000, 50_000] } });
    world.apply('ImmutableApp', shop({ replicas: 2, more: { promotion: { progressDeadlineSeconds: 60, drainSeconds: 0 } } }));
    world.time.after(40_000, set);
    expect(await world.settle()).toBe(true);
    expect(world.oracles.moves).toHaveLength(1);
    expect(world.store.list('ControllerRevision').filter(({ metadata }) => metadata.name.includes('verdict'))).toEqual([]);
    expect(complaints(world)).toEqual([]);
  });
});
