// What it survives: lost status, a killed operator, a killed leader.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { seeded } from '../world/time.ts';
import { condition, HELD, is, owned, template } from './harness.ts';
import type { Place } from './harness.ts';
import type { App } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';
import type { OperatorProcess } from './process.ts';

const stage = openStage();

/** Everything that could move: what Services select, what Deployments there are, how large, which pods, which records. */
const still = (place: Place): unknown => ({
  services: place.list('Service').map(({ metadata, spec }) => [metadata.name, metadata.uid, spec.selector]),
  deployments: place.list('Deployment').map(({ metadata, spec }) => [metadata.name, metadata.uid, metadata.generation, spec.replicas]),
  pods: place
    .list('Pod')
    .map(({ metadata }) => metadata.uid)
    .toSorted(),
  records: place
    .list('ControllerRevision')
    .map(({ metadata }) => metadata.name)
    .toSorted(),
});

describe('status wiped: nothing moves', () => {
  let operator: OperatorProcess;
  beforeAll(async () => {
    operator = await stage.operator();
  });
  afterAll(() => operator.stop());

  const two = async (place: Place, spec: object = {}) => {
    const old = await place.rollOut({ ...spec, version: '1' });
    const next = await place.rollOut({ ...spec, version: '2', template: template({ image: 'example/web:2' }) });
    return { old, next };
  };
  const PHASES: readonly (readonly [phase: string, reach: (place: Place) => Promise<App>])[] = [
    [
      'in peace, one warm',
      async (place) => {
        await two(place);
        return place.find('ImmutableApp', 'shop')!;
      },
    ],
    [
      'while a version comes up',
      async (place) => {
        const old = await place.rollOut({ replicas: 2 });
        const app = await place.update({ replicas: 2, template: template({ image: 'example/web:2', annotations: HELD }) });
        const next = await place.heldUp(2, old);
        await place.release(next, 1);
        return place.reported(
          app,
          ({ status }) => status?.versions?.find(({ id }) => id === next)?.instances?.[0]?.ready === 1,
          'reports one ready pod',
        );
      },
    ],
    [
      'while the old version drains',
      async (place) => {
        const spec = { promotion: { drainSeconds: 600 } };
        await place.rollOut(spec);
        const app = await place.update({ ...spec, template: template({ image: 'example/web:2' }) });
        return place.reported(app, (now) => condition(now, 'Reconciling')?.reason === 'Draining', 'drains');
      },
    ],
    [
      'pinned to an older version by activeVersion',
      async (place) => {
        await two(place);
        return place.steady(await place.point('1'));
      },
    ],
    [
      'after a human passed the latest version over and let go',
      async (place) => {
        await two(place);
        await place.steady(await place.point('1'));
        return place.steady(await place.point(''));
      },
    ],
    [
      'while a newer version awaits activation',
      async (place) => {
        const manual = { promotion: { mode: 'Manual' } };
        await place.rollOut(manual);
        const app = await place.update({ ...manual, template: template({ image: 'example/web:2' }) });
        return place.reported(
          app,
          (now) => condition(now, 'Ready')?.reason === 'AwaitingActivation' && now.status?.versions?.[0]?.instances?.[0]?.ready === 1,
          'awaits activation',
        );
      },
    ],
    [
      'after the latest version failed',
      async (place) => {
        await place.rollOut({});
        const bad = {
          promotion: { progressDeadlineSeconds: 1 },
          retention: { failedSeconds: 0 },
          template: template({ annotations: { 'test.immutableapp.io/ready': 'never' } }),
        };
        const app = await place.stalled(await place.update(bad), 'VersionFailed');
        await place.until('its pods are gone', () => place.podsOf(app.status!.latestVersion!).length === 0);
        return app;
      },
    ],
    [
      'a worker with one version, no Service to tell which',
      async (place) => {
        await place.rollOut({ services: [] });
        return place.find('ImmutableApp', 'shop')!;
      },
    ],
  ];

  test.each(PHASES)(
    '%s',
    async (_, reach) => {
      const place = await stage.place();
      const app = await reach(place);
      await place.settle();
      const before = still(place);
      const wiped = await place.merge('ImmutableApp', 'shop', { status: null }, '/status');
      expect(wiped.status).toEqual({ observedGeneration: -1 }); // As the schema has it.
      // The report is written anew from what there is, and says the same about who serves.
      const since = Number(wiped.metadata.resourceVersion);
      const now = await place.reported(
        app,
        ({ metadata, status }) => Number(metadata.resourceVersion) > since && status?.activeInstance !== undefined,
        'is reported anew',
      );
      expect(now.status).toMatchObject({ activeInstance: app.status?.activeInstance, latestVersion: app.status?.latestVersion });
      expect(['Available', 'Ready'].map((type) => condition(now, type)?.status)).toEqual(
        ['Available', 'Ready'].map((type) => condition(app, type)?.status),
      );
      // A change that is seen through to its end shows that nothing was still on its way.
      await place.reported(
        await place.merge('ImmutableApp', 'shop', { spec: { retention: { versions: 9 } } }),
        () => true,
        'is reported once more',
      );
      await place.settle();
      expect(still(place)).toEqual(before);
      await place.expectSafe();
    },
    TEST_MS,
  );
});

