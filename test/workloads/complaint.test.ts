// Whose fault it is that pods, or a Deployment, are refused: from the sentences of a real API server (test/cluster/complaints.test.ts).
import { expect, test } from '@jest/globals';
import { refusedDeployment, refusedPods } from '../../src/workloads/complaint.ts';

const forbidden = (why: string): string => `pods "shop-5d8f-" is forbidden: ${why}`;

test.each([
  ['QuotaExceeded', forbidden('exceeded quota: tight, requested: pods=1, used: pods=3, limited: pods=3')],
  ['QuotaExceeded', forbidden('status unknown for quota: tight, resources: pods')],
  ['ServiceAccountMissing', forbidden('error looking up service account prod/robot: serviceaccount "robot" not found')],
  ['PriorityClassMissing', forbidden('no PriorityClass with name urgent was found')],
  ['RuntimeClassMissing', forbidden('pod rejected: RuntimeClass "gvisor" not found')],
  ['WebhookUnavailable', 'Internal error occurred: failed calling webhook "a.b.c": failed to call webhook: Post "https://x": no such host'],
  ['FailedCreate', forbidden('unable to create new content in namespace prod because it is being terminated')],
  ['FailedCreate', forbidden("ValidatingAdmissionPolicy 'immutableapp-freeze-pods' with binding 'b' denied request: not from here")],
  [
    'ControllersUnknown',
    forbidden(
      `ValidatingAdmissionPolicy 'immutableapp-publish' with binding 'b' denied request: Pod x carries labels. Refused was "acme": if it is a controller of this cluster, add that name`,
    ),
  ],
  ['FailedCreate', 'Timeout: request did not complete within requested timeout'],
  ['FailedCreate', 'anything at all'],
])('%s is the cluster’s fault: %s', (reason, complaint) => {
  expect(refusedPods(complaint)).toEqual({ cause: 'cluster', reason, message: `pods cannot be created: ${complaint}` });
});

test.each([
  ['PodSecurityViolation', forbidden('violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false')],
  ['PodSecurityViolation', forbidden('unable to validate against any security context constraint: []')],
  ['ResourcesUnfit', forbidden('failed quota: tight: must specify limits.cpu for: main; limits.memory for: main')],
  ['ResourcesUnfit', forbidden('maximum cpu usage per Container is 1, but limit is 2')],
  [
    'ResourcesUnfit',
    forbidden('[minimum memory usage per Pod is 1Gi, but request is 1Mi, maximum cpu usage per Pod is 1, but limit is 2]'),
  ],
  ['ResourcesUnfit', forbidden('cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000')],
  ['PodsDenied', 'admission webhook "images.corp.example" denied the request: image not signed'],
  ['PodsDenied', 'admission webhook "images.corp.example" denied the request: is forbidden: exceeded quota: of words'],
  ['PodsDenied', forbidden("ValidatingAdmissionPolicy 'no-root' with binding 'b' denied request: exceeded quota: of roots")],
])('%s is the template’s fault: %s', (reason, complaint) => {
  expect(refusedPods(complaint)).toEqual({ cause: 'version', reason, message: `pods cannot be created: ${complaint}` });
});

test('nobody complains: nothing is said', () => {
  expect(refusedPods('')).toBeUndefined();
});

test.each([
  [
    'deployments.apps "shop" is forbidden: exceeded quota: tight, requested: count/deployments.apps=1, used: x, limited: x',
    'QuotaExceeded',
  ],
  ['admission webhook "a.b.c" denied the request: image not signed', 'InvalidTemplate'],
  ['Deployment.apps "shop" is invalid: spec.template.spec.containers[0].image: Required value', 'InvalidTemplate'],
  ['deployments.apps "shop" is forbidden: ValidatingAdmissionPolicy \'p\' denied request: no', 'InvalidTemplate'],
])('of a Deployment: %s', (words, reason) => {
  expect(refusedDeployment(words)).toBe(reason);
});
