// Each alert fired once on purpose: a real Prometheus scrapes a real operator, to which the thing happens that the alert is about. The rules
// are the shipped ones with their durations shortened (test/monitoring/rulefile.ts). The causes build on one another, so the tests run in
// order.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { Status } from '../../src/model/app.ts';
import { ANNOTATION } from '../../src/model/vocabulary.ts';
import { ALERTS, metricsOf, queries, quickened, rules } from '../monitoring/rulefile.ts';
import { Prometheus, type Alert } from '../monitoring/prometheus.ts';
import { needPackages } from '../tools/debian.ts';
import { must } from './admin.ts';
import { NEVER, owned, polled, selectedBy, SYSTEM, template } from './harness.ts';
import type { Place } from './harness.ts';
import { pathOf } from './objects.ts';
import { openOwnStage, TEST_MS } from './opening.ts';
import type { OperatorProcess } from './process.ts';

const FIRES_MS = 45_000;
/** The leader may not have renewed its Lease for so long when it is woken: more than the alert tolerates, less than it may. */
const LATE_MS = 6_500;
/** So that its heap is full soon; most of it for what lives long. */
const SMALL = ['--max-old-space-size=120', '--max-semi-space-size=1'];
/** As many as open the circuit breaker. */
const VICTIMS = Array.from({ length: 7 }, (_, i) => `victim-${String(i)}`);

let place: Place;
let prometheus: Prometheus;
let leader: OperatorProcess;
/** It may not see pods: so it stands by, and once it leads it decides nothing. */
let blind: OperatorProcess;
let exposed: ReadonlySet<string>;
let sources: string;
const seen = new Map<string, Alert>();
/** Takes no notice. */
const deaf = createServer((_, response) => response.writeHead(404).end());

afterAll(async () => {
  deaf.close();
  await (prometheus as Prometheus | undefined)?.stop();
});
const stage = openOwnStage({ because: 'it stops the API server, and leaves it so', judged: false }, async (stage) => {
  await needPackages(['prometheus'], (line) => process.stderr.write(`${line}\n`));
  prometheus = await Prometheus.start(stage.cluster.directory, quickened());
  place = await stage.place();
  await once(deaf.listen(0, '127.0.0.1'), 'listening');
  sources = join(stage.cluster.directory, 'sources.yaml');
  writeFileSync(sources, `sources:\n- {name: deaf, url: "http://127.0.0.1:${(deaf.address() as AddressInfo).port}"}\n`);
  leader = await stage.start(['--sources', sources], undefined, { inspected: true, node: SMALL });
  await polled('it leads', async () => (await leader.page('/metrics'))?.text.includes('immutableapp_lease_held 1') === true);
  blind = await startBlind();
});

/** Under an account with all rights of the operator's but to pods. */
async function startBlind(): Promise<OperatorProcess> {
  const name = 'blind';
  const account = `${SYSTEM}:${name}`;
  const rbac = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
  const { rules } = must(await stage.admin.get<{ rules: { resources: string[] }[] }>(`${rbac}/immutableapp`));
  const body = { kind: 'ClusterRole', metadata: { name }, rules: rules.filter(({ resources }) => !resources.includes('pods')) };
  must(await stage.admin.post(rbac, body));
  await stage.kubectl('create', 'serviceaccount', '-n', SYSTEM, name);
  for (const role of [name, 'immutableapp-policies'])
    await stage.kubectl('create', 'clusterrolebinding', `${name}-${role}`, `--clusterrole=${role}`, `--serviceaccount=${account}`);
  await stage.kubectl('create', 'rolebinding', '-n', SYSTEM, name, '--role=immutableapp', `--serviceaccount=${account}`);
  return stage.start([], await stage.cluster.kubeconfigFor({ serviceAccount: `${SYSTEM}/${name}` }));
}

/** Waits until Prometheus says that this alert fires, with these labels. */
async function fires(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
  const wanted = Object.entries({ ...labels, alertname: name });
  await polled(
    `${name} fires ${JSON.stringify(labels)}`,
    async () => {
      const firing = await prometheus.firing();
      const found = firing.find((alert) => wanted.every(([key, value]) => alert.labels[key] === value));
      if (found === undefined) return firing.map(({ labels: { alertname } }) => alertname).join(' ');
      seen.set(name, found);
      return true;
    },
    FIRES_MS,
  ).catch((error: unknown) => Promise.reject(stage.explain(error)));
}

/** An App with a Service of its own. */
const app = (name: string, spec: Readonly<Record<string, unknown>> = {}): object => place.app({ services: [owned(name)], ...spec }, name);
const serve = async (name: string, spec?: Readonly<Record<string, unknown>>): Promise<string> =>
  (await place.steady(await place.apply(app(name, spec)))).status!.activeInstance!;

/** Somebody changes what an instance runs, as soon as no policy keeps him from it. */
const poison = (instance: string): Promise<void> =>
  polled(`${instance} is poisoned`, async () => {
    const image = { spec: { template: { spec: { containers: [{ name: 'web', image: 'evil:1' }] } } } };
    const { code } = await stage.admin.merge(place.path('Deployment', instance), image);
    return code === 200 || `HTTP ${String(code)}`;
  });

