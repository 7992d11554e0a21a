// Scaling on a real API server: by people through kubectl, and by the real autoscaler, which reads CPU through the real aggregation layer
// and edits the App through its scale subresource while versions come and go.
import { afterAll, expect, test } from '@jest/globals';
import { API_VERSION, KIND } from '../../src/model/vocabulary.ts';
import { must } from './admin.ts';
import { available, condition, HELD, owned, polled, readyIn, selectedBy, template } from './harness.ts';
import type { Place } from './harness.ts';
import { Metrics } from './metrics.ts';
import { pathOf, type App, type HorizontalPodAutoscaler } from './objects.ts';
import { openOwnStage, TEST_MS } from './opening.ts';

/** The autoscaler looks for new CRDs every 30 s only. */
const DISCOVERY_MS = 45_000;

let metrics: Metrics;
afterAll(async () => {
  await (metrics as Metrics | undefined)?.close();
});
const stage = openOwnStage(
  { because: 'it brings a metrics API and an autoscaler in a hurry', autoscalePeriodSeconds: 1 },
  async (stage) => {
    await stage.kubectl('apply', '--server-side', '-f', 'deploy/base/people.yaml');
    metrics = await Metrics.open(stage.admin);
    await stage.operator();
  },
);

/** Pods that ask for a tenth of a CPU, so that 50 % of it is 50 millicores. */
const version = (n: number, annotations?: Readonly<Record<string, string>>) =>
  template({
    image: `example/web:${n}`,
    container: { resources: { requests: { cpu: '100m' } } },
    ...(annotations && { annotations }),
  });

/** One pod per 50 millicores of load, two to twenty, without the usual patience. */
const autoscale = (place: Place) =>
  place.create('HorizontalPodAutoscaler', 'shop', {
    spec: {
      scaleTargetRef: { apiVersion: API_VERSION, kind: KIND, name: 'shop' },
      minReplicas: 2,
      maxReplicas: 20,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
      behavior: {
        scaleUp: { policies: [{ type: 'Pods', value: 20, periodSeconds: 1 }] },
        scaleDown: { stabilizationWindowSeconds: 3, policies: [{ type: 'Pods', value: 20, periodSeconds: 1 }] },
      },
    },
  });

const autoscaler = (place: Place) => place.find('HorizontalPodAutoscaler', 'shop');
const said = (hpa: HorizontalPodAutoscaler | undefined, type: string) => hpa?.status.conditions?.find((each) => each.type === type)?.reason;
const utilization = ({ status }: HorizontalPodAutoscaler) => status.currentMetrics?.[0]?.resource?.current.averageUtilization;

const sized = (place: Place, instance: string, size: number, deadlineMs = 30_000) =>
  place.until(
    `${instance} has ${size} pods, all available`,
    () => {
      const now = place.find('Deployment', instance);
      return now?.spec.replicas === size && available(now) === size && (now.status.replicas ?? 0) === size;
    },
    deadlineMs,
  );
const kubectl = (place: Place, ...args: readonly string[]) => stage.kubectl('-n', place.namespace, ...args);
/** The App as it is, to wait for a report on it. */
const current = async (place: Place) => (await stage.admin.get<App>(place.path('ImmutableApp', 'shop'))).body;

/** The last write of a namespace so far. */
const lastWrite = (place: Place) =>
  Math.max(...[...place.history('Deployment'), ...place.history('EndpointSlice')].map((entry) => entry.version));

/** The controller of EndpointSlices gathers changes: it may list pods a second after their Deployment counts them. */
const listed = (place: Place, size: number) =>
  place.until(`${size} endpoints are ready`, () => place.list('EndpointSlice').some((slice) => readyIn(slice).length === size));

/** After each write since then: what the Service selects, as available pods; and the ready endpoints. */
async function capacity(place: Place, since: number): Promise<{ readonly pods: number[]; readonly endpoints: number[] }> {
  await place.settle();
  const writes = [...place.history('Deployment'), ...place.history('Service', 'web')].map((entry) => entry.version);
  const pods = writes
    .filter((at) => at >= since)
    .map((at) => available(place.before('Deployment', selectedBy(place.before('Service', 'web', at + 1)) ?? '', at + 1)));
  const endpoints = place
    .history('EndpointSlice')
    .filter((entry) => entry.version >= since && !entry.gone)
    .map(({ object }) => readyIn(object).length);
  return { pods, endpoints };
}

