// Carries out the actions that only look: at what the watches do not keep, read live, and kept as a fact for the next decision.
import type { Action } from '../model/action.ts';
import { assertNever } from '../model/action.ts';
import { sourceText } from '../model/app.ts';
import { sourceAuthor } from '../model/author.ts';
import type { Result } from '../model/failure.ts';
import { failure, ok } from '../model/failure.ts';
import { obj, text } from '../model/json.ts';
import type { Snapshot } from '../model/observed.ts';
import { LABEL } from '../model/vocabulary.ts';
import type { Fingerprint } from '../model/version.ts';
import { digest, fingerprintUnder, schemeOf } from '../model/version.ts';
import { foreignSlice, foreignSlices, readyPods, slicesOf } from '../routers/endpoints.ts';
import { sealOf } from '../workloads/deployment.ts';
import { compare } from '../workloads/drift.ts';
import { evidenceOf, symptomOf } from '../workloads/evidence.ts';
import { appsOf, project } from '../workloads/object.ts';
import { contentOf } from '../workloads/record.ts';
import type { Cache } from './cache.ts';
import type { Clock } from './clock.ts';
import type { Kube, Page, Source } from './kube.ts';

export type Look = Extract<Action, { do: 'recall' | 'capture' | 'examine' | 'inspect' | 'compare' | 'search' }>;
const LOOKS: ReadonlySet<Action['do']> = new Set<Look['do']>(['recall', 'capture', 'examine', 'inspect', 'compare', 'search']);
/** Whether it changes nothing: what is looked at may be another the next time, and is looked at as often as that. */
export const isLook = (action: Action): boolean => action.do === 'rehearse' || LOOKS.has(action.do);

type Do<Name extends Look['do']> = Extract<Look, { do: Name }>;

/** What looking needs: it creates nothing but dry runs. */
export interface Eyes {
  readonly kube: Pick<Kube, 'create' | 'read' | 'list'>;
  readonly cache: Cache;
  readonly clock: Clock;
}

const WAIT_MS = 5_000;
const MOST_PODS = 50;
const MOST_SLICES = 50;
const NO_PAGE: Pick<Page, 'items'> = { items: [] };

export function look(eyes: Eyes, seen: Snapshot, action: Look): Promise<Result<unknown>> {
  switch (action.do) {
    case 'recall':
      return recall(eyes, seen, action);
    case 'capture':
      return capture(eyes, seen, action);
    case 'examine':
      return examine(eyes, seen, action);
    case 'inspect':
      return inspect(eyes, seen, action);
    case 'compare':
      return compareLive(eyes, seen, action);
    case 'search':
      return search(eyes, seen, action);
    default:
      return assertNever(action);
  }
}

async function recall({ kube, cache }: Eyes, { key, app }: Snapshot, action: Do<'recall'>): Promise<Result<unknown>> {
  const answer = await kube.read('ControllerRevision', app.namespace, action.record);
  if (answer.is === 'failure') return answer.kind === 'Gone' ? failure('Conflict', answer.message, answer.status) : answer;
  const content = contentOf(answer.value);
  const fingerprint = text(obj(obj(answer.value).data).fingerprint) as Fingerprint;
  if (content === undefined || fingerprintUnder(schemeOf(fingerprint), content) !== fingerprint) {
    return failure('Denied', `record ${action.record} does not hold the content of its fingerprint`);
  }
  cache.memory(key).recalled.set(action.id, content);
  return answer;
}

/** Content of somebody's ConfigMap, as it is at this moment. */
async function capture({ kube, cache, clock }: Eyes, { key, app }: Snapshot, { source: name }: Do<'capture'>): Promise<Result<unknown>> {
  const answer = await kube.read('ConfigMap', app.namespace, name);
  if (answer.is === 'failure') return answer.kind === 'Gone' ? failure('Conflict', answer.message, answer.status) : answer;
  const { uid, resourceVersion } = project(answer.value);
  const copy = sourceText(answer.value);
  const by = sourceAuthor(answer.value);
  cache.memory(key).reads.set(name, { name, uid, resourceVersion, digest: digest(copy), at: clock.now(), by, text: copy });
  return answer;
}

/** What the pods of an instance say now, each of them read whole: the watch keeps only whose they are. */
async function examine(
  { kube, cache, clock }: Eyes,
  { key, app, instances }: Snapshot,
  { instance }: Do<'examine'>,
): Promise<Result<unknown>> {
  const source: Source = { kind: 'Pod', namespace: app.namespace, labelSelector: `${LABEL.instance}=${instance}` };
  const answer = await kube.list(source, { limit: MOST_PODS }, AbortSignal.timeout(WAIT_MS));
  if (answer.is === 'failure') return answer;
  const complaint = instances.find(({ name }) => name === instance)?.complaint ?? '';
  const { evidence, symptoms } = cache.memory(key);
  evidence.set(instance, evidenceOf(answer.value.items, complaint));
  symptoms.set(instance, symptomOf(answer.value.items, symptoms.get(instance), clock.now()));
  for (const name of symptoms.keys()) if (!instances.some((each) => each.name === name)) symptoms.delete(name);
  return answer;
}

