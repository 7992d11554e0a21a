// Existing Services: what is read of them, whose slices and selectors they are, which of them find our pods.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { App } from '../../src/model/app.ts';
import type { ServiceSeen } from '../../src/model/observed.ts';
import { finds, unfit } from '../../src/routers/adoption.ts';
import { foreignSlice, foreignSlices, podKeys, projectService, selectorKeys } from '../../src/routers/endpoints.ts';
import { revertsOn, stampOf } from '../../src/routers/stamp.ts';
import { APP, given, up } from '../given.ts';

const existing = (name: string) => {
  const seen = given({
    versions: { one: up(3) },
    spec: { services: [{ name }] },
    services: { [name]: { foreign: true, adopt: APP, selector: { app: APP } } },
  });
  return { app: seen.app as App, service: seen.services[0]!, wish: (seen.app as App).services[0]! };
};

test('the API server’s own Service is unfit, another of its name is not', () => {
  const { app, service, wish } = existing('kubernetes');
  expect(unfit(app, wish, service)).toBeUndefined();
  expect(unfit({ ...app, namespace: 'default' }, wish, service)).toMatchObject({ reason: 'ServiceUnfit' });
});

describe('whose a selector is', () => {
  const selector = { 'f:spec': { 'f:selector': {}, 'f:ports': {} } };
  const writers = (...managedFields: object[]) =>
    projectService({ metadata: { name: 'x', annotations: { 'immutableapp.io/adopt': APP }, managedFields }, spec: {} }).writers;
  test('everybody’s who wrote it but ours, the last one first', () => {
    expect(
      writers(
        { manager: 'early', operation: 'Update', time: '2026-01-01T00:00:00Z', fieldsV1: selector },
        { manager: 'immutableapp', operation: 'Update', time: '2026-01-03T00:00:00Z', fieldsV1: selector },
        { manager: 'late', operation: 'Apply', time: '2026-01-02T00:00:00Z', fieldsV1: selector },
        { manager: 'ports', operation: 'Apply', time: '2026-01-04T00:00:00Z', fieldsV1: { 'f:spec': { 'f:ports': {} } } },
        { manager: 'status', operation: 'Update', time: '2026-01-04T00:00:00Z', fieldsV1: selector, subresource: 'status' },
      ),
    ).toEqual([
      { by: 'late', applied: true },
      { by: 'early', applied: false },
    ]);
  });
  test('of whatever JSON: something, never an error', () => {
    fc.assert(fc.property(fc.jsonValue(), (raw) => Array.isArray(writers(raw as object))));
  });
});

describe('foreign EndpointSlices', () => {
  test('are asked for by label: of this Service, not the controller’s, not what it left behind', () => {
    expect(foreignSlices('web').split(',')).toEqual([
      'kubernetes.io/service-name=web',
      'endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io',
      'endpoints.kubernetes.io/managed-by!=endpoint-controller',
    ]);
  });
  test.each([
    ['none', [], ''],
    [
      'one with a label',
      [{ metadata: { name: 'a', labels: { 'endpointslice.kubernetes.io/managed-by': 'mesh' } } }],
      'a, which mesh manages',
    ],
    ['one without', [{ metadata: { name: 'b', managedFields: [{ manager: 'kubectl' }] } }], 'b, which kubectl manages'],
    ['one of which nothing is known', [{}], ', which somebody manages'],
  ])('%s', (_what, slices, words) => {
    expect(foreignSlice(slices)).toBe(words === '' ? '' : `EndpointSlice ${words}`);
  });
});

describe('a Service that finds pods', () => {
  const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y'), { noNullPrototype: true });
  const service = (selector: Record<string, string>): ServiceSeen => ({ ...existing('web').service, selector });
  test('asks for nothing that they lack, and for something', () => {
    expect(finds(service({ a: 'x' }), { a: 'x', b: 'y' })).toBe(true);
    expect(finds(service({ a: 'x', c: 'x' }), { a: 'x', b: 'y' })).toBe(false);
    expect(finds(service({}), { a: 'x' })).toBe(false);
    expect(finds({ ...service({ a: 'x' }), type: 'ExternalName' }, { a: 'x' })).toBe(false);
  });
  test('is found by them: its one key is among theirs', () => {
    fc.assert(
      fc.property(labels, labels, (selector, pod) => {
        if (!finds({ selector }, pod)) return;
        const [key = 'none', ...more] = selectorKeys({ namespace: 'n', selector });
        expect(more).toEqual([]);
        expect(podKeys('n', pod)).toContain(key);
        expect(podKeys('other', pod)).not.toContain(key);
      }),
    );
  });
});

describe('reverts in a stamp', () => {
  const stamped = (reverts: unknown) => ({
    annotations: { 'immutableapp.io/stamp': JSON.stringify({ uid: 'u', instance: 'i', switchNumber: 1, reverts }) },
  });
  test('are read back, the last three, and what is none is left out', () => {
    const revert = (by: string) => ({ by, at: '2026-01-01T00:00:00.000Z' });
    const scribble = [{ by: 1, at: '' }, { by: 'x', at: 'noon' }, null, ...['a', 'b', 'c', 'd'].map(revert)];
    expect(revertsOn({ uid: 'u' }, stamped(scribble))).toEqual(['b', 'c', 'd'].map(revert));
    expect(revertsOn({ uid: 'another' }, stamped(scribble))).toEqual([]);
    expect(stampOf(stamped([]))).toEqual({ uid: 'u', instance: 'i', switchNumber: 1 });
  });
  test('that are anything else are none, and no error', () => {
    fc.assert(fc.property(fc.jsonValue(), (reverts) => revertsOn({ uid: 'u' }, stamped(reverts)).length <= 3));
  });
});
