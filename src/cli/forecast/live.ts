// What a cluster has of an App, and how it would take a manifest: everything a forecast begins with. Asks for lists and for dry runs, and writes
// nothing. What it may not ask is left out of the forecast, and said.
import type { Result } from '../../model/failure.ts';
import { failure, ok } from '../../model/failure.ts';
import type { Obj } from '../../model/json.ts';
import { list, obj, text, texts } from '../../model/json.ts';
import type { KubeObject } from '../../model/object.ts';
import { DEFAULT_IMAGES } from '../../model/references.ts';
import { KIND, LABEL } from '../../model/vocabulary.ts';
import { CACHED_KINDS } from '../../shell/store/cache.ts';
import type { Cluster } from '../cluster.ts';
import { statusOf } from '../cluster.ts';
import type { Manifest } from '../documents.ts';
import { isA, nameOf, namespaceOf } from '../documents.ts';
import { Complaint } from '../exit.ts';
import { KINDS, pathOf } from '../paths.ts';
import type { Situation } from './forecast.ts';
import type { Rehearse } from './port.ts';

export interface Start {
  /** As it is now; undefined for a new one. */
  readonly live: Manifest | undefined;
  readonly app: Manifest;
  readonly objects: readonly Manifest[];
  /** What is left out, one sentence each. */
  readonly limits: readonly string[];
}

const DRY = 'dryRun=All&fieldValidation=Strict';

export async function startOf(cluster: Cluster, manifest: Manifest, others: readonly Manifest[]): Promise<Start> {
  const namespace = namespaceOf(manifest);
  const lists = await Promise.all(
    CACHED_KINDS.map(async (kind) => {
      const [apiVersion] = KINDS[kind];
      return (await cluster.list<Obj>(kind, namespace)).map((object): Manifest => ({ apiVersion, kind, ...object }));
    }),
  );
  const there = lists.flat();
  const live = there.find((object) => object.kind === manifest.kind && nameOf(object) === nameOf(manifest));
  const { app, limits } = await admitted(cluster, applied(live, manifest));
  const rest = there.filter((object) => object !== live);
  return { live, app, objects: withFiles(rest, others), limits };
}

/** What the platform sets is known from any App here that it holds for. */
export function defaultsIn(objects: readonly Manifest[]): Pick<Situation, 'images'> {
  const all = objects.filter((each) => each.kind === KIND).map(({ status }) => text(obj(obj(status).defaults).images));
  const images = DEFAULT_IMAGES.find((each) => all.includes(each));
  return images === undefined ? {} : { images };
}

/**
 * As kubectl apply and server-side apply do it, field by field of spec: what the manifest says holds, what it said before and says no longer goes,
 * what others have set stays.
 */
export function applied(live: Manifest | undefined, manifest: Manifest): Manifest {
  if (live === undefined) return manifest;
  const before = appliedBefore(live);
  const kept = Object.entries(obj(live.spec)).filter(([field]) => !before.has(field));
  const spec = { ...Object.fromEntries(kept), ...obj(manifest.spec) };
  const { annotations, generation } = obj(live.metadata);
  const metadata = { ...obj(live.metadata), annotations: { ...texts(annotations), ...texts(obj(manifest.metadata).annotations) } };
  const same = JSON.stringify(spec) === JSON.stringify(live.spec);
  return { ...live, spec, metadata: { ...metadata, generation: Number(generation) + (same ? 0 : 1) } };
}

function appliedBefore({ metadata }: Obj): ReadonlySet<string> {
  const last = texts(obj(metadata).annotations)['kubectl.kubernetes.io/last-applied-configuration'];
  const clientSide = last === undefined ? {} : obj(obj(JSON.parse(last)).spec);
  const serverSide = list(obj(metadata).managedFields)
    .filter(({ operation }) => operation === 'Apply')
    .flatMap(({ fieldsV1 }) => Object.keys(obj(obj(fieldsV1)['f:spec'])).map((field) => field.replace(/^f:/, '')));
  return new Set([...Object.keys(clientSide), ...serverSide]);
}

