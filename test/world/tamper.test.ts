// Somebody else writes in the worst moment.
import { expect, test } from '@jest/globals';
import { World } from '../world.ts';
import { complaints, play } from './play.ts';
import { APP, scenario, setConfig, shop } from './scenarios.ts';

test('a Service that changed after the decision is not overwritten: compare-and-swap fails, and the next decision moves it', async () => {
  const calm = await play(scenario('update'));
  const move = calm.world.requests.findLast(({ verb, kind }) => verb === 'patch' && kind === 'Service')!;
  const label = (world: World): void => {
    world.edit('Service', 'web', (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, seen: 'yes' };
    });
  };
  const { world, moves } = await play(scenario('update'), { disturb: new Map([[move.number - 1, label]]) });
  expect(world.requests[move.number - 1]?.outcome).toMatch(/^Conflict/);
  expect(moves).toEqual(calm.moves);
});

test('an instance whose template somebody edited gets no traffic: a clean one takes over from what served', async () => {
  const world = new World();
  world.apply('ImmutableApp', shop());
  await world.settle();
  world.edit('ImmutableApp', APP, setConfig('v2'));
  await world.settle(500);
  const [, target] = world.store.list('Deployment');
  world.edit('Deployment', target!.metadata.name, (draft) => {
    (draft.spec!.template as { spec: { terminationGracePeriodSeconds: number } }).spec.terminationGracePeriodSeconds = 7;
  });
  await world.settle();
  expect(world.oracles.moves.at(-1)).toBe(`web → ${target!.metadata.name}-2`);
  expect(world.oracles.moves).not.toContain(`web → ${target!.metadata.name}`);
  expect(complaints(world)).toEqual([]);
});
