// Everybody around the operator, as small functions that run once something they care about has changed, a little later: the
// Deployment controller (with ReplicaSets), the kubelet, the EndpointSlice controller, the garbage collector.
import { list, obj, text, int } from '../../src/model/json.ts';
import { startedIn } from './images.ts';
import { collect, forget, lostOwners } from './collector.ts';
import type { Metadata, Store, Stored, Transition } from './store.ts';
import { stable } from './store.ts';
import type { Time } from './time.ts';

/** How long each of them takes, in milliseconds; drawn anew each time. */
export interface Delays {
  deployments(): number;
  kubelet(): number;
  grace(): number;
  slices(): number;
  readonly sliceSize: number;
  collector(): number;
}

export const SLICE_CONTROLLER = 'endpointslice-controller.k8s.io';
const HASH = 'pod-template-hash';

export function startActors(store: Store, time: Time, delays: Delays): void {
  const pending = new Set<string>();
  /** Runs `work` once, however often it is asked for before it runs. */
  const soon = (key: string, ms: number, work: () => void): void => {
    if (pending.has(key)) return;
    pending.add(key);
    time.after(ms, () => {
      pending.delete(key);
      work();
    });
  };
  const rollOut = (uid: string): void => {
    soon(`roll out ${uid}`, delays.deployments(), () => {
      syncDeployment(store, uid);
    });
  };
  const start = (uid: string): void => {
    soon(`start ${uid}`, delays.kubelet(), () => {
      startPod(store, uid);
    });
  };
  store.listen((transition) => {
    const { kind, before, after } = transition;
    const { metadata } = (after ?? before)!;
    const [owner] = metadata.ownerReferences ?? [];
    if (kind === 'Deployment' && after !== undefined) rollOut(metadata.uid);
    if (kind === 'ReplicaSet' && owner !== undefined) rollOut(owner.uid);
    if ((kind === 'ReplicaSet' || kind === 'Pod') && owner === undefined) {
      for (const deployment of store.list('Deployment'))
        if (selects(selectorOf(deployment), metadata.labels ?? {})) rollOut(deployment.metadata.uid);
    }
    if (kind === 'Pod') {
      const replicaSet = store.byUid('ReplicaSet', owner?.uid ?? '');
      if (replicaSet !== undefined) rollOut(replicaSet.metadata.ownerReferences?.[0]?.uid ?? '');
      if (after !== undefined && before === undefined) start(metadata.uid);
      if (after?.metadata.deletionTimestamp !== undefined) {
        soon(`stop ${metadata.uid}`, delays.grace(), () => {
          store.finish(metadata.namespace, metadata.name);
        });
      }
    }
    if (kind === 'ConfigMap') for (const pod of store.list('Pod')) if (!isReady(pod)) start(pod.metadata.uid);
    for (const service of concerned(store, transition)) {
      // One slice after the other: what they say together is now and then half old, half new.
      const wanted = Math.ceil(store.list('Pod').length / delays.sliceSize);
      const slices = store.list('EndpointSlice').filter((slice) => ownedBy(slice, service)).length;
      for (let i = 0; i < Math.max(1, wanted, slices); i++) {
        soon(`slice ${service} ${String(i)}`, delays.slices() * (i + 1), () => {
          syncSlice(store, service, i, delays.sliceSize);
        });
      }
    }
    if (after === undefined || lostOwners(store, after) > 0 || (metadata.finalizers ?? []).length > 0) {
      soon('collect', delays.collector(), () => {
        collect(store);
      });
    }
  });
}

/** uids of Services whose endpoints this may change. */
function concerned(store: Store, { kind, before, after }: Transition): string[] {
  if (kind === 'Service') return after === undefined ? [] : [after.metadata.uid];
  if (kind !== 'Pod') return [];
  const labels = (after ?? before)!.metadata.labels ?? {};
  return store
    .list('Service')
    .filter(({ spec }) => selects(spec?.selector, labels) || selects(spec?.selector, before?.metadata.labels ?? {}))
    .map(({ metadata }) => metadata.uid);
}

export const selects = (selector: unknown, labels: Readonly<Record<string, string>>): boolean => {
  const wanted = Object.entries(obj(selector));
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
};

