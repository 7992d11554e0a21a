// Where the API server keeps each kind that the plugin looks at.
import { API_VERSION } from '../model/vocabulary.ts';

export const KINDS = {
  ImmutableApp: [API_VERSION, 'immutableapps'],
  ControllerRevision: ['apps/v1', 'controllerrevisions'],
  Deployment: ['apps/v1', 'deployments'],
  ReplicaSet: ['apps/v1', 'replicasets'],
  Service: ['v1', 'services'],
  ConfigMap: ['v1', 'configmaps'],
  Pod: ['v1', 'pods'],
  Secret: ['v1', 'secrets'],
  Namespace: ['v1', 'namespaces'],
  Node: ['v1', 'nodes'],
  EndpointSlice: ['discovery.k8s.io/v1', 'endpointslices'],
  Event: ['events.k8s.io/v1', 'events'],
  Lease: ['coordination.k8s.io/v1', 'leases'],
  PodDisruptionBudget: ['policy/v1', 'poddisruptionbudgets'],
  HorizontalPodAutoscaler: ['autoscaling/v2', 'horizontalpodautoscalers'],
  StatefulSet: ['apps/v1', 'statefulsets'],
  DaemonSet: ['apps/v1', 'daemonsets'],
  PersistentVolumeClaim: ['v1', 'persistentvolumeclaims'],
  Rollout: ['argoproj.io/v1alpha1', 'rollouts'],
  Canary: ['flagger.app/v1beta1', 'canaries'],
  KnativeService: ['serving.knative.dev/v1', 'services'],
  HTTPRoute: ['gateway.networking.k8s.io/v1', 'httproutes'],
  GRPCRoute: ['gateway.networking.k8s.io/v1', 'grpcroutes'],
  ScaledObject: ['keda.sh/v1alpha1', 'scaledobjects'],
  VerticalPodAutoscaler: ['autoscaling.k8s.io/v1', 'verticalpodautoscalers'],
  CustomResourceDefinition: ['apiextensions.k8s.io/v1', 'customresourcedefinitions'],
  ValidatingAdmissionPolicy: ['admissionregistration.k8s.io/v1', 'validatingadmissionpolicies'],
  ValidatingAdmissionPolicyBinding: ['admissionregistration.k8s.io/v1', 'validatingadmissionpolicybindings'],
  TokenReview: ['authentication.k8s.io/v1', 'tokenreviews'],
  SubjectAccessReview: ['authorization.k8s.io/v1', 'subjectaccessreviews'],
  SelfSubjectReview: ['authentication.k8s.io/v1', 'selfsubjectreviews'],
  SelfSubjectAccessReview: ['authorization.k8s.io/v1', 'selfsubjectaccessreviews'],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;
export type Kind = keyof typeof KINDS;

export function pathOf(kind: Kind, namespace?: string, name?: string): string {
  const [version, plural] = KINDS[kind];
  const group = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
  const where = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${group}${where}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
