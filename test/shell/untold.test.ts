// Events that were refused once are told later: all of them, in their order, each once, and without insisting.
import { expect, test } from '@jest/globals';
import type { KubeObject } from '../../src/model/object.ts';
import type { Failure, Result } from '../../src/model/failure.ts';
import { failure, ok } from '../../src/model/failure.ts';
import { MOST_UNTOLD, NOTHING_UNTOLD, tell } from '../../src/shell/store/untold.ts';
import { World } from '../world.ts';
import { APP, setConfig, shop } from '../world/scenarios.ts';

const event = (name: string): KubeObject => ({ apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name, namespace: 'prod' } });
const names = (events: readonly KubeObject[]): string[] => events.map(({ metadata }) => metadata.name);
const FORBIDDEN = failure('Denied', 'no', 403);

/** An API server that answers so to each event by its name, and what it has taken. */
function server(answers: (name: string) => Failure | undefined) {
  const taken: string[] = [];
  const create = (sent: KubeObject): Promise<Result<unknown>> => {
    const answer = answers(sent.metadata.name);
    if (answer === undefined) taken.push(sent.metadata.name);
    return Promise.resolve(answer ?? ok(sent));
  };
  return { create, taken };
}

test('what is not taken waits a minute, then twice as long each time, up to an hour; the oldest is told first', async () => {
  let refusing = true;
  const { create, taken } = server(() => (refusing ? FORBIDDEN : undefined));
  let { untold } = await tell(create, NOTHING_UNTOLD, [event('a'), event('b')], 0);
  expect([names(untold.events), untold.dueAt]).toEqual([['a', 'b'], 60_000]);
  ({ untold } = await tell(create, untold, [], 59_999));
  expect(untold.dueAt).toBe(60_000);
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    const now = untold.dueAt;
    ({ untold } = await tell(create, untold, [], now));
    waits.push((untold.dueAt - now) / 60_000);
  }
  expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
  refusing = false;
  ({ untold } = await tell(create, untold, [event('c')], untold.dueAt));
  expect([taken, untold]).toEqual([['a', 'b', 'c'], NOTHING_UNTOLD]);
});

test('news that are taken show that the old ones would be, too', async () => {
  const { create, taken } = server(() => undefined);
  const before = { events: [event('a')], dueAt: 60_000, waitMs: 60_000 };
  expect(await tell(create, before, [event('b')], 10)).toMatchObject({ untold: NOTHING_UNTOLD });
  expect(taken).toEqual(['b', 'a']);
});

test('news that are not taken join them, and cost one call', async () => {
  let asked = 0;
  const create = (): Promise<Result<unknown>> => {
    asked++;
    return Promise.resolve(FORBIDDEN);
  };
  const before = { events: [event('a')], dueAt: 60_000, waitMs: 60_000 };
  const { untold } = await tell(create, before, [event('b'), event('c')], 10);
  expect([names(untold.events), asked]).toEqual([['a', 'b', 'c'], 1]);
});

test('an answer that was lost: the event is there already, and that is as good', async () => {
  const { create, taken } = server((name) => (name === 'a' ? failure('Exists', 'already exists', 409) : undefined));
  const before = { events: [event('a'), event('b')], dueAt: 0, waitMs: 60_000 };
  expect(await tell(create, before, [], 10)).toEqual({ untold: NOTHING_UNTOLD, lost: [], failure: undefined });
  expect(taken).toEqual(['b']);
});

test('one that the API server can make nothing of is lost, and stands in no other’s way', async () => {
  const invalid = failure('Denied', 'note: Too long', 422);
  const { create, taken } = server((name) => (name === 'a' ? invalid : undefined));
  const { untold, lost } = await tell(create, NOTHING_UNTOLD, [event('a'), event('b')], 0);
  expect([taken, names(lost), untold]).toEqual([['b'], ['a'], NOTHING_UNTOLD]);
});

test('only the last of them are kept', async () => {
  const { create } = server(() => FORBIDDEN);
  const many = Array.from({ length: MOST_UNTOLD + 3 }, (_, i) => event(String(i)));
  const { untold, lost } = await tell(create, NOTHING_UNTOLD, many, 0);
  expect([untold.events.length, names(lost)]).toEqual([MOST_UNTOLD, ['0', '1', '2']]);
});

test('an operator that may write no events for ten minutes tells them after that, each once', async () => {
  const world = new World();
  world.apply('ImmutableApp', shop({ replicas: 2 }));
  await world.settle();
  const before = world.store.events.length;
  const take = world.store.tell.bind(world.store);
  let asked = 0;
  world.store.tell = () => {
    asked++;
    return failure('Denied', 'events.events.k8s.io is forbidden: exceeded quota: tight', 403);
  };
  world.edit('ImmutableApp', APP, setConfig('v2'));
  await world.time.run(600_000);
  expect(world.store.events).toHaveLength(before);
  expect(asked).toBeLessThan(10);
  world.store.tell = take;
  await world.time.run(3_600_000);
  const told = world.store.events.slice(before);
  expect(told.map(({ reason }) => reason)).toEqual(['Minted', 'Switched', 'Retired']);
  expect(new Set(told.map(({ metadata }) => metadata.name)).size).toBe(3);
});
