// Versions that do not come up, or come down again: evidence, another try, failback, rescue. Whatever happens, what serves serves on, and
// two bad versions never take turns.
import { expect } from '@jest/globals';
import type { Evidence } from '../../src/model/question.ts';
import { cold, coming, id, NOW, up } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const RISING = ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'];
const FAILED = ['Available Serving', 'not Ready VersionFailed', 'Stalled VersionFailed'];
const DOWN = 'not Available NoAvailablePod';

const crash: Evidence = { cause: 'version', reason: 'CrashLoop', message: 'container main crashed', container: 'main', exitCode: 3 };
const quota: Evidence = { cause: 'cluster', reason: 'QuotaExceeded', message: 'pods cannot be created: exceeded quota' };
const lacks = (reason: Evidence['reason']): Evidence => ({ cause: 'cluster', reason, message: 'the cluster lacks it' });

/** Two came after one and serves; one is still there. */
const after = (one: number, two: number, more: Partial<Given> = {}): Given => ({
  latest: 'two',
  versions: { one: coming(3, one), two: coming(3, two) },
  switches: ['one', 'two'],
  ...more,
});
/** The last switch was so many seconds ago. */
const switched = (secondsAgo: number, decision = ''): Exclude<NonNullable<Given['status']>, 'lost'> => ({
  observedGeneration: 6,
  decision,
  pinned: '',
  history: [
    { switchNumber: 2, at: new Date(NOW - secondsAgo * 1000).toISOString(), from: id('one'), to: id('two'), reason: 'Automatic' },
    { switchNumber: 1, at: new Date(NOW - 3_600_000).toISOString(), from: '', to: id('one'), reason: 'Automatic' },
  ],
});

/** It was switched to while nothing was to run, and was never up. */
const unproven = (secondsAgo: number, nickname = 'two'): Exclude<NonNullable<Given['status']>, 'lost'> => ({
  ...switched(secondsAgo),
  versions: [{ id: id(nickname), instances: [{ name: id(nickname), uid: `uid-${id(nickname)}`, role: 'Active', unproven: true }] }],
});

