import { cold, coming, up } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const worker = { services: [] };
export const WORKERS: readonly Row[] = [
  {
    name: 'the first instance of a worker starts like any other',
    given: { spec: worker, versions: { one: cold } },
    actions: ['publish Deployment one ×3'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'when all its pods are up it serves: a fact is the witness, since no Service is',
    given: { spec: worker, versions: { one: up(3) }, status: { observedGeneration: 7, decision: '' } },
    actions: ['attest one.route-1: one runs'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'what the fact says is written down',
    given: {
      spec: worker,
      versions: { one: { ...up(3), routes: [{ switchNumber: 1 }] } },
      status: { observedGeneration: 7, decision: '' },
    },
    actions: [],
    conditions: SERVES,
    status: { activeVersion: 'one', activeInstance: 'one', history: [{ switchNumber: 1, from: '', to: 'one' }] },
  },
  {
    name: 'routes of a worker that a later one replaced go',
    given: {
      spec: worker,
      latest: 'two',
      versions: { one: { routes: [{ switchNumber: 1 }] }, two: { ...up(3), routes: [{ switchNumber: 2, previous: 'one' }] } },
      switches: ['one', 'two'],
    },
    actions: ['retire ControllerRevision one.route-1: route no more: switch 2 came later'],
    conditions: SERVES,
  },
  {
    name: 'a worker that runs is available and ready',
    given: { spec: worker, versions: { one: up(3) }, switches: ['one'] },
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'a new version of a worker starts when it is chosen, and the old one works on',
    given: { spec: worker, latest: 'two', versions: { one: up(3), two: cold }, switches: ['one'] },
    actions: ['publish Deployment two ×3'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'a worker has no preview: running would be serving',
    given: { spec: { ...worker, promotion: { mode: 'Manual' } }, latest: 'two', versions: { one: up(3), two: cold }, switches: ['one'] },
    actions: [],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
  },
  {
    name: 'the one instance of a worker that runs stays while nobody knows what served, small as it is',
    given: {
      spec: { ...worker, replicas: 1, promotion: { mode: 'Manual' } },
      status: 'lost',
      latest: 'two',
      versions: { one: cold, two: up(1) },
    },
    actions: [],
    conditions: ['not Available NothingServes', 'not Ready RouteUnknown', 'Stalled RouteUnknown'],
  },
  {
    name: 'the new version of a worker is up: it serves, and nothing else happens in that pass',
    given: { spec: worker, latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one'] },
    actions: ['attest two.route-2: two runs'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'the old version of a worker is not kept warm',
    given: { spec: worker, latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one', 'two'] },
    actions: ['retire Deployment one: no longer warm'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
    roles: { two: 'Active', one: 'Surplus' },
  },
  {
    name: 'a worker that lost its status: a fact knows what serves',
    given: {
      spec: worker,
      status: 'lost',
      latest: 'two',
      versions: { one: { ...up(3), routes: [{ switchNumber: 1 }] }, two: coming(3, 1, { ageSeconds: 10 }) },
    },
    actions: [],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 600_000,
    roles: { one: 'Active', two: 'Target' },
    status: { activeInstance: 'one' },
  },
  {
    name: 'a worker that gets a Service serves through it what runs',
    given: { versions: { one: up(3) }, switches: ['one'], services: {} },
    since: 60,
    actions: ['expose web → one'],
    conditions: ['not Available ServiceMissing', 'not Ready ServiceMissing'],
  },
];
