// What becomes of a write that was refused: nothing that happens to the App in the meantime makes the operator insist, and a change
// of what is asked for is tried at once. On the simulated cluster, with the real controller.
import { expect, test } from '@jest/globals';
import { failure, type Failure } from '../../src/model/failure.ts';
import { obj } from '../../src/model/json.ts';
import { World } from '../world.ts';
import { APP, setConfig, setSpec, shop } from '../world/scenarios.ts';
import type { Stored } from '../world/store.ts';

const SLOW_MS = 60_000;
const LONG_MS = 4 * SLOW_MS;
const STIR_MS = 4_700;

/** Creations of a Deployment that were really asked for, since request number `from`. */
const attempts = (world: World, from: number): number[] =>
  world.requests.slice(from).flatMap(({ verb, kind, at }) => (verb === 'create' && kind === 'Deployment' ? [at] : []));

/** An App that serves, and whose next version is refused for as long as `says` has an answer: a dry run counts against no quota. */
async function refused(says: () => Failure | undefined) {
  const world = new World();
  world.apply('ImmutableApp', shop({ replicas: 2 }));
  await world.settle();
  const create = world.store.create.bind(world.store);
  world.store.create = (actor, kind, sent, dryRun) =>
    (kind === 'Deployment' && dryRun !== true ? says() : undefined) ?? create(actor, kind, sent, dryRun);
  const from = world.requests.length;
  world.edit('ImmutableApp', APP, setConfig('v2'));
  return { world, from };
}
const QUOTA = failure('Denied', 'exceeded quota: compute', 403);

const conditionOf = (world: World, type: string): unknown =>
  (obj(world.app(APP).status).conditions as { type: string; reason: string }[]).find((condition) => condition.type === type)?.reason;

/** Everything that may happen to an App that is none of its spec: pods come and go, others write their own, labels are put on. */
function stir(world: World, round: number): void {
  const label = (draft: Stored): void => {
    draft.metadata.labels = { ...draft.metadata.labels, round: String(round) };
  };
  world.edit('ImmutableApp', APP, label);
  world.edit('Deployment', world.store.list('Deployment')[0]!.metadata.name, label);
  const [pod] = world.store.list('Pod');
  if (pod !== undefined) world.remove('Pod', pod.metadata.name);
}
function stirFor(world: World, ms: number): void {
  for (let at = STIR_MS; at < ms; at += STIR_MS) {
    world.time.after(at, () => {
      stir(world, at);
    });
  }
}

test('our own report, pods that come and go and labels of others do not make a refused write be tried before its time', async () => {
  let refusing = true;
  const { world, from } = await refused(() => (refusing ? QUOTA : undefined));
  stirFor(world, LONG_MS);
  await world.time.run(LONG_MS);
  expect(conditionOf(world, 'Stalled')).toBe('Denied');
  const tried = attempts(world, from);
  // Once a minute, and no less often: whatever was refused may be granted without a word to us.
  expect(tried.length).toBeGreaterThanOrEqual(LONG_MS / SLOW_MS - 1);
  const gaps = tried.slice(1).map((at, i) => at - tried[i]!);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(SLOW_MS);
  expect(Math.max(...gaps)).toBeLessThan(SLOW_MS + 1_000);
  refusing = false;
  await world.time.run(SLOW_MS + 30_000);
  expect(conditionOf(world, 'Stalled')).toBeUndefined();
  expect(world.oracles.moves.at(-1)).toBe(`web → ${world.store.list('Deployment').at(-1)!.metadata.name}`);
}, 20_000);

test('a changed spec is tried at once, even where it comes to the same write', async () => {
  const { world, from } = await refused(() => QUOTA);
  await world.time.run(10_000);
  expect(attempts(world, from)).toHaveLength(1);
  world.edit('ImmutableApp', APP, setSpec({ promotion: { drainSeconds: 31 } }));
  await world.time.run(1_000);
  expect(attempts(world, from)).toHaveLength(2);
  world.edit('ImmutableApp', APP, setConfig('v3'));
  await world.time.run(1_000);
  expect(attempts(world, from)).toHaveLength(3);
});

test('what was not refused goes on meanwhile: what serves follows spec.replicas', async () => {
  const { world, from } = await refused(() => QUOTA);
  await world.time.run(10_000);
  world.edit('ImmutableApp', APP, setSpec({ replicas: 5 }));
  await world.time.run(20_000);
  expect(attempts(world, from)).toHaveLength(2);
  expect(world.store.list('Deployment').map(({ spec }) => spec?.replicas)).toEqual([5]);
});

test('a report that is refused is not written again and again', async () => {
  const world = new World();
  world.apply('ImmutableApp', shop({ replicas: 2 }));
  await world.settle();
  world.store.admission.push((actor, kind) => (actor === 'operator' && kind === 'ImmutableApp' ? 'no reports today' : undefined));
  const from = world.requests.length;
  world.edit('ImmutableApp', APP, setConfig('v2'));
  await world.time.run(5 * SLOW_MS);
  const reports = world.requests.slice(from).filter(({ verb }) => verb === 'status');
  expect(reports.length).toBeGreaterThanOrEqual(4);
  expect(reports.length).toBeLessThanOrEqual(6);
  // Nobody is told, and yet it is done.
  expect(world.oracles.moves).toHaveLength(2);
});

test('patience asked for by the API server holds for the write, whatever happens to its App', async () => {
  let busy = true;
  const { world, from } = await refused(() => (busy ? failure('Transient', 'slow down', 429, 30_000) : undefined));
  stirFor(world, 95_000);
  await world.time.run(95_000);
  const tried = attempts(world, from);
  expect(tried).toHaveLength(4);
  for (const [i, at] of tried.entries()) if (i > 0) expect(at - tried[i - 1]!).toBeGreaterThanOrEqual(30_000);
  busy = false;
  await world.time.run(30_000);
  expect(world.oracles.moves).toHaveLength(2);
});

test('an API server that has just started and knows no roles yet passes no verdict on a template', async () => {
  const world = new World();
  world.apply('ImmutableApp', shop({ replicas: 2 }));
  await world.settle();
  const create = world.store.create.bind(world.store);
  const back = world.time.monotonic() + 2_000;
  const words =
    'deployments.apps is forbidden: User "operator" cannot create resource "deployments" in API group "apps" in the namespace "team"';
  world.store.create = (...asked) =>
    world.time.monotonic() < back && asked[1] === 'Deployment' ? failure('Denied', words, 403) : create(...asked);
  world.edit('ImmutableApp', APP, setConfig('v2'));
  await world.time.run(10_000);
  expect(conditionOf(world, 'Stalled')).toBe('Denied');
  await world.time.run(SLOW_MS);
  expect(world.oracles.moves).toHaveLength(2);
});
