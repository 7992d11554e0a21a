// Carries actions out, in order; what needs one that failed is left out. When no answer comes, or what was decided on is no longer so, the
// rest is left to the next decision. Before it moves traffic or destroys anything it reads the App, and
// what could be serving, live: the decision is never older than one round trip. Decides nothing else. Every answer goes into the
// cache, so that the next decision has seen what this one did.
import { isDeepStrictEqual } from 'node:util';
import type { Action, KubeObject, PublishedKind } from '../model/action.ts';
import { assertNever } from '../model/action.ts';
import { parse } from '../model/app.ts';
import type { Failure, Result } from '../model/failure.ts';
import { failure, isRefusal, ok } from '../model/failure.ts';
import { list, obj, text } from '../model/json.ts';
import type { Snapshot } from '../model/observed.ts';
import { ANNOTATION, LABEL } from '../model/vocabulary.ts';
import { needs } from '../plan/refusal.ts';
import { refusedDeployment } from '../workloads/complaint.ts';
import { sealOf } from '../workloads/deployment.ts';
import { appsOf, project } from '../workloads/object.ts';
import { projectRevision } from '../workloads/record.ts';
import { standsAlone } from './alone.ts';
import type { Cache } from './cache.ts';
import type { Kube } from './kube.ts';
import type { Eyes } from './look.ts';
import { look } from './look.ts';

export type Port = Eyes['kube'] & Pick<Kube, 'remove' | 'scale' | 'patchService' | 'patchStatus'>;

export interface Applied {
  readonly done: readonly Action[];
  readonly failed: readonly Failed[];
}

export interface Failed {
  readonly action: Action;
  readonly failure: Failure;
  /** The App is not as it was decided about: nothing that was decided is done any more, and nothing is wrong with the action. */
  readonly isVoid: boolean;
}

/** What actions are carried out with. */
export interface Means extends Eyes {
  readonly kube: Port;
  readonly trip: (why: string) => Promise<Result<unknown>>;
}

interface Job extends Means {
  readonly seen: Snapshot;
  readonly app: Snapshot['app'];
  /** What became of reading the App live for these actions. */
  confirmed: Result<unknown> | undefined;
  /** Instances that live Services select, once they have been read. */
  serving: ReadonlySet<string> | undefined;
}

export async function apply(means: Means, seen: Snapshot, actions: readonly Action[]): Promise<Applied> {
  const done: Action[] = [];
  const failed: Failed[] = [];
  const left: Action[] = [];
  const job: Job = { ...means, seen, app: seen.app, confirmed: undefined, serving: undefined };
  for (const action of actions) {
    if (left.some((other) => needs(action, other))) {
      left.push(action);
      continue;
    }
    const result = await carryOut(job, action);
    // What was read before something else was written is too old to move traffic by.
    const written = action.do === 'publish' || action.do === 'attest';
    const isVoid = job.confirmed?.is === 'failure' && job.confirmed.kind === 'Conflict';
    if (written && job.confirmed?.is === 'ok') job.confirmed = undefined;
    if (result.is === 'ok') {
      done.push(action);
      continue;
    }
    left.push(action);
    failed.push({ action, failure: result, isVoid });
    if (isVoid || !isRefusal(result)) break;
  }
  return { done, failed };
}

async function carryOut(job: Job, action: Action): Promise<Result<unknown>> {
  const { kube, cache, seen, app } = job;
  const { namespace } = app;
  switch (action.do) {
    case 'rehearse':
      return rehearse(job, action);
    case 'recall':
    case 'capture':
    case 'examine':
    case 'inspect':
    case 'compare':
    case 'search':
      return look(job, seen, action);
    case 'trip':
      return job.trip(action.why);
    case 'attest': {
      const confirmed = await confirm(job);
      return confirmed.is === 'failure' ? confirmed : publish(job, 'ControllerRevision', action.object);
    }
    case 'publish': {
      // What was captured settled together with the spec that the cache knows: it must still be the spec.
      const confirmed = obj(action.object.data).sources === undefined && !vanished(app, action) ? ok(undefined) : await confirm(job);
      const free = confirmed.is === 'failure' ? confirmed : await standsAlone(job, seen, action);
      return free.is === 'failure' ? free : publish(job, action.kind, action.object);
    }
    case 'expose':
      return learn(cache, 'Service', await kube.create('Service', action.object));
    case 'reshape': {
      const { spec, labels, annotations } = action.patch;
      const patch = { metadata: { resourceVersion: action.resourceVersion, labels, annotations }, spec };
      return learn(cache, 'Service', await kube.patchService(namespace, action.service, patch));
    }
    case 'scale': {
      const confirmed = action.stops === true ? await confirm(job) : await standsAlone(job, seen, action);
      if (confirmed.is === 'failure') return confirmed;
      const scaled = await kube.scale(namespace, action.instance, action.uid, action.to);
      if (scaled.is === 'ok') cache.scaled(action.uid, action.to);
      return scaled;
    }
    case 'route':
      return route(job, action);
    case 'reclaim': {
      // With an owner that is gone the garbage collector would take the Service.
      const confirmed = await confirm(job);
      if (confirmed.is === 'failure') return confirmed;
      const { resourceVersion, service, owner } = action;
      return learn(
        cache,
        'Service',
        await kube.patchService(namespace, service, { metadata: { resourceVersion, ownerReferences: [owner] } }),
      );
    }
    case 'release':
      return release(job, action);
    case 'retire':
      return retire(job, action);
    default:
      return assertNever(action);
  }
}