test(
  'nothing fires while all is well',
  async () => {
    await serve('web');
    prometheus.scrape([leader.url]);
    await polled('three quiet seconds', async () => {
      const [scrapes] = await prometheus.query('count_over_time(immutableapp_lease_held[4s])');
      const noisy = await prometheus.query('max_over_time(ALERTS[3s])');
      return noisy.length === 0 ? Number(scrapes?.value?.[1]) >= 3 : noisy.map(({ metric }) => metric.alertname).join(' ');
    });
    const text = (await leader.page('/metrics'))!.text;
    exposed = new Set([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) => namesOf(name!, type!)));
  },
  TEST_MS,
);

const namesOf = (name: string, type: string): string[] =>
  type === 'histogram' ? ['bucket', 'count', 'sum'].map((part) => `${name}_${part}`) : [name];

test(
  'Apps: a version that does not come up, a pointer to nowhere, pods that are lost, somebody who is not told',
  async () => {
    const down = await serve('down', { promotion: { failbackSeconds: 0 }, notify: ['deaf'] });
    await place.apply(app('failing', { promotion: { progressDeadlineSeconds: 5 }, template: template({ annotations: NEVER }) }));
    await place.apply(app('lost', { activeVersion: 'nowhere' }));
    for (const { metadata } of place.podsOf(down))
      await place.merge('Pod', metadata.name, { metadata: { annotations: { 'test.immutableapp.io/unready': 'true' } } });
    const about = (name: string) => ({ app_namespace: place.namespace, app_name: name });
    await Promise.all([
      fires('ImmutableAppRolloutStuck', about('failing')),
      fires('ImmutableAppVersionFailed', { ...about('failing'), reason: 'VersionFailed' }),
      fires('ImmutableAppStalled', { ...about('lost'), reason: 'VersionNotFound' }),
      fires('ImmutableAppUnavailable', { ...about('down'), reason: 'NoAvailablePod' }),
      fires('ImmutableAppNoticesDropped', { receiver: 'deaf' }),
    ]);
  },
  TEST_MS,
);

test(
  'a ladder that stands still',
  async () => {
    const spec = { services: [{ ...owned('climbing'), ladder: [{ percent: 5, seconds: 5 }, { percent: 100 }] }] };
    const one = await serve('climbing', spec);
    await place.apply(app('climbing', { ...spec, template: template({ image: 'example/web:2' }) }));
    await place.until('a rung lends', () => selectedBy(place.find('Service', 'climbing-r1')) !== one);
    await place.merge('ImmutableApp', 'climbing', { spec: { paused: true } });
    await fires('ImmutableAppLadderStands', { app_namespace: place.namespace, app_name: 'climbing', service: 'climbing' });
  },
  TEST_MS,
);

test(
  'the line is held, and nobody releases it',
  async () => {
    const hold = (why: string | null) => ({ metadata: { annotations: { [ANNOTATION.line]: why } } });
    const lease = pathOf('Lease', SYSTEM, 'immutableapp');
    must(await stage.admin.merge(lease, hold('incident 42')));
    await fires('ImmutableAppLineHeld');
    must(await stage.admin.merge(lease, hold(null)));
  },
  TEST_MS,
);

test(
  'the file of sources breaks',
  async () => {
    const written = readFileSync(sources, 'utf8');
    writeFileSync(sources, '{{');
    await fires('ImmutableAppSourcesStale');
    writeFileSync(sources, written);
  },
  TEST_MS,
);

test(
  'intruders: the policies are gone, one App is changed, then many at once',
  async () => {
    const [report, ...victims] = await Promise.all([serve('report', { onDrift: 'Report' }), ...VICTIMS.map((name) => serve(name))]);
    await stage.kubectl('delete', '-k', 'deploy/policies', '--ignore-not-found', '--wait=false');
    await fires('ImmutableAppNotEnforced');
    await poison(report);
    await fires('ImmutableAppStaysCompromised', { app_name: 'report', reason: 'Compromised' });
    await Promise.all(victims.map(poison));
    await Promise.all([fires('ImmutableAppTampered', { reason: 'Compromised' }), fires('ImmutableAppCircuitOpen')]);
  },
  TEST_MS,
);

