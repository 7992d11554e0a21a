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
import { APP, apply, edit, opensIn, SCENARIOS, setConfig, setSpec } from '../world/scenarios.ts';
import type { Scenario } from '../world/scenarios.ts';

/** How long a pod takes in that cluster: its Deployment controller, its kubelet. */
const READY_MS = 1_500;

/** Of a ladder: it moves before the switch. */
const RUNG = /-r\d+$/;

interface Told {
  readonly writes: readonly string[];
  readonly serves: string | undefined;
  /** Milliseconds until the first Service is on another instance. */
  readonly switchesAt: number | undefined;
}

/** Requests and measurements take time that a forecast does not know, and a gate may have to be asked several times. */
const SLOWER_MS = 5_000;

async function compare(scenario: Scenario, answers?: World['answerTo']): Promise<{ readonly foretold: Told; readonly happened: Told }> {
  const world = new World();
  if (answers !== undefined) {
    world.answerTo = answers;
    world.operator.cache.updateFleet({ gateSources: ['main', 'board'].map((name) => ({ name, namespaces: undefined })) });
  }
  for (const step of scenario.given) {
    step(world);
    await world.settle(scenario.pauseMs ?? LONG_MS);
  }
  const [from, begin] = [world.requests.length, world.time.monotonic()];
  const before = servesIn(world.store.get('ImmutableApp', NAMESPACE, APP)?.status);
  scenario.when(world);
  const foretold = await foretell(world, before);
  await world.settle(LONG_MS);
  const made = world.requests.slice(from).filter(({ effect, kind, verb }) => effect && kind !== 'Event' && verb !== 'status');
  const writes = made.map(({ verb, kind, name }) => `${verb} ${kind} ${plainly(name)}`);
  const serves = servesIn(world.store.get('ImmutableApp', NAMESPACE, APP)?.status);
  const moved =
    serves === before ? undefined : made.find(({ kind, verb, name }) => kind === 'Service' && verb === 'patch' && !RUNG.test(name))?.at;
  return { foretold, happened: { writes, serves, switchesAt: moved && moved - begin } };
}

/** The name of what gates said ends in a digest of a uid, which nobody can foretell. */
const plainly = (name: string): string => name.replace(/(?<=\.gates-(before|after))-\w+$/, '');

async function foretell(world: World, before: string | undefined): Promise<Told> {
  const seen = await foresee(world);
  const writes = seen.deeds.filter(({ verb }) => verb !== 'tell').map(({ verb, kind, name }) => `${verb} ${kind} ${plainly(name)}`);
  const { switchesAfterSeconds } = outlookOf(seen, {}, 0);
  const moves = servesIn(seen.status) === before ? undefined : switchesAfterSeconds;
  return { writes, serves: servesIn(seen.status), switchesAt: moves && moves * 1000 };
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
const JOB = 'a forecast takes what measures for passed, and starts no Job';
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
  'newer content on a rung': 'nobody knows yet what somebody will write',
  'a version breaks on a rung': 'nobody knows yet what will break',
  'a rung is edited': 'nobody knows yet what somebody will edit',
  'a tag moves, and what serves loses a pod, pinned': 'nobody knows yet which image the next pod runs',
  'update through an approval': LATER,
  'update through a Job': JOB,
  'a Job fails': JOB,
  'a Job never ends, and is waived': JOB,
  'a Job is deleted while it runs': JOB,
  'a Job vanishes as soon as it has completed': JOB,
  'a Job after the switch fails': JOB,
  'a Job is written anew while it runs': JOB,
  'two updates while a Job runs': JOB,
  delete: 'there is no App any more',
};
const foretellable = SCENARIOS.filter(({ name }) => UNFORETOLD[name] === undefined);

/** The same writes in the same order, and traffic moves when it was said to, or a little later. */
function comesTrue({ foretold, happened }: Awaited<ReturnType<typeof compare>>): void {
  const { switchesAt: said, ...rest } = foretold;
  const { switchesAt: was, ...others } = happened;
  expect(rest).toEqual(others);
  expect({ moved: was !== undefined, early: (was ?? 0) < (said ?? 0), late: (was ?? 0) > (said ?? 0) + SLOWER_MS }).toEqual({
    moved: said !== undefined,
    early: false,
    late: false,
  });
}

const HTTP = { name: 'smoke', http: { port: 'http', path: '/healthz' } };
const ERRORS = { name: 'errors', prometheus: { source: 'main', query: 'up', max: 1, forSeconds: 60, intervalSeconds: 10 } };
const BOARD = { name: 'board', webhook: { source: 'board' } };
const MEASURED = {
  'http before': { before: [HTTP] },
  'prometheus before': { before: [ERRORS] },
  'http before, prometheus and a webhook after': { before: [HTTP], after: [ERRORS, BOARD] },
};
/** Every measurement is good. */
const WELL: World['answerTo'] = ({ probe }) => {
  if (probe.is === 'http') return { is: 'pods', answers: [{ pod: 'web', ms: 1, status: 200, bytes: 2 }] };
  return probe.is === 'query' ? { is: 'values', values: [[0]] } : { is: 'body', body: { verdict: 'pass' } };
};

describe('comes true', () => {
  test.each(foretellable.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
    comesTrue(await compare(scenario));
  });

  test.each(Object.entries(MEASURED))('gates that measure, if all goes well: %s', async (_, gates) => {
    const when = edit((draft) => {
      setConfig('v2')(draft);
      setSpec({ promotion: { drainSeconds: 30, ...gates } })(draft);
    });
    comesTrue(await compare({ name: 'gated', given: [apply()], when }, WELL));
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
      gates: [],
    });
  });

  test('receivers and sources that it names are taken to be defined: who knows is the operator', async () => {
    const world = new World();
    apply()(world);
    await world.settle(LONG_MS);
    edit(setSpec({ notify: ['team-a'] }))(world);
    expect(outlookOf(await foresee(world), {}, 3).warnings).toEqual([]);
  });

  test('its gates: when they could pass, when a window opens, and what never passes by itself', async () => {
    const world = new World();
    apply()(world);
    await world.settle(LONG_MS);
    edit((draft) => {
      setConfig('v2')(draft);
      setSpec({ promotion: { drainSeconds: 30, before: [HTTP, ERRORS], after: [opensIn(world, 600)] } })(draft);
    })(world);
    const { gates, switchesAfterSeconds } = outlookOf(await foresee(world), {}, 3);
    expect(gates).toEqual([
      { phase: 'before', name: 'smoke', verdict: 'pass', passesAfterSeconds: 11.5 },
      { phase: 'before', name: 'errors', verdict: 'pass', passesAfterSeconds: 61.5 },
      { phase: 'after', name: 'hours', verdict: 'wait', message: expect.stringMatching(/it opens at \w{3} [\d-]+ [\d:]+ UTC$/) },
    ]);
    expect(switchesAfterSeconds).toBe(61.5);
  });
});
