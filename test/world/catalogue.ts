// Fifty-two faults of controllers, collected from papers and bug trackers: how each is played in the world, which test elsewhere proves
// what the world cannot show, or why it cannot happen here.
import { failure } from '../../src/model/failure.ts';
import { obj, text } from '../../src/model/json.ts';
import { NAMESPACE } from '../world.ts';
import type { Weather, World, WorldOptions } from '../world.ts';
import { setReady } from './actors.ts';
import { undisturbed } from './compare.ts';
import { APP, apply, edit, pointAt, scenario, setConfig, setSpec, tamper, versionOf, WARM } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';
import type { Fault, Request } from './server.ts';
import { isWrite } from './server.ts';
import { CACHED_KINDS } from '../../src/shell/store/cache.ts';
import type { Fields, StoredKind } from './store.ts';

/** One story under one trouble. */
export interface Told {
  readonly scenario: Scenario;
  readonly options: WorldOptions;
  readonly label: string;
  /** It ends with the deeds and moves it has without the trouble. */
  readonly alike?: boolean;
  /** A reason that the App reports at some time. */
  readonly says?: string;
  /** What the API server answers at some time. */
  readonly hears?: string;
}

export interface Row {
  readonly fault: number;
  readonly what: string;
  readonly plays?: () => Promise<readonly Told[]> | readonly Told[];
  /** Tests that prove it, or the rest of it: file and title. */
  readonly tested?: readonly (readonly [file: string, title: string])[];
  /** Why it cannot apply. */
  readonly not?: string;
}

const UPDATE = scenario('update');
const REVERT = scenario('switch to warm');
const FIRST = scenario('first apply');
const of =
  (verb: Request['verb'], kind: string) =>
  (request: Request): boolean =>
    request.verb === verb && request.kind === kind;
const SWITCH = of('patch', 'Service');

const requestsOf = async (story: Scenario, which: (request: Request) => boolean): Promise<Request[]> => {
  const { world, from, to } = await undisturbed(story);
  const found = world.requests.slice(from - 1, to).filter(which);
  if (found.length === 0) throw new Error(`${story.name} has no such request`);
  return found;
};

/** Each of these requests in turn goes wrong. */
const strike =
  (story: Scenario, fault: Fault, which: (request: Request) => boolean = isWrite, weather: Partial<Weather> = {}) =>
  async (): Promise<Told[]> =>
    (await requestsOf(story, which)).map(({ number }) => ({
      scenario: story,
      options: { faults: [[number, fault]], weather },
      label: `#${number} ${fault}`,
      alike: true,
    }));

/** Somebody does something as soon as each of these requests in turn had its effect. */
const meddle =
  (story: Scenario, act: (world: World) => void, label: string, which: (request: Request) => boolean = isWrite) =>
  async (): Promise<Told[]> =>
    (await requestsOf(story, which)).map(({ number }) => ({
      scenario: story,
      options: { disturb: new Map([[number, act]]) },
      label: `${label} after #${number}`,
    }));

const under = (story: Scenario, weather: Partial<Weather>, label: string, more: Partial<Told> = {}): Told => ({
  scenario: story,
  options: { weather },
  label,
  alike: true,
  ...more,
});
const seeds = (story: Scenario, weather: Partial<Weather>, label: string): Told[] =>
  Array.from({ length: 10 }, (_, i) => ({ scenario: story, options: { weather, seed: i + 1 }, label, alike: true }));
const told = (story: Scenario, more: Partial<Told> = {}): Told => ({ scenario: story, options: {}, label: 'as it is', ...more });
const all =
  (...parts: (() => Promise<readonly Told[]>)[]) =>
  async (): Promise<Told[]> =>
    (await Promise.all(parts.map((part) => part()))).flat();

/** The API server refuses the first `times` of these requests of the story itself. */
function refused(
  story: Scenario,
  which: (request: Request) => boolean,
  times: number,
  answer: ReturnType<typeof failure>,
  more: Partial<Told> = {},
): () => Promise<Told[]> {
  return async () => {
    const { from } = await undisturbed(story);
    let left = times;
    const refuse = (request: Request) => (request.number >= from && which(request) && left-- > 0 ? answer : undefined);
    return [{ scenario: story, options: { refuse }, label: `${answer.kind} ×${times}`, hears: answer.message, ...more }];
  };
}

