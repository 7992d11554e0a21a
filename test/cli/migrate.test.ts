// Workloads as people have them become Apps. Each row says everything in which the App's pods differ from the workload's, the whole spec beside
// the template, and what is said: what is said nowhere must be the same.
import { describe, expect, test } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import jsonpatch from 'fast-json-patch';
import { obj } from '../../src/model/json.ts';
import { readManifests } from '../../src/cli/documents.ts';
import { idleCheck } from '../../src/cli/migrate/live.ts';
import type { Wanted } from '../../src/cli/migrate/migration.ts';
import { migrate } from '../../src/cli/migrate/migration.ts';
import { printed } from '../../src/cli/migrate/print.ts';
import { withoutNulls } from '../../src/cli/migrate/tidy.ts';

const FOLDER = fileURLToPath(new URL('workloads', import.meta.url));
const manifestsOf = (file: string) => readManifests(readFileSync(`${FOLDER}/${file}.yaml`, 'utf8'));

interface Row {
  readonly wanted?: Wanted;
  /** Spec but for the template. */
  readonly spec: object;
  /** Paths in the template that differ. */
  readonly differs?: readonly string[];
  /** A piece of each note, in order; that on dashboards ends every one. */
  readonly says?: readonly string[];
  readonly commands?: readonly string[];
}

const services = (...names: string[]) => ({ services: names.map((name) => ({ name })) });

