// What an update costs, in calls.
import { expect, test } from '@jest/globals';
import type { Weather } from '../world.ts';
import { NAMESPACE, World } from '../world.ts';
import { APP, setConfig, shop } from './scenarios.ts';
import type { Request } from './server.ts';
import { isWrite } from './server.ts';

test.each([1, 3, 10])('an update of %i pods costs at most 12 writes, 3 of them events, and 3 reads', async (replicas) => {
  const world = new World();
  world.apply('ImmutableApp', shop({ replicas }));
  expect(await world.settle()).toBe(true);
  const before = world.requests.length;
  world.edit('ImmutableApp', APP, setConfig('v2'));
  expect(await world.settle()).toBe(true);
  const asked = world.requests.slice(before);
  expect(asked.filter(isWrite).length).toBeLessThanOrEqual(12);
  expect(asked.filter(({ kind }) => kind === 'Event').length).toBeLessThanOrEqual(3);
  expect(asked.filter((request) => !isWrite(request)).length).toBeLessThanOrEqual(3);
});

test('only counts, word that work has begun and what is left behind give way to other Apps', async () => {
  const world = new World();
  world.apply('ImmutableApp', shop());
  expect(await world.settle()).toBe(true);
  const before = world.requests.length;
  const { gaveWay } = world.operator;
  gaveWay.length = 0;
  world.edit('ImmutableApp', APP, setConfig('v2'));
  expect(await world.settle()).toBe(true);
  const asked = world.requests.slice(before);
  const then = gaveWay.map((ms) => asked.find(({ at }) => at >= ms)!);
  expect(then.map(({ verb, kind }) => `${verb} ${kind}`)).toEqual(['status ImmutableApp', 'read ImmutableApp']);
  const between = asked.slice(asked.indexOf(then[1]!)).map(({ verb, kind }) => `${verb} ${kind}`);
  expect(between.slice(0, 3)).toEqual(['read ImmutableApp', 'read Service', 'delete Deployment']);
});

/** Each has a Service of its own, and an update; all that was asked then. */
async function updateAll(apps: number, weather: Partial<Weather> = {}): Promise<readonly Request[]> {
  const world = new World({ weather });
  const names = Array.from({ length: apps }, (_, i) => `shop${String(i)}`);
  for (const name of names)
    world.apply('ImmutableApp', {
      ...shop({ replicas: 1, services: [{ name, ports: [{ name: 'http', port: 80, targetPort: 'http' }] }] }),
      metadata: { name, namespace: NAMESPACE },
    });
  expect(await world.settle()).toBe(true);
  const before = world.requests.length;
  for (const name of names) world.edit('ImmutableApp', name, setConfig('v2'));
  expect(await world.settle()).toBe(true);
  return world.requests.slice(before);
}

test('of many at once neither word that work has begun is told, nor a switch before its endpoints have followed', async () => {
  const told = async (apps: number, weather: Partial<Weather> = {}): Promise<number> =>
    (await updateAll(apps, weather)).filter(({ verb }) => verb === 'status').length / apps;
  expect(await told(1)).toBe(3);
  expect(await told(15)).toBe(2);
  expect(await told(100, { deployments: [500, 5_000] })).toBe(2);
  // Endpoints that are late: of one App the switch is told at once, and that all follow it in a status of its own.
  expect(await told(1, { slices: [1_500, 1_500] })).toBe(4);
  expect(await told(100, { deployments: [500, 5_000], slices: [500, 1_500] })).toBe(2);
});

test('a switch is told within seconds, be it among many, and endpoints that do not follow', async () => {
  const APPS = 100;
  const asked = await updateAll(APPS, { slices: [60_000, 60_000] });
  const late = asked.flatMap((moved, i) => {
    if (moved.verb !== 'patch' || moved.kind !== 'Service') return [];
    const told = asked.slice(i).find(({ verb, name }) => verb === 'status' && name === moved.name);
    return [told!.at - moved.at];
  });
  expect(late).toHaveLength(APPS);
  expect(Math.max(...late)).toBeLessThan(7_000);
});
