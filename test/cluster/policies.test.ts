// The admission policies on a real API server: they compile without a warning, they take hold, and everything that ought to go on goes on.
import { describe, expect, test } from '@jest/globals';
import type { KubectlResult } from '../../deploy/local/kubectl.ts';
import { GC_MS, is, polled, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openOwnStage, TEST_MS } from './opening.ts';

let kubeconfigs: Readonly<Record<'edit' | 'glass', string>>;
const stage = openOwnStage(
  { because: 'it changes the policies and who may do what', autoscalePeriodSeconds: 1, refusals: true },
  async (stage) => {
    await stage.operator();
    const { cluster } = stage;
    const glass = { name: 'glass', groups: ['system:masters', 'immutableapp:break-glass'] };
    kubeconfigs = { edit: await cluster.kubeconfigFor({ name: 'edit', groups: [] }), glass: await cluster.kubeconfigFor(glass) };
    await stage.kubectl('apply', '--server-side', '-f', 'deploy/base/people.yaml');
    await stage.kubectl('create', 'clusterrolebinding', 'edit', '--clusterrole=edit', '--user=edit');
  },
);

interface Policy {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly status?: { readonly observedGeneration?: number; readonly typeChecking?: { readonly expressionWarnings?: readonly unknown[] } };
}

test('no expression has a type warning', async () => {
  const path = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
  const policies = async (): Promise<readonly Policy[]> => (await stage.admin.get<{ items: readonly Policy[] }>(path)).body.items;
  await polled('all are type-checked', async () =>
    (await policies()).every(({ metadata, status }) => status?.observedGeneration === metadata.generation),
  );
  const found = await policies();
  expect(found.length).toBeGreaterThan(10);
  expect(
    found.flatMap(({ metadata, status }) => (status?.typeChecking?.expressionWarnings ?? []).map((warning) => [metadata.name, warning])),
  ).toEqual([]);
});

test('a whole life: create, switch, roll back, retire', async () => {
  const place = await stage.place();
  const one = await place.rollOut({ replicas: 2, disruption: { maxUnavailable: 1 } });
  const two = await place.rollOut({
    replicas: 2,
    disruption: { maxUnavailable: 1 },
    retention: { warmSeconds: 0 },
    template: template({ image: 'web:2' }),
  });
  await place.point(one);
  await place.told(({ status }) => status?.activeVersion === one, 'one serves again');
  expect(await place.route()).toEqual([one, two, one]);
  await place.expectSafe();
}, 60_000);

const attempt = (place: Place, who: keyof typeof kubeconfigs, line: readonly string[], input?: object): Promise<KubectlResult> =>
  stage.cluster.kubectl(['-n', place.namespace, ...line], {
    kubeconfig: kubeconfigs[who],
    ...(input && { input: JSON.stringify(input) }),
  });
/** As somebody with role edit. */
async function does(place: Place, ...line: readonly string[]): Promise<void> {
  const { code, stderr } = await attempt(place, 'edit', line);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
}
const refused = (words: string) => ({ code: 1, stderr: expect.stringContaining(words) as unknown });

