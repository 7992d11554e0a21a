// The way to the API server that the operator under test is given: every call is a numbered request that takes time and may fail
// before or after its effect, or be the last thing the process does.
import type { Settings } from '../../src/model/settings.ts';
import jsonpatch from 'fast-json-patch';
import { failure, ok } from '../../src/model/failure.ts';
import type { Answered } from '../../src/gates/measured.ts';
import type { Measuring } from '../../src/model/measure.ts';
import type { Failure, Result } from '../../src/model/failure.ts';
import type { Port } from '../../src/shell/loop/apply.ts';
import type { Page, Source } from '../../src/shell/api/kube.ts';
import type { Stored, StoredKind, Store, Transition } from './store.ts';
import { mergePatch, wire } from './store.ts';
import type { Time } from './time.ts';

export const FAULTS = ['fails before', 'fails after', 'dies before', 'dies after'] as const;
/**
 * `is slow`: it takes effect late, and is answered then. `lands late`: so late that the process that sent it is dead. `is answered late`: the watch
 * tells of its effect, and of what came after it, before its answer is there.
 */
export const DELAYS = ['is slow', 'lands late', 'is answered late'] as const;
export type Fault = (typeof FAULTS)[number] | (typeof DELAYS)[number];

/** Every write carries `?timeout=4s`: it never lands later. */
const LATE_MS = 3_900;

export interface Request {
  readonly number: number;
  readonly at: number;
  readonly verb: 'dry-run' | 'create' | 'read' | 'delete' | 'scale' | 'patch' | 'status';
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** What came of it; a request that was never answered has none. */
  outcome?: string;
  /** It changed something. */
  effect: boolean;
}

export const isWrite = ({ verb }: Request): boolean => verb !== 'read';
export const line = ({ number, at, verb, kind, name, outcome }: Request): string =>
  `${String(at).padStart(8)} ms  #${number} ${verb} ${kind}/${name}: ${outcome ?? 'no answer'}`;

export interface Wiring {
  readonly store: Store;
  readonly time: Time;
  /** All requests of all processes so far. */
  readonly requests: Request[];
  readonly faults: Map<number, Fault>;
  /** The API server's refusal of a request, which then has no effect. */
  readonly refuse: (request: Request) => Failure | undefined;
  /** Runs right before a request has its effect. */
  readonly before: (request: Request) => void;
  /** Runs when a request has had its effect, whoever learns of it. */
  readonly after: (request: Request) => void;
  readonly latency: () => number;
  /** What the person who runs the operator chose. */
  readonly settings: Settings;
  /** What comes of a measurement for a gate. */
  readonly answerTo: (question: Measuring) => Answered;
  /** Since when a watch is interrupted, by the wall clock. */
  readonly interruptedAt: () => number | undefined;
}

/** What a watch tells of a change: what leaves its selection is told as deleted, as it was, with the version of the change. */
export function newsOf(
  { before, after }: Pick<Transition, 'before' | 'after'>,
  selects: (object: Stored) => boolean,
): { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Stored } | undefined {
  const was = before !== undefined && selects(before);
  if (after !== undefined && selects(after)) return { type: was ? 'MODIFIED' : 'ADDED', object: after };
  if (!was) return undefined;
  const { resourceVersion } = (after ?? before).metadata;
  return { type: 'DELETED', object: { ...before, metadata: { ...before.metadata, resourceVersion } } };
}

export interface Process {
  readonly alive: () => boolean;
  readonly die: () => void;
}

export function portOf(wiring: Wiring, process: Process): Port {
  const { store } = wiring;
  const call = caller(wiring, process);
  return {
    create(kind, object, { dryRun = false } = {}) {
      const { namespace, name } = object.metadata;
      return call({ verb: dryRun ? 'dry-run' : 'create', kind, namespace, name }, () =>
        kind === 'Event' ? store.tell(object) : creates(kind, () => store.create('operator', kind as StoredKind, object, dryRun)),
      );
    },
    read: (kind, namespace, name) =>
      call({ verb: 'read', kind, namespace, name }, () => {
        const found = store.get(kind as StoredKind, namespace, name);
        return found === undefined ? failure('Gone', `${kind} "${name}" not found`, 404) : ok(found);
      }),
    list: (source, { limit }) =>
      call({ verb: 'read', kind: source.kind, namespace: source.namespace ?? '', name: source.labelSelector ?? '' }, () =>
        ok(pageOf(store, source, limit)),
      ) as Promise<Result<Page>>,
    remove: (kind, namespace, name, uid) =>
      call({ verb: 'delete', kind, namespace, name }, () => store.remove('operator', kind, namespace, name, { uid })),
    scale: (namespace, name, uid, replicas) =>
      call({ verb: 'scale', kind: 'Deployment', namespace, name }, () => scale(store, namespace, name, uid, replicas)),
    patchService: (namespace, name, patch) =>
      call({ verb: 'patch', kind: 'Service', namespace, name }, () =>
        store.update(
          'operator',
          'Service',
          namespace,
          name,
          replaceWith((draft) => mergePatch(draft, wire(patch)) as Stored),
          {
            version: patch.metadata.resourceVersion,
          },
        ),
      ),
    patchStatus: (namespace, name, operations) =>
      call({ verb: 'status', kind: 'ImmutableApp', namespace, name }, () => patchStatus(store, namespace, name, operations)),
  };
}

