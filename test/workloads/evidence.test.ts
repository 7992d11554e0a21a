// Why pods do not come up, from what a real kubelet, scheduler and Deployment controller write into status.
import { expect, test } from '@jest/globals';
import { evidenceOf } from '../../src/workloads/evidence.ts';

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

test('a ConfigMap that is missing is told in the words of the kubelet', () => {
  const waiting = { ...running, state: { waiting: { reason: 'CreateContainerConfigError', message: 'configmap "x" not found' } } };
  expect(evidenceOf([pod({ containerStatuses: [waiting] })], '').message).toBe(
    'container main is not ready: CreateContainerConfigError configmap "x" not found',
  );
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
