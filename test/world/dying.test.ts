// The dying convict nobody: whoever deletes a namespace deletes kind by kind, and what is gone before its App was taken by no intruder.
import { expect, test } from '@jest/globals';
import { NAMESPACE, World } from '../world.ts';
import { terminate } from './collector.ts';
import { undisturbed } from './compare.ts';
import { complaints, play } from './play.ts';
import { APP, scenario, shop } from './scenarios.ts';
import { isWrite } from './server.ts';
import type { StoredKind } from './store.ts';

const APPS = 20;

/** Twenty Apps with config that serve. */
async function fleet(onDrift: 'Replace' | 'Report' = 'Replace'): Promise<World> {
  const world = new World();
  for (let i = 0; i < APPS; i++) {
    const name = `shop${String(i)}`;
    const app = shop({ replicas: 1, services: [{ name, ports: [{ name: 'http', port: 80, targetPort: 'http' }] }], more: { onDrift } });
    world.apply('ImmutableApp', { ...app, metadata: { name, namespace: NAMESPACE } });
  }
  expect(await world.settle()).toBe(true);
  return world;
}

const told = (world: World): string[] => world.store.events.map(({ reason }) => String(reason));
const breaker = (world: World): string => {
  const key = `${NAMESPACE}/late`;
  world.store.terminating.delete(NAMESPACE);
  world.apply('ImmutableApp', { ...shop(), metadata: { name: 'late', namespace: NAMESPACE } });
  world.operator.relist();
  return world.operator.cache.snapshot(key as never)?.fleet.breaker ?? 'no snapshot';
};

test.each<[first: StoredKind, onDrift: 'Replace' | 'Report']>([
  ['ConfigMap', 'Replace'],
  ['ConfigMap', 'Report'],
  ['ControllerRevision', 'Replace'],
  ['Deployment', 'Replace'],
  ['ReplicaSet', 'Replace'],
  ['Service', 'Replace'],
])('a namespace is deleted, every %s first, the Apps last (%s)', async (first, onDrift) => {
  const world = await fleet(onDrift);
  const [from, events] = [world.requests.length, told(world).length];
  terminate(world.store, world.time, NAMESPACE, [first]);
  expect(await world.settle()).toBe(true);
  expect(complaints(world)).toEqual([]);
  expect(world.store.list('ImmutableApp')).toEqual([]);
  const asked = world.requests.slice(from).filter(({ verb }) => verb !== 'status');
  expect(told(world).slice(events)).toEqual([]);
  expect(asked.filter(({ effect }) => effect).map(({ verb, kind }) => `${verb} ${kind}`)).toEqual([]);
  // Each of them learns of it once, and asks for nothing after that.
  expect(asked.filter(isWrite).length).toBeLessThanOrEqual(APPS);
  expect(world.operator.log.filter((line) => line.startsWith('failed') || line.startsWith('event lost'))).toEqual([]);
  expect(breaker(world)).toBe('');
});

test('in a namespace that lives on, lost config is replaced, and six of twenty open the circuit breaker', async () => {
  const world = await fleet();
  for (const { metadata } of world.store.list('ConfigMap').slice(0, 6)) world.remove('ConfigMap', metadata.name);
  await world.settle(10_000);
  expect(world.store.list('ControllerRevision').filter(({ metadata }) => metadata.name.includes('.discarded-'))).toHaveLength(5);
  expect(breaker(world)).toMatch(/^6 of 20 Apps/);
});

test('the garbage collector is faster than the news that an App is gone: nothing of it is made anew', async () => {
  const world = new World({ weather: { slow: { ImmutableApp: 5_000 } } });
  world.apply('ImmutableApp', shop());
  expect(await world.settle()).toBe(true);
  const from = world.requests.length;
  world.remove('ImmutableApp', 'shop');
  expect(await world.settle()).toBe(true);
  expect(complaints(world)).toEqual([]);
  expect(world.requests.slice(from).filter(({ effect }) => effect)).toEqual([]);
});

test.each(['adopted Service, first apply', 'adopted Service, update', 'two Active Services, update'] as const)(
  'whatever is still to be answered when the App is deleted, it does not come back to life: %s',
  async (name) => {
    const { from, to } = await undisturbed(scenario(name));
    for (let number = from; number <= to; number++) {
      const remove = (world: World): void => {
        world.remove('ImmutableApp', APP);
      };
      const late = { faults: [[number, 'is answered late']] as const, disturb: new Map([[number, remove]]) };
      await play(scenario(name), late, `the App is deleted before #${number} is answered`);
    }
  },
);
