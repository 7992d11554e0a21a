// Which Apps an event concerns, where no label says so: Services that are nobody's find pods by their selector.
import { beforeEach, expect, test } from '@jest/globals';
import type { AppKey } from '../../src/model/version.ts';
import { Cache } from '../../src/shell/store/cache.ts';

let told: string[] = [];
let cache: Cache;
let version = 1;
const key = 'prod/shop' as AppKey;
const meta = (name: string, more: object = {}) => ({
  ...{ name, namespace: 'prod', uid: `uid-${name}`, resourceVersion: String(version++), creationTimestamp: '2026-01-01T00:00:00Z' },
  ...more,
});
const app = (name: string, services: object[] = []) => ({
  metadata: meta(name, { generation: version }),
  spec: { template: { spec: {} }, services },
});
const instance = (name: string, of: string, labels: object, namespace = 'prod') => ({
  metadata: meta(name, { namespace, labels: { 'immutableapp.io/app': of } }),
  spec: { template: { metadata: { labels } } },
});
const service = (name: string, selector: object | undefined, more: object = {}) => ({ metadata: meta(name, more), spec: { selector } });
const put = (kind: 'Service' | 'Deployment' | 'ImmutableApp', raw: object): void => {
  cache.sink(kind).put(raw);
};
/** Whom news of a Service concern. */
const concerned = (raw: object, news: 'put' | 'drop' = 'put'): string[] => {
  told = [];
  cache.sink('Service')[news](raw);
  return [...new Set(told)].toSorted();
};
const neighbours = (): string[] => (cache.snapshot(key)?.neighbours ?? []).map(({ name }) => name).toSorted();

beforeEach(() => {
  cache = new Cache((one) => told.push(one));
  put('ImmutableApp', app('shop'));
  put('ImmutableApp', app('other'));
  put('Deployment', instance('shop-1', 'shop', { app: 'web', tier: 'front' }));
  put('Deployment', instance('other-1', 'other', { app: 'api' }));
  put('Deployment', instance('elsewhere-1', 'shop', { app: 'web' }, 'test'));
});

test('a foreign Service concerns the Apps whose pods it finds, when it comes, changes its selector and goes', () => {
  expect(concerned(service('legacy', { app: 'web' }))).toEqual(['prod/shop']);
  expect(neighbours()).toEqual(['legacy']);
  expect(concerned(service('legacy', { app: 'api' }))).toEqual(['prod/other', 'prod/shop']);
  expect(neighbours()).toEqual([]);
  expect(concerned(service('legacy', { app: 'nobody' }))).toEqual(['prod/other']);
  expect(concerned(service('legacy', { app: 'web', tier: 'front' }))).toEqual(['prod/shop']);
  expect(concerned(service('legacy', undefined), 'drop')).toEqual(['prod/shop']);
  expect(neighbours()).toEqual([]);
});

test('whatever else changes on a foreign Service concerns nobody', () => {
  put('Service', service('legacy', { app: 'web' }));
  expect(concerned(service('legacy', { app: 'web' }, { labels: { a: 'b' } }))).toEqual([]);
  expect(concerned(service('bare', undefined))).toEqual([]);
});

test('a Service that spec names, or that carries our label, is no neighbour', () => {
  put('ImmutableApp', app('shop', [{ name: 'listed' }]));
  put('Service', service('listed', { app: 'web' }));
  put('Service', service('ours', { app: 'web' }, { labels: { 'immutableapp.io/app': 'shop' } }));
  put('Service', { metadata: meta('away'), spec: { type: 'ExternalName', selector: { app: 'web' } } });
  expect(neighbours()).toEqual([]);
  expect(
    cache
      .snapshot(key)
      ?.services.map(({ name }) => name)
      .toSorted(),
  ).toEqual(['listed', 'ours']);
});

test('a Service in another namespace finds nothing here', () => {
  expect(concerned(service('legacy', { app: 'web' }, { namespace: 'test' }))).toEqual(['test/shop']);
  expect(neighbours()).toEqual([]);
});
