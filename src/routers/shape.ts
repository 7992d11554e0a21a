// The shape of a Service that we own: its ports, type, labels and the like as spec.services describes them. Decides what has to be
// written to get there; what spec never set is somebody else's, and is left as it is.
import type { ServiceShape } from '../model/action.ts';
import type { App, ServiceWish } from '../model/app.ts';
import { list, text } from '../model/json.ts';
import type { Obj } from '../model/json.ts';
import type { ServiceSeen } from '../model/observed.ts';
import { TCP } from '../model/port.ts';
import { ANNOTATION, LABEL } from '../model/vocabulary.ts';
import { owned } from './adoption.ts';

/** Its EndpointSlices carry the labels that it does, and are watched by ours: without it nobody sees where it sends its traffic. */
export const labelled = (app: App, { labels }: ServiceSeen): boolean => labels[LABEL.app] === app.name;

/** What brings a Service to the shape that is wished for, our label with it; undefined when it has it, or is not ours to shape. */
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

/** Digest of a shape, and what it sets: what spec drops later must be known to go, and what it never set, to stay. */
export const markOf = ({ digest, spec, labels, annotations }: Wished): string =>
  [
    digest,
    ...Object.keys(spec).map((field) => SET + field),
    ...Object.keys(labels).map((key) => LABELLED + key),
    ...Object.keys(annotations).map((key) => ANNOTATED + key),
  ].join(' ');

/** Words of one kind in a mark. */
const wordsOf = (mark: string, kind: string): string[] =>
  mark
    .split(' ')
    .filter((word) => word.startsWith(kind))
    .map((word) => word.slice(kind.length));

/** Keys of one kind that a mark tells of, each to be taken away. */
const gone = (mark: string, kind: string): Record<string, null> => Object.fromEntries(wordsOf(mark, kind).map((key) => [key, null]));

/** Allocated or fixed once by the server; taking them away is refused or pointless. */
const KEPT: ReadonlySet<string> = new Set(['ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort', 'loadBalancerClass']);

/** Marks of earlier operators do not say which fields spec had set: these it could have, and each has a default to go back to. */
const UNTOLD = [
  'type',
  'sessionAffinity',
  'sessionAffinityConfig',
  'internalTrafficPolicy',
  'externalTrafficPolicy',
  'loadBalancerSourceRanges',
  'allocateLoadBalancerNodePorts',
];

/** Fields that spec set before and sets no more go back to the server's default. */
function dropped(before: string, { digest }: Wished, { spec }: ServiceSeen): Record<string, null> {
  if (before === '' || before.split(' ')[0] === digest) return {};
  const told = wordsOf(before, SET);
  const fields = told.length === 0 ? UNTOLD : told;
  return Object.fromEntries(fields.filter((field) => field in spec && !KEPT.has(field)).map((field) => [field, null]));
}

/**
 * A list of ports is written whole, and one without a node port would get another: each keeps that of the same port and protocol, as
 * with `kubectl apply`. External balancers know it. Unless spec gives it to another port.
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
 * Whether `wish` is in `has`: objects by their members, lists by place. What the server added does not matter, a second address family
 * among it.
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