/** `a=b,c!=d`: what lacks a label has another value than the one that is not wanted. */
export const meets = (labels: Readonly<Record<string, string>>, selector: string): boolean =>
  selector === '' ||
  selector.split(',').every((term) => {
    const [label = '', value] = term.split(/!?=/);
    return (labels[label] === value) !== term.includes('!=');
  });

/** The first of what is selected, by name, without apiVersion and kind. */
function pageOf(store: Store, { kind, namespace, labelSelector = '', metadataOnly = false }: Source, limit: number): Page {
  const found = store
    .list(kind as StoredKind)
    .filter(({ metadata }) => metadata.namespace === namespace && meets(metadata.labels ?? {}, labelSelector))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const items = found.slice(0, limit).map(({ metadata, ...object }) => {
    if (metadataOnly) return { metadata };
    const rest: Partial<Stored> = object;
    delete rest.apiVersion;
    delete rest.kind;
    return { metadata, ...rest };
  });
  return { items, resourceVersion: String(store.version), continue: found.length > limit ? 'more' : '' };
}

const creates = (kind: string, create: () => Result<Stored>): Result<Stored> =>
  kind === 'Lease' ? failure('Denied', 'no leases here', 403) : create();

export const replaceWith =
  (change: (draft: Stored) => Stored) =>
  (draft: Stored): void => {
    const next = change(draft);
    for (const field of Object.keys(draft)) if (!(field in next)) Reflect.deleteProperty(draft, field);
    Object.assign(draft, next);
  };

function scale(store: Store, namespace: string, name: string, uid: string, replicas: number): Result<unknown> {
  const found = store.get('Deployment', namespace, name);
  if (found !== undefined && found.metadata.uid !== uid)
    return failure('Conflict', 'the server rejected our request due to an error in our request', 422);
  const scaled = store.update('operator', 'Deployment', namespace, name, (draft) => {
    draft.spec = { ...draft.spec, replicas };
  });
  if (scaled.is === 'failure') return scaled;
  const { uid: same, resourceVersion } = scaled.value.metadata;
  return ok({ kind: 'Scale', metadata: { namespace, name, uid: same, resourceVersion }, spec: replicas === 0 ? {} : { replicas } });
}

function patchStatus(store: Store, namespace: string, name: string, operations: Parameters<Port['patchStatus']>[2]): Result<unknown> {
  const found = store.get('ImmutableApp', namespace, name);
  if (found === undefined) return failure('Gone', `ImmutableApp "${name}" not found`, 404);
  let patched: Stored;
  try {
    patched = jsonpatch.applyPatch(structuredClone(found), wire(operations) as unknown as jsonpatch.Operation[], true, true).newDocument;
  } catch {
    return failure('Conflict', 'the server rejected our request due to an error in our request', 422);
  }
  const update = replaceWith(() => patched);
  return store.update('operator', 'ImmutableApp', namespace, name, update, { part: 'status', version: patched.metadata.resourceVersion });
}

function caller({ time, requests, faults, refuse, before, after, latency }: Wiring, { alive, die }: Process) {
  return (what: Pick<Request, 'verb' | 'kind' | 'namespace' | 'name'>, effect: () => Result<unknown>): Promise<Result<unknown>> => {
    const request: Request = { ...what, number: requests.length + 1, at: time.monotonic(), effect: false };
    requests.push(request);
    return new Promise((resolve) => {
      const fault = faults.get(request.number);
      const answer = (result: Result<unknown>): void => {
        request.outcome = result.is === 'ok' ? 'ok' : `${result.kind} ${result.message}`;
        time.after(fault === 'is answered late' ? LATE_MS : latency(), () => {
          if (!alive()) return; // nobody is there to hear it
          time.stir();
          resolve(result);
        });
      };
      if (fault === 'dies before' || fault === 'lands late') {
        request.outcome = fault;
        die();
      }
      if (fault === 'dies before') return;
      time.after(fault === 'is slow' || fault === 'lands late' ? LATE_MS : latency(), () => {
        const refused = fault === 'fails before' ? failure('Transient', 'no answer came (nothing happened)') : refuse(request);
        if (refused !== undefined) {
          answer(refused);
          return;
        }
        before(request);
        const result = effect();
        request.effect = result.is === 'ok' && isWrite(request) && request.verb !== 'dry-run';
        request.outcome = fault ?? '';
        after(request);
        if (fault === 'dies after') die();
        else answer(fault === 'fails after' ? failure('Transient', 'no answer came (it was done)') : result);
      });
    });
  };
}
