// Where traffic goes now, from Services, facts and status together; which Services can be switched, and which selectors have to be restored
// before anything else is planned. Does not decide where traffic should go.
import type { Action } from '../../model/action.ts';
import type { App, ServiceWish } from '../../model/app.ts';
import type { InstanceSeen, ServiceSeen, Snapshot } from '../../model/observed.ts';
import { leftOver } from '../../model/observed.ts';
import type { InstanceName } from '../../model/version.ts';
import type { Route } from '../../routers/router.ts';
import { leftBehind, reclaimable, unfit } from '../../routers/adoption.ts';
import { ROUTERS } from '../../routers/index.ts';
import { loanOf } from '../../routers/ladder.ts';
import { selected } from '../../routers/service.ts';
import { stampOf } from '../../routers/stamp.ts';
import { crowded, foreignSliceOf, outnumbered, strays } from './adoption.ts';
import { contention, remember } from './contention.ts';
import type { Finding } from './finding.ts';
import { darkPorts, keepPorts, waiting, wishFor } from './ports.ts';
import type { RoutedService, Routing, Scene } from './scene.ts';

const { converged, expose, follows, point, reshape } = ROUTERS.Service;

export function readRouting(scene: Scene): Routing {
  const { seen, app, versions } = scene;
  const services = app.services.map((wish): RoutedService => {
    const found = seen.services.find(({ name }) => name === wish.name);
    const obstacle = unfit(app, wish, found, foreignSliceOf(scene, found)) ?? crowded(scene, wish, found);
    const movable = obstacle === undefined && found?.deleting === false && !reclaimable(app, wish, found) ? found : undefined;
    return { wish, seen: movable, trouble: obstacle ?? (movable && contention(scene, movable)) };
  });
  const actives = services.filter(({ wish }) => wish.role === 'Active');
  const worker = actives.length === 0;
  const left = leftRunning(scene, actives);
  const { route, statusOnly } = highest(scene, actives, left);
  const serving = route && versions.of(route.instance);
  const active = serving?.instances.find(
    (each) => each.name === route?.instance && !each.deleting && !(statusOnly && isAnother(app, each)),
  );
  const repairs = actives.flatMap(({ wish, seen: service }) =>
    route === undefined || active === undefined || service === undefined || follows(app, service, route) || keepsOff(scene, service, active)
      ? []
      : [point(app, taking(scene, wish, service, active, route), service, route, true, remember(scene, service))],
  );
  // A Service that does not exist selects nothing, and is created with the route. It keeps no instance from being retired.
  const there = actives.filter(({ wish }) => seen.services.some(({ name }) => name === wish.name)).map(({ seen: service }) => service);
  return {
    route,
    serving,
    active,
    trafficInstance: active ?? left,
    worker,
    services,
    repairs,
    ...upkeepOf(scene, services, active && route, active),
    converged:
      active !== undefined &&
      there.length > 0 &&
      there.every((service) => service !== undefined && converged(service, active)) &&
      isLadderQuiet(scene, services, route!, active),
  };
}

/** Whether traffic has followed each rung that lends nothing to a version that is coming up. */
const isLadderQuiet = ({ app }: Scene, services: readonly RoutedService[], route: Route, active: InstanceSeen): boolean =>
  services.every(
    ({ wish, seen }) =>
      wish.role !== 'Rung' || seen === undefined || loanOf(app, wish, seen, route) !== undefined || converged(seen, active),
  );

/** Restoring a selector keeps the shape of the Service; finishing a switch that was interrupted gives it the shape of that switch. */
const taking = (scene: Scene, wish: ServiceWish, service: ServiceSeen, active: InstanceSeen, { switchNumber }: Route): ServiceWish =>
  (stampOf(service)?.switchNumber ?? switchNumber) < switchNumber ? wishFor(scene, wish, active) : { ...wish, shape: undefined };

const keepsOff = (scene: Scene, service: ServiceSeen, active: InstanceSeen): boolean =>
  wouldStrand(scene, service, active) || outnumbered(scene, service, active);

/**
 * Whether restoring a selector would leave the Service without an available pod: the active instance has none (it was deleted, or lost its
 * pods), and the instance that somebody points the Service to has some and is not compromised. Then the selector is restored once the active
 * instance has a pod; at replicas 0, where it never will, at once.
 */
export const wouldStrand = ({ versions }: Scene, service: ServiceSeen, active: InstanceSeen): boolean =>
  active.replicas > 0 &&
  active.available === 0 &&
  versions.all.some(({ instances, discarded }) =>
    instances.some(
      ({ name, available, deleting }) =>
        name === selected(service) && available > 0 && !deleting && !discarded.some(({ fact }) => fact.instance === name),
    ),
  );

/** Deployments of a deleted App of the same name that still get traffic; of a worker, that still run. */
function leftRunning({ seen, app }: Scene, actives: readonly RoutedService[]): InstanceSeen | undefined {
  const left = seen.instances.filter((instance) => leftOver(app, instance) && !instance.deleting && instance.replicas > 0);
  const names = actives.flatMap(({ seen: service }) => (service && selected(service)) ?? []);
  const [found, ...more] = actives.length === 0 ? left : left.filter(({ name }) => names.includes(name));
  return more.length === 0 ? found : undefined;
}

/**
 * A restored status may describe a deleted App of the same name. An instance that was created after the last switch in the history cannot be
 * the one that traffic was switched to. But if the last report lists its uid as active, the operator has recreated it since.
 */
