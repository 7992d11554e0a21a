// Services as routers: who serves, how one is moved, put back, exposed, reshaped, and when the move has reached the endpoints.
// Renders and judges; never acts, never chooses.
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

/** The instance whose pods a Service finds. A key that somebody added to one of ours keeps it from finding any. */
export const selects = (app: App, service: ServiceSeen): string | undefined =>
  owned(app, service) && Object.keys(service.selector).length > 1 ? undefined : selected(service);

/** Whether a Service says exactly what the route says, and can be watched. On one we own the selector is ours alone. */
export function follows(app: App, service: ServiceSeen, route: Route): boolean {
  const stamp = stampOf(service);
  const stamped = stamp?.uid === app.uid && stamp.instance === route.instance && stamp.switchNumber === route.switchNumber;
  return stamped && selects(app, service) === route.instance && labelled(app, service);
}

/**
 * The one way a Service moves, forward, back or put right: a compare-and-swap on what the decision saw. Forward and back it takes the
 * shape that is wished for along, so that a port renamed together with the container's is never without a backend. What is known of
 * those who changed the selector goes with it: put right, `reverts` says it anew.
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
        [ANNOTATION.shape]: markOf(wish.shape),
        ...(stamp ? { [ANNOTATION.stamp]: JSON.stringify(stamp) } : {}),
      },
      ownerReferences: [appOwner(app)],
    },
    spec: { ...wish.shape.spec, ...(route ? { selector: { [LABEL.instance]: route.instance } } : {}) },
  };
  return { do: 'expose', object };
}

/** Brings a Service we own to the shape that spec asks for, our label with it, if it has another. */
export function reshape(app: App, wish: ServiceWish, seen: ServiceSeen): Action | undefined {
  const shape = reshaped(app, wish, seen);
  return shape && { do: 'reshape', service: seen.name, resourceVersion: seen.resourceVersion, shape };
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

/** What is written over a Service: nothing but what the action says. */
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
