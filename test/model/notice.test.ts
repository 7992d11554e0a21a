// What of a message is news, and what of it may be told outside of the cluster.
import { expect, test } from '@jest/globals';
import { headOf, tellable } from '../../src/model/notice.ts';

test.each([
  ['ConfigMap site is gone: deleted by bob: twice', 'ConfigMap site is gone'],
  ['image web:1.2 is another since 12:00', 'image web:1.2 is another since 12:00'],
  ['', ''],
  [undefined, ''],
])('%j is about %j', (message, head) => {
  expect(headOf(message)).toBe(head);
});

test.each([
  ['SpecInvalid', 'spec cannot be read: password: 1234', 'spec cannot be read'],
  ...(
    [
      'InvalidTemplate',
      'Denied',
      'Bug',
      'CrashLoop',
      'FailedBack',
      'FailedCreate',
      'PodSecurityViolation',
      'ResourcesUnfit',
      'PodsDenied',
    ] as const
  ).map((reason) => [reason, 'no: password: 1234', 'no'] as const),
  ['PointedVersionFailed', 'version 2 has failed (exit code 1: no such key) before', 'version 2 has failed'],
  ['ServiceMissing', 'Service web is not there: make it (or name another)', 'Service web is not there: make it (or name another)'],
] as const)('of %s the words of others stay inside', (reason, message, told) => {
  expect(tellable(reason, message)).toBe(told);
});
