// How Services and their EndpointSlices are seen. Decides which slices count: only those of the EndpointSlice controller.
import { list, obj, text } from '../model/json.ts';
import type { Seen, ServiceSeen } from '../model/observed.ts';
import { ANNOTATION, KIND, LABEL } from '../model/vocabulary.ts';

export type ServiceProjection = Omit<ServiceSeen, 'endpoints'> & { readonly namespace: string };

/** Of a Service that is neither ours nor consents to be, only its name and fitness are kept. */
export function projectService(raw: unknown): ServiceProjection {
  const { metadata, spec } = obj(raw);
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, ownerReferences, labels, annotations } =
    obj(metadata);
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
    selector: near ? (obj(selector) as ServiceSeen['selector']) : {},
    labels: near ? (obj(labels) as ServiceSeen['labels']) : {},
    annotations: near ? (obj(annotations) as ServiceSeen['annotations']) : {},
    ports: near
      ? list(ports).map(({ name: port, port: number, targetPort }) => ({
          name: text(port),
          port: number as number,
          targetPort: (targetPort ?? number) as string | number,
        }))
      : [],
    spec: near && owner !== undefined ? obj(spec) : {},
  };
}

/** Under what a Service and its slices are found. */
export const serviceKey = (namespace: string, name: string): string => `service:${namespace}/${name}`;

export interface SliceSeen extends Seen {
  /** Key of the Service it belongs to; '' when another controller made it. */
  readonly service: string;
  readonly endpoints: readonly { readonly pod: string; readonly ready: boolean }[];
}

const CONTROLLER = 'endpointslice-controller.k8s.io';

export function projectSlice(raw: unknown): SliceSeen {
  const { metadata, endpoints } = obj(raw);
  const { name, namespace, uid, resourceVersion, labels } = obj(metadata);
  const { 'kubernetes.io/service-name': service, 'endpointslice.kubernetes.io/managed-by': by } = obj(labels);
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
      ready: obj(conditions).ready !== false,
    })),
  };
}
