// A Job as a gate, when something else happens while it runs: its answer is about one instance and one content of the gate, and no other answer
// lets a version in. It is 12:00 on a Sunday.
import { coming, id, NOW, up } from '../given.ts';
import type { Given, MeasuredGiven, VersionGiven } from '../given.ts';
import type { Measurement } from '../../src/model/measure.ts';
import type { Row } from './table.ts';

const RISING = ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'];
const RUNS = ['Available Serving', 'not Ready GatesRunning', 'Reconciling GatesRunning'];
const SERVES = ['Available Serving', 'Ready Serving'];
const BEGIN = 'measure before/migrate of two';
const OVER = 'switch web → two (switch 2, from one)';
const IN = 'attest two.gates-before: its gates before let it in';
const BACK = 'switch web → one (switch 3, from two)';

const MIGRATE = { name: 'migrate', job: { spec: { template: { spec: { containers: [{ name: 'main', image: 'm:1' }] } } } } };
const before = { promotion: { before: [MIGRATE] } };
const after = { promotion: { after: [MIGRATE] } };

type Phase = 'before' | 'after';
/** What the last look at the Job of version two found, this second. */
const ran = (is: Measurement['is'], phase: Phase = 'before', more: Partial<MeasuredGiven> = {}): NonNullable<Given['measured']> => ({
  [`${phase}/migrate`]: {
    since: 60,
    tally: { at: NOW, begun: true, last: [{ at: NOW, is, message: `Job m: ${is}`, begun: true }] },
    ...more,
  },
});

/** Two is up beside one, which serves. */
const waits = (measured: NonNullable<Given['measured']>, more: Partial<Given> = {}, two: Partial<VersionGiven> = {}): Given => ({
  latest: 'two',
  spec: before,
  versions: { one: up(3), two: { ...up(3), ...two } },
  switches: ['one'],
  measured,
  ...more,
});
/** Two serves since ten seconds, its gates before let it in. */
const serves = (measured: NonNullable<Given['measured']>, more: Partial<Given> = {}, two: Partial<VersionGiven> = {}): Given => ({
  latest: 'two',
  spec: after,
  versions: { one: up(3), two: { ...up(3), proofs: [{ phase: 'before', followed: true }], ...two } },
  switches: ['one', 'two'],
  status: {
    observedGeneration: 6,
    history: [move(2, 'two', 'one', 10), move(1, 'one', '', 3600)],
  },
  measured,
  ...more,
});
const move = (switchNumber: number, to: string, from: string, secondsAgo: number) => ({
  switchNumber,
  at: new Date(NOW - secondsAgo * 1000).toISOString(),
  from: from === '' ? '' : id(from),
  to: id(to),
  reason: 'Automatic',
});

