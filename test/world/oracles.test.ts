// Who judges the judges: every promise of ARCHITECTURE.md is broken once by hand, and the oracle that keeps it must say so. A promise with
// no oracle, or an oracle that nothing makes speak, fails.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { list, obj, text } from '../../src/model/json.ts';
import { NAMESPACE, World } from '../world.ts';
import { digestOf, tagged } from './images.ts';
import { complaints, rest } from './play.ts';
import {
  API,
  APP,
  edit,
  jobThat,
  legacyService,
  opensIn,
  say,
  setConfig,
  setSpec,
  shop,
  SIGNED,
  versionOf,
  WARM,
  WEB,
} from './scenarios.ts';
import type { AppOptions } from './scenarios.ts';
import type { Request } from './server.ts';
import type { Fields, Stored, StoredKind } from './store.ts';

const STAMP = 'immutableapp.io/stamp';
const INSTANCE = 'immutableapp.io/instance';

/** v2 serves, v1 is warm, and nothing happens any more. */
async function quiet(options: AppOptions = WARM, settleMs = 120_000): Promise<World> {
  const world = new World();
  legacyService(world);
  world.apply('ImmutableApp', shop(options));
  await world.settle(120_000);
  edit(setConfig('v2'))(world);
  await world.settle(settleMs);
  return world;
}
/** Until a Service selects v2, and a moment longer. */
async function switched(drainSeconds: number, moreMs: number): Promise<World> {
  const world = await quiet({ ...WARM, more: { promotion: { drainSeconds } } }, 0);
  await world.time.run(60_000, () => world.oracles.moves.length > 1);
  await world.settle(moreMs);
  return world;
}

const serving = (world: World): string => text(obj(world.app(APP).status).activeInstance);
const deployment = (world: World, serves: boolean): Stored =>
  world.store.list('Deployment').find(({ metadata }) => (metadata.name === serving(world)) === serves)!;
const write = (world: World, kind: StoredKind, name: string, change: (draft: Stored) => void, part: 'main' | 'status' = 'main'): void =>
  void world.store.update('operator', kind, NAMESPACE, name, change, { part });
const report = (change: (status: Fields) => Fields) => (world: World) => {
  write(world, 'ImmutableApp', APP, (draft) => void (draft.status = change(draft.status!)), 'status');
};
/** As the operator would, from a stored one; without a name of its own it has the other's. */
const make = (world: World, from: Stored, change: (draft: Stored) => void): void => {
  const { metadata, ...rest } = structuredClone(from);
  const { name, namespace, labels = {}, ownerReferences = [] } = metadata;
  const draft = { ...rest, metadata: { name, namespace, labels, ownerReferences } } as unknown as Stored;
  change(draft);
  const made = world.store.create('operator', from.kind as StoredKind, draft);
  if (made.is === 'failure') throw new Error(made.message);
};
const configOf = (world: World): Stored =>
  world.store.list('ConfigMap').find(({ metadata }) => metadata.labels?.['immutableapp.io/version'] !== undefined)!;
const request = (world: World, fields: Partial<Request>): Request => ({
  ...{ number: world.requests.length + 1, at: 0, verb: 'read', kind: 'ImmutableApp', namespace: NAMESPACE, name: APP, effect: false },
  ...fields,
});
/** A switch of a Service to what is warm, with a stamp as it should be. */
const switchNumber = (world: World, service = 'web', switches = 1): void => {
  const { name } = deployment(world, false).metadata;
  write(world, 'Service', service, (draft) => {
    const before = obj(JSON.parse(draft.metadata.annotations?.[STAMP] ?? '{"switchNumber":1}'));
    const stamp = { uid: world.app(APP).metadata.uid, instance: name, previous: '', switchNumber: Number(before.switchNumber) + switches };
    draft.metadata.annotations = { ...draft.metadata.annotations, [STAMP]: JSON.stringify(stamp) };
    draft.spec!.selector = { [INSTANCE]: name };
  });
};
const readLive = (world: World): void => {
  const live = request(world, {});
  world.requests.push(live);
  world.oracles.beforeRequest(live);
  world.oracles.afterRequest(live);
  world.oracles.beforeRequest(request(world, { verb: 'patch' }));
};
const discard = (world: World, fact: Fields): void => {
  const record = world.store.list('ControllerRevision').find(({ data }) => obj(data).fact === undefined)!;
  make(world, record, (draft) => {
    draft.metadata.name = `${record.metadata.name}.discarded`;
    draft.metadata.ownerReferences = [{ kind: record.kind, name: record.metadata.name, uid: record.metadata.uid }];
    draft.data = { fact: { is: 'discarded', ...fact } };
  });
};

