// Stories of an App that is deleted and comes back: what its former life left behind is still there, or was put back from a backup.
import type { World } from '../world.ts';
import { NAMESPACE } from '../world.ts';
import type { AppOptions, Scenario } from './scenarios.ts';
import type { Stored, StoredKind } from './store.ts';

interface Tools {
  readonly app: string;
  readonly apply: (options?: AppOptions) => (world: World) => void;
  readonly edit: (change: (draft: Stored) => void) => (world: World) => void;
  readonly setConfig: (value: string) => (draft: Stored) => void;
  readonly versionOf: (world: World, value: string) => string;
  readonly legacyService: (world: World) => void;
}

/** In the order in which backups are restored: the App, a custom resource, comes last. */
const SAVED = ['ConfigMap', 'ControllerRevision', 'Deployment', 'Service', 'ImmutableApp'] as const satisfies readonly StoredKind[];
const backups = new WeakMap<World, readonly Stored[]>();

const backUp = (world: World): void => {
  backups.set(
    world,
    SAVED.flatMap((kind) => world.store.list(kind)),
  );
};

interface How {
  /** With the owners they had, who are gone; otherwise with none. */
  readonly owners?: boolean;
  readonly status?: boolean;
}

/** Everything gets a new uid; what has owners still names the old ones. */
const putBack =
  ({ owners = false, status = false }: How) =>
  (world: World): void => {
    for (const { status: report, ...object } of backups.get(world)!) {
      const { ownerReferences, uid: _, resourceVersion: _v, ...metadata } = object.metadata;
      const raw = { ...object, metadata: { ...metadata, ...(owners && ownerReferences !== undefined ? { ownerReferences } : {}) } };
      const { kind, metadata: made } = world.apply(object.kind as StoredKind, raw);
      if (!status || kind !== 'ImmutableApp' || report === undefined) continue;
      world.store.update('human', 'ImmutableApp', NAMESPACE, made.name, (draft) => void (draft.status = report), { part: 'status' });
    }
  };

export function lives({ app, apply, edit, setConfig, versionOf, legacyService }: Tools): Scenario[] {
  const MANUAL: AppOptions = { more: { promotion: { mode: 'Manual', drainSeconds: 30 } } };
  const v2 = edit(setConfig('v2'));
  const remove = (world: World): void => {
    world.remove('ImmutableApp', app);
  };
  /** Deleted with --cascade=orphan and applied again a little later. */
  const again =
    (options: AppOptions) =>
    (world: World): void => {
      world.remove('ImmutableApp', app, 'Orphan');
      world.time.after(2_000, () => {
        apply(options)(world);
      });
    };
  const reject = (world: World): void => {
    world.edit('ImmutableApp', app, (draft) => {
      draft.metadata.annotations = { 'immutableapp.io/reject': versionOf(world, 'v2') };
    });
  };
  const few: AppOptions = { more: { retention: { warm: 0, versions: 3 } } };
  return [
    { name: 'orphaned, applied again', given: [apply(), v2], when: again({ config: 'v2' }) },
    { name: 'orphaned, applied again with other content', given: [apply(), v2], when: again({ config: 'v3' }) },
    { name: 'orphaned and Manual, applied again', given: [apply(MANUAL), v2], when: again({ ...MANUAL, config: 'v2' }) },
    { name: 'orphaned worker, applied again', given: [apply({ services: [] }), v2], when: again({ services: [], config: 'v2' }) },
    {
      name: 'orphaned with an adopted Service, applied again',
      given: [legacyService, apply({ services: [{ name: 'legacy' }] }), v2],
      when: again({ services: [{ name: 'legacy' }], config: 'v2' }),
    },
    { name: 'orphaned after a rejection, applied again', given: [apply(), v2, reject], when: again({ config: 'v2' }) },
    { name: 'restored without owners', racy: true, given: [apply(), v2, backUp, remove], when: putBack({}) },
    {
      name: 'restored without owners, with status',
      racy: true,
      given: [apply(MANUAL), v2, backUp, remove],
      when: putBack({ status: true }),
    },
    { name: 'restored with owners that are gone', racy: true, given: [apply(), v2, backUp, remove], when: putBack({ owners: true }) },
    {
      name: 'restored with owners that are gone, with status',
      racy: true,
      given: [apply(), v2, backUp, remove],
      when: putBack({ owners: true, status: true }),
    },
    {
      name: 'more left behind than is kept, then an update',
      given: [
        apply({ ...few, config: 'a', more: { retention: { warm: 0, versions: 10 } } }),
        ...['b', 'c', 'd', 'e'].map((value) => edit(setConfig(value))),
        again({ ...few, config: 'e' }),
      ],
      when: edit(setConfig('f')),
    },
  ];
}
