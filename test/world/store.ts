// The API server's memory and rules, as far as the operator can tell them from the real ones: versions, uids, generations, immutability,
// subresources, preconditions, deletion. Objects are frozen: a write makes a new one.
import { failure, ok } from '../../src/model/failure.ts';
import type { Result } from '../../src/model/failure.ts';
import { list, obj, text } from '../../src/model/json.ts';
import { applyDefaults } from './defaults.ts';

export type Actor = 'operator' | 'deployments' | 'kubelet' | 'slices' | 'collector' | 'human';

export type Fields = Record<string, unknown>;
export interface Metadata {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  generation?: number;
  deletionTimestamp?: string;
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

export const KINDS = [
  'ImmutableApp',
  'ControllerRevision',
  'ConfigMap',
  'Deployment',
  'Service',
  'EndpointSlice',
  'Pod',
  'ReplicaSet',
  'PodDisruptionBudget',
] as const;
export type StoredKind = (typeof KINDS)[number];

/** One change of one object. `after` is undefined when it is gone. */
export interface Transition {
  readonly actor: Actor;
  readonly kind: StoredKind;
  readonly before: Stored | undefined;
  readonly after: Stored | undefined;
}

/** Refuses a write with a sentence. */
export type Admission = (actor: Actor, kind: StoredKind, after: Stored, before: Stored | undefined) => string | undefined;

const COUNTS_GENERATIONS: ReadonlySet<string> = new Set(['ImmutableApp', 'Deployment', 'ReplicaSet', 'Pod', 'EndpointSlice']);
const HAS_STATUS: ReadonlySet<string> = new Set(['ImmutableApp', 'Deployment', 'ReplicaSet', 'Pod', 'Service']);

const SIGNED: ReadonlySet<StoredKind> = new Set(['Deployment', 'ReplicaSet', 'Pod']);
const MANAGERS: Readonly<Record<Actor, string>> = {
  operator: 'immutableapp',
  deployments: 'kube-controller-manager',
  kubelet: 'kubelet',
  slices: 'kube-controller-manager',
  collector: 'kube-controller-manager',
  human: 'kubectl-edit',
};

/** Of containers nothing but the image is ever written again. */
const imagesOf = (podSpec: unknown): Fields =>
  Object.fromEntries(list(obj(podSpec).containers).map(({ name }) => [`k:{"name":"${text(name)}"}`, { 'f:image': {} }]));

export class Store {
  readonly #now: () => number;
  readonly #objects = new Map<StoredKind, Map<string, Stored>>(KINDS.map((kind) => [kind, new Map()]));
  readonly #uids = new Set<string>();
  readonly #listeners: ((transition: Transition) => void)[] = [];
  #version = 100;
  #born = 0;
  /** Everything that was told to people. */
  readonly events: Stored[] = [];
  readonly admission: Admission[] = [];