/** v1 serves, and v2 is up and waits for a gate. */
async function waiting(gateIn: (world: World) => Fields): Promise<World> {
  const world = new World();
  legacyService(world);
  world.apply('ImmutableApp', shop());
  await world.settle(120_000);
  edit((draft) => {
    setConfig('v2')(draft);
    setSpec({ promotion: { drainSeconds: 30, before: [gateIn(world)] } })(draft);
  })(world);
  await world.settle(120_000);
  return world;
}
const gated = (): Promise<World> => waiting((world) => opensIn(world, 600));
const signed = (): Promise<World> => waiting(() => SIGNED);
const begun = (): Promise<World> => waiting(() => jobThat('hangs', { timeoutSeconds: 600 }));
/** Somebody approves v1, and not what waits. */
const approveAnother = (world: World): void => {
  world.edit('ImmutableApp', APP, say('approve', `${versionOf(world, 'v1')} by ada`));
};
/** A Job that says the same has completed, but for what serves. */
const completeAnother = (world: World): void => {
  const [job] = world.store.list('Job');
  const { name, uid } = deployment(world, true).metadata;
  const made = world.apply('Job', {
    ...{ apiVersion: 'batch/v1', kind: 'Job', spec: job!.spec },
    metadata: { name: 'another', namespace: NAMESPACE, ownerReferences: [{ kind: 'Deployment', name, uid }] },
  });
  const done = (draft: Stored): void => {
    draft.status = { conditions: [{ type: 'Complete', status: 'True' }] };
  };
  world.store.update('deployments', 'Job', NAMESPACE, made.metadata.name, done, { part: 'status' });
};
/** A fact about what waits. */
const proved = (world: World, fact: Fields): void => {
  const { name, uid, labels } = deployment(world, false).metadata;
  const records = world.store.list('ControllerRevision');
  const record = records.find(({ metadata }) => metadata.name === labels?.['immutableapp.io/version'])!;
  make(world, record, (draft) => {
    draft.metadata.name = `${name}.gates-before-a`;
    draft.metadata.ownerReferences = [{ kind: record.kind, name: record.metadata.name, uid: record.metadata.uid }];
    draft.data = { fact: { is: 'gates', phase: 'before', instance: name, uid, ...fact } };
  });
};

/** As quiet(), pinned, with images on record, and a tag that means other bytes by now. */
async function pinned(): Promise<World> {
  const world = new World();
  tagged('httpd:2.4', 'a')(world);
  world.apply('ImmutableApp', shop({ more: { references: { images: 'Pinned' } } }));
  await world.settle(120_000);
  tagged('httpd:2.4', 'b')(world);
  return world;
}
const factAbout = (world: World, digest: string): void => {
  const record = world.store.list('ControllerRevision').find(({ data }) => obj(data).fact === undefined)!;
  make(world, record, (draft) => {
    draft.metadata.name = `${record.metadata.name}.images-2`;
    draft.metadata.ownerReferences = [{ kind: record.kind, name: record.metadata.name, uid: record.metadata.uid }];
    draft.data = { fact: { is: 'images', instance: serving(world), containers: { web: [digest] } } };
  });
};

type Breach = readonly [oracle: string, how: string, breach: (world: World) => void, world?: () => Promise<World>];