const ROWS: Readonly<Record<string, Row>> = {
  shop: {
    spec: { replicas: 3, ...services('shop') },
    says: ['strategy.rollingUpdate'],
    commands: [
      'kubectl annotate -n demo service/shop --field-manager=oncall-$USER immutableapp.io/adopt=shop',
      'kubectl apply -n demo --server-side -f app.yaml',
      'kubectl wait -n demo iapp/shop --for=condition=UpToDate --timeout=15m',
      'kubectl delete -n demo deployment/shop',
    ],
  },
  numbers: {
    spec: { replicas: 2, ...services('api', 'api-dns') },
    differs: ['add /spec/containers/0/ports/0/name', 'add /spec/containers/0/ports/2', 'add /spec/containers/0/ports/3'],
    says: ['container port 3000 is called http', 'mesh (10000) is declared', 'p53 (53) is declared'],
  },
  sidecars: {
    spec: {
      replicas: 4,
      ...services('checkout'),
      promotion: { minReadySeconds: 10, progressDeadlineSeconds: 300 },
      retention: { versions: 3 },
    },
    says: ['checkout-peers is headless'],
  },
  projected: { spec: services('portal'), says: ['ConfigMap portal-env and portal-nginx: copied', 'portal-features is not among'] },
  scaled: {
    spec: { ...services('feed', 'feed-grpc'), disruption: { maxUnavailable: '25%' } },
    differs: ['add /spec/topologySpreadConstraints/0/matchLabelKeys'],
    says: ['topologySpreadConstraints', 'HorizontalPodAutoscaler feed owns it', 'unhealthyPodEvictionPolicy'],
    commands: [
      'kubectl annotate service/feed --field-manager=oncall-$USER immutableapp.io/adopt=feed',
      'kubectl annotate service/feed-grpc --field-manager=oncall-$USER immutableapp.io/adopt=feed',
      'kubectl apply --server-side -f app.yaml',
      "kubectl scale iapp/feed --replicas=$(kubectl get deployment/feed -o jsonpath='{.spec.replicas}')",
      'kubectl wait iapp/feed --for=condition=UpToDate --timeout=15m',
      `kubectl patch hpa/feed --field-manager=oncall-$USER --type=merge -p '{"spec":{"scaleTargetRef":{"apiVersion":"immutableapp.io/v1alpha1","kind":"ImmutableApp","name":"feed"}}}'`,
      'kubectl delete deployment/feed',
      'kubectl delete pdb/feed',
    ],
  },
  worker: { spec: {}, says: ['ScaledObject mailer owns it', 'no Service to move'] },
  shared: { spec: services('gallery') },
  recreate: {
    spec: { ...services('mysql'), promotion: { overlap: 'Never' } },
    says: ['one version stops before the next one starts, for claim mysql'],
    commands: [
      'kubectl annotate service/mysql --field-manager=oncall-$USER immutableapp.io/adopt=mysql',
      'kubectl scale deployment/mysql --replicas=0',
      'kubectl wait --for=delete pod -l app=mysql --timeout=15m',
      'kubectl apply --server-side -f app.yaml',
      'kubectl wait iapp/mysql --for=condition=UpToDate --timeout=15m',
      'kubectl delete deployment/mysql',
    ],
  },
  controller: {
    spec: { ...services('issuer-webhook'), retention: { warm: 0 }, promotion: { drainSeconds: 0 } },
    says: ['it elects a leader'],
  },
  hostport: {
    spec: { replicas: 2, ...services('gateway') },
    differs: ['add /spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/0/matchLabelKeys'],
    says: ['required podAntiAffinity', 'host port 80 and 443', 'volume sockets is a path'],
  },
  hostnetwork: { spec: {}, says: ['no Service to move', 'hostNetwork', 'image example/tunnel:latest'] },
  several: {
    wanted: { workload: 'deployment/reviews-v1' },
    spec: {},
    says: ['Service reviews selects Deployment reviews-v2, too', 'no Service to move'],
  },
  live: {
    spec: { replicas: 2, ...services('cart') },
    differs: ['add /spec/containers/0/ports/0/name', 'remove /metadata/annotations/kubectl.kubernetes.io~1restartedAt'],
    says: ['container port 8080 is called p8080', 'Reloader restarts', 'strategy.rollingUpdate'],
  },
  chart: {
    spec: services('release-name-blog'),
    differs: ['replace /spec/containers/0/env/1/value', 'remove /spec/containers/0/env/2'],
    says: ['NODE_ENV is there 2 times'],
  },
  editor: { wanted: { name: 'editor' }, spec: {}, says: ['no Service to move'] },
  bluegreen: {
    spec: {
      replicas: 3,
      services: [{ name: 'booking' }, { name: 'booking-preview', role: 'Preview' }],
      promotion: { mode: 'Manual', previewReplicas: 1 },
      retention: { warmSeconds: 900 },
    },
    says: ['prePromotionAnalysis (smoke)', 'it waits for a person', 'antiAffinity of its strategy'],
    commands: [
      `kubectl wait rollout/booking --for=jsonpath='{.status.replicas}'=$(kubectl get rollout/booking -o jsonpath='{.spec.replicas}') --timeout=15m`,
      'kubectl delete rollout/booking --cascade=orphan',
      `until [ -z "$(kubectl get service/booking -o jsonpath='{.spec.selector.rollouts-pod-template-hash}')" ]; do sleep 1; done`,
      `until [ -z "$(kubectl get service/booking-preview -o jsonpath='{.spec.selector.rollouts-pod-template-hash}')" ]; do sleep 1; done`,
      'kubectl annotate service/booking --field-manager=oncall-$USER immutableapp.io/adopt=booking',
      'kubectl annotate service/booking-preview --field-manager=oncall-$USER immutableapp.io/adopt=booking',
      'kubectl apply --server-side -f app.yaml',
      'kubectl wait iapp/booking --for=condition=UpToDate --timeout=15m',
      "kubectl delete replicaset -l app=booking,'!immutableapp.io/app'",
      `kubectl patch service/booking --field-manager=oncall-$USER --type=json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":"http"}]'`,
    ],
  },
  'canary-rollout': {
    spec: { replicas: 5, services: [{ name: 'search' }, { name: 'search-canary', role: 'Preview' }], promotion: { mode: 'Manual' } },
    says: ['4 steps of canary', 'trafficRouting', 'it waits for a person'],
  },
  canary: {
    spec: { ...services('podinfo'), promotion: { progressDeadlineSeconds: 60 } },
    says: [
      'HorizontalPodAutoscaler podinfo owns it',
      'stepWeight and maxWeight',
      'metrics request-success',
      'webhooks',
      'gateways and hosts',
      'copied autoscaler',
      'Flagger made Service podinfo: it stays',
    ],
  },
  'canary-live': {
    wanted: { workload: 'canary/orders' },
    spec: services('orders-api'),
    says: [
      'ScaledObject orders-queue owns it',
      'iterations of analysis',
      'copied autoscaler orders-queue',
      'Flagger made Service orders-api',
      'ConfigMap orders and zone-primary: copied',
    ],
    commands: [
      'kubectl wait canary/orders --for=condition=Promoted --timeout=15m',
      `kubectl patch canary/orders --field-manager=oncall-$USER --type=merge -p '{"spec":{"revertOnDeletion":false}}'`,
      `until [ -z "$(kubectl get canary/orders -o jsonpath='{.metadata.finalizers}')" ]; do sleep 1; done`,
      'kubectl delete canary/orders --cascade=orphan',
      'kubectl annotate scaledobject/orders-queue --field-manager=oncall-$USER autoscaling.keda.sh/paused-replicas-',
      "kubectl scale deployment/orders --replicas=$(kubectl get deployment/orders-primary -o jsonpath='{.spec.replicas}')",
      'kubectl rollout status deployment/orders --timeout=15m',
      `kubectl patch service/orders-api --field-manager=oncall-$USER --type=merge -p '{"spec":{"selector":{"app":"orders"}}}'`,
      'kubectl delete deployment/orders-primary service/orders-api-primary service/orders-api-canary scaledobject/orders-queue-primary ' +
        'configmap/orders-primary secret/broker-primary',
      'kubectl annotate service/orders-api --field-manager=oncall-$USER immutableapp.io/adopt=orders',
      'kubectl apply --server-side -f app.yaml',
      "kubectl scale iapp/orders --replicas=$(kubectl get deployment/orders -o jsonpath='{.spec.replicas}')",
      'kubectl wait iapp/orders --for=condition=UpToDate --timeout=15m',
      `kubectl patch scaledobject/orders-queue --field-manager=oncall-$USER --type=merge -p '{"spec":{"scaleTargetRef":{"apiVersion":"immutableapp.io/v1alpha1","kind":"ImmutableApp","name":"orders"}}}'`,
      'kubectl delete deployment/orders',
    ],
  },
  knative: {
    spec: { replicas: 2, services: [{ name: 'hello-app', ports: [{ name: 'http', port: 80, targetPort: 'http' }] }] },
    differs: [
      'add /metadata/labels',
      'remove /metadata/annotations',
      'remove /spec/timeoutSeconds',
      'remove /spec/containerConcurrency',
      'add /spec/containers/0/name',
      'add /spec/containers/0/ports/0/name',
      'add /spec/containers/0/env/1',
    ],
    says: [
      'PORT=8012',
      'scaling to zero',
      'min-scale became replicas',
      'containerConcurrency',
      'traffic by revision',
      'K_SERVICE',
      'its own host',
      'its probes',
    ],
  },
};