const isAnother = ({ status }: App, { createdAt, uid }: InstanceSeen): boolean =>
  !(createdAt <= Date.parse(status.history?.[0]?.at ?? '')) &&
  !(status.versions ?? []).some(({ instances = [] }) => instances.some((each) => each.uid === uid && each.role === 'Active'));

/**
 * The highest switch number under our uid, on a Service, in a fact or in status, that names an instance of a known version. A route that only
 * status has is trusted least: a restored status belongs to an earlier App of this name, and what that one left running is better evidence.
 */
function highest(
  { seen, app, versions }: Scene,
  actives: readonly RoutedService[],
  left: InstanceSeen | undefined,
): { route: Route | undefined; statusOnly: boolean } {
  const stamps = actives.flatMap(({ seen: service }) => {
    const stamp = service && stampOf(service);
    return stamp?.uid === app.uid && stamp.switchNumber > 0 && !isForged(app, service!, stamp.switchNumber)
      ? [{ instance: stamp.instance, previous: stamp.previous, switchNumber: stamp.switchNumber }]
      : [];
  });
  const [last] = app.status.history ?? [];
  const recorded =
    last?.to === undefined
      ? []
      : [{ instance: last.to as InstanceName, previous: (last.from ?? '') as InstanceName | '', switchNumber: last.switchNumber ?? 0 }];
  const owners = new Set(versions.all.flatMap(({ duplicates }) => duplicates).map(({ uid }) => uid));
  const fromFacts = seen.factsSeen.flatMap(({ fact, owner }) => (fact?.is === 'route' && owners.has(owner?.uid ?? '') ? [fact] : []));
  const best = [...stamps, ...fromFacts, ...recorded]
    .filter(({ instance }) => versions.of(instance) !== undefined)
    .reduce<Route | undefined>((high, route) => (high === undefined || route.switchNumber > high.switchNumber ? route : high), undefined);
  const statusOnly = best === undefined || best === recorded[0];
  const kept = statusOnly && left !== undefined && versions.of(left.name)?.record !== undefined;
  return { route: kept ? { instance: left.name, previous: '', switchNumber: best?.switchNumber ?? 0 } : best, statusOnly };
}

/** More switches than could happen between two reports. */
const MAX_JUMP = 1000;

/**
 * A higher switch number than the last reported one is ours, from before a crash, unless it is impossibly high or somebody else wrote the
 * annotation. The owner of the selector field does not matter: somebody who set the same value keeps owning it. Without a report every number
 * is accepted.
 */
function isForged({ status }: App, { stampedBy }: ServiceSeen, switchNumber: number): boolean {
  const known = status.history?.[0]?.switchNumber;
  return known !== undefined && switchNumber > known && (switchNumber > known + MAX_JUMP || stampedBy.length > 0);
}

/** Services to create, reshape, release. A shape that the selected instance cannot serve waits for the switch. */
function upkeepOf(
  scene: Scene,
  services: readonly RoutedService[],
  route: Route | undefined,
  active: InstanceSeen | undefined,
): Pick<Routing, 'upkeep' | 'warnings'> {
  const { seen, app, versions } = scene;
  if (!versions.all.some(({ record }) => record !== undefined)) return { upkeep: [], warnings: [] }; // create nothing before the first version is accepted
  const upkeep: Action[] = [];
  const warnings: Finding[] = [];
  for (const { wish, seen: service, trouble } of services) {
    if (trouble !== undefined && service === undefined) continue;
    if (service === undefined) {
      const leads = wish.role === 'Preview' ? undefined : active;
      const exists = seen.services.some(({ name }) => name === wish.name);
      const made = exists ? undefined : expose(app, leads ? wishFor(scene, wish, leads) : wish, leads && route);
      if (made !== undefined) upkeep.push(made);
      continue;
    }
    const behind = seen.instances.find(({ name }) => name === selected(service));
    const fits = behind === undefined ? wish : wishFor(scene, wish, behind);
    const action = reshape(app, fits, service);
    const held = behind && (action !== undefined || fits !== wish) ? waiting(scene, wish, service, behind) : undefined;
    if (held !== undefined) warnings.push(held);
    if (behind !== undefined) warnings.push(...darkPorts(wish, service, behind));
    if (action !== undefined && (held === undefined || fits !== wish)) upkeep.push(...keepPorts(scene, [action], route), action);
  }
  return { upkeep: [...upkeep, ...(app.paused ? [] : leftBehind(app, seen.services))], warnings: [...warnings, ...strays(scene)] };
}

/** When an App is deleted the garbage collector deletes what it owns; only our key on adopted Services has to be removed by us. */
export function releaseServices({ app, services }: Snapshot): Action[] {
  return app.orphaning ? [] : leftBehind({ ...app, services: [] }, services).filter((action) => action.do === 'release');
}

/**
 * Whether an Active Service sends traffic to an instance, even if we may not change that Service. Only Active Services and rungs keep an
 * instance from being retired. Endpoints count, too: they may not have followed the selector yet, and nobody updates those of a Service without a selector.
 * A selector without our key lists pods of every instance, and protects none.
 */
export const sendsTraffic = ({ seen, app }: Pick<Scene, 'seen' | 'app'>, instance: InstanceName): boolean =>
  seen.services.some((service) => {
    const ours = selected(service) !== undefined || Object.keys(service.selector).length === 0;
    const listed = ours && service.endpoints.some((endpoint) => endpoint.ready && endpoint.instance === instance);
    return (selected(service) === instance || listed) && app.services.some(({ name, role }) => role !== 'Preview' && name === service.name);
  });
