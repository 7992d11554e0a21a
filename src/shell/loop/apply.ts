// Does the actions of a decision, in order, without those that need one that failed. If a call gets no answer, or the decision saw an older
// state, the rest is left to the next decision. Before it switches traffic or deletes anything it reads the App, and the selectors of its
// Services, live: so it never acts on a decision older than one round trip. Every answer goes into the cache, for the next decision.
import { isDeepStrictEqual } from 'node:util';
import type { Action, Rewrite } from '../../model/action.ts';
import type { KubeObject, PublishedKind } from '../../model/object.ts';
import { assertNever } from '../../model/action.ts';
import { parse } from '../../model/app.ts';
import type { Failure, Result } from '../../model/failure.ts';
import { failure, isRefusal, ok } from '../../model/failure.ts';
import { obj, text } from '../../model/json.ts';
import type { Snapshot } from '../../model/observed.ts';
import { LABEL } from '../../model/vocabulary.ts';
import { needs } from '../../plan/steps/refusal.ts';
import { ROUTERS } from '../../routers/index.ts';
import { renderFact, renderRecord } from '../../workloads/record.ts';
import { standsAlone } from './alone.ts';
import type { Kube } from '../api/kube.ts';
import type { Reader } from './ask.ts';
import { ask } from './ask.ts';
import { claim, learn, verify } from './claim.ts';
import { spend } from '../store/memory.ts';

const router = ROUTERS.Service;

export type Port = Reader['kube'] & Pick<Kube, 'remove' | 'scale' | 'patchService' | 'patchStatus'>;

export interface Applied {
  readonly done: readonly Action[];
  readonly failed: readonly Failed[];
}

export interface Failed {
  readonly action: Action;
  readonly failure: Failure;
  /** The App has changed since the decision: the rest of it is dropped, though nothing is wrong with the action. */
  readonly isVoid: boolean;
}

/** What actions are carried out with. */
export interface Writing extends Reader {
  readonly kube: Port;
  readonly trip: (why: string) => Promise<Result<unknown>>;
}

interface Job extends Writing {
  readonly seen: Snapshot;
  readonly app: Snapshot['app'];
  /** The result of reading the App live for these actions. */
  confirmed: Result<unknown> | undefined;
  /** Instances that live Services select, once they have been read. */
  serving: ReadonlySet<string> | undefined;
}

export async function apply(writing: Writing, seen: Snapshot, actions: readonly Action[]): Promise<Applied> {
  const done: Action[] = [];
  const failed: Failed[] = [];
  const left: Action[] = [];
  const job: Job = { ...writing, seen, app: seen.app, confirmed: undefined, serving: undefined };
  for (const action of actions) {
    if (left.some((other) => needs(action, other))) {
      left.push(action);
      continue;
    }
    const result = await carryOut(job, action);
    // A live read from before another write is too old to switch traffic by.
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
    case 'ask':
      return ask(job, seen, action.question);
    case 'trip':
      return job.trip(action.why);
    case 'attest': {
      const confirmed = await confirm(job);
      return confirmed.is === 'failure' ? confirmed : publish(job, 'ControllerRevision', renderFact(app, action.record, action.fact));
    }
    case 'publish': {
      const isRecord = action.kind === 'ControllerRevision';
      const confirmed = (isRecord && action.confirm) || vanished(app, action) ? await confirm(job) : ok(undefined);
      const free = confirmed.is === 'failure' ? confirmed : await standsAlone(job, seen, action);
      return free.is === 'failure' ? free : publish(job, action.kind, isRecord ? renderRecord(app, action.record) : action.object);
    }
    case 'expose':
      return learn(cache, router.kind, await kube.create(router.kind, action.object));
    case 'scale': {
      const confirmed = action.stops === true ? await confirm(job) : await standsAlone(job, seen, action);
      if (confirmed.is === 'failure') return confirmed;
      const scaled = await kube.scale(namespace, action.instance, action.uid, action.to);
      if (scaled.is === 'ok') cache.scaled(scaled.value);
      return scaled;
    }
    case 'reshape':
    case 'switch':
    case 'reclaim':
    case 'release':
      return rewrite(job, action);
    case 'retire':
      return retire(job, action);
    default:
      return assertNever(action);
  }
}

