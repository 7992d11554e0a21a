// A refused write is skipped together with the actions that need it; all others are done. Decides which part of a plan is done now, from the writes
// that failed and are not to be tried again yet. Does not decide when a write is tried again.
import type { Action, Recorded } from '../../model/action.ts';
import type { KubeObject } from '../../model/object.ts';
import { writeOf } from '../../model/action.ts';
import type { InstanceSeen, Refused, Snapshot } from '../../model/observed.ts';
import { LABEL } from '../../model/vocabulary.ts';
import { declares } from '../../routers/ports.ts';

/** Why a write is not tried for now; undefined if it is. */
const refusalOf = ({ app, refusals }: Snapshot, action: Action): Refused | undefined => refusals.get(writeOf(app.generation, action));

export const isRefused = (seen: Snapshot, action: Action): boolean => refusalOf(seen, action) !== undefined;

/** Whether it stays refused until somebody changes something, and does not pass by itself. */
export const isBarred = (seen: Snapshot, action: Action): boolean => refusalOf(seen, action)?.lasting === true;

/** Planned writes that are not tried for now: first those that only somebody else can unblock, then in the order of the plan. */
export function refusedAmong(seen: Snapshot, actions: readonly Action[]): Refused[] {
  const all = [...new Set(actions.flatMap((action) => refusalOf(seen, action) ?? []))];
  return [...all.filter(({ lasting }) => lasting), ...all.filter(({ lasting }) => !lasting)];
}

/** The actions that can be done now, in order: without refused ones and those that need them. */
export function allowed(seen: Snapshot, actions: readonly Action[]): readonly Action[] {
  const done: Action[] = [];
  const left: Action[] = [];
  for (const action of actions) {
    // A second write to the same Service would be based on an old resourceVersion: the next decision makes it.
    const late = done.some((other) => overOf(action) !== undefined && overOf(other) === overOf(action));
    if (late || isRefused(seen, action) || left.some((other) => needs(action, other))) left.push(action);
    else done.push(action);
  }
  return done;
}

const overOf = (action: Action): string | undefined => ('resourceVersion' in action ? action.service : undefined);

/**
 * Whether an action needs an earlier one to be done first. Config comes before pods that read it. The Services of one switch move in order, once
 * it is recorded that the gates have passed. A name is taken from one version before another gets it. Facts against a version are deleted before
 * its renewal or its next failure is recorded. The fact that a copy is complete comes last. An old budget is deleted before the new one is
 * created: with two, no pod can be evicted.
 */
export function needs(later: Action, earlier: Action): boolean {
  if (later.do === 'switch') return isSwitch(later) && (isSwitch(earlier) || letsIn(earlier));
  if (gives(later)) return takes(earlier);
  if (later.do === 'publish' && later.kind === 'Deployment')
    return earlier.do === 'publish' && earlier.kind === 'ConfigMap' && isOfOne(earlier.object, later.object);
  if (later.do === 'publish' && later.kind === 'PodDisruptionBudget')
    return earlier.do === 'retire' && earlier.kind === later.kind && earlier.of === later.object.metadata.ownerReferences?.[0]?.uid;
  if (later.do === 'attest') {
    const { record, fact } = later;
    if (fact.is === 'route') return letsIn(earlier);
    if (fact.is === 'restored') return earlier.do === 'attest' && earlier.record.uid === record.uid;
    return (fact.is === 'renewed' || fact.is === 'failed') && lifts(earlier, record);
  }
  return earlier.do === 'attest' && earlier.fact.is === 'renewed' && lifts(later, earlier.record);
}

const isSwitch = (action: Action): boolean => action.do === 'switch' && action.role !== 'Preview' && !action.repair;

/** Without this fact nobody would know that gates after the switch are still to be asked. */
const letsIn = (action: Action): boolean => action.do === 'attest' && action.fact.is === 'gates' && action.fact.phase === 'before';

/** One App gives one name at a time. */
const takes = (action: Action): boolean => action.do === 'retire' && action.says === 'alias';
const gives = (action: Action): boolean =>
  (action.do === 'attest' && action.fact.is === 'alias') || (action.do === 'publish' && action.kind === 'ControllerRevision');

/** Whether it deletes a fact about this record. */
const lifts = (action: Action, { uid }: Recorded): boolean => action.do === 'retire' && action.says !== undefined && action.of === uid;

const isOfOne = (config: KubeObject, instance: KubeObject): boolean => versionIn(config) === versionIn(instance);

const versionIn = ({ metadata }: KubeObject): string => metadata.labels?.[LABEL.version] ?? '';

/**
 * Leaves out what starts or switches to a version whose facts from a deleted App are not all copied yet: one may say that it was rejected.
 */
export function withhold(restoring: readonly Action[], actions: readonly Action[]): readonly Action[] {
  const ids = new Set<string>(
    restoring.flatMap((action) =>
      action.do === 'ask' && action.question.ask === 'content' ? action.question.id : (recordIn(action)?.id ?? []),
    ),
  );
  const isOf = (instance: string): boolean => [...ids].some((id) => instance === id || instance.startsWith(`${id}-`));
  return actions.filter((action) => {
    const made = madeOf(action);
    if (made !== undefined) return !ids.has(made);
    return action.do !== 'switch' || action.repair || !isOf(action.stamp.instance);
  });
}

const recordIn = (action: Action): Pick<Recorded, 'id'> | undefined => ('record' in action ? action.record : undefined);

/** The version that an action creates a part of, or does a dry run of. */
function madeOf(action: Action): string | undefined {
  if (action.do === 'publish') return action.kind === 'ControllerRevision' ? action.record.id : versionIn(action.object);
  return action.do === 'ask' && action.question.ask === 'dryRun' ? versionIn(action.question.object) : undefined;
}

/**
 * A switch that was refused together with a new shape is tried without it: perhaps only the shape is refused. Traffic need not wait for that if
 * the target has every port that the Service has now.
 */
export function unburdened(seen: Snapshot, action: Action, instance: InstanceSeen): Action {
  if (action.do !== 'switch' || action.shape === undefined || !isRefused(seen, action)) return action;
  const { shape: _, ...bare } = action;
  const ports = seen.services.find(({ name }) => name === action.service)?.ports ?? [];
  return ports.every((port) => typeof port.targetPort === 'number' || declares(instance, port)) ? bare : action;
}
