// What the cache makes of news that come in an odd order, and of Apps that nobody saw go.
import { expect, test } from '@jest/globals';
import { complete } from '../../src/gates/readiness.ts';
import { parse } from '../../src/model/app.ts';
import type { AppKey } from '../../src/model/version.ts';
import { ANNOTATION, API_VERSION, KIND, LABEL } from '../../src/model/vocabulary.ts';
import { Cache } from '../../src/shell/store/cache.ts';
import { blank } from '../../src/shell/store/memory.ts';

const key = 'team/shop' as AppKey;
const told: string[] = [];
const cacheOf = (): Cache => {
  told.length = 0;
  return new Cache((app) => told.push(app));
};
const metadata = (name: string, uid: string, resourceVersion: string, more: object = {}) => ({
  name,
  namespace: 'team',
  uid,
  resourceVersion,
  ...more,
});
const app = (uid: string, resourceVersion: string, name = 'shop') => ({
  apiVersion: API_VERSION,
  kind: KIND,
  metadata: metadata(name, uid, resourceVersion),
  spec: { template: { spec: { containers: [] } } },
});

test('an App that replaced another of its name is the one, whichever news come last, and keeps what is remembered of it', () => {
  const cache = cacheOf();
  const apps = cache.sink('ImmutableApp');
  apps.put(app('former', '10'));
  cache.observe('ImmutableApp', app('present', '20'));
  apps.put(app('former', '11'));
  expect(cache.snapshot(key)?.app.uid).toBe('present');
  apps.drop(app('former', '12'));
  const memory = cache.memory(key);
  expect(cache.snapshot(key)?.app).toMatchObject({ uid: 'present', deleting: false });
  expect(cache.memory(key)).toBe(memory);
});

test('an answer that was under way when the App was deleted does not bring it back', () => {
  const cache = cacheOf();
  const apps = cache.sink('ImmutableApp');
  apps.put(app('former', '10'));
  apps.drop(app('former', '12'));
  told.length = 0;
  cache.observe('ImmutableApp', app('former', '11'));
  expect([cache.apps, told]).toEqual([0, []]);
  expect(cache.snapshot(key)?.app.deleting).toBe(true);
  cache.observe('ImmutableApp', app('present', '13'));
  expect(cache.snapshot(key)?.app).toMatchObject({ uid: 'present', deleting: false });
});

const adopted = (uid: string) => ({
  metadata: metadata('legacy', 'uid-service', '30', {
    labels: { [LABEL.app]: 'shop' },
    annotations: {
      [ANNOTATION.adopt]: 'shop',
      [ANNOTATION.stamp]: JSON.stringify({ uid, instance: 'shop-x', previous: '', switchNumber: 3, generation: 1 }),
    },
  }),
  spec: { selector: { [LABEL.instance]: 'shop-x' } },
});
const deployment = (owner?: string) => ({
  metadata: metadata('shop-x', 'uid-deployment', '31', {
    labels: { [LABEL.app]: 'shop', [LABEL.version]: 'shop-x', [LABEL.instance]: 'shop-x' },
    ...(owner === undefined ? {} : { ownerReferences: [{ kind: KIND, name: 'shop', uid: owner, controller: true }] }),
  }),
});

test('an App that went while nobody looked is remembered by the Service it had adopted', () => {
  const cache = cacheOf();
  expect(cache.snapshot(key)).toBeUndefined();
  cache.sink('Service').put(adopted('former'));
  cache.sink('Deployment').put(deployment('former'));
  expect(cache.snapshot(key)?.app).toMatchObject({ uid: 'former', deleting: true, orphaning: false });
  cache.sink('ImmutableApp').put(app('present', '40'));
  expect(cache.snapshot(key)?.app.uid).toBe('present');
});

test('a Deployment that belongs to nobody says that it was orphaned', () => {
  const cache = cacheOf();
  cache.sink('Service').put(adopted('former'));
  cache.sink('Deployment').put(deployment());
  expect(cache.snapshot(key)?.app).toMatchObject({ uid: 'former', orphaning: true });
});

test('an answer to a scale counts until the watch tells of that Deployment, and not if it has', () => {
  const cache = cacheOf();
  const replicated = (resourceVersion: string, replicas: number, generation: number) => {
    const { metadata } = deployment('present');
    const status = { observedGeneration: generation, replicas };
    return { metadata: { ...metadata, resourceVersion, generation }, spec: { replicas }, status };
  };
  const scale = (resourceVersion: string, spec: object) => ({ metadata: metadata('shop-x', 'uid-deployment', resourceVersion), spec });
  cache.sink('ImmutableApp').put(app('present', '10'));
  const deployments = cache.sink('Deployment');
  deployments.put(replicated('31', 1, 4));
  const seen = () => {
    const [{ replicas, observedGeneration } = { replicas: -1, observedGeneration: -1 }] = cache.snapshot(key)!.instances;
    return { replicas, observedGeneration };
  };
  cache.scaled(scale('32', { replicas: 3 }));
  expect(seen()).toEqual({ replicas: 3, observedGeneration: 0 });
  deployments.put(replicated('32', 3, 5));
  expect(seen()).toEqual({ replicas: 3, observedGeneration: 5 });
  for (const late of ['31', '32']) cache.scaled(scale(late, { replicas: 3 }));
  expect(seen()).toEqual({ replicas: 3, observedGeneration: 5 });
  cache.scaled(scale('33', {}));
  expect(seen()).toEqual({ replicas: 0, observedGeneration: 0 });
});