/** What cannot become an App, in the words that say why. */
const REFUSED: Readonly<Record<string, readonly [Wanted, string]>> = {
  stateful: [{}, 'StatefulSet kafka cannot become an App: its pods have names and volumes of their own'],
  volume: [{}, 'mounts claim pages, which one node or pod writes to'],
  several: [{}, 'there are 2 workloads: ask for one of deployment/reviews-v1, deployment/reviews-v2'],
  editor: [{}, 'an-application-with-a-name-that-goes-on-for-ever cannot be the name of an App: at most 46'],
  shop: [{ workload: 'deployment/shpo' }, 'there is no deployment/shpo among the manifests; there is deployment/shop'],
  canary: [{ workload: 'statefulset/podinfo' }, 'there is no statefulset/podinfo among the manifests'],
  'canary-live': [
    { workload: 'deployment/orders' },
    'Deployment orders is a part of Canary orders, which scales it: ask for canary/orders',
  ],
};

test('every manifest has a row', () => {
  const files = readdirSync(FOLDER).map((file) => file.replace('.yaml', ''));
  expect(files.filter((file) => !(file in ROWS) && !(file in REFUSED))).toEqual([]);
  expect(files.length).toBeGreaterThan(20);
});

describe('becomes an App', () => {
  test.each(Object.entries(ROWS))('%s', (file, row) => {
    const manifests = manifestsOf(file);
    const { app, notes, steps } = migrate(manifests, row.wanted);
    const { template, ...spec } = app.spec;
    expect(spec).toEqual(row.spec);
    const differences = jsonpatch.compare(templateIn(manifests, file), obj(template)).map(({ op, path }) => `${op} ${path}`);
    expect(differences.toSorted()).toEqual((row.differs ?? []).toSorted());
    const said = [...(row.says ?? []), 'dashboards, alerts and scripts'];
    expect(notes.map(({ says }) => says)).toEqual(said.map((words) => expect.stringContaining(words)));
    if (row.commands !== undefined) expect(steps.flatMap(({ commands }) => commands)).toEqual(row.commands);
  });
});

