// Gates as authors write them.
import { expect, test } from '@jest/globals';
import { gatesOf } from '../../src/model/gates.ts';

const hours = { timeZone: 'UTC', from: '09:00', to: '16:00' };
const [gate] = gatesOf('before', [{ name: 'hours', window: hours }]);

test('defaults are filled in', () => {
  expect(gate).toMatchObject({
    phase: 'before',
    name: 'hours',
    enforce: true,
    timeoutSeconds: undefined,
    spec: { is: 'window', timeZone: 'UTC', days: [], except: [] },
  });
});

test('what is said otherwise is another gate, and who enforces it is not said', () => {
  const digestOf = (more: object): string => gatesOf('before', [{ name: 'hours', window: hours, ...more }])[0]!.digest;
  expect(digestOf({})).toBe(gate!.digest);
  expect(digestOf({ enforce: false })).toBe(gate!.digest);
  expect(digestOf({ timeoutSeconds: 60 })).not.toBe(gate!.digest);
  expect(digestOf({ window: { ...hours, to: '17:00' } })).not.toBe(gate!.digest);
});

test.each([
  ['of no kind', {}, []],
  ['of a kind of tomorrow', { tea: {} }, ['tea']],
  ['of two kinds', { window: hours, http: {} }, ['http', 'window']],
  ['that is no object', { window: 'always' }, ['window']],
])('one %s is a gate, and known by nobody', (_what, said, names) => {
  expect(gatesOf('after', [{ name: 'odd', ...said }])).toMatchObject([{ spec: { is: 'unknown', said: names }, timeoutSeconds: 600 }]);
});

test('a kind that is null is not said', () => {
  expect(gatesOf('before', [{ name: 'hours', http: null, window: hours }])).toMatchObject([{ spec: { is: 'window' } }]);
});

test('hours take only what is of the right type, and wait without an end, as one says with 0', () => {
  const [odd] = gatesOf('before', [
    { name: 'hours', timeoutSeconds: 0, window: { ...hours, days: ['Mon', 5, null], except: [1, '2030-01-31'] } },
  ]);
  expect(odd).toMatchObject({ spec: { days: ['Mon'], except: ['2030-01-31'] } });
  expect(odd!.timeoutSeconds).toBeUndefined();
});

test('of what Prometheus knows: the bounds as they are said, and a comparison only where one is asked for', () => {
  const prometheus = (more: object) => gatesOf('after', [{ name: 'rate', prometheus: { source: 'prom', ...more } }])[0]!.spec;
  expect(prometheus({ query: 'up', max: 0.5, min: '0', compare: null })).toMatchObject({ is: 'threshold', max: 0.5, min: undefined });
  expect(prometheus({ compare: { total: 'a', bad: 'b', atMost: 2 }, alpha: 0.05 })).toMatchObject({
    is: 'compare',
    atMost: 2,
    alpha: 0.05,
  });
  expect(prometheus({ compare: { total: 'a', bad: 'b' } })).toMatchObject({ is: 'compare', atMost: 1.25, alpha: 0.01 });
});

test('of a request: what it takes for good, and only what is of the right type', () => {
  const http = (more: object) => gatesOf('before', [{ name: 'up', http: { port: 'http', ...more } }])[0]!.spec;
  expect(http({})).toEqual({
    is: 'http',
    port: 'http',
    path: '/',
    headers: [],
    status: [200],
    intervalSeconds: 5,
    passes: 3,
    failures: 3,
  });
  expect(
    http({ path: '/healthz', status: [204, '200', null], headers: [{ name: 'X-Probe', value: '1' }, { name: 'X-Empty' }] }),
  ).toMatchObject({
    path: '/healthz',
    status: [204],
    headers: [
      { name: 'X-Probe', value: '1' },
      { name: 'X-Empty', value: '' },
    ],
  });
});
