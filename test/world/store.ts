// The API server's memory and rules, as far as the operator can tell them from the real ones: versions, uids, generations, immutability,
// subresources, preconditions, deletion. Objects are frozen: a write makes a new one.
import { failure, ok } from '../../src/model/failure.ts';
import type { Result } from '../../src/model/failure.ts';
import { obj } from '../../src/model/json.ts';
import type { CachedKind } from '../../src/shell/store/cache.ts';
import { CACHED_KINDS } from '../../src/shell/store/cache.ts';
import { applyDefaults, applyStatusDefault } from './defaults.ts';
import { sign } from './managers.ts';
import { illegal } from './rules.ts';
import { drop } from './schema.ts';

export type Actor = 'operator' | 'deployments' | 'kubelet' | 'slices' | 'collector' | 'human' | 'upgrade';

export type Fields = Record<string, unknown>;
export interface Metadata {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  generation?: number;
  deletionTimestamp?: string;
  /** 0 once its kubelet is done with a pod. */
  deletionGracePeriodSeconds?: number;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { kind: string; name: string; uid: string; controller?: boolean }[];
  managedFields?: { manager: string; operation: string; time: string; fieldsV1: Fields }[];
}
export interface Stored {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec?: Fields;
  status?: Fields;
  [field: string]: unknown;
}

/** What the operator watches, and what a gate of its author's begins. */
export type StoredKind = CachedKind | 'Job';

/** One change of one object. `after` is undefined when it is gone. */
export interface Transition {
  readonly actor: Actor;
  readonly kind: StoredKind;
  readonly before: Stored | undefined;
  readonly after: Stored | undefined;
}

/** Refuses a write with a sentence. */
export type Admission = (actor: Actor, kind: StoredKind, after: Stored, before: Stored | undefined) => string | undefined;

const COUNTS_GENERATIONS: ReadonlySet<string> = new Set([
  'ImmutableApp',
  'Deployment',
  'ReplicaSet',
  'Pod',
  'EndpointSlice',
  'PodDisruptionBudget',
  'Job',
]);
const HAS_STATUS: ReadonlySet<string> = new Set([
  'ImmutableApp',
  'Deployment',
  'ReplicaSet',
  'Pod',
  'Service',
  'PodDisruptionBudget',
  'Job',
]);

const MANAGERS: Readonly<Record<Actor, string>> = {
  operator: 'immutableapp',
  deployments: 'kube-controller-manager',
  kubelet: 'kubelet',
  slices: 'kube-controller-manager',
  collector: 'kube-controller-manager',
  human: 'kubectl-edit',
  upgrade: 'kube-apiserver',
};

export class Store {
  readonly #now: () => number;
  readonly #objects = new Map<StoredKind, Map<string, Stored>>([...CACHED_KINDS, 'Job' as const].map((kind) => [kind, new Map()]));
  readonly #uids = new Set<string>();
  readonly #listeners: ((transition: Transition) => void)[] = [];
  #version = 100;
  #born = 0;
  /** Everything that was told to people. */
  readonly events: Stored[] = [];
  readonly admission: Admission[] = [];
  /** Mutating admission: changes what is created or written, before it is judged. */
  readonly mutations: ((kind: StoredKind, draft: Stored) => void)[] = [];
  /** Which digest an image's name means to nodes now, where a story says so. */
  readonly tags = new Map<string, string>();
  /** Namespaces that are being deleted. */
  readonly terminating = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The version of the latest change. */
  get version(): number {
    return this.#version;
  }

  listen(listener: (transition: Transition) => void): void {
    this.#listeners.push(listener);
  }

  get(kind: StoredKind, namespace: string, name: string): Stored | undefined {
    return this.#objects.get(kind)!.get(`${namespace}/${name}`);
  }

