// How the stories of moved tags end, in calm weather; under every fault they end alike (faults.test.ts and those beside it).
import { expect, test } from '@jest/globals';
import { list, obj, text } from '../../src/model/json.ts';
import { DEFAULTS } from '../../src/model/settings.ts';
import { World } from '../world.ts';
import { podsOf } from './actors.ts';
import { undisturbed } from './compare.ts';
import { digestOf, tagged } from './images.ts';
import { APP, apply, scenario, versionOf } from './scenarios.ts';

const statusOf = (world: World) => obj(world.app(APP).status);
const warnings = (world: World): string[] => list(statusOf(world).warnings).map(({ reason }) => text(reason));
/** The digests that pods of what serves run, each once. */
function runs(world: World): string[] {
  const serving = world.store.list('Deployment').find(({ metadata }) => metadata.name === statusOf(world).activeInstance)!;
  const pods = podsOf(world.store, serving.metadata.uid);
  const ids = pods.flatMap(({ status }) => list(obj(status).containerStatuses).map(({ imageID }) => text(imageID).split('@')[1]!));
  return [...new Set(ids)].toSorted();
}

test.each(['a tag moves, and what serves loses a pod', 'a tag moves, and what serves is scaled up'] as const)(
  '%s: it is told of, and nothing moves',
  async (name) => {
    const { world } = await undisturbed(scenario(name));
    expect(runs(world)).toEqual([digestOf('a'), digestOf('b')]);
    expect(warnings(world)).toEqual(['ImageDiverged']);
    expect(statusOf(world).activeInstance).toBe(versionOf(world, 'v1'));
  },
);

test('pinned, the version takes over in an instance that runs what it ran', async () => {
  const { world } = await undisturbed(scenario('a tag moves, and what serves loses a pod, pinned'));
  expect(statusOf(world)).toMatchObject({ activeVersion: versionOf(world, 'v1'), activeInstance: `${versionOf(world, 'v1')}-2` });
  expect(runs(world)).toEqual([digestOf('a')]);
  expect(warnings(world)).not.toContain('ImageDiverged');
});

test('pinned, a version whose pods are gone comes back with what it ran', async () => {
  const { world } = await undisturbed(scenario('a tag moves, and a version comes back whose pods are gone, pinned'));
  expect(statusOf(world).activeInstance).toBe(versionOf(world, 'v1'));
  expect(runs(world)).toEqual([digestOf('a')]);
  expect(warnings(world)).toEqual([]);
});

test('and so do Apps that say nothing, where the platform does', async () => {
  const world = new World({ settings: { ...DEFAULTS, images: 'Pinned' } });
  tagged('httpd:2.4', 'a')(world);
  apply()(world);
  await world.settle();
  const id = versionOf(world, 'v1');
  tagged('httpd:2.4', 'b')(world);
  world.remove('Pod', world.store.list('Pod')[0]!.metadata.name);
  await world.settle();
  expect(statusOf(world)).toMatchObject({ activeVersion: id, activeInstance: `${id}-2`, defaults: { images: 'Pinned' } });
  expect(runs(world)).toEqual([digestOf('a')]);
});
