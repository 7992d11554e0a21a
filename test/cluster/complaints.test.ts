// Pods that cannot be created, on a real API server with real controllers: a reason of its own for each kind of refusal, and who has to do
// something about it. The sentences are the API server's, of the day.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { must } from './admin.ts';
import { condition, is, NEVER, polled, template } from './harness.ts';
import type { Place, TemplateOptions } from './harness.ts';
import type { App } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';
import type { OperatorProcess } from './process.ts';

/** A refused rehearsal is made again after a minute. */
const AGAIN_MS = 110_000;

let operator: OperatorProcess;
let cramped: { readonly place: Place; readonly refused: App };
const stage = openStage(
  async (stage) => {
    operator = await stage.operator();
    cramped = await noRoomForADeployment();
  },
  { refusals: true },
);

const limits = (cpu: string) => ({ container: { resources: { limits: { cpu } } } });
const create = (plural: string, body: object): Promise<unknown> => stage.admin.post(plural, body).then(must);
const inNamespace = ({ namespace }: Place) => ({ matchLabels: { 'kubernetes.io/metadata.name': namespace } });

async function limited(place: Place): Promise<void> {
  const body = {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'small' },
    spec: { limits: [{ type: 'Container', max: { cpu: '1' } }] },
  };
  await create(`/api/v1/namespaces/${place.namespace}/limitranges`, body);
}

async function denied(place: Place): Promise<void> {
  const name = `no-${place.namespace}`;
  const group = '/apis/admissionregistration.k8s.io/v1';
  await create(`${group}/validatingadmissionpolicies`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] },
      validations: [{ expression: 'false', message: 'images come from our own registry' }],
    },
  });
  await create(`${group}/validatingadmissionpolicybindings`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector: inNamespace(place) } },
  });
  await inForce(place, /denied request/);
}

const CONTAINERS = { containers: [{ name: 'web', image: 'example/web:1' }] };
interface Probe {
  readonly path: readonly [group: string, plural: string];
  readonly body: object;
}
const POD: Probe = { path: ['/api/v1', 'pods'], body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe' }, spec: CONTAINERS } };
const labels = { app: 'probe' };
const DEPLOYMENT: Probe = {
  path: ['/apis/apps/v1', 'deployments'],
  body: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'probe' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: CONTAINERS } },
  },
};

/** Policies, webhooks and quotas are in force some moments after they are there. */
async function inForce({ namespace }: Place, says: RegExp, { path: [group, plural], body: probe } = POD): Promise<void> {
  for (;;) {
    const { body } = await stage.cluster.call('POST', `${group}/namespaces/${namespace}/${plural}?dryRun=All`, probe);
    if (says.test(JSON.stringify(body))) return;
    await delay(100);
  }
}

async function unanswered(place: Place): Promise<void> {
  await create('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: `silent-${place.namespace}` },
    webhooks: [
      {
        name: 'silent.example.com',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        timeoutSeconds: 1,
        clientConfig: { url: 'https://127.0.0.1:1/judge' },
        namespaceSelector: inNamespace(place),
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
    ],
  });
  await inForce(place, /failed calling webhook/);
}

const quota =
  (hard: string) =>
  ({ namespace }: Place): Promise<unknown> =>
    stage.kubectl('create', 'quota', '-n', namespace, 'tight', `--hard=${hard}`);
const restricted = ({ namespace }: Place): Promise<unknown> =>
  stage.kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
const nothing = (): Promise<void> => Promise.resolve();

const FINAL = /change spec, or retry it with kubectl annotate/;
const AGAIN = /tried again/;

// Each row: the reason, what is done to the namespace before, the template, words of the API server, and what happens next.
const REFUSALS: readonly (readonly [
  reason: string,
  before: (place: Place) => Promise<unknown>,
  change: TemplateOptions,
  says: RegExp,
  next: RegExp,
])[] = [
  ['QuotaExceeded', quota('pods=0'), {}, /exceeded quota: tight, requested: pods=1/, AGAIN],
  ['ResourcesUnfit', quota('limits.cpu=1'), {}, /failed quota: tight: must specify limits.cpu for: web/, FINAL],
  ['ResourcesUnfit', limited, limits('2'), /maximum cpu usage per Container is 1, but limit is 2/, FINAL],
  ['ServiceAccountMissing', nothing, { pod: { serviceAccountName: 'robot' } }, /serviceaccount "robot" not found/, AGAIN],
  ['PriorityClassMissing', nothing, { pod: { priorityClassName: 'urgent' } }, /no PriorityClass with name urgent was found/, AGAIN],
  ['RuntimeClassMissing', nothing, { pod: { runtimeClassName: 'gvisor' } }, /RuntimeClass "gvisor" not found/, AGAIN],
  ['PodSecurityViolation', restricted, {}, /violates PodSecurity "restricted:latest"/, FINAL],
  ['PodsDenied', denied, {}, /denied request: images come from our own registry/, FINAL],
  ['WebhookUnavailable', unanswered, {}, /failed calling webhook "silent.example.com"/, AGAIN],
];