describe('is refused', () => {
  test.each(Object.entries(REFUSED))('%s', (file, [wanted, words]) => {
    expect(() => migrate(manifestsOf(file), wanted)).toThrow(words);
  });
});

/** The template of the workload itself, as it is written there. */
function templateIn(manifests: ReturnType<typeof manifestsOf>, file: string): object {
  const named = ['canary', 'canary-rollout'].includes(file)
    ? 'Deployment'
    : file === 'bluegreen'
      ? 'Rollout'
      : file === 'knative'
        ? 'Service'
        : 'Deployment';
  const workload = manifests.find(({ kind }) => kind === named);
  return withoutNulls(obj(workload?.spec).template) as object;
}

test('a volume with one writer moves with downtime, by consent', () => {
  const { app, steps } = migrate(manifestsOf('volume'), { overlapNever: true });
  expect(app.spec.promotion).toEqual({ overlap: 'Never' });
  expect(steps.flatMap(({ commands }) => commands)).toContain('kubectl scale deployment/wiki --replicas=0');
});

describe('the way back', () => {
  const back = (file: string, wanted = ROWS[file]?.wanted) => migrate(manifestsOf(file), wanted).steps.flatMap((step) => step.back ?? []);
  const letGo = (app: string, where = '') =>
    `kubectl patch${where} iapp/${app} --field-manager=oncall-$USER --type=merge -p '{"spec":{"paused":null,"services":null}}'`;
  const released = (service: string, where = '') =>
    `until kubectl get${where} service/${service} -o jsonpath='{.spec.selector}' | grep -v immutableapp.io/instance | grep -q :; do sleep 1; done`;
  const refuse = (service: string, where = '') =>
    `kubectl annotate${where} service/${service} --field-manager=oncall-$USER immutableapp.io/adopt-`;
  const says = (...sentences: readonly string[]) =>
    `Or go back from here, with no tool applying the App meanwhile: the App ${[...sentences].join('. ')}.`;
  const FIRST = 'lets go of the Services, then it goes';
  const OLD = 'The old pods never stopped';

  test('of a Rollout leads by both Services', () => {
    expect(back('bluegreen')).toEqual([
      {
        does: says(FIRST, OLD, 'Afterwards apply the Rollout again, and it takes them back'),
        commands: [
          letGo('booking'),
          ...[released('booking'), released('booking-preview'), refuse('booking'), refuse('booking-preview')],
          'kubectl delete iapp/booking',
        ],
      },
    ]);
  });
  test('of a Service whose manifest leaves selector out begins with that selector', () => {
    const where = ' -n demo';
    expect(back('live')[0]?.commands).toEqual([
      letGo('cart', where),
      `kubectl patch -n demo service/cart --field-manager=oncall-$USER --type=merge -p '{"spec":{"selector":{"app":"cart"}}}'`,
      released('cart', where),
      refuse('cart', where),
      'kubectl delete -n demo iapp/cart',
    ]);
  });
  test('of what has no Service of its own is short', () => {
    expect(back('editor')).toEqual([{ does: says('goes', OLD), commands: [expect.stringMatching(/^kubectl delete .*iapp\/editor$/)] }]);
    expect(back('knative')).toEqual([{ does: says('goes', OLD), commands: [expect.stringMatching(/^kubectl delete .*iapp\/hello$/)] }]);
  });
  test('of what runs alone waits for the pods, and starts as many as there were', () => {
    const [lines] = back('volume', { overlapNever: true });
    expect(lines?.does).toContain('The Deployment starts when the pods of the App have ended.');
    expect(lines?.commands.slice(-3)).toEqual([
      'kubectl delete iapp/wiki',
      'kubectl wait --for=delete pod -l immutableapp.io/app=wiki --timeout=15m',
      'kubectl scale deployment/wiki --replicas=1',
    ]);
  });
});