const given = (name: string, before: Scenario['given'], when: (world: World) => void): Scenario => ({ name, given: before, when });
const v2 = edit(setConfig('v2'));

/** Again and again for two minutes, then no more. */
const every =
  (ms: number, act: (world: World) => void) =>
  (world: World): void => {
    for (let at = ms; at <= 120_000; at += ms)
      world.time.after(at, () => {
        act(world);
      });
  };
const drain = (world: World): void => {
  for (const { metadata } of world.store.list('Pod')) world.remove('Pod', metadata.name);
};
const relabel =
  (labels: Record<string, string>) =>
  (world: World): void => {
    world.edit('Pod', world.store.list('Pod')[0]!.metadata.name, (draft) => {
      draft.metadata.labels = { ...draft.metadata.labels, ...labels };
    });
  };
/** What the Service selects by, and not the hash: with that too a ReplicaSet would adopt it. */
const stranger = (world: World): void => {
  const { metadata, spec } = world.store.list('Pod')[0]!;
  const labels = { ...metadata.labels };
  delete labels['pod-template-hash'];
  const pod = world.apply('Pod', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'stranger', namespace: NAMESPACE, labels },
    spec: spec!,
  });
  setReady(world.store, pod, true);
  world.time.after(120_000, () => {
    world.remove('Pod', 'stranger');
  });
};
const addSidecar = (kind: StoredKind, draft: { spec?: Fields }): void => {
  if (kind !== 'Deployment') return;
  const podSpec = obj(obj(draft.spec?.template).spec) as { containers: Fields[] };
  if (podSpec.containers.some(({ name }) => name === 'proxy')) return;
  podSpec.containers = [...podSpec.containers, { name: 'proxy', image: 'proxy:1' }];
};
/** From now on the API server shows a field that nobody wrote, on what there is and on what is made. */
const upgrade = (world: World): void => {
  const fresh = ({ spec }: { spec?: Fields }): void => {
    if (spec !== undefined) spec.fresh ??= 'new';
  };
  world.store.mutations.push((kind, draft) => {
    if (kind === 'Deployment') fresh(draft);
  });
  world.store.upgrade('Deployment', fresh);
};
/** Somebody made it before us, and it stays. */
const squat = (kind: 'Deployment' | 'ConfigMap' | 'ControllerRevision' | 'Service') => async (): Promise<Told> => {
  const { world } = await undisturbed(FIRST);
  const { metadata, spec, data } = world.store.list(kind)[0]!;
  const { name, namespace } = metadata;
  const theirs = {
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace },
    ...(spec === undefined ? {} : { spec }),
    ...(data === undefined ? {} : { data: kind === 'ConfigMap' ? { theirs: 'yes' } : { theirs: true } }),
  };
  const before = (there: World): void => void there.apply(kind, theirs);
  return { ...told(given(`the name of a ${kind} is taken`, [before], apply())), label: kind, hears: 'already exists' };
};
const namespaceGoes = (world: World): void => {
  world.store.admission.push((_actor, _kind, _after, before) => (before === undefined ? 'namespace team is being terminated' : undefined));
  for (const kind of ['ImmutableApp', 'Service', 'Deployment', 'ControllerRevision', 'ConfigMap'] as const)
    for (const { metadata } of world.store.list(kind)) world.remove(kind, metadata.name);
};
const renamePort = edit((draft) => {
  setConfig('v2')(draft);
  const { containers } = (draft.spec!.template as { spec: { containers: { ports: Fields[] }[] } }).spec;
  containers[0]!.ports = [{ name: 'web', containerPort: 80 }];
});
const flicker =
  (to: (world: World) => string) =>
  (world: World): void => {
    const before = text(world.app(APP).spec?.activeVersion);
    edit(setSpec({ activeVersion: to(world) }))(world);
    world.time.after(5_000, () => {
      edit(setSpec({ activeVersion: before }))(world);
    });
  };

