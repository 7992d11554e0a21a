// Answers the questions of decisions: reads live what watches do not keep, and stores the answer for the next decision.
import { parse, sourceText } from '../../model/app.ts';
import { sourceAuthor } from '../../model/author.ts';
import type { Failure, Result } from '../../model/failure.ts';
import { failure, ok } from '../../model/failure.ts';
import { obj, text } from '../../model/json.ts';
import type { ImagesRead } from '../../model/images.ts';
import type { Snapshot } from '../../model/observed.ts';
import type { AnswerTo, Ask, Comparison, Inspection, PodReport, QuestionOf, SourceRead, Trial } from '../../model/question.ts';
import { subject } from '../../model/question.ts';
import { seriesOf } from '../../model/measure.ts';
import { LABEL } from '../../model/vocabulary.ts';
import type { Fingerprint } from '../../model/version.ts';
import { digest, fingerprintUnder, idOf, schemeOf } from '../../model/version.ts';
import { foreignSlice, foreignSlices, readyPods, slicesOf } from '../../routers/endpoints.ts';
import { refusedDeployment } from '../../workloads/complaint.ts';
import { specHashOf } from '../../workloads/deployment.ts';
import { compare } from '../../workloads/drift.ts';
import { evidenceOf, symptomOf } from '../../workloads/evidence.ts';
import { runningIn } from '../../workloads/images.ts';
import { appsOf, project } from '../../workloads/object.ts';
import { contentOf } from '../../workloads/record.ts';
import type { Cache } from '../store/cache.ts';
import { claim } from './claim.ts';
import type { Clock } from '../clock.ts';
import type { Kube, Page, Source } from '../api/kube.ts';
import type { Measurer } from '../gates/measuring.ts';

/** What answering needs. Its only creates are dry runs. */
export interface Reader {
  readonly kube: Pick<Kube, 'create' | 'read' | 'list'>;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly measurer: Measurer;
}

const WAIT_MS = 5_000;
const MOST_PODS = 50;
/** Which image a pod runs matters for each of them. */
const ALL_PODS = 500;
const MOST_SLICES = 50;
const NO_PAGE: Pick<Page, 'items'> = { items: [] };

interface Asking extends Reader {
  readonly seen: Snapshot;
}

type Answerer<A extends Ask> = (asking: Asking, question: QuestionOf<A>) => Promise<Result<AnswerTo[A] | undefined>>;

/** Undefined: the answer is not kept. */
const ANSWERERS: { readonly [A in Ask]: Answerer<A> } = { dryRun, content, source, pods, images, slices, differences, config, measure };

export async function ask<A extends Ask>(reader: Reader, seen: Snapshot, question: QuestionOf<A>): Promise<Result<unknown>> {
  const answerer: Answerer<A> = ANSWERERS[question.ask];
  const answer = await answerer({ ...reader, seen }, question);
  if (answer.is === 'ok' && answer.value !== undefined)
    reader.cache.memory(seen.key).answers[question.ask].set(subject(question), answer.value);
  return answer;
}

/** A dry run of a Deployment. A refusal is an answer too; only a missing answer is a failure. */
async function dryRun({ kube, cache, clock, seen }: Asking, { object, configs }: QuestionOf<'dryRun'>): Promise<Result<Trial | undefined>> {
  const answer = await kube.create('Deployment', object, { dryRun: true });
  const at = clock.now();
  if (answer.is === 'ok')
    return ok({ is: 'accepted', specHash: specHashOf(obj(answer.value).spec), configs, at, warnings: answer.warnings ?? [] });
  if (answer.kind === 'Denied' && !lacksRight(answer))
    return ok({ is: 'refused', reason: refusedDeployment(answer.message), message: answer.message, configs, at });
  if (answer.kind !== 'Exists') return answer;
  const claimed = await claim({ kube, cache, seen }, 'Deployment', object);
  return claimed.is === 'ok' ? ok(undefined) : claimed;
}

/**
 * Refused because of who asks, which says nothing about the template. An API server that has just started refuses everybody for a second or two,
 * before it has read its roles.
 */
