// What a forecast says, compared with what then happens: each story of the simulated cluster is stopped at the moment when somebody has done
// something, foretold from there, and then told to its end.
import { describe, expect, test } from '@jest/globals';
import { LONG_MS, NAMESPACE, World } from '../world.ts';
import type { Status } from '../../src/model/app.ts';
import type { Forecast } from '../../src/cli/forecast/forecast.ts';
import { forecast } from '../../src/cli/forecast/forecast.ts';
import { outlookOf } from '../../src/cli/forecast/outlook.ts';
import type { Manifest } from '../../src/cli/documents.ts';
import { CACHED_KINDS } from '../../src/shell/store/cache.ts';
import { APP, SCENARIOS } from '../world/scenarios.ts';
import type { Scenario } from '../world/scenarios.ts';

/** How long a pod takes in that cluster: its Deployment controller, its kubelet. */
const READY_MS = 1_500;

interface Told {
  readonly writes: readonly string[];
  readonly serves: string | undefined;
}

async function compare(scenario: Scenario): Promise<{ readonly foretold: Told; readonly happened: Told }> {
  const world = new World();
  for (const step of scenario.given) {
    step(world);
    await world.settle(scenario.pauseMs ?? LONG_MS);
  }
  const from = world.requests.length;
  scenario.when(world);
  const foretold = await foretell(world);
  await world.settle(LONG_MS);
  const writes = world.requests
    .slice(from)
    .filter(({ effect, kind, verb }) => effect && kind !== 'Event' && verb !== 'status')
    .map(({ verb, kind, name }) => `${verb} ${kind} ${plainly(name)}`);
  return { foretold, happened: { writes, serves: servesIn(world.store.get('ImmutableApp', NAMESPACE, APP)?.status) } };
}

/** The name of what gates said ends in a digest of a uid, which nobody can foretell. */
const plainly = (name: string): string => name.replace(/(?<=\.gates-(before|after))-\w+$/, '');

async function foretell(world: World): Promise<Told> {
  const seen = await foresee(world);
  const writes = seen.deeds.filter(({ verb }) => verb !== 'tell').map(({ verb, kind, name }) => `${verb} ${kind} ${plainly(name)}`);
  return { writes, serves: servesIn(seen.status) };
}

function foresee(world: World): Promise<Forecast> {
  const there = CACHED_KINDS.flatMap((kind) => world.store.list(kind).map((object) => ({ ...object, kind })));
  const objects = JSON.parse(JSON.stringify(there)) as Manifest[];
  const app = objects.find(({ kind, metadata }) => kind === 'ImmutableApp' && (metadata as { name: string }).name === APP);
  if (app === undefined) throw new Error('there is no App to foretell');
  return forecast({
    app,
    objects: objects.filter((object) => object !== app),
    now: world.time.now(),
    readyMs: READY_MS,
    horizonMs: LONG_MS,
    rehearse: (object) => Promise.resolve(world.store.create('operator', 'Deployment', object, true)),
  });
}

const servesIn = (status: unknown): string | undefined => (status as { activeInstance?: string } | undefined)?.activeInstance;

/** What nobody can foretell, and why. */
const LATER = 'somebody does something later';
const BROKEN = 'its pods fail';
const UNFORETOLD: Readonly<Record<string, string>> = {
  'scale during an update': LATER,
  'newer content during an update': LATER,
  'one at a time, newer content half-way': LATER,
  'a captured ConfigMap and the spec change together': LATER,
  'a captured ConfigMap comes after its App': LATER,
  'a captured ConfigMap is touched, and changes back before it has settled': LATER,
  'what serves is edited while the next version comes up': LATER,
  'the namespace is deleted, config first': LATER,
  'the namespace is deleted while a version comes up, records first': LATER,
  'a version that never comes up': BROKEN,
  'one at a time, a version that never comes up': BROKEN,
  'a version that collapses after its switch': BROKEN,
  'a version that was switched to at zero never comes up when it is scaled up': BROKEN,
  'rescue: what serves collapses long after its switch, and somebody points at what is warm and has lost pods itself':
    'pods that are not ready come back',
  'the config of what serves is made anew, and says something else': 'only the process that made the config remembers which it was',
  delete: 'there is no App any more',
};
const foretellable = SCENARIOS.filter(({ name }) => UNFORETOLD[name] === undefined);

describe('comes true', () => {
  test.each(foretellable.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
    const { foretold, happened } = await compare(scenario);
    expect(foretold).toEqual(happened);
  });

  test('for most stories, and what cannot is a story', () => {
    expect(Object.keys(UNFORETOLD).filter((name) => !SCENARIOS.some((scenario) => scenario.name === name))).toEqual([]);
    expect(foretellable.length).toBeGreaterThan(40);
  });
});

describe('what is told of it', () => {
  const CALM: Scenario = SCENARIOS.find(({ name }) => name === 'update')!;
  test('the version, the earliest switch, how many pods, what goes', async () => {
    const world = new World();
    for (const step of CALM.given) {
      step(world);
      await world.settle(LONG_MS);
    }
    const before = (world.app(APP).status ?? {}) as Status;
    CALM.when(world);
    const outlook = outlookOf(await foresee(world), before, 3);
    const [, id] = /^record version (.*)$/.exec(outlook.steps[0]!.does)!;
    expect(outlook).toEqual({
      version: { id, called: expect.stringContaining(id!.slice(APP.length + 1)), isNew: true },
      steps: [
        { afterSeconds: 0, does: `record version ${id!}` },
        { afterSeconds: 0, does: `create ConfigMap ${id!}.httpd` },
        { afterSeconds: 0, does: `create Deployment ${id!} with 3 pods` },
        { afterSeconds: 1.5, does: `switch Service web to ${id!} (from ${before.activeInstance!})` },
        { afterSeconds: expect.closeTo(31.5, 0), does: `delete Deployment ${before.activeInstance!}` },
      ],
      switchesAfterSeconds: 1.5,
      serves: { before: before.activeInstance, after: id },
      pods: { now: 3, most: 6, after: 3 },
      warnings: [],
    });
  });
});