test(
  'kubectl scale in the middle of a rollout, up and down: what serves and what comes follow, and nothing is lost',
  async () => {
    const place = await stage.place();
    const old = await place.rollOut({ replicas: 3, template: version(1) });
    await place.update({ replicas: 3, template: version(2, HELD) });
    const next = await place.heldUp(3, old);
    const since = lastWrite(place);
    await kubectl(place, 'scale', 'iapp/shop', '--replicas=5');
    await place.heldUp(5, old);
    await sized(place, old, 5);
    await kubectl(place, 'scale', 'iapp', 'shop', '--current-replicas=5', '--replicas=4');
    await place.heldUp(4, old);
    await sized(place, old, 4);
    await place.release(next);
    await place.steady(await current(place));
    expect(await place.route()).toEqual([old, next]);
    await sized(place, next, 4);
    await sized(place, old, 4); // warm: the way back costs no capacity
    expect(Math.min(...(await capacity(place, since)).pods)).toBe(3);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'replicas edited at any moment of a rollout: both instances are right afterwards',
  async () => {
    const place = await stage.place();
    let old = await place.rollOut({ template: version(1) });
    for (let moment = 1; moment <= 23; moment += 2) {
      // The edit is sent as the n-th thing happens after the update: from its first sight until after the switch.
      const edited = Promise.withResolvers<unknown>();
      let left = moment;
      const size = 1 + (moment % 5);
      const stop = stage.recorder.onEvent(place.namespace, () => {
        if (--left === 0) edited.resolve(place.merge('ImmutableApp', 'shop', { spec: { replicas: size } }, '/scale'));
      });
      await place.update({ template: version(1 + moment) });
      await edited.promise;
      stop();
      const { status } = await place.steady(await current(place));
      const next = status!.activeInstance!;
      expect(next).not.toBe(old);
      await sized(place, next, size);
      await sized(place, old, size);
      old = next;
    }
    await place.expectSafe();
  },
  TEST_MS,
);

/** No new Services in a namespace, as a policy of the cluster says it; returns how to lift it. */
async function forbidServices({ namespace }: Place): Promise<() => Promise<void>> {
  const group = 'admissionregistration.k8s.io/v1';
  const post = async (plural: string, kind: string, spec: object) =>
    must(await stage.admin.post(`/apis/${group}/${plural}`, { apiVersion: group, kind, metadata: { name: namespace }, spec }));
  await post('validatingadmissionpolicies', 'ValidatingAdmissionPolicy', {
    matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['services'] }] },
    validations: [{ expression: 'false', message: 'no more Services here' }],
  });
  await post('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', {
    policyName: namespace,
    validationActions: ['Deny'],
    matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
  });
  const probe = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'probe' }, spec: { ports: [{ port: 80 }] } };
  const allowed = async () => (await stage.cluster.call('POST', `${pathOf('Service', namespace)}?dryRun=All`, probe)).code === 201;
  await polled('the policy is in force', async () => !(await allowed()));
  return async () => {
    must(await stage.admin.remove(`/apis/${group}/validatingadmissionpolicybindings/${namespace}`));
    await polled('the policy is lifted', allowed);
  };
}