const lacksRight = ({ status, message }: Failure): boolean => status === 403 && /: User ".*" cannot /.test(message);

/** If it does not exist, the decision saw an older state. */
const orConflict = (answer: Failure): Failure => (answer.kind === 'Gone' ? failure('Conflict', answer.message, answer.status) : answer);

async function content({ kube, cache, seen: { key, app } }: Asking, { id, record }: QuestionOf<'content'>): Promise<Result<string>> {
  const answer = await (record === undefined
    ? kube.read('ImmutableApp', app.namespace, app.name)
    : kube.read('ControllerRevision', app.namespace, record));
  if (answer.is === 'failure') return orConflict(answer);
  if (record === undefined) {
    const { content: found, fingerprint } = parse(answer.value);
    if (idOf(app.name, fingerprint) === id) return ok(found);
    cache.memory(key).unread = true;
    return failure('Conflict', 'the App has changed');
  }
  const found = contentOf(answer.value);
  const fingerprint = text(obj(obj(answer.value).data).fingerprint) as Fingerprint;
  if (found === undefined || fingerprintUnder(schemeOf(fingerprint), found) !== fingerprint) {
    return failure('Denied', `record ${record} does not hold the content of its fingerprint`);
  }
  return ok(found);
}

/** The present content of a ConfigMap that is to be captured. */
async function source({ kube, clock, seen: { app } }: Asking, { source: name }: QuestionOf<'source'>): Promise<Result<SourceRead>> {
  const answer = await kube.read('ConfigMap', app.namespace, name);
  if (answer.is === 'failure') return orConflict(answer);
  const { uid, resourceVersion } = project(answer.value);
  const copy = sourceText(answer.value);
  return ok({ name, uid, resourceVersion, digest: digest(copy), at: clock.now(), by: sourceAuthor(answer.value), text: copy });
}

/** Reads the pods of an instance in full: the watch keeps only who owns them. */
async function pods(
  { kube, cache, clock, seen: { key, app, instances } }: Asking,
  { instance }: QuestionOf<'pods'>,
): Promise<Result<PodReport>> {
  const from: Source = { kind: 'Pod', namespace: app.namespace, labelSelector: `${LABEL.instance}=${instance}` };
  const answer = await kube.list(from, { limit: MOST_PODS }, AbortSignal.timeout(WAIT_MS));
  if (answer.is === 'failure') return answer;
  const complaint = instances.find(({ name }) => name === instance)?.complaint ?? '';
  const { pods: before } = cache.memory(key).answers;
  for (const name of before.keys()) if (!instances.some((each) => each.name === name)) before.delete(name);
  const { items } = answer.value;
  return ok({ evidence: evidenceOf(items, complaint), symptom: symptomOf(items, before.get(instance)?.symptom, clock.now()) });
}

/** Reads which images the pods of an instance run. What is known of instances that are gone is dropped. */
async function images(
  { kube, cache, clock, seen: { key, app, instances } }: Asking,
  { instance, of }: QuestionOf<'images'>,
): Promise<Result<ImagesRead>> {
  const from: Source = { kind: 'Pod', namespace: app.namespace, labelSelector: `${LABEL.instance}=${instance}` };
  const answer = await kube.list(from, { limit: ALL_PODS }, AbortSignal.timeout(WAIT_MS));
  if (answer.is === 'failure') return answer;
  const { images: before } = cache.memory(key).answers;
  for (const name of before.keys()) if (!instances.some((each) => each.name === name)) before.delete(name);
  return ok({ of, at: clock.now(), running: runningIn(answer.value.items) });
}