/**
 * By the last report the version runs, and now something of it is to be made anew: it may have gone with its App, and the garbage collector
 * be faster than the news of that.
 */
const vanished = ({ status }: Snapshot['app'], { kind, object }: Extract<Action, { do: 'publish' }>): boolean =>
  kind !== 'PodDisruptionBudget' &&
  (status.versions ?? []).some(({ id, instances = [] }) => id === object.metadata.labels?.[LABEL.version] && instances.length > 0);

/** The API server's verdict on a Deployment, kept as a fact. Only a missing answer is a failure. */
async function rehearse(
  { kube, cache, clock, seen }: Job,
  { object, fingerprint, configs }: Extract<Action, { do: 'rehearse' }>,
): Promise<Result<unknown>> {
  const answer = await kube.create('Deployment', object, { dryRun: true });
  const memory = cache.memory(seen.key);
  const at = clock.now();
  if (answer.is === 'ok') {
    memory.trials.set(fingerprint, { is: 'accepted', seal: sealOf(obj(answer.value).spec), configs, at });
    memory.advice.set(fingerprint, answer.warnings ?? []);
  } else if (answer.kind === 'Denied' && !lacksRight(answer))
    memory.trials.set(fingerprint, { is: 'refused', reason: refusedDeployment(answer.message), message: answer.message, configs, at });
  else if (answer.kind === 'Exists') return claim({ kube, cache, seen }, 'Deployment', object);
  else return answer;
  return ok(undefined);
}

/**
 * Refused for who asks, not for what is asked: no verdict on the template. An API server that has just started says so to everybody, for
 * a second or two, before it has read its roles.
 */
const lacksRight = ({ status, message }: Failure): boolean => status === 403 && /: User ".*" cannot /.test(message);

async function publish(job: Job, kind: PublishedKind, object: KubeObject): Promise<Result<unknown>> {
  const answer = await job.kube.create(kind, object);
  if (answer.is === 'failure' && answer.kind === 'Exists') return claim(job, kind, object);
  const memory = job.cache.memory(job.seen.key);
  // What an instance was made from is not needed again while it runs, and what pods said is in the verdict now.
  if (answer.is === 'ok' && kind === 'Deployment') {
    memory.recalled.clear();
    memory.trials.clear();
  }
  if (answer.is === 'ok' && kind === 'ControllerRevision') memory.evidence.clear();
  if (answer.is === 'ok' && kind === 'ConfigMap') vouch(job.cache, job.seen, answer.value);
  return learn(job.cache, kind, answer);
}

/** Names are derived, so a create that finds its own object has succeeded before. Anybody else's object only takes the name. */
async function claim(
  { kube, cache, seen }: Pick<Job, 'kube' | 'cache' | 'seen'>,
  kind: PublishedKind,
  object: KubeObject,
): Promise<Result<unknown>> {
  const { namespace, name, ownerReferences } = object.metadata;
  const existing = await kube.read(kind, namespace, name);
  if (existing.is === 'failure') return existing.kind === 'Gone' ? failure('Conflict', existing.message, existing.status) : existing;
  const { deletionTimestamp, ownerReferences: owners } = obj(obj(existing.value).metadata);
  if (deletionTimestamp !== undefined) return failure('Transient', `${kind} ${name} is still being deleted`, 409);
  const ours = list(owners).some(({ uid }) => uid === ownerReferences?.[0]?.uid) && appsOf(existing.value).includes(seen.key);
  if (ours && says(kind, existing.value, object)) {
    if (kind === 'ConfigMap') vouch(cache, seen, existing.value);
    return learn(cache, kind, existing);
  }
  cache.memory(seen.key).taken.add(`${kind}/${name}`);
  return failure('Conflict', `${kind} ${name} exists and is not what it should be`);
}