test('an App that an autoscaler sizes gets as many pods as there were before they were stopped', () => {
  const commands = migrate(manifestsOf('scaled'), { overlapNever: true }).steps.flatMap((step) => step.commands);
  expect(commands.find((command) => /kubectl scale .*iapp\//.test(command))).toMatch(/--replicas=\d+$/);
});

test.each(['bluegreen', 'knative'])('%s cannot be stopped before the App starts', (file) => {
  expect(() => migrate(manifestsOf(file), { overlapNever: true })).toThrow('with --overlap Never hand in a Deployment');
});

test('labels and annotations of the workload go along, those of tools do not', () => {
  expect(migrate(manifestsOf('live')).app.metadata).toEqual({
    name: 'cart',
    namespace: 'demo',
    labels: { app: 'cart' },
    annotations: { 'reloader.stakater.com/auto': 'true', team: 'blue' },
  });
});

test('who applies a selector server-side is told to leave it out', () => {
  const [consent] = migrate(manifestsOf('live')).steps;
  expect(consent?.does).toContain('kustomize-controller applies the selector of cart server-side');
});

test('a Deployment that something else makes is not taken from it', () => {
  const [deployment, ...rest] = manifestsOf('shop');
  const owned = {
    ...deployment!,
    metadata: { ...obj(deployment?.metadata), ownerReferences: [{ kind: 'Grafana', name: 'g', controller: true }] },
  };
  expect(() => migrate([owned, ...rest])).toThrow('belongs to Grafana g, which makes it again');
});

test('a Canary goes by way of the Deployment of its user', () => {
  const commands = migrate(manifestsOf('canary')).steps.flatMap((step) => step.commands);
  expect(commands.slice(0, 6)).toEqual([
    'kubectl wait -n test canary/podinfo --for=condition=Promoted --timeout=15m',
    'kubectl delete -n test canary/podinfo --cascade=orphan',
    "kubectl scale -n test deployment/podinfo --replicas=$(kubectl get -n test deployment/podinfo-primary -o jsonpath='{.spec.replicas}')",
    'kubectl rollout status -n test deployment/podinfo --timeout=15m',
    `kubectl patch -n test service/podinfo --field-manager=oncall-$USER --type=merge -p '{"spec":{"selector":{"app":"podinfo"}}}'`,
    'kubectl delete -n test deployment/podinfo-primary service/podinfo-primary service/podinfo-canary hpa/podinfo-primary',
  ]);
  expect(commands.at(-1)).toBe('kubectl delete -n test deployment/podinfo');
});

test.each([
  ['Rollout', { phase: 'Healthy', replicas: 2 }, true, 'is Healthy'],
  ['Rollout', { phase: 'Progressing', replicas: 2 }, false, 'wait until nothing is under way'],
  ['Rollout', { phase: 'Healthy', replicas: 4 }, false, 'has 4 pods for 2'],
  ['Canary', { phase: 'Succeeded' }, true, 'is Succeeded'],
  ['Canary', { phase: 'Initialized' }, true, 'is Initialized'],
  ['Canary', { phase: 'Progressing' }, false, 'wait until nothing is under way'],
  ['Canary', { phase: 'Failed' }, false, 'its Deployment has what failed, and not what serves'],
  ['Canary', {}, false, 'of unknown phase'],
  ['Deployment', { readyReplicas: 2, updatedReplicas: 2 }, true, 'has 2 of 2 pods ready'],
  ['Deployment', { readyReplicas: 2, updatedReplicas: 1 }, false, 'wait until nothing is under way'],
])('%s with %j may move: %s', (kind, status, ok, words) => {
  const object = { apiVersion: 'v1', kind, metadata: { name: 'shop' }, spec: { replicas: 2 }, status };
  expect(idleCheck({ kind, name: 'shop' }, [object])).toEqual([{ ok, says: expect.stringContaining(words) }]);
});

describe('what is printed', () => {
  test.each(Object.keys(ROWS))('%s reads back as the App that was meant', (file) => {
    const migration = migrate(manifestsOf(file), ROWS[file]?.wanted);
    expect(readManifests(printed(migration))).toEqual([JSON.parse(JSON.stringify(migration.app))]);
  });

  test('every note and every command stands above it', () => {
    const migration = migrate(manifestsOf('scaled'));
    const comments = printed(migration)
      .split('\n')
      .filter((line) => line.startsWith('#'));
    expect(comments.every((line) => line.length <= 102 || / {3}(kubectl|until) /.test(line))).toBe(true);
    const words = comments.map((line) => line.replace(/^#\s*(- |\d+\. )?/, '')).join(' ');
    for (const { says } of migration.notes) expect(words).toContain(says);
    for (const command of migration.steps.flatMap(({ commands, back }) => [...commands, ...(back?.commands ?? [])])) {
      expect(words).toContain(command);
    }
    for (const does of migration.steps.flatMap(({ back }) => back?.does ?? [])) expect(words).toContain(does);
  });
});
