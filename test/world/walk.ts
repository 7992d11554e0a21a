// A random life of one App: people edit, point, scale, tamper and delete, pods break, processes die, answers get lost, news come late.
// Then everybody stops, and it must come to rest as it should. Everything is drawn from one seed.
import { ROUGH, World, NAMESPACE } from '../world.ts';
import { int, obj } from '../../src/model/json.ts';
import { complaints, rest } from './play.ts';
import { APP, legacyService, say, setConfig, setSpec, shop, site, SITE, tamper } from './scenarios.ts';
import { FAULTS } from './server.ts';
import type { Stored, StoredKind } from './store.ts';
import { setReady } from './actors.ts';

const MODES = ['Automatic', 'Automatic', 'Automatic', 'Manual'] as const;

type Step = readonly [weight: number, name: string, act: (world: World) => void];

const pick = <T>(world: World, items: readonly T[]): T | undefined => items[Math.floor(world.random() * items.length)];
const among = (world: World, kind: StoredKind, act: (object: Stored) => void): void => {
  const found = pick(world, world.store.list(kind));
  if (found !== undefined) act(found);
};
const onService = (change: (draft: Stored, world: World) => void) => (world: World) => {
  among(world, 'Service', ({ metadata }) => {
    world.edit('Service', metadata.name, (draft) => {
      change(draft, world);
    });
  });
};

const STEPS: readonly Step[] = [
  [
    20,
    'edit config',
    (world) => {
      world.edit('ImmutableApp', APP, setConfig(`v${1 + Math.floor(world.random() * 4)}`));
    },
  ],
  [
    8,
    'edit a captured ConfigMap',
    (world) => {
      site(`s${1 + Math.floor(world.random() * 3)}`)(world);
    },
  ],
  [
    1,
    'delete a captured ConfigMap',
    (world) => {
      if (world.store.get('ConfigMap', NAMESPACE, 'site') !== undefined) world.remove('ConfigMap', 'site');
    },
  ],
  [
    8,
    'point at a version',
    (world) => {
      among(world, 'ControllerRevision', ({ metadata }) => {
        world.edit('ImmutableApp', APP, setSpec({ activeVersion: metadata.name }));
      });
    },
  ],
  [
    6,
    'take the pointer away',
    (world) => {
      world.edit('ImmutableApp', APP, setSpec({ activeVersion: '' }));
    },
  ],
  [
    4,
    'pin a version',
    (world) => {
      among(world, 'ControllerRevision', ({ metadata }) => {
        const until = new Date(world.time.now() + world.random() * 120_000).toISOString();
        world.edit('ImmutableApp', APP, say('pin', `${metadata.name} until ${until}`));
      });
    },
  ],
  [
    2,
    'reject a version',
    (world) => {
      among(world, 'ControllerRevision', ({ metadata }) => {
        world.edit('ImmutableApp', APP, say('reject', metadata.name));
      });
    },
  ],
  [
    3,
    'renew a version',
    (world) => {
      among(world, 'ControllerRevision', ({ metadata }) => {
        world.edit('ImmutableApp', APP, say('renew', `${metadata.name}@${String(Math.floor(world.random() * 3))}`));
      });
    },
  ],
  [
    2,
    'take back what was said',
    (world) => {
      for (const what of ['pin', 'reject'] as const) world.edit('ImmutableApp', APP, say(what, ''));
    },
  ],
  [
    6,
    'scale',
    (world) => {
      world.edit('ImmutableApp', APP, setSpec({ replicas: Math.floor(world.random() * 5) }));
    },
  ],
  [
    3,
    'pause or go on',
    (world) => {
      world.edit('ImmutableApp', APP, (draft) => {
        setSpec({ paused: draft.spec?.paused !== true })(draft);
      });
    },
  ],
  [
    3,
    'change the mode',
    (world) => {
      world.edit('ImmutableApp', APP, (draft) => {
        setSpec({ promotion: { ...obj(draft.spec?.promotion), mode: pick(world, MODES) } })(draft);
      });
    },
  ],
  [
    3,
    'empty a selector',
    onService((draft) => {
      draft.spec = { ...draft.spec, selector: {} };
    }),
  ],
  [
    3,
    'bend a selector',
    onService((draft, world) => {
      draft.spec = {
        ...draft.spec,
        selector: { 'immutableapp.io/instance': pick(world, world.store.list('Deployment'))?.metadata.name ?? 'x' },
      };
    }),
  ],
  [
    2,
    'strip a Service of our marks',
    onService((draft) => {
      draft.metadata.annotations = draft.metadata.name === 'legacy' ? { 'immutableapp.io/adopt': APP } : {};
      draft.metadata.labels = {};
    }),
  ],
  [
    2,
    'delete a Service of ours',
    (world) => {
      if (world.store.get('Service', NAMESPACE, 'web') !== undefined) world.remove('Service', 'web');
    },
  ],
  [
    3,
    'delete a Deployment',
    (world) => {
      among(world, 'Deployment', ({ metadata }) => {
        world.remove('Deployment', metadata.name);
      });
    },
  ],
  [
    3,
    'scale a Deployment',
    (world) => {
      among(world, 'Deployment', ({ metadata }) => {
        world.edit('Deployment', metadata.name, (draft) => {
          draft.spec = { ...draft.spec, replicas: Math.floor(world.random() * 4) };
        });
      });
    },
  ],
  [
    5,
    'a pod breaks for a while',
    (world) => {
      among(world, 'Pod', (pod) => {
        if (pod.metadata.deletionTimestamp !== undefined) return;
        setReady(world.store, pod, false);
        world.time.after(2_000, () => {
          const there = world.store.byUid('Pod', pod.metadata.uid);
          if (there !== undefined && there.metadata.deletionTimestamp === undefined) setReady(world.store, there, true);
        });
      });
    },
  ],
  [
    4,
    'delete a pod',
    (world) => {
      among(world, 'Pod', ({ metadata }) => {
        world.remove('Pod', metadata.name);
      });
    },
  ],
  [
    5,
    'wipe status',
    (world) => {
      world.wipeStatus(APP);
    },
  ],
  [
    3,
    'delete with --cascade=orphan, apply again',
    (world) => {
      const app = world.store.get('ImmutableApp', NAMESPACE, APP);
      if (app === undefined || app.metadata.deletionTimestamp !== undefined) return;
      world.remove('ImmutableApp', APP, 'Orphan');
      const { name, namespace, annotations = {} } = app.metadata;
      world.time.after(1_000, () => {
        world.apply('ImmutableApp', { ...app, metadata: { name, namespace, annotations } });
      });
    },
  ],
  [
    3,
    'tamper',
    (world) => {
      const kind = pick(world, ['Deployment', 'ReplicaSet', 'Pod'] as const)!;
      const victim = pick(world, world.store.list(kind));
      if (victim !== undefined && victim.metadata.deletionTimestamp === undefined) tamper(kind, victim.metadata.name)(world);
    },
  ],
  [
    2,
    'delete a config object',
    (world) => {
      const config = pick(
        world,
        world.store.list('ConfigMap').filter(({ metadata }) => metadata.labels?.['immutableapp.io/version'] !== undefined),
      );
      if (config !== undefined) world.remove('ConfigMap', config.metadata.name);
    },
  ],
  [
    8,
    'crash',
    (world) => {
      world.crash();
    },
  ],
  [
    12,
    'a request will go wrong',
    (world) => {
      world.fault(1 + Math.floor(world.random() * 4), pick(world, FAULTS)!);
    },
  ],
];

