// New pods of a namespace, changed by the API server as a sidecar injector changes them.
import type { ClusterClient } from '../../deploy/local/client.ts';
import { must, type Admin } from './admin.ts';
import { polled } from './harness.ts';

const GROUP = 'admissionregistration.k8s.io/v1';

export interface Mutation {
  /** Of the policy and of its binding. */
  readonly name: string;
  readonly namespace: string;
  /** What is applied to each: an Object{…} of CEL. */
  readonly expression: string;
  /** What a changed pod says. */
  readonly shows: string;
}

interface Where {
  readonly admin: Admin;
  readonly cluster: ClusterClient;
}

/** Resolves once it is in force. */
export async function mutatePods({ admin, cluster }: Where, { name, namespace, expression, shows }: Mutation): Promise<void> {
  const create = async (kind: string, resource: string, spec: object): Promise<void> => {
    must(await admin.post(`/apis/${GROUP}/${resource}`, { apiVersion: GROUP, kind, metadata: { name }, spec }));
  };
  await create('MutatingAdmissionPolicy', 'mutatingadmissionpolicies', {
    matchConstraints: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    },
    reinvocationPolicy: 'Never',
    failurePolicy: 'Fail',
    mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
  });
  await create('MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings', { policyName: name });
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'try' }, spec: { containers: [{ name: 'web', image: 'example/web:1' }] } };
  await polled(`new pods show ${shows}`, async () => {
    const { body } = await cluster.call('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
    return JSON.stringify(body).includes(shows);
  });
}