/** What can be told at a glance of an object that was there before: somebody may have made it in our name. Instances are judged later. */
function says(kind: PublishedKind, existing: unknown, wanted: KubeObject): boolean {
  if (kind === 'ConfigMap') {
    const { data, binaryData, immutable } = obj(existing);
    return immutable === true && isDeepStrictEqual([obj(data), obj(binaryData)], [obj(wanted.data), obj(wanted.binaryData)]);
  }
  if (kind !== 'ControllerRevision') return true;
  const revision = projectRevision(existing);
  return revision.is === 'annex' || revision.authentic;
}

function vouch(cache: Cache, seen: Snapshot, config: unknown): void {
  const { name, uid } = project(config);
  cache.memory(seen.key).vouched.set(name, uid);
}

async function route(job: Job, action: Extract<Action, { do: 'route' }>): Promise<Result<unknown>> {
  const confirmed = await confirm(job);
  if (confirmed.is === 'failure') return confirmed;
  const { service, resourceVersion, selector, stamp, shape } = action;
  const patch = {
    metadata: {
      resourceVersion,
      labels: { ...shape?.labels, [LABEL.app]: job.app.name },
      annotations: { ...shape?.annotations, [ANNOTATION.stamp]: JSON.stringify(stamp) },
    },
    spec: { ...shape?.spec, selector },
  };
  const moved = await job.kube.patchService(job.app.namespace, service, patch);
  // From now on the stamp says that it was looked at; without one it has to be looked at anew.
  if (moved.is === 'ok') job.cache.memory(job.seen.key).inspections.clear();
  return learn(job.cache, 'Service', moved);
}

/** Without our key every version gets the Service's traffic: not by an old decision, unless the App goes anyway. */
async function release(job: Job, { resourceVersion, service }: Extract<Action, { do: 'release' }>): Promise<Result<unknown>> {
  const { kube, cache, app } = job;
  const confirmed = app.deleting ? ok(undefined) : await confirm(job);
  if (confirmed.is === 'failure') return confirmed;
  const patch = {
    metadata: { resourceVersion, labels: { [LABEL.app]: null }, annotations: { [ANNOTATION.stamp]: null } },
    spec: { selector: { [LABEL.instance]: null } },
  };
  return learn(cache, 'Service', await kube.patchService(app.namespace, service, patch));
}

async function retire(job: Job, { kind, name, uid }: Extract<Action, { do: 'retire' }>): Promise<Result<unknown>> {
  const confirmed = await confirm(job);
  if (confirmed.is === 'failure') return confirmed;
  if (kind === 'Deployment') {
    const serving = await readServing(job);
    if (serving.is === 'failure') return serving;
    if (serving.value.has(name)) return failure('Conflict', `a Service selects ${name}: it is not retired`);
  }
  const removed = await job.kube.remove(kind, job.app.namespace, name, uid);
  if (removed.is === 'ok') job.cache.forget(kind, uid);
  return removed;
}

/** The App is still the one that was decided about; otherwise the decision is void, and the cache knows better now. */
async function confirm(job: Job): Promise<Result<unknown>> {
  job.confirmed ??= await confirmLive(job);
  return job.confirmed;
}

async function confirmLive({ kube, cache, seen, app }: Job): Promise<Result<unknown>> {
  const live = await kube.read('ImmutableApp', app.namespace, app.name);
  if (live.is === 'failure') {
    if (live.kind !== 'Gone') return live;
    cache.memory(seen.key).missing = true;
    return failure('Conflict', 'the App is gone', live.status);
  }
  const now = parse(live.value, app);
  cache.observe('ImmutableApp', live.value);
  // An annotation moves no generation, but a pin is as much of a decision as a pointer.
  const decreed = app.is === 'app' && isDeepStrictEqual(now.decrees, app.decrees);
  if (now.uid !== app.uid || now.generation !== app.generation || now.deleting !== app.deleting || !decreed) {
    return failure('Conflict', 'the App has changed since the decision');
  }
  return ok(undefined);
}

/** What the Services of spec select at this moment, read live and once for all retirements of a decision. */
async function readServing(job: Job): Promise<Result<ReadonlySet<string>>> {
  if (job.serving !== undefined) return ok(job.serving);
  const selected = new Set<string>();
  for (const { name, role } of job.app.is === 'app' ? job.app.services : []) {
    if (role !== 'Active') continue;
    const live = await job.kube.read('Service', job.app.namespace, name);
    if (live.is === 'failure' && live.kind !== 'Gone') return live;
    if (live.is === 'ok') selected.add(text(obj(obj(obj(live.value).spec).selector)[LABEL.instance]));
  }
  job.serving = selected;
  return ok(selected);
}

function learn(cache: Cache, kind: PublishedKind | 'Service', result: Result<unknown>): Result<unknown> {
  if (result.is === 'ok') cache.observe(kind, result.value);
  return result;
}