describe('what goes on as ever', () => {
  const served = async (image = 'example/web:1') => {
    const place = await stage.place();
    const sized = template({ image, container: { resources: { requests: { cpu: '10m' } } } });
    const one = await place.rollOut({ replicas: 2, disruption: { maxUnavailable: 1 }, template: sized });
    return { place, one };
  };
  const whole = (place: Place) => place.told((app) => is(app, 'Ready') && !is(app, 'Stalled') && !is(app, 'Reconciling'), 'it is whole');

  test.concurrent('labels and annotations of one’s own, resize of a pod', async () => {
    const { place, one } = await served();
    const { name } = place.podsOf(one)[0]!.metadata;
    for (const object of [`deployment/${one}`, `pod/${name}`, `replicaset/${place.list('ReplicaSet')[0]!.metadata.name}`, 'service/web']) {
      await does(place, 'label', object, 'team=x');
      await does(place, 'annotate', object, 'note=x');
    }
    const able = [{ op: 'add', path: '/status/containerStatuses/0/resources', value: { requests: { cpu: '10m' } } }];
    const bigger = { spec: { containers: [{ name: 'web', resources: { requests: { cpu: '20m' } } }] } };
    await stage.kubectl('-n', place.namespace, 'patch', 'pod', name, '--subresource=status', '--type=json', '-p', JSON.stringify(able));
    await stage.kubectl('-n', place.namespace, 'patch', 'pod', name, '--subresource=resize', '-p', JSON.stringify(bigger));
    await place.settle();
    expect(await place.route()).toEqual([one]);
    await place.expectSafe();
  });

  test.concurrent(
    'eviction and drain of a node',
    async () => {
      const { place, one } = await served('example/web:drained'); // content of its own, or a drain would find the same instance elsewhere
      const { name } = place.podsOf(one)[0]!.metadata;
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } };
      const raw = ['create', '--raw', `${place.path('Pod', name)}/eviction`, '-f', '-'];
      await place.until('its budget allows one', () => place.find('PodDisruptionBudget', one)?.status?.disruptionsAllowed === 1);
      expect(await attempt(place, 'edit', raw, eviction)).toMatchObject({ code: 0 });
      await place.until('it is gone', () => place.find('Pod', name) === undefined);
      await whole(place);
      const node = await stage.kubectl('-n', place.namespace, 'get', 'pods', '-o', 'jsonpath={.items[0].spec.nodeName}');
      const mine = `--pod-selector=immutableapp.io/instance=${one}`;
      try {
        await stage.kubectl('drain', node, '--ignore-daemonsets', '--timeout=30s', mine);
        await place.until('both run elsewhere', () => {
          const pods = place.podsOf(one);
          return pods.length === 2 && pods.every(({ spec }) => spec.nodeName !== node);
        });
      } finally {
        await stage.kubectl('uncordon', node);
      }
      await whole(place);
      expect(await place.route()).toEqual([one]);
      await place.expectSafe();
    },
    TEST_MS,
  );

  test.concurrent(
    'an autoscaler on the App; one on a version is told where it belongs',
    async () => {
      const { place, one } = await served();
      await does(place, 'autoscale', 'immutableapp/shop', '--min=3', '--max=5', '--name=shop');
      await place.deployment(one, 'has three pods', ({ status }) => status.availableReplicas === 3);
      await does(place, 'autoscale', `deployment/${one}`, '--min=4', '--max=5', '--name=version');
      const failed = await place.until('the autoscaler is refused', () =>
        place.find('HorizontalPodAutoscaler', 'version')?.status.conditions?.find(({ reason }) => reason === 'FailedUpdateScale'),
      );
      expect(failed.message).toContain('let an autoscaler target the ImmutableApp');
      await place.settle();
      expect(place.find('Deployment', one)?.spec.replicas).toBe(3);
      await place.expectSafe();
    },
    TEST_MS,
  );

  test.concurrent.each(['background', 'foreground'])(
    'deletion of the App, %s',
    async (cascade) => {
      const { place } = await served();
      await does(place, 'delete', 'iapp/shop', `--cascade=${cascade}`, '--timeout=50s');
      await place.until(
        'nothing is left',
        () =>
          (['Deployment', 'ReplicaSet', 'Pod', 'ConfigMap', 'Service', 'PodDisruptionBudget'] as const).every(
            (kind) => ours(place, kind) === 0,
          ),
        GC_MS,
      );
    },
    TEST_MS,
  );

  test.concurrent(
    'deletion of the App that leaves its versions, and theirs by hand',
    async () => {
      const { place, one } = await served();
      await does(place, 'delete', 'iapp/shop', '--cascade=orphan', '--timeout=50s');
      await place.until('it is nobody’s', () => place.find('Deployment', one)?.metadata.ownerReferences === undefined);
      expect(await attempt(place, 'edit', ['set', 'image', `deployment/${one}`, 'web=evil:1'])).toMatchObject({ code: 1 });
      await does(place, 'delete', `deployment/${one}`, 'service/web', '--timeout=50s');
      await place.until('its pods are gone', () => ours(place, 'Pod') === 0, GC_MS);
    },
    TEST_MS,
  );

  test.concurrent(
    'deletion of its namespace',
    async () => {
      const { place } = await served();
      await stage.kubectl('delete', 'namespace', place.namespace, '--timeout=50s');
    },
    TEST_MS,
  );
});

const ours = (place: Place, kind: Parameters<Place['list']>[0]): number =>
  place.list(kind).filter(({ metadata }) => metadata.labels?.['immutableapp.io/app'] !== undefined).length;

