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