/** The promises in the words of ARCHITECTURE.md, each with the oracles that keep it after every write, and how each is made to speak. */
const SAFETY: readonly (readonly [promise: string, breaches: readonly Breach[]])[] = [
  [
    'the operator never changes a published object',
    [
      [
        'the operator never changes a published object',
        'a Deployment',
        (world) => {
          write(world, 'Deployment', serving(world), (draft) => {
            draft.metadata.annotations = { a: 'b' };
          });
        },
      ],
      [
        'the operator never changes a published object',
        'a ConfigMap',
        (world) => {
          write(world, 'ConfigMap', configOf(world).metadata.name, (draft) => {
            draft.metadata.labels = {};
          });
        },
      ],
      [
        'the operator never writes spec',
        'an App',
        (world) => {
          write(world, 'ImmutableApp', APP, setSpec({ replicas: 9 }));
        },
      ],
      [
        'what the operator makes has an owner',
        'a stray',
        (world) => {
          make(world, configOf(world), (draft) => {
            draft.metadata.name = 'stray';
            draft.metadata.ownerReferences = [];
          });
        },
      ],
      [
        'the operator deletes only what is its own',
        'a Service of others',
        (world) => void world.store.remove('operator', 'Service', NAMESPACE, 'legacy'),
      ],
      [
        'a version that runs keeps its record',
        'its record',
        (world) => void world.store.remove('operator', 'ControllerRevision', NAMESPACE, serving(world)),
      ],
    ],
  ],
  [
    'a fingerprint never has two contents',
    [
      [
        'a fingerprint never has two contents',
        'another text under one name',
        (world) => {
          const config = configOf(world);
          world.remove('ConfigMap', config.metadata.name);
          make(world, config, (draft) => {
            draft.data = { 'httpd.conf': 'other' };
          });
        },
      ],
    ],
  ],
  [
    'a Service selects only an instance that was fully available, untouched and asked for',
    [
      [
        'traffic moves only to what is whole, clean and asked for',
        'nobody asked',
        (world) => {
          readLive(world);
          switchNumber(world);
        },
      ],
      [
        'traffic moves only to what is whole, clean and asked for',
        'pods are missing',
        (world) => {
          edit(setSpec({ activeVersion: deployment(world, false).metadata.labels!['immutableapp.io/version'] }))(world);
          write(world, 'Deployment', deployment(world, false).metadata.name, (draft) => {
            draft.spec = { ...draft.spec, replicas: 9 };
          });
          world.store.update(
            'deployments',
            'Pod',
            NAMESPACE,
            world.store.list('Pod').find(({ metadata }) => metadata.labels?.[INSTANCE] === deployment(world, false).metadata.name)!.metadata
              .name,
            (draft) => {
              draft.status = {};
            },
            { part: 'status' },
          );
          readLive(world);
          switchNumber(world);
        },
      ],
      [
        'traffic moves only to what is whole, clean and asked for',
        'a switch that was counted before',
        (world) => {
          readLive(world);
          switchNumber(world, 'web', 0);
        },
      ],
      [
        'traffic moves only to what is whole, clean and asked for',
        'nobody listens there',
        (world) => {
          readLive(world);
          world.edit('Service', 'web', (draft) => void ((list(draft.spec!.ports)[0] as Fields).targetPort = 8079));
          switchNumber(world);
        },
      ],
      [
        'the stamp says where and by whom',
        'no stamp',
        (world) => {
          write(world, 'Service', 'web', (draft) => {
            draft.spec!.selector = { [INSTANCE]: deployment(world, false).metadata.name };
          });
        },
      ],
      [
        'a Service is moved by consent only',
        'no consent',
        (world) => {
          switchNumber(world, 'zoo');
        },
        async () => {
          const world = await quiet();
          world.apply('Service', {
            apiVersion: 'v1',
            kind: 'Service',
            metadata: { name: 'zoo', namespace: NAMESPACE },
            spec: { selector: { team: 'zoo' }, ports: [{ port: 80 }] },
          });
          edit(setSpec({ services: [WEB, { name: 'zoo' }] }))(world);
          return world;
        },
      ],
      [
        'a Service is born on the route',
        'a Service made anew',
        (world) => {
          const service = world.store.get('Service', NAMESPACE, 'web')!;
          world.remove('Service', 'web');
          const { name } = deployment(world, false).metadata;
          make(world, service, (draft) => {
            draft.metadata.annotations = {
              [STAMP]: JSON.stringify({ uid: world.app(APP).metadata.uid, instance: name, previous: '', switchNumber: 9 }),
            };
            draft.spec!.selector = { [INSTANCE]: name };
          });
        },
      ],
      [
        'a Service is owned again only by the App that had made it',
        'disowned',
        (world) => {
          readLive(world);
          write(world, 'Service', 'web', (draft) => {
            draft.metadata.ownerReferences = [];
          });
        },
      ],
    ],
  ],
  [
    'by a decision no older than one round trip after a live read',
    [
      [
        'a decision is no older than one round trip after a live read',
        'by an old read',
        (world) => {
          switchNumber(world);
        },
      ],
    ],
  ],
  [
    'what serves is never scaled down or deleted',
    [
      [
        'what serves is never scaled down or deleted',
        'scaled',
        (world) => {
          write(world, 'Deployment', serving(world), (draft) => {
            draft.spec = { ...draft.spec, replicas: 1 };
          });
        },
      ],
      [
        'what serves is never scaled down or deleted',
        'deleted',
        (world) => void world.store.remove('operator', 'Deployment', NAMESPACE, serving(world)),
      ],
      [
        'what serves is never scaled down or deleted',
        'deleted while its Service is emptied',
        (world) => {
          world.edit('Service', 'web', (draft) => {
            draft.spec = { ...draft.spec, selector: {} };
          });
          world.store.remove('operator', 'Deployment', NAMESPACE, serving(world));
        },
      ],
      [
        'what serves is never scaled down or deleted',
        'a worker',
        (world) => void world.store.remove('operator', 'Deployment', NAMESPACE, serving(world)),
        () => quiet({ services: [] }),
      ],
      [
        'drainSeconds',
        'before it has drained',
        (world) => void world.store.remove('operator', 'Deployment', NAMESPACE, deployment(world, false).metadata.name),
        () => switched(30, 5_000),
      ],
      [
        'nothing shrinks while endpoints list it',
        'while it is listed',
        (world) => void world.store.remove('operator', 'Deployment', NAMESPACE, world.store.list('Deployment')[0]!.metadata.name),
        () => switched(0, 0),
      ],
    ],
  ],
  [
    'one ready endpoint before means one ready endpoint at every step',
    [
      [
        'one ready endpoint before is one ready endpoint after',
        'a selector that finds nothing',
        (world) => {
          world.operator.stop();
          write(world, 'Service', 'web', (draft) => {
            draft.spec!.selector = { nobody: 'x' };
          });
        },
      ],
    ],
  ],
  [
    'no name is reused after compromise',
    [
      [
        'no name is reused after compromise',
        'a Deployment',
        (world) => {
          discard(world, { instance: 'shop-discarded' });
          make(world, deployment(world, true), (draft) => {
            draft.metadata.name = 'shop-discarded';
          });
        },
      ],
      [
        'no name is reused after compromise',
        'a ConfigMap',
        (world) => {
          const config = configOf(world);
          discard(world, { instance: 'x', configs: 1 });
          world.remove('ConfigMap', config.metadata.name);
          make(world, config, () => undefined);
        },
      ],
    ],
  ],
  [
    'no human decision is undone by time or by the operator',
    [
      [
        'traffic moves only to what is whole, clean and asked for',
        'against the pointer',
        (world) => {
          readLive(world);
          switchNumber(world);
        },
        () => quiet({ ...WARM, more: { activeVersion: '' } }),
      ],
      [
        'traffic moves only to what is whole, clean and asked for',
        'what was passed over',
        (world) => {
          readLive(world);
          switchNumber(world);
        },
        async () => {
          const world = await quiet();
          edit(setSpec({ activeVersion: deployment(world, false).metadata.labels!['immutableapp.io/version'] }))(world);
          await world.settle(120_000);
          edit(setSpec({ activeVersion: '' }))(world);
          await world.settle(120_000);
          return world;
        },
      ],
    ],
  ],
  [
    'under promotion.overlap Never no two instances have pods at a time',
    [
      [
        'no two instances have pods at a time',
        'what served before starts beside what serves',
        (world) => {
          world.operator.stop();
          write(world, 'Deployment', deployment(world, false).metadata.name, (draft) => {
            draft.spec = { ...draft.spec, replicas: 1 };
          });
        },
        () => quiet({ ...WARM, more: { promotion: { overlap: 'Never' } } }),
      ],
    ],
  ],
  [
    'no version gets traffic before its gates passed',
    [
      [
        'no version gets traffic before its gates passed',
        'while its window is closed',
        (world) => {
          readLive(world);
          switchNumber(world);
        },
        gated,
      ],
      [
        'no version gets traffic before its gates passed',
        'while another version is approved',
        (world) => {
          approveAnother(world);
          readLive(world);
          switchNumber(world);
        },
        signed,
      ],
      [
        'no version gets traffic before its gates passed',
        'while its Job runs, and that of another instance has completed',
        (world) => {
          completeAnother(world);
          readLive(world);
          switchNumber(world);
        },
        begun,
      ],
    ],
  ],
  [
    'no gate’s answer is used for another version, instance or gate',
    [
      [
        'no gate’s answer is used for another version, instance or gate',
        'of a Deployment that is gone',
        (world) => {
          proved(world, { uid: 'of-another', gates: [] });
        },
        gated,
      ],
    ],
  ],
  [
    'an unanswered question is never a pass',
    [
      [
        'an unanswered question is never a pass',
        'of a window that is closed',
        (world) => {
          readLive(world);
          proved(world, { gates: [{ name: 'hours', verdict: 'pass' }] });
        },
        gated,
      ],
      [
        'an unanswered question is never a pass',
        'of people who have approved another version',
        (world) => {
          approveAnother(world);
          readLive(world);
          proved(world, { gates: [{ name: 'signed', verdict: 'pass', by: ['ada'] }] });
        },
        signed,
      ],
      [
        'an unanswered question is never a pass',
        'of a Job that runs, while that of another instance has completed',
        (world) => {
          completeAnother(world);
          readLive(world);
          proved(world, { gates: [{ name: 'smoke', verdict: 'pass' }] });
        },
        begun,
      ],
    ],
  ],
  [
    'nothing outside the App’s namespace',
    [
      [
        'nothing outside the App’s namespace',
        'a write',
        (world) => {
          make(world, configOf(world), (draft) => {
            draft.metadata.namespace = 'other';
          });
        },
      ],
      [
        'nothing outside the App’s namespace',
        'a read',
        (world) => {
          world.oracles.beforeRequest(request(world, { namespace: 'other' }));
        },
      ],
    ],
  ],
  [
    'no Secret is read',
    [
      [
        'no Secret is read',
        'a read',
        (world) => {
          world.oracles.beforeRequest(request(world, { kind: 'Secret' }));
        },
      ],
    ],
  ],
  [
    'steady state makes no writes',
    [
      [
        'no write undoes another for ever',
        'a ConfigMap, again and again',
        (world) => {
          const config = configOf(world);
          for (let i = 0; i < 5; i++) {
            make(world, config, (draft) => {
              draft.metadata.name = 'again';
            });
            world.store.remove('operator', 'ConfigMap', NAMESPACE, 'again');
          }
        },
      ],
    ],
  ],
  [
    'a pinned version runs no other images than it ran at first',
    [
      [
        'a pinned version runs no other images than it ran at first',
        'by tag again',
        (world) => {
          make(world, deployment(world, true), (draft) => {
            const name = `${draft.metadata.name}-2`;
            draft.metadata.name = name;
            draft.spec!.selector = { matchLabels: { [INSTANCE]: name } };
            const labels = obj(obj(draft.spec!.template).metadata).labels as Record<string, string>;
            labels[INSTANCE] = draft.metadata.labels![INSTANCE] = name;
          });
        },
        pinned,
      ],
      [
        'what is on record of images was seen to run',
        'an image that never ran',
        (world) => {
          factAbout(world, digestOf('c'));
        },
        pinned,
      ],
    ],
  ],
  [
    'no image is said to have moved that has not',
    [
      [
        'no image is said to have moved that has not',
        'a version',
        report((status) => ({
          ...status,
          versions: list(status.versions).map((one) => ({ ...one, images: [{ container: 'web', runs: digestOf('b') }] })),
        })),
        pinned,
      ],
      [
        'no image is said to have moved that has not',
        'a warning',
        report((status) => ({
          ...status,
          warnings: [{ reason: 'ImageDiverged', message: `container web of pod x runs ${digestOf('a')}, but ran another` }],
        })),
        pinned,
      ],
    ],
  ],
  [
    'status is a report: of what was seen, in conditions that obey their rules',
    [
      ['every report obeys the rules of reports', 'no conditions', report((status) => ({ ...status, conditions: [] }))],
      [
        'every report obeys the rules of reports',
        'one switch twice',
        report((status) => ({ ...status, history: [list(status.history)[0], ...list(status.history)] })),
      ],
      [
        'status judges what was seen',
        'a generation to come',
        report((status) => ({
          ...status,
          observedGeneration: 99,
          conditions: list(status.conditions).map((one) => ({ ...one, observedGeneration: 99 })),
        })),
      ],
    ],
  ],
];

