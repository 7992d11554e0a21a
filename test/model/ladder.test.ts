// The Services of a ladder, and what a route says of them.
import { expect, test } from '@jest/globals';
import { inside, rungName, rungsOf, weightsOf } from '../../src/model/ladder.ts';

const RUNGS = rungsOf('web', [{ percent: 5, seconds: 60 }, { percent: 25 }, {}]);

test('a rung is named after its Service and its place, and the last one is the switch', () => {
  expect(RUNGS).toEqual([
    { of: 'web', position: 1, percent: 5, seconds: 60, isTop: false },
    { of: 'web', position: 2, percent: 25, seconds: 0, isTop: false },
    { of: 'web', position: 3, percent: 100, seconds: 0, isTop: true },
  ]);
  expect(RUNGS.map(rungName)).toEqual(['web-r1', 'web-r2', 'web-r3']);
});

test('a route gives each what it adds to those below, a hundred in all', () => {
  expect(weightsOf(RUNGS)).toEqual([5, 20, 75]);
});

test('a rung lets nobody in from outside', () => {
  expect(
    inside({ type: 'LoadBalancer', externalIPs: ['192.0.2.1'], sessionAffinity: 'ClientIP', ports: [{ port: 80, nodePort: 30080 }] }),
  ).toEqual({
    sessionAffinity: 'ClientIP',
    ports: [{ port: 80 }],
  });
});

test('a rung treats its clients as the Service does', () => {
  const shape = {
    ports: [{ port: 80, targetPort: 'http' }],
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
    internalTrafficPolicy: 'Local',
    trafficDistribution: 'PreferClose',
    ipFamilies: ['IPv6'],
    ipFamilyPolicy: 'SingleStack',
  };
  expect(inside(shape)).toEqual(shape);
});