export const FAILURES: readonly Row[] = [
  {
    name: 'past the deadline the pods are asked why',
    given: { latest: 'two', versions: { one: up(3), two: coming(3, 1) }, switches: ['one'] },
    since: 600,
    actions: ['examine two'],
    conditions: RISING,
  },
  {
    name: 'what they say is the verdict',
    given: { latest: 'two', versions: { one: up(3), two: coming(3, 1) }, switches: ['one'], evidence: { two: crash } },
    since: 600,
    actions: ['attest two.failed: CrashLoop'],
    conditions: RISING,
  },
  {
    name: 'a crash is final: pods are scaled away, evidence and what to do next stay',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { ...coming(3), failed: { ...crash, ageSeconds: 9e6 } } },
      switches: ['one'],
    },
    since: 60,
    actions: ['scale two 3 → 0'],
    conditions: FAILED,
    says: { Stalled: 'two failed (CrashLoop: container main crashed): change spec, or retry it with kubectl annotate' },
    status: { versions: [{ id: 'two', state: 'Failed', failure: { container: 'main', exitCode: 3, instance: 'two' } }, { id: 'one' }] },
  },
  {
    name: 'while paused no deadline runs and nobody is condemned',
    given: { latest: 'two', spec: { paused: true }, versions: { one: up(3), two: coming(3) }, switches: ['one'] },
    since: 6000,
    actions: [],
    conditions: ['Available Serving', 'not Ready Paused'],
  },
  {
    name: 'it comes up before its pods are scaled away: nothing failed',
    given: { latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one'] },
    since: 600,
    actions: ['switch web → two (switch 2, from one)'],
    conditions: RISING,
  },

  // What the cluster lacks
  ...(
    [
      'QuotaExceeded',
      'Unschedulable',
      'ImagePullFailed',
      'SecretMissing',
      'NotStarted',
      'ServiceAccountMissing',
      'PriorityClassMissing',
      'RuntimeClassMissing',
      'WebhookUnavailable',
      'FailedCreate',
    ] as const
  ).map((reason): Row => ({
    name: `${reason} is the cluster's fault: it is tried again after a minute`,
    given: {
      latest: 'two',
      versions: { one: up(3), two: { ...coming(0), failed: { ...lacks(reason), ageSeconds: 20 } } },
      switches: ['one'],
    },
    since: 10,
    actions: [],
    conditions: FAILED,
    says: {
      Stalled:
        'it is tried again by itself at 2026-03-01T12:00:40Z, then later each time; now: kubectl annotate -n prod iapp/shop --overwrite',
    },
    wake: 20_000,
  })),
  {
    name: 'after a minute its pods are asked for again',
    given: { latest: 'two', versions: { one: up(3), two: { ...coming(0), failed: { ...quota, ageSeconds: 60 } } }, switches: ['one'] },
    since: 10,
    actions: ['scale two 0 → 3'],
    conditions: RISING,
    wake: 20_000,
  },
  {
    name: 'when it fails again the next try is later',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { ...coming(3), failed: { ...quota, attempt: 2, ageSeconds: 900 } } },
      switches: ['one'],
      evidence: { two: quota },
    },
    since: 600,
    actions: ['retire ControllerRevision two.failed: failed no more: it failed again', 'attest two.failed: QuotaExceeded'],
    conditions: RISING,
  },
  {
    name: 'the wait doubles',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { ...coming(0), failed: { ...quota, attempt: 3, ageSeconds: 0 } } },
      switches: ['one'],
    },
    actions: [],
    conditions: FAILED,
    wake: 30_000,
  },
  {
    name: 'up to an hour',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { ...coming(0), failed: { ...quota, attempt: 40, ageSeconds: 0 } } },
      switches: ['one'],
    },
    actions: [],
    conditions: FAILED,
    wake: 30_000,
  },
  {
    name: 'a version that came up at last serves, whatever befell it before',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { ...up(3), failed: { ...quota, attempt: 2, ageSeconds: 900 } } },
      switches: ['one'],
    },
    since: 60,
    actions: ['switch web → two (switch 2, from one)'],
    conditions: RISING,
  },
  {
    name: 'once it serves that is forgotten',
    given: {
      latest: 'two',
      versions: { one: cold, two: { ...up(3), failed: { ...quota, attempt: 2, ageSeconds: 900 } } },
      switches: ['one', 'two'],
    },
    since: 60,
    actions: ['retire ControllerRevision two.failed: failed no more: it serves'],
    conditions: ['Available Serving', 'Ready Serving'],
  },
  ...(['NotReadyInTime', 'PodSecurityViolation', 'ResourcesUnfit', 'PodsDenied'] as const).map((reason): Row => ({
    name: `${reason} is the version’s own fault: it is not tried again`,
    given: {
      latest: 'two',
      versions: { one: up(3), two: { ...coming(0), failed: { cause: 'version', reason, ageSeconds: 9e6 } } },
      switches: ['one'],
    },
    since: 60,
    actions: [],
    conditions: FAILED,
    says: { Stalled: 'change spec, or retry it with kubectl annotate' },
  })),

  // No flapping
  {
    name: 'A, B, A again; then C fails: A still serves, B is not looked at',
    given: {
      latest: 'three',
      versions: { one: up(3), two: cold, three: { ...coming(0), failed: crash } },
      switches: ['one', 'two', 'one'],
    },
    since: 60,
    actions: [],
    conditions: FAILED,
  },
  {
    name: 'B failed, then C failed: A still serves, and neither is tried again',
    given: {
      latest: 'three',
      versions: { one: up(3), two: { failed: crash }, three: { ...coming(0), failed: crash } },
      switches: ['one'],
    },
    since: 6000,
    actions: [],
    conditions: FAILED,
  },
  {
    name: 'B failed, then A is in spec again: nothing moves',
    given: { latest: 'one', versions: { one: up(3), two: { ...coming(0), failed: crash } }, switches: ['one'] },
    since: 60,
    actions: ['retire Deployment two: failed'],
    conditions: ['Available Serving', 'Ready Serving'],
  },

  // Failback
  {
    name: 'right after the switch no pod is left, where it came from there is one: the pods are asked why',
    given: after(1, 0, { status: switched(20) }),
    actions: ['examine two'],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'and the version has failed',
    given: after(1, 0, { status: switched(20), evidence: { two: crash } }),
    actions: ['attest two.failed: FailedBack'],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'its predecessor is rescued at the size it has, and nothing else is done in that pass',
    given: after(1, 0, {
      status: switched(20),
      versions: { one: coming(3, 1), two: { ...coming(3, 0), failed: { ...crash, reason: 'FailedBack' } } },
    }),
    actions: ['switch web → one (switch 3, from two)'],
    conditions: [DOWN, 'not Ready VersionFailed', 'Stalled VersionFailed'],
    wake: 30_000,
  },
  {
    name: 'there it stays: the failed version is scaled away once it has drained, and history says why',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { ...coming(3, 0), failed: { ...crash, reason: 'FailedBack' } } },
      switches: ['one', 'two'],
      services: { web: { on: 'one', stamp: { switchNumber: 3, previous: 'two' } } },
    },
    since: 60,
    actions: ['scale two 3 → 0'],
    conditions: FAILED,
    status: { history: [{ switchNumber: 3, from: 'two', to: 'one', reason: 'Reverted' }, { switchNumber: 2 }, { switchNumber: 1 }] },
  },
  {
    name: 'later than failbackSeconds nobody goes back by himself',
    given: after(1, 0, { status: switched(60) }),
    actions: [],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'failbackSeconds 0 means never',
    given: after(1, 0, { status: switched(0), spec: { promotion: { failbackSeconds: 0 } } }),
    actions: [],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'with no pod where it came from there is no way back',
    given: after(0, 0, { status: switched(20) }),
    actions: [],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'one pod that is left is enough to stay',
    given: after(3, 1, { status: switched(20) }),
    actions: [],
    conditions: ['Available Serving', 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'scaled to zero is no collapse',
    given: after(3, 0, { status: switched(20), versions: { one: up(3), two: up(0) }, spec: { replicas: 0 } }),
    actions: [],
    conditions: ['Available ScaledToZero', 'Ready Serving', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'what was switched to at zero is not proven: its report says so, and people are told',
    given: after(0, 0, {
      spec: { replicas: 0 },
      status: { ...switched(20), history: switched(20).history!.slice(1) },
      versions: { one: up(0), two: up(0) },
    }),
    actions: [],
    conditions: ['Available ScaledToZero', 'Ready Serving', 'Reconciling Draining'],
    wake: 30_000,
    says: { Ready: 'two serves with 0 pods; no pod of it has been up yet, so it is proven once it is scaled up' },
    status: {
      versions: [
        { id: 'two', instances: [{ unproven: true }] },
        { id: 'one', instances: [{ role: 'Draining' }] },
      ],
    },
  },
  {
    name: 'with status lost nobody can tell whether it was ever up',
    given: after(0, 0, { spec: { replicas: 0 }, status: 'lost', versions: { one: up(0), two: up(0) } }),
    actions: [],
    conditions: ['Available ScaledToZero', 'Ready Serving', 'Reconciling Draining'],
    wake: 30_000,
    status: { versions: [{ id: 'two', instances: [expect.not.objectContaining({ unproven: true })] }, { id: 'one' }] },
  },
  {
    name: 'scaled up from zero it may take its time',
    given: after(3, 0, { status: unproven(7200) }),
    since: 599,
    actions: [],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 1_000,
  },
  {
    name: 'scaled up from zero with nothing up by the deadline, however long ago it was switched to: its pods are asked why',
    given: after(3, 0, { status: unproven(7200) }),
    since: 600,
    actions: ['examine two'],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Stalled ReplicasUnavailable'],
  },
  {
    name: 'and the version has failed, with what its pods say',
    given: after(3, 0, { status: unproven(7200), evidence: { two: crash } }),
    since: 600,
    actions: ['attest two.failed: FailedBack'],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Stalled ReplicasUnavailable'],
  },
  {
    name: 'its predecessor need not be there any more: it is the way back all the same',
    given: after(3, 0, { status: unproven(7200), versions: { one: cold, two: coming(3, 0) }, evidence: { two: crash } }),
    since: 600,
    actions: ['attest two.failed: FailedBack'],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Stalled ReplicasUnavailable'],
  },
  {
    name: 'it is brought up from its record',
    given: after(3, 0, {
      status: unproven(7200),
      versions: { one: cold, two: { ...coming(3, 0), failed: { ...crash } } },
      recalled: ['one'],
    }),
    actions: ['publish Deployment one ×3'],
    conditions: [DOWN, 'not Ready VersionFailed', 'Stalled VersionFailed'],
    wake: 30_000,
  },
  {
    name: 'without a predecessor there is nothing to go back to',
    given: {
      versions: { one: coming(3, 0) },
      switches: ['one'],
      status: {
        ...unproven(7200, 'one'),
        history: [{ switchNumber: 1, at: new Date(NOW - 7_200_000).toISOString(), from: '', to: id('one'), reason: 'Automatic' }],
      },
    },
    since: 600,
    actions: [],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Stalled ReplicasUnavailable'],
  },
  {
    name: 'a version that was up once is proven: if it does not come up from zero it is left to what is warm, and to nothing that is cold',
    given: after(3, 0, {
      status: switched(7200),
      versions: { one: cold, two: coming(3, 0) },
      notes: {
        [`at zero ${id('two')}`]: { value: 'yes', since: NOW - 700_000 },
        [`rising ${id('two')}`]: { value: 'yes', since: NOW - 600_000 },
      },
    }),
    actions: [],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling ReplicasUnavailable'],
    wake: 30_000,
  },
  {
    name: 'failbackSeconds 0: never by itself, not from zero either',
    given: after(3, 0, { status: unproven(7200), spec: { promotion: { failbackSeconds: 0 } } }),
    since: 600,
    actions: [],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Stalled ReplicasUnavailable'],
  },
  {
    name: 'what serves and is not up has not overcome what befell it before',
    given: after(3, 0, {
      status: unproven(7200),
      versions: { one: up(3), two: { ...coming(3, 0), failed: { cause: 'cluster', ageSeconds: 90 } } },
    }),
    actions: [],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'paused: nothing goes back',
    given: after(1, 0, { status: switched(20), spec: { paused: true } }),
    actions: [],
    conditions: [DOWN, 'not Ready ReplicasUnavailable'],
    wake: 30_000,
  },
  {
    name: 'a pointer at what collapsed: it goes back all the same, and does not flap',
    given: after(3, 0, {
      status: switched(20, id('two')),
      spec: { activeVersion: id('two') },
      versions: { one: up(3), two: { ...coming(3, 0), failed: { ...crash, by: id('two') } } },
    }),
    actions: ['switch web → one (switch 3, from two)'],
    conditions: [DOWN, 'not Ready PointedVersionFailed', 'Stalled PointedVersionFailed'],
    wake: 30_000,
  },

  // Rescue
  {
    name: 'a pointer to a version that served and has more pods up than what serves: at once, at its size',
    given: after(2, 1, { status: switched(7200), spec: { activeVersion: id('one') } }),
    actions: ['switch web → one (switch 3, from two)', 'attest two.held: spec.activeVersion names one'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 30_000,
  },
  {
    name: 'as many is not more: every gate counts',
    given: after(2, 2, { status: switched(7200), spec: { activeVersion: id('one') } }),
    actions: ['attest two.held: spec.activeVersion names one'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 30_000,
  },
  {
    name: 'a version that never served rescues nobody: it has all its gates to pass',
    given: { latest: 'three', versions: { two: coming(3, 0), three: coming(3, 2) }, switches: ['two'] },
    actions: [],
    conditions: [DOWN, 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 30_000,
  },
  {
    name: 'what somebody edited rescues nobody',
    given: after(3, 0, {
      status: switched(7200),
      spec: { activeVersion: id('one') },
      versions: { one: up(3, { edited: true }), two: { ...coming(3, 0), held: id('one') } },
    }),
    actions: ['recall one'],
    conditions: [DOWN, 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 30_000,
  },
  {
    name: 'after a rescue the instance grows to what spec asks for',
    given: {
      latest: 'two',
      spec: { activeVersion: id('one'), replicas: 5 },
      versions: { one: coming(3, 2), two: { ...coming(3, 0), held: id('one') } },
      switches: ['one', 'two', 'one'],
    },
    actions: ['scale one 3 → 5'],
    conditions: ['Available Serving', 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },

  // The fresh instance of a renewal
  {
    name: 'a fresh instance that does not come up: only it has failed, the version serves on',
    given: {
      versions: {
        one: { instances: [{ replicas: 3 }, { ordinal: 2, replicas: 3, available: 0 }], renewed: { nonce: '1', instances: ['one'] } },
      },
      switches: ['one'],
      evidence: { 'one-2': crash },
    },
    since: 600,
    actions: ['attest one.failed: CrashLoop'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling BringingUp'],
  },
  {
    name: 'it goes, says why, and nothing is tried again by itself',
    given: {
      versions: {
        one: {
          instances: [{ replicas: 3 }, { ordinal: 2, replicas: 3, available: 0 }],
          renewed: { nonce: '1', instances: ['one'] },
          failed: { ...crash, instance: 'one-2', replacement: true },
        },
      },
      switches: ['one'],
    },
    since: 60,
    actions: ['retire Deployment one-2: failed'],
    conditions: ['Available Serving', 'Ready Serving', 'Stalled ReplacementFailed'],
    says: { Stalled: 'one-2 was to replace what serves and failed (CrashLoop: container main crashed): retry it with kubectl annotate' },
  },
  {
    name: 'a version whose replacement failed is as good a target as before',
    given: {
      latest: 'two',
      spec: { activeVersion: id('one') },
      versions: { one: { ...up(3), failed: { ...crash, instance: 'one-2', replacement: true } }, two: { ...up(3), held: id('one') } },
      switches: ['one', 'two'],
    },
    since: 60,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: RISING,
  },

  // Spec hashes
  {
    name: 'a cold version is rehearsed before it starts: the API server may store it differently today',
    given: {
      latest: 'two',
      spec: { activeVersion: id('one') },
      versions: { one: {}, two: { ...up(3), held: id('one') } },
      switches: ['one', 'two'],
      recalled: ['one'],
      trial: 'none',
    },
    actions: ['rehearse one ×3'],
    conditions: RISING,
    wake: 30_000,
  },
  {
    name: 'another spec hash than the first is kept beside it',
    given: {
      latest: 'two',
      spec: { activeVersion: id('one') },
      versions: { one: { recordedHash: 'of another server' }, two: { ...up(3), held: id('one') } },
      switches: ['one', 'two'],
      recalled: ['one'],
    },
    actions: ['attest one.spec-hash: the API server stores it differently today'],
    conditions: RISING,
    wake: 30_000,
  },
  {
    name: 'an instance is whole under any of its spec hashes',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { ...up(3), recordedHash: 'of another server', specHash: 'its own' } },
      switches: ['one'],
    },
    since: 60,
    actions: ['switch web → two (switch 2, from one)'],
    conditions: RISING,
  },
  {
    name: 'a cold version that the API server refuses today says so',
    given: {
      latest: 'one',
      versions: { one: {}, two: up(3) },
      switches: ['one', 'two'],
      trial: 'refused',
    },
    actions: [],
    conditions: ['Available Serving', 'not Ready InvalidTemplate', 'Stalled InvalidTemplate'],
    wake: 30_000,
  },

  // Nobody's collapse
  {
    name: 'with history lost nobody knows when the switch was',
    given: after(3, 0, { status: 'lost' }),
    actions: [],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'of a version whose record is lost no verdict could be kept',
    given: after(3, 0, { versions: { one: up(3), two: { ...coming(3), record: 'lost' } }, status: switched(40), trial: 'none' }),
    actions: ['rehearse two-2 ×3'],
    conditions: [DOWN, 'not Ready Minting', 'Reconciling Minting'],
    wake: 30_000,
  },
  {
    name: 'a version that failed and serves all the same, for nothing else can: the verdict stands',
    given: { versions: { one: { ...up(3), failed: { ...crash, reason: 'FailedBack' } } }, switches: ['one'] },
    since: 60,
    actions: [],
    conditions: FAILED,
  },
  {
    name: 'an instance that was deleted and created again since the switch did not collapse',
    given: after(3, 0, { versions: { one: up(3), two: coming(3, 0, { ageSeconds: 10 }) }, status: switched(40) }),
    actions: [],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'a switch that is not in history yet has no beginning to count from',
    given: after(3, 0, { switches: ['one', 'two', 'one', 'two'], status: switched(40) }),
    actions: [],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'the first instance of all has nowhere to go back to',
    given: after(3, 0, { switches: ['two'] }),
    actions: ['retire Deployment one: superseded'],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  ...(['deleting', 'available'] as const).map((what): Row => ({
    name: `pods of another instance than the one that was left are no way back (${what})`,
    given: after(3, 0, {
      versions: {
        one: {
          instances: [
            { replicas: 3, ...(what === 'deleting' ? { deleting: true } : { available: 0 }) },
            { replicas: 3, ordinal: 2 },
          ],
        },
        two: coming(3),
      },
      status: switched(40),
    }),
    actions: ['retire Deployment one-2: superseded'],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  })),
  {
    name: 'a version does not go back to an instance of its own',
    given: {
      latest: 'two',
      versions: { two: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2, available: 0 }] } },
      switches: ['two', 'two-2'],
      status: {
        observedGeneration: 6,
        decision: '',
        pinned: '',
        history: [{ switchNumber: 2, at: new Date(NOW - 40_000).toISOString(), from: id('two'), to: id('two-2'), reason: 'Renewed' }],
      },
    },
    actions: [],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
];
