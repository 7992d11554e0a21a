// What every case of the contract is played on: the operator's port, people who may do anything, and time to wait for what the
// controllers around them do. The world is one subject, a real cluster is the other; a case cannot tell which one it has.
import jsonpatch from 'fast-json-patch';
import type { KubeObject } from '../../src/model/object.ts';
import type { Result } from '../../src/model/failure.ts';
import { list, obj, text } from '../../src/model/json.ts';
import { API_VERSION, KIND } from '../../src/model/vocabulary.ts';
import type { Port } from '../../src/shell/loop/apply.ts';
import { IMAGES } from '../world/jobs.ts';
import type { Stored, StoredKind } from '../world/store.ts';

export interface Human {
  create(object: KubeObject): Promise<Result<Stored>>;
  /** A JSON merge patch; one that carries a resourceVersion is a compare-and-swap. */
  merge(kind: StoredKind, name: string, patch: object, subresource?: 'status'): Promise<Result<Stored>>;
  remove(kind: StoredKind, name: string, propagation?: 'Background' | 'Orphan'): Promise<Result<unknown>>;
  see(kind: StoredKind, name: string): Promise<Stored | undefined>;
  list(kind: StoredKind): Promise<Stored[]>;
}

export interface News {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Stored;
}

export interface Subject {
  /** Empty when a case begins, and nobody else's. */
  readonly namespace: string;
  readonly port: Port;
  readonly human: Human;
  /** Looks again and again until there is something to see; fails after a deadline. */
  until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T>;
  /** Has the namespace deleted: it goes once what it holds is gone. */
  end(): Promise<void>;
  /** Everything told of one kind in the namespace from now on, in the order in which it comes. */
  watch(kind: StoredKind, labelSelector?: string): Promise<readonly News[]>;
}

export interface Case {
  readonly name: string;
  readonly play: (subject: Subject) => Promise<void>;
}

/** What became of a call, as far as the operator can tell. */
export const said = (result: Result<unknown>): string => (result.is === 'ok' ? 'ok' : `${result.kind} ${String(result.status)}`);

/** Of a call that has to succeed. */
export function must(result: Result<unknown>): Stored {
  if (result.is === 'failure') throw new Error(`${said(result)}: ${result.message}`);
  return result.value as Stored;
}

/** Of an object that has to be there. */
export async function live(subject: Subject, kind: StoredKind, name: string): Promise<Stored> {
  const found = await subject.human.see(kind, name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

export const gone = (subject: Subject, kind: StoredKind, name: string): Promise<true> =>
  subject.until(`${kind} ${name} is gone`, async () => (await subject.human.see(kind, name)) === undefined);

/** How an API server that adds and drops fields changed an object, as JSON pointers; who wrote it is told elsewhere. */
export const changes = (before: Stored, after: Stored): string[] =>
  jsonpatch
    .compare(before, after)
    .map(({ path }) => path)
    .filter((path) => !path.startsWith('/metadata/managedFields'))
    .sort();

/** Field managers that own anything of the spec but the size; or one field of the spec, or one annotation. */
export const writers = ({ metadata }: Stored, field?: string, of: 'f:spec' | 'f:annotations' = 'f:spec'): string[] =>
  (metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => {
      const owned = of === 'f:spec' ? fieldsV1['f:spec'] : obj(fieldsV1['f:metadata'])['f:annotations'];
      return Object.keys(obj(owned)).some((key) => (field === undefined ? key !== 'f:replicas' : key === field));
    })
    .map(({ manager }) => manager)
    .sort();

export const owner = ({ apiVersion, kind, metadata: { name, uid } }: Stored) => ({ apiVersion, kind, name, uid });

type Labels = Readonly<Record<string, string>>;

export interface DeploymentOptions {
  readonly replicas?: number;
  readonly image?: string;
  readonly labels?: Labels;
  readonly metadata?: object;
  /** Its pods run, and are never ready. */
  readonly broken?: boolean;
}

/** What subjects are asked to store: the smallest objects that they accept. */
export class Draft {
  readonly #namespace: string;

  constructor({ namespace }: Pick<Subject, 'namespace'>) {
    this.#namespace = namespace;
  }

  deployment(name: string, { replicas = 0, image, labels = { app: name }, metadata, broken = false }: DeploymentOptions = {}): KubeObject {
    // The world knows pods that never come up by their image, a simulated node by an annotation.
    const annotations = { 'test.immutableapp.io/ready': broken ? 'never' : 'soon' };
    const container = { name: 'web', image: image ?? (broken ? 'example/broken:1' : 'example/web:1') };
    const template = { metadata: { labels, annotations }, spec: { containers: [container], terminationGracePeriodSeconds: 1 } };
    return this.#object('apps/v1', 'Deployment', name, metadata, { spec: { replicas, selector: { matchLabels: labels }, template } });
  }

  configMap(name: string, { metadata, ...rest }: { metadata?: object; immutable?: boolean } = {}): KubeObject {
    return this.#object('v1', 'ConfigMap', name, metadata, { data: { key: 'one' }, ...rest });
  }

  revision(name: string, metadata?: object): KubeObject {
    return this.#object('apps/v1', 'ControllerRevision', name, metadata, { data: { content: 'one' }, revision: 1 });
  }

  budget(name: string, metadata?: object): KubeObject {
    const spec = { maxUnavailable: 1, selector: { matchLabels: { app: name } } };
    return this.#object('policy/v1', 'PodDisruptionBudget', name, metadata, { spec });
  }

  service(name: string, selector: Labels | undefined = { app: name }, metadata?: object): KubeObject {
    return this.#object('v1', 'Service', name, metadata, { spec: { selector, ports: [{ name: 'http', port: 80 }] } });
  }

  job(name: string, { fares = 'passes', more = {} }: { fares?: keyof typeof IMAGES; more?: object } = {}): KubeObject {
    // The same: its image says it to the world, and an annotation to a simulated node.
    const fate = { passes: {}, fails: { 'exit-code': '3' }, hangs: { ready: 'never' } }[fares];
    const annotations = Object.fromEntries(Object.entries(fate).map(([key, value]) => [`test.immutableapp.io/${key}`, value]));
    const spec = { restartPolicy: 'Never', containers: [{ name: 'main', image: IMAGES[fares] }], terminationGracePeriodSeconds: 1 };
    const template = { metadata: { labels: { of: 'its-author' }, annotations }, spec };
    return this.#object('batch/v1', 'Job', name, undefined, { spec: { backoffLimit: 0, template, ...more } });
  }

  app(name: string, metadata?: object): KubeObject {
    const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image: 'example/web:1' }] } };
    return this.#object(API_VERSION, KIND, name, metadata, { spec: { template } });
  }

  #object(apiVersion: string, kind: string, name: string, metadata: object | undefined, rest: object): KubeObject {
    return { apiVersion, kind, metadata: { name, namespace: this.#namespace, ...metadata }, ...rest };
  }
}