/** What the API server would store. It refuses here what it would refuse then, in its own words. */
async function admitted(cluster: Cluster, app: Manifest): Promise<Pick<Start, 'app' | 'limits'>> {
  const { uid, generation } = obj(app.metadata);
  const path = pathOf('ImmutableApp', namespaceOf(app), nameOf(app));
  const body = [{ op: 'replace', path: '/spec', value: app.spec }];
  try {
    const answer =
      uid === undefined
        ? await cluster.post<Manifest>(`${pathOf('ImmutableApp', namespaceOf(app))}?${DRY}`, app)
        : await cluster.patch<Manifest>(path, { body, type: 'json', manager: 'kubectl-iapp', dryRun: true });
    const metadata = { ...obj(app.metadata), uid: obj(answer.metadata).uid, generation: generation ?? 1 };
    return { app: { ...app, spec: answer.spec, metadata }, limits: [] };
  } catch (error) {
    if (statusOf(error) !== 403) throw new Complaint(`the API server would refuse it: ${(error as Error).message}`);
    return { app, limits: [`the API server was not asked whether it takes the manifest: ${(error as Error).message}`] };
  }
}

/** ConfigMaps and Services of the files are taken as they will be. */
function withFiles(there: readonly Manifest[], files: readonly Manifest[]): readonly Manifest[] {
  const wanted = files.filter((file) => isA(file, 'ConfigMap') || isA(file, 'Service'));
  const changed = there.map((object) => {
    const file = wanted.find((each) => each.kind === object.kind && nameOf(each) === nameOf(object));
    return file === undefined ? object : over(object, file);
  });
  return [...changed, ...wanted.filter((file) => !there.some((object) => object.kind === file.kind && nameOf(object) === nameOf(file)))];
}

function over(object: Manifest, file: Manifest): Manifest {
  const { annotations, resourceVersion } = obj(object.metadata);
  const metadata = {
    ...obj(object.metadata),
    annotations: { ...texts(annotations), ...texts(obj(file.metadata).annotations) },
    resourceVersion: String(Number(resourceVersion) + 1),
  };
  return object.kind === 'ConfigMap' ? { ...object, data: file.data, binaryData: file.binaryData, metadata } : { ...object, metadata };
}

/** Asks the API server what it would store of a Deployment, and with whose words it would refuse it. `limited` is told if it may not be asked. */
export function rehearsalOn(cluster: Cluster, limited: (why: string) => void): Rehearse {
  return async (object) => {
    const path = `${pathOf('Deployment', object.metadata.namespace)}?${DRY}`;
    try {
      return ok(labelled(await cluster.post<Obj>(path, unlabelled(object)), object));
    } catch (error) {
      return refused(error as Error, object, limited);
    }
  };
}

const STAND_IN = { rehearsal: 'kubectl-iapp' };

/** By its labels it and its pods would be the operator's, and nobody else may make such: another one stands in for them. */
function unlabelled(object: KubeObject): KubeObject {
  const { name, namespace } = object.metadata;
  return { ...object, metadata: { name, namespace }, spec: relabelled(obj(object.spec), STAND_IN, STAND_IN) };
}

/** What the API server would store of it with its own labels. */
function labelled(stored: Obj, { spec }: KubeObject): Obj {
  const { selector, template } = obj(spec);
  return { ...stored, spec: relabelled(obj(stored.spec), obj(selector).matchLabels, obj(obj(template).metadata).labels) };
}

function relabelled(spec: Obj, matchLabels: unknown, labels: unknown): Obj {
  const template = obj(spec.template);
  return { ...spec, selector: { matchLabels }, template: { ...template, metadata: { ...obj(template.metadata), labels } } };
}

function refused(error: Error, object: KubeObject, limited: (why: string) => void): Result<unknown> {
  const status = statusOf(error);
  if (status === 400 || status === 422) return failure('Denied', error.message, status);
  limited(`the API server was not asked whether it takes the pods of a version: ${error.message}`);
  return ok(object);
}

/** How long the pods that serve took until they were ready, the slowest of them; undefined where none tells. */
export function readyAfterMs(app: Obj | undefined, objects: readonly Manifest[]): number | undefined {
  const instance = obj(app?.status).activeInstance;
  const took = objects
    .filter((object) => isA(object, 'Pod') && texts(obj(object.metadata).labels)[LABEL.instance] === instance)
    .flatMap((pod) => {
      const ready = list(obj(pod.status).conditions).find(({ type, status }) => type === 'Ready' && status === 'True');
      const ms = Date.parse(text(ready?.lastTransitionTime)) - Date.parse(text(obj(pod.metadata).creationTimestamp));
      return Number.isFinite(ms) && ms >= 0 ? [ms] : [];
    });
  return took.length === 0 ? undefined : Math.max(...took);
}

/** A pod of this App's. */
export const isOf = (app: Manifest, pod: Manifest): boolean => texts(obj(pod.metadata).labels)[LABEL.app] === nameOf(app);