export const isReady = (pod: Stored): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  list(pod.status?.conditions).some(({ type, status }) => type === 'Ready' && status === 'True');

export const ownedBy = (object: Stored, uid: string): boolean =>
  object.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;

/** Pods that a Deployment runs, by uid all the way. */
export function podsOf(store: Store, deployment: string): Stored[] {
  const sets = new Set(
    store
      .list('ReplicaSet')
      .filter((set) => ownedBy(set, deployment))
      .map(({ metadata }) => metadata.uid),
  );
  return store.list('Pod').filter(({ metadata }) => sets.has(metadata.ownerReferences?.[0]?.uid ?? ''));
}

const reference = (kind: string, { name, uid }: Metadata): NonNullable<Metadata['ownerReferences']>[number] => ({
  kind,
  name,
  uid,
  controller: true,
});

function syncDeployment(store: Store, uid: string): void {
  const deployment = store.byUid('Deployment', uid);
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return;
  const { metadata, spec } = deployment;
  const wanted = int(spec?.replicas, 1);
  const template = obj(spec?.template);
  const hash = hashOf(template);
  claim(store, 'ReplicaSet', deployment, selectorOf(deployment));
  const sets = store.list('ReplicaSet').filter((set) => ownedBy(set, uid));
  for (const set of sets) claim(store, 'Pod', set, set.metadata.labels);
  const current = sets.find(({ metadata: { labels } }) => labels?.[HASH] === hash) ?? newSet(store, deployment, hash);
  if (current === undefined) return; // refused: not even its status is written
  const ready = activePods(store, current).filter(isReady).length;
  resize(store, current, wanted);
  for (const old of sets) if (old !== current && ready >= wanted) resize(store, old, 0);
  const active = [current, ...sets.filter((set) => set !== current)].map((set) => activePods(store, set));
  const everyPod = active.flat();
  const available = everyPod.filter(isReady).length;
  store.update(
    'deployments',
    'Deployment',
    metadata.namespace,
    metadata.name,
    (draft) => {
      draft.status = {
        observedGeneration: metadata.generation,
        ...nonZero({
          replicas: everyPod.length,
          updatedReplicas: active[0]?.length ?? 0,
          readyReplicas: available,
          availableReplicas: available,
        }),
        conditions: [{ type: 'Available', status: available >= wanted ? 'True' : 'False' }],
      };
    },
    { part: 'status' },
  );
}

const selectorOf = ({ spec }: Stored): unknown => obj(spec?.selector).matchLabels;

/** A controller takes what it selects and nobody has, and lets go of what it selects no longer. */
function claim(store: Store, kind: 'ReplicaSet' | 'Pod', owner: Stored, selector: unknown): void {
  const { namespace, uid } = owner.metadata;
  for (const object of store.list(kind)) {
    const { metadata } = object;
    if (metadata.namespace !== namespace || metadata.deletionTimestamp !== undefined) continue;
    const fits = selects(selector, metadata.labels ?? {});
    if (!fits && ownedBy(object, uid)) forget(store, object, (other) => other === uid);
    if (!fits || metadata.ownerReferences !== undefined) continue;
    store.update('deployments', kind, namespace, metadata.name, (draft) => {
      draft.metadata.ownerReferences = [reference(owner.kind, owner.metadata)];
    });
  }
}

/** The API server leaves zeros out. */
const nonZero = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

function newSet(store: Store, { metadata, spec }: Stored, hash: string): Stored | undefined {
  const template = obj(spec?.template);
  const labels = { ...(obj(obj(template.metadata).labels) as Record<string, string>), [HASH]: hash };
  const created = store.create('deployments', 'ReplicaSet', {
    apiVersion: 'apps/v1',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace,
      labels,
      ownerReferences: [reference('Deployment', metadata)],
    },
    spec: { replicas: 0, template },
  });
  return created.is === 'ok' ? created.value : store.get('ReplicaSet', metadata.namespace, `${metadata.name}-${hash}`);
}

const activePods = (store: Store, set: Stored): Stored[] =>
  store.list('Pod').filter((pod) => ownedBy(pod, set.metadata.uid) && pod.metadata.deletionTimestamp === undefined);

