// One thing goes wrong, at every request in turn, in every way: the story must end as it would have without, and no promise may be
// broken on the way. Requests that fail, and a process that dies, are told in files of their own: each is as much as a worker does in one go.
import { describe, expect, jest, test } from '@jest/globals';
import { CACHED_KINDS } from '../../src/shell/store/cache.ts';
import { asCalm, undisturbed } from './compare.ts';
import type { Played } from './play.ts';
import { LIVES, scenario, SCENARIOS, versionOf } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';
import { NAMESPACE } from '../world.ts';

/** On a machine that has other things to do. */
jest.setTimeout(60_000);

/** What has to be told, whatever else is: each by the story that tells it. */
const TOLD = {
  'first apply': 'first apply',
  update: 'update',
  switchNumber: 'switch to warm',
  'cold rollback': 'cold rollback',
  'failed version': 'a version that never comes up',
  failback: 'a version that collapses after its switch',
  rescue: 'rescue: what serves collapses long after its switch, and somebody points at what is warm and has lost pods itself',
  'drift replace': 'what serves is edited',
  delete: 'delete',
  'scale during rollout': 'scale during an update',
  supersede: 'newer content during an update',
  capture: 'a captured ConfigMap changes',
  'pin expiry': 'a pin, and its end',
  'two Active Services': 'two Active Services, update',
} as const satisfies Record<string, (typeof SCENARIOS)[number]['name']>;

test.each(Object.entries(TOLD))('%s is told', async (_what, name) => {
  const { deeds, moves, from, to } = await undisturbed(scenario(name));
  expect(to).toBeGreaterThan(from);
  expect(deeds.length + moves.length).toBeGreaterThan(0);
});

test('a rescue moves traffic at once, to what has one pod, while the other pods are still to come', async () => {
  const { world, from } = await undisturbed(scenario(TOLD.rescue));
  const [first] = world.requests.slice(from - 1);
  const move = world.requests.find(({ number, verb, kind }) => number >= from && verb === 'patch' && kind === 'Service');
  expect(move!.at - first!.at).toBeLessThan(5_000);
});

test('what was switched to at zero and never comes up is gone back from, though its predecessor has to be started', async () => {
  const { world, moves } = await undisturbed(scenario('a version that was switched to at zero never comes up when it is scaled up'));
  const [first, second] = [versionOf(world, 'v1'), versionOf(world, 'v2')];
  expect(moves).toEqual([`web → ${first}`, `web → ${second}`, `web → ${first}`]);
  expect(world.store.get('Deployment', NAMESPACE, first)?.status).toMatchObject({ availableReplicas: 3 });
});

describe.each<Scenario>([...SCENARIOS, ...LIVES])('$name', (scenario) => {
  test('nothing goes wrong', async () => {
    const { from, to } = await undisturbed(scenario);
    expect(to).toBeGreaterThanOrEqual(from);
  });

  test('status is wiped after each request', async () => {
    const { from, to } = await undisturbed(scenario);
    if (scenario.recalls === true) return;
    for (let number = from; number <= to; number++) {
      const wipe = new Map([
        [
          number,
          (world: Played['world']) => {
            world.wipeStatus('shop');
          },
        ],
      ]);
      await asCalm(scenario, { disturb: wipe }, `status wiped after #${number}`);
    }
  });

  test('news of one kind are five seconds old', async () => {
    for (const kind of CACHED_KINDS) await asCalm(scenario, { weather: { slow: { [kind]: 5_000 } } }, `slow ${kind}`);
  });
});
