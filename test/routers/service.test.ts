// Services as routers: who follows whom, what a move writes, when endpoints have followed.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Action, Rewrite } from '../../src/model/action.ts';
import type { App } from '../../src/model/app.ts';
import type { InstanceSeen, ServiceSeen } from '../../src/model/observed.ts';
import type { SwapPatch } from '../../src/model/object.ts';
import type { InstanceName } from '../../src/model/version.ts';
import { projectService, projectSlice } from '../../src/routers/endpoints.ts';
import { leftBehind, mismatch } from '../../src/routers/adoption.ts';
import { ROUTERS } from '../../src/routers/index.ts';
import { converged, follows, point, reshape, selects } from '../../src/routers/service.ts';
import { stampOf } from '../../src/routers/stamp.ts';
import { APP, given, id, up, WEB } from '../given.ts';
import type { ServiceGiven } from '../given.ts';

const KEY = 'immutableapp.io/instance';
const name = (nickname: string): InstanceName => id(nickname) as string as InstanceName;
const ROUTE = { instance: name('one'), previous: '' as const, switchNumber: 1 };
const world = (wish: ServiceGiven, spec: Record<string, unknown> = {}) => {
  const seen = given({ versions: { one: up(3), two: up(3) }, switches: ['one'], services: { web: wish }, spec });
  return { app: seen.app as App, service: seen.services[0]!, one: seen.instances[0]!, wish: (seen.app as App).services[0]! };
};
const foreign = { foreign: true, adopt: APP, selector: { app: APP } } as const;
const services = [{ name: 'web' }];

interface Written {
  readonly metadata: { readonly annotations: Patch };
  readonly spec: { readonly selector: Patch };
}
type Patch = Readonly<Record<string, string | null>>;
/** As the API server merges. */
const merged = (before: Readonly<Record<string, string>>, patch: Patch) =>
  Object.fromEntries(Object.entries({ ...before, ...patch }).filter((entry): entry is [string, string] => entry[1] !== null));

describe('follows', () => {
  test.each<[string, ServiceGiven, boolean]>([
    ['that says exactly what the route says', {}, true],
    ['on another instance', { on: 'two', stamp: { switchNumber: 1, instance: 'one', previous: '' } }, false],
    ['with a stamp for another instance', { stamp: { switchNumber: 1, instance: 'two', previous: '' }, on: 'one' }, false],
    ['of an older switch', { on: 'one', stamp: { switchNumber: 0 } }, false],
    ['of another App’s stamp', { on: 'one', stamp: { switchNumber: 1, uid: 'uid-former' } }, false],
    ['without a stamp', { on: 'one', stamp: 'none' }, false],
    ['with a scribble for a stamp', { on: 'one', stamp: 'scribble' }, false],
    ['of ours with a key more', { on: 'one', selector: { tier: 'x' } }, false],
    ['of ours without our label', { unlabelled: true }, false],
    ['with the label of another App', { labels: { 'immutableapp.io/app': 'other' } }, false],
    ['emptied', { selector: {}, stamp: { switchNumber: 1, instance: 'one' } }, false],
  ])('a Service %s', (_what, wish, is) => {
    const { app, service } = world(wish);
    expect(follows(app, service, ROUTE)).toBe(is);
  });
  test('an adopted Service may keep keys of its own', () => {
    const { app, service } = world({ ...foreign, on: 'one' }, { services });
    expect(follows(app, service, ROUTE)).toBe(true);
    expect(selects(app, service)).toBe(name('one'));
  });
});

describe('point', () => {
  const moved = (wish: ServiceGiven, spec = {}) => {
    const { app, service } = world(wish, spec);
    return {
      action: point(app, app.services[0]!, service, { instance: name('two'), previous: name('one'), switchNumber: 2 }, false),
      service,
    };
  };
  test('sets our key, a stamp, and is a compare-and-swap on what was seen', () => {
    const { action, service } = moved({});
    expect(action).toEqual({
      do: 'switch',
      service: 'web',
      resourceVersion: service.resourceVersion,
      selector: { [KEY]: name('two') },
      stamp: { uid: 'uid-app', generation: 7, instance: name('two'), previous: name('one'), switchNumber: 2 },
      repair: false,
      role: 'Active',
    });
  });
  test('takes strangers’ keys off a Service of ours, and leaves them on an adopted one', () => {
    expect(moved({ on: 'one', selector: { tier: 'x', app: 'y' } }).action).toMatchObject({
      selector: { tier: null, app: null, [KEY]: name('two') },
    });
    const { action } = moved({ ...foreign, on: 'one' }, { services });
    expect((action as Extract<Action, { do: 'switch' }>).selector).toEqual({ [KEY]: name('two') });
  });
  test('what is pointed at a route follows it, whatever it was before', () => {
    const wishes: ServiceGiven[] = [{}, { on: 'two' }, { selector: { a: 'b' }, stamp: 'scribble' }, { selector: {}, stamp: 'none' }];
    for (const wish of wishes) {
      const { app, service } = world(wish);
      const action = point(app, app.services[0]!, service, ROUTE, true) as Extract<Action, { do: 'switch' }>;
      const { metadata, spec } = ROUTERS.Service.patch(app, action) as SwapPatch & Written;
      const after = {
        ...service,
        selector: merged(service.selector, spec.selector),
        annotations: merged(service.annotations, metadata.annotations),
      };
      expect(follows(app, after, ROUTE)).toBe(true);
    }
  });
});