describe.each(SAFETY)('%s', (_promise, breaches) => {
  test.each(breaches)('%s: %s', async (oracle, _how, breach, world = quiet) => {
    const there = await world();
    const act = async (): Promise<void> => {
      breach(there);
      await there.settle(5_000);
    };
    await expect(act()).rejects.toThrow(`broken promise: ${oracle}`);
  });
});

test('a world that nobody tampers with breaks none', async () => {
  const world = await quiet();
  await world.settle();
  expect(complaints(world)).toEqual([]);
});

test('what was made anew under the name of what served, and that no Service ever selected, may go', async () => {
  const world = new World();
  world.apply('ImmutableApp', shop());
  await world.settle();
  const name = serving(world);
  world.remove('Deployment', name);
  world.remove('Service', 'web');
  await world.time.run(60_000, () => world.store.get('Deployment', NAMESPACE, name) !== undefined);
  world.edit('ImmutableApp', APP, say('reject', name));
  await world.settle();
  expect(world.store.get('Service', NAMESPACE, 'web')?.spec?.selector).toBeUndefined();
  expect(world.store.list('Deployment')).toHaveLength(1);
  world.edit('Deployment', name, (draft) => {
    draft.spec = { ...draft.spec, replicas: 0 };
  });
  await world.settle();
  expect(world.store.list('Deployment')).toEqual([]);
});

