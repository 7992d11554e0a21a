// Of an App at rest a process keeps no content that a record holds. So whoever takes the record away, or makes status say that there is one, must
// find the same version made again.
import { expect, test } from '@jest/globals';
import { obj } from '../../src/model/json.ts';
import { World } from '../world.ts';
import { apply } from './scenarios.ts';

const recordsOf = (world: World) => world.store.list('ControllerRevision').filter(({ data }) => obj(data).fact === undefined);
const contentsOf = (world: World) => recordsOf(world).map(({ metadata, data }) => [metadata.name, obj(data).content]);

async function atRest(): Promise<World> {
  const world = new World();
  apply()(world);
  await world.settle();
  return world;
}

test('a record that is deleted is made again, of the same content', async () => {
  const world = await atRest();
  const before = contentsOf(world);
  world.remove('ControllerRevision', recordsOf(world)[0]!.metadata.name);
  await world.settle();
  expect(contentsOf(world)).toEqual(before);
  expect(world.oracles.moves).toEqual([`web → ${before[0]![0] as string}`, `web → ${before[0]![0] as string}-2`]);
});

test('and by a process that has only read of it in status', async () => {
  const world = await atRest();
  const before = contentsOf(world);
  world.crash();
  world.remove('ControllerRevision', recordsOf(world)[0]!.metadata.name);
  await world.settle();
  expect(contentsOf(world)).toEqual(before);
});
