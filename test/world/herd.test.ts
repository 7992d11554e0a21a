// One ConfigMap that many Apps capture changes: they come up a few at a time, whoever dies on the way, and all of them arrive.
import { expect, test } from '@jest/globals';
import { obj } from '../../src/model/json.ts';
import { NAMESPACE, World } from '../world.ts';
import { complaints, rest } from './play.ts';
import { DEFAULTS } from '../../src/model/settings.ts';
import { SITE, shop, site } from './scenarios.ts';

const { maxCandidates: MAX_CANDIDATES } = DEFAULTS;
const APPS = 3 * MAX_CANDIDATES;
const nameOf = (i: number): string => `shop${String(i)}`;
const serving = (world: World, i: number): unknown =>
  obj(world.store.get('Service', NAMESPACE, nameOf(i))?.spec?.selector)['immutableapp.io/instance'];

async function herd(crash: boolean): Promise<{ world: World; crowd: number }> {
  const world = new World();
  site('a')(world);
  for (let i = 0; i < APPS; i++) {
    const app = shop({ ...SITE, replicas: 1, services: [{ name: nameOf(i), ports: [{ name: 'http', port: 80, targetPort: 'http' }] }] });
    world.apply('ImmutableApp', { ...app, metadata: { name: nameOf(i), namespace: NAMESPACE } });
  }
  expect(await world.settle()).toBe(true);
  const old = new Set(world.store.list('Deployment').map(({ metadata }) => metadata.name));
  let crowd = 0;
  world.store.listen(() => {
    const begun = world.store.list('Deployment').filter(({ metadata }) => !old.has(metadata.name));
    const served = new Set(Array.from({ length: APPS }, (_, i) => serving(world, i)));
    crowd = Math.max(crowd, begun.filter(({ metadata }) => !served.has(metadata.name)).length);
  });
  site('b')(world);
  if (crash)
    world.time.after(7_000, () => {
      world.crash();
    });
  expect(await world.settle()).toBe(true);
  expect(complaints(world)).toEqual([]);
  expect(world.store.list('Deployment').filter(({ metadata }) => old.has(metadata.name))).toEqual([]);
  await rest(world);
  return { world, crowd };
}

test('no more of them at a time than may', async () => {
  const { crowd } = await herd(false);
  expect(crowd).toBe(MAX_CANDIDATES);
});

test('not when the process dies halfway either: versions that were begun keep their places', async () => {
  const { crowd } = await herd(true);
  expect(crowd).toBe(MAX_CANDIDATES);
});
