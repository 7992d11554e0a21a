// The shape of a Service that we own: ports, type, labels and the like, as spec.services describes them. Decides what has to be written to get
// there. Fields that spec never set belong to somebody else and are left alone.
import type { ServiceShape } from '../model/action.ts';
import type { App, ServiceWish } from '../model/app.ts';
import { list, text } from '../model/json.ts';
import type { Obj } from '../model/json.ts';
import type { ServiceSeen } from '../model/observed.ts';
import { TCP } from '../model/port.ts';
import { ANNOTATION, LABEL } from '../model/vocabulary.ts';
import { owned } from './adoption.ts';

/** EndpointSlices get the labels of their Service, and are watched by ours: without it the operator would not see where traffic goes. */
export const labelled = (app: App, { labels }: ServiceSeen): boolean => labels[LABEL.app] === app.name;

/** The change that gives a Service the wanted shape and our label; undefined if it has both, or is not ours to shape. */
export function reshaped(app: App, wish: ServiceWish, seen: ServiceSeen): ServiceShape | undefined {
  if (wish.shape === undefined || !owned(app, seen)) return undefined;
  const { spec, digest, labels, annotations } = wish.shape;
  const before = seen.annotations[ANNOTATION.shape] ?? '';
  if (before.split(' ')[0] === digest && labelled(app, seen) && contains(seen.spec, spec)) return undefined;
  const unset = dropped(before, wish.shape, seen);
  const type = text(spec.type) || ('type' in unset ? '' : seen.type);
  return {
    spec: { ...unset, ...spec, ports: withNodePorts(list(spec.ports), list(seen.spec.ports), type) },
    labels: { ...gone(before, LABELLED), ...labels, [LABEL.app]: app.name },
    annotations: { ...gone(before, ANNOTATED), ...annotations, [ANNOTATION.shape]: markOf(wish.shape) },
  };
}

type Wished = NonNullable<ServiceWish['shape']>;

const LABELLED = 'label:';
const ANNOTATED = 'annotation:';
const SET = 'field:';

/** Digest of a shape, and the fields that it sets: those that spec drops later are removed, those it never set stay. */
export const markOf = ({ digest, spec, labels, annotations }: Wished): string =>
  [
    digest,
    ...Object.keys(spec).map((field) => SET + field),
    ...Object.keys(labels).map((key) => LABELLED + key),
    ...Object.keys(annotations).map((key) => ANNOTATED + key),
  ].join(' ');

/** Fields of one kind in the shape annotation. */
const wordsOf = (mark: string, kind: string): string[] =>
  mark
    .split(' ')
    .filter((word) => word.startsWith(kind))
    .map((word) => word.slice(kind.length));

/** Keys of one kind in the shape annotation, each with null to remove it. */
const gone = (mark: string, kind: string): Record<string, null> => Object.fromEntries(wordsOf(mark, kind).map((key) => [key, null]));

/** Allocated by the API server, or fixed for good: removing them is refused or has no effect. */
const KEPT: ReadonlySet<string> = new Set(['ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort', 'loadBalancerClass']);

/** Annotations of earlier operators do not list the fields. These are the ones that spec could set, and each has a default. */
const UNTOLD = [
  'type',
  'sessionAffinity',
  'sessionAffinityConfig',
  'internalTrafficPolicy',
  'externalTrafficPolicy',
  'loadBalancerSourceRanges',
  'allocateLoadBalancerNodePorts',
];

/** Fields that spec set before and no longer sets get the API server's default again. */
function dropped(before: string, { digest }: Wished, { spec }: ServiceSeen): Record<string, null> {
  if (before === '' || before.split(' ')[0] === digest) return {};
  const told = wordsOf(before, SET);
  const fields = told.length === 0 ? UNTOLD : told;
  return Object.fromEntries(fields.filter((field) => field in spec && !KEPT.has(field)).map((field) => [field, null]));
}

/**
 * The list of ports is written as a whole, and a port without a node port would get a new one, which external load balancers do not know. So each
 * keeps the node port of the same port and protocol, as with `kubectl apply`, unless spec gives that to another port.
 */
function withNodePorts(wished: readonly Obj[], seen: readonly Obj[], type: string): Obj[] {
  if (type !== 'NodePort' && type !== 'LoadBalancer') return [...wished];
  const claimed = new Set(wished.map(({ nodePort }) => nodePort));
  return wished.map((port) => {
    const { nodePort } = seen.find((other) => placeOf(other) === placeOf(port)) ?? {};
    return port.nodePort !== undefined || nodePort === undefined || claimed.has(nodePort) ? port : { ...port, nodePort };
  });
}

const placeOf = ({ port, protocol }: Obj): string => `${String(port)}/${text(protocol) || TCP}`;

/**
 * Whether `has` contains `wish`: objects by member, lists by position. Additions of the API server do not matter, such as a second address family.
 */
function contains(has: unknown, wish: unknown, field = ''): boolean {
  if (Array.isArray(wish)) {
    const fits = Array.isArray(has) && (field === 'ipFamilies' ? has.length >= wish.length : has.length === wish.length);
    return fits && wish.every((item, i) => contains((has as unknown[])[i], item));
  }
  if (typeof wish !== 'object' || wish === null) return has === wish;
  if (typeof has !== 'object' || has === null) return false;
  return Object.entries(wish).every(([key, value]) => contains((has as Record<string, unknown>)[key], value, key));
}
