// What every measurement needs: a fresh cluster with Apps to be, our hands and eyes on it, changes seen through to their end, quiet.
import { setTimeout as delay } from 'node:timers/promises';
import { startCluster, type Cluster } from '../../deploy/local/cluster.ts';
import { enforced } from '../cluster/enforcing.ts';
import { Audit } from './audit.ts';
import { clientOf, type Client } from './client.ts';
import type { Measured } from './measured.ts';
import { Observer, running, type Sight } from './observer.ts';
import type { Operator } from './operator.ts';
import { appOf, type Step } from './phases.ts';

const PER_NAMESPACE = 100;
const PODS_PER_NODE = 4000;
const PHASE_MS = 15 * 60_000;
/** A report of counts alone may come this much later: the operator writes at most one in five seconds. */
const QUIET_MS = 6_000;
const QUIET_AT_MOST_MS = 60_000;
const POLL_MS = 500;
const SHOW_MS = 5_000;

export interface SceneOptions {
  readonly apps: number;
  readonly replicas: number;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Scene extends SceneOptions {
  readonly cluster: Cluster;
  readonly client: Client;
  readonly audit: Audit;
  readonly observer: Observer;
  /** namespace/name of each App. */
  readonly keys: readonly string[];
}

/** All of one length. */
const keyOf = (nth: number): string =>
  `bench-${String(Math.floor(nth / PER_NAMESPACE)).padStart(3, '0')}/app-${String(nth).padStart(5, '0')}`;

/** Plays on a fresh cluster with room for three instances of each App. Leaves nothing behind however it ends. */
export async function onScene<O extends SceneOptions, T>(options: O, play: (scene: Scene & O) => Promise<T>): Promise<T> {
  const { apps, replicas, log, signal } = options;
  const nodes = 1 + Math.ceil((3 * apps * replicas) / PODS_PER_NODE);
  await using cluster = await startCluster({ audit: true, nodes, log, signal });
  const client = clientOf(cluster);
  const keys = Array.from({ length: apps }, (_, nth) => keyOf(nth));
  await install(cluster, client, keys, signal);
  const observer = new Observer(client);
  try {
    return await play({ ...options, cluster, client, audit: new Audit(cluster.auditLog), observer, keys });
  } finally {
    observer.stop();
    await client.close();
  }
}

/** The policies, as shipped unless told otherwise, in force. */
export async function enforce(cluster: Cluster, folder = 'deploy/policies'): Promise<void> {
  const { code, stderr } = await cluster.kubectl(['apply', '-k', folder]);
  if (code !== 0) throw new Error(`${folder}: ${stderr}`);
  await enforced(cluster);
}

async function install(cluster: Cluster, client: Client, keys: readonly string[], signal: AbortSignal): Promise<void> {
  const files = ['crds/immutableapp.yaml', 'deploy/base/namespace.yaml', 'deploy/base/serviceaccount.yaml', 'deploy/base/rbac.yaml'];
  for (const file of files) {
    const { code, stderr } = await cluster.kubectl(['apply', '--server-side', '-f', file]);
    if (code !== 0) throw new Error(`${file}: ${stderr}`);
  }
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd/immutableapps.immutableapp.io']);
  const namespaces = new Set(keys.map((key) => key.slice(0, key.indexOf('/'))));
  for (const name of namespaces) await client.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  // Without its service account a namespace refuses pods, and the ReplicaSet controller would wait ever longer.
  for (;;) {
    const accounts = await client.list<{ metadata: { namespace: string } }>('/api/v1/serviceaccounts');
    const there = new Set(accounts.map(({ metadata }) => metadata.namespace));
    if ([...namespaces].every((name) => there.has(name))) return;
    await delay(POLL_MS, undefined, { signal });
  }
}

/** Creates all of its Apps, each with more in its spec than the bench gives them: a function of what that is. */
export async function createAll({ client, keys, replicas }: Scene, more: (spec: Spec) => Partial<Spec>): Promise<void> {
  await Promise.all(
    keys.map((key) => {
      const [namespace = '', name = ''] = key.split('/');
      const app = appOf(namespace, name, replicas) as { readonly spec: Spec };
      const spec = { ...app.spec, ...more(app.spec) };
      return client.create(`/apis/immutableapp.io/v1alpha1/namespaces/${namespace}/immutableapps`, { ...app, spec });
    }),
  );
}

interface Spec {
  readonly promotion: object;
  readonly retention: object;
}

/** Changes these Apps at once and waits until each is at rest. */
export async function change(
  scene: Scene,
  { name, change: patchOf, serves, instances }: Step,
  keys: readonly string[],
  operator: Operator,
) {
  const { client, observer, replicas } = scene;
  const generations = new Map<string, number>();
  const over = (sight: Sight) =>
    sight.observedGeneration >= (generations.get(sight.key) ?? Infinity) &&
    sight.ready &&
    sight.calm &&
    sight.serving.includes(serves) &&
    running(sight) === instances;
  const apply = async (key: string): Promise<void> => {
    const [namespace = '', app = ''] = key.split('/');
    const path = `/apis/immutableapp.io/v1alpha1/namespaces/${namespace}/immutableapps`;
    const object = await (patchOf === undefined
      ? client.create<{ metadata: { generation: number } }>(path, appOf(namespace, app, replicas))
      : client.merge<{ metadata: { generation: number } }>(`${path}/${app}`, { spec: patchOf(key) }));
    generations.set(key, object.metadata.generation);
  };
  await Promise.all(keys.map(apply));
  const says = (key: string) => `${running(observer.sight(key))} Deployments; ${observer.sight(key).says}`;
  await through(scene, { name, keys, measured: operator, says }, (until) => observer.all(keys, over, until));
}

interface Waiting {
  readonly name: string;
  readonly keys: readonly string[];
  readonly measured: Measured;
  /** Of one that is not through. */
  readonly says: (key: string) => string;
}

/** Waits until all are through, tells how many are, and gives up when what is measured died, or the cluster, or after a quarter of an hour. */
export async function through(
  { signal, log, cluster }: Scene,
  { name, keys, measured, says }: Waiting,
  begin: (until: AbortSignal) => { readonly left: ReadonlySet<string>; readonly done: Promise<void> },
): Promise<void> {
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(PHASE_MS)]);
  const died = Promise.race([measured.ended.then((how) => `the operator ${how}`), cluster.failed.then(({ message }) => message)]);
  void died.then((why) => {
    ended.abort(new Error(why));
  });
  const { left, done } = begin(until);
  const shown = setInterval(() => {
    log(`${name}: ${keys.length - left.size} of ${keys.length} are through`);
  }, SHOW_MS);
  try {
    await done;
  } catch (error) {
    const stuck = [...left].slice(0, 3).map((key) => `  ${key}: ${says(key)}`);
    throw signal.aborted
      ? error
      : new Error(`${name}: ${left.size} of ${keys.length} Apps are not through: ${(error as Error).message}\n${stuck.join('\n')}`, {
          cause: error,
        });
  } finally {
    clearInterval(shown);
  }
}

/** Waits until the operator has made no call but for its lease for a while. */
export async function quiet({ audit, signal, log }: Scene, atMostMs = QUIET_AT_MOST_MS): Promise<void> {
  const startedAt = Date.now();
  for (;;) {
    await delay(POLL_MS, undefined, { signal });
    await audit.read();
    const now = Date.now();
    if (now - Math.max(audit.lastCallAt, startedAt) > QUIET_MS) return;
    if (now - startedAt < atMostMs) continue;
    log(`the operator is still making calls ${atMostMs / 1000} s after everything was done`);
    return;
  }
}