test.each(REFUSALS)(
  '%s',
  async (reason, before, change, says, next) => {
    const place = await stage.place();
    await before(place);
    const app = await place.update({ promotion: { progressDeadlineSeconds: 3 }, template: template(change) });
    const failed = await place.stalled(app, 'VersionFailed');
    const [version] = failed.status?.versions ?? [];
    expect(version).toMatchObject({ state: 'Failed', reason, failure: { reason, message: expect.stringMatching(says) } });
    expect(condition(failed, 'Stalled')?.message).toMatch(next);
    await place.until('an event says it', () => place.events().some((event) => event.reason === reason && says.test(event.note)));
  },
  TEST_MS,
);

// Simulated nodes look nothing up, so the words are put into the status of the pod as the kubelet puts them there.
const UNCONFIGURED: readonly (readonly [reason: string, what: string, from: object, words: (place: Place) => string])[] = [
  ['SecretMissing', 'Secret', { secretRef: { name: 'db' } }, () => 'secret "db" not found'],
  ['SecretMissing', 'key', { secretRef: { name: 'db' } }, ({ namespace }) => `couldn't find key password in Secret ${namespace}/db`],
  ['ConfigMissing', 'live ConfigMap', { configMapRef: { name: 'db' } }, () => 'configmap "db" not found'],
];

test.each(UNCONFIGURED)(
  '%s: a %s that is not there',
  async (reason, _what, from, words) => {
    const place = await stage.place();
    const app = await place.update({
      promotion: { progressDeadlineSeconds: 5 },
      references: { configMaps: 'Live' },
      template: template({ annotations: NEVER, container: { envFrom: [from] } }),
    });
    const { metadata } = await place.until('a pod is there', () => place.list('Pod').find(({ status }) => status.phase === 'Running'));
    const message = words(place);
    const state = { waiting: { reason: 'CreateContainerConfigError', message } };
    const container = { name: 'web', image: 'example/web:1', imageID: '', ready: false, started: false, restartCount: 0, state };
    await place.merge('Pod', metadata.name, { status: { phase: 'Pending', containerStatuses: [container] } }, '/status');
    const failed = await place.stalled(app, 'VersionFailed');
    const [version] = failed.status?.versions ?? [];
    expect(version).toMatchObject({ state: 'Failed', reason, failure: { reason, message: expect.stringContaining(message) } });
    expect(condition(failed, 'Stalled')?.message).toMatch(AGAIN);
  },
  TEST_MS,
);

/** A quota counts Deployments, and what serves is one. */
async function noRoomForADeployment(): Promise<typeof cramped> {
  const place = await stage.place();
  await place.rollOut({});
  await stage.kubectl('create', 'quota', '-n', place.namespace, 'tight', '--hard=count/deployments.apps=1');
  await inForce(place, /exceeded quota/, DEPLOYMENT);
  const refused = await place.update({ template: template({ image: 'example/web:2' }) });
  return { place, refused: await place.stalled(refused, 'QuotaExceeded') };
}

test(
  'a quota that refuses one more Deployment is told by its name, and once it is lifted a minute is enough',
  async () => {
    const { place, refused } = cramped;
    expect(condition(refused, 'Stalled')?.message).toMatch(/exceeded quota: tight, requested: count\/deployments.apps=1/);
    expect(is(refused, 'Available')).toBe(true);
    await stage.kubectl('delete', 'quota', '-n', place.namespace, 'tight');
    const done = await place.steady(refused, 75_000);
    expect(done.status?.activeVersion).toBe(done.status?.latestVersion);
  },
  AGAIN_MS,
);

const errors = async (): Promise<number> =>
  Number(/^controller_runtime_reconcile_errors_total\{.*\} (\d+)$/m.exec((await operator.page('/metrics'))?.text ?? '')?.[1] ?? 0);

test(
  'a write that is refused is counted as controller-runtime counts it',
  async () => {
    const place = await stage.place();
    await quota('count/controllerrevisions.apps=1')(place);
    await place.rollOut({ template: template({ image: 'example/web:1' }) });
    const before = await errors();
    await place.stalled(await place.update({ template: template({ image: 'example/web:2' }) }), 'Denied');
    // It is counted when the pass is over that reported it.
    await polled('it is counted', async () => (await errors()) > before);
  },
  TEST_MS,
);