test('every oracle is made to speak', () => {
  const named = [...readFileSync('test/world/oracles.ts', 'utf8').matchAll(/#broken\(\s*'([^']+)'/g)].map(([, name]) => name!);
  const spoken = new Set(SAFETY.flatMap(([, breaches]) => breaches.map(([oracle]) => oracle)));
  expect(named.length).toBeGreaterThan(15);
  expect([...new Set(named)].filter((name) => !spoken.has(name))).toEqual([]);
});

describe('at rest', () => {
  const deaf = async (act: (world: World) => void): Promise<string[]> => {
    const world = await quiet();
    await world.settle();
    world.operator.stop();
    act(world);
    await world.settle();
    return complaints(world);
  };

  test('an App that is not looked at is missed, among others that are', async () => {
    const other = (world: World): void =>
      void world.apply('ImmutableApp', { ...shop({ services: [API] }), metadata: { name: 'other', namespace: NAMESPACE } });
    expect(await deaf(other)).toContain('other: status judges an older generation');
  });

  test('an App that does not reach what it asks for, and does not say why, is missed', async () => {
    expect(await deaf(edit(setSpec({ activeVersion: 'v1' })))).toContain('shop: status judges an older generation');
  });

  test('a pod that runs something else, and that nobody tells of, is missed', async () => {
    const world = await pinned();
    world.operator.stop();
    world.remove('Pod', world.store.list('Pod')[0]!.metadata.name);
    await world.settle();
    expect(complaints(world)).toContain(`what serves runs web ${digestOf('b')}, and is pinned`);
    edit(setSpec({ references: { images: 'Watched' } }))(world);
    expect(complaints(world)).toContain('1 containers run something else: told false');
  });

  const many = (world: World): void => {
    const { metadata, ...one } = deployment(world, true);
    const { namespace, labels = {}, ownerReferences = [] } = metadata;
    for (const name of ['shop-extra', 'shop-more'])
      world.apply('Deployment', {
        ...one,
        metadata: { name, namespace, labels: { ...labels, 'immutableapp.io/version': name }, ownerReferences },
      });
  };

  test('surplus is missed', async () => {
    expect(await deaf(many)).toContainEqual(expect.stringContaining('surplus: shop-extra'));
  });

  test('nothing is surplus while what serves is gone: its Service has not converged', async () => {
    const gone = (world: World): void => {
      many(world);
      world.remove('Deployment', serving(world));
    };
    const missed = await deaf(gone);
    expect(missed).toContainEqual(expect.stringMatching(/is gone$/));
    expect(missed).not.toContainEqual(expect.stringContaining('surplus'));
  });

  test('what is left of a deleted App is missed', async () => {
    const keep = (world: World): void => {
      const { metadata } = world.app(APP);
      const keeper = world.apply('ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'keeper', namespace: NAMESPACE } });
      world.edit('Service', 'web', (draft) => {
        draft.metadata.ownerReferences = [{ kind: 'ConfigMap', name: 'keeper', uid: keeper.metadata.uid }];
      });
      world.remove('ImmutableApp', metadata.name);
    };
    expect(await deaf(keep)).toContain('Service/web is left behind');
  });

  test('a write is noticed', async () => {
    const world = await quiet();
    await world.settle();
    edit(setSpec({ replicas: 2 }))(world);
    await expect(rest(world)).rejects.toThrow('not at rest: every watch listed anew');
  });

  test('a restart that is not for nothing is noticed', async () => {
    const world = await quiet();
    await world.settle();
    world.operator.relist = (): void => undefined;
    world.operator.stop();
    edit(setSpec({ replicas: 2 }))(world);
    await expect(rest(world)).rejects.toThrow('not at rest: another process took over');
  });
});