describe('what is written over a Service', () => {
  const over = { service: 'web', resourceVersion: '7' };
  const stamp = { uid: 'u', generation: 7, instance: name('two'), previous: name('one'), switchNumber: 2 };
  const move = { do: 'switch', ...over, selector: { [KEY]: name('two') }, stamp, repair: false, role: 'Active' } as const;
  const shape = { spec: { ports: [], type: null }, labels: { a: 'b', c: null }, annotations: { d: 'e' } };
  const owner = { apiVersion: 'v', kind: 'K', name: APP, uid: 'u', controller: true, blockOwnerDeletion: true };
  const LABEL = 'immutableapp.io/app';
  const STAMP = 'immutableapp.io/stamp';
  const stamped = { [STAMP]: JSON.stringify(stamp) };
  test.each<[Rewrite, object, object | undefined]>([
    [move, { labels: { [LABEL]: APP }, annotations: stamped }, { selector: move.selector }],
    [
      { ...move, shape },
      { labels: { a: 'b', c: null, [LABEL]: APP }, annotations: { d: 'e', ...stamped } },
      { ...shape.spec, selector: move.selector },
    ],
    [{ do: 'reshape', ...over, shape }, { labels: shape.labels, annotations: shape.annotations }, shape.spec],
    [{ do: 'reclaim', ...over, owner }, { ownerReferences: [owner] }, undefined],
    [{ do: 'release', ...over }, { labels: { [LABEL]: null }, annotations: { [STAMP]: null } }, { selector: { [KEY]: null } }],
  ])('is what %j says, if it is as it was seen', (action, metadata, spec) => {
    const body = { metadata: { resourceVersion: '7', ...metadata }, ...(spec === undefined ? {} : { spec }) };
    expect(ROUTERS.Service.patch({ name: APP }, action)).toEqual(body);
  });
});

describe('a stamp', () => {
  test('that is anything but ours is none, and no error', () => {
    const { service } = world({});
    const scribbled = (text: string): ServiceSeen => ({ ...service, annotations: { 'immutableapp.io/stamp': text } });
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof (stampOf(scribbled(text))?.switchNumber ?? 0) === 'number'));
    for (const text of [
      'null',
      '1',
      '[]',
      '{}',
      '{"uid":"u","instance":"i","switch":"2"}',
      '{"uid":"u","instance":"i","switchNumber":1.5}',
    ])
      expect(stampOf(scribbled(text))).toBeUndefined();
  });
});

describe('converged', () => {
  const { service, one } = world({});
  const endpoints = (...found: [string | undefined, boolean][]) =>
    found.map(([instance, ready]) => ({
      pod: 'a-pod',
      instance: instance === undefined ? undefined : name(instance),
      origin: 'unknown' as const,
      ready,
    }));
  test.each<[string, [string | undefined, boolean][], Partial<InstanceSeen>, boolean]>([
    [
      'as many as are available',
      [
        ['one', true],
        ['one', true],
        ['one', true],
      ],
      {},
      true,
    ],
    [
      'fewer',
      [
        ['one', true],
        ['one', true],
      ],
      {},
      false,
    ],
    ['none while pods are wanted', [], { available: 0 }, false],
    ['none, scaled to zero', [], { available: 0, replicas: 0 }, true],
    [
      'one of the former, not ready any more',
      [
        ['one', true],
        ['one', true],
        ['one', true],
        ['two', false],
      ],
      {},
      true,
    ],
    [
      'one of the former, still ready',
      [
        ['one', true],
        ['one', true],
        ['one', true],
        ['two', true],
      ],
      {},
      false,
    ],
    [
      'a stranger’s',
      [
        ['one', true],
        ['one', true],
        ['one', true],
        [undefined, true],
      ],
      {},
      false,
    ],
  ])('%s', (_what, found, change, is) => {
    expect(converged({ ...service, endpoints: endpoints(...found) }, { ...one, ...change })).toBe(is);
  });
  test('a Service that selects nothing has not converged', () => {
    expect(converged({ ...service, selector: {}, endpoints: [] }, { ...one, replicas: 0, available: 0 })).toBe(false);
  });
});

