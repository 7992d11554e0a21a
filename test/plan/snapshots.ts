// Snapshots nobody thought of: every combination of versions, instances, Services, stamps and memories that the API server could hold.
import fc from 'fast-check';
import type { BudgetGiven, ComparisonGiven, Given, InstanceGiven, Life, ServiceGiven, SourceGiven, VersionGiven } from '../given.ts';
import { APP, id, NOW, WEB } from '../given.ts';

export const NICKNAMES = ['one', 'two', 'three', 'four'] as const;
const nickname = fc.constantFrom(...NICKNAMES);
const instanceName = fc.constantFrom(...NICKNAMES, 'one-2', 'two-2');
/** Versions of two specs that captured this or that. */
const CAPTURING = ['sitea', 'siteb', 'newsitea'] as const;
export const WISHES = [
  WEB,
  { ...WEB, name: 'admin' },
  { ...WEB, name: 'web-preview', role: 'Preview' },
  { name: 'late' },
  { name: 'late-preview', role: 'Preview' },
];

const count = fc.integer({ min: 0, max: 4 });
const sometimes = <T>(value: fc.Arbitrary<T>, freq = 4): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq });
/** Leaves out what is undefined. */
const some = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record<T, never>(fields, { requiredKeys: [] });

const instance = (ordinal: number): fc.Arbitrary<InstanceGiven> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(1, 3).map((replicas) => ({ replicas, ordinal })) },
    {
      weight: 2,
      arbitrary: fc
        .record({
          replicas: count,
          pods: count,
          updated: count,
          available: count,
          generation: fc.integer({ min: 1, max: 3 }),
          observedGeneration: fc.integer({ min: 0, max: 3 }),
        })
        .chain((counts) =>
          some({ deleting: fc.boolean(), edited: fc.boolean(), touched: fc.constant(['pod-1@2']), owner: fc.constant('uid-stranger') }).map(
            (odd) => ({
              ...counts,
              ...odd,
              ordinal,
            }),
          ),
        ),
    },
  );

/** Names are unique among records: one that is taken is refused. */
const version = (name: string): fc.Arbitrary<VersionGiven> =>
  fc.record({ first: sometimes(instance(1), 1), second: sometimes(instance(2), 5) }).chain(({ first, second }) => {
    const instances = [first, second].filter((each) => each !== undefined);
    const odd = some({
      held: fc.constantFrom('', '1.0'),
      failed: fc.record({
        by: fc.constantFrom<string>('', '1.0', id('one')),
        cause: fc.constantFrom<'cluster' | 'version'>('cluster', 'version'),
        attempt: fc.constantFrom(0, 9),
      }),
      rejected: fc.constant('x'),
      configs: fc.boolean(),
      configsAgeSeconds: fc.constantFrom(60, 86_400),
      discarded: instanceName,
      discardedConfigs: fc.constant(1),
      record: fc.constantFrom<'damaged' | 'lost' | 'foreign'>('damaged', 'lost', 'foreign'),
      name: fc.constant(name),
    });
    return fc.oneof(
      { weight: 2, arbitrary: fc.constant({ instances }) },
      { weight: 1, arbitrary: odd.map((more) => ({ instances, ...more })) },
    );
  });

/** What a look at an instance may have found. */
const look: fc.Arbitrary<ComparisonGiven> = some({
  stale: fc.constant<true>(true),
  agrees: fc.boolean(),
  deployment: fc.constant(['something']),
  writers: fc.constantFrom([], [{ by: 'kubectl-edit', at: 1, how: 'Update' as const }]),
  pods: fc.constantFrom([], ['pod one-x runs something else']),
  replicaSets: fc.constantFrom([], ['ReplicaSet one-y is another']),
  debugged: fc.constantFrom([], [{ pod: 'one-x', container: 'debugger', by: 'kubectl-debug', at: NOW - 600_000 }]),
  secondsAgo: fc.constantFrom(1, 61),
  sinceSeconds: fc.constantFrom(61, 3600),
});

const source: fc.Arbitrary<SourceGiven> = fc
  .tuple(
    fc.constantFrom('a', 'b', 'c'),
    some({ ageSeconds: fc.constantFrom(0.1, 60), stale: fc.boolean(), forgotten: fc.boolean() }),
    fc.boolean(),
  )
  .map(([says, read, wasRead]) => ({ says, ...(wasRead ? { read } : {}) }));
/** Names of a former life are not those of this one. */
const former = ({ instances = [], ...rest }: VersionGiven): VersionGiven => ({
  ...rest,
  as: 7,
  configsAs: 7,
  instances: instances.map(({ ordinal = 1, owner: _, ...wish }) => ({ ...wish, ordinal: ordinal + 7, configsAs: 7 })),
});

