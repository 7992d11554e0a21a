// Services as routers: who serves, how one is moved, put back, exposed, released, and when the move has reached the endpoints.
// Renders and judges; never acts, never chooses.
import type { Action, KubeObject, SelectorPatch, ServiceShape, Stamp } from '../model/action.ts';
import { appOwner } from '../model/action.ts';
import type { App, ServiceWish } from '../model/app.ts';
import type { InstanceSeen, ServiceSeen } from '../model/observed.ts';
import { leftOver } from '../model/observed.ts';
import { ANNOTATION, LABEL, REASON } from '../model/vocabulary.ts';
import type { Reason } from '../model/vocabulary.ts';
import type { InstanceName } from '../model/version.ts';

export interface Route {
  readonly instance: InstanceName;
  readonly previous: InstanceName | '';
  readonly flip: number;
}

/** The stamp on a Service, if it carries one that can be read. */
export function stampOf(service: Pick<ServiceSeen, 'annotations'>): Stamp | undefined {
  const raw = service.annotations[ANNOTATION.stamp];
  if (raw === undefined) return undefined;
  try {
    const stamp = JSON.parse(raw) as Partial<Stamp>;
    return typeof stamp.uid === 'string' && typeof stamp.instance === 'string' && Number.isSafeInteger(stamp.flip)
      ? (stamp as Stamp)
      : undefined;
  } catch {
    return undefined; // somebody's scribble: as good as none, and the next move writes over it
  }
}

/** Why a Service of spec cannot be moved, in words that say what to do; undefined when it can. */
export function unfit(app: App, wish: ServiceWish, seen: ServiceSeen | undefined): { reason: Reason; message: string } | undefined {
  const named = `Service ${app.namespace}/${wish.name}`;
  const consent = `annotate it with ${ANNOTATION.adopt}=${app.name}`;
  if (seen === undefined || seen.deleting) {
    if (wish.shape !== undefined) return undefined;
    return {
      reason: REASON.ServiceMissing,
      message: `${named} does not exist: create it and ${consent}, or give it ports in spec.services to have it created`,
    };
  }
  if (seen.owner?.uid === app.uid || reclaimable(app, wish, seen)) return undefined;
  if (wish.shape !== undefined) {
    return {
      reason: REASON.ServiceNotOwned,
      message: `${named} exists and is not ours: delete it, or leave its ports out of spec.services and ${consent}`,
    };
  }
  if (seen.annotations[ANNOTATION.adopt] !== app.name) {
    return { reason: REASON.ServiceNotAdopted, message: `${named} is left alone until its owner consents: ${consent}` };
  }
  const flaw = flawOf(app, seen);
  return flaw === undefined
    ? undefined
    : { reason: REASON.ServiceUnfit, message: `${named} ${flaw}, so a selector cannot move its traffic safely: list another one` };
}

/** A Service of spec that a former life of the App had created: labelled for it, of our shape, and nobody's now. */
export const reclaimable = (app: App, { shape }: ServiceWish, seen: ServiceSeen): boolean =>
  shape !== undefined &&
  !seen.deleting &&
  seen.labels[LABEL.app] === app.name &&
  seen.annotations[ANNOTATION.shape] !== undefined &&
  leftOver(app, seen);

function flawOf(app: App, seen: ServiceSeen): string | undefined {
  if (app.namespace === 'default' && seen.name === 'kubernetes') return "is the API server's own";
  if (seen.type === 'ExternalName') return 'is an ExternalName';
  if (seen.headless) return 'is headless';
  if (seen.publishNotReadyAddresses) return 'publishes addresses that are not ready';
  return undefined;
}

/** A key of an adopted Service's own selector that the instance's pods do not carry: with it, nothing would be selected. */
export function mismatch(app: App, service: ServiceSeen, instance: InstanceSeen): string | undefined {
  if (owned(app, service)) return undefined;
  const wrong = Object.entries(service.selector).find(([key, value]) => key !== LABEL.instance && instance.podLabels[key] !== value);
  return (
    wrong &&
    `selector of Service ${service.name} asks for ${wrong[0]}=${wrong[1]}, which the pods of ${instance.name} do not carry: add the label to spec.template or drop the key`
  );
}

export const selected = (service: ServiceSeen): string | undefined => service.selector[LABEL.instance];
const owned = (app: Pick<App, 'uid'>, service: ServiceSeen): boolean => service.owner?.uid === app.uid;

/** The instance whose pods a Service finds. A key that somebody added to one of ours keeps it from finding any. */
export const selects = (app: App, service: ServiceSeen): string | undefined =>
  owned(app, service) && Object.keys(service.selector).length > 1 ? undefined : selected(service);

/** Whether a Service says exactly what the route says. On one we own the selector is ours alone. */
export function follows(app: App, service: ServiceSeen, route: Route): boolean {
  const stamp = stampOf(service);
  return (
    selects(app, service) === route.instance && stamp?.uid === app.uid && stamp.instance === route.instance && stamp.flip === route.flip
  );
}

/**
 * The one way a Service moves, forward, back or put right: a compare-and-swap on what the decision saw. Forward and back it takes the
 * shape that spec asks for along, so that a port renamed together with the container's is never without a backend.
 */