export const JOBS: readonly Row[] = [
  // Whose answer it is
  {
    name: 'one that completed for the gate as it was before it was changed lets nobody in: that of the new gate begins',
    given: waits(ran('good', 'before', { digest: 'as-it-was' })),
    since: 60,
    actions: [BEGIN],
    conditions: RUNS,
    wake: 540_000,
  },
  {
    name: 'nor does one that failed for it fail anybody',
    given: waits(ran('bad', 'before', { digest: 'as-it-was' })),
    since: 60,
    actions: [BEGIN],
    conditions: RUNS,
    wake: 540_000,
  },
  {
    name: 'one that completed for another instance lets nobody in',
    given: waits(ran('good', 'before', { uid: `uid-${id('one')}` })),
    since: 60,
    actions: [BEGIN],
    conditions: RUNS,
    wake: 540_000,
  },
  {
    name: 'one that completed in the other phase lets nobody in',
    given: waits(ran('good', 'after')),
    since: 60,
    actions: [BEGIN],
    conditions: RUNS,
    wake: 540_000,
  },
  {
    name: 'one that failed whose gate is taken out has no say any more',
    given: waits(ran('bad'), { spec: {} }),
    since: 60,
    actions: [OVER],
    conditions: RISING,
  },
  {
    name: 'one that runs whose gate is taken out holds nobody up',
    given: waits(ran('none'), { spec: {} }),
    since: 60,
    actions: [OVER],
    conditions: RISING,
  },

  // Before
  {
    name: 'one of a version that is superseded is not looked at any more, and goes with its instance',
    given: waits(ran('good'), { latest: 'three', versions: { one: up(3), two: up(3), three: coming(3) } }),
    since: 60,
    actions: ['retire Deployment two: superseded'],
    conditions: RISING,
    wake: 540_000,
  },
  {
    name: 'one of a version that is rejected lets nobody in',
    given: waits(ran('good'), {}, { rejected: 'two' }),
    since: 60,
    actions: ['retire Deployment two: rejected'],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'a renewed version has a Job of its own, whatever that of its first instance said',
    given: {
      latest: 'two',
      spec: before,
      versions: { one: up(3), two: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }], renewed: { nonce: 'a', instances: ['two'] } } }, // prettier-ignore
      switches: ['one'],
      measured: ran('good'),
    },
    since: 60,
    actions: ['measure before/migrate of two-2', 'retire Deployment two: replaced by a fresh instance'],
    conditions: RUNS,
    wake: 540_000,
  },
  {
    name: 'while the line is held one that completed moves nothing, and nothing is written down',
    given: waits(ran('good'), { fleet: { line: 'incident 42' } }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready LineHeld'],
  },
  {
    name: 'and one that runs is looked at again all the same',
    given: waits(ran('none'), { fleet: { line: 'incident 42' } }),
    since: 60,
    actions: [],
    conditions: RUNS,
    wake: 2_000,
  },
  {
    name: 'with status lost and an operator that starts anew it is looked at, and not believed before',
    given: waits({}, { status: 'lost' }),
    since: 60,
    actions: [BEGIN],
    conditions: RUNS,
    wake: 540_000,
  },
  {
    name: 'with status lost what is written down counts, though the Job is gone',
    given: waits(ran('error'), { status: 'lost' }, { proofs: [{ phase: 'before' }] }),
    since: 60,
    actions: [OVER],
    conditions: RISING,
  },
  {
    name: 'one that is waived is not begun',
    given: waits({}, { metadata: { annotations: { 'immutableapp.io/waive': `${id('two')}/migrate` } } }),
    since: 60,
    actions: [IN, OVER],
    conditions: RISING,
  },
  {
    name: 'one that is not enforced is begun, and holds nobody up when it failed',
    given: waits(ran('bad'), { spec: { promotion: { before: [{ ...MIGRATE, enforce: false }] } } }),
    since: 60,
    actions: [IN, OVER],
    conditions: RISING,
  },

  // After
  {
    name: 'after the switch one that completed proves the version',
    given: serves(ran('good', 'after')),
    since: 60,
    actions: ['attest two.gates-after: its gates after have passed'],
    conditions: SERVES,
  },
  {
    name: 'after the switch one that was deleted proves nothing, and what served before is kept',
    given: serves(ran('error', 'after')),
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 2_000,
    roles: { one: 'Warm', two: 'Active' },
  },
  {
    name: 'after the switch one that failed for the gate as it was takes nothing back',
    given: serves(ran('bad', 'after', { digest: 'as-it-was' })),
    since: 60,
    actions: ['measure after/migrate of two'],
    conditions: SERVES,
    wake: 540_000,
  },
  {
    name: 'after the switch one that failed whose gate is taken out takes nothing back',
    given: serves(ran('bad', 'after'), { spec: {} }),
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
  },
  {
    name: 'after the switch a rejection waits for no Job',
    given: serves(ran('none', 'after'), {}, { rejected: 'two' }),
    since: 60,
    actions: [BACK],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'after the switch a line that is held keeps nothing from going back',
    given: serves(ran('bad', 'after'), { fleet: { line: 'incident 42' } }, { failed: { reason: 'GateFailed', message: 'gate after/migrate: Job m failed', gate: 'after/migrate', ageSeconds: 1 } }), // prettier-ignore
    since: 60,
    actions: [BACK],
    conditions: ['Available Serving', 'not Ready VersionFailed', 'Stalled VersionFailed'],
  },
  {
    name: 'after the switch, with status lost and an operator that starts anew, it is looked at again',
    given: serves({}, { status: 'lost' }),
    since: 60,
    actions: ['measure after/migrate of two'],
    conditions: SERVES,
    wake: 540_000,
  },
];