/** Every watch is answered by an API server that is ten seconds behind, and by one that is not two seconds later. */
const travel = (world: World): void => {
  const [past, version] = [world.operator.lists(), world.store.version];
  world.time.after(10_000, () => {
    world.operator.relist(past, version);
    world.time.after(2_000, () => {
      world.operator.relist();
    });
  });
};

export const CATALOGUE: readonly Row[] = [
  { fault: 1, what: 'crash before each write', plays: all(strike(UPDATE, 'dies before'), strike(REVERT, 'dies before')) },
  { fault: 2, what: 'crash after the effect, before the response', plays: all(strike(UPDATE, 'dies after'), strike(REVERT, 'dies after')) },
  {
    fault: 3,
    what: 'crash between ConfigMap and Deployment',
    plays: all(strike(FIRST, 'dies after', of('create', 'ConfigMap')), strike(UPDATE, 'dies after', of('create', 'ConfigMap'))),
  },
  {
    fault: 4,
    what: 'crash between the switch and status',
    plays: all(strike(UPDATE, 'dies after', SWITCH), strike(scenario('two Active Services, update'), 'dies after', SWITCH)),
  },
  {
    fault: 5,
    what: 'crash between status and scale-down',
    plays: all(strike(UPDATE, 'dies after', of('status', 'ImmutableApp')), strike(UPDATE, 'dies before', of('delete', 'Deployment'))),
  },
  { fault: 6, what: 'crash in the middle of a finalizer', not: 'There is no finalizer: owner references delete what belongs to an App.' },
  {
    fault: 7,
    what: 'a create that has effect is answered with a timeout, then AlreadyExists',
    plays: all(
      strike(FIRST, 'fails after', ({ verb }) => verb === 'create'),
      strike(UPDATE, 'fails after', ({ verb }) => verb === 'create'),
    ),
  },
  { fault: 8, what: 'the same on a selector patch', plays: strike(UPDATE, 'fails after', SWITCH) },
  { fault: 9, what: 'timeout without effect', plays: strike(UPDATE, 'fails before') },
  {
    fault: 10,
    what: '409 several times, then success',
    plays: all(
      refused(UPDATE, SWITCH, 4, failure('Conflict', 'the object has been modified', 409), { alike: true }),
      refused(UPDATE, of('status', 'ImmutableApp'), 4, failure('Conflict', 'the object has been modified', 409), { alike: true }),
    ),
  },
  {
    fault: 11,
    what: '429 with Retry-After',
    plays: refused(UPDATE, isWrite, 5, failure('Transient', 'too many requests', 429, 2_000), { alike: true }),
    tested: [['test/shell/kube.test.ts', 'patience asked for is passed on, from the header or from the body']],
  },
  {
    fault: 12,
    what: '403 in the middle of a rollout',
    plays: all(
      ...[
        of('create', 'Deployment'),
        of('create', 'ControllerRevision'),
        of('create', 'ConfigMap'),
        SWITCH,
        of('delete', 'Deployment'),
      ].map((which) =>
        refused(UPDATE, which, 5, failure('Denied', 'forbidden: somebody took the right away', 403), { alike: true, says: 'Denied' }),
      ),
    ),
  },
  {
    fault: 13,
    what: '422 from a policy that came later',
    plays: all(
      refused(UPDATE, of('dry-run', 'Deployment'), 5, failure('Denied', 'denied by policy no-httpd', 422), {
        says: 'InvalidTemplate',
      }),
      refused(UPDATE, of('create', 'Deployment'), 5, failure('Denied', 'denied by policy no-httpd', 422), { says: 'Denied' }),
    ),
  },
  {
    fault: 14,
    what: 'the lister lacks an own create',
    plays: () =>
      (['Deployment', 'ControllerRevision', 'ConfigMap'] as const).map((kind) =>
        under(UPDATE, { slow: { [kind]: 8_000 } }, `slow ${kind}`),
      ),
  },
  {
    fault: 15,
    what: 'relist from an API server that lags',
    plays: all(meddle(UPDATE, travel, 'time travel'), meddle(REVERT, travel, 'time travel')),
  },
  {
    fault: 16,
    what: 'the App is deleted and made anew under its name',
    plays: all(
      ...[UPDATE, FIRST].map((story) =>
        meddle(
          story,
          (world) => {
            const { metadata, spec } = world.app(APP);
            world.remove('ImmutableApp', APP);
            world.apply('ImmutableApp', {
              apiVersion: 'immutableapp.io/v1alpha1',
              kind: 'ImmutableApp',
              metadata: { name: metadata.name, namespace: metadata.namespace },
              spec: spec!,
            });
          },
          'made anew',
        ),
      ),
    ),
    tested: [
      [
        'test/shell/cache.test.ts',
        'an App that replaced another of its name is the one, whichever news come last, and keeps what is remembered of it',
      ],
    ],
  },
  {
    fault: 17,
    what: 'Deployment status of an old generation says available',
    plays: () => [
      under(UPDATE, { deployments: [5_000, 5_000] }, 'slow status'),
      under(scenario('scale during an update'), { deployments: [5_000, 5_000] }, 'slow status'),
    ],
  },
  {
    fault: 18,
    what: 'a stale App still says A after B was served',
    plays: () =>
      [REVERT, scenario('cold rollback'), scenario('release of a pointer')].map((story) =>
        under(story, { slow: { ImmutableApp: 8_000 } }, 'slow App'),
      ),
  },
  {
    fault: 19,
    what: 'caches of kinds are skewed',
    plays: () =>
      CACHED_KINDS.map((kind) =>
        under(
          UPDATE,
          { slow: Object.fromEntries(CACHED_KINDS.filter((other) => other !== kind).map((other) => [other, 6_000])) },
          `only ${kind} is fresh`,
        ),
      ),
  },
  {
    fault: 20,
    what: 'an older object is written back into the cache',
    plays: () => [under(UPDATE, { slow: { Service: 8_000, ImmutableApp: 8_000 } }, 'own answers are newer than news')],
  },
  {
    fault: 21,
    what: 'a watch drops news',
    plays: () => [...seeds(UPDATE, { lost: 0.2 }, 'a fifth is lost'), ...seeds(REVERT, { lost: 0.2 }, 'a fifth is lost')],
  },
  { fault: 22, what: 'a watch repeats news', plays: () => seeds(UPDATE, { repeated: 1, watch: [1, 500] }, 'all comes twice') },
  {
    fault: 23,
    what: 'kinds are reordered',
    plays: () => [...seeds(UPDATE, { watch: [1, 3_000] }, 'any order'), ...seeds(REVERT, { watch: [1, 3_000] }, 'any order')],
  },
  {
    fault: 24,
    what: 'a watch hangs without a close',
    plays: () => CACHED_KINDS.map((kind) => under(UPDATE, { silent: [kind] }, `silent ${kind}`)),
    tested: [['test/shell/watch.test.ts', 'a stream that falls silent is given up, and resumed where it was']],
  },
  {
    fault: 25,
    what: '410 during a relist',
    tested: [
      ['test/shell/watch.test.ts', 'one 410 after the other is met with patience'],
      ['test/shell/watch.test.ts', 'a list that expires between its pages begins anew'],
    ],
  },
  {
    fault: 26,
    what: 'A→B→A, of which B is never seen',
    plays: () => {
      const back = (world: World): void => {
        pointAt('v1')(world);
        pointAt('v2')(world);
      };
      return [under(given('A, B, A', [apply(WARM), v2, pointAt('v2')], back), { silent: ['ImmutableApp'] }, 'compressed')];
    },
  },
  {
    fault: 27,
    what: 'a DELETE is missed',
    plays: () => {
      const gone = (kind: StoredKind, name: string) =>
        given(`${kind} deleted unseen`, [apply()], (world) => {
          world.remove(kind, name === '' ? world.store.list(kind)[0]!.metadata.name : name);
        });
      return [gone('Deployment', ''), gone('Service', 'web'), gone('ImmutableApp', APP), gone('ConfigMap', '')].map((story) =>
        under(story, { silent: [...CACHED_KINDS] }, 'nothing but lists', { alike: false }),
      );
    },
  },
  {
    fault: 28,
    what: 'a storm of reconnects',
    tested: [
      ['test/shell/watch.test.ts', 'a server that closes every stream at once is not asked in a loop'],
      ['test/shell/watch.test.ts', 'patience doubles up to half a minute, and a stream that held ends it'],
    ],
  },
  {
    fault: 29,
    what: 'an old leader goes on after it lost the lease',
    plays: all(strike(UPDATE, 'lands late', isWrite, { restart: 5_000 }), strike(REVERT, 'lands late', isWrite, { restart: 5_000 })),
    tested: [
      ['test/shell/lease.test.ts', 'whoever cannot renew may not write after ten seconds, long before another may, and loses once'],
      ['test/shell/kube.test.ts', 'a write that stood in line while the lease went does not go out'],
    ],
  },
  {
    fault: 30,
    what: 'a pause between a live read and the write',
    plays: all(strike(UPDATE, 'is slow'), strike(REVERT, 'is slow'), async () =>
      (await requestsOf(UPDATE, ({ kind, verb }) => verb === 'read' && kind === 'ImmutableApp')).map(({ number }) => ({
        scenario: UPDATE,
        options: { faults: [[number + 1, 'is slow' as const]], disturb: new Map([[number, edit(setConfig('v3'))]]) },
        label: `other content while #${number + 1} is slow`,
      })),
    ),
  },
  {
    fault: 31,
    what: 'two builds lead one after the other',
    tested: [['test/plan/scheme.test.ts', 'an App that did not change creates nothing, moves nothing, and keeps its id']],
  },
  {
    fault: 32,
    what: 'clocks are skewed',
    plays: () => [30_000, -30_000].flatMap((skew) => [UPDATE, REVERT, FIRST].map((story) => under(story, { skew }, `skew ${skew}`))),
    tested: [['test/shell/lease.test.ts', 'another waits while it is renewed, however wrong its own wall clock is']],
  },
  {
    fault: 33,
    what: 'a human edits the image of a Deployment',
    plays: meddle(
      UPDATE,
      (world) => {
        tamper('Deployment')(world);
      },
      'edited',
    ),
  },
  {
    fault: 34,
    what: 'a ReplicaSet’s template is edited',
    plays: meddle(
      UPDATE,
      (world) => {
        tamper('ReplicaSet')(world);
      },
      'edited',
    ),
  },
  {
    fault: 35,
    what: 'a pod is relabelled into or out of a Service',
    plays: () => [told(given('a pod leaves', [apply()], relabel({ 'immutableapp.io/instance': 'nowhere' })))],
  },
  {
    fault: 36,
    what: 'a foreign pod wears our labels',
    plays: () => [
      told(given('a stranger', [apply()], stranger), { says: 'ForeignEndpoint' }),
      told(given('a stranger, and an update', [apply(), stranger], v2), { says: 'ForeignEndpoint' }),
    ],
  },
  {
    fault: 37,
    what: 'a ConfigMap is deleted and made anew, poisoned',
    plays: () => [told(scenario('the config of what serves is made anew, and says something else'))],
  },
  {
    fault: 38,
    what: 'a child’s name is taken by somebody else',
    plays: async () => Promise.all([squat('Deployment')(), squat('ConfigMap')(), squat('ControllerRevision')()]),
  },
  {
    fault: 39,
    what: 'GitOps resets the selector every five seconds',
    plays: () => [
      told(
        given(
          'a tug of war',
          [apply()],
          every(5_000, (world) => {
            world.edit('Service', 'web', (draft) => {
              draft.spec!.selector = { team: 'shop' };
            });
          }),
        ),
        { says: 'SelectorContended' },
      ),
    ],
  },
  {
    fault: 40,
    what: 'an HPA scales during a switch',
    plays: all(
      meddle(UPDATE, edit(setSpec({ replicas: 5 })), 'up'),
      meddle(UPDATE, edit(setSpec({ replicas: 1 })), 'down'),
      meddle(REVERT, edit(setSpec({ replicas: 5 })), 'up'),
    ),
  },
  {
    fault: 41,
    what: 'a mutating policy adds a sidecar',
    plays: () => [
      told(
        given(
          'a sidecar from the start',
          [
            (world) => {
              world.store.mutations.push(addSidecar);
            },
            apply(),
          ],
          v2,
        ),
      ),
      told(
        given('a sidecar from now on', [apply()], (world) => {
          world.store.mutations.push(addSidecar);
          v2(world);
        }),
      ),
    ],
  },
  {
    fault: 42,
    what: 'an upgraded API server shows a new default',
    plays: () => [
      told(given('a new default', [apply()], upgrade)),
      told(given('a new default, then an update', [apply(), upgrade], v2)),
      told(
        given('a new default in the middle of an update', [apply()], (world) => {
          v2(world);
          world.time.after(500, () => {
            upgrade(world);
          });
        }),
      ),
    ],
  },
  {
    fault: 43,
    what: 'the pointer switches in the middle of a switch, and back',
    plays: all(
      meddle(
        REVERT,
        flicker((world) => versionOf(world, 'v2')),
        'to v2 and back',
      ),
      meddle(
        REVERT,
        flicker(() => 'nonsense'),
        'to nothing and back',
      ),
      meddle(REVERT, edit(setSpec({ activeVersion: 'nonsense' })), 'to nothing'),
      meddle(
        REVERT,
        (world) => {
          tamper('Deployment')(world);
          flicker((there) => versionOf(there, 'v2'))(world);
        },
        'from what is compromised',
      ),
    ),
  },
  {
    fault: 44,
    what: 'a new version crash-loops after its switch',
    plays: () => [told(scenario('a version that collapses after its switch'), { says: 'FailedBack' })],
  },
  {
    fault: 45,
    what: 'a node drain leaves nothing ready',
    plays: all(meddle(UPDATE, drain, 'drained'), meddle(REVERT, drain, 'drained'), () =>
      Promise.resolve([told(given('drained at rest', [apply()], drain))]),
    ),
  },
  {
    fault: 46,
    what: 'the CRD or the namespace is deleted',
    plays: all(
      meddle(
        UPDATE,
        (world) => {
          if (world.store.get('ImmutableApp', NAMESPACE, APP) !== undefined) world.remove('ImmutableApp', APP);
        },
        'App gone',
      ),
      meddle(UPDATE, namespaceGoes, 'namespace gone'),
    ),
  },
  { fault: 47, what: 'two contents share a truncated hash', plays: async () => [await squat('ControllerRevision')()] },
  { fault: 48, what: 'content over the limits', tested: [['test/cluster/refusal.test.ts', 'content over 1 MiB']] },
  {
    fault: 49,
    what: 'the EndpointSlice controller is down',
    plays: () =>
      [UPDATE, REVERT, scenario('two Active Services, update')].map((story) =>
        under(story, { slices: [900_000, 900_000] }, 'down for a quarter of an hour'),
      ),
  },
  {
    fault: 50,
    what: 'endpoints lag beyond the delay',
    plays: () => [UPDATE, REVERT].map((story) => under(story, { slices: [60_000, 60_000] }, 'a minute late')),
  },
  {
    fault: 51,
    what: 'endpoints over several slices',
    plays: () =>
      [UPDATE, REVERT, FIRST, scenario('two Active Services, update')].flatMap((story) => [
        under(story, { sliceSize: 2 }, 'two a slice'),
        under(story, { sliceSize: 1, slices: [2_000, 2_000] }, 'one a slice, slowly'),
      ]),
  },
  {
    fault: 52,
    what: 'a named targetPort changes',
    plays: () => [told(given('the port is called otherwise', [apply()], renamePort), { says: 'PortMissing' })],
  },
];
