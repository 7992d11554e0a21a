// The only way to the API server (wire.ts sends the bytes). Decides what a request looks like, how long it may take, and what kind of failure an
// answer is. Unknown fields of objects are never dropped. It has no method that changes a Deployment, a ConfigMap or a ControllerRevision, and must
// never get one: scaling goes through the scale subresource.
import type { KubeObject, SwapPatch } from '../../model/object.ts';
import { failure, ok, type Failure, type Result } from '../../model/failure.ts';
import { exact } from '../../model/json.ts';
import { API_VERSION, FIELD_MANAGER } from '../../model/vocabulary.ts';
import type { Connection } from './connection.ts';
import { exchange, follow, marshal, openPools, limiterOf, type Answer } from './wire.ts';

export const RESOURCES = {
  ImmutableApp: { apiVersion: API_VERSION, plural: 'immutableapps' },
  ControllerRevision: { apiVersion: 'apps/v1', plural: 'controllerrevisions' },
  ConfigMap: { apiVersion: 'v1', plural: 'configmaps' },
  Deployment: { apiVersion: 'apps/v1', plural: 'deployments' },
  Service: { apiVersion: 'v1', plural: 'services' },
  EndpointSlice: { apiVersion: 'discovery.k8s.io/v1', plural: 'endpointslices' },
  Pod: { apiVersion: 'v1', plural: 'pods' },
  ReplicaSet: { apiVersion: 'apps/v1', plural: 'replicasets' },
  Job: { apiVersion: 'batch/v1', plural: 'jobs' },
  PodDisruptionBudget: { apiVersion: 'policy/v1', plural: 'poddisruptionbudgets' },
  Lease: { apiVersion: 'coordination.k8s.io/v1', plural: 'leases' },
  Event: { apiVersion: 'events.k8s.io/v1', plural: 'events' },
  ValidatingAdmissionPolicy: { apiVersion: 'admissionregistration.k8s.io/v1', plural: 'validatingadmissionpolicies' },
  ValidatingAdmissionPolicyBinding: { apiVersion: 'admissionregistration.k8s.io/v1', plural: 'validatingadmissionpolicybindings' },
} as const;
export type Kind = keyof typeof RESOURCES;
export type CreatableKind =
  'ControllerRevision' | 'ConfigMap' | 'Deployment' | 'PodDisruptionBudget' | 'Service' | 'Job' | 'Event' | 'Lease';
export type RemovableKind = 'ControllerRevision' | 'ConfigMap' | 'Deployment' | 'PodDisruptionBudget' | 'Service';

/** What a watch or a list looks at. */
export interface Source {
  readonly kind: Kind;
  /** All namespaces when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** Only apiVersion, kind and metadata of each object. */
  readonly metadataOnly?: boolean;
}

export interface Page {
  /** Without apiVersion and kind, as the API server lists them. */
  readonly items: readonly object[];
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continue: string;
}