test('a budget of nobody’s concerns every App of its namespace, one of an App only that', () => {
  const cache = cacheOf();
  for (const name of ['shop', 'blog']) cache.sink('ImmutableApp').put(app(`uid-${name}`, '50', name));
  const budget = (name: string, labels: object, spec: object, resourceVersion = '51') => ({
    metadata: metadata(name, `uid-${name}`, resourceVersion, { labels }),
    spec,
  });
  const budgets = cache.sink('PodDisruptionBudget');
  const seen = (): string[] => told.splice(0).toSorted();
  seen();
  budgets.put(budget('mine', {}, { minAvailable: 1, selector: {} }));
  expect(seen()).toEqual(['team/blog', 'team/shop']);
  // Its status is rewritten whenever a pod comes or goes: that is nobody's news.
  budgets.put({ ...budget('mine', {}, { minAvailable: 1, selector: {} }, '52'), status: { disruptionsAllowed: 3 } });
  expect(seen()).toEqual([]);
  budgets.put(budget('shop-x', { [LABEL.app]: 'shop' }, { maxUnavailable: 1 }));
  expect(seen()).toEqual(['team/shop']);
  const named = (app: string) => cache.snapshot(`team/${app}` as AppKey)?.budgets.map(({ name }) => name);
  expect([named('shop'), named('blog')]).toEqual([['shop-x', 'mine'], ['mine']]);
});

const VERSION = { id: 'shop-x', fingerprint: parse(app('present', '20')).fingerprint };
const resting = (status: object = {}) => ({ ...app('present', '20'), status: { observedGeneration: 0, versions: [VERSION], ...status } });

test('what is remembered of an App at rest is the same afterwards, but for content, and is gone with the App', () => {
  const cache = cacheOf();
  cache.observe('ImmutableApp', resting());
  const memory = cache.memory(key);
  memory.verified.set('shop.httpd', 'uid');
  memory.answers.dryRun.set('shop-x', { is: 'spent', warnings: ['Grüße, 世界'] });
  memory.answers.content.set('shop-x', '{"config":"Grüße, 世界"}');
  memory.taken.add('Service/shop');
  memory.notes = { ready: { value: 'yes', since: 1_767_225_600_000 } };
  cache.rest(key);
  expect(cache.memory(key)).not.toBe(memory);
  expect(cache.memory(key)).toEqual({ ...memory, answers: { ...memory.answers, content: new Map() } });
  cache.sink('ImmutableApp').drop(app('present', '21'));
  cache.rest(key);
  expect(cache.memory(key)).toEqual(blank());
});

test('what an App at rest is made from is kept only as long as no record has it', () => {
  const shown = (raw: object) => {
    const cache = cacheOf();
    cache.observe('ImmutableApp', raw);
    return cache.snapshot(key)?.app;
  };
  const { content, ...known } = parse(resting());
  expect(shown(resting())).toEqual({ ...known, content: '' });
  expect(shown(resting({ versions: [{ ...VERSION, fingerprint: 'v1:other' }] }))).toMatchObject({ content });
  expect(shown(resting({ observedGeneration: 7 }))).toMatchObject({ content });
  const capturing = { template: { spec: { containers: [{ envFrom: [{ configMapRef: { name: 'flags' } }] }] } } };
  const { fingerprint, content: inline } = parse({ ...resting(), spec: capturing });
  expect(shown({ ...resting({ versions: [{ ...VERSION, fingerprint }] }), spec: capturing })).toMatchObject({ content: inline });
});

test('each App at rest is as it was, though all are packed by what the first one said', () => {
  const cache = cacheOf();
  const raws = ['a', 'b', 'c'].map((name) => ({
    ...app(`uid-${name}`, '20', name),
    status: { observedGeneration: 0, latest: `of ${name}` },
  }));
  for (const raw of raws) cache.observe('ImmutableApp', raw);
  for (const raw of raws) expect(cache.snapshot(`team/${raw.metadata.name}` as AppKey)?.app).toEqual(parse(raw));
});

test('an App is at rest if no metric counts it', () => {
  const cache = cacheOf();
  const stalled = { conditions: [{ type: 'Stalled', status: 'True', reason: 'Unpublishable' }] };
  const climbing = { services: [{ name: 'web', role: 'Active', ladder: { instance: 'shop-y', percent: 5 } }] };
  const statuses = { well: {}, stalled, climbing, unseen: { observedGeneration: 3 } };
  for (const [name, status] of Object.entries(statuses))
    cache.observe('ImmutableApp', { ...app(name, '20', name), status: { observedGeneration: 0, ...status } });
  expect(cache.restless().map(({ name }) => name)).toEqual(['stalled', 'climbing', 'unseen']);
});

test('what somebody writes while an instance is scaled is judged by what it says, not by what was seen before', () => {
  const cache = cacheOf();
  const at = (resourceVersion: string, generation: number, image: string) => {
    const { metadata: known } = deployment('present');
    return {
      metadata: { ...known, resourceVersion, generation },
      spec: { replicas: 2, template: { spec: { containers: [{ name: 'web', image }] } } },
      status: { observedGeneration: generation, replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
    };
  };
  cache.sink('ImmutableApp').put(app('present', '20'));
  cache.observe('Deployment', at('31', 1, 'httpd:2.4'));
  const [before] = cache.snapshot(key)!.instances;
  cache.scaled({ metadata: metadata('shop-x', 'uid-deployment', '32'), spec: { replicas: 3 } });
  const [scaled] = cache.snapshot(key)!.instances;
  expect(scaled).toMatchObject({ replicas: 3, generation: 1, specHash: before!.specHash });
  expect(complete({ ...scaled!, updated: 3, available: 3, pods: 3 }, 3)).toBe(false);
  cache.sink('Deployment').put(at('33', 2, 'evil:1'));
  const [edited] = cache.snapshot(key)!.instances;
  expect(edited).toMatchObject({ generation: 2 });
  expect(edited!.specHash).not.toBe(before!.specHash);
});
