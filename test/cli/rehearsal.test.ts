// The App that rehearses the way back: what of a version it runs, whom it asks, and who would send traffic to it.
import { expect, test } from '@jest/globals';
import { obj } from '../../src/model/json.ts';
import { finders, rehearsalOf } from '../../src/cli/rehearsal.ts';
import { app } from './given.ts';

const TEMPLATE = {
  metadata: { labels: { app: 'web', tier: 'front' } },
  spec: { containers: [{ name: 'web', image: 'example/web:2.4.0' }] },
};
const CONFIG = [
  { name: 'site', data: { color: 'blue' }, binaryData: {}, mountPath: '', env: true },
  { name: 'files', data: {}, binaryData: {}, mountPath: '/etc/files', env: false },
];
const VERSION = { id: 'web-dgbxfth96n', images: [{ container: 'web', image: 'example/web:2.4.0', digest: `sha256:${'a'.repeat(64)}` }] };
const GATES = [
  { name: 'health', http: { port: 'http' } },
  { name: 'errors', prometheus: { source: 'main', query: 'up', max: 1 } },
  { name: 'migrate', job: { spec: { template: {} } } },
  { name: 'people', approval: { count: 1 } },
  { name: 'hours', window: { timeZone: 'UTC', from: '09:00', to: '16:00' } },
];
const contents = { template: TEMPLATE, config: CONFIG };
const rehearsed = (spec: object = {}, withJobs = false) => rehearsalOf(app({}, spec), VERSION, contents, withJobs);
const specOf = (spec: object = {}) => obj(rehearsed(spec).manifest.spec);

test('one pod, no Service, and nothing that was not captured then is captured now', () => {
  expect(specOf({ replicas: 9 })).toMatchObject({ replicas: 1, services: [], references: { configMaps: 'Live' } });
  expect(specOf({ references: { configMaps: 'Forbid', secrets: 'Forbid' } })).toMatchObject({
    references: { configMaps: 'Live', secrets: 'Forbid' },
  });
  const { mountPath: _, ...mountless } = CONFIG[0]!;
  expect(specOf().config).toEqual([mountless, CONFIG[1]]);
});

test('the images that the way back runs: by tag, or as they were where they are pinned', () => {
  const imageOf = (images: string): unknown => JSON.stringify(specOf({ references: { images } }).template);
  expect(imageOf('Watched')).toContain('"image":"example/web:2.4.0"');
  const pinned = `"image":"example/web:2.4.0@sha256:${'a'.repeat(64)}"`;
  expect(imageOf('Pinned')).toContain(pinned);
  const byDefault = rehearsalOf(app({ defaults: { images: 'Pinned' } }, {}), VERSION, contents, false);
  expect(JSON.stringify(byDefault.manifest.spec)).toContain(pinned);
});

test('it goes with its App, under a name that an App may have', () => {
  const { metadata } = rehearsed().manifest;
  expect(metadata).toMatchObject({
    name: 'web-rehearsal',
    namespace: 'shop',
    ownerReferences: [{ kind: 'ImmutableApp', name: 'web', uid: 'u' }],
  });
  const long = rehearsalOf(app({}, {}, { name: `${'a'.repeat(35)}-${'b'.repeat(10)}` }), VERSION, contents, false).manifest.metadata.name;
  expect(long).toBe(`${'a'.repeat(35)}-rehearsal`);
});

test.each([
  [false, ['health', 'errors'], ['migrate', 'people', 'hours']],
  [true, ['health', 'errors', 'migrate'], ['people', 'hours']],
])('with Jobs %s: nobody is asked who decides about traffic', (withJobs, asked, leftOut) => {
  const { manifest, leftOut: found } = rehearsed({ promotion: { before: GATES, after: GATES } }, withJobs);
  expect(obj(obj(manifest.spec).promotion)).toEqual({ before: GATES.filter(({ name }) => asked.includes(name)) });
  expect(found).toEqual(leftOut);
});

test('a Service finds its pod whose selector asks for nothing but labels of the template', () => {
  const service = (name: string, selector?: object) => ({ metadata: { name }, spec: { ...(selector && { selector }) } });
  const services = [
    service('metrics', { app: 'web' }),
    service('both', { app: 'web', tier: 'front' }),
    service('ours', { app: 'web', 'immutableapp.io/instance': 'web-kj2s4f45hj' }),
    service('other', { app: 'api' }),
    service('external'),
  ];
  expect(finders(services, TEMPLATE)).toEqual(['metrics', 'both']);
});