describe('killed', () => {
  let operators: OperatorProcess[] = [];
  afterEach(async () => {
    await Promise.all(operators.map((operator) => operator.kill()));
    operators = [];
  });
  const start = async (...flags: string[]): Promise<OperatorProcess> => {
    const operator = await stage.start(flags);
    operators.push(operator);
    return operator;
  };

  // Two lives: after twenty versions in a row an App would be throttled.
  test.each([1, 2])(
    'operator killed with SIGKILL at random moments of an update, 10 times: always converges, selector never on an unready instance (life %i)',
    async () => {
      const KILLS = 10;
      const MOST_UPDATES = 19;
      const seed = Number(process.env.SEED ?? Date.now() % 1e6);
      process.stderr.write(`SEED=${seed}\n`);
      const random = seeded(seed);
      const place = await stage.place();
      const slow = { 'test.immutableapp.io/ready-after': '150ms' };
      const spec = (n: number) => ({
        replicas: 2,
        retention: { warm: n % 2, warmSeconds: 0, versions: 3 },
        services: [owned('web'), owned('admin'), owned('next', 'Preview')],
        template: template({ image: `example/web:${n}`, annotations: slow }),
        config: [{ name: 'httpd', mountPath: '/etc/httpd', data: { 'httpd.conf': `Listen ${n}` } }],
      });
      let operator = await start('--no-leader-elect');
      await operator.ready();
      const served = [await place.rollOut(spec(0))];
      let kills = 0;
      for (let n = 1; kills < KILLS && n <= MOST_UPDATES; n++) {
        // An update is at least 60 events long, until the old version is gone.
        let left = 1 + Math.floor(random() * 50);
        const reached = new Promise<void>((resolve) => {
          const stop = stage.recorder.onEvent(place.namespace, () => {
            if (--left > 0) return;
            stop();
            resolve();
          });
        });
        const app = await place.update(spec(n));
        const done = place.steady(app).then(() => place.until('the old one is gone', () => place.list('Deployment').length === 1));
        const killed = await Promise.race([reached.then(() => true), done.then(() => false)]);
        if (killed) {
          kills++;
          await operator.kill();
          operators = [];
          operator = await start('--no-leader-elect'); // whatever happened in between, it finds
        }
        await done;
        served.push(place.find('ImmutableApp', 'shop')!.status!.activeVersion!);
      }
      expect(kills).toBe(KILLS);
      await place.expectSafe();
      // Every update moved every Service once, to its own version, and back to none.
      expect(new Set(served).size).toBe(served.length);
      expect(await place.route('web')).toEqual(served);
      expect(await place.route('admin')).toEqual(served);
      const switches = place.find('ImmutableApp', 'shop')!.status!.history!.map(({ to }) => to);
      expect(switches).toEqual(served.toReversed().slice(0, 20));
      expect(place.versions().length).toBe(3);
      expect(place.list('ConfigMap').filter(({ immutable }) => immutable === true).length).toBe(3);
    },
    4 * TEST_MS,
  );

  test(
    'two operators: one leads, kill -9 the leader, the other takes over and finishes an update; a polite end hands over at once',
    async () => {
      const place = await stage.place();
      const first = await start();
      await first.ready();
      const old = await place.rollOut({ replicas: 2 });
      const lease = () => stage.recorder.find('Lease', 'immutableapp-system', 'immutableapp')?.spec.holderIdentity;
      const leader = lease();
      const second = await start();
      await second.ready(); // standing by is ready
      expect(lease()).toBe(leader);

      const app = await place.update({ replicas: 2, template: template({ image: 'example/web:2', annotations: HELD }) });
      const next = await place.heldUp(2, old);
      await place.release(next, 1);
      await first.kill();
      await place.release(next);
      await place.until('the other has the lease', () => lease() !== leader && lease() !== '', 30_000);
      const done = await place.steady(app);
      expect(is(done, 'Available')).toBe(true);
      expect(await place.route()).toEqual([old, next]);

      const third = await start();
      await third.ready();
      const before = lease();
      const asked = performance.now();
      expect(await second.stop()).toBe('exited with code 0');
      await place.until('the third has the lease', () => lease() !== before && (lease() ?? '') !== '', 10_000);
      process.stderr.write(`lease handed over within ${(performance.now() - asked).toFixed(0)} ms of SIGTERM\n`);
      const last = await place.rollOut({ replicas: 2, template: template({ image: 'example/web:3' }) });
      expect(await place.route()).toEqual([old, next, last]);
      expect((await third.page('/metrics'))?.text).toMatch(/^immutableapp_lease_held 1$/m);
      await place.expectSafe();
    },
    2 * TEST_MS,
  );
});