/** Reads an instance with its ReplicaSets and pods in full, and what the API server would store of it today. */
async function differences(
  { kube, cache, clock, seen: { key, app } }: Asking,
  { instance, of, published }: QuestionOf<'differences'>,
): Promise<Result<Comparison>> {
  const { namespace } = app;
  const below = (kind: 'ReplicaSet' | 'Pod'): Promise<Result<Page>> =>
    kube.list({ kind, namespace, labelSelector: `${LABEL.instance}=${instance}` }, { limit: MOST_PODS }, AbortSignal.timeout(WAIT_MS));
  const deployment = await kube.read('Deployment', namespace, instance);
  if (deployment.is === 'failure') return orConflict(deployment);
  const [replicaSets, members] = [await below('ReplicaSet'), await below('Pod')];
  if (replicaSets.is === 'failure') return replicaSets;
  if (members.is === 'failure') return members;
  const today = published === undefined ? undefined : await kube.create('Deployment', published, { dryRun: true });
  if (today?.is === 'failure' && today.kind !== 'Denied') return today;
  const stored = today?.is === 'ok' ? today.value : undefined;
  const found = compare({
    deployment: deployment.value,
    published: stored,
    replicaSets: replicaSets.value.items,
    pods: members.value.items,
  });
  const at = clock.now();
  const agrees = stored === undefined ? undefined : specHashOf(obj(stored).spec) === specHashOf(obj(deployment.value).spec);
  const before = cache.memory(key).answers.differences.get(instance);
  const since = before?.agrees === false && before.of === of ? before.since : at;
  return ok({ ...found, of, at, agrees, since });
}

/**
 * The API server refuses every create in a namespace that is being terminated, even a dry run: so no right on namespaces is needed to find out. A
 * refusal for another reason means that the namespace lives.
 */
async function config(
  { kube, cache, seen: { key, app, records } }: Asking,
  { config: name }: QuestionOf<'config'>,
): Promise<Result<'gone' | undefined>> {
  const { namespace } = app;
  const live = await kube.read('ImmutableApp', namespace, app.name);
  if (live.is === 'failure') {
    if (live.kind !== 'Gone') return live;
    cache.memory(key).unread = true;
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
    // An object of that name without owner, or one that is being deleted, does not count: the version has lost its own.
    const { owner, deleting } = project(there.value);
    const isOurs =
      appsOf(there.value).includes(key) && records.some((record) => record.uid === owner?.uid && record.owner?.uid === app.uid);
    return ok(deleting || !isOurs ? 'gone' : undefined);
  }
  if (tried.is === 'failure' && tried.kind !== 'Denied') return tried;
  return ok('gone');
}

/**
 * One slice that the EndpointSlice controller does not manage is enough. If there is none, ready endpoints are counted: slices are not watched
 * before the first switch of a Service.
 */
async function slices(
  { kube, cache, clock, seen: { app, instances } }: Asking,
  { service }: QuestionOf<'slices'>,
): Promise<Result<Inspection>> {
  const { namespace } = app;
  const others: Source = { kind: 'EndpointSlice', namespace, labelSelector: foreignSlices(service), metadataOnly: true };
  const answer = await kube.list(others, { limit: 1 }, AbortSignal.timeout(WAIT_MS));
  if (answer.is === 'failure') return answer;
  const foreign = foreignSlice(answer.value.items);
  const all: Source = { kind: 'EndpointSlice', namespace, labelSelector: slicesOf(service) };
  const own = foreign === '' ? await kube.list(all, { limit: MOST_SLICES }, AbortSignal.timeout(WAIT_MS)) : ok(NO_PAGE);
  if (own.is === 'failure') return own;
  const members = [...readyPods(own.value.items)].map((pod) => instances.find(({ name }) => name === cache.instanceOf(pod))?.name);
  const reaches = members.find((name) => name !== undefined);
  return ok({ foreign, others: members.filter((name) => name === undefined).length, reaches, at: clock.now() });
}

/** Begins to measure, and says at once that it has: what comes of it is kept by `told` of ../gates/measuring.ts. */
function measure({ cache, measurer, seen: { key, app, instances } }: Asking, question: QuestionOf<'measure'>): Promise<Result<undefined>> {
  const { measure: kept } = cache.memory(key).answers;
  for (const about of kept.keys()) if (!instances.some(({ uid }) => about.startsWith(`${uid} `))) kept.delete(about);
  const { since } = question;
  const before = kept.get(seriesOf(question));
  kept.set(seriesOf(question), { since, underway: true, tally: before?.since === since ? before.tally : undefined });
  measurer.measure(key, app.namespace, question);
  return Promise.resolve(ok(undefined));
}