export interface PatchOperation {
  readonly op: 'test' | 'add' | 'replace' | 'remove' | 'move' | 'copy';
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** Never throws for what the API server or the network does: every answer is a Result. */
export interface Kube {
  /** `dryRun` validates strictly and stores nothing; the answer is what would have been stored. */
  create(kind: CreatableKind, object: KubeObject, options?: { readonly dryRun?: boolean }): Promise<Result<unknown>>;
  read(kind: Kind, namespace: string, name: string): Promise<Result<unknown>>;
  /** Deletes the object with this uid. If it is gone already, or another has its name now, that is success. */
  remove(kind: RemovableKind, namespace: string, name: string, uid: string): Promise<Result<unknown>>;
  /** Sets replicas, and nothing else, of the Deployment with this uid; of another it is a Conflict. */
  scale(namespace: string, name: string, uid: string, replicas: number): Promise<Result<unknown>>;
  patchService(namespace: string, name: string, patch: SwapPatch): Promise<Result<unknown>>;
  patchStatus(namespace: string, name: string, operations: readonly PatchOperation[]): Promise<Result<unknown>>;
  replaceLease(namespace: string, name: string, object: KubeObject): Promise<Result<unknown>>;
  list(source: Source, page: { readonly limit: number; readonly continue?: string }, signal: AbortSignal): Promise<Result<Page>>;
  /** A watch, as raw bytes. Iterating throws when the connection fails. */
  stream(source: Source, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Result<AsyncIterable<Buffer>>>;
}

export interface Call {
  readonly verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'LIST' | 'WATCH';
  readonly kind: Kind;
  /** HTTP status, or 0 when no answer came. */
  readonly code: number;
  /** Until the whole answer was there; of a watch, until it was accepted. */
  readonly seconds: number;
  /** How many calls may be under way at once after this answer. */
  readonly limiter: number;
}

export interface ConnectOptions {
  readonly connection: Connection;
  /** False refuses every write without asking the API server. */
  readonly mayWrite?: () => boolean;
  readonly onCall?: (call: Call) => void;
  /** How many calls may be under way at once, at most: fewer while the API server pushes back. Watches and lists are not counted. */
  readonly connections?: number;
  /** The timeout that the API server is given for one call. We wait half a second longer. */
  readonly timeoutMs?: number;
  readonly userAgent?: string;
}

const JSON_TYPE = 'application/json';
/** A list and a watch of metadata only are requested with different media types. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
/** Why no write goes out. */
const LOST = 'lease lost';
const LIST_TIMEOUT_MS = 30_000;
const GRACE_MS = 500;
/** Lists that may be under way at once. */
const LISTS = 8;

export function connect(options: ConnectOptions): Kube & { close(): Promise<void> } {
  const { timeoutMs = 4_000 } = options;
  const wire = open(options);
  const timeout = `timeout=${timeoutMs}ms`;
  const manager = `fieldManager=${FIELD_MANAGER}&${timeout}`;
  const call = (request: Omit<Ask, 'deadlineMs'>) => wire.ask({ ...request, deadlineMs: timeoutMs + GRACE_MS });
  return {
    create(kind, object, { dryRun = false } = {}) {
      const path = `${pathOf(kind, object.metadata.namespace)}?${manager}${dryRun ? '&dryRun=All&fieldValidation=Strict' : ''}`;
      return call({ verb: 'POST', kind, path, body: object });
    },
    read: (kind, namespace, name) => call({ verb: 'GET', kind, path: `${pathOf(kind, namespace, name)}?${timeout}` }),
    async remove(kind, namespace, name, uid) {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid }, propagationPolicy: 'Background' };
      const done = await call({ verb: 'DELETE', kind, path: `${pathOf(kind, namespace, name)}?${timeout}`, body });
      return done.is === 'failure' && isGoneAlready(done) ? ok(undefined) : done;
    },
    scale(namespace, name, uid, replicas) {
      // `add` and not `replace`: the API server leaves a zero out of a Scale, and add also replaces.
      const body: PatchOperation[] = [
        { op: 'test', path: '/metadata/uid', value: uid },
        { op: 'add', path: '/spec/replicas', value: replicas },
      ];
      const path = `${pathOf('Deployment', namespace, name)}/scale?${manager}`;
      return call({ verb: 'PATCH', kind: 'Deployment', path, body, type: JSON_PATCH });
    },
    patchService: (namespace, name, body) =>
      call({ verb: 'PATCH', kind: 'Service', path: `${pathOf('Service', namespace, name)}?${manager}`, body, type: MERGE_PATCH }),
    patchStatus(namespace, name, body) {
      const path = `${pathOf('ImmutableApp', namespace, name)}/status?${manager}`;
      return call({ verb: 'PATCH', kind: 'ImmutableApp', path, body, type: JSON_PATCH });
    },
    replaceLease: (namespace, name, body) =>
      call({ verb: 'PUT', kind: 'Lease', path: `${pathOf('Lease', namespace, name)}?${manager}`, body }),
    async list(source, { limit, continue: token = '' }, signal) {
      const path = `${queryOf(source, { limit: String(limit), ...(token === '' ? {} : { continue: token }) })}&timeout=${LIST_TIMEOUT_MS}ms`;
      const deadlineMs = LIST_TIMEOUT_MS + GRACE_MS;
      const accept = source.metadataOnly === true ? METADATA_LIST : JSON_TYPE;
      const answer = await wire.ask({ verb: 'LIST', kind: source.kind, path, accept, signal, deadlineMs });
      return answer.is === 'failure' ? answer : pageOf(answer.value);
    },
    stream: (source, query, signal) =>
      wire.stream(source.kind, queryOf(source, query), source.metadataOnly === true ? METADATA_ONLY : JSON_TYPE, signal),
    close: () => wire.close(),
  };
}