  list(kind: StoredKind): Stored[] {
    return [...this.#objects.get(kind)!.values()];
  }

  byUid(kind: StoredKind, uid: string): Stored | undefined {
    return this.list(kind).find(({ metadata }) => metadata.uid === uid);
  }

  exists(uid: string): boolean {
    return this.#uids.has(uid);
  }

  create(actor: Actor, kind: StoredKind, sent: unknown, dryRun = false): Result<Stored> {
    const draft = wire(sent);
    const { namespace, name } = draft.metadata;
    if (this.terminating.has(namespace)) return ending(namespace);
    const key = `${namespace}/${name}`;
    const metadata: Metadata = {
      ...tidy(draft.metadata),
      uid: `uid-${String(++this.#born).padStart(6, '0')}`,
      resourceVersion: '',
      creationTimestamp: this.#second(),
      ...(COUNTS_GENERATIONS.has(kind) ? { generation: 1 } : {}),
    };
    delete metadata.deletionTimestamp;
    const after: Stored = { ...draft, kind, metadata };
    const [unknown] = drop(kind, after);
    if (unknown !== undefined && dryRun) return failure('Denied', `strict decoding error: unknown field "${unknown}"`, 400);
    sign(kind, MANAGERS[actor], this.#second(), undefined, after);
    if (HAS_STATUS.has(kind)) delete after.status;
    for (const mutate of this.mutations) mutate(kind, after);
    applyDefaults(kind, after, this.#born);
    const refused = this.#refusal(actor, kind, after, undefined);
    if (refused !== undefined) return refused;
    if (this.#objects.get(kind)!.has(key)) return failure('Exists', `${kind} "${name}" already exists`, 409);
    if (dryRun) {
      Reflect.deleteProperty(metadata, 'resourceVersion');
      return ok(freeze(after));
    }
    this.#uids.add(metadata.uid);
    return ok(this.#commit(actor, kind, undefined, after));
  }

  /**
   * Changes the main part or the status of an object. `version`: the resourceVersion it must still have. An update that changes nothing
   * is none.
   */
  update(
    actor: Actor,
    kind: StoredKind,
    namespace: string,
    name: string,
    change: (draft: Stored) => void,
    { part = 'main', version }: { part?: 'main' | 'status'; version?: string } = {},
  ): Result<Stored> {
    const before = this.get(kind, namespace, name);
    if (before === undefined) return failure('Gone', `${kind} "${name}" not found`, 404);
    if (version !== undefined && version !== before.metadata.resourceVersion) {
      return failure('Conflict', `${kind} "${name}": the object has been modified`, 409);
    }
    const draft = wire(before);
    change(draft);
    const changed = wire(draft);
    const { resourceVersion, creationTimestamp, generation } = before.metadata;
    const after: Stored = part === 'status' ? { ...before, metadata: { ...before.metadata } } : changed;
    if (part === 'main') {
      if (HAS_STATUS.has(kind)) keep(after, before, 'status');
      const kept = { resourceVersion, creationTimestamp, ...(generation === undefined ? {} : { generation }) };
      after.metadata = { ...tidy(after.metadata), ...kept };
      // Its address is allocated once.
      if (kind === 'Service') after.spec = { clusterIP: before.spec?.clusterIP, ...after.spec };
      for (const mutate of this.mutations) mutate(kind, after);
      applyDefaults(kind, after, 0);
    } else {
      keep(after, changed, 'status');
      applyStatusDefault(kind, after);
    }
    drop(kind, after);
    if (same(before, after)) return ok(before);
    if (part === 'main') sign(kind, MANAGERS[actor], this.#second(), before, after);
    const refused = this.#refusal(actor, kind, after, before);
    if (refused !== undefined) return refused;
    if (part === 'main' && generation !== undefined && moved(kind, before, after)) after.metadata.generation = generation + 1;
    if (isOver(kind, before, after)) return ok(this.#commit(actor, kind, before, undefined));
    return ok(this.#commit(actor, kind, before, after));
  }

  /** Pods go when their kubelet says so; what has a finalizer stays until it is taken away. */
  remove(
    actor: Actor,
    kind: StoredKind,
    namespace: string,
    name: string,
    { uid, propagation = 'Background' }: { uid?: string; propagation?: 'Background' | 'Orphan' } = {},
  ): Result<undefined> {
    const before = this.get(kind, namespace, name);
    if (before === undefined || (uid !== undefined && before.metadata.uid !== uid)) return ok(undefined);
    const finalizers = [...(before.metadata.finalizers ?? []), ...(propagation === 'Orphan' ? ['orphan'] : [])];
    if (kind !== 'Pod' && finalizers.length === 0) {
      this.#commit(actor, kind, before, undefined);
    } else if (before.metadata.deletionTimestamp === undefined) {
      const after = wire(before);
      after.metadata.deletionTimestamp = this.#second();
      if (finalizers.length > 0) after.metadata.finalizers = finalizers;
      if (after.metadata.generation !== undefined) after.metadata.generation++;
      this.#commit(actor, kind, before, after);
    }
    return ok(undefined);
  }

  /** The kubelet is done with a pod that is being deleted: it goes, or waits for its finalizers. */
  finish(namespace: string, name: string): void {
    const before = this.get('Pod', namespace, name);
    if (before?.metadata.deletionTimestamp === undefined || before.metadata.deletionGracePeriodSeconds === 0) return;
    const waits = before.metadata.finalizers !== undefined;
    const after = waits ? { ...before, metadata: { ...before.metadata, deletionGracePeriodSeconds: 0 } } : undefined;
    this.#commit('kubelet', 'Pod', before, after);
  }

  /** A newer API server shows what it has differently: nobody wrote it, and no generation counts it. */
  upgrade(kind: StoredKind, change: (draft: Stored) => void): void {
    for (const before of this.list(kind)) {
      const after = wire(before);
      change(after);
      this.#commit('upgrade', kind, before, after);
    }
  }

  tell(sent: unknown): Result<Stored> {
    const event = wire(sent);
    if (this.terminating.has(event.metadata.namespace)) return ending(event.metadata.namespace);
    if (this.events.some(({ metadata }) => metadata.name === event.metadata.name)) return failure('Exists', 'it was told before', 409);
    this.events.push(event);
    return ok(event);
  }

  #commit(actor: Actor, kind: StoredKind, before: Stored | undefined, after: Stored | undefined): Stored {
    const { namespace, name, uid } = (after ?? before)!.metadata;
    const objects = this.#objects.get(kind)!;
    const version = String(++this.#version);
    let result: Stored;
    if (after === undefined) {
      objects.delete(`${namespace}/${name}`);
      this.#uids.delete(uid);
      // The last news of an object carries the version of its deletion.
      result = freeze({ ...before!, metadata: { ...before!.metadata, resourceVersion: version } });
    } else {
      after.metadata.resourceVersion = version;
      result = freeze(after);
      objects.set(`${namespace}/${name}`, result);
    }
    const transition: Transition = { actor, kind, before: after === undefined ? result : before, after: after && result };
    for (const listener of this.#listeners) listener(transition);
    return result;
  }

  #refusal(actor: Actor, kind: StoredKind, after: Stored, before: Stored | undefined) {
    const said = illegal(kind, after, before);
    if (said !== undefined) return failure('Denied', `${kind} "${after.metadata.name}" is invalid: ${said}`, 422);
    for (const judge of this.admission) {
      const refusal = judge(actor, kind, after, before);
      if (refusal !== undefined) return failure('Denied', refusal, 403);
    }
    return undefined;
  }

  #second(): string {
    return `${new Date(this.#now()).toISOString().slice(0, 19)}Z`;
  }
}

const ending = (namespace: string) =>
  failure('Ending', `unable to create new content in namespace ${namespace} because it is being terminated`, 403);

/** Whether the generation counts this change: spec, and of a Deployment its annotations too. */
const moved = (kind: StoredKind, before: Stored, after: Stored): boolean =>
  kind === 'EndpointSlice'
    ? !same(before.endpoints, after.endpoints) || !same(before.metadata.labels, after.metadata.labels)
    : !same(before.spec, after.spec) || (kind === 'Deployment' && !same(before.metadata.annotations, after.metadata.annotations));

/** Maps and lists of metadata are not stored when they are empty. */
function tidy(metadata: Metadata): Metadata {
  const full = Object.entries(metadata).filter(([, value]) => typeof value !== 'object' || Object.keys(value as object).length > 0);
  return Object.fromEntries(full) as unknown as Metadata;
}

/** Nothing holds what is being deleted any longer; a pod is held by its kubelet too. */
const isOver = (kind: StoredKind, before: Stored, { metadata }: Stored): boolean =>
  metadata.deletionTimestamp !== undefined &&
  before.metadata.finalizers !== undefined &&
  metadata.finalizers === undefined &&
  (kind !== 'Pod' || metadata.deletionGracePeriodSeconds === 0);

function keep(after: Stored, before: Stored, field: string): void {
  if (before[field] === undefined) Reflect.deleteProperty(after, field);
  else after[field] = before[field];
}

/** What arrives after a trip over the wire: a copy, without what JSON has no word for. Copied by hand, which is four times as fast. */
export const wire = (value: unknown): Stored => copied(value) as Stored;

function copied(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copied(item) ?? null);
  const members: Fields = {};
  for (const key of Object.keys(value)) {
    const member = (value as Fields)[key];
    if (member !== undefined) members[key] = copied(member);
  }
  return members;
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Fields = { ...obj(target) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** One text for equal values, whatever the order of members. */
export function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined && member !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${stable(member)}`).join(',')}}`;
}

/** Equal as JSON; a member that is null or undefined is absent. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return (a ?? null) === (b ?? null);
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  }
  const [left, right] = [a as Fields, b as Fields];
  for (const key in left) if (!same(left[key], right[key])) return false;
  for (const key in right) if (!(key in left) && (right[key] ?? null) !== null) return false;
  return true;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) freeze(member);
  }
  return value;
}
