// Budgets on a real API server, with the real disruption controller and the eviction API: warm pods never vouch for active ones.
import { expect, test } from '@jest/globals';
import { condition, is, template } from './harness.ts';
import type { Place } from './harness.ts';
import type { App } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

const spec = { replicas: 2, retention: { warm: 1, warmSeconds: 600 } };
const second = { template: template({ image: 'example/web:2' }) };

/** Two instances of two pods each: one active, one warm. */
async function activeAndWarm(place: Place, more: object = {}) {
  const warm = await place.rollOut({ ...spec, ...more });
  const active = await place.rollOut({ ...spec, ...more, ...second });
  return { warm, active };
}

/** The status code of an eviction; nothing happens in a dry run. */
async function evict(place: Place, pod: string, dryRun = true): Promise<number> {
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: pod, namespace: place.namespace },
    deleteOptions: dryRun ? { dryRun: ['All'] } : {},
  };
  const { code } = await stage.admin.post(`${place.path('Pod', pod)}/eviction`, body);
  return code;
}

const guarded = (place: Place, budget: string, pods: number) =>
  place.until(`budget ${budget} counts ${pods} pods`, () => {
    const now = place.find('PodDisruptionBudget', budget);
    return now?.status?.expectedPods === pods && now.status.observedGeneration === now.metadata.generation && now;
  });

const warnings = (app: App | undefined, reason: string): string[] =>
  (app?.status?.warnings ?? []).filter((warning) => warning.reason === reason).map(({ message }) => message ?? '');

test(
  'active pods are not evicted below the budget though warm pods abound',
  async () => {
    const place = await stage.place();
    const { warm, active } = await activeAndWarm(place, { disruption: { minAvailable: 2 } });
    for (const instance of [warm, active]) await guarded(place, instance, 2);
    const pods = [...place.podsOf(active), ...place.podsOf(warm)].map(({ metadata }) => metadata.name);
    expect(pods.length).toBe(4);
    for (const pod of pods) expect(await evict(place, pod)).toBe(429);
    // One at a time: the second has to wait for the first.
    const app = await place.update({ ...spec, ...second, disruption: { maxUnavailable: 1 } });
    await place.until('the budgets are other ones', () =>
      [warm, active].every((name) => place.find('PodDisruptionBudget', name)?.spec.maxUnavailable === 1),
    );
    await guarded(place, active, 2);
    expect(await evict(place, pods[0]!)).toBe(201);
    expect(warnings(await place.steady(app), 'BudgetSpansVersions')).toEqual([]);
    await place.settle();
    // Replaced, never changed; they go with their instance, or when nobody asks for them.
    expect(
      place.history('PodDisruptionBudget', active).filter(({ object, gone }) => !gone && object.spec.minAvailable === 2).length,
    ).toBeGreaterThan(0);
    await place.steady(await place.update({ ...spec, ...second }));
    await place.until('no budget is left', () => place.list('PodDisruptionBudget').length === 0);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a budget goes with its instance',
  async () => {
    const place = await stage.place();
    const lean = { ...spec, retention: { warm: 0 }, disruption: { maxUnavailable: '50%' } };
    const old = await place.rollOut(lean);
    await place.until('it has a budget', () => place.find('PodDisruptionBudget', old));
    const next = await place.rollOut({ ...lean, ...second });
    await place.until(
      'only the new one has a budget',
      () =>
        place
          .list('PodDisruptionBudget')
          .map(({ metadata }) => metadata.name)
          .join() === next,
    );
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'neither a preview nor pods that crash keep a node from being drained',
  async () => {
    const place = await stage.place();
    const three = { ...spec, replicas: 3, disruption: { minAvailable: 2 }, promotion: { mode: 'Manual' } };
    const active = await place.rollOut(three);
    const preview = (await place.steady(await place.update({ ...three, ...second }))).status!.latestVersion!;
    const [pod] = await place.until('the preview is up', () => {
      const pods = place.podsOf(preview);
      return pods.length === 1 && place.find('Deployment', preview)?.status.availableReplicas === 1 && pods;
    });
    await guarded(place, active, 3);
    expect(await evict(place, pod!.metadata.name)).toBe(201);
    // With a budget of its own that lets one go at a time, none of its pods is healthy: all may go.
    const broken = template({ image: 'example/web:3', annotations: { 'test.immutableapp.io/ready': 'crash' } });
    await place.update({ ...three, disruption: { maxUnavailable: 1 }, promotion: { mode: 'Automatic' }, template: broken });
    const crashing = await place.until('the next version has pods', () =>
      place
        .list('PodDisruptionBudget')
        .map(({ metadata }) => metadata.name)
        .find((name) => name !== active && name !== preview),
    );
    await guarded(place, crashing, 3);
    for (const { metadata } of place.podsOf(crashing)) expect(await evict(place, metadata.name)).toBe(201);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a budget of somebody else that spans versions: all active pods may be evicted, and people are warned',
  async () => {
    const place = await stage.place();
    const { active } = await activeAndWarm(place);
    expect(place.list('PodDisruptionBudget')).toEqual([]);
    await place.create('PodDisruptionBudget', 'mine', { spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } } });
    const warned = await place.until('people are warned', () => {
      const now = place.find('ImmutableApp', 'shop');
      return warnings(now, 'BudgetSpansVersions').length > 0 && now;
    });
    expect(warnings(warned, 'BudgetSpansVersions')[0]).toMatch(
      /PodDisruptionBudget mine .* warm pods count for active ones.*spec\.disruption/,
    );
    expect([is(warned, 'Ready'), condition(warned, 'Stalled')]).toEqual([true, undefined]);
    await guarded(place, 'mine', 4);
    // This is what it is warned about: nothing keeps the last active pod.
    for (const { metadata } of place.podsOf(active)) expect(await evict(place, metadata.name)).toBe(201);
    // Ours beside it would let nobody be evicted; that is said as well.
    await place.update({ ...spec, ...second, disruption: { maxUnavailable: 1 } });
    await place.until('people are warned of two', () => warnings(place.find('ImmutableApp', 'shop'), 'BudgetsOverlap').length > 0);
    await guarded(place, active, 2);
    expect(await evict(place, place.podsOf(active)[0]!.metadata.name)).toBe(500);
    await place.remove('PodDisruptionBudget', 'mine');
    await place.until('nobody is warned any more', () => (place.find('ImmutableApp', 'shop')?.status?.warnings ?? []).length === 0);
    expect(await evict(place, place.podsOf(active)[0]!.metadata.name)).toBe(201);
    await place.expectSafe();
  },
  TEST_MS,
);
