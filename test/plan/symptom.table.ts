// What pods say before anybody judges them: of what comes up, of what is shown, of what serves. Still in progress, whatever they say.
import type { Evidence } from '../../src/model/question.ts';
import { cold, coming, id, NOW, up } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const crash: Evidence = {
  cause: 'version',
  reason: 'CrashLoop',
  message: 'container api crashed 3 times (Error, exit code 1): configuration refused',
  container: 'api',
  exitCode: 1,
};
const unready: Evidence = {
  cause: 'version',
  reason: 'NotReadyInTime',
  message: 'container api is not ready: its readiness probe does not pass',
  container: 'api',
};
const rising = (more: Partial<Given> = {}): Given => ({
  latest: 'two',
  versions: { one: up(3), two: coming(3, 0, { pods: 3 }) },
  switches: ['one'],
  ...more,
});
const BRINGING_UP = ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'];
const CRASHING = ['Available Serving', 'not Ready CrashLoop', 'Reconciling CrashLoop'];
const seconds = (after: number): string => new Date(NOW + after * 1000).toISOString().replace('.000', '');
/** What the last report said of version two. */
const told = (reason?: string): NonNullable<Given['status']> => ({
  observedGeneration: 7,
  decision: '',
  pinned: '',
  history: [{ switchNumber: 1, at: new Date(NOW - 36e5).toISOString(), from: '', to: id('one'), reason: 'Automatic' }],
  versions: [
    {
      id: id('two'),
      state: 'Target',
      ...(reason && { reason }),
      instances: [{ name: id('two'), uid: `uid-${id('two')}`, role: 'Target' }],
    },
  ],
});