describe('with the glass broken', () => {
  test.concurrent(
    'an administrator sizes, deletes and moves by hand, and the operator puts it right',
    async () => {
      const place = await stage.place();
      const one = await place.rollOut({ replicas: 2 });
      const deeds = [
        [['patch', 'service/web', '--type=merge', '-p', '{"spec":{"selector":{"immutableapp.io/instance":"none"}}}'], 'ImmutableApp shop'],
        [['scale', `deployment/${one}`, '--replicas=1'], 'iapp/shop --replicas=1'],
        [['delete', `deployment/${one}`], 'ImmutableApp shop'],
      ] as const;
      for (const [line, says] of deeds) {
        // Each refusal names the App, and the way to go when nobody is there to do it.
        const why = await attempt(place, 'edit', line);
        expect(why).toMatchObject(refused(says));
        expect(why).toMatchObject(refused('is the operator down? docs/recipes.md, break glass'));
        expect(await attempt(place, 'glass', line)).toMatchObject({ code: 0 });
      }
      // But nobody edits what was published.
      const again = await place.told((app) => is(app, 'Ready') && app.status?.activeInstance !== undefined, 'it is whole');
      await place.until('its pods are back', () => place.list('Deployment').some(({ status }) => status.availableReplicas === 2));
      const change = ['set', 'image', `deployment/${again.status!.activeInstance!}`, 'web=evil:1'];
      expect(await attempt(place, 'glass', change)).toMatchObject(refused('immutableapp-freeze-deployments'));
    },
    TEST_MS,
  );
});

/** 900 kB of the mebibyte that a version may hold, eight Services, each with its own checks of rights. */
const LARGEST = {
  template: template({
    pod: {
      containers: Array.from({ length: 19 }, (_, c) => ({
        name: `c${String(c)}`,
        image: 'example/web:1',
        env: Array.from({ length: 50 }, (__, e) => ({ name: `E${String(e)}`, value: 'x'.repeat(900) })),
      })),
    },
  }),
  services: Array.from({ length: 8 }, (_, i) => ({ name: `web-${String(i)}`, ports: [{ port: 80 }] })),
};

describe('an App at its largest', () => {
  test.concurrent(
    'is made by its author, lives, and is refused in our words, not for what the expressions cost',
    async () => {
      const place = await stage.place();
      expect(await attempt(place, 'edit', ['create', '-f', '-'], place.app({ ...LARGEST, replicas: 1 }))).toMatchObject({ code: 0 });
      const { status } = await place.told((app) => is(app, 'Ready') && app.status?.activeInstance !== undefined, 'it serves', TEST_MS);
      const one = status!.activeInstance!;
      await does(place, 'annotate', `deployment/${one}`, 'note=x');
      const [set, pod] = [place.list('ReplicaSet')[0]!.metadata.name, place.podsOf(one)[0]!.metadata.name];
      for (const object of [`deployment/${one}`, `replicaset/${set}`, `pod/${pod}`]) {
        expect(await attempt(place, 'edit', ['set', 'image', object, 'c0=evil:1'])).toMatchObject(refused('runs a published version'));
      }
      await place.expectSafe();
    },
    2 * TEST_MS,
  );
});

describe('where a namespace is labelled hands-off', () => {
  test.concurrent(
    'nobody gets into a pod or deletes one by hand; eviction and the end of the namespace go on',
    async () => {
      await stage.kubectl('apply', '-k', 'deploy/policies/optional');
      const [place, other] = [await stage.place(), await stage.place()];
      await stage.kubectl('label', 'namespace', place.namespace, 'immutableapp.io/hands-off=true');
      const one = await place.rollOut({ replicas: 2 });
      await other.rollOut({});
      const { name } = place.podsOf(one)[0]!.metadata;
      const debug = (pod: string) => ['debug', pod, '--image=busybox', '--container=look', '--attach=false', '--profile=general'];
      await stage.kubectl('create', 'clusterrole', 'debugger', '--verb=update,patch', '--resource=pods/ephemeralcontainers');
      await stage.kubectl('create', 'clusterrolebinding', 'debugger', '--clusterrole=debugger', '--user=edit');
      const denied = refused('immutableapp-hands-off');
      await polled('it is in force', async () => (await attempt(place, 'edit', ['exec', name, '--', 'true'])).stderr.includes('hands-off'));
      expect(await attempt(place, 'edit', ['exec', name, '--', 'true'])).toMatchObject(denied);
      expect(await attempt(place, 'edit', ['attach', name])).toMatchObject(denied);
      expect(await attempt(place, 'edit', debug(name))).toMatchObject(denied);
      expect(await attempt(place, 'edit', ['delete', 'pod', name, '--wait=false'])).toMatchObject(denied);
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } };
      expect(await attempt(place, 'edit', ['create', '--raw', `${place.path('Pod', name)}/eviction`, '-f', '-'], eviction)).toMatchObject({
        code: 0,
      });
      // Elsewhere nothing changes.
      const [pod] = other.list('Pod');
      await does(other, ...debug(pod!.metadata.name));
      await does(other, 'delete', 'pod', pod!.metadata.name, '--wait=false');
      await stage.kubectl('delete', 'namespace', place.namespace, '--timeout=50s');
    },
    TEST_MS,
  );
});
