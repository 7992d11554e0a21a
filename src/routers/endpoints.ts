// How Services and their EndpointSlices are seen. Decides which slices count: only those of the EndpointSlice controller.
import { list, obj, text } from '../model/json.ts';
import type { EndpointSeen, Seen, ServiceSeen, Writer } from '../model/observed.ts';
import { portOf } from '../model/port.ts';
import { ANNOTATION, FIELD_MANAGER, KIND, LABEL } from '../model/vocabulary.ts';

export type ServiceProjection = Omit<ServiceSeen, 'endpoints'> & { readonly namespace: string };

/** Of a Service without our label or consent, only name, fitness and selector are kept. */
export function projectService(raw: unknown): ServiceProjection {
  const { metadata, spec } = obj(raw);
  const {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
    deletionTimestamp,
    ownerReferences,
    labels,
    annotations,
    managedFields,
  } = obj(metadata);
  const owners = list(ownerReferences);
  const owner = owners.find(({ controller }) => controller === true) ?? owners[0];
  const near = owner?.kind === KIND || obj(labels)[LABEL.app] !== undefined || obj(annotations)[ANNOTATION.adopt] !== undefined;
  const { type, clusterIP, selector, ports, publishNotReadyAddresses } = obj(spec);
  return {
    name: text(name),
    namespace: text(namespace),
    uid: text(uid),
    resourceVersion: text(resourceVersion),
    owner: owner && { kind: text(owner.kind), name: text(owner.name), uid: text(owner.uid) },
    createdAt: Date.parse(text(creationTimestamp)) || 0,
    deleting: deletionTimestamp !== undefined,
    type: text(type),
    headless: clusterIP === 'None',
    publishNotReadyAddresses: publishNotReadyAddresses === true,
    selector: obj(selector) as ServiceSeen['selector'],
    labels: near ? (obj(labels) as ServiceSeen['labels']) : {},
    annotations: near ? (obj(annotations) as ServiceSeen['annotations']) : {},
    ports: near ? list(ports).map(portOf) : [],
    spec: near && owner !== undefined ? obj(spec) : {},
    writers: near ? writersOf(managedFields) : [],
    stampedBy: near ? stampersOf(managedFields) : [],
  };
}

/** To the API server the selector is one field: whoever changes one key of it owns all of it. */
function writersOf(managedFields: unknown): Writer[] {
  return list(managedFields)
    .filter(({ manager, fieldsV1, subresource }) => {
      const owns = 'f:selector' in obj(obj(fieldsV1)['f:spec']);
      return owns && manager !== FIELD_MANAGER && text(subresource) === '';
    })
    .toSorted((a, b) => (text(a.time) < text(b.time) ? 1 : text(a.time) > text(b.time) ? -1 : 0))
    .map(({ manager, operation }) => ({ by: text(manager), applied: operation === 'Apply' }));
}

const stampersOf = (managedFields: unknown): string[] =>
  list(managedFields)
    .filter(({ manager, fieldsV1 }) => manager !== FIELD_MANAGER && STAMP in obj(obj(obj(fieldsV1)['f:metadata'])['f:annotations']))
    .map(({ manager }) => text(manager));

const STAMP = `f:${ANNOTATION.stamp}`;

/** Index key of a Service and its slices. */
export const serviceKey = (namespace: string, name: string): string => `service:${namespace}/${name}`;

/**
 * Index key by which a Service is found from pods that it may select: the first pair of its selector in alphabetical order. With the usual labels
 * that is a distinctive one (`app`, `app.kubernetes.io/instance`).
 */
export function selectorKeys({ namespace, selector }: Pick<ServiceProjection, 'namespace' | 'selector'>): string[] {
  const [first] = Object.keys(selector).toSorted();
  return first === undefined ? [] : [pairKey(namespace, first, selector[first]!)];
}

/** Index keys of all Services that may select pods with these labels. */
export const podKeys = (namespace: string, labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels).map(([key, value]) => pairKey(namespace, key, value));

const pairKey = (namespace: string, key: string, value: string): string => `pods:${namespace}/${key}=${value}`;

export interface SliceSeen extends Seen {
  /** Key of the Service it belongs to; '' when another controller made it. */
  readonly service: string;
  /** `pod`: its uid. */
  readonly endpoints: readonly ({ readonly pod: string; readonly name: string } & Pick<EndpointSeen, 'ready' | 'dark'>)[];
}

const CONTROLLER = 'endpointslice-controller.k8s.io';
const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';

/** Marks slices that mirror Endpoints left behind when a selector was removed; they are deleted once there is a selector again. */
const LEFTOVER = 'endpoints.kubernetes.io/managed-by!=endpoint-controller';

/** Label selector for EndpointSlices of a Service that do not follow its selector. */
export const foreignSlices = (service: string): string => `${SERVICE_NAME}=${service},${MANAGED_BY}!=${CONTROLLER},${LEFTOVER}`;

/** Label selector for those that do. */
export const slicesOf = (service: string): string => `${SERVICE_NAME}=${service},${MANAGED_BY}=${CONTROLLER}`;

/** uids of the pods that are ready in these slices; with two address families each is listed twice. */
export const readyPods = (slices: readonly unknown[]): ReadonlySet<string> =>
  new Set(slices.flatMap((slice) => projectSlice(slice).endpoints.flatMap(({ pod, ready, dark }) => (ready && dark !== true ? pod : []))));

/** The first of these slices and who manages it, in words; '' for none. */
export function foreignSlice(slices: readonly unknown[]): string {
  const [first] = slices;
  if (first === undefined) return '';
  const { name, labels, managedFields } = obj(obj(first).metadata);
  const by = text(obj(labels)[MANAGED_BY]) || text(list(managedFields)[0]?.manager) || 'somebody';
  return `EndpointSlice ${text(name)}, which ${by} manages`;
}

export function projectSlice(raw: unknown): SliceSeen {
  const { metadata, endpoints, ports } = obj(raw);
  const dark = ports === null || (Array.isArray(ports) && ports.length === 0);
  const { name, namespace, uid, resourceVersion, labels } = obj(metadata);
  const { [SERVICE_NAME]: service, [MANAGED_BY]: by } = obj(labels);
  return {
    name: text(name),
    uid: text(uid),
    resourceVersion: text(resourceVersion),
    owner: undefined,
    createdAt: 0,
    deleting: false,
    service: by === CONTROLLER ? serviceKey(text(namespace), text(service)) : '',
    endpoints: list(endpoints).map(({ conditions, targetRef }) => ({
      pod: text(obj(targetRef).uid),
      name: text(obj(targetRef).name),
      ready: obj(conditions).ready !== false,
      ...(dark ? { dark } : {}),
    })),
  };
}