/** An instance with everything below it, whole, and what the API server would store of it today. */
async function compareLive(
  { kube, cache, clock }: Eyes,
  { key, app: { namespace } }: Snapshot,
  { instance, of, published }: Do<'compare'>,
): Promise<Result<unknown>> {
  const below = (kind: 'ReplicaSet' | 'Pod'): Promise<Result<Page>> =>
    kube.list({ kind, namespace, labelSelector: `${LABEL.instance}=${instance}` }, { limit: MOST_PODS }, AbortSignal.timeout(WAIT_MS));
  const deployment = await kube.read('Deployment', namespace, instance);
  if (deployment.is === 'failure')
    return deployment.kind === 'Gone' ? failure('Conflict', deployment.message, deployment.status) : deployment;
  const [replicaSets, pods] = [await below('ReplicaSet'), await below('Pod')];
  if (replicaSets.is === 'failure') return replicaSets;
  if (pods.is === 'failure') return pods;
  const today = published === undefined ? undefined : await kube.create('Deployment', published, { dryRun: true });
  if (today?.is === 'failure' && today.kind !== 'Denied') return today;
  const stored = today?.is === 'ok' ? today.value : undefined;
  const found = compare({ deployment: deployment.value, published: stored, replicaSets: replicaSets.value.items, pods: pods.value.items });
  const at = clock.now();
  const agrees = stored === undefined ? undefined : sealOf(obj(stored).spec) === sealOf(obj(deployment.value).spec);
  const before = cache.memory(key).comparisons.get(instance);
  const since = before?.agrees === false && before.of === of ? before.since : at;
  cache.memory(key).comparisons.set(instance, { ...found, of, at, agrees, since });
  return ok(undefined);
}

/**
 * The API server refuses to make anything in a namespace that is being terminated, by way of trial too: no right on namespaces is needed to
 * know. What is refused for another reason is refused in one that lives.
 */
async function search({ kube, cache }: Eyes, { key, app, records }: Snapshot, { config: name }: Do<'search'>): Promise<Result<unknown>> {
  const { namespace } = app;
  const live = await kube.read('ImmutableApp', namespace, app.name);
  if (live.is === 'failure') {
    if (live.kind !== 'Gone') return live;
    cache.memory(key).missing = true;
    return failure('Conflict', 'the App is gone', live.status);
  }
  cache.observe('ImmutableApp', live.value);
  const { uid, deletionTimestamp } = obj(obj(live.value).metadata);
  if (uid !== app.uid || deletionTimestamp !== undefined) return failure('Conflict', 'the App is going');
  const tried = await kube.create('ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } }, { dryRun: true });
  if (tried.is === 'failure' && tried.kind === 'Exists') {
    const there = await kube.read('ConfigMap', namespace, name);
    if (there.is === 'failure') return there;
    cache.observe('ConfigMap', there.value);
    // It may have the name and be nobody's, or about to go: then the version has lost it all the same.
    const { owner, deleting } = project(there.value);
    const isOurs =
      appsOf(there.value).includes(key) && records.some((record) => record.uid === owner?.uid && record.owner?.uid === app.uid);
    if (deleting || !isOurs) cache.memory(key).lost.add(name);
    return there;
  }
  if (tried.is === 'failure' && tried.kind !== 'Denied') return tried;
  cache.memory(key).lost.add(name);
  return ok(undefined);
}

/**
 * Of the slices that are not the EndpointSlice controller's the first is enough. If there is none, the others are counted: they are not
 * watched before a Service is moved for the first time.
 */
async function inspect({ kube, cache, clock }: Eyes, { key, app, instances }: Snapshot, action: Do<'inspect'>): Promise<Result<unknown>> {
  const { namespace } = app;
  const source: Source = { kind: 'EndpointSlice', namespace, labelSelector: foreignSlices(action.service), metadataOnly: true };
  const answer = await kube.list(source, { limit: 1 }, AbortSignal.timeout(WAIT_MS));
  if (answer.is === 'failure') return answer;
  const foreign = foreignSlice(answer.value.items);
  const slices: Source = { kind: 'EndpointSlice', namespace, labelSelector: slicesOf(action.service) };
  const own = foreign === '' ? await kube.list(slices, { limit: MOST_SLICES }, AbortSignal.timeout(WAIT_MS)) : ok(NO_PAGE);
  if (own.is === 'failure') return own;
  const ours = new Set(instances.map(({ name }) => name));
  const others = [...readyPods(own.value.items)].filter((pod) => {
    const instance = cache.instanceOf(pod);
    return instance === undefined || !ours.has(instance);
  });
  cache.memory(key).inspections.set(action.uid, { foreign, others: others.length, at: clock.now() });
  return own;
}