function pathOf(kind: Kind, namespace?: string, name?: string): string {
  const { apiVersion, plural } = RESOURCES[kind];
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const where = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${group}${where}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

function queryOf({ kind, namespace, labelSelector }: Source, query: Readonly<Record<string, string>>): string {
  const parameters = new URLSearchParams({ ...query, ...(labelSelector === undefined ? {} : { labelSelector }) });
  return `${pathOf(kind, namespace)}?${parameters.toString()}`;
}

function pageOf(value: unknown): Result<Page> {
  const { items, metadata } = (value ?? {}) as { items?: object[] | null; metadata?: { resourceVersion?: string; continue?: string } };
  if (!metadata?.resourceVersion) return failure('Transient', 'the API server answered something that is not a list', 200);
  return ok({ items: items ?? [], resourceVersion: metadata.resourceVersion, continue: metadata.continue ?? '' });
}

const isGoneAlready = ({ kind, message }: Failure): boolean =>
  kind === 'Gone' || (kind === 'Conflict' && /UID in (the )?precondition/.test(message));

/** What kind of failure this answer is. `patched`: the body was a JSON patch, whose tests the API server answers with 422. */
export function classify(status: number, body: string, retryAfter?: string, patched = false): Failure {
  const said = statusOf(body);
  const message = said.message ?? (body.slice(0, 300).trim() || `HTTP ${status}`);
  const seconds = Number(retryAfter ?? said.details?.retryAfterSeconds);
  return failure(kindOf(status, said, message, patched), message, status, seconds > 0 ? seconds * 1000 : undefined);
}

function kindOf(status: number, { reason, details }: Said, message: string, patched: boolean): Failure['kind'] {
  const ends = details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') === true;
  if (status === 409) return reason === 'AlreadyExists' ? 'Exists' : 'Conflict';
  if (status === 404 || status === 410) return 'Gone';
  // A patch that does not apply to what is there gets this sentence; one whose result is invalid gets the fields named.
  if (status === 422 && patched && message.includes('rejected our request due to an error in our request')) return 'Conflict';
  // etcd, and the gRPC client before it, refuse an object that is too large: no retry makes it smaller.
  if (status === 500 && /request is too large|message larger than max/.test(message)) return 'Denied';
  if (status === 403 && (ends || /because it is being terminated$/.test(message))) return 'Ending';
  // Admission in an API server that has just started and has not read its policies or quotas yet.
  if (status === 403 && message.endsWith('not yet ready to handle request')) return 'Transient';
  // 401: our token is being rotated.
  if (status === 401 || status === 408 || status === 429 || status >= 500) return 'Transient';
  if (status >= 400) return 'Denied';
  return 'Transient';
}

interface Said {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number; readonly causes?: readonly { readonly reason?: string }[] } | null;
}

function statusOf(body: string): Said {
  try {
    const said = JSON.parse(body) as Said | null;
    return said !== null && typeof said === 'object' ? said : {};
  } catch {
    return {};
  }
}

