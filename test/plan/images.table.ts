// A tag that is moved: what a version ran first is written down, a pod that runs something else is told of or replaced, and a version that is
// pinned comes back with the same bytes.
import { sha, up } from '../given.ts';
import type { Given, InstanceGiven, VersionGiven } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const WATCHED = { references: { images: 'Watched' } };
const PINNED = { references: { images: 'Pinned' } };
const RAN = { main: ['a'] } as const;
const LOOK = 'look at images of one';

/** One serves. */
const serving = (spec: Given['spec'], version: VersionGiven, running?: Given['running']): Given => ({
  versions: { one: { ...up(3), ...version } },
  switches: ['one'],
  ...(spec === undefined ? {} : { spec }),
  ...(running === undefined ? {} : { running }),
});
const coming = (instance: Partial<InstanceGiven>): VersionGiven => ({ instances: [{ replicas: 3, ...instance }] });
const saw = (...letters: readonly string[]): Given['running'] => ({ one: { digests: { main: letters } } });
const DIVERGED = `container main of pod pod-1 runs ${sha('b')}, but ran ${sha('a')} when one was first fully available`;
const warned = {
  warnings: [
    {
      reason: 'ImageDiverged',
      message: `${DIVERGED}: a tag was moved (httpd:2.4), so name images by digest, or set spec.references.images to Pinned`,
    },
  ],
};
const SHORT = {
  conditions: ['Available Serving', 'not Ready ReplicasUnavailable', 'Reconciling ReplicasUnavailable'],
  wake: 540_000,
};
const whose = (images: string): string => ` (the platform's default is ${images} where spec.references.images is empty)`;
const DISCARD = `attest one.discarded: one is compromised (${DIVERGED})`;
const row = (name: string, given: Given, actions: readonly string[] = [], more: Partial<Row> = {}): Row => ({
  name,
  given,
  since: 60,
  actions,
  conditions: SERVES,
  ...more,
});