describe('mismatch', () => {
  test('a key of an adopted Service that the pods do not carry is named', () => {
    const { app, service, one } = world({ ...foreign, selector: { app: APP, tier: 'gold' } }, { services });
    expect(mismatch(app, service, one)).toContain('asks for tier=gold');
    expect(mismatch(app, { ...service, selector: { app: APP, [KEY]: 'elsewhere' } }, one)).toBeUndefined();
  });
});

describe('reshape', () => {
  test('leaves a Service alone that has the shape, whatever the server added', () => {
    const { app, service, wish } = world({ spec: { clusterIPs: ['10.0.0.7'], ipFamilies: ['IPv4'], internalTrafficPolicy: 'Cluster' } });
    expect(reshape(app, wish, service)).toBeUndefined();
  });
  test('never touches the selector, and takes away with null what spec no longer says', () => {
    const { app, service, wish } = world({
      shapedBy: { ...WEB, sessionAffinity: 'ClientIP', externalTrafficPolicy: 'Local', type: 'NodePort' },
    });
    const action = reshape(app, wish, service) as Extract<Action, { do: 'reshape' }>;
    expect(action.shape.spec).toEqual({ ports: WEB.ports, sessionAffinity: null, externalTrafficPolicy: null, type: null });
    expect(Object.keys(action.shape.spec)).not.toContain('selector');
  });
  test('puts our label back, though the shape is as it should be', () => {
    const { app, service, wish } = world({ unlabelled: true });
    const action = reshape(app, wish, service) as Extract<Action, { do: 'reshape' }>;
    expect(action.shape.labels).toEqual({ 'immutableapp.io/app': APP });
  });
  test('an adopted Service has no shape of ours', () => {
    const { app, service, wish } = world(foreign, { services });
    expect(reshape(app, wish, service)).toBeUndefined();
  });
});

test('a Service that spec no longer lists is ours to delete, adopted to let go, or nobody’s business', () => {
  const { app } = world({});
  const left = (wish: ServiceGiven) =>
    leftBehind({ ...app, services: [] }, [world(wish, wish.foreign === true ? { services } : {}).service]).map((action) => action.do);
  expect(left({})).toEqual(['retire']);
  expect(left({ ...foreign, on: 'one' })).toEqual(['release']);
  expect(left({ ...foreign })).toEqual([]);
  expect(left({ deleting: true })).toEqual([]);
});

describe('what is seen', () => {
  test('of a Service that is neither ours nor consents: its name, fitness and selector', () => {
    const seen = projectService({
      metadata: { name: 'x', namespace: 'n', labels: { a: 'b' } },
      spec: { type: 'ExternalName', selector: { a: 'b' }, ports: [{ port: 1 }] },
    });
    expect(seen).toMatchObject({ name: 'x', type: 'ExternalName', selector: { a: 'b' }, labels: {}, ports: [], spec: {} });
  });
  test('of slices: those of the EndpointSlice controller, ready unless said otherwise', () => {
    const slice = (by: string) => ({
      metadata: {
        name: 's',
        namespace: 'n',
        labels: { 'kubernetes.io/service-name': 'web', 'endpointslice.kubernetes.io/managed-by': by },
      },
      endpoints: [{ targetRef: { uid: 'a', name: 'pod-a' } }, { targetRef: { uid: 'b', name: 'pod-b' }, conditions: { ready: false } }],
    });
    expect(projectSlice(slice('endpointslice-controller.k8s.io'))).toMatchObject({
      service: 'service:n/web',
      endpoints: [
        { pod: 'a', name: 'pod-a', ready: true },
        { pod: 'b', name: 'pod-b', ready: false },
      ],
    });
    expect(projectSlice(slice('somebody'))).toMatchObject({ service: '' });
    // Without a port nobody is reached, ready or not.
    for (const ports of [[], null]) {
      const { endpoints } = projectSlice({ ...slice('endpointslice-controller.k8s.io'), ports });
      expect(endpoints.map(({ dark }) => dark)).toEqual([true, true]);
    }
  });
  test('of whatever JSON: something, never an error', () => {
    fc.assert(fc.property(fc.jsonValue(), (raw) => Boolean(projectService(raw)) && Boolean(projectSlice(raw))));
  });
});