  constructor(now: () => number) {
    this.#now = now;
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
    const key = `${namespace}/${name}`;
    const metadata: Metadata = {
      ...draft.metadata,
      uid: `uid-${String(++this.#born).padStart(6, '0')}`,
      resourceVersion: '',
      creationTimestamp: this.#second(),
      ...(COUNTS_GENERATIONS.has(kind) ? { generation: 1 } : {}),
    };
    const after: Stored = { ...draft, kind, metadata };
    this.#sign(actor, kind, undefined, after);
    if (HAS_STATUS.has(kind)) delete after.status;
    applyDefaults(kind, after, this.#born);
    const refused = this.#refusal(actor, kind, after, undefined);
    if (refused !== undefined) return refused;
    if (this.#objects.get(kind)!.has(key)) return failure('Exists', `${kind} "${name}" already exists`, 409);
    if (dryRun) return ok(freeze(after));
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
    const changed = wire(before);
    change(changed);
    const { uid, resourceVersion, creationTimestamp, generation } = before.metadata;
    const after: Stored = part === 'status' ? { ...before, status: wire(changed).status ?? {} } : { ...wire(changed) };
    if (part === 'main') {
      if (HAS_STATUS.has(kind)) keep(after, before, 'status');
      after.metadata = { ...after.metadata, uid, resourceVersion, creationTimestamp, ...(generation === undefined ? {} : { generation }) };
      applyDefaults(kind, after, 0);
    } else after.metadata = { ...after.metadata };
    if (same(before, after)) return ok(before);
    if (part === 'main') this.#sign(actor, kind, before, after);
    const refused = this.#refusal(actor, kind, after, before);
    if (refused !== undefined) return refused;
    if (part === 'main' && generation !== undefined && moved(kind, before, after)) after.metadata.generation = generation + 1;
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

  /** The end of something whose deletion had to wait. */
  finish(actor: Actor, kind: StoredKind, namespace: string, name: string): void {
    const before = this.get(kind, namespace, name);
    if (before?.metadata.deletionTimestamp !== undefined) this.#commit(actor, kind, before, undefined);
  }

  tell(sent: unknown): Stored {
    const event = wire(sent);
    this.events.push(event);
    return event;
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

  /** Who wrote which part of the spec, as far as it matters whether that was somebody else. */
  #sign(actor: Actor, kind: StoredKind, before: Stored | undefined, after: Stored): void {
    if (!SIGNED.has(kind)) return;
    const fields = Object.keys(obj(after.spec)).filter((field) => !same(obj(before?.spec)[field], obj(after.spec)[field]));
    if (fields.every((field) => field === 'replicas')) return;
    const manager = MANAGERS[actor];
    const others = (after.metadata.managedFields ?? []).filter((entry) => entry.manager !== manager);
    const made = before === undefined ? { 'f:metadata': { 'f:ownerReferences': {} } } : {};
    const fieldsV1 = {
      ...made,
      'f:spec': Object.fromEntries(fields.map((field) => [`f:${field}`, field === 'containers' ? imagesOf(after.spec) : {}])),
    };
    after.metadata.managedFields = [...others, { manager, operation: 'Update', time: this.#second(), fieldsV1 }];
  }

  #second(): string {
    return `${new Date(this.#now()).toISOString().slice(0, 19)}Z`;
  }
}

/** What the API server itself refuses. */
function illegal(kind: StoredKind, after: Stored, before: Stored | undefined): string | undefined {
  if (kind === 'Deployment') {
    const { selector, template } = obj(after.spec);
    const labels = obj(obj(obj(template).metadata).labels);
    const wanted = Object.entries(obj(obj(selector).matchLabels));
    if (wanted.length === 0 || wanted.some(([key, value]) => labels[key] !== value)) return 'selector does not match template labels';
    const podSpec = obj(obj(template).spec);
    if (list(podSpec.containers).length === 0) return 'spec.template.spec.containers: Required value';
    const volumes = new Set(list(podSpec.volumes).map(({ name }) => text(name)));
    const lost = list(podSpec.containers)
      .flatMap(({ volumeMounts }) => list(volumeMounts))
      .find(({ name }) => !volumes.has(text(name)));
    if (lost !== undefined) return `volumeMounts: Not found: "${text(lost.name)}"`;
    if (before !== undefined && !same(before.spec?.selector, selector)) return 'spec.selector: field is immutable';
  }
  if (before === undefined) return undefined;
  if (kind === 'ControllerRevision' && !same(before.data, after.data)) return 'data: field is immutable';
  if (kind === 'ConfigMap' && before.immutable === true) {
    if (after.immutable !== true || !same(before.data, after.data) || !same(before.binaryData, after.binaryData))
      return 'field is immutable when `immutable` is set';
  }
  return undefined;
}

/** Whether the generation counts this change: spec, and of a Deployment its annotations too. */
const moved = (kind: StoredKind, before: Stored, after: Stored): boolean =>
  kind === 'EndpointSlice'
    ? !same(before.endpoints, after.endpoints) || !same(before.metadata.labels, after.metadata.labels)
    : !same(before.spec, after.spec) || (kind === 'Deployment' && !same(before.metadata.annotations, after.metadata.annotations));

function keep(after: Stored, before: Stored, field: string): void {
  if (before[field] === undefined) Reflect.deleteProperty(after, field);
  else after[field] = before[field];
}

/** What arrives after a trip over the wire. */
export const wire = (value: unknown): Stored => JSON.parse(JSON.stringify(value)) as Stored;

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
