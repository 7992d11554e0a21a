// Services as routers: how one is created, switched, restored and reshaped, and when the switch has reached its endpoints. Renders and judges;
// never acts or chooses.
import type { Action, Revert, Rewrite, SelectorPatch } from '../model/action.ts';
import { assertNever } from '../model/action.ts';
import type { KubeObject, SwapPatch } from '../model/object.ts';
import { appOwner } from '../model/object.ts';
import type { App, ServiceWish } from '../model/app.ts';
import type { InstanceSeen, ServiceSeen } from '../model/observed.ts';
import { ANNOTATION, LABEL } from '../model/vocabulary.ts';
import { owned } from './adoption.ts';
import type { Route, Router } from './router.ts';
import { labelled, markOf, reshaped } from './shape.ts';
import { remembering, revertsOn, stampOf } from './stamp.ts';

export const selected = (service: ServiceSeen): string | undefined => service.selector[LABEL.instance];

/** The instance whose pods a Service selects: none, if somebody added another key to the selector of one that we own. */
export const selects = (app: App, service: ServiceSeen): string | undefined =>
  owned(app, service) && Object.keys(service.selector).length > 1 ? undefined : selected(service);

/** Whether a Service points exactly where the route says, and has the label by which it is watched. If we own it, the whole selector is ours. */
export function follows(app: App, service: ServiceSeen, route: Route): boolean {
  const stamp = stampOf(service);
  const stamped = stamp?.uid === app.uid && stamp.instance === route.instance && stamp.switchNumber === route.switchNumber;
  return stamped && selects(app, service) === route.instance && labelled(app, service);
}

/**
 * The only way to switch a Service, forward, back, or to restore it: a compare-and-swap on what the decision saw. A switch also writes the wanted
 * shape, so that a port renamed together with the container's always has a backend. `reverts`: who changed the selector, when it is restored.
 */
export function point(
  app: App,
  wish: ServiceWish,
  service: ServiceSeen,
  route: Route,
  repair: boolean,
  reverts: readonly Revert[] = revertsOn(app, service),
): Action {
  const foreign = owned(app, service) ? Object.keys(service.selector).filter((key) => key !== LABEL.instance) : [];
  const selector: SelectorPatch = { ...Object.fromEntries(foreign.map((key) => [key, null])), [LABEL.instance]: route.instance };
  const { name, resourceVersion } = service;
  const shape = reshaped(app, wish, service);
  return {
    do: 'switch',
    service: name,
    resourceVersion,
    selector,
    stamp: { uid: app.uid, generation: app.generation, ...route, ...remembering(reverts) },
    repair,
    role: wish.role,
    ...(shape === undefined ? {} : { shape }),
  };
}

/** Creates a Service of ours, which from the start selects the active instance (nothing, while there is none). */
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
        [ANNOTATION.shape]: markOf(wish.shape),
        ...(stamp ? { [ANNOTATION.stamp]: JSON.stringify(stamp) } : {}),
      },
      ownerReferences: [appOwner(app)],
    },
    spec: { ...wish.shape.spec, ...(route ? { selector: { [LABEL.instance]: route.instance } } : {}) },
  };
  return { do: 'expose', object };
}

/** Brings a Service that we own to the shape of spec, and restores our label. */
export function reshape(app: App, wish: ServiceWish, seen: ServiceSeen): Action | undefined {
  const shape = reshaped(app, wish, seen);
  return shape && { do: 'reshape', service: seen.name, resourceVersion: seen.resourceVersion, shape };
}

/**
 * Whether the endpoints of a Service have followed the switch: every ready one belongs to `instance`, and there are as many as it has available
 * pods, at least one unless it was scaled to zero. A Service that selects nothing has not converged.
 */
export function converged(service: ServiceSeen, instance: InstanceSeen): boolean {
  const ready = service.endpoints.filter((endpoint) => endpoint.ready);
  const enough = ready.length >= Math.max(instance.available, instance.replicas === 0 ? 0 : 1);
  return selected(service) === instance.name && enough && ready.every((endpoint) => endpoint.instance === instance.name);
}

/** The patch of a Service: only what the action says. */
export function patch({ name }: Pick<App, 'name'>, action: Rewrite): SwapPatch {
  const { resourceVersion } = action;
  switch (action.do) {
    case 'reshape': {
      const { spec, labels, annotations } = action.shape;
      return { metadata: { resourceVersion, labels, annotations }, spec };
    }
    case 'switch': {
      const { shape, selector, stamp } = action;
      const labels = { ...shape?.labels, [LABEL.app]: name };
      const annotations = { ...shape?.annotations, [ANNOTATION.stamp]: JSON.stringify(stamp) };
      return { metadata: { resourceVersion, labels, annotations }, spec: { ...shape?.spec, selector } };
    }
    case 'reclaim':
      return { metadata: { resourceVersion, ownerReferences: [action.owner] } };
    case 'release':
      return {
        metadata: { resourceVersion, labels: { [LABEL.app]: null }, annotations: { [ANNOTATION.stamp]: null } },
        spec: { selector: { [LABEL.instance]: null } },
      };
    default:
      return assertNever(action);
  }
}

export const service: Router = { kind: 'Service', expose, point, reshape, follows, converged, patch };
