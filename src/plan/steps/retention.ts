// Which instances stay, are scaled down, are deleted. Every instance has one role, the first that matches, and the role alone decides. An instance
// that an Active Service sends traffic to is never scaled down or deleted.
import type { Action } from '../../model/action.ts';
import type { InstanceSeen } from '../../model/observed.ts';
import type { Role } from '../../model/vocabulary.ts';
import type { InstanceName } from '../../model/version.ts';
import { complete } from '../../gates/readiness.ts';
import { isKept } from '../choose/aftermath.ts';
import { sound } from '../choose/pointer.ts';
import { owesTraffic } from './ladder.ts';
import { isOnTrial } from './proof.ts';
import { resize } from './resize.ts';
import { available } from './patience.ts';
import { outdated } from '../read/ports.ts';
import { mayHaveServed } from './promotion.ts';
import { sendsTraffic } from '../read/routing.ts';
import type { Candidacy, Stage, Standing } from '../read/scene.ts';
import { traces } from '../read/served.ts';
import type { FactOf, Version } from '../read/versions.ts';
import { lift } from '../read/facts.ts';

export function assignRoles(stage: Stage, target: Candidacy | undefined): Standing {
  const { app, versions, choice, routing, timer } = stage;
  const { route } = routing;
  const drained = hasDrained(stage);
  const recency = new Map(
    traces(app, route)
      .toReversed()
      .map((name, i) => [name, -i]),
  );
  const tried = isOnTrial(stage);
  let warm = 0;
  const roleOf = (instance: InstanceSeen, version: Version): Role => {
    const { name } = instance;
    const wanted = version === versions.latest || version === choice.version;
    // A worker has no preview: what is small and not the target has run.
    const rising = wanted && !routing.worker && !isDiscarded(version, name);
    const served = recency.has(name) || mayHaveServed(app, instance, rising);
    if (name === routing.active?.name) return 'Active';
    if (name === target?.instance?.name) return 'Target';
    const gone = isDiscarded(version, name) && instance.replicas === 0 && instance.pods === 0;
    if (served && !drained && !gone) return 'Draining';
    if (isDiscarded(version, name) || (!served && !wanted)) return 'Discarded';
    if (!served && !routing.worker) return 'Preview';
    if (name === route?.previous && tried) return 'Warm';
    if (routing.worker || warm >= app.retention.warm || timer.held(`drained ${name}`, 'yes', app.retention.warmSeconds)) return 'Surplus';
    warm++;
    return 'Warm';
  };
  const byRecency = versions.all
    .flatMap((version) => version.instances.map((instance) => ({ instance, version })))
    .filter(({ instance }) => !instance.deleting)
    .toSorted((a, b) => (recency.get(a.instance.name) ?? Infinity) - (recency.get(b.instance.name) ?? Infinity));
  // Note since when warm instances are up, so that a rollback need not wait for minReadySeconds.
  for (const { instance } of byRecency) if (complete(instance, instance.replicas)) timer.note(available(instance.name), 'yes');
  return { drained, placements: byRecency.map(({ instance, version }) => ({ instance, version, role: roleOf(instance, version) })) };
}

/** Failed, rejected, renewed or discarded: it never serves again. */
const isDiscarded = (version: Version, name: InstanceName): boolean =>
  !sound(version) || version.spentNames.has(name) || version.replacementFailure?.fact.instance === name;

/** A drain that has ended stays ended: it does not start again if a pod of the active instance is unready for a moment. */
function hasDrained({ app, routing, timer }: Stage): boolean {
  const { route, active, worker } = routing;
  if (route === undefined || active === undefined) return false;
  const followed = (): boolean =>
    timer.held('converged', `${String(route.switchNumber)} ${String(routing.converged)}`, app.promotion.drainSeconds) && routing.converged;
  const drained = worker || timer.knew('drained', route.switchNumber) || followed();
  if (drained) timer.note('drained', route.switchNumber);
  return drained;
}

/**
 * The active instance follows spec.replicas, even while a rollout is stuck: an autoscaler must be able to grow it. Only a switch away from it comes
 * first, unless that was refused.
 */
export function followReplicas({ app, routing: { active } }: Stage, moving: boolean): Action[] {
  return active === undefined || moving ? [] : resize(active, app.replicas);
}

/** Scales and deletes instances that do not serve. promotion.ts sizes the target and the preview. */
export function retireOthers(stage: Stage, standing: Standing): Action[] {
  const { seen, app, versions, choice, routing } = stage;
  return standing.placements.flatMap(({ instance, version, role }): Action[] => {
    const { name, uid, replicas } = instance;
    const size = (to: number): Action[] => resize(instance, to);
    const end = (why: string): Action[] => (app.paused ? [] : [{ do: 'retire', kind: 'Deployment', name, uid, why }]);
    if (role === 'Warm') return size(app.replicas);
    if ((role !== 'Discarded' && role !== 'Surplus') || sendsTraffic({ seen, app }, name) || owesTraffic(stage, name)) return [];
    // Its failure is not recorded yet; until then nothing of it is deleted.
    if (version.unrecordedFailure !== undefined && !version.rejected) return size(routing.worker ? 0 : Math.min(1, replicas));
    if (isKept(stage, version, instance)) return replicas > 1 ? size(1) : [];
    // The Deployment of a failed version that is still wanted stays, without pods, to be looked at or tried again.
    const wanted = version === versions.latest || version === choice.version;
    if (role === 'Discarded')
      return version.failed !== undefined && wanted && !version.spentNames.has(name) ? size(0) : end(ending(version, name));
    return routing.worker || routing.converged ? end('no longer warm') : [];
  });
}

function ending({ failed, rejected, spentNames, discarded, replacementFailure }: Version, name: InstanceName): string {
  if (discarded.some(({ fact }) => fact.instance === name)) return 'compromised';
  if (spentNames.has(name)) return 'replaced by a fresh instance';
  if (rejected) return 'rejected';
  return failed !== undefined || replacementFailure?.fact.instance === name ? 'failed' : 'superseded';
}

/** Facts that newer ones replace: routes of a worker, and ports. */
export function pruneRoutes(stage: Stage): Action[] {
  const { seen, versions, routing } = stage;
  const { route } = routing;
  const owners = new Set(versions.all.flatMap(({ duplicates }) => duplicates).map(({ uid }) => uid));
  const routes = seen.factsSeen
    .filter(
      (factSeen): factSeen is FactOf<'route'> =>
        factSeen.fact?.is === 'route' &&
        !factSeen.deleting &&
        owners.has(factSeen.owner?.uid ?? '') &&
        factSeen.fact.switchNumber < (route?.switchNumber ?? 0),
    )
    .map((factSeen) => lift(factSeen, `switch ${String(route?.switchNumber)} came later`));
  return [...routes, ...outdated(stage)];
}
