// Traffic in steps: what each rung waits for, what takes a share back, and what needs no steps. Two comes up beside one, which serves.
import { look } from '../../src/gates/compare.ts';
import type { Compared, CountedPair } from '../../src/model/measure.ts';
import { coming, id, NOW, up } from '../given.ts';
import type { Given, ServiceGiven, VersionGiven } from '../given.ts';
import type { Row } from './table.ts';

const PORTS = [{ name: 'http', port: 80, targetPort: 'http' }];
const LADDER = [{ percent: 5, seconds: 60 }, { percent: 25, seconds: 600 }, { percent: 100 }];
const web = (ladder: readonly object[] = LADDER, more: object = {}): object => ({ name: 'web', ports: PORTS, ladder, ...more });

const SERVES = ['Available Serving', 'Ready Serving'];
const CLIMBS = ['Available Serving', 'not Ready Climbing', 'Reconciling Climbing'];
const RISES = ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'];

/** A rung that lends to two. `next`: the number of the switch that is to come. */
const lends = (percent: number, secondsAgo: number, more: Partial<ServiceGiven> = {}, next = 2): ServiceGiven => ({
  on: 'two',
  stamp: { switchNumber: next, instance: 'two', previous: 'one', share: { percent, secondsAgo } },
  ...more,
});
/** So many rungs lend, the highest for so many seconds. */
const at = (rungs: number, secondsAgo = 10, next = 2): NonNullable<Given['services']> => ({
  web: {},
  ...(rungs > 0 ? { 'web-r1': lends(5, rungs === 1 ? secondsAgo : secondsAgo + 60, {}, next) } : { 'web-r1': {} }),
  ...(rungs > 1 ? { 'web-r2': lends(25, secondsAgo, {}, next) } : { 'web-r2': {} }),
  'web-r3': {},
});
const update = (services: NonNullable<Given['services']>, more: Partial<Given> = {}, two: VersionGiven = up(3)): Given => {
  const { spec, ...rest } = more;
  return { latest: 'two', spec: { services: [web()], ...spec }, versions: { one: up(3), two }, switches: ['one'], services, ...rest };
};

/** One took over from old an hour ago, which had served for an hour. */
const HISTORY = {
  observedGeneration: 6,
  decision: 'old',
  history: [
    { switchNumber: 2, at: '2026-03-01T11:00:00Z', from: id('old'), to: id('one'), reason: 'Automatic' },
    { switchNumber: 1, at: '2026-03-01T10:00:00Z', from: '', to: id('old'), reason: 'Automatic' },
  ],
};

const BACK_2 = 'repair web-r2 → one (switch 1, from two, 0 %)';
const BACK_1 = 'repair web-r1 → one (switch 1, from two, 0 %)';
const STEP_1 = 'lend web-r1 → two (switch 2, from one, 5 %)';
const STEP_2 = 'lend web-r2 → two (switch 2, from one, 25 %)';
const OVER = 'switch web → two (switch 2, from one)';
const TOP = 'switch web-r3 → two (switch 2, from one)';

const hours = (from: string, to: string, more: object = {}): object => ({ name: 'hours', window: { timeZone: 'UTC', from, to }, ...more });
const during = (gate: object, rungs: number, secondsAgo: number): Given =>
  update(at(rungs, secondsAgo), { spec: { promotion: { during: [gate] } } });

const ERRORS = { name: 'errors', prometheus: { source: 'main', compare: { total: 'requests', bad: 'errors' } } };
const sharing = (rungs: number, more: Partial<Given>, secondsAgo = 40): Given =>
  update(at(rungs, secondsAgo), {
    spec: { promotion: { during: [ERRORS] } },
    fleet: { gateSources: [{ name: 'main', namespaces: undefined }] },
    ...more,
  });
