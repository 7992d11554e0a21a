// How an action reads in a log: what is done, to which object. And who owns what we make.
import { expect, test } from '@jest/globals';
import type { Action, Stamp } from '../../src/model/action.ts';
import type { KubeObject } from '../../src/model/object.ts';
import { assertNever, deedOf, describe as say, targetOf, writeOf } from '../../src/model/action.ts';
import type { Fact } from '../../src/model/observed.ts';
import { gatesOf } from '../../src/model/gates.ts';
import type { Question } from '../../src/model/question.ts';
import { subject } from '../../src/model/question.ts';
import { appOwner } from '../../src/model/object.ts';
import type { Fingerprint, InstanceName, VersionId } from '../../src/model/version.ts';

const name = 'shop-1';
const instance = name as InstanceName;
const object: KubeObject = { apiVersion: 'v1', kind: 'Any', metadata: { name, namespace: 'prod' } };
const stamp: Stamp = { uid: 'u', generation: 1, instance, previous: '', switchNumber: 3 };
const route = { do: 'switch', service: 'web', resourceVersion: '1', selector: {}, stamp, role: 'Active' } as const;
const asks = (question: Question): Action => ({ do: 'ask', question });
const record = { name, id: name as VersionId, uid: 'r', revision: 1 };
const attest = (why: string, fact: Fact = { is: 'held', by: '' }): Action => ({ do: 'attest', record, fact, why });
const fingerprint = 'v1:x' as Fingerprint;
const blueprint = {
  ...record,
  content: '{}',
  fingerprint,
  inline: fingerprint,
  sources: [],
  versionName: '',
  by: '',
  specHash: '',
  credit: 1,
};
const [gate] = gatesOf('after', [{ name: 'smoke', webhook: { source: 'ci' } }]);
const measure: Question = { ask: 'measure', instance, uid: 'd', gate: gate!, since: 0, probe: { is: 'webhook', source: 'ci', event: {} } };
const owner = appOwner({ name: 'shop', uid: 'u' });

test.each<[string, Action]>([
  ['ask dryRun of Deployment/shop-1', asks({ ask: 'dryRun', fingerprint: 'v1:x' as Fingerprint, configs: 1, object })],
  ['ask content of ControllerRevision/shop-1', asks({ ask: 'content', id: 'shop-2' as VersionId, record: name })],
  ['ask content of ImmutableApp of shop-2', asks({ ask: 'content', id: 'shop-2' as VersionId, record: undefined })],
  ['ask source of ConfigMap/site', asks({ ask: 'source', source: 'site' })],
  ['ask pods of Deployment/shop-1', asks({ ask: 'pods', instance })],
  ['ask images of Deployment/shop-1', asks({ ask: 'images', instance, of: 'x' })],
  ['ask measure of Deployment/shop-1 for gate after/smoke', asks(measure)],
  ['ask slices of Service/web', asks({ ask: 'slices', service: 'web', uid: 'u' })],
  ['ask differences of Deployment/shop-1', asks({ ask: 'differences', instance, of: 'x', published: undefined })],
  ['ask config of ConfigMap/shop-1', asks({ ask: 'config', config: name })],
  ['trip the circuit breaker: too many', { do: 'trip', why: 'too many' }],
  ['attest shop-1.held: new', attest('new')],
  ['publish ControllerRevision/shop-1', { do: 'publish', kind: 'ControllerRevision', record: blueprint, why: 'new' }],
  ['publish ConfigMap/shop-1', { do: 'publish', kind: 'ConfigMap', object, why: 'new' }],
  ['expose Service/shop-1', { do: 'expose', object }],
  ['reshape Service/web', { do: 'reshape', service: 'web', resourceVersion: '1', shape: { spec: {}, labels: {}, annotations: {} } }],
  ['scale Deployment/shop-1 1 → 3', { do: 'scale', instance, uid: 'u', from: 1, to: 3 }],
  ['switch Service/web → shop-1 (switch 3)', { ...route, repair: false }],
  ['put back Service/web → shop-1 (switch 3)', { ...route, repair: true }],
  ['reclaim Service/web', { do: 'reclaim', service: 'web', resourceVersion: '1', owner }],
  ['release Service/web', { do: 'release', service: 'web', resourceVersion: '1' }],
  ['retire Service/web', { do: 'retire', kind: 'Service', name: 'web', uid: 'u', why: 'not in spec' }],
])('%s', (line, action) => {
  expect(say(action)).toBe(line);
});

const scale = (from: number, to: number): Action => ({ do: 'scale', instance, uid: 'u', from, to });
const move = { ...route, repair: false } as const;
test.each<[string, boolean, Action, Action]>([
  ['in other words', true, attest('one'), attest('two')],
  ['another fact', false, attest('one'), attest('one', { is: 'rejected', by: '' })],
  ['to another size', false, scale(1, 3), scale(1, 4)],
  ['from another size', false, scale(1, 3), scale(2, 3)],
  ['another question', false, asks({ ask: 'source', source: 'x' }), asks({ ask: 'config', config: 'x' })],
  ['over a Service that has changed since', false, move, { ...move, resourceVersion: '2' }],
  ['put back', false, move, { ...move, repair: true }],
  ['of another number', false, move, { ...move, stamp: { ...stamp, switchNumber: 4 } }],
  ['with a shape', false, move, { ...move, shape: { spec: {}, labels: {}, annotations: {} } }],
  ['to the same, undone before', true, move, { ...move, stamp: { ...stamp, reverts: [{ by: 'bob', at: '' }] } }],
])('a write is the same or another one: %s', (_what, same, one, other) => {
  expect(writeOf(1, one) === writeOf(1, other)).toBe(same);
  expect(writeOf(1, one)).not.toBe(writeOf(2, one));
});

test('what is read of an instance is kept under its name, and what is measured under its Deployment and the gate', () => {
  expect(subject({ ask: 'images', instance, of: 'x' })).toBe('shop-1');
  expect(subject(measure)).toBe(`d after/smoke ${gate!.digest}`);
});

test('the circuit breaker is nobody’s object', () => {
  expect(targetOf({ do: 'trip', why: 'too many' })).toBe('');
});

test('what is done again over something else is the same deed', () => {
  expect(deedOf(move)).toBe(deedOf({ ...move, resourceVersion: '2' }));
  expect(deedOf(move)).not.toBe(deedOf({ ...move, service: 'other' }));
});

test('what we make is controlled by the App, and the App does not go before it', () => {
  expect(owner).toEqual({
    apiVersion: 'immutableapp.io/v1alpha1',
    kind: 'ImmutableApp',
    name: 'shop',
    uid: 'u',
    controller: true,
    blockOwnerDeletion: true,
  });
});

test('what the compiler did not expect is said with the value', () => {
  expect(() => assertNever({ do: 'patch' } as never)).toThrow('unreachable: {"do":"patch"}');
  expect(() => say({ do: 'patch' } as never)).toThrow('unreachable: {"do":"patch"}');
});

test('what the compiler did not expect has no object', () => {
  expect(() => targetOf({ do: 'patch' } as never)).toThrow('unreachable: {"do":"patch"}');
});