/**
 * Whether something of a version that runs, by the last status, is to be created again. Perhaps its App is being deleted, and the garbage collector
 * was faster than the watch.
 */
function vanished({ status }: Snapshot['app'], action: Extract<Action, { do: 'publish' }>): boolean {
  if (action.kind === 'PodDisruptionBudget') return false;
  const version = action.kind === 'ControllerRevision' ? action.record.id : action.object.metadata.labels?.[LABEL.version];
  return (status.versions ?? []).some(({ id, instances = [] }) => id === version && instances.length > 0);
}

async function publish(job: Job, kind: PublishedKind, object: KubeObject): Promise<Result<unknown>> {
  const answer = await job.kube.create(kind, object);
  if (answer.is === 'failure' && answer.kind === 'Exists') return claim(job, kind, object);
  if (answer.is === 'ok') spend(job.cache.memory(job.seen.key).answers, kind);
  if (answer.is === 'ok' && kind === 'ConfigMap') verify(job.cache, job.seen, answer.value);
  return learn(job.cache, kind, answer);
}

/**
 * Which writes to Services need a live read first. Switches: an old decision must not move traffic. Removing our key: without it every version gets
 * traffic (but not when the App is being deleted). Becoming the owner: if our App is gone, the garbage collector would delete the Service.
 */
async function rewrite(job: Job, action: Rewrite): Promise<Result<unknown>> {
  const { kube, cache, seen, app } = job;
  const isHarmless = action.do === 'reshape' || (action.do === 'release' && app.deleting);
  const confirmed = isHarmless ? ok(undefined) : await confirm(job);
  if (confirmed.is === 'failure') return confirmed;
  const written = await kube.patchService(app.namespace, action.service, router.patch(app, action));
  if (action.do === 'switch' && written.is === 'ok') spend(cache.memory(seen.key).answers, router.kind);
  return learn(cache, router.kind, written);
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

/** Whether the App is still as the decision saw it. If not, the decision is dropped, and the cache has the newer App. */
async function confirm(job: Job): Promise<Result<unknown>> {
  job.confirmed ??= await confirmLive(job);
  return job.confirmed;
}

async function confirmLive({ kube, cache, seen, app }: Job): Promise<Result<unknown>> {
  const live = await kube.read('ImmutableApp', app.namespace, app.name);
  if (live.is === 'failure') {
    if (live.kind !== 'Gone') return live;
    cache.memory(seen.key).unread = true;
    return failure('Conflict', 'the App is gone', live.status);
  }
  const now = parse(live.value, app);
  cache.observe('ImmutableApp', live.value);
  // An annotation does not change the generation, but a pin is as much a decision as spec.activeVersion.
  const sameAnnotations = app.is === 'app' && isDeepStrictEqual(now.annotations, app.annotations);
  if (now.uid !== app.uid || now.generation !== app.generation || now.deleting !== app.deleting || !sameAnnotations) {
    return failure('Conflict', 'the App has changed since the decision');
  }
  return ok(undefined);
}

/** What the Services of spec select now, read live, once for all deletions of a decision. */
async function readServing(job: Job): Promise<Result<ReadonlySet<string>>> {
  if (job.serving !== undefined) return ok(job.serving);
  const selected = new Set<string>();
  for (const { name, role } of job.app.is === 'app' ? job.app.services : []) {
    if (role === 'Preview') continue;
    const live = await job.kube.read('Service', job.app.namespace, name);
    if (live.is === 'failure' && live.kind !== 'Gone') return live;
    if (live.is === 'ok') selected.add(text(obj(obj(obj(live.value).spec).selector)[LABEL.instance]));
  }
  job.serving = selected;
  return ok(selected);
}
