// Traffic in steps, from the outside: which Service moves when, and how often. What goes wrong on the way is told in faults.test.ts.
import { expect, jest, test } from '@jest/globals';
import { obj } from '../../src/model/json.ts';
import { undisturbed } from './compare.ts';
import { scenario, versionOf } from './scenarios.ts';
import { isWrite } from './server.ts';

/** On a machine that has other things to do. */
jest.setTimeout(60_000);

test('a version climbs rung by rung, each after its seconds, with one write for each', async () => {
  const { world, moves, from } = await undisturbed(scenario('up a ladder'));
  const two = versionOf(world, 'v2');
  expect(moves.slice(-4)).toEqual(['web-r1', 'web-r2', 'web', 'web-r3'].map((name) => `${name} → ${two}`));
  const writes = world.requests.filter((request) => request.number >= from && isWrite(request) && request.kind === 'Service');
  expect(writes).toHaveLength(4);
  const [first, second, third] = writes.map(({ at }) => at);
  expect(second! - first!).toBeGreaterThanOrEqual(20_000);
  expect(third! - second!).toBeGreaterThanOrEqual(20_000);
});

test('newer content takes the whole share back before it gets its own', async () => {
  const { world, moves } = await undisturbed(scenario('newer content on a rung'));
  const [one, two, three] = ['v1', 'v2', 'v3'].map((value) => versionOf(world, value));
  const steps = (version = ''): string[] => ['web-r1', 'web-r2', 'web', 'web-r3'].map((name) => `${name} → ${version}`);
  expect(moves.slice(-8)).toEqual([`web-r1 → ${two!}`, `web-r2 → ${two!}`, `web-r2 → ${one!}`, `web-r1 → ${one!}`, ...steps(three)]);
});

test('a version that breaks on a rung gives its share back and fails; what served has all traffic', async () => {
  const { world, moves } = await undisturbed(scenario('a version breaks on a rung'));
  const [one, two] = ['v1', 'v2'].map((value) => versionOf(world, value));
  expect(moves.slice(-4)).toEqual([`web-r1 → ${two!}`, `web-r2 → ${two!}`, `web-r2 → ${one!}`, `web-r1 → ${one!}`]);
  expect(obj(world.app('shop').status)).toMatchObject({ activeInstance: one });
});

test('the way back to what is proven moves everything at once', async () => {
  const { world, moves, from } = await undisturbed(scenario('back from a ladder'));
  const one = versionOf(world, 'v1');
  expect(moves.slice(-4)).toEqual(['web', 'web-r1', 'web-r2', 'web-r3'].map((name) => `${name} → ${one}`));
  const writes = world.requests.filter((request) => request.number >= from && isWrite(request) && request.kind === 'Service');
  expect(writes.at(-1)!.at - writes[0]!.at).toBeLessThan(1000);
});
