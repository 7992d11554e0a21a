// promotion.overlap Never on a real API server, with real controllers: what serves stops before what comes next starts, there and back. That
// no two instances ever had pods at a time is judged by safety.ts, from the order in which etcd took the writes.
import { expect, test } from '@jest/globals';
import { condition, is, NEVER, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

const alone = { replicas: 2, promotion: { overlap: 'Never', progressDeadlineSeconds: 3 } };
const next = { ...alone, template: template({ image: 'example/web:2' }) };
const withPods = (place: Place): string[] => [
  ...new Set(place.list('Pod').map(({ metadata }) => metadata.labels?.['immutableapp.io/instance'] ?? '')),
];
/** It served, stopped, and started again: pods of each of its lives. */
const podsEver = (place: Place, instance: string): number =>
  new Set(
    place
      .history('Pod')
      .flatMap(({ object: { metadata } }) => (metadata.labels?.['immutableapp.io/instance'] === instance ? [metadata.uid] : [])),
  ).size;
/** The test itself asked for downtime. */
const expectSafe = (place: Place) => place.expectSafe({ gaps: true });

test(
  'an update: the old version stops first, nothing starts before its last pod has ended, the new one serves',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut(alone);
    const [slow] = place.podsOf(one);
    await place.merge('Pod', slow!.metadata.name, { metadata: { finalizers: ['example.com/unmount'] } });
    const app = await place.update(next);
    const waiting = await place.told(
      (now) => /^\S+ stops before \S+ starts, and 1 of its pods are still there/.test(condition(now, 'Reconciling')?.message ?? ''),
      'one pod still terminates',
    );
    expect([condition(waiting, 'Ready')?.reason, is(waiting, 'Available'), is(waiting, 'Stalled')]).toEqual(['Stopping', false, false]);
    expect(withPods(place)).toEqual([one]);
    await place.merge('Pod', slow!.metadata.name, { metadata: { finalizers: null } });
    const two = (await place.steady(app)).status!.activeVersion!;
    expect([two === one, ...withPods(place)]).toEqual([false, two]);
    expect(await place.route()).toEqual([one, two]);
    const ended = place.history('Pod', slow!.metadata.name).find(({ gone }) => gone)!;
    const [begun] = place.history('Pod').filter(({ object }) => object.metadata.labels?.['immutableapp.io/instance'] === two);
    expect(ended.version).toBeLessThan(begun!.version);
    await expectSafe(place);
  },
  TEST_MS,
);

test(
  'a version that does not come up in time stops, and what served before serves again; it is not tried again',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut(alone);
    const failed = await place.stalled(await place.update({ ...next, template: template({ annotations: NEVER }) }), 'VersionFailed');
    const two = failed.status!.latestVersion!;
    const back = await place.told((app) => is(app, 'Available') && app.status?.activeVersion === one, 'what served serves again');
    expect(back.status?.versions?.find(({ id }) => id === two)).toMatchObject({ state: 'Failed', reason: 'NotReadyInTime' });
    expect(condition(back, 'Stalled')?.message).not.toContain('tried again by itself');
    await place.until('all of its pods are back', () => place.find('Deployment', one)?.status.availableReplicas === 2);
    expect(withPods(place)).toEqual([one]);
    expect([podsEver(place, one), podsEver(place, two)]).toEqual([4, 2]);
    expect(await place.route()).toEqual([one]);
    await expectSafe(place);
  },
  TEST_MS,
);

test(
  'a rollback by activeVersion goes the same way, and forth again',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({ ...alone, version: '1' });
    const two = await place.rollOut({ ...next, version: '2' });
    await place.steady(await place.point('1'));
    expect(withPods(place)).toEqual([one]);
    await place.steady(await place.point('2'));
    expect(withPods(place)).toEqual([two]);
    expect(await place.route()).toEqual([one, two, one, two]);
    await expectSafe(place);
  },
  TEST_MS,
);

test(
  'a worker is updated without two of it at work',
  async () => {
    const place = await stage.place();
    const worker = { services: [] };
    const one = await place.rollOut({ ...alone, ...worker });
    const two = await place.rollOut({ ...next, ...worker });
    expect([two === one, ...withPods(place)]).toEqual([false, two]);
    await expectSafe(place);
  },
  TEST_MS,
);

test(
  'versions that keep each other off the nodes say what to add; once that is there they fit beside each other',
  async () => {
    const place = await stage.place();
    const spec = (image: string, overlap: string, more: object = {}) => ({
      replicas: 2, // as many as there are nodes
      promotion: { overlap, progressDeadlineSeconds: 60 },
      retention: { warm: 0 },
      template: template({
        image,
        pod: {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname', ...more },
              ],
            },
          },
        },
      }),
    });
    const told = { matchLabelKeys: ['immutableapp.io/instance'] };
    await place.rollOut(spec('example/web:1', 'Always'));
    await place.update(spec('example/web:2', 'Always'));
    const words =
      /anti-affinity rules.*; pods of every version count for a term of its podAntiAffinity: add matchLabelKeys: \[immutableapp/;
    await place.told((app) => words.test(condition(app, 'Reconciling')?.message ?? ''), 'they find no node');
    const three = await place.rollOut(spec('example/web:3', 'Never', told));
    expect(withPods(place)).toEqual([three]);
    await place.rollOut(spec('example/web:4', 'Always', told));
    await place.expectSafe({ gaps: true });
  },
  2 * TEST_MS,
);