const TOTAL = STEPS.reduce((sum, [weight]) => sum + weight, 0);
function draw(world: World): Step {
  let left = world.random() * TOTAL;
  return STEPS.find(([weight]) => (left -= weight) < 0) ?? STEPS[0]!;
}

export interface Walked {
  readonly steps: readonly string[];
  readonly world: World;
}

/** Throws with the seed, the steps and the requests when a promise is broken. */
export async function walk(seed: number, length = 12): Promise<Walked> {
  const world = new World({ seed, weather: ROUGH });
  const steps: string[] = [];
  try {
    legacyService(world);
    const services = pick(world, [[WEB], [WEB, API], [WEB, { name: 'legacy' }], []])!;
    const warmSeconds = pick(world, [0, 0, 300])!;
    const { more = {} } = pick(world, [{}, SITE])!;
    site('s1')(world);
    world.apply('ImmutableApp', shop({ more, services, warmSeconds, replicas: 1 + Math.floor(world.random() * 3) }));
    for (let i = 0; i < length; i++) {
      await world.settle(pick(world, [10, 300, 3_000, 10_000, 60_000])! * world.random());
      const [, name, act] = draw(world);
      steps.push(`${world.time.monotonic()} ms, before #${world.requests.length + 1}: ${name}`);
      act(world);
    }
    await world.settle(3_000); // an App that was orphaned last is applied again
    world.edit('ImmutableApp', APP, setSpec({ paused: false }));
    if (world.store.get('ConfigMap', NAMESPACE, 'site') === undefined) site('s1')(world);
    await world.settle();
    const wrong = complaints(world);
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    await rest(world, ['ConfigMap', 'Deployment', 'ReplicaSet', 'Pod']);
    return { world, steps };
  } catch (error) {
    const { message } = error as Error;
    const state = ['ImmutableApp', 'Deployment', 'Service'] as const;
    const seen = state.flatMap((kind) =>
      world.store
        .list(kind)
        .map(
          ({ metadata, spec, status }) =>
            `${kind}/${metadata.name} ${JSON.stringify({ replicas: int(spec?.replicas, -1), selector: spec?.selector, stamp: metadata.annotations?.['immutableapp.io/stamp'], activeVersion: spec?.activeVersion, history: obj(status).history, conditions: obj(status).conditions })}`,
        ),
    );
    throw new Error(
      `walk(${seed}, ${length}): ${message}\n\n${steps.join('\n')}\n\n${world.story(Math.max(1, world.requests.length - 45))}\n\n${seen.join('\n')}\n\n${world.operator.log.slice(-8).join('\n')}`,
      { cause: error },
    );
  }
}

const WEB = { name: 'web', ports: [{ name: 'http', port: 80, targetPort: 'http' }] };
const API = { name: 'api', ports: [{ name: 'http', port: 8080, targetPort: 'http' }] };
