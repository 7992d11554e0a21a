import { expect } from '@jest/globals';
import { APP, cold, coming, contentOf, id, up, WEB } from '../given.ts';
import type { Given, ServiceGiven } from '../given.ts';
import type { Row } from './table.ts';

/** As the former life left it: selecting what served, stamped by an App that is gone. */
const left: ServiceGiven = { on: 'one', life: 'orphaned', stamp: { switchNumber: 4, uid: 'uid-former' } };
const ours: ServiceGiven = { on: 'one', stamp: { switchNumber: 4, uid: 'uid-former' } };
const NEW: Given = { left: { one: up(3) }, status: 'lost', services: { web: ours } };
/** Copied, and its config objects under other names. */
const copied = { as: 2, configsAs: 2 };
const manual = { promotion: { mode: 'Manual' } };
const GOES_ON = ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'];
const orphan = (words: string) => ({ warnings: [{ reason: 'Orphaned', message: expect.stringContaining(words) as unknown }] });

export const RESTORED: readonly Row[] = [
  {
    name: 'before anything else the Services of a former life are owned again, and the content of its records is read',
    given: { left: { one: up(3), two: cold }, latest: 'two', status: 'lost', services: { web: left } },
    actions: ['reclaim web for uid-app', 'recall two', 'recall one'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'of an App that is gone they are taken over before the garbage collector comes',
    given: { left: { one: up(3) }, life: 'dead', status: 'lost', services: { web: { ...left, life: 'dead' } } },
    actions: ['reclaim web for uid-app', 'recall one'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'a Service that is not of our shape is not taken over',
    given: {
      left: { one: up(3) },
      versions: { two: cold },
      latest: 'two',
      services: { web: { foreign: true, on: 'one', labels: { 'immutableapp.io/app': APP } } },
    },
    actions: ['recall one'],
    conditions: ['Available Serving', 'not Ready ServiceNotOwned', 'Stalled ServiceNotOwned'],
  },
  {
    name: 'an adopted Service needs nobody to own it',
    given: {
      left: { one: up(3) },
      latest: 'one',
      spec: { services: [{ name: 'late' }] },
      services: { late: { foreign: true, adopt: APP, on: 'one', stamp: { switchNumber: 2, uid: 'uid-former' } } },
    },
    actions: ['recall one'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'every record that retention has room for is copied under a free name, with its place in the order and its name',
    given: {
      ...NEW,
      left: { one: { ...up(3), name: '1.0' }, two: cold, three: { ...cold, name: '3.0' } },
      spec: { retention: { versions: 2 } },
      recalled: ['one', 'two', 'three'],
    },
    actions: ['publish record three-2 #3 "3.0": copy of three', 'publish record one-2 #1 "1.0": copy of one'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  ...[id('two'), id('two').slice(APP.length + 1)].map((typed): Row => ({
    name: `what the pointer or the pin names is copied however old it is: ${typed}`,
    given: {
      ...NEW,
      latest: 'four',
      left: { one: { ...up(3), alias: 'stable' }, two: cold, three: cold },
      spec: { activeVersion: 'stable', retention: { versions: 1 } },
      metadata: { annotations: { 'immutableapp.io/pin': `${typed} until 2026-03-01T13:00:00Z` } },
      recalled: ['one', 'two', 'three'],
    },
    actions: ['publish record two-2 #2: copy of two', 'publish record one-2 #1: copy of one'],
    conditions: ['Available Serving', 'not Ready VersionNotFound', 'Stalled VersionNotFound'],
    wake: 3_600_000,
  })),
  {
    name: 'paused or not, records are copied: what is gone tomorrow cannot be copied then',
    given: { ...NEW, spec: { paused: true }, recalled: ['one'] },
    actions: ['publish record one-2 #1: copy of one'],
    conditions: ['Available Serving', 'not Ready Paused'],
  },
  {
    name: 'a record that does not hold its content is not copied',
    given: { ...NEW, left: { one: { ...up(3), record: 'damaged' } }, recalled: ['one'], trial: 'accepted' },
    actions: ['rehearse one-2 ×3'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'a record of another App is not copied, and its name is skipped',
    given: { versions: { one: { record: 'foreign', configs: false } }, trial: 'accepted' },
    actions: ['publish record one-2 #1'],
    conditions: ['not Available ServiceMissing', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'a name that other content has taken is not copied along',
    given: { ...NEW, left: { one: { ...up(3), name: '1.0' }, two: { ...cold, name: '1.0' } }, recalled: ['one', 'two'] },
    actions: ['publish record two-2 #2 "1.0": copy of two', 'publish record one-2 #1: copy of one'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'what people and gates said of a version is copied with it, then it is noted that this was done',
    given: {
      ...NEW,
      versions: { one: { ...cold, ...copied, configs: false } },
      left: {
        one: {
          ...up(3),
          held: '',
          rejected: id('one'),
          alias: 'stable',
          failed: {},
          discarded: 'one-7',
          specHash: 'other',
          renewed: { nonce: 'x' },
        },
      },
    },
    actions: [
      'attest one-2.alias: said of one',
      'attest one-2.discarded: said of one',
      'attest one-2.failed: said of one',
      'attest one-2.held: said of one',
      'attest one-2.rejected: said of one',
      'attest one-2.restored: said of one',
    ],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'the life between ended before it had copied what was said: it is copied from the one before, what it said itself goes first',
    given: {
      ...NEW,
      versions: { one: { ...cold, as: 3, configs: false } },
      left: {
        former: { ...cold, content: contentOf('one'), discarded: 'one', held: 'a', rejected: 'a', configs: false },
        one: { ...up(3), as: 2, held: 'b', configs: false },
      },
    },
    actions: [
      'attest one-3.held: said of one-2',
      'attest one-3.discarded: said of one-2',
      'attest one-3.rejected: said of one-2',
      'attest one-3.restored: said of one-2',
    ],
    conditions: GOES_ON,
  },
  {
    name: 'the life between had copied all of it: what it lifted since does not come back',
    given: {
      ...NEW,
      versions: { one: { ...cold, as: 3, configs: false } },
      left: {
        former: { ...cold, content: contentOf('one'), rejected: 'a', configs: false },
        one: { ...up(3), as: 2, held: 'b', restored: true, configs: false },
      },
    },
    actions: ['attest one-3.held: said of one-2', 'attest one-3.restored: said of one-2'],
    conditions: GOES_ON,
  },
  {
    name: 'what was lifted since is not copied again',
    given: {
      ...NEW,
      versions: { one: { ...cold, ...copied, configs: false, restored: true } },
      left: { one: { ...up(3), rejected: id('one') } },
    },
    actions: ['rehearse one-2 ×3'],
    conditions: GOES_ON,
  },
  {
    name: 'that the replacement of an instance failed is of no interest in another life',
    given: {
      ...NEW,
      versions: { one: { ...cold, ...copied, configs: false } },
      left: { one: { ...up(3), failed: { replacement: true, instance: 'one-2' } } },
    },
    actions: ['rehearse one-2 ×3'],
    conditions: GOES_ON,
  },
  {
    name: 'a record that was dropped is not copied again once the life has a story of its own',
    given: {
      latest: 'four',
      spec: { retention: { versions: 3 } },
      versions: { two: { ...cold, as: 2 }, three: { ...up(3), configsAs: 1 }, four: up(3) },
      left: { one: cold, two: cold },
      switches: ['three', 'four'],
    },
    since: 30,
    actions: [],
    conditions: ['Available Serving', 'Ready Serving'],
    wake: 600_000,
  },
  {
    name: 'a record that was dropped is not copied again while there are as many as retention allows',
    given: {
      latest: 'three',
      spec: { retention: { versions: 2 } },
      versions: { two: { ...cold, as: 2 }, three: up(3) },
      left: { one: cold, two: cold },
      switches: ['three'],
    },
    since: 600,
    actions: [],
    conditions: ['Available Serving', 'Ready Serving'],
  },
  {
    name: 'what the former life left running goes on serving until the new instance is up, and nobody is told to delete it',
    given: { ...NEW, versions: { one: { ...coming(3, 1, { ordinal: 2, configsAs: 2 }), ...copied, specHash: 'its own' } } },
    actions: [],
    conditions: GOES_ON,
    wake: 600_000,
    roles: { 'one-2': 'Target' },
    status: { activeVersion: 'one', activeInstance: 'one', ...orphan('Service web still sends traffic') },
  },
  {
    name: 'a new instance is brought up at the size of what serves, ours or not',
    given: { ...NEW, left: { one: up(5) }, versions: { one: { ...cold, ...copied, configs: false } }, recalled: ['one'] },
    actions: ['rehearse one-2 ×5'],
    conditions: GOES_ON,
  },
  {
    name: 'the first switch of the new life is switch one, and it leaves what the former life left',
    given: { ...NEW, versions: { one: { ...up(3, { ordinal: 2, configsAs: 2 }), ...copied, specHash: 'its own' } } },
    actions: ['switch web → one-2 (switch 1, from one)'],
    conditions: GOES_ON,
    roles: { 'one-2': 'Target' },
  },
  {
    name: 'once it takes no traffic people are told what runs on and how to end it',
    given: {
      versions: { one: { ...up(3, { ordinal: 2, configsAs: 2 }), ...copied, specHash: 'its own' } },
      left: { one: up(3), two: up(2) },
      latest: 'one',
      switches: ['one-2'],
    },
    since: 600,
    actions: ['recall two'],
    conditions: ['Available Serving', 'Ready Serving'],
    status: orphan(
      `2 Deployments with label immutableapp.io/app=${APP} belong to nobody, run 5 pods and take no traffic: kubectl delete deployment -n prod`,
    ),
  },
  {
    name: 'what the garbage collector is about to take is no news',
    given: {
      versions: { one: { ...up(3, { ordinal: 2, configsAs: 2 }), ...copied, specHash: 'its own' } },
      left: { one: up(3) },
      life: 'dead',
      switches: ['one-2'],
    },
    since: 600,
    actions: [],
    conditions: ['Available Serving', 'Ready Serving'],
    status: { warnings: [] },
  },
  {
    name: 'Manual: what serves goes on serving, by a fresh instance of its version, whatever is newer',
    given: {
      ...NEW,
      latest: 'two',
      spec: manual,
      versions: { one: { ...cold, ...copied, configs: false }, two: { ...cold, ...copied, configs: false } },
      left: { one: up(3), two: cold },
    },
    actions: ['recall one', 'rehearse two ×1'],
    conditions: GOES_ON,
  },
  {
    name: 'Manual: what nobody sends traffic to says nothing of what should serve',
    given: {
      ...NEW,
      latest: 'two',
      spec: manual,
      versions: { one: { ...cold, as: 2 }, two: { ...cold, as: 2 } },
      left: { one: up(3), two: cold },
      services: { web: { stamp: 'none' } },
    },
    actions: ['rehearse two ×1'],
    conditions: ['not Available NothingServes', 'not Ready RouteUnknown', 'Stalled RouteUnknown'],
  },
  {
    name: 'Manual: a first version is not promoted over what a former life left serving',
    given: {
      ...NEW,
      latest: 'two',
      spec: manual,
      versions: { two: { ...cold, as: 2 } },
      left: { one: { ...up(3), record: 'lost' } },
    },
    actions: ['publish Deployment two ×1'],
    conditions: ['Available Serving', 'not Ready RouteUnknown', 'Stalled RouteUnknown'],
  },
  {
    name: 'restored with status: switches are counted on, whatever they were about',
    given: {
      versions: { one: up(3) },
      status: {
        observedGeneration: 9,
        history: [{ switchNumber: 7, at: '2026-03-01T11:00:00Z', from: '', to: id('two'), reason: 'Automatic' }],
      },
      services: { web: { stamp: 'none' } },
    },
    actions: ['switch web → one (switch 8, from nothing)'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'what was passed over in the former life is passed over in this one',
    given: {
      ...NEW,
      latest: 'two',
      versions: { one: { ...cold, ...copied, configs: false }, two: { ...cold, as: 2, held: 'x' } },
      left: { one: up(3), two: cold },
    },
    actions: ['recall one'],
    conditions: GOES_ON,
  },
  {
    name: 'what was rejected is not brought up, though a former life left it running',
    given: { ...NEW, spec: manual, versions: { one: { ...cold, as: 2, rejected: id('one') } } },
    actions: [],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'restored with status: the route it tells of may be cold, and what it names is brought up',
    given: { latest: 'one', versions: { one: { ...cold, configs: false } }, switches: ['one'], services: { web: { stamp: 'none' } } },
    actions: ['publish ConfigMap one.httpd', 'publish Deployment one ×3'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'restored with status: an instance made after the switch that status tells of has passed no gate',
    given: {
      versions: { one: coming(3, 0, { ageSeconds: 10 }) },
      switches: ['one'],
      services: { web: { ...ours, on: 'two', stamp: 'none' } },
      left: { two: up(3) },
      recalled: [],
    },
    actions: ['recall two'],
    conditions: GOES_ON,
    wake: 600_000,
    roles: { one: 'Target' },
  },
  {
    name: 'restored with status: it is no rescue to leave what has more pods',
    given: {
      versions: { one: coming(3, 1, { ageSeconds: 10 }), two: { ...cold, as: 2 } },
      switches: ['one'],
      services: { web: { on: 'two', stamp: 'none' } },
      left: { two: up(3) },
    },
    actions: [],
    conditions: GOES_ON,
    wake: 600_000,
    roles: { one: 'Target' },
  },
  {
    name: 'a worker: what the former life left running is told of at once',
    given: {
      spec: { services: [] },
      versions: { one: { ...up(3, { ordinal: 2, configsAs: 2 }), ...copied, specHash: 'its own' } },
      left: { one: up(3) },
      status: 'lost',
      services: {},
    },
    actions: ['attest one-2.route-1: one-2 runs'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
    status: orphan('take no traffic: kubectl delete deployment -n prod one'),
  },
  {
    name: 'with a deletionTimestamp nothing is taken over',
    given: {
      ...NEW,
      services: { web: left, preview: { life: 'orphaned', shapedBy: { ...WEB, name: 'preview' } } },
      metadata: { deletionTimestamp: '2026-03-01T11:59:59Z' },
    },
    actions: [],
    conditions: [],
  },
  {
    name: 'a life with a story of its own copies nothing, however much room there is',
    given: {
      latest: 'four',
      spec: { retention: { versions: 9 } },
      versions: { two: { ...cold, as: 2 }, three: up(3), four: up(3) },
      left: { one: cold, two: cold },
      switches: ['three', 'four'],
    },
    since: 30,
    actions: [],
    conditions: ['Available Serving', 'Ready Serving'],
    wake: 600_000,
  },
  {
    name: 'a life that has only copies and Latest has just begun: the rest is copied too',
    given: {
      latest: 'four',
      spec: { retention: { versions: 9 } },
      versions: { two: { ...cold, as: 2 }, four: up(3) },
      left: { one: cold, two: cold },
      switches: ['four'],
    },
    since: 30,
    actions: ['recall one'],
    conditions: ['Available Serving', 'Ready Serving'],
  },
  {
    name: 'a name that a version of this life has is not copied along',
    given: {
      ...NEW,
      latest: 'four',
      versions: { two: { ...cold, name: '1.0' }, four: cold },
      left: { one: { ...up(3), name: '1.0' }, two: cold },
      recalled: ['one'],
    },
    actions: ['publish record one-2 #1: copy of one'],
    conditions: GOES_ON,
  },
  {
    name: 'of records that are as new by their number the one that was made last comes first',
    given: {
      ...NEW,
      latest: 'four',
      versions: { four: cold },
      left: { one: { ...up(3), revision: 3, ageSeconds: 10 }, two: { ...cold, revision: 3, ageSeconds: 1000 } },
    },
    actions: ['recall one', 'recall two'],
    conditions: GOES_ON,
  },
  ...(['one', 'two'] as const).map((has): Row => ({
    name: `an alias that a version has already is not copied (${has === 'one' ? 'its own' : 'another'})`,
    given: {
      ...NEW,
      versions: {
        one: { ...cold, ...copied, configs: false, ...(has === 'one' ? { name: 'stable' } : {}) },
        two: { ...cold, ...(has === 'two' ? { name: 'stable' } : {}) },
      },
      left: { one: { ...up(3), alias: 'stable', held: 'x' } },
    },
    actions: ['attest one-2.held: said of one', 'attest one-2.restored: said of one'],
    conditions: GOES_ON,
  })),
  {
    name: 'a verdict that this life has reached itself is not copied over it',
    given: {
      ...NEW,
      versions: { one: { ...cold, ...copied, configs: false, held: 'y' } },
      left: { one: { ...up(3), held: 'x', rejected: 'z' } },
    },
    actions: ['attest one-2.rejected: said of one', 'attest one-2.restored: said of one'],
    conditions: GOES_ON,
  },
  {
    name: 'of the names that were compromised those are copied that this life does not know',
    given: {
      ...NEW,
      versions: { one: { ...cold, ...copied, configs: false, discarded: 'one-7' } },
      left: { one: { ...up(3), discarded: 'one-7', alsoDiscarded: ['one-8'] } },
    },
    actions: ['attest one-2.discarded: said of one', 'attest one-2.restored: said of one'],
    conditions: GOES_ON,
  },
  {
    name: 'a Deployment is told of while it has pods or wants some',
    given: {
      versions: { four: up(3) },
      latest: 'four',
      left: { one: up(0), two: up(0, { pods: 2 }), three: up(2, { pods: 0 }) },
      switches: ['four'],
      spec: { retention: { versions: 1 } },
    },
    since: 600,
    actions: [],
    conditions: ['Available Serving', 'Ready Serving'],
    status: orphan('belong to nobody, run 2 pods and take no traffic: kubectl delete deployment -n prod two three'),
  },
  {
    name: 'a Deployment whose pods a Service still lists takes traffic',
    given: {
      versions: { four: up(3) },
      latest: 'four',
      left: { one: up(1), two: up(2) },
      switches: ['four'],
      services: { web: { endpoints: { four: 3, two: 1 } } },
      spec: { retention: { versions: 1 } },
    },
    since: 600,
    actions: [],
    conditions: ['Available Serving', 'Ready Serving'],
    status: {
      warnings: [
        { reason: 'Orphaned', message: expect.stringContaining('Deployment two belongs to nobody and Service web') },
        { reason: 'Orphaned', message: expect.stringContaining('kubectl delete deployment -n prod one') },
      ],
    },
  },
  {
    name: 'every Service of a former life is owned again, each as it was seen',
    given: {
      left: { one: up(3) },
      status: 'lost',
      spec: { services: [{ ...WEB, name: 'admin' }, WEB] },
      services: { web: left, admin: left },
    },
    actions: ['reclaim admin for uid-app', 'reclaim web for uid-app', 'recall one'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'an alias finds the version of a former life, and nothing else that was said of one',
    given: {
      ...NEW,
      latest: 'four',
      left: { one: { ...up(3), alias: 'stable' }, two: { ...cold, rejected: 'stable' } },
      spec: { activeVersion: 'stable', retention: { versions: 1 } },
    },
    actions: ['recall one'],
    conditions: ['Available Serving', 'not Ready VersionNotFound', 'Stalled VersionNotFound'],
  },
  {
    name: 'of what failed in the former life the newest three are copied, beside what retention keeps of the rest',
    given: {
      ...NEW,
      left: { one: up(3), two: { failed: {} }, three: { failed: {} }, four: { failed: {} }, five: { failed: {} } },
      spec: { retention: { versions: 1 } },
    },
    actions: ['recall five', 'recall four', 'recall three', 'recall one'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'what the cluster kept from coming up counts among the rest',
    given: {
      ...NEW,
      left: { one: up(3), two: { failed: { cause: 'cluster' } }, three: { failed: { cause: 'cluster' } } },
      spec: { retention: { versions: 2 } },
    },
    actions: ['recall three', 'recall one'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'what was said of it otherwise makes no failure of a version',
    given: {
      ...NEW,
      left: { one: up(3), two: { held: 'x' }, three: { alias: 'stable' } },
      spec: { retention: { versions: 2 } },
    },
    actions: ['recall three', 'recall one'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'a copy of what failed takes no place from what did not',
    given: {
      latest: 'four',
      spec: { retention: { versions: 2 } },
      versions: { two: { ...cold, as: 2, failed: {} }, four: up(3) },
      left: { one: cold, two: cold },
      switches: ['four'],
    },
    since: 30,
    actions: ['recall one'],
    conditions: ['Available Serving', 'Ready Serving'],
  },
  {
    name: 'what is named has its place, and the newest of the others has the one that is left',
    given: { ...NEW, latest: 'two', left: { one: up(3), two: cold }, spec: { retention: { versions: 2 } } },
    actions: ['recall two', 'recall one'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'a name that was given to another version later is not copied along',
    given: { ...NEW, left: { one: { ...up(3), name: '1.0' }, two: { ...cold, alias: '1.0' } }, recalled: ['one', 'two'] },
    actions: ['publish record two-2 #2: copy of two', 'publish record one-2 #1: copy of one'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'a name that a version was given once more is still its own',
    given: { ...NEW, left: { one: { ...up(3), name: '1.0', alias: '1.0' } }, recalled: ['one'] },
    actions: ['publish record one-2 #1 "1.0": copy of one'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'the ports under which a version served are copied with it, and the images that it ran',
    given: {
      ...NEW,
      versions: { one: { ...cold, ...copied, configs: false } },
      left: { one: { ...up(3), ports: { web: WEB.ports }, ran: { main: ['a'] } } },
    },
    actions: ['attest one-2.images: said of one', 'attest one-2.ports-1: said of one', 'attest one-2.restored: said of one'],
    conditions: GOES_ON,
  },
  {
    name: 'what the life before had itself copied is copied when nothing else is left',
    given: {
      ...NEW,
      versions: { one: { ...cold, as: 3, configs: false } },
      left: { one: { ...up(3), as: 2, held: 'b', restored: true, configs: false } },
    },
    actions: ['attest one-3.held: said of one-2', 'attest one-3.restored: said of one-2'],
    conditions: GOES_ON,
  },
  {
    name: 'every name that a version was given in lives before is copied, and one failure of several',
    given: {
      ...NEW,
      versions: { one: { ...cold, as: 3, configs: false } },
      left: {
        former: { ...cold, content: contentOf('one'), alias: 'stable', failed: { instance: 'one-7' }, configs: false },
        one: { ...up(3), as: 2, alias: 'current', failed: {}, configs: false },
      },
    },
    actions: [
      'attest one-3.alias: said of one-2',
      'attest one-3.failed: said of one-2',
      'attest one-3.alias: said of one-2',
      'attest one-3.restored: said of one-2',
    ],
    conditions: GOES_ON,
  },
  {
    name: 'every name that was compromised is copied',
    given: {
      ...NEW,
      versions: { one: { ...cold, ...copied, configs: false } },
      left: { one: { ...up(3), discarded: 'one-7', alsoDiscarded: ['one-8'] } },
    },
    actions: ['attest one-2.discarded: said of one', 'attest one-2.discarded: said of one', 'attest one-2.restored: said of one'],
    conditions: GOES_ON,
  },
];
