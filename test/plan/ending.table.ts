import { APP, cold, coming, id, up, WEB } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
/** One serves and nothing is to be done. */
const STEADY: Given = { versions: { one: up(3) }, switches: ['one'] };
const deleting = { deletionTimestamp: '2026-03-01T11:59:59Z' };
export const ENDINGS: readonly Row[] = [
  {
    name: 'with status lost nothing is scaled, retired or moved',
    given: { ...STEADY, status: 'lost' },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { activeInstance: 'one', history: [{ switchNumber: 1, to: 'one' }] },
  },
  {
    name: 'with status lost before the first switch nothing restarts',
    given: { status: 'lost', versions: { one: coming(3, 1) }, services: { web: { stamp: 'none' } } },
    actions: [],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 600_000,
  },
  {
    name: 'with status lost during a rollout the target is still the target',
    given: { status: 'lost', latest: 'two', versions: { one: up(3), two: coming(3, 1) }, switches: ['one'] },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 540_000,
    roles: { one: 'Active', two: 'Target' },
  },
  {
    name: 'with status lost during a drain the old instance is still draining',
    given: { status: 'lost', latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one', 'two'] },
    actions: [],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
    wake: 30_000,
    roles: { two: 'Active', one: 'Draining' },
  },
  {
    name: 'with status lost every instance that may have served counts as if it had',
    given: {
      status: 'lost',
      latest: 'three',
      versions: { one: up(3), two: up(3), three: up(3) },
      switches: ['one', 'two', 'three'],
      spec: { retention: { warm: 2 } },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
    roles: { three: 'Active', two: 'Warm', one: 'Warm' },
  },
  ...(
    [
      ['its ConfigMaps', { versions: { one: { ...up(3), configs: false } }, switches: ['one'] }],
      ['its instance', { versions: { one: cold }, switches: ['one'] }],
      ['its records', { versions: {} }],
      ['its Service', { versions: { one: up(3) }, switches: ['one'], services: {} }],
    ] as const
  ).map(([what, rest]): Row => ({
    name: `in a namespace that is being terminated nothing is made, told or held against anybody: ${what} went first`,
    given: { ...rest, lost: 'unconfirmed', ending: true },
    since: 60,
    actions: [],
    conditions: [],
  })),
  {
    name: 'an App that is being deleted creates nothing, and takes its key off adopted Services only',
    given: {
      latest: 'two',
      metadata: deleting,
      versions: { one: up(3) },
      switches: ['one'],
      spec: { services: [WEB, { name: 'late' }] },
      services: { web: {}, late: { foreign: true, adopt: APP, on: 'one', selector: { app: APP } } },
    },
    actions: ['release late'],
    conditions: [],
  },
  {
    name: 'an App deleted with --cascade=orphan leaves Services as they are',
    given: {
      metadata: { ...deleting, finalizers: ['orphan'] },
      versions: { one: up(3) },
      switches: ['one'],
      spec: { services: [{ name: 'late' }] },
      services: { late: { foreign: true, adopt: APP, on: 'one', selector: { app: APP } } },
    },
    actions: [],
    conditions: [],
  },
  {
    name: 'an App whose spec is invalid takes its key off too when it is deleted',
    given: {
      metadata: deleting,
      switches: ['one'],
      versions: { one: up(3) },
      spec: { template: {}, services: [{ name: 'late' }] },
      services: { late: { foreign: true, adopt: APP, on: 'one', selector: { app: APP } } },
    },
    actions: ['release late'],
    conditions: [],
  },
  {
    name: 'a version that runs although its record is gone keeps serving',
    given: { latest: 'two', versions: { one: { ...up(3), record: 'lost' }, two: coming(3, 1) }, switches: ['one'] },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 540_000,
    roles: { one: 'Active', two: 'Target' },
  },
  {
    name: 'the newest twenty switches are remembered',
    given: {
      versions: { one: up(3), two: up(3) },
      switches: Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'one' : 'two')),
      services: { web: { on: 'one', stamp: { switchNumber: 21, previous: 'two' } } },
    },
    actions: [],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
    wake: 30_000,
    status: { history: Array.from({ length: 20 }, (_, i) => ({ switchNumber: 21 - i })) },
  },
  {
    name: 'an id is as good a name as any, and never another version’s',
    given: { latest: 'two', spec: { activeVersion: id('one') }, versions: { one: up(3), two: { ...cold, held: '' } }, switches: ['one'] },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
  },
];