const budget: fc.Arbitrary<BudgetGiven> = fc.oneof(
  some({ of: instanceName }).map(({ of }) => ({ ...(of === undefined ? {} : { of }), spec: { maxUnavailable: 1 } })),
  fc
    .constantFrom({}, { matchLabels: { app: APP } }, { matchLabels: { app: 'other' } })
    .map((selector) => ({ spec: { minAvailable: 1, selector } })),
);

const stamp = fc.oneof(
  fc.constantFrom<'none' | 'scribble'>('none', 'scribble'),
  fc.record({
    switchNumber: fc.integer({ min: 0, max: 6 }),
    instance: instanceName,
    previous: fc.oneof(fc.constant(''), instanceName),
    uid: fc.constantFrom('uid-app', 'uid-app', 'uid-former'),
    reverts: fc.array(fc.record({ by: fc.constantFrom('flux', 'meddler'), minutesAgo: fc.constantFrom(1, 59, 60, 61) }), { maxLength: 3 }),
  }),
);
const slices = fc.oneof(
  fc.constant<'unknown'>('unknown'),
  fc.record({
    foreign: fc.constantFrom('', 'EndpointSlice x, which mesh manages'),
    others: fc.constantFrom(0, 0, 2),
    secondsAgo: fc.constantFrom(1, 90),
  }),
);
const writers = fc.subarray(['kubectl-edit', 'applies flux', 'meddler']);
const service = (foreign: boolean): fc.Arbitrary<ServiceGiven> =>
  some({
    on: instanceName,
    stamp,
    selector: fc.constantFrom({}, { app: APP }, { app: 'other' }),
    life: fc.constantFrom<Life>('orphaned', 'dead'),
    endpoints: fc.dictionary(fc.constantFrom(...NICKNAMES, 'stranger', 'intruder'), count, { noNullPrototype: true }),
    deleting: fc.constant(true),
    unlabelled: fc.boolean(),
    adopt: fc.constantFrom(APP, APP, 'other'),
    slices,
    writers,
    stampedBy: writers,
  }).map((given) => ({ ...given, ...(foreign ? { foreign } : {}) }));

const spec = some({
  replicas: count,
  version: fc.constantFrom('1.0', '9.0'),
  activeVersion: fc.constantFrom('', '1.0', '2.0', 'nonsense', ...NICKNAMES.map((name) => id(name))),
  paused: fc.boolean(),
  onDrift: fc.constantFrom('Replace', 'Report'),
  disruption: fc.constantFrom({ maxUnavailable: 1 }, { minAvailable: '50%' }),
  services: fc.subarray(WISHES),
  promotion: some({
    mode: fc.constantFrom('Manual', 'Automatic'),
    minReadySeconds: fc.constantFrom(0, 20),
    drainSeconds: fc.constantFrom(0, 30),
    previewReplicas: count,
  }),
  retention: some({ warm: fc.constantFrom(0, 1, 2), warmSeconds: fc.constantFrom(0, 600), versions: fc.constantFrom(1, 2, 10) }),
});

export const givens: fc.Arbitrary<Given> = fc.record(
  {
    latest: fc.oneof({ weight: 3, arbitrary: nickname }, { weight: 1, arbitrary: fc.constantFrom(...CAPTURING) }),
    spec,
    versions: some(Object.fromEntries([...NICKNAMES, ...CAPTURING].map((name, i) => [name, version(`${String(i + 1)}.0`)]))),
    left: some(Object.fromEntries([...NICKNAMES, ...CAPTURING].map((name) => [name, version('left').map(former)]))),
    life: fc.constantFrom<Life>('orphaned', 'dead'),
    sources: some({ site: source }),
    fleet: some({
      apps: fc.constantFrom(5, 20),
      compromised: fc.constantFrom(0, 5, 9),
      breaker: fc.constantFrom('', 'open'),
      line: fc.constantFrom('', 'we freeze'),
    }),
    comparisons: some(Object.fromEntries(NICKNAMES.map((name) => [name, look]))),
    verified: fc.constant<'none'>('none'),
    candidates: fc.constantFrom(0, 10),
    switches: fc.array(instanceName, { maxLength: 5 }),
    services: some({
      web: service(false),
      admin: service(false),
      'web-preview': service(false),
      late: service(true),
      'late-preview': service(true),
      gone: service(false),
    }),
    budgets: some({ one: budget, two: budget, mine: budget }),
    neighbours: fc.constantFrom({}, { legacy: { app: APP }, other: { app: 'other' } }),
    status: fc.constant<'lost'>('lost'),
    decision: fc.constantFrom('', '1.0', id('one')),
    trial: fc.constantFrom<'accepted' | 'refused'>('accepted', 'refused'),
    recalled: fc.subarray([...NICKNAMES]),
    taken: fc.subarray(['Deployment/one', 'ControllerRevision/two', 'ConfigMap/one.httpd']),
  },
  { requiredKeys: ['latest', 'spec', 'versions'] },
) as fc.Arbitrary<Given>;