function resize(store: Store, set: Stored, wanted: number): void {
  const { namespace, name, labels } = set.metadata;
  store.update('deployments', 'ReplicaSet', namespace, name, (draft) => {
    draft.spec = { ...draft.spec, replicas: wanted };
  });
  const pods = activePods(store, set);
  // Those that are not ready go first, then the youngest.
  const leaving = pods.toReversed().toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)));
  for (const { metadata } of leaving.slice(0, Math.max(0, pods.length - wanted)))
    store.remove('deployments', 'Pod', namespace, metadata.name);
  for (let i = pods.length; i < wanted; i++) {
    const taken = new Set(store.list('Pod').map(({ metadata }) => metadata.name));
    let ordinal = 0;
    while (taken.has(`${name}-${String(ordinal)}`)) ordinal++;
    store.create('deployments', 'Pod', {
      apiVersion: 'v1',
      metadata: { name: `${name}-${String(ordinal)}`, namespace, labels, ownerReferences: [reference('ReplicaSet', set.metadata)] },
      spec: obj(obj(set.spec).template).spec,
    });
  }
}

/** A pod runs once every ConfigMap it mounts is there and nothing gates it, and becomes ready unless its image is broken. */
function startPod(store: Store, uid: string): void {
  const pod = store.byUid('Pod', uid);
  if (pod === undefined || isReady(pod) || pod.metadata.deletionTimestamp !== undefined) return;
  const { namespace } = pod.metadata;
  const broken = list(pod.spec?.containers).some(({ image }) => text(image).includes('broken'));
  const configs = list(pod.spec?.volumes).flatMap(({ configMap }) => (configMap === undefined ? [] : [text(obj(configMap).name)]));
  const gated = list(pod.spec?.schedulingGates).length > 0;
  if (gated || configs.some((config) => store.get('ConfigMap', namespace, config) === undefined)) return;
  setReady(store, pod, !broken);
}

export function setReady(store: Store, { metadata: { namespace, name } }: Stored, ready: boolean): void {
  store.update(
    'kubelet',
    'Pod',
    namespace,
    name,
    (draft) => {
      const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
      draft.status = { phase: 'Running', conditions, ...startedIn(store, draft) };
    },
    { part: 'status' },
  );
}

/** The `i`th slice of a Service, of the pods that have run. A Service without a selector is left as it is, its last endpoints with it: so does the real controller. */
function syncSlice(store: Store, uid: string, i: number, size: number): void {
  const service = store.byUid('Service', uid);
  if (service?.spec?.selector === undefined) return;
  const { namespace, name, labels } = service.metadata;
  const pods = store
    .list('Pod')
    .filter(
      ({ metadata, status }) =>
        metadata.namespace === namespace && status !== undefined && selects(service.spec?.selector, metadata.labels ?? {}),
    );
  const endpoints = pods.slice(i * size, (i + 1) * size).map((pod) => ({
    conditions: { ready: isReady(pod), terminating: pod.metadata.deletionTimestamp !== undefined },
    targetRef: { kind: 'Pod', name: pod.metadata.name, namespace, uid: pod.metadata.uid },
  }));
  const mirrored = { ...labels, 'kubernetes.io/service-name': name, 'endpointslice.kubernetes.io/managed-by': SLICE_CONTROLLER };
  const sliceName = `${name}-${uid.slice(-5)}${i === 0 ? '' : `-${String(i)}`}`;
  const slice = store.list('EndpointSlice').find((candidate) => ownedBy(candidate, uid) && candidate.metadata.name === sliceName);
  if (slice === undefined) {
    if (i > 0 && endpoints.length === 0) return;
    store.create('slices', 'EndpointSlice', {
      apiVersion: 'discovery.k8s.io/v1',
      metadata: {
        name: sliceName,
        namespace,
        labels: mirrored,
        ownerReferences: [reference('Service', service.metadata)],
      },
      endpoints,
    });
    return;
  }
  store.update('slices', 'EndpointSlice', namespace, slice.metadata.name, (draft) => {
    draft.metadata.labels = mirrored;
    draft.endpoints = endpoints;
  });
}

/** Short, and different for different templates. */
function hashOf(template: unknown): string {
  let hash = 2166136261;
  for (const char of stable(template)) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
  return (hash >>> 0).toString(36);
}
