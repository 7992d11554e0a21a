// Why pods do not come up, from what a real kubelet, scheduler and Deployment controller write into status.
import { expect, test } from '@jest/globals';
import { evidenceOf, symptomOf } from '../../src/workloads/evidence.ts';

const pod = (status: object, metadata: object = {}): object => ({ metadata: { name: 'shop-1', ...metadata }, status });
const running = { name: 'main', ready: false, restartCount: 0, state: { running: {} } };
const looping = {
  name: 'main',
  ready: false,
  restartCount: 4,
  state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 1m20s restarting failed container' } },
  lastState: { terminated: { exitCode: 3, reason: 'Error', message: 'no such file:\n  /etc/httpd.conf\n' } },
};
const pulling = {
  name: 'main',
  ready: false,
  restartCount: 0,
  state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "web:9"' } },
};
const unscheduled = {
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available: 3 Insufficient cpu.' }],
};

test('a crash loop: container, exit code, reason and last words, on one line', () => {
  expect(evidenceOf([pod({ containerStatuses: [looping] })], '')).toEqual({
    cause: 'version',
    reason: 'CrashLoop',
    container: 'main',
    exitCode: 3,
    message: 'container main crashed 4 times (Error, exit code 3): no such file: /etc/httpd.conf',
  });
});

test('killed for memory, between two restarts', () => {
  const killed = { ...looping, state: { running: {} }, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } };
  expect(evidenceOf([pod({ containerStatuses: [killed] })], '')).toMatchObject({
    reason: 'CrashLoop',
    exitCode: 137,
    message: 'container main crashed 4 times (OOMKilled, exit code 137): it left no message',
  });
});

test('an init container that fails counts like any other', () => {
  expect(evidenceOf([pod({ initContainerStatuses: [{ ...looping, name: 'init' }], containerStatuses: [running] })], '')).toMatchObject({
    reason: 'CrashLoop',
    container: 'init',
  });
});

test('an init container that did its work is no crash', () => {
  const done = { name: 'init', ready: true, restartCount: 0, state: { terminated: { exitCode: 0, reason: 'Completed' } } };
  expect(evidenceOf([pod({ initContainerStatuses: [done], containerStatuses: [running] })], '')).toMatchObject({
    reason: 'NotReadyInTime',
    container: 'main',
  });
});

test.each([
  ['an image that cannot be pulled', [pod({ containerStatuses: [pulling] })], '', 'ImagePullFailed', 'Back-off pulling image "web:9"'],
  ['no node for it', [pod(unscheduled)], '', 'Unschedulable', 'pod shop-1 finds no node: 0/3 nodes are available: 3 Insufficient cpu.'],
  ['a quota', [], 'pods "x" is forbidden: exceeded quota: tight', 'QuotaExceeded', 'exceeded quota: tight'],
])('%s is the fault of the cluster', (_what, pods, complaint, reason, words) => {
  const evidence = evidenceOf(pods, complaint);
  expect(evidence).toMatchObject({ cause: 'cluster', reason });
  expect(evidence.message).toContain(words);
});

test('a crash is the version’s own fault, whatever the cluster lacks besides', () => {
  const pods = [pod(unscheduled), pod({ containerStatuses: [pulling] }), pod({ containerStatuses: [looping] })];
  expect(evidenceOf(pods, 'exceeded quota')).toMatchObject({ cause: 'version', reason: 'CrashLoop' });
});

test('a probe that does not pass is the version’s own fault', () => {
  expect(evidenceOf([pod({ containerStatuses: [running] })], '')).toEqual({
    cause: 'version',
    reason: 'NotReadyInTime',
    container: 'main',
    message: 'container main is not ready: its readiness probe does not pass',
  });
});