export function point(app: App, wish: ServiceWish, service: ServiceSeen, route: Route, repair: boolean): Action {
  const foreign = owned(app, service) ? Object.keys(service.selector).filter((key) => key !== LABEL.instance) : [];
  const selector: SelectorPatch = { ...Object.fromEntries(foreign.map((key) => [key, null])), [LABEL.instance]: route.instance };
  const { name, resourceVersion } = service;
  const shape = repair ? undefined : reshaped(app, wish, service);
  return {
    do: 'route',
    service: name,
    resourceVersion,
    selector,
    stamp: { uid: app.uid, generation: app.generation, ...route },
    repair,
    role: wish.role,
    ...(shape === undefined ? {} : { shape }),
  };
}

/** A Service of ours that is missing, selecting from its first moment what the route says (nothing, while there is none). */
export function expose(app: App, wish: ServiceWish, route: Route | undefined): Action | undefined {
  if (wish.shape === undefined) return undefined;
  const { uid, generation } = app;
  const stamp = route && { uid, generation, ...route };
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: wish.name,
      namespace: app.namespace,
      labels: { ...wish.shape.labels, [LABEL.app]: app.name },
      annotations: {
        ...wish.shape.annotations,
        [ANNOTATION.shape]: wish.shape.digest,
        ...(stamp ? { [ANNOTATION.stamp]: JSON.stringify(stamp) } : {}),
      },
      ownerReferences: [appOwner(app)],
    },
    spec: { ...wish.shape.spec, ...(route ? { selector: { [LABEL.instance]: route.instance } } : {}) },
  };
  return { do: 'expose', object };
}

/** Fields of a Service that spec.services may set; one it no longer sets goes back to the server's default. */
const SHAPED = [
  'ports',
  'type',
  'sessionAffinity',
  'sessionAffinityConfig',
  'internalTrafficPolicy',
  'externalTrafficPolicy',
  'trafficDistribution',
  'loadBalancerClass',
  'loadBalancerSourceRanges',
  'allocateLoadBalancerNodePorts',
  'healthCheckNodePort',
  'ipFamilies',
  'ipFamilyPolicy',
] as const;

/** Brings a Service we own to the shape that spec asks for, if it has another. */
export function reshape(app: App, wish: ServiceWish, seen: ServiceSeen): Action | undefined {
  const patch = reshaped(app, wish, seen);
  return patch && { do: 'reshape', service: seen.name, resourceVersion: seen.resourceVersion, patch };
}

function reshaped(app: App, wish: ServiceWish, seen: ServiceSeen): ServiceShape | undefined {
  if (wish.shape === undefined || !owned(app, seen)) return undefined;
  const { spec, labels, annotations, digest } = wish.shape;
  const asked = seen.annotations[ANNOTATION.shape] === digest;
  if (asked && contains(seen.spec, spec)) return undefined;
  const unset = SHAPED.filter((field) => !asked && field in seen.spec && !KEPT.has(field)).map((field) => [field, null] as const);
  return { spec: { ...Object.fromEntries(unset), ...spec }, labels, annotations: { ...annotations, [ANNOTATION.shape]: digest } };
}

/** Allocated once by the server; taking them away is refused or pointless. */
const KEPT = new Set<string>(['ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort']);

/** Whether `wish` is in `has`: objects by their members, lists by place. What the server added does not matter. */
function contains(has: unknown, wish: unknown): boolean {
  if (Array.isArray(wish)) return Array.isArray(has) && has.length === wish.length && wish.every((item, i) => contains(has[i], item));
  if (typeof wish !== 'object' || wish === null) return has === wish;
  if (typeof has !== 'object' || has === null) return false;
  return Object.entries(wish).every(([key, value]) => contains((has as Record<string, unknown>)[key], value));
}

/** What to do about Services that we moved once and that spec no longer lists: ours go, adopted ones get their selector back. */
export function leftBehind(app: Pick<App, 'name' | 'uid' | 'services'>, services: readonly ServiceSeen[]): Action[] {
  const listed = new Set(app.services.map(({ name }) => name));
  return services
    .filter((service) => !listed.has(service.name) && !service.deleting && service.labels[LABEL.app] === app.name)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((service): Action[] => {
      const { name, uid, resourceVersion } = service;
      if (owned(app, service)) return [{ do: 'retire', kind: 'Service', name, uid, why: 'no longer in spec.services' }];
      return stampOf(service)?.uid === app.uid ? [{ do: 'release', service: name, resourceVersion }] : [];
    });
}

/**
 * Whether the endpoints of a Service have followed: none that is ready belongs to anything but `instance`, and as many as it has
 * available pods are listed, at least one unless it was scaled to zero. A Service that selects nothing has not converged.
 */
export function converged(service: ServiceSeen, instance: InstanceSeen): boolean {
  const ready = service.endpoints.filter((endpoint) => endpoint.ready);
  const enough = ready.length >= Math.max(instance.available, instance.replicas === 0 ? 0 : 1);
  return selected(service) === instance.name && enough && ready.every((endpoint) => endpoint.instance === instance.name);
}