/** Ten looks at so many requests in all, and of them so many of the candidate; of each side so many errors. */
const looked = (total: number, candidate: number, bad = 1, beganSecondsAgo = 60, secondsAgo = 0): NonNullable<Given['measured']> => {
  const counts = (looks: number): CountedPair => ({
    candidate: { total: (candidate * looks) / 10, bad: Math.round((bad * looks) / 10) },
    serving: { total: ((total - candidate) * looks) / 10, bad: Math.round((10 * looks) / 10) },
  });
  const compared = Array.from({ length: 11 }, (_, looks) => looks).reduce<Compared | undefined>(
    (seen, looks) => look(seen, counts(looks), 1.25),
    undefined,
  )!;
  const at = NOW - secondsAgo * 1000;
  const last = [{ at, is: 'good', message: 'looked' }] as const;
  return { 'during/errors': { since: 60, tally: { at, firstAt: NOW - beganSecondsAgo * 1000, valid: 10, passes: 10, last, compared } } };
};

const TWO_LADDERS: Partial<Given> = {
  spec: { services: [web(), web([{ percent: 50, seconds: 10 }, { percent: 100 }], { name: 'api' })] },
};

export const LADDERS: readonly Row[] = [
  // Gates while it has a share
  {
    name: 'a gate that has not failed keeps nobody from the next rung',
    given: during(hours('13:00', '14:00'), 1, 90),
    since: 60,
    actions: [STEP_2],
    conditions: RISES,
    wake: 3_600_000,
  },
  {
    name: 'but it has to pass before the last one',
    given: during(hours('13:00', '14:00'), 2, 700),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready WindowClosed'],
    wake: 3_600_000,
  },
  {
    name: 'once it passes, traffic moves',
    given: during(hours('00:00', '00:00'), 2, 700),
    since: 60,
    actions: ['attest two.gates-during: its gates during let it in', OVER, TOP],
    conditions: RISES,
  },
  {
    name: 'one that fails takes the share back, the largest first, and the version has failed',
    given: during(hours('13:00', '14:00', { timeoutSeconds: 60 }), 2, 70),
    since: 60,
    actions: [BACK_2, BACK_1, 'attest two.failed: GateFailed'],
    conditions: CLIMBS,
    wake: 530_000,
  },
  {
    name: 'while nothing is lent none is asked',
    given: during(hours('13:00', '14:00', { timeoutSeconds: 60 }), 0, 0),
    since: 60,
    actions: [STEP_1],
    conditions: RISES,
  },

  // Gates that measure while traffic is shared
  {
    name: 'a comparison is asked for as soon as something is lent',
    given: sharing(1, {}),
    since: 60,
    actions: ['measure during/errors of two'],
    conditions: CLIMBS,
    wake: 20_000,
  },
  {
    name: 'it keeps nobody from the next rung while it is open',
    given: sharing(1, { measured: looked(1_000, 100) }, 90),
    since: 60,
    actions: [STEP_2],
    conditions: RISES,
    wake: 10_000,
  },
  {
    name: 'but from the last one',
    given: sharing(2, { measured: looked(1_000, 100) }, 700),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready GatesRunning', 'Reconciling GatesRunning'],
    wake: 10_000,
  },
  {
    name: 'a candidate with more errors gives its share back and has failed',
    given: sharing(2, { measured: looked(1_000, 100, 90) }, 70),
    since: 60,
    actions: [BACK_2, BACK_1, 'attest two.failed: GateFailed'],
    conditions: CLIMBS,
    wake: 530_000,
  },
  {
    name: 'odds of 115 to 1 are enough for the only comparison',
    given: sharing(2, { measured: looked(1_000, 100, 8) }, 70),
    since: 60,
    actions: [BACK_2, BACK_1, 'attest two.failed: GateFailed'],
    conditions: CLIMBS,
    wake: 530_000,
  },
  {
    name: 'and not for one of two: together they may be wrong no more often',
    given: sharing(2, { measured: looked(1_000, 100, 8), spec: { promotion: { during: [ERRORS, { ...ERRORS, name: 'slow' }] } } }, 70),
    since: 60,
    actions: ['measure during/slow of two'],
    conditions: CLIMBS,
    wake: 10_000,
  },
  {
    name: 'one that is no worse takes over once it has climbed',
    given: sharing(2, { measured: looked(100_000, 10_000, 0, 400) }, 700),
    since: 60,
    actions: ['attest two.gates-during: its gates during let it in', OVER, TOP],
    conditions: RISES,
    wake: 10_000,
  },
  {
    name: 'until then it is measured on and on, though it has passed',
    given: sharing(1, { measured: looked(100_000, 10_000, 0, 400, 10) }),
    since: 60,
    actions: ['measure during/errors of two'],
    conditions: CLIMBS,
    wake: 20_000,
  },

  // Up
  {
    name: 'the first rung lends as soon as the version is up, and nothing else moves',
    given: update(at(0)),
    since: 60,
    actions: [STEP_1],
    conditions: RISES,
    roles: { one: 'Active', two: 'Target' },
  },
  {
    name: 'nothing is lent to a version that is not up',
    given: update(at(0), {}, coming(3, 2)),
    since: 60,
    actions: [],
    conditions: RISES,
    wake: 540_000,
  },
  {
    name: 'a rung keeps its share for its seconds',
    given: update({ ...at(0), 'web-r1': lends(5, 10) }),
    since: 60,
    actions: [],
    conditions: CLIMBS,
    wake: 50_000,
    says: { Ready: 'two is up and waits: two has 5 % of the traffic of web (rung 1 of 3): the next step is at 2026-03-01T12:00:50Z' },
    status: {
      share: '5%',
      services: [
        {
          name: 'web',
          role: 'Active',
          instance: 'one',
          converged: true,
          ladder: {
            ...{ rung: 1, rungs: 3, percent: 5, instance: 'two' },
            ...{ since: '2026-03-01T11:59:50.000Z', next: '2026-03-01T12:00:50.000Z' },
          },
        },
      ],
    },
  },
  {
    name: 'then the next one lends, too',
    given: update({ ...at(0), 'web-r1': lends(5, 60) }),
    since: 60,
    actions: [STEP_2],
    conditions: RISES,
  },
  {
    name: 'its seconds count from its stamp, so a restart does not begin them anew',
    given: update({ ...at(0), 'web-r1': lends(5, 60) }),
    wake: 30_000,
    actions: [STEP_2],
    conditions: RISES,
  },
  {
    name: 'no step before the endpoints of the last one have followed',
    given: update({ ...at(0), 'web-r1': lends(5, 60, { endpoints: { one: 3 } }) }),
    since: 60,
    actions: [],
    conditions: CLIMBS,
    says: { Ready: 'the endpoints of web-r1 have yet to follow' },
  },
  {
    name: 'a version that has lost a pod keeps its share and gets no more',
    given: update(at(1, 600), {}, coming(3, 2)),
    since: 60,
    actions: [],
    conditions: RISES,
    wake: 540_000,
  },
  {
    name: 'so does one that has lost a pod on the second rung, though its time is over',
    given: update(at(2, 700), {}, coming(3, 2)),
    since: 60,
    actions: [],
    conditions: RISES,
    wake: 540_000,
    status: { share: '25%' },
  },
  {
    name: 'a version that has lost all its pods gives its share back, and may climb again',
    given: update(at(2), {}, coming(3, 0)),
    since: 60,
    actions: [BACK_2, BACK_1],
    conditions: RISES,
    wake: 540_000,
  },
  {
    name: 'the last rung moves with the Service: that is the switch, and those that have lent stay as they are',
    given: update(at(2, 600)),
    since: 600,
    actions: [OVER, TOP],
    conditions: RISES,
  },
  {
    name: 'without a ladder in spec nothing takes steps',
    given: update({ web: {} }, { spec: { services: [{ name: 'web', ports: PORTS }] } }),
    since: 60,
    actions: [OVER],
    conditions: RISES,
  },
  {
    name: 'a first version has no ladder to climb: nothing serves beside it',
    given: {
      latest: 'one',
      spec: { services: [web()] },
      versions: { one: up(3) },
      services: { web: { stamp: 'none' }, 'web-r1': { stamp: 'none' }, 'web-r2': { stamp: 'none' }, 'web-r3': { stamp: 'none' } },
    },
    since: 60,
    actions: [
      'switch web → one (switch 1, from nothing)',
      'switch web-r1 → one (switch 1, from nothing)',
      'switch web-r2 → one (switch 1, from nothing)',
      'switch web-r3 → one (switch 1, from nothing)',
    ],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'a ladder that is new in spec is made of Services that follow what serves',
    given: { latest: 'one', spec: { services: [web()] }, versions: { one: up(3) }, switches: ['one'], services: { web: {} } },
    since: 60,
    actions: ['expose web-r1 → one', 'expose web-r2 → one', 'expose web-r3 → one'],
    conditions: SERVES,
  },
  {
    name: 'at 0 replicas the steps are taken all the same',
    given: update(at(0), { spec: { replicas: 0 }, versions: { one: up(0), two: up(0) } }),
    since: 60,
    actions: [STEP_1],
    conditions: ['Available ScaledToZero', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'one Service may climb in fewer steps than another, and waits for it at the top',
    given: update(
      {
        ...{ web: {}, 'web-r1': lends(5, 5), 'web-r2': {}, 'web-r3': {} },
        ...{ api: {}, 'api-r1': lends(50, 60), 'api-r2': {} },
      },
      TWO_LADDERS,
    ),
    since: 60,
    actions: [],
    conditions: CLIMBS,
    wake: 55_000,
  },
  {
    name: 'and both move once both have climbed',
    given: update(
      {
        ...{ web: {}, 'web-r1': lends(5, 700), 'web-r2': lends(25, 600), 'web-r3': {} },
        ...{ api: {}, 'api-r1': lends(50, 600), 'api-r2': {} },
      },
      TWO_LADDERS,
    ),
    since: 600,
    actions: [OVER, 'switch api → two (switch 2, from one)', TOP, 'switch api-r2 → two (switch 2, from one)'],
    conditions: RISES,
  },
  {
    name: 'both give back what they lent when newer content comes, the largest share first',
    given: update(
      {
        ...{ web: {}, 'web-r1': lends(5, 700), 'web-r2': lends(25, 500), 'web-r3': {} },
        ...{ api: {}, 'api-r1': lends(50, 600), 'api-r2': {} },
      },
      { ...TWO_LADDERS, latest: 'three', versions: { one: up(3), two: up(3), three: coming(3, 0) } },
    ),
    since: 60,
    actions: ['repair api-r1 → one (switch 1, from two, 0 %)', BACK_2, BACK_1],
    conditions: RISES,
    wake: 540_000,
  },
  {
    name: 'replicas go to 0 while it has a share: it keeps what it has, and goes on when its time comes',
    given: update(at(2, 100), { spec: { replicas: 0 }, versions: { one: up(0), two: up(0) } }),
    since: 60,
    actions: [],
    conditions: ['Available ScaledToZero', 'not Ready Climbing', 'Reconciling Climbing'],
    wake: 500_000,
  },
  // What stops it
  ...[1, 2].flatMap((rungs): Row[] => {
    const back = rungs === 2 ? [BACK_2, BACK_1] : [BACK_1];
    const on = `on rung ${String(rungs)}`;
    return [
      {
        name: `${on}: newer content takes the share back, the largest first`,
        given: update(at(rungs), { latest: 'three', versions: { one: up(3), two: up(3), three: coming(3, 0) } }),
        since: 60,
        actions: back,
        conditions: RISES,
        wake: 540_000,
        roles: { one: 'Active', two: 'Discarded', three: 'Target' },
      },
      {
        name: `${on}: spec goes back to what serves`,
        given: update(at(rungs), { latest: 'one', versions: { two: up(3), one: up(3) } }),
        since: 60,
        actions: back,
        conditions: [...SERVES, 'Reconciling Draining'],
      },
      {
        name: `${on}: a rejection takes the share back`,
        given: update(at(rungs), {}, { ...up(3), rejected: 'two' }),
        since: 60,
        actions: back,
        conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
      },
      {
        name: `${on}: a version that has failed gives its share back`,
        given: update(at(rungs), {}, { ...up(3), failed: {} }),
        since: 60,
        actions: back,
        conditions: ['Available Serving', 'not Ready VersionFailed', 'Stalled VersionFailed'],
      },
      {
        name: `${on}: the pointer goes to what serves`,
        given: update(at(rungs), {
          decision: '',
          spec: { activeVersion: 'one' },
          versions: { one: { ...up(3), name: 'one' }, two: up(3) },
        }),
        since: 60,
        actions: [...back, 'attest two.held: spec.activeVersion names one (one)'],
        conditions: ['Available Serving', 'Ready AwaitingActivation'],
      },
      {
        name: `${on}: a pin to it moves all that is left, at once`,
        given: update(
          at(rungs),
          { metadata: { annotations: { 'immutableapp.io/pin': 'two until 2026-03-01T13:00:00Z' } } },
          { ...up(3), name: 'two' },
        ),
        since: 60,
        actions: rungs === 2 ? [OVER, TOP] : [OVER, 'switch web-r2 → two (switch 2, from one)', TOP],
        conditions: RISES,
        wake: 3_600_000,
      },
      {
        name: `${on}: paused, everything stays where it is`,
        given: update(at(rungs, 3600), { spec: { paused: true } }),
        since: 3600,
        actions: [],
        conditions: ['Available Serving', 'not Ready Paused'],
      },
      {
        name: `${on}: while the line is held no step is made`,
        given: update(at(rungs, 3600), { fleet: { line: 'ann says so' } }),
        since: 3600,
        actions: [],
        conditions: ['Available Serving', 'Ready LineHeld'],
      },
      {
        name: `${on}: with status lost it stands where it stood`,
        given: update(at(rungs), { status: 'lost' }),
        since: 60,
        actions: [],
        conditions: CLIMBS,
        wake: rungs === 1 ? 50_000 : 590_000,
      },
      {
        name: `${on}: the way back to a proven version takes no steps`,
        given: update(at(rungs), {
          switches: ['old', 'one'],
          status: HISTORY,
          spec: { activeVersion: 'old' },
          versions: { old: { ...up(3), name: 'old' }, one: up(3), two: up(3) },
          services: at(rungs, 10, 3),
        }),
        since: 60,
        actions: ['web', 'web-r1', 'web-r2', 'web-r3'].map((service) => `switch ${service} → old (switch 3, from one)`),
        conditions: RISES,
      },
      {
        name: `${on}: the pointer goes to another new version: the share comes back before that gets its own`,
        given: update(at(rungs), {
          spec: { activeVersion: 'new' },
          versions: { one: up(3), new: { ...up(3), name: 'new' }, two: up(3) },
        }),
        since: 60,
        actions: back,
        conditions: RISES,
      },
    ];
  }),
  // What somebody else does to it
  {
    name: 'an edited rung is put back where the ladder stands',
    given: update({ ...at(2), 'web-r1': lends(5, 70, { on: 'one' }) }),
    since: 60,
    actions: ['repair web-r1 → two (switch 2, from one, 5 %), undone by somebody'],
    conditions: CLIMBS,
  },
  {
    name: 'the highest rung was edited: it lends again, since then as before',
    given: update({ ...at(2), 'web-r2': lends(25, 10, { on: 'one', writers: ['kubectl-edit'] }) }),
    since: 60,
    actions: ['repair web-r2 → two (switch 2, from one, 25 %), undone by kubectl-edit'],
    conditions: CLIMBS,
  },
  {
    name: 'somebody gives a rung to what comes up: that is no step, and it goes back',
    given: update({ ...at(1), 'web-r2': { on: 'two', stamp: { switchNumber: 1, instance: 'one' }, writers: ['kubectl-edit'] } }),
    since: 60,
    actions: ['repair web-r2 → one (switch 1, from nothing), undone by kubectl-edit'],
    conditions: CLIMBS,
    wake: 50_000,
  },
  {
    name: 'a stamp that somebody else wrote proves no step',
    given: update({ ...at(1), 'web-r2': lends(25, 3600, { stampedBy: ['kubectl-edit'] }) }),
    since: 60,
    actions: [BACK_2],
    conditions: CLIMBS,
    wake: 50_000,
  },
  {
    name: 'a rung that was deleted is made anew for what serves, and lends again after that',
    given: update({ web: {}, 'web-r2': lends(25, 10), 'web-r3': {} }),
    since: 60,
    actions: ['expose web-r1 → one'],
    conditions: CLIMBS,
  },
  {
    name: 'a rung below the highest that follows what serves lends again',
    given: update({ ...at(2), 'web-r1': {} }),
    since: 60,
    actions: ['repair web-r1 → two (switch 2, from one, 5 %)'],
    conditions: CLIMBS,
  },
  {
    name: 'a way back that was interrupted goes on',
    given: update(
      { ...at(1), 'web-r2': { on: 'one', stamp: { switchNumber: 1, instance: 'one', previous: 'two' } } },
      { latest: 'one', versions: { two: up(3), one: up(3) } },
    ),
    since: 60,
    actions: [BACK_1],
    conditions: [...SERVES, 'Reconciling Draining'],
  },
  {
    name: 'a switch that was interrupted before the last rung is finished',
    given: {
      latest: 'two',
      spec: { services: [web()] },
      versions: { one: up(3), two: up(3) },
      switches: ['one', 'two'],
      services: { ...at(2), web: {}, 'web-r3': { on: 'one', stamp: { switchNumber: 1, instance: 'one' } } },
    },
    since: 60,
    actions: ['repair web-r3 → two (switch 2, from one)'],
    conditions: [...SERVES, 'Reconciling Draining'],
  },
  {
    name: 'what has had a share is kept for drainSeconds once endpoints have followed',
    given: update(
      {
        ...at(0),
        'web-r1': { on: 'one', stamp: { switchNumber: 1, instance: 'one', previous: 'two', share: { percent: 0, secondsAgo: 20 } } },
      },
      { latest: 'one', versions: { two: up(3), one: up(3) } },
    ),
    since: 20,
    actions: [],
    conditions: [...SERVES, 'Reconciling Draining'],
    wake: 10_000,
    roles: { one: 'Active', two: 'Discarded' },
  },
  {
    name: 'then it is retired',
    given: update(
      {
        ...at(0),
        'web-r1': { on: 'one', stamp: { switchNumber: 1, instance: 'one', previous: 'two', share: { percent: 0, secondsAgo: 31 } } },
      },
      { latest: 'one', versions: { two: up(3), one: up(3) } },
    ),
    since: 31,
    actions: ['retire Deployment two: superseded'],
    conditions: [...SERVES, 'Reconciling Draining'],
  },
  {
    name: 'somebody has a Service with the name of a rung: no step without it',
    given: update({ ...at(0), 'web-r1': { foreign: true, selector: { app: 'other' } } }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready ServiceNotOwned', 'Stalled ServiceNotOwned'],
    says: { Ready: 'the ladder of web needs that name: delete it' },
  },
  // A ladder that changes in spec
  {
    name: 'the percentage of the highest rung changed: what was lent at another goes back',
    given: update(at(2), { spec: { services: [web([{ percent: 5, seconds: 60 }, { percent: 50, seconds: 600 }, { percent: 100 }])] } }),
    since: 60,
    actions: [BACK_2],
    conditions: RISES,
  },
  {
    name: 'a rung was added in the middle: the share is at most what was proven',
    given: update(
      { ...at(2), 'web-r4': {} },
      {
        spec: {
          services: [web([{ percent: 5, seconds: 60 }, { percent: 10, seconds: 60 }, { percent: 25, seconds: 600 }, { percent: 100 }])],
        },
      },
    ),
    since: 60,
    actions: [BACK_2],
    conditions: RISES,
  },
  {
    name: 'a rung was taken out: what is left of the ladder counts, and it has been climbed',
    given: update(at(2), { spec: { services: [web([{ percent: 5, seconds: 60 }, { percent: 100 }])] } }),
    since: 60,
    actions: [OVER],
    conditions: RISES,
  },
  {
    name: 'the first rung was taken out: what was lent is no step of this ladder, and all of it goes back',
    given: update(at(2), { spec: { services: [web([{ percent: 25, seconds: 600 }, { percent: 100 }])] } }),
    since: 60,
    actions: [BACK_2, BACK_1, 'retire Service web-r3: no longer in spec.services'],
    conditions: RISES,
  },
  {
    name: 'the percentage of a rung below the highest changed: that is noted on it, and the share is what the highest proves',
    given: update(at(2), { spec: { services: [web([{ percent: 10, seconds: 60 }, { percent: 25, seconds: 600 }, { percent: 100 }])] } }),
    since: 60,
    actions: ['repair web-r1 → two (switch 2, from one, 10 %)'],
    conditions: CLIMBS,
    wake: 590_000,
  },
  {
    name: 'a rung was added above: it is made for what serves, and is one more step',
    given: update(at(2, 600), {
      spec: {
        services: [web([{ percent: 5, seconds: 60 }, { percent: 25, seconds: 600 }, { percent: 50, seconds: 60 }, { percent: 100 }])],
      },
    }),
    since: 60,
    actions: ['lend web-r3 → two (switch 2, from one, 50 %)', 'expose web-r4 → one'],
    conditions: RISES,
  },
  {
    name: 'the ladder was taken out of spec while it lent: nothing takes steps any more',
    given: update(at(2), { spec: { services: [{ name: 'web', ports: PORTS }] } }),
    since: 60,
    actions: [OVER],
    conditions: RISES,
  },

  // More than one ladder, and shares of what is not there
  {
    name: 'one ladder lends and the other not yet: gates are asked all the same, and one that fails stops both',
    given: update(
      {
        ...{ web: {}, 'web-r1': lends(5, 5), 'web-r2': {}, 'web-r3': {} },
        ...{ api: {}, 'api-r1': {}, 'api-r2': {} },
      },
      { spec: { ...TWO_LADDERS.spec, promotion: { during: [hours('13:00', '14:00', { timeoutSeconds: 60 })] } } },
    ),
    since: 60,
    actions: [BACK_1, 'attest two.failed: GateFailed'],
    conditions: CLIMBS,
    wake: 55_000,
  },
  {
    name: 'no rung lends before the gates before the switch have passed',
    given: update(at(0), { spec: { promotion: { before: [hours('13:00', '14:00')] } } }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready WindowClosed'],
    wake: 3_600_000,
  },
  {
    name: 'no further one lends while gates before the switch are asked anew',
    given: update(at(1, 90), { spec: { promotion: { before: [hours('13:00', '14:00')] } } }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready WindowClosed'],
    wake: 3_600_000,
  },
  {
    name: 'one ladder has been climbed and the other not: what is told is what the other one waits for',
    given: update(
      {
        ...{ web: {}, 'web-r1': lends(5, 800), 'web-r2': lends(25, 700), 'web-r3': {} },
        ...{ api: {}, 'api-r1': lends(50, 5), 'api-r2': {} },
      },
      TWO_LADDERS,
    ),
    since: 60,
    actions: [],
    conditions: CLIMBS,
    wake: 5_000,
    says: { Ready: 'two is up and waits: two has 50 % of the traffic of api (rung 1 of 2): the next step is at 2026-03-01T12:00:05Z' },
  },
  {
    name: 'paused, it keeps its share though spec goes back to what serves',
    given: update(at(2, 3600), { latest: 'one', spec: { paused: true }, versions: { two: up(3), one: up(3) } }),
    since: 3600,
    actions: [],
    conditions: ['Available Serving', 'Ready Paused'],
    status: { share: '25%' },
  },
  {
    name: 'before anything serves a rung lends nothing, whatever is written on it',
    given: {
      latest: 'one',
      spec: { services: [web()] },
      versions: { one: coming(3, 1) },
      services: {
        ...{ web: { stamp: 'none' }, 'web-r2': { stamp: 'none' }, 'web-r3': { stamp: 'none' } },
        'web-r1': { on: 'one', stamp: { switchNumber: 1, instance: 'one', share: { percent: 5, secondsAgo: 10 } } },
      },
    },
    since: 60,
    actions: [],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 540_000,
  },
];
