// What is kept, and for how long: warm instances by number and time, records by number, and what is never forgotten.
import { cold, id, up, WEB } from '../given.ts';
import type { Given, VersionGiven } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const LEAVING = [...SERVES, 'Reconciling Draining'];
const warm = (retention: object): { retention: object } => ({ retention });
/** Three served, one after the other; all still run. */
const THREE: Given = {
  latest: 'three',
  versions: { one: up(3), two: up(3), three: up(3) },
  switches: ['one', 'two', 'three'],
};
/** Records one to five, which served one after the other. */
const records = (more: Readonly<Record<string, VersionGiven>> = {}): Given => ({
  latest: 'five',
  versions: { one: cold, two: cold, three: cold, four: cold, five: up(3), ...more },
  switches: ['one', 'two', 'three', 'four', 'five'],
});

export const RETENTION: readonly Row[] = [
  {
    name: 'status lost before what served last but one has drained, and spec goes back to its content: it is no preview to be shrunk',
    given: {
      ...THREE,
      latest: 'one',
      spec: { promotion: { mode: 'Manual' } },
      status: 'lost',
      services: { web: { on: 'three', stamp: { switchNumber: 3, instance: 'three', previous: 'two' } } },
    },
    actions: [],
    conditions: ['Available Serving', 'Ready AwaitingActivation', 'Reconciling Draining'],
    roles: { one: 'Draining', two: 'Draining', three: 'Active' },
    wake: 30_000,
  },
  {
    name: 'the same, when it is no larger than a preview: it is one',
    given: {
      ...THREE,
      latest: 'one',
      versions: { ...THREE.versions, one: up(1) },
      spec: { promotion: { mode: 'Manual' } },
      status: 'lost',
      services: { web: { on: 'three', stamp: { switchNumber: 3, instance: 'three', previous: 'two' } } },
    },
    actions: [],
    conditions: ['Available Serving', 'Ready AwaitingActivation', 'Reconciling Draining'],
    roles: { one: 'Preview', two: 'Draining', three: 'Active' },
    wake: 30_000,
  },
  {
    name: 'endpoints that an emptied selector left behind still send traffic: what they list stays',
    given: {
      versions: { one: { ...up(3), discarded: 'one' } },
      services: { web: { endpoints: { one: 3 } } },
      status: { observedGeneration: 7 },
    },
    actions: ['publish Deployment one-2 ×3'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'two may stay warm: both do, and somebody looks again when their time is over',
    given: { ...THREE, spec: warm({ warm: 2 }) },
    since: 60,
    actions: [],
    conditions: SERVES,
    roles: { three: 'Active', two: 'Warm', one: 'Warm' },
    wake: 600_000,
  },
  {
    name: 'the number is lowered: the one that served longest ago goes first',
    given: { ...THREE, spec: warm({ warm: 1 }) },
    since: 60,
    actions: ['retire Deployment one: no longer warm'],
    conditions: LEAVING,
    roles: { three: 'Active', two: 'Warm', one: 'Surplus' },
    wake: 600_000,
  },
  {
    name: 'lowered to none: all but what serves go',
    given: { ...THREE, spec: warm({ warm: 0 }) },
    since: 60,
    actions: ['retire Deployment two: no longer warm', 'retire Deployment one: no longer warm'],
    conditions: LEAVING,
  },
  {
    name: 'the time is over: all but what serves go',
    given: { ...THREE, spec: warm({ warm: 2, warmSeconds: 20 }) },
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 20_000,
  },
  {
    name: 'warm is counted in instances that served, a preview takes nobody’s place',
    given: {
      latest: 'four',
      spec: { promotion: { mode: 'Manual' }, retention: { warm: 1 } },
      versions: { two: up(3), three: up(3), four: up(1) },
      switches: ['two', 'three'],
    },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
    roles: { three: 'Active', two: 'Warm', four: 'Preview' },
    wake: 600_000,
  },
  {
    name: 'an older version that is warm is a target at once, and its time starts anew when it is left',
    given: { ...THREE, spec: { ...warm({ warm: 2 }), activeVersion: id('one') }, decision: '' },
    since: 60,
    actions: ['switch web → one (switch 4, from three)', 'attest three.held: spec.activeVersion names one'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    roles: { three: 'Active', two: 'Warm', one: 'Target' },
    wake: 600_000,
  },
  {
    name: 'a candidate that a bent selector sent traffic to is superseded: it stays until the endpoints have left it',
    given: {
      latest: 'three',
      versions: { one: up(3), two: up(3), three: up(3) },
      switches: ['one', 'three'],
      services: { web: { endpoints: { three: 3, two: 3 } } },
    },
    since: 60,
    actions: [],
    conditions: LEAVING,
    roles: { three: 'Active', one: 'Draining', two: 'Discarded' },
  },
  {
    name: 'all of status was lost: a compromised instance of what serves may have served before it, and drains',
    given: {
      latest: 'one',
      versions: { zero: up(3), one: { discarded: 'one', instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }] } },
      switches: ['zero', 'one-2'],
      status: 'lost',
    },
    actions: [],
    conditions: LEAVING,
    roles: { 'one-2': 'Active', zero: 'Draining', one: 'Draining' },
    wake: 30_000,
  },
  {
    name: 'history was lost and what drains is Latest again: by the last report it served, so that it drains on at its size',
    given: {
      latest: 'one',
      spec: { promotion: { mode: 'Manual' } },
      versions: { one: up(3), three: up(3) },
      switches: ['three'],
      status: { versions: [{ id: id('one'), instances: [{ name: id('one'), uid: `uid-${id('one')}`, role: 'Draining' }] }] },
    },
    actions: [],
    conditions: ['Available Serving', 'Ready AwaitingActivation', 'Reconciling Draining'],
    roles: { three: 'Active', one: 'Draining' },
    wake: 30_000,
  },
  {
    name: 'what was made anew under the name of one that drained has served nobody: it is a preview again, and stays one',
    given: {
      latest: 'one',
      spec: { promotion: { mode: 'Manual' } },
      versions: { one: up(3), three: up(3) },
      switches: ['three'],
      status: { versions: [{ id: id('one'), instances: [{ name: id('one'), uid: 'uid-of-another', role: 'Warm' }] }] },
    },
    actions: ['scale one 3 → 1'],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
    roles: { three: 'Active', one: 'Preview' },
    wake: 30_000,
  },
  {
    name: 'while the endpoints have not followed nothing is retired, however little may be kept',
    given: { ...THREE, spec: warm({ warm: 0 }), services: { web: { endpoints: { three: 3, two: 1 } } } },
    since: 6000,
    actions: [],
    conditions: LEAVING,
    roles: { three: 'Active', two: 'Draining', one: 'Draining' },
  },
  {
    name: 'records: the number is lowered, the oldest go',
    given: { ...records(), spec: warm({ versions: 3 }) },
    since: 60,
    actions: ['retire ControllerRevision one: beyond retention.versions 3', 'retire ControllerRevision two: beyond retention.versions 3'],
    conditions: SERVES,
  },
  {
    name: 'records: what served before stays though only one may',
    given: { ...records(), spec: warm({ versions: 1 }) },
    since: 60,
    actions: [
      'retire ControllerRevision one: beyond retention.versions 1',
      'retire ControllerRevision two: beyond retention.versions 1',
      'retire ControllerRevision three: beyond retention.versions 1',
    ],
    conditions: SERVES,
  },
  {
    name: 'records: what activeVersion names stays, although it has failed and does not serve',
    given: {
      ...records({ one: { failed: { by: id('one') } } }),
      spec: { ...warm({ versions: 3 }), activeVersion: id('one') },
      decision: id('one'),
    },
    since: 60,
    actions: ['retire ControllerRevision two: beyond retention.versions 3'],
    conditions: ['Available Serving', 'not Ready PointedVersionFailed', 'Stalled PointedVersionFailed'],
  },
  {
    name: 'what an Active Service sends traffic to stays, may we touch that Service or not',
    given: {
      versions: { two: up(3), one: up(3) },
      switches: ['one'],
      spec: { services: [WEB, { name: 'aside' }] },
      services: { web: { on: 'one' }, aside: { foreign: true, on: 'two', stamp: 'none' } },
    },
    since: 600,
    actions: [],
    conditions: ['Available Serving', 'not Ready ServiceNotAdopted', 'Stalled ServiceNotAdopted'],
    roles: { one: 'Active', two: 'Discarded' },
  },
  {
    name: 'a Preview Service protects nothing',
    given: {
      versions: { two: up(3), one: up(3) },
      switches: ['one'],
      spec: { services: [WEB, { name: 'aside', role: 'Preview' }] },
      services: { web: { on: 'one' }, aside: { foreign: true, on: 'two', stamp: 'none' } },
    },
    since: 600,
    actions: ['retire Deployment two: superseded'],
    conditions: [...SERVES, 'Stalled ServiceNotAdopted'],
  },
  {
    name: 'records: fewer than the number, and none goes',
    given: { ...records(), spec: warm({ versions: 6 }) },
    since: 60,
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'records: what runs without one does not count',
    given: {
      latest: 'three',
      versions: { four: { ...up(1), record: 'lost' }, two: cold, three: up(3) },
      switches: ['three'],
      spec: warm({ versions: 2 }),
    },
    since: 60,
    actions: ['retire Deployment four: superseded'],
    conditions: LEAVING,
  },
  {
    name: 'records: any number of bad ones pushes out no good one, however old: of the failed and those that never served the oldest go',
    given: {
      latest: 'five',
      versions: { one: cold, two: { failed: {} }, three: cold, four: { failed: {} }, six: cold, seven: cold, five: up(3) },
      switches: ['one', 'five'],
      spec: warm({ versions: 2 }),
    },
    since: 60,
    actions: [
      'retire ControllerRevision two: beyond the 3 that failed or never served',
      'retire ControllerRevision three: beyond the 3 that failed or never served',
    ],
    conditions: SERVES,
  },
  {
    name: 'records: what served and failed since has no place among the good ones',
    given: { ...records({ two: { failed: {} }, one: cold }), spec: warm({ versions: 4 }) },
    since: 60,
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'records: what the cluster kept from coming up is as good as it was',
    given: { ...records({ one: { failed: { cause: 'cluster' } } }), spec: warm({ versions: 5 }) },
    since: 60,
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'records: what served longest ago goes first, not what was made first',
    given: {
      ...records(),
      spec: warm({ versions: 4 }),
      status: {
        versions: [
          { id: id('one'), servedFrom: '2026-02-20T08:00:00Z', servedUntil: '2026-02-21T08:00:00Z' },
          { id: id('two'), servedFrom: '2026-02-02T08:00:00Z', servedUntil: '2026-02-03T08:00:00Z' },
          { id: id('three'), servedFrom: '2026-02-04T08:00:00Z', servedUntil: '2026-02-05T08:00:00Z' },
        ],
      },
    },
    since: 60,
    actions: ['retire ControllerRevision two: beyond retention.versions 4'],
    conditions: SERVES,
  },
  {
    name: 'records: with status lost all may have served, and none is dropped for never having done so',
    given: {
      ...records(),
      switches: [],
      status: 'lost',
      services: { web: { on: 'five', stamp: { switchNumber: 5, instance: 'five', previous: 'four' } } },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'records: what Latest is held with stays, or the next ConfigMap would free what was rejected',
    given: {
      latest: 'siteb',
      versions: {
        sitea: { rejected: 'sitea' },
        one: { failed: {} },
        two: { failed: {} },
        three: { failed: {} },
        siteb: cold,
        five: up(3),
      },
      sources: { site: { says: 'b' } },
      switches: ['five'],
    },
    since: 60,
    actions: [
      'retire ControllerRevision one: beyond the 3 that failed or never served',
      'retire ControllerRevision two: beyond the 3 that failed or never served',
    ],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
  },
];
