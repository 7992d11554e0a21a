// The route as a fact: what the Services and status say together, which Services can be moved, and which have to be put right before
// anything else is planned. Decides nothing about where traffic should go.
import type { Action } from '../model/action.ts';
import type { App, ServiceWish } from '../model/app.ts';
import type { InstanceSeen, ServiceSeen, Snapshot } from '../model/observed.ts';
import type { InstanceName } from '../model/version.ts';
import type { Route } from '../routers/service.ts';
import { converged, expose, follows, leftBehind, point, reshape, selected, stampOf, unfit } from '../routers/service.ts';
import type { Finding } from './finding.ts';
import type { Version, Versions } from './versions.ts';

export interface RoutedService {
  readonly wish: ServiceWish;
  /** Undefined when it does not exist, or must not be touched. */
  readonly seen: ServiceSeen | undefined;
  readonly trouble: Finding | undefined;
}

export interface Routing {
  readonly route: Route | undefined;
  readonly serving: Version | undefined;
  /** The instance of the route, if it still exists. */
  readonly active: InstanceSeen | undefined;
  /** No Active Service: running is serving. */
  readonly worker: boolean;
  readonly services: readonly RoutedService[];
  /** Selectors to put back to the route: nothing else is planned while there are any. */
  readonly repairs: readonly Action[];
  /** Services to create, reshape, let go. */
  readonly upkeep: readonly Action[];
  /** Every Active Service lists the active instance's pods and no others. */
  readonly converged: boolean;
}

export function readRouting(seen: Snapshot, app: App, versions: Versions): Routing {
  const services = app.services.map((wish): RoutedService => {
    const found = seen.services.find(({ name }) => name === wish.name);
    const trouble = unfit(app, wish, found);
    return { wish, trouble, seen: trouble === undefined && found?.deleting === false ? found : undefined };
  });
  const actives = services.filter(({ wish }) => wish.role === 'Active');
  const worker = actives.length === 0;
  const route = highest(app, versions, actives) ?? (worker ? running(app, versions) : undefined);
  const serving = route && versions.of(route.instance);
  const active = serving?.instances.find(({ name, deleting }) => name === route?.instance && !deleting);
  const moved = actives.flatMap(({ seen: service }) => (service === undefined ? [] : [service]));
  const astray = route === undefined || active === undefined ? [] : moved.filter((service) => !follows(app, service, route));
  return {
    route,
    serving,
    active,
    worker,
    services,
    repairs: route === undefined ? [] : astray.map((service) => point(app, service, 'Active', route, true)),
    upkeep: shapeServices(seen, app, versions, services, route),
    converged: active !== undefined && actives.every(({ seen: service }) => service !== undefined && converged(service, active)),
  };
}

/** The highest flip of our uid, on a Service or in status, that names an instance of a version we know. */
function highest(app: App, versions: Versions, actives: readonly RoutedService[]): Route | undefined {
  const stamps = actives.flatMap(({ seen: service }) => {
    const stamp = service && stampOf(service);
    return stamp?.uid === app.uid && stamp.flip > 0 ? [{ instance: stamp.instance, previous: stamp.previous, flip: stamp.flip }] : [];
  });
  const [last] = app.status.history ?? [];
  const recorded =
    last?.to === undefined
      ? []
      : [{ instance: last.to as InstanceName, previous: (last.from ?? '') as InstanceName | '', flip: last.flip ?? 0 }];
  return [...recorded, ...stamps]
    .filter(({ instance }) => versions.of(instance) !== undefined)
    .reduce<Route | undefined>((best, route) => (best === undefined || route.flip > best.flip ? route : best), undefined);
}

/**
 * A worker whose status was lost: what runs serves, the longest-running first; if nothing is up, what was to run before Latest, so that
 * it is not taken for superseded. On a first deploy nothing runs before status is written.
 */
function running(app: App, versions: Versions): Route | undefined {
  if (app.status.observedGeneration !== undefined) return undefined;
  const up = ({ available }: InstanceSeen): number => Number(available > 0);
  const [oldest] = versions.all
    .flatMap((version) =>
      version.instances.filter(({ replicas, available }) => available > 0 || (replicas > 0 && version !== versions.latest)),
    )
    .filter(({ deleting }) => !deleting)
    .toSorted((a, b) => up(b) - up(a) || a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1));
  return oldest && { instance: oldest.name, previous: '', flip: 1 };
}

function shapeServices(
  seen: Snapshot,
  app: App,
  versions: Versions,
  services: readonly RoutedService[],
  route: Route | undefined,
): Action[] {
  const recorded = versions.all.some(({ record }) => record !== undefined); // before the first version is accepted nothing is created
  const shaped = services.flatMap(({ wish, seen: service, trouble }): Action[] => {
    if (trouble !== undefined || !recorded) return [];
    const gone = service === undefined && !seen.services.some(({ name }) => name === wish.name);
    const action =
      service !== undefined
        ? reshape(app, wish, service)
        : gone
          ? expose(app, wish, wish.role === 'Active' ? route : undefined)
          : undefined;
    return action === undefined ? [] : [action];
  });
  return [...shaped, ...leftBehind(app, seen.services)];
}

/** On deletion owner references remove everything of ours; only our key on adopted Services has to be taken off by hand. */
export function farewell({ app, services }: Snapshot): Action[] {
  return app.orphaning ? [] : leftBehind({ ...app, services: [] }, services).filter((action) => action.do === 'release');
}

/** Whether any Service of the namespace that we know of sends traffic to an instance. */
export const sendsTraffic = (seen: Snapshot, instance: InstanceName): boolean =>
  seen.services.some((service) => selected(service) === instance);
