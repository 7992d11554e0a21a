// What can happen in a random life of one App, and how often compared to the rest: people edit, point, scale, tamper and delete, pods
// break, processes die, answers get lost. Each deed draws whatever it needs from a seed of its own.
import { NAMESPACE } from '../world.ts';
import type { World } from '../world.ts';
import { obj } from '../../src/model/json.ts';
import { setReady } from './actors.ts';
import { APP, say, setConfig, setSpec, site, tamper } from './scenarios.ts';
import { FAULTS } from './server.ts';
import type { Stored, StoredKind } from './store.ts';
import type { Random } from './time.ts';

const MODES = ['Automatic', 'Automatic', 'Automatic', 'Manual'] as const;

type Deed = readonly [weight: number, name: string, act: (world: World, random: Random) => void];

export const pick = <T>(random: Random, items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
const among = (world: World, random: Random, kind: StoredKind, act: (object: Stored) => void): void => {
  const found = pick(random, world.store.list(kind));
  if (found !== undefined) act(found);
};
const onService = (change: (draft: Stored, world: World, random: Random) => void) => (world: World, random: Random) => {
  among(world, random, 'Service', ({ metadata }) => {
    world.edit('Service', metadata.name, (draft) => {
      change(draft, world, random);
    });
  });
};

const DEEDS: readonly Deed[] = [
  [
    20,
    'edit config',
    (world, random) => {
      world.edit('ImmutableApp', APP, setConfig(`v${1 + Math.floor(random() * 4)}`));
    },
  ],
  [
    8,
    'edit a captured ConfigMap',
    (world, random) => {
      site(`s${1 + Math.floor(random() * 3)}`)(world);
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
    (world, random) => {
      among(world, random, 'ControllerRevision', ({ metadata }) => {
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
    (world, random) => {
      among(world, random, 'ControllerRevision', ({ metadata }) => {
        const until = new Date(world.time.now() + random() * 120_000).toISOString();
        world.edit('ImmutableApp', APP, say('pin', `${metadata.name} until ${until}`));
      });
    },
  ],
  [
    2,
    'reject a version',
    (world, random) => {
      among(world, random, 'ControllerRevision', ({ metadata }) => {
        world.edit('ImmutableApp', APP, say('reject', metadata.name));
      });
    },
  ],
  [
    3,
    'renew a version',
    (world, random) => {
      among(world, random, 'ControllerRevision', ({ metadata }) => {
        world.edit('ImmutableApp', APP, say('renew', `${metadata.name}@${String(Math.floor(random() * 3))}`));
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
    (world, random) => {
      world.edit('ImmutableApp', APP, setSpec({ replicas: Math.floor(random() * 5) }));
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
    (world, random) => {
      world.edit('ImmutableApp', APP, (draft) => {
        setSpec({ promotion: { ...obj(draft.spec?.promotion), mode: pick(random, MODES) } })(draft);
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
    onService((draft, world, random) => {
      draft.spec = {
        ...draft.spec,
        selector: { 'immutableapp.io/instance': pick(random, world.store.list('Deployment'))?.metadata.name ?? 'x' },
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
    (world, random) => {
      among(world, random, 'Deployment', ({ metadata }) => {
        world.remove('Deployment', metadata.name);
      });
    },
  ],
  [
    3,
    'scale a Deployment',
    (world, random) => {
      among(world, random, 'Deployment', ({ metadata }) => {
        world.edit('Deployment', metadata.name, (draft) => {
          draft.spec = { ...draft.spec, replicas: Math.floor(random() * 4) };
        });
      });
    },
  ],
  [
    5,
    'a pod breaks for a while',
    (world, random) => {
      among(world, random, 'Pod', (pod) => {
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
    (world, random) => {
      among(world, random, 'Pod', ({ metadata }) => {
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
    (world, random) => {
      const kind = pick(random, ['Deployment', 'ReplicaSet', 'Pod'] as const)!;
      const victim = pick(random, world.store.list(kind));
      if (victim !== undefined && victim.metadata.deletionTimestamp === undefined) tamper(kind, victim.metadata.name)(world);
    },
  ],
  [
    2,
    'delete a config object',
    (world, random) => {
      const config = pick(
        random,
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
    (world, random) => {
      world.fault(1 + Math.floor(random() * 4), pick(random, FAULTS)!);
    },
  ],
];

const TOTAL = DEEDS.reduce((sum, [weight]) => sum + weight, 0);
export function draw(random: Random): Deed {
  let left = random() * TOTAL;
  return DEEDS.find(([weight]) => (left -= weight) < 0) ?? DEEDS[0]!;
}
