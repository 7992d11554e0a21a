// Uninstalling: whatever of the policies, the operator and the CRD goes first, what runs goes on running until the CRD takes the Apps with
// it, and then all of it goes and nothing is stuck. The garbage collector learns of a new CRD within half a minute: no App is deleted
// before it has.
// An API server of its own: it takes the CRD and the policies away.
import { expect, test } from '@jest/globals';
import { GC_MS, polled, OwnStage, START_MS } from './harness.ts';
import type { OperatorProcess } from './process.ts';

type Part = 'policies' | 'operator' | 'CRD';
interface Installed {
  readonly stage: OwnStage;
  readonly namespace: string;
  readonly one: string;
  operator: OperatorProcess;
}

const RBAC = 'deploy/base/rbac.yaml';
const CRD = 'crds/immutableapp.yaml';
const OWN = ['deploy/base/namespace.yaml', 'deploy/base/serviceaccount.yaml'];
const COLLECTOR = 'system:serviceaccount:kube-system:generic-garbage-collector';
const WAIT = '--timeout=50s';

async function install(): Promise<Installed> {
  const stage = await OwnStage.open();
  const operator = await stage.operator();
  const place = await stage.place();
  const config = [{ name: 'httpd', data: { 'httpd.conf': 'Listen 8080' }, mountPath: '/etc/httpd' }];
  const one = await place.rollOut({ replicas: 2, config, disruption: { maxUnavailable: 1 } });
  await place.until('its budget is there', () => place.find('PodDisruptionBudget', one));
  return { stage, namespace: place.namespace, one, operator };
}

const remove: Readonly<Record<Part, (installed: Installed) => Promise<void>>> = {
  policies: async ({ stage }) => {
    await stage.kubectl('delete', '-k', 'deploy/policies', '--ignore-not-found', WAIT);
  },
  operator: async ({ stage, operator }) => {
    expect(await operator.stop()).toBe('exited with code 0');
    await stage.kubectl('delete', '-f', RBAC, '-f', OWN[0]!, '--ignore-not-found', WAIT);
  },
  CRD: async ({ stage }) => {
    await stage.kubectl('delete', '-f', CRD, WAIT);
  },
};

/** How many pods take traffic, and how many objects of ours there are. */
async function left({ stage, namespace }: Installed): Promise<{ endpoints: number; objects: readonly string[] }> {
  const at = ['-n', namespace];
  const ready = '{range .items[*].endpoints[?(@.conditions.ready==true)]}{.addresses[0]}{"\\n"}{end}';
  const endpoints = await stage.kubectl(...at, 'get', 'endpointslices', '-l', 'kubernetes.io/service-name=web', '-o', `jsonpath=${ready}`);
  const kinds = 'deployments,replicasets,pods,controllerrevisions,configmaps,services,poddisruptionbudgets,endpointslices';
  const objects = await stage.kubectl(...at, 'get', kinds, '-l', 'immutableapp.io/app', '-o', 'name');
  return { endpoints: endpoints.split('\n').filter(Boolean).length, objects: objects.split('\n').filter(Boolean) };
}

function garbageCollected(installed: Installed): Promise<void> {
  const none = (objects: readonly string[]): true | string => objects.length === 0 || objects.join(', ');
  return polled('nothing of it is left', async () => none((await left(installed)).objects), GC_MS);
}

async function uninstall(installed: Installed, order: readonly Part[]): Promise<void> {
  for (const [done, part] of order.entries()) {
    await remove[part](installed);
    if (order.slice(0, done + 1).includes('CRD')) await garbageCollected(installed);
    else expect((await left(installed)).endpoints).toBe(2);
  }
  const { stage, namespace } = installed;
  await stage.kubectl('delete', 'namespace', namespace, WAIT);
  const cluster = 'crd,validatingadmissionpolicies,validatingadmissionpolicybindings,clusterroles,clusterrolebindings,namespaces';
  expect((await stage.kubectl('get', cluster, '-o', 'name')).split('\n').filter((name) => name.includes('immutableapp'))).toEqual([]);
}

/** A collector that has not yet looked which kinds there are would never miss an App whose CRD is gone, and leave all that was its. */
async function collectorKnows({ stage }: Installed): Promise<void> {
  const now = new Date().toISOString();
  const looked = async (): Promise<boolean> =>
    (await stage.cluster.requests(COLLECTOR)).some(({ path, at }) => path === '/apis' && at > now);
  await polled('the garbage collector has looked which kinds there are', looked, GC_MS);
  const place = await stage.place();
  await place.rollOut({});
  await place.remove('ImmutableApp', 'shop');
  await polled('the garbage collector knows Apps', async () => (await place.settle(), place.list('Deployment').length === 0), GC_MS);
}

const ORDERS: readonly (readonly Part[])[] = [
  ['policies', 'operator', 'CRD'],
  ['operator', 'CRD', 'policies'],
  ['policies', 'CRD', 'operator'],
  ['CRD', 'operator', 'policies'],
];
test.concurrent.each(ORDERS.map((order) => [order.join(', '), order] as const))(
  '%s',
  async (_, order) => {
    const installed = await install();
    try {
      await collectorKnows(installed);
      await uninstall(installed, order);
    } catch (error) {
      throw installed.stage.explain(error);
    } finally {
      await installed.stage.close();
    }
  },
  START_MS,
);
