// The fields of API objects that the cluster tests read, as plain types: what a watch delivers, no more.
import type { Status } from '../../src/model/app.ts';

export interface Meta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly {
    readonly manager: string;
    readonly operation: string;
    readonly subresource?: string;
    readonly fieldsV1?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  }[];
  readonly ownerReferences?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
    readonly controller?: boolean;
  }[];
}

export interface Stored {
  readonly metadata: Meta;
}

export interface App extends Stored {
  readonly metadata: Meta & { readonly generation: number };
  readonly spec: { readonly replicas: number; readonly activeVersion?: string; readonly [field: string]: unknown };
  readonly status?: Status;
}

export interface Service extends Stored {
  readonly spec: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly name?: string; readonly port: number; readonly targetPort: number | string }[];
  };
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly { readonly name: string; readonly image: string }[];
    readonly volumes?: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
  };
}

export interface Deployment extends Stored {
  readonly metadata: Meta & { readonly generation: number };
  readonly spec: { readonly replicas: number; readonly template: PodTemplate };
  readonly status: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
  };
}

export interface ConfigMap extends Stored {
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
}

export interface ControllerRevision extends Stored {
  readonly revision: number;
  readonly data: unknown;
}

export interface Pod extends Stored {
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly phase?: string; readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export interface EndpointSlice extends Stored {
  readonly endpoints?:
    | readonly { readonly conditions: { readonly ready?: boolean }; readonly targetRef?: { readonly name: string; readonly uid: string } }[]
    | null;
}

export interface Event extends Stored {
  readonly reason: string;
  readonly note: string;
  readonly type: string;
  readonly regarding: { readonly kind: string; readonly name: string };
}

export interface Lease extends Stored {
  readonly spec: { readonly holderIdentity?: string; readonly renewTime?: string };
}

export interface HorizontalPodAutoscaler extends Stored {
  readonly status: {
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
    readonly currentMetrics?: readonly { readonly resource?: { readonly current: { readonly averageUtilization?: number } } }[] | null;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

export interface Budget extends Stored {
  readonly spec: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
  };
  readonly status?: { readonly disruptionsAllowed?: number; readonly observedGeneration?: number; readonly expectedPods?: number };
}

/** Every kind that is watched, by its name. */
export interface Kinds {
  readonly ImmutableApp: App;
  readonly Service: Service;
  readonly Deployment: Deployment;
  readonly ReplicaSet: Stored;
  readonly Pod: Pod;
  readonly EndpointSlice: EndpointSlice;
  readonly ConfigMap: ConfigMap;
  readonly ControllerRevision: ControllerRevision;
  readonly Event: Event;
  readonly Lease: Lease;
  readonly HorizontalPodAutoscaler: HorizontalPodAutoscaler;
  readonly PodDisruptionBudget: Budget;
  readonly Job: Stored;
}
export type Kind = keyof Kinds;

const API: Readonly<Record<Kind, readonly [group: string, plural: string]>> = {
  ImmutableApp: ['/apis/immutableapp.io/v1alpha1', 'immutableapps'],
  Service: ['/api/v1', 'services'],
  Deployment: ['/apis/apps/v1', 'deployments'],
  ReplicaSet: ['/apis/apps/v1', 'replicasets'],
  Pod: ['/api/v1', 'pods'],
  EndpointSlice: ['/apis/discovery.k8s.io/v1', 'endpointslices'],
  ConfigMap: ['/api/v1', 'configmaps'],
  ControllerRevision: ['/apis/apps/v1', 'controllerrevisions'],
  Event: ['/apis/events.k8s.io/v1', 'events'],
  Lease: ['/apis/coordination.k8s.io/v1', 'leases'],
  HorizontalPodAutoscaler: ['/apis/autoscaling/v2', 'horizontalpodautoscalers'],
  PodDisruptionBudget: ['/apis/policy/v1', 'poddisruptionbudgets'],
  Job: ['/apis/batch/v1', 'jobs'],
};
export const KINDS = Object.keys(API) as readonly Kind[];

export function pathOf(kind: Kind, namespace?: string, name?: string): string {
  const [group, plural] = API[kind];
  return `${group}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}${name === undefined ? '' : `/${name}`}`;
}

export const apiVersionOf = (kind: Kind): string => API[kind][0].replace(/^\/apis?\//, '');