export const SYMPTOMS: readonly Row[] = [
  {
    name: 'pods that have been there for ten seconds are asked why they are not available',
    given: rising({ symptoms: 'unasked' }),
    since: 10,
    actions: ['examine two'],
    conditions: BRINGING_UP,
    wake: 20_000,
  },
  {
    name: 'before that nobody asks: what comes up in time costs no call',
    given: rising({ symptoms: 'unasked' }),
    since: 9,
    actions: [],
    conditions: BRINGING_UP,
    wake: 1_000,
  },
  {
    name: 'of no pods there is nothing to ask',
    given: rising({ versions: { one: up(3), two: coming(3, 0, { pods: 0 }) }, symptoms: 'unasked' }),
    since: 60,
    actions: [],
    conditions: BRINGING_UP,
    wake: 540_000,
  },
  {
    name: 'a crash is told without a verdict: by name, and when there will be one',
    given: rising({ versions: { one: up(3), two: { ...coming(3, 0, { pods: 3 }), name: '1.3' } }, symptoms: { two: crash } }),
    since: 80,
    actions: [],
    conditions: CRASHING,
    wake: 60_000,
    says: {
      Reconciling: `0 of 3 pods of two (1.3) are available: container api crashed 3 times (Error, exit code 1): configuration refused; judged at ${seconds(520)} (progressDeadlineSeconds 600)`,
    },
    status: {
      versions: [
        { id: 'two', state: 'Target', reason: 'CrashLoop', message: crash.message },
        { id: 'one', state: 'Active' },
      ],
    },
  },
  {
    name: 'the second look comes soon after the first',
    given: rising({ symptoms: { two: crash } }),
    since: 10,
    actions: [],
    conditions: CRASHING,
    wake: 20_000,
  },
  ...(['ImagePullFailed', 'Unschedulable', 'SecretMissing', 'ConfigMissing'] as const).map((reason): Row => ({
    name: `${reason} is told at once, and is in progress as long as nobody judged`,
    given: rising({ symptoms: { two: { cause: 'cluster', reason, message: 'the cluster lacks it' } } }),
    since: 10,
    actions: [],
    conditions: ['Available Serving', `not Ready ${reason}`, `Reconciling ${reason}`],
    wake: 20_000,
  })),
  {
    name: 'pods that cannot be created say so themselves, and nobody has to ask',
    given: rising({
      versions: {
        one: up(3),
        two: coming(3, 0, { pods: 0, complaint: 'pods "two-x" is forbidden: exceeded quota: tight, requested: pods=1' }),
      },
      symptoms: 'unasked',
    }),
    actions: [],
    conditions: ['Available Serving', 'not Ready QuotaExceeded', 'Reconciling QuotaExceeded'],
    wake: 30_000,
    says: { Ready: 'exceeded quota: tight' },
  },
  {
    name: 'a probe that does not pass is what starting looks like',
    given: rising({ symptoms: { two: unready } }),
    since: 29,
    actions: [],
    conditions: BRINGING_UP,
    wake: 1_000,
    says: { Reconciling: '0 of 3 pods of two are available' },
  },
  {
    name: 'after half a minute it is told, too: under way it is all the same',
    given: rising({ symptoms: { two: unready } }),
    since: 30,
    actions: [],
    conditions: BRINGING_UP,
    wake: 60_000,
    says: { Reconciling: `its readiness probe does not pass; judged at ${seconds(570)} (progressDeadlineSeconds 600)` },
  },
  {
    name: 'what is up says nothing, whatever it said before',
    given: rising({ versions: { one: up(3), two: up(3) }, symptoms: { two: crash }, spec: { promotion: { minReadySeconds: 30 } } }),
    since: 20,
    actions: [],
    conditions: BRINGING_UP,
    wake: 10_000,
    status: { versions: [{ id: 'two', state: 'Target' }, { id: 'one' }] },
  },
  {
    name: 'a process that has just started asks at once, if the report tells of trouble',
    given: rising({ symptoms: 'unasked', status: told('CrashLoop') }),
    actions: ['examine two'],
    conditions: BRINGING_UP,
    wake: 30_000,
  },
  {
    name: 'if it tells of none, there is time',
    given: rising({ symptoms: 'unasked', status: told() }),
    actions: [],
    conditions: BRINGING_UP,
    wake: 10_000,
  },
  {
    name: 'a preview that crashes: its version says so, and Ready is as it was',
    given: rising({
      spec: { promotion: { mode: 'Manual' } },
      versions: { one: up(3), two: coming(1, 0, { pods: 1 }) },
      symptoms: { two: crash },
    }),
    since: 80,
    actions: [],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
    wake: 60_000,
    status: { versions: [{ id: 'two', state: 'Preview', reason: 'CrashLoop', message: crash.message }, { id: 'one' }] },
  },
  {
    name: 'pods of a preview are asked, too',
    given: rising({
      spec: { promotion: { mode: 'Manual' } },
      versions: { one: up(3), two: coming(1, 0, { pods: 1 }) },
      symptoms: 'unasked',
    }),
    since: 10,
    actions: ['examine two'],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
    wake: 20_000,
  },
  {
    name: 'what serves has lost pods: they say why',
    given: { latest: 'two', versions: { one: cold, two: coming(3, 1, { pods: 3 }) }, switches: ['one', 'two'], symptoms: { two: crash } },
    since: 80,
    actions: [],
    conditions: ['Available Serving', 'not Ready ReplicasUnavailable', 'Reconciling ReplicasUnavailable'],
    wake: 60_000,
    says: { Ready: `1 of 3 pods of two are available: ${crash.message}` },
    status: { versions: [{ id: 'two', state: 'Active', reason: 'CrashLoop' }, { id: 'one' }] },
  },
  {
    name: 'for longer than a rollout may take: nobody has to look at its pods',
    given: { latest: 'two', versions: { one: cold, two: coming(3, 0, { pods: 3 }) }, switches: ['one', 'two'], symptoms: { two: crash } },
    since: 600,
    actions: [],
    conditions: ['not Available NoAvailablePod', 'not Ready ReplicasUnavailable', 'Stalled ReplicasUnavailable'],
    wake: 60_000,
    says: {
      Available: `two is selected and has no available pod: ${crash.message}`,
      Stalled: `0 of 3 pods of two are available, for more than progressDeadlineSeconds 600: ${crash.message}`,
    },
  },
  {
    name: 'they are asked as long as they are not all up',
    given: { latest: 'two', versions: { one: cold, two: coming(3, 1, { pods: 3 }) }, switches: ['one', 'two'], symptoms: 'unasked' },
    since: 10,
    actions: ['examine two'],
    conditions: ['Available Serving', 'not Ready ReplicasUnavailable', 'Reconciling ReplicasUnavailable'],
    wake: 20_000,
  },
  {
    name: 'asked for the verdict they are asked once',
    given: rising({ symptoms: 'unasked' }),
    since: 600,
    actions: ['examine two'],
    conditions: BRINGING_UP,
  },
  {
    name: 'while paused they may say why, and nobody judges them',
    given: rising({ spec: { paused: true }, symptoms: { two: crash } }),
    since: 80,
    actions: [],
    conditions: ['Available Serving', 'not Ready Paused'],
    wake: 60_000,
    status: { versions: [{ id: 'two', state: 'Target', reason: 'CrashLoop' }, { id: 'one' }] },
  },
];
