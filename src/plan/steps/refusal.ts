// What is refused skips itself and what needs it, nothing else. Decides which part of a plan is done now, by the writes that failed and
// are not to be tried again yet; what needs what is told by the actions themselves. Never decides when a write is tried again.
import type { Action } from '../../model/action.ts';
import type { KubeObject } from '../../model/object.ts';
import { writeOf } from '../../model/action.ts';
import type { InstanceSeen, Refused, Snapshot } from '../../model/observed.ts';
import { LABEL } from '../../model/vocabulary.ts';
import { declares } from '../../routers/ports.ts';

/** Why a write is let be for now; undefined when it is not. */
const refusalOf = ({ app, refusals }: Snapshot, action: Action): Refused | undefined => refusals.get(writeOf(app.generation, action));

export const isRefused = (seen: Snapshot, action: Action): boolean => refusalOf(seen, action) !== undefined;

/** It will not be taken before somebody changes something: not what may pass by itself in a moment. */
export const isBarred = (seen: Snapshot, action: Action): boolean => refusalOf(seen, action)?.lasting === true;

/** What is wanted and let be for now: what only somebody else can mend first, then in the order in which it is wanted. */
export function refusedAmong(seen: Snapshot, actions: readonly Action[]): Refused[] {
  const all = [...new Set(actions.flatMap((action) => refusalOf(seen, action) ?? []))];
  return [...all.filter(({ lasting }) => lasting), ...all.filter(({ lasting }) => !lasting)];
}

/** What can be done now, in its order: without what was refused and what needs that. */
export function allowed(seen: Snapshot, actions: readonly Action[]): readonly Action[] {
  const done: Action[] = [];
  const left: Action[] = [];
  for (const action of actions) {
    // What writes over a Service that was just written over comes too late: it is decided anew.
    const late = done.some((other) => overOf(action) !== undefined && overOf(other) === overOf(action));
    if (late || isRefused(seen, action) || left.some((other) => needs(action, other))) left.push(action);
    else done.push(action);
  }
  return done;
}

const overOf = (action: Action): string | undefined => ('resourceVersion' in action ? action.service : undefined);

/**
 * Whether one action may only be done when another before it was: config comes before the pods that read it, the Services of one switch
 * move together in their order, a name is taken from one version before another has it, a slate is wiped before its renewal is recorded and a verdict lifted before the next one, a copy is
 * called whole last, and two budgets at once would let no pod be evicted. Everything else stands for itself.
 */
export function needs(later: Action, earlier: Action): boolean {
  if (later.do === 'switch') return isSwitch(later) && isSwitch(earlier);
  if (gives(later)) return takes(earlier);
  if (later.do === 'publish' && later.kind === 'Deployment')
    return earlier.do === 'publish' && earlier.kind === 'ConfigMap' && isOfOne(earlier.object, later.object);
  if (later.do === 'publish' && later.kind === 'PodDisruptionBudget')
    return earlier.do === 'retire' && earlier.kind === later.kind && baseOf(earlier.name) === baseOf(later.object.metadata.name);
  if (later.do === 'attest') {
    const { name } = later.object.metadata;
    if (factOf(name) === 'restored') return earlier.do === 'attest' && baseOf(earlier.object.metadata.name) === baseOf(name);
    return ['renewed', 'failed'].includes(factOf(name)) && lifts(earlier, name);
  }
  if (later.do !== 'retire' || earlier.do !== 'attest') return false;
  const { name } = earlier.object.metadata;
  return factOf(name) === 'renewed' && lifts(later, name);
}

const isSwitch = (action: Action): boolean => action.do === 'switch' && action.role === 'Active' && !action.repair;

/** One App gives one name at a time. */
const takes = (action: Action): boolean =>
  action.do === 'retire' && action.kind === 'ControllerRevision' && factOf(action.name) === 'alias';
const gives = (action: Action): boolean =>
  (action.do === 'attest' && factOf(action.object.metadata.name) === 'alias') ||
  (action.do === 'publish' && action.kind === 'ControllerRevision');

/** `<base>.<fact>` or `<base>.<fact>-<digest>`: a fact about a record, a budget of an instance; no base has a dot in it. */
const baseOf = (name: string): string => name.split('.')[0]!;
const factOf = (name: string): string => /\.([a-z]+)/.exec(name)?.[1] ?? '';

/** It takes away a fact about the record that another fact, of this name, is about. */
const lifts = (action: Action, factSeen: string): boolean =>
  action.do === 'retire' && action.kind === 'ControllerRevision' && factOf(action.name) !== '' && baseOf(action.name) === baseOf(factSeen);

const isOfOne = ({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean =>
  a.labels?.[LABEL.version] === b.labels?.[LABEL.version];

/**
 * Without what would be made of a version, or be sent to it, of which a former life may say more than is copied yet: it may have been
 * rejected.
 */
export function withhold(restoring: readonly Action[], actions: readonly Action[]): readonly Action[] {
  const ids = restoring.flatMap((action) =>
    action.do === 'ask' && action.question.ask === 'content'
      ? action.question.id
      : action.do === 'attest'
        ? (action.object.metadata.labels?.[LABEL.version] ?? [])
        : [],
  );
  const isOf = (instance: string): boolean => ids.some((id) => instance === id || instance.startsWith(`${id}-`));
  return actions.filter((action) => {
    const made = objectOf(action);
    if (made !== undefined) return !ids.includes(made.metadata.labels?.[LABEL.version] ?? '');
    return action.do !== 'switch' || action.repair || !isOf(action.stamp.instance);
  });
}

/** What would be made, or is asked about before it is. */
function objectOf(action: Action): KubeObject | undefined {
  if (action.do === 'publish') return action.object;
  return action.do === 'ask' && action.question.ask === 'dryRun' ? action.question.object : undefined;
}

/**
 * A move that was refused together with the shape it takes along is tried without: the shape may be what is refused, and traffic must
 * not wait for it, if what it goes to has every port that the Service has now.
 */
export function unburdened(seen: Snapshot, action: Action, instance: InstanceSeen): Action {
  if (action.do !== 'switch' || action.shape === undefined || !isRefused(seen, action)) return action;
  const { shape: _, ...bare } = action;
  const ports = seen.services.find(({ name }) => name === action.service)?.ports ?? [];
  return ports.every((port) => typeof port.targetPort === 'number' || declares(instance, port)) ? bare : action;
}