export const IMAGES: readonly Row[] = [
  // What is written down
  row('nobody looks at images unless the App asks for it', serving(undefined, {})),
  row('nor where every image is named by digest', {
    latest: 'digested',
    versions: { digested: up(3) },
    switches: ['digested'],
    spec: WATCHED,
  }),
  row('the pods of what is fully available are read', serving(WATCHED, {}), [LOOK]),
  row('not before it is', serving(WATCHED, coming({ available: 2 })), [], {
    ...SHORT,
  }),
  row('what they run is written down', serving(WATCHED, {}, saw('a')), ['attest one.images: one was fully available with these images']),
  row('a moment later they may have changed: they are read again', serving(WATCHED, {}, { one: { old: true, digests: RAN } }), [LOOK]),
  row('but not at once', serving(WATCHED, {}, { one: { old: true, secondsAgo: 0, digests: RAN } }), [], { wake: 500 }),
  row('ids that mean something on one node only are nothing to write down', serving(WATCHED, {}, saw())),
  row('nor is a container that was injected', serving(WATCHED, {}, { one: { digests: { proxy: ['c'] } } })),
  row('it is shown', serving(WATCHED, { ran: RAN }, saw('a')), [], {
    status: { versions: [{ id: 'one', images: [{ container: 'main', image: 'httpd:2.4', digest: sha('a') }] }], warnings: [] },
  }),
  row('two digests from the start are those of two architectures', serving(WATCHED, { ran: { main: ['a', 'b'] } }, saw('b')), [], {
    status: { warnings: [] },
  }),
  // What follows
  row('pods are read again once they have changed', serving(WATCHED, { ran: RAN }, { one: { old: true, digests: RAN } }), [LOOK]),
  row('even while one is missing', serving(WATCHED, { ran: RAN, ...coming({ available: 2 }) }), [LOOK], {
    ...SHORT,
  }),
  row('another digest is told of', serving(WATCHED, { ran: RAN }, saw('a', 'b')), [], {
    status: { ...warned, versions: [{ id: 'one', images: [{ container: 'main', image: 'httpd:2.4', digest: sha('a'), runs: sha('b') }] }] },
  }),
  row(
    'it is told of until the pods have been read again',
    serving(WATCHED, { ran: RAN }, { one: { old: true, digests: { main: ['b'] } } }),
    [LOOK],
    {
      status: warned,
    },
  ),
  row('not of a container that was injected', serving(WATCHED, { ran: RAN }, { one: { digests: { main: ['a'], proxy: ['b'] } } }), [], {
    status: { warnings: [] },
  }),
  row('pinned, it is compromised', serving(PINNED, { ran: RAN }, saw('b')), [DISCARD]),
  // What the platform sets
  row('its default holds where the App says nothing, and is no new version', { ...serving({}, {}), platform: 'Watched' }, [LOOK], {
    status: { defaults: { images: 'Watched' }, latestVersion: 'one', activeVersion: 'one' },
  }),
  row('what the App says goes first', { ...serving({ references: { images: 'Live' } }, {}), platform: 'Pinned' }),
  row('the warning says whose wish it is', { ...serving({}, { ran: RAN }, saw('b')), platform: 'Watched' }, [], {
    status: {
      warnings: [{ reason: 'ImageDiverged', message: `${warned.warnings[0]!.message}${whose('Watched')}` }],
    },
  }),
  row('and so does what is on record', { ...serving({}, { ran: RAN }, saw('b')), platform: 'Pinned' }, [
    `attest one.discarded: one is compromised (${DIVERGED}${whose('Pinned')})`,
  ]),
  row(
    'a fresh instance is pinned by it',
    { ...serving({}, { ran: RAN, discarded: 'one' }), platform: 'Pinned', trial: 'none' },
    ['rehearse one-2 ×3'],
    {
      conditions: ['Available Serving', 'not Ready Compromised', 'Reconciling BringingUp'],
      status: { defaults: { images: 'Pinned' } },
    },
  ),
  row('what is pinned stays as it was published when the platform asks no more', {
    ...serving({}, { ran: RAN, instances: [{ replicas: 3, pinned: true }] }, saw('b')),
  }),
  // What runs next
  row(
    'a fresh instance is made from what the version ran',
    { ...serving(PINNED, { ran: RAN, discarded: 'one' }), trial: 'none' },
    ['rehearse one-2 ×3'],
    {
      conditions: ['Available Serving', 'not Ready Compromised', 'Reconciling BringingUp'],
      status: { warnings: [{ reason: 'Compromised' }] },
    },
  ),
  row('it is what was published', {
    ...serving(PINNED, { ran: RAN, instances: [{ replicas: 3, pinned: true }] }, saw('b')),
  }),
  row('and stays so if images are not to be pinned any more', serving({}, { ran: RAN, instances: [{ replicas: 3, pinned: true }] })),
  row(
    'if it is not, it is compared with what the version ran',
    serving(PINNED, { ran: RAN, instances: [{ replicas: 3, pinned: true, edited: true, generation: 2 }] }),
    ['compare one with one-2 as published'],
  ),
  // When it is looked at
  row('not while it has a pod more than it is to have: that may be of something else', serving(WATCHED, coming({ pods: 4, available: 3 }))),
  row(
    'nor before the Deployment controller has seen its present size',
    serving(WATCHED, { instances: [{ replicas: 3, generation: 2, observedGeneration: 1 }] }),
  ),
  row('without pods there is nothing to read', serving(WATCHED, { ran: RAN, ...coming({ pods: 0 }) }), [], {
    ...SHORT,
    conditions: ['not Available NoAvailablePod', 'not Ready ReplicasUnavailable', 'Reconciling ReplicasUnavailable'],
  }),
  row('a digest that is neither of two is told of, with both', serving(WATCHED, { ran: { main: ['a', 'b'] } }, saw('c')), [], {
    status: {
      warnings: [
        {
          reason: 'ImageDiverged',
          message: `container main of pod pod-1 runs ${sha('c')}, but ran ${sha('a')} or ${sha('b')} when one was first fully available: a tag was moved (httpd:2.4), so name images by digest, or set spec.references.images to Pinned`,
        },
      ],
    },
  }),
  row(
    'what never ran is made as its template says, pinned or not',
    { spec: PINNED, versions: { one: {} } },
    ['publish Deployment one ×3', 'expose web → nothing'],
    { conditions: ['not Available ServiceMissing', 'not Ready BringingUp', 'Reconciling BringingUp'] },
  ),
];