interface Ask {
  readonly verb: Call['verb'];
  readonly kind: Kind;
  readonly path: string;
  readonly body?: object;
  readonly type?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
  readonly deadlineMs: number;
}

/** What every call passes: a slot, the check that writing is allowed, credentials, metrics. */
function open({ connection, mayWrite = () => true, onCall, connections = 32, userAgent = FIELD_MANAGER }: ConnectOptions) {
  const server = new URL(connection.server);
  const prefix = server.pathname.replace(/\/$/, '');
  const pools = openPools(server.origin, connection, { calls: connections, lists: LISTS });
  const calls = { limiter: limiterOf(connections), pool: () => pools.calls() };
  // A limit of their own: a few lists of half a minute each must not hold up other calls while the API server allows only a few at a time.
  const lists = { limiter: limiterOf(LISTS), pool: () => pools.lists() };
  const laneOf = (verb: Call['verb']) => (verb === 'LIST' ? lists : calls);

  const requestOf = (verb: Call['verb'], path: string, headers: Readonly<Record<string, string>>) => ({
    path: prefix + path,
    method: verb === 'LIST' || verb === 'WATCH' ? 'GET' : verb,
    headers: { 'user-agent': userAgent, ...connection.credentials().headers, ...headers },
    reset: false, // or undici would hang up after every DELETE with a body
  });
  const judge = ({ error, untrusted, status, text, retryAfter }: Answer, patched = false): Failure => {
    // The API server rejects our token, or we reject its certificate: one of them has been rotated.
    if (status === 401 || untrusted === true) connection.refused();
    return error === undefined ? classify(status, text, retryAfter, patched) : failure('Transient', error);
  };

  async function send({ verb, kind, path, body, type = JSON_TYPE, accept = JSON_TYPE, signal, deadlineMs }: Ask): Promise<Result<unknown>> {
    const refused = () => (verb === 'GET' || verb === 'LIST' || mayWrite() ? undefined : LOST);
    if (refused() !== undefined) return failure('Transient', LOST);
    const started = performance.now();
    const request =
      body === undefined
        ? requestOf(verb, path, { accept })
        : { ...requestOf(verb, path, { accept, 'content-type': type }), body: marshal(body) };
    const { limiter, pool } = laneOf(verb);
    const answer = await exchange(pool(), request, { deadlineMs, signal, refused });
    if (answer.error === LOST) return failure('Transient', LOST); // no fault of the API server
    limiter.heard(answer.status === 429 || answer.status === 0);
    onCall?.({ verb, kind, code: answer.status, seconds: (performance.now() - started) / 1000, limiter: calls.limiter.count() });
    if (answer.status < 200 || answer.status > 299) return judge(answer, type === JSON_PATCH);
    try {
      return ok(answer.text === '' ? undefined : exact(answer.text), answer.warnings);
    } catch {
      return failure('Transient', 'the API server answered something that is not JSON', answer.status);
    }
  }

  return {
    async ask(request: Ask): Promise<Result<unknown>> {
      const { limiter } = laneOf(request.verb);
      // Checked only now that the slot is ours: this process may have lost the Lease while the write waited.
      if (!limiter.take()) await limiter.next();
      try {
        return await send(request);
      } finally {
        limiter.give();
      }
    },
    async stream(kind: Kind, path: string, accept: string, signal: AbortSignal): Promise<Result<AsyncIterable<Buffer>>> {
      const started = performance.now();
      const opened = await follow(pools.watches(), requestOf('WATCH', path, { accept }), signal);
      onCall?.({ verb: 'WATCH', kind, code: opened.status, seconds: (performance.now() - started) / 1000, limiter: calls.limiter.count() });
      return opened.chunks === undefined ? judge(opened) : ok(opened.chunks);
    },
    close: () => pools.close(),
  };
}
