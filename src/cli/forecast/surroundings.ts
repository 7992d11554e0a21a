// The cluster's own controllers as a forecast imagines them at their best: pods are there at once and become ready a while later, endpoints follow
// at once. Nothing is ever short: no quota, no full node, no image that is missing.
import type { Obj } from '../../model/json.ts';
import { int, list, obj, text, texts } from '../../model/json.ts';
import type { Clock } from '../../shell/clock.ts';
import type { Objects, Thing } from './objects.ts';
import { ownedBy } from './objects.ts';

const HASH = 'pod-template-hash';
const SLICES = { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' };
const SERVICE_NAME = 'kubernetes.io/service-name';

/** `readyMs`: how long a pod takes from its creation until it is ready. */
export function surround(objects: Objects, clock: Clock, readyMs: number): void {
  const pending = new Set<string>();
  /** A controller hears of a change after whoever made it has his answer; of several at once it sees the last. */
  const soon = (uid: string, work: (object: Thing) => void): void => {
    if (pending.has(uid)) return;
    pending.add(uid);
    clock.after(0, () => {
      pending.delete(uid);
      const object = objects.byUid(uid);
      if (object !== undefined) work(object);
    });
  };
  const rollOutSoon = (deployment: Thing): void => {
    soon(deployment.metadata.uid, (object) => {
      rollOut(objects, object);
    });
  };
  const followSoon = (service: Thing): void => {
    soon(service.metadata.uid, (object) => {
      follow(objects, object);
    });
  };
  objects.listen((object, gone) => {
    if (object.kind === 'Deployment' && !gone) rollOutSoon(object);
    if (object.kind === 'Service' && !gone) followSoon(object);
    if (object.kind !== 'Pod') return;
    const deployment = objects.byUid(ownerOf(objects.byUid(ownerOf(object))));
    if (deployment !== undefined) rollOutSoon(deployment);
    for (const service of objects.list('Service')) if (selects(service, object)) followSoon(service);
    if (gone || object.status !== undefined) return;
    clock.after(readyMs, () => {
      becomeReady(objects, object);
    });
  });
}

const ownerOf = (object: Thing | undefined): string => text(list(object?.metadata.ownerReferences)[0]?.uid);

function rollOut(objects: Objects, deployment: Thing): void {
  const wanted = int(obj(deployment.spec).replicas, 1);
  const pods = podsOf(objects, deployment);
  const set = replicaSetOf(objects, deployment);
  for (let i = pods.length; i < wanted; i++) startPod(objects, set, i);
  for (const pod of pods.slice(wanted)) objects.remove(pod);
  report(objects, deployment);
}

export const podsOf = (objects: Objects, deployment: Thing): readonly Thing[] => {
  const sets = objects.list('ReplicaSet').filter((set) => ownedBy(set, deployment.metadata.uid));
  return objects.list('Pod').filter((pod) => sets.some((set) => ownedBy(pod, set.metadata.uid)));
};

/** A Deployment of ours is never changed, so it has one. */
function replicaSetOf(objects: Objects, deployment: Thing): Thing {
  const known = objects.list('ReplicaSet').find((set) => ownedBy(set, deployment.metadata.uid));
  const { name, namespace } = deployment.metadata;
  const template = obj(obj(deployment.spec).template);
  const labels = { ...texts(obj(template.metadata).labels), [HASH]: 'forecast' };
  const metadata = { name: `${name}-forecast`, namespace, labels, ownerReferences: [owner(deployment)] };
  return known ?? objects.create('ReplicaSet', { apiVersion: 'apps/v1', metadata, spec: { template } })!;
}

function startPod(objects: Objects, set: Thing, ordinal: number): void {
  const { name, namespace, labels } = set.metadata;
  const spec = obj(obj(obj(set.spec).template).spec);
  const metadata = { namespace, labels, ownerReferences: [owner(set)] };
  for (let i = ordinal; ; i++) {
    if (objects.create('Pod', { apiVersion: 'v1', metadata: { ...metadata, name: `${name}-${String(i)}` }, spec }) !== undefined) return;
  }
}

const owner = ({ kind, metadata: { name, uid } }: Thing): Obj => ({ kind, name, uid, controller: true });

export const isReady = ({ status, metadata }: Thing): boolean =>
  metadata.deletionTimestamp === undefined &&
  list(obj(status).conditions).some(({ type, status: is }) => type === 'Ready' && is === 'True');

function becomeReady(objects: Objects, pod: Thing): void {
  const now = objects.get('Pod', pod.metadata.name);
  if (now?.metadata.uid !== pod.metadata.uid) return;
  objects.update(now, { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }, 'status');
}

/** What the Deployment controller would count; it writes nothing that says nothing new. */
function report(objects: Objects, deployment: Thing): void {
  const pods = podsOf(objects, deployment);
  const ready = pods.filter(isReady).length;
  const status = {
    observedGeneration: deployment.metadata.generation,
    replicas: pods.length,
    updatedReplicas: pods.length,
    readyReplicas: ready,
    availableReplicas: ready,
  };
  const before = obj(deployment.status);
  if (Object.entries(status).some(([field, value]) => (before[field] ?? 0) !== value)) objects.update(deployment, { status }, 'status');
}

const selects = (service: Thing, pod: Thing): boolean => {
  const wanted = Object.entries(texts(obj(service.spec).selector));
  const labels = texts(pod.metadata.labels);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
};

/** One slice that lists every pod which the Service selects, in place of all that its controller made. */
function follow(objects: Objects, service: Thing): void {
  const { name, namespace } = service.metadata;
  const of = { [SERVICE_NAME]: name, ...SLICES };
  const mine = objects
    .list('EndpointSlice')
    .filter(({ metadata }) => Object.entries(of).every(([key, value]) => texts(metadata.labels)[key] === value));
  const endpoints = objects
    .list('Pod')
    .filter((pod) => pod.metadata.namespace === namespace && selects(service, pod))
    .map((pod) => ({
      conditions: { ready: isReady(pod) },
      targetRef: { kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid },
    }));
  const [first, ...rest] = mine;
  for (const slice of rest) objects.remove(slice);
  const labels = { ...texts(service.metadata.labels), ...of };
  if (first !== undefined) objects.update(first, { endpoints, metadata: { labels } });
  else {
    const metadata = { name: `${name}-forecast`, namespace, labels, ownerReferences: [owner(service)] };
    objects.create('EndpointSlice', { apiVersion: 'discovery.k8s.io/v1', metadata, endpoints });
  }
}
