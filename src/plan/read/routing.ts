// The route as a fact: what the Services and status say together, which Services can be moved, and which have to be put right before
// anything else is planned. Decides nothing about where traffic should go.
import type { Action } from '../../model/action.ts';
import type { App, ServiceWish } from '../../model/app.ts';
import type { InstanceSeen, ServiceSeen, Snapshot } from '../../model/observed.ts';
import { leftOver } from '../../model/observed.ts';
import type { InstanceName } from '../../model/version.ts';
import type { Route } from '../../routers/router.ts';
import { leftBehind, reclaimable, unfit } from '../../routers/adoption.ts';
import { ROUTERS } from '../../routers/index.ts';
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
  // What is not there selects nothing, and is exposed with the route: it keeps nobody from being retired, though it may never be made.
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
    converged: active !== undefined && there.length > 0 && there.every((service) => service !== undefined && converged(service, active)),
  };
}

/** What is put back keeps its shape; what a switch that died half-way left behind gets that of the switch. */
const taking = (scene: Scene, wish: ServiceWish, service: ServiceSeen, active: InstanceSeen, { switchNumber }: Route): ServiceWish =>
  (stampOf(service)?.switchNumber ?? switchNumber) < switchNumber ? wishFor(scene, wish, active) : { ...wish, shape: undefined };

const keepsOff = (scene: Scene, service: ServiceSeen, active: InstanceSeen): boolean =>
  wouldStrand(scene, service, active) || outnumbered(scene, service, active);

/**
 * To put a selector back would take the last available pod from it: what serves was deleted and is made anew, or has lost its pods, and
 * where somebody pointed the selector meanwhile are some, renewed away or not, unless they were compromised. It is put back once there is one; at replicas 0, where none will be, at once.
 */
const wouldStrand = ({ versions }: Scene, service: ServiceSeen, active: InstanceSeen): boolean =>
  active.replicas > 0 &&
  active.available === 0 &&
  versions.all.some(({ instances, discarded }) =>
    instances.some(
      ({ name, available, deleting }) =>
        name === selected(service) && available > 0 && !deleting && !discarded.some(({ fact }) => fact.instance === name),
    ),
  );

/** What a former life left running and the Services still send their traffic to; of a worker, what it left running. */
function leftRunning({ seen, app }: Scene, actives: readonly RoutedService[]): InstanceSeen | undefined {
  const left = seen.instances.filter((instance) => leftOver(app, instance) && !instance.deleting && instance.replicas > 0);
  const names = actives.flatMap(({ seen: service }) => (service && selected(service)) ?? []);
  const [found, ...more] = actives.length === 0 ? left : left.filter(({ name }) => names.includes(name));
  return more.length === 0 ? found : undefined;
}

/**
 * Status may tell of a former life: an instance made after the last switch is not the one it went to, nor is any before the first. Unless
 * the last report says, by its uid, that it served: then it was made anew in this life, where the route led.
 */
const isAnother = ({ status }: App, { createdAt, uid }: InstanceSeen): boolean =>
  !(createdAt <= Date.parse(status.history?.[0]?.at ?? '')) &&
  !(status.versions ?? []).some(({ instances = [] }) => instances.some((each) => each.uid === uid && each.role === 'Active'));

/**
 * The highest switch of our uid, on a Service, in a fact or in status, that names an instance of a version we know. A route that only
 * status tells of is trusted least: a restored status is of an earlier App of this name, and what that one left running shows better where
 * traffic goes.
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

/** More switches than ever lie between two reports. */
const MAX_JUMP = 1000;

/**
 * A later switch than the last that was reported is ours from before a crash, unless it is impossibly late, or somebody else
 * wrote it. Whose the selector is says nothing: who had set it to where we move it keeps it. Without a report nobody can tell.
 */
function isForged({ status }: App, { stampedBy }: ServiceSeen, switchNumber: number): boolean {
  const known = status.history?.[0]?.switchNumber;
  return known !== undefined && switchNumber > known && (switchNumber > known + MAX_JUMP || stampedBy.length > 0);
}

/** Services to create, reshape, let go. A shape that what is selected cannot serve yet waits, and moves with the selector. */
function upkeepOf(
  scene: Scene,
  services: readonly RoutedService[],
  route: Route | undefined,
  active: InstanceSeen | undefined,
): Pick<Routing, 'upkeep' | 'warnings'> {
  const { seen, app, versions } = scene;
  if (!versions.all.some(({ record }) => record !== undefined)) return { upkeep: [], warnings: [] }; // before the first version is accepted nothing is created
  const upkeep: Action[] = [];
  const warnings: Finding[] = [];
  for (const { wish, seen: service, trouble } of services) {
    if (trouble !== undefined && service === undefined) continue;
    if (service === undefined) {
      const leads = wish.role === 'Active' ? active : undefined;
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

/** On deletion owner references remove everything of ours; only our key on adopted Services has to be taken off by hand. */
export function releaseServices({ app, services }: Snapshot): Action[] {
  return app.orphaning ? [] : leftBehind({ ...app, services: [] }, services).filter((action) => action.do === 'release');
}

/**
 * Whether an Active Service sends traffic to an instance, may we touch it or not. No other Service protects one. Endpoints that have not
 * followed a selector yet send it too, whoever pointed them there, and so do those that an emptied one left behind: nobody updates them.
 * A selector of other keys alone lists every instance, and protects none.
 */
export const sendsTraffic = ({ seen, app }: Pick<Scene, 'seen' | 'app'>, instance: InstanceName): boolean =>
  seen.services.some((service) => {
    const ours = selected(service) !== undefined || Object.keys(service.selector).length === 0;
    const listed = ours && service.endpoints.some((endpoint) => endpoint.ready && endpoint.instance === instance);
    return (selected(service) === instance || listed) && app.services.some(({ name, role }) => role === 'Active' && name === service.name);
  });