test(
  'the leader: stutters, stands still for a while, is not alone, runs out of memory',
  async () => {
    const stutter = 'const busy = () => { for (const end = performance.now() + 400; performance.now() < end; ); };';
    await leader.inject(`{ ${stutter} const again = setInterval(busy, 500); setTimeout(() => clearInterval(again), 8000); }`);
    const other = await stage.operator(['--no-leader-elect']);
    prometheus.scrape([leader.url, other.url]);
    await Promise.all([fires('ImmutableAppEventLoopLag'), fires('ImmutableAppTwoLeaders')]);
    await other.kill();
    prometheus.scrape([leader.url]);

    leader.pause();
    const renewedAt = () => Date.parse(stage.recorder.find('Lease', SYSTEM, 'immutableapp')!.spec.renewTime!);
    await polled('its renewal is late', () => Promise.resolve(Date.now() - renewedAt() > LATE_MS));
    leader.resume();
    await fires('ImmutableAppLeaseRenewalsLate');

    const full = '() => process.memoryUsage().heapUsed > 0.9 * process.getBuiltinModule("node:v8").getHeapStatistics().heap_size_limit';
    const leak = `const full = ${full}; const more = () => { while (!full()) leaked.push(Array.from({ length: 1000 }, (_, i) => ({ i }))); };`;
    await leader.inject(`{ const leaked = []; ${leak} globalThis.leaking = setInterval(more, 20); }`);
    await fires('ImmutableAppMemoryNearLimit');
    await leader.inject('clearInterval(globalThis.leaking); delete globalThis.leaking;');
  },
  TEST_MS,
);

test(
  'a bug of ours: the App that meets it is set aside',
  async () => {
    // For want of one it is put into the running program, where only plan/ meets it.
    const broken = '() => { throw new Error("put here by a test"); }';
    await leader.inject(`globalThis.sound = Array.prototype.toReversed; Array.prototype.toReversed = ${broken};`);
    await place.merge('ImmutableApp', 'web', { spec: { replicas: 2 } });
    await fires('ImmutableAppOperatorBug');
    await leader.inject('Array.prototype.toReversed = globalThis.sound;');
  },
  TEST_MS,
);

test(
  'the API server turns the operator away',
  async () => {
    const flow = 'flowcontrol.apiserver.k8s.io/v1';
    const level = {
      kind: 'PriorityLevelConfiguration',
      metadata: { name: 'nothing' },
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 0, lendablePercent: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } },
      },
    };
    const account = { kind: 'ServiceAccount', serviceAccount: { namespace: SYSTEM, name: 'immutableapp' } };
    const writes = { verbs: ['create', 'patch'], apiGroups: ['apps', 'immutableapp.io'], resources: ['*'], namespaces: ['*'] };
    const schema = {
      kind: 'FlowSchema',
      metadata: { name: 'nothing' },
      spec: {
        priorityLevelConfiguration: { name: 'nothing' },
        matchingPrecedence: 2,
        rules: [{ subjects: [account], resourceRules: [writes] }],
      },
    };
    must(await stage.admin.post(`/apis/${flow}/prioritylevelconfigurations`, { apiVersion: flow, ...level }));
    must(await stage.admin.post(`/apis/${flow}/flowschemas`, { apiVersion: flow, ...schema }));
    await polled('the API server heeds it', async () => {
      const { status } = must(await stage.admin.get<{ status?: Pick<Status, 'conditions'> }>(`/apis/${flow}/flowschemas/nothing`));
      return status?.conditions?.some((one) => one.type === 'Dangling' && one.status === 'False') === true;
    });
    // It lets one request in at a time: so everybody deploys at once, again and again.
    let fired = false;
    const deploying = async (): Promise<void> => {
      for (let i = 2; !fired; i++)
        await Promise.all(VICTIMS.map((name) => place.apply(app(name, { template: template({ image: `example/web:${String(i)}` }) }))));
    };
    await Promise.all([deploying(), fires('ImmutableAppThrottled').finally(() => (fired = true))]);
  },
  TEST_MS,
);

test(
  'nobody leads, then one who sees too little does, then the API server is away, and in the end nobody is left',
  async () => {
    prometheus.scrape([blind.url]);
    await leader.kill();
    await fires('ImmutableAppNoLeader');
    await Promise.all([fires('ImmutableAppQueueNotDraining'), fires('ImmutableAppWatchStale', { kind: 'Pod' })]);
    await stage.cluster.stopApiServer();
    await fires('ImmutableAppApiErrors');
    await blind.kill();
    await fires('ImmutableAppOperatorAbsent');
  },
  TEST_MS,
);

test('every alert was seen, in words that are complete', () => {
  expect([...seen.keys()].toSorted()).toEqual(ALERTS.toSorted());
  for (const { labels, annotations } of seen.values()) {
    const words = `${annotations.summary!} ${annotations.description!}`;
    expect(words).not.toMatch(/\{\{|no value|error expanding|%!/i);
    expect(words).toContain(labels.app_name ?? '');
  }
});

test('alerts and dashboard ask for metrics that the operator has', () => {
  const asked = [...rules(), ...queries()].flatMap(({ expr }) => metricsOf(expr));
  expect(asked.length).toBeGreaterThan(40);
  expect([...new Set(asked)].filter((name) => !exposed.has(name))).toEqual([]);
});

test('every panel of the dashboard had something to show', async () => {
  const empty = await Promise.all(
    queries().map(async ({ title, expr }) => ((await prometheus.numbersOf(expr)) > 0 ? [] : `${title}: ${expr}`)),
  );
  expect(empty.flat()).toEqual([]);
});