/** Waits until the Deployment controller has seen its last change and done what it asks for, and tells how it is then. */
export const settled = (subject: Subject, name: string): Promise<Stored> =>
  subject.until(`Deployment ${name} is as it should be`, async () => {
    const now = await live(subject, 'Deployment', name);
    const { observedGeneration, ...counts } = obj(now.status);
    const replicas = now.spec?.replicas as number;
    const whole = ['replicas', 'updatedReplicas', 'availableReplicas'].every((count) => (counts[count] ?? 0) === replicas);
    return observedGeneration === now.metadata.generation && whole && now;
  });

/** Counts that the operator reads of a Deployment. */
export function counts({ status }: Stored): object {
  const { replicas, updatedReplicas, readyReplicas, availableReplicas } = obj(status);
  return JSON.parse(JSON.stringify({ replicas, updatedReplicas, readyReplicas, availableReplicas })) as object;
}

export const conditionOf = ({ status }: Stored, type: string): string =>
  text(list(status?.conditions).find((condition) => condition.type === type)?.status);

/** Objects of a kind that belong to this one, in order of their names. */
export async function childrenOf(subject: Subject, kind: StoredKind, { metadata: { uid } }: Stored): Promise<Stored[]> {
  const all = await subject.human.list(kind);
  return all
    .filter(({ metadata }) => metadata.ownerReferences?.some((reference) => reference.uid === uid))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Pods of a Deployment, by uid all the way. */
export async function podsOf(subject: Subject, deployment: Stored): Promise<Stored[]> {
  const sets = await childrenOf(subject, 'ReplicaSet', deployment);
  return (await Promise.all(sets.map((set) => childrenOf(subject, 'Pod', set)))).flat();
}

export interface Endpoint {
  readonly pod: string;
  readonly ready: boolean;
  readonly terminating: boolean;
}

/** The one slice of a Service, and its endpoints in order of their pods. */
export async function sliceOf(
  subject: Subject,
  service: Stored,
): Promise<{ readonly slice: Stored; readonly endpoints: readonly Endpoint[] } | undefined> {
  const [slice] = await childrenOf(subject, 'EndpointSlice', service);
  if (slice === undefined) return undefined;
  const endpoints = list(slice.endpoints).map(({ conditions, targetRef }) => ({
    pod: text(obj(targetRef).uid),
    ready: obj(conditions).ready === true,
    terminating: obj(conditions).terminating === true,
  }));
  return { slice, endpoints: endpoints.sort((a, b) => (a.pod < b.pod ? -1 : 1)) };
}

/** Waits until the slice of a Service lists these pods, all of them ready or none. */
export const lists = (subject: Subject, service: Stored, pods: readonly Stored[], ready = true): Promise<Stored> => {
  const wanted: Endpoint[] = pods
    .map(({ metadata }) => ({ pod: metadata.uid, ready, terminating: false }))
    .sort((a, b) => (a.pod < b.pod ? -1 : 1));
  return subject.until(`the slice of ${service.metadata.name} lists ${String(pods.length)} pods`, async () => {
    const now = await sliceOf(subject, service);
    return now !== undefined && JSON.stringify(now.endpoints) === JSON.stringify(wanted) && now.slice;
  });
};