test(
  'a rollout of which the API server refuses a part goes on with the rest, and what serves grows',
  async () => {
    const place = await stage.place();
    const old = await place.rollOut({ replicas: 2, template: version(1) });
    const relent = await forbidServices(place);
    const services = [owned(), owned('admin')];
    const refused = await place.stalled(await place.update({ replicas: 2, template: version(2), services }), 'Denied');
    const next = refused.status!.latestVersion!;
    await kubectl(place, 'scale', 'iapp/shop', '--replicas=5');
    await sized(place, next, 5);
    expect(await place.route()).toEqual([old, next]);
    await relent();
    await kubectl(place, 'patch', 'iapp/shop', '--type=merge', '-p={"spec":{"retention":{"versions":9}}}');
    const { status } = await place.steady(await current(place));
    expect(status!.activeInstance).toBe(next);
    expect(await place.route()).toEqual([old, next]);
    expect(await place.route('admin')).toContain(next);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'kubectl scale to zero: nothing serves, on purpose; a version created at zero switches at zero and comes up with the next scale',
  async () => {
    const place = await stage.place();
    const old = await place.rollOut({ template: version(1) });
    await kubectl(place, 'scale', 'iapp/shop', '--replicas=0');
    const zero = await place.reported(await current(place), (app) => condition(app, 'Available')?.reason === 'ScaledToZero', 'is at zero');
    expect(condition(zero, 'Available')).toMatchObject({ status: 'True' });
    await place.until('the endpoints are gone', () => place.list('EndpointSlice').every(({ endpoints }) => (endpoints ?? []).length === 0));
    await place.until('the pods are gone', () => place.list('Pod').length === 0);

    // Its pods will be slower than those of the warm version, which grows with it: that is no reason to go back.
    const slow = { 'test.immutableapp.io/ready-after': '500ms' };
    const switched = await place.steady(await place.update({ template: version(2, slow) }));
    const next = switched.status!.activeInstance!;
    expect(await place.route()).toEqual([old, next]);
    expect(condition(switched, 'Available')).toMatchObject({ status: 'True', reason: 'ScaledToZero' });
    expect(place.history('Pod').filter(({ name }) => name.startsWith(`${next}-`))).toEqual([]);

    await kubectl(place, 'scale', 'iapp/shop', '--replicas=2');
    const back = await place.steady(await current(place));
    expect(back.status).toMatchObject({ activeInstance: next, replicas: 2, readyReplicas: 2 });
    expect(await place.route()).toEqual([old, next]);
    await place.expectSafe({ gaps: true });
  },
  TEST_MS,
);

test(
  'a worker scales as anything else does: in the middle of a change of version, to zero, and back',
  async () => {
    const place = await stage.place();
    const spec = { services: [] };
    const old = await place.rollOut({ ...spec, replicas: 2, template: version(1) });
    await place.update({ ...spec, replicas: 2, template: version(2, HELD) });
    const next = await place.heldUp(2, old);
    await kubectl(place, 'scale', 'iapp/shop', '--replicas=4');
    await sized(place, old, 4);
    await place.heldUp(4, old);
    await place.release(next);
    await place.steady(await current(place));
    await place.until('the old instance is gone', () => place.find('Deployment', old) === undefined);
    await sized(place, next, 4);
    await kubectl(place, 'scale', 'iapp/shop', '--replicas=0');
    const zero = await place.steady(await current(place));
    expect(condition(zero, 'Available')).toMatchObject({ status: 'True', reason: 'ScaledToZero' });
    const { status } = await place.steady(await place.update({ ...spec, replicas: 0, template: version(3) }));
    expect(place.history('Pod').filter(({ name }) => name.startsWith(`${status!.activeInstance!}-`))).toEqual([]);
    await kubectl(place, 'scale', 'iapp/shop', '--replicas=1');
    await sized(place, status!.activeInstance!, 1);
    await place.expectSafe({ gaps: true });
  },
  TEST_MS,
);

test(
  'a manifest that stops naming replicas, applied server-side, leaves them to who scaled last',
  async () => {
    const place = await stage.place();
    const id = await place.rollOut({ replicas: 2, template: version(1) });
    await kubectl(place, 'scale', 'iapp/shop', '--replicas=4');
    await sized(place, id, 4);
    const app = await place.steady(await place.update({ template: version(2) }));
    expect(app.spec.replicas).toBe(4);
    expect(place.history('Deployment', app.status!.activeInstance).map(({ object }) => object.spec.replicas)).not.toContain(1);
    await sized(place, app.status!.activeInstance!, 4);
    await place.expectSafe();
  },
  TEST_MS,
);

const APPLIERS: Readonly<Record<string, (place: Place, template: object) => Promise<App>>> = {
  'kubectl apply': async (place, pods) => {
    const input = JSON.stringify(place.app({ template: pods }));
    const { code, stdout, stderr } = await stage.cluster.kubectl(['apply', '-f', '-', '-o', 'json'], { input });
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as App;
  },
  'server-side apply': (place, pods) => place.update({ template: pods }),
};

test.each(Object.entries(APPLIERS))(
  'an autoscaler through a rollout by %s of a manifest without replicas: the target comes up at the live size, and it goes on there',
  async (_name, apply) => {
    const place = await stage.place();
    const first = await place.steady(await apply(place, version(1)));
    const old = first.status!.activeInstance!;
    metrics.load(place.namespace, 250);
    await autoscale(place);
    await sized(place, old, 5, DISCOVERY_MS);
    await place.until('the autoscaler is content', () => autoscaler(place)?.status.desiredReplicas === 5);
    await listed(place, 5);
    const since = lastWrite(place);

    const app = await apply(place, version(2, HELD));
    expect(app.spec.replicas).toBe(5);
    const next = await place.heldUp(5, old);
    expect(place.history('Deployment', next).map(({ object }) => object.spec.replicas)).toEqual(expect.not.arrayContaining([1, 2, 3, 4]));
    // Right after a start nobody knows what the new pods use: whatever was asked for stays.
    metrics.unmeasured(next, true);
    await place.release(next);
    await place.steady(app);
    await place.until('the autoscaler looks at the new pods', () => said(autoscaler(place), 'ScalingActive') === 'FailedGetResourceMetric');
    expect((await current(place)).spec.replicas).toBe(5);
    metrics.unmeasured(next, false);
    metrics.load(place.namespace, 400);
    await place.heldUp(8, old);
    await place.release(next);
    await sized(place, next, 8);
    const { pods, endpoints } = await capacity(place, since);
    expect(pods.filter((count) => count < 5)).toEqual([]);
    expect(endpoints.filter((count) => count < 5)).toEqual([]);
    expect(await place.route()).toEqual([old, next]);
    const asked = metrics.asked(place.namespace);
    expect([...new Set(asked)]).toEqual([old, next].map((instance) => `immutableapp.io/instance=${instance}`));
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'an autoscaler sees the pods of what serves only: idle ones of a warm version do not count, and follow',
  async () => {
    const place = await stage.place();
    const old = await place.rollOut({ template: version(1) });
    const next = await place.rollOut({ template: version(2) });
    metrics.load(place.namespace, 200);
    await autoscale(place);
    for (const instance of [next, old]) await sized(place, instance, 4, DISCOVERY_MS);
    metrics.load(place.namespace, 400);
    // 400 millicores on the 4 pods that serve; with 4 idle ones it would look like half of that.
    await place.until('the autoscaler sees 100 %', () =>
      place.history('HorizontalPodAutoscaler').some(({ object }) => object.status.currentReplicas === 4 && utilization(object) === 100),
    );
    for (const instance of [next, old]) await sized(place, instance, 8);
    expect(
      utilization(
        await place.until('it is content', () => {
          const hpa = autoscaler(place);
          return hpa?.status.currentReplicas === 8 && utilization(hpa) === 50 && hpa;
        }),
      ),
    ).toBe(50);
    // The way back under load: the warm one has all it needs, and the autoscaler goes with the traffic.
    const { activeVersion } = (await place.steady(await place.point(old))).status!;
    expect(activeVersion).toBe(old);
    metrics.load(place.namespace, 0);
    for (const instance of [next, old]) await sized(place, instance, 2);
    expect(await place.route()).toEqual([old, next, old]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'an autoscaler changes its mind in the middle of a rollout, up and down: both instances follow',
  async () => {
    const place = await stage.place();
    const old = await place.rollOut({ template: version(1) });
    metrics.load(place.namespace, 150);
    await autoscale(place);
    await sized(place, old, 3, DISCOVERY_MS);
    await place.update({ template: version(2, HELD) });
    const next = await place.heldUp(3, old);
    metrics.load(place.namespace, 300);
    await sized(place, old, 6);
    await place.heldUp(6, old);
    metrics.load(place.namespace, 200);
    await sized(place, old, 4);
    await place.heldUp(4, old);
    await place.release(next);
    const { status } = await place.steady(await current(place));
    expect(status).toMatchObject({ activeInstance: next, replicas: 4 });
    for (const instance of [next, old]) await sized(place, instance, 4);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'kubectl autoscale and kubectl get hpa speak of an App as of a Deployment, and leave it alone while it is at zero',
  async () => {
    const place = await stage.place();
    const id = await place.rollOut({ template: version(1) });
    metrics.load(place.namespace, 150);
    await kubectl(place, 'autoscale', 'iapp/shop', '--min=2', '--max=10', '--cpu=50%');
    await sized(place, id, 3, DISCOVERY_MS);
    await place.until('the autoscaler is content', () => autoscaler(place)?.status.currentReplicas === 3);
    const [, shown] = (await kubectl(place, 'get', 'hpa')).split('\n');
    expect(shown).toMatch(/^shop +ImmutableApp\/shop +cpu: 50%\/50% +2 +10 +3 /);
    await kubectl(place, 'scale', 'iapp/shop', '--replicas=0');
    await place.until('the autoscaler is off', () => said(autoscaler(place), 'ScalingActive') === 'ScalingDisabled');
    await sized(place, id, 0);
    expect((await current(place)).spec.replicas).toBe(0);
    await kubectl(place, 'scale', 'iapp/shop', '--replicas=1');
    await sized(place, id, 3); // its minimum, then what the load needs
    await place.expectSafe({ gaps: true });
  },
  TEST_MS,
);

test(
  'who may only scale may scale and nothing else; who may view or edit may see the scale or change it',
  async () => {
    const place = await stage.place();
    const id = await place.rollOut({ template: version(1) });
    const rbac = (kind: string, body: object) =>
      stage.admin.post(`/apis/rbac.authorization.k8s.io/v1/namespaces/${place.namespace}/${kind}`, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        ...body,
      });
    const rules = [{ apiGroups: ['immutableapp.io'], resources: ['immutableapps/scale'], verbs: ['get', 'update', 'patch'] }];
    must(await rbac('roles', { kind: 'Role', metadata: { name: 'scaler' }, rules }));
    const roles = { scaler: ['Role', 'scaler'], viewer: ['ClusterRole', 'view'], editor: ['ClusterRole', 'edit'] } as const;
    for (const [name, [kind, role]] of Object.entries(roles)) {
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name: role };
      const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }];
      must(await rbac('rolebindings', { kind: 'RoleBinding', metadata: { name }, roleRef, subjects }));
    }
    const can = async (user: string, ...what: readonly string[]) =>
      (await stage.cluster.kubectl(['auth', 'can-i', ...what, '-n', place.namespace, '--as', user])).stdout.trim();
    const rights = async (user: string) => [
      await can(user, 'get', 'iapp', '--subresource=scale'),
      await can(user, 'patch', 'iapp', '--subresource=scale'),
      await can(user, 'get', 'iapp'),
      await can(user, 'patch', 'iapp'),
      await can(user, 'patch', 'iapp', '--subresource=status'),
    ];
    await polled('the roles have been put together', async () => (await rights('editor'))[1] === 'yes');
    expect(await rights('scaler')).toEqual(['yes', 'yes', 'no', 'no', 'no']);
    expect(await rights('viewer')).toEqual(['yes', 'no', 'yes', 'no', 'no']);
    expect(await rights('editor')).toEqual(['yes', 'yes', 'yes', 'yes', 'no']);

    // As an autoscaler of one's own does it; kubectl scale looks at the App first.
    const kubeconfig = await stage.cluster.kubeconfigFor({ name: 'scaler' });
    const scaler = (...args: readonly string[]) => stage.cluster.kubectl(['-n', place.namespace, ...args], { kubeconfig });
    const patch = ['patch', 'iapp', 'shop', '--type=merge', '-p', '{"spec":{"replicas":3}}'];
    expect(await scaler(...patch)).toMatchObject({ code: 1, stderr: expect.stringContaining('forbidden') });
    expect((await scaler('scale', 'iapp/shop', '--replicas=3')).stderr).toContain('cannot get resource "immutableapps"');
    const path = `${place.path('ImmutableApp', 'shop')}/scale`;
    // A report may come between its look and its write: it looks again, as every autoscaler does.
    await polled('the autoscaler has its way', async () => {
      const scale = JSON.parse((await scaler('get', '--raw', path)).stdout) as { spec: { replicas: number }; status: object };
      expect(scale).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 1, selector: `immutableapp.io/instance=${id}` } });
      const put = await stage.cluster.kubectl(['replace', '--raw', path, '-f', '-'], {
        input: JSON.stringify({ ...scale, spec: { replicas: 3 } }),
        kubeconfig,
      });
      if (!put.stderr.includes('the object has been modified')) expect(put).toMatchObject({ code: 0, stderr: '' });
      return put.code === 0;
    });
    await sized(place, id, 3);
    const editor = await stage.cluster.kubeconfigFor({ name: 'editor' });
    const byEditor = await stage.cluster.kubectl(['-n', place.namespace, 'scale', 'iapp/shop', '--replicas=2'], { kubeconfig: editor });
    expect(byEditor).toMatchObject({ code: 0 });
    await sized(place, id, 2);
    await place.expectSafe();
  },
  TEST_MS,
);