test.each([
  ['secret "db" not found', 'SecretMissing'],
  ["couldn't find key password in Secret shop/db", 'SecretMissing'],
  ['configmap "x" not found', 'ConfigMissing'],
  ["couldn't find key a key in ConfigMap shop/x", 'ConfigMissing'],
])('%s: told in the words of the kubelet, and tried again', (message, reason) => {
  const waiting = { ...running, state: { waiting: { reason: 'CreateContainerConfigError', message } } };
  expect(evidenceOf([pod({ containerStatuses: [waiting] })], '')).toEqual({
    cause: 'cluster',
    reason,
    container: 'main',
    message: `container main cannot be configured: ${message}`,
  });
});

test('a configuration that is wrong for another reason is its own fault', () => {
  const message = 'container has runAsNonRoot and image will run as root';
  const waiting = { ...running, state: { waiting: { reason: 'CreateContainerConfigError', message } } };
  expect(evidenceOf([pod({ containerStatuses: [waiting] })], '')).toMatchObject({
    cause: 'version',
    reason: 'NotReadyInTime',
    message: `container main is not ready: CreateContainerConfigError ${message}`,
  });
});

test('a container that was never started is not to blame: what it waits for is named', () => {
  const waiting = { ...running, state: { waiting: { reason: 'ContainerCreating' } } };
  const volumes = [
    { name: 'a', secret: { secretName: 'tls' } },
    { name: 'b', secret: { secretName: 'maybe', optional: true } },
    { name: 'c', persistentVolumeClaim: { claimName: 'disk' } },
    { name: 'd', emptyDir: {} },
    { name: 'e', configMap: { name: 'kube-root-ca.crt' } },
  ];
  const evidence = evidenceOf([{ ...pod({ containerStatuses: [waiting] }), spec: { volumes } }], '');
  expect(evidence).toEqual({
    cause: 'cluster',
    reason: 'NotStarted',
    container: 'main',
    message: 'container main is still being created: is one of its volumes missing (Secret tls, PersistentVolumeClaim disk)?',
  });
  expect(evidenceOf([pod({ containerStatuses: [waiting] })], '').message).toBe('container main is still being created');
});

test('pods that are going say nothing any more', () => {
  const going = pod({ containerStatuses: [looping] }, { deletionTimestamp: '2026-03-01T12:00:00Z' });
  expect(evidenceOf([going, pod({ containerStatuses: [running] })], '')).toMatchObject({ reason: 'NotReadyInTime' });
});

test('of no pods at all it says so, and never more than a kilobyte of anything', () => {
  expect(evidenceOf([], '')).toEqual({ cause: 'version', reason: 'NotReadyInTime', message: 'it has no pods' });
  const long = { ...looping, lastState: { terminated: { exitCode: 1, message: 'x'.repeat(5000) } } };
  expect(evidenceOf([pod({ containerStatuses: [long] })], '').message.length).toBeLessThanOrEqual(1024);
});

test.each([undefined, null, 'x', {}, { status: { containerStatuses: 'no' } }])('%p is no reason to stumble', (odd) => {
  expect(evidenceOf([odd], '')).toMatchObject({ cause: 'version' });
});

test('without a verdict the same trouble is told in the same words for ten minutes: other counts are no news', () => {
  const at = Date.parse('2026-03-01T12:00:00Z');
  const crashed = (restartCount: number) => [pod({ containerStatuses: [{ ...looping, restartCount }] })];
  const first = symptomOf(crashed(3), undefined, at);
  expect(first).toMatchObject({ reason: 'CrashLoop', message: expect.stringContaining('crashed 3 times'), at, toldAt: at });
  const later = symptomOf(crashed(5), first, at + 60_000);
  expect(later).toEqual({ ...first, at: at + 60_000 });
  expect(symptomOf(crashed(9), later, at + 600_000)).toMatchObject({ message: expect.stringContaining('crashed 9 times') });
  expect(symptomOf([pod({ containerStatuses: [pulling] })], later, at + 61_000)).toMatchObject({
    reason: 'ImagePullFailed',
    message: expect.stringContaining('Back-off'),
    toldAt: at + 61_000,
  });
});
