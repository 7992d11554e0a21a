// What is left of a version that failed: one pod for its logs, for a while, that gets no traffic and stands in nobody's way; and the evidence,
// for as long as its fact is there.
import type { Evidence } from '../../src/model/question.ts';
import { cold, coming, id, NOW, up, WEB } from '../given.ts';
import type { Given, VersionGiven } from '../given.ts';
import type { Row } from './table.ts';

const crash: Evidence = { cause: 'version', reason: 'CrashLoop', message: 'container main crashed', container: 'main', exitCode: 3 };
const pulls: Evidence = { cause: 'cluster', reason: 'ImagePullFailed', message: 'image of container main cannot be pulled' };
const FAILED = ['Available Serving', 'not Ready VersionFailed', 'Stalled VersionFailed'];
const SERVING = ['Available Serving', 'Ready Serving'];

const failing = (two: VersionGiven, more: Partial<Given> = {}): Given => ({
  latest: 'two',
  versions: { one: up(3), two },
  switches: ['one'],
  ...more,
});
const crashed = (size: number, ageSeconds: number, more: Partial<VersionGiven> = {}): VersionGiven => ({
  ...coming(size),
  failed: { ...crash, ageSeconds },
  ...more,
});
/** One works without a Service that its users reach, and two has crashed. */
const working = (more: Partial<Given>): Given => ({
  latest: 'two',
  versions: { one: { ...up(3), routes: [{ switchNumber: 1 }] }, two: crashed(3, 60) },
  status: {
    observedGeneration: 7,
    decision: '',
    pinned: '',
    history: [{ switchNumber: 1, at: new Date(NOW - 36e5).toISOString(), from: '', to: id('one'), reason: 'Automatic' }],
  },
  ...more,
});

export const AFTERMATH: readonly Row[] = [
  {
    name: 'one pod of what failed stays for its logs, and the message says until when and how to read them',
    given: failing(crashed(3, 60)),
    since: 60,
    actions: ['scale two 3 → 1'],
    conditions: FAILED,
    wake: 540_000,
    roles: { one: 'Active', two: 'Discarded' },
    says: {
      Stalled:
        '; its last pod stays until 2026-03-01T12:09:00Z: kubectl logs -n prod -l immutableapp.io/instance=two --all-containers --tail=-1 --previous',
    },
  },
  {
    name: 'of what crashed right after its switch as well: the container that said why is the one before',
    given: failing(crashed(1, 60, { failed: { ...crash, reason: 'FailedBack', ageSeconds: 60 } })),
    since: 60,
    actions: [],
    conditions: FAILED,
    wake: 540_000,
    says: { Stalled: '--tail=-1 --previous' },
  },
  {
    name: 'and of what crashes again and again, where nobody knows how its container ended',
    given: failing(crashed(1, 60, { failed: { reason: 'CrashLoop', message: 'container main crashes', ageSeconds: 60 } })),
    since: 60,
    actions: [],
    conditions: FAILED,
    wake: 540_000,
    says: {
      Stalled:
        '; its last pod stays until 2026-03-01T12:09:00Z: kubectl logs -n prod -l immutableapp.io/instance=two --all-containers --tail=-1 --previous',
    },
  },
  {
    name: 'it is left alone meanwhile',
    given: failing(crashed(1, 599)),
    since: 60,
    actions: [],
    conditions: FAILED,
    wake: 1_000,
  },
  {
    name: 'then it goes, and is not spoken of any more',
    given: failing(crashed(1, 600)),
    since: 60,
    actions: ['scale two 1 → 0'],
    conditions: FAILED,
    status: { versions: [{ id: 'two', state: 'Failed', failure: { exitCode: 3 } }, { id: 'one' }] },
  },
  {
    name: 'failedSeconds 0: at once',
    given: failing(crashed(3, 1), { spec: { retention: { failedSeconds: 0 } } }),
    since: 60,
    actions: ['scale two 3 → 0'],
    conditions: FAILED,
  },
  {
    name: 'what has no pods any more gets none for its logs',
    given: failing(crashed(0, 60)),
    since: 60,
    actions: [],
    conditions: FAILED,
  },
  ...(['PodSecurityViolation', 'PodsDenied', 'ResourcesUnfit'] as const).map((reason): Row => ({
    name: `what failed without a pod leaves none behind (${reason})`,
    given: failing({ ...coming(3), failed: { cause: 'version', reason, ageSeconds: 60 } }),
    since: 60,
    actions: ['scale two 3 → 0'],
    conditions: FAILED,
  })),
  {
    name: 'what is tried again by itself has nothing to read: no pod of it stays meanwhile',
    given: failing({ ...coming(3), failed: { ...pulls, ageSeconds: 1 } }),
    since: 60,
    actions: ['scale two 3 → 0'],
    conditions: FAILED,
    wake: 59_000,
  },
  {
    name: 'a worker that runs works, so none of a failed one stays',
    given: working({ spec: { services: [] } }),
    since: 60,
    actions: ['scale two 3 → 0'],
    conditions: FAILED,
  },
  {
    name: 'nor of a worker whose only Service shows a preview',
    given: working({ spec: { services: [{ ...WEB, name: 'look', role: 'Preview' }] }, services: { look: { on: 'one' } } }),
    since: 60,
    actions: ['scale two 3 → 0'],
    conditions: FAILED,
  },
  {
    name: 'after a failback, too: once drained, one pod stays',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { ...coming(3, 0), failed: { ...crash, reason: 'FailedBack', ageSeconds: 60 } } },
      switches: ['one', 'two'],
      services: { web: { on: 'one', stamp: { switchNumber: 3, previous: 'two' } } },
    },
    since: 60,
    actions: ['scale two 3 → 1'],
    conditions: FAILED,
    wake: 540_000,
    says: { Stalled: 'kubectl logs -n prod -l immutableapp.io/instance=two --all-containers --tail=-1' },
  },
  {
    name: 'though nobody asks for it any more, it stays for as long; it is not in progress',
    given: { latest: 'one', versions: { one: up(3), two: crashed(1, 60) }, switches: ['one'] },
    since: 60,
    actions: [],
    conditions: SERVING,
    wake: 540_000,
  },
  {
    name: 'and its instance goes in the end',
    given: { latest: 'one', versions: { one: up(3), two: crashed(1, 600) }, switches: ['one'] },
    since: 60,
    actions: ['retire Deployment two: failed'],
    conditions: SERVING,
  },
  {
    name: 'of two that failed only the last one leaves a pod',
    given: { latest: 'three', versions: { one: up(3), two: crashed(1, 120), three: crashed(1, 60) }, switches: ['one'] },
    since: 60,
    actions: ['retire Deployment two: failed'],
    conditions: FAILED,
    wake: 540_000,
  },
  {
    name: 'a pod that stays for its logs makes room for those that find none',
    given: {
      latest: 'three',
      versions: {
        one: up(3),
        two: crashed(1, 60),
        three: coming(3, 2, { pods: 2, complaint: 'pods "x" is forbidden: exceeded quota: tight' }),
      },
      switches: ['one'],
    },
    since: 60,
    actions: ['retire Deployment two: failed'],
    conditions: ['Available Serving', 'not Ready QuotaExceeded', 'Reconciling QuotaExceeded'],
    wake: 540_000,
  },
  {
    name: 'and where no node has room',
    given: {
      latest: 'three',
      versions: { one: up(3), two: crashed(1, 60), three: coming(3, 2, { pods: 3 }) },
      switches: ['one'],
      symptoms: { three: { cause: 'cluster', reason: 'Unschedulable', message: 'pod x finds no node' } },
    },
    since: 80,
    actions: ['retire Deployment two: failed'],
    conditions: ['Available Serving', 'not Ready Unschedulable', 'Reconciling Unschedulable'],
    wake: 60_000,
  },
  {
    name: 'what it lacks itself is no want of another, nor is a complaint of what has all its pods',
    given: {
      latest: 'two',
      switches: ['one'],
      versions: {
        one: up(3, { complaint: 'exceeded quota: tight' }),
        two: {
          instances: [{ replicas: 1, available: 0, ready: 0, complaint: 'exceeded quota: tight' }],
          failed: { ...crash, ageSeconds: 60 },
        },
      },
    },
    since: 60,
    actions: [],
    conditions: FAILED,
    wake: 540_000,
  },
  {
    name: 'one that is rejected goes at once',
    given: { latest: 'two', versions: { one: up(3), two: crashed(1, 60, { rejected: id('two') }) }, switches: ['one'] },
    since: 60,
    actions: ['scale two 1 → 0'],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'of a fresh instance that failed one pod stays, beside the one that serves on',
    given: {
      versions: {
        one: {
          instances: [{ replicas: 3 }, { ordinal: 2, replicas: 3, available: 0 }],
          renewed: { nonce: '1', instances: ['one'] },
          failed: { ...crash, instance: 'one-2', replacement: true, ageSeconds: 60 },
        },
      },
      switches: ['one'],
    },
    since: 60,
    actions: ['scale one-2 3 → 1'],
    conditions: ['Available Serving', 'Ready Serving', 'Stalled ReplacementFailed'],
    wake: 540_000,
    says: { Stalled: '; its last pod stays until 2026-03-01T12:09:00Z: kubectl logs -n prod -l immutableapp.io/instance=one-2' },
  },

  // Evidence
  {
    name: 'a failure that is served out and nobody tries again is a failure still: its evidence lasts as long as its fact',
    given: {
      latest: 'three',
      versions: { one: cold, two: { failed: { ...pulls, ageSeconds: 9e5 } }, three: up(3) },
      switches: ['one', 'three'],
    },
    since: 60,
    actions: [],
    conditions: SERVING,
    status: {
      versions: [
        { id: 'three', state: 'Active' },
        { id: 'two', state: 'Failed', reason: 'ImagePullFailed', message: pulls.message, failure: { reason: 'ImagePullFailed' } },
        { id: 'one', state: 'Cold' },
      ],
    },
  },
  {
    name: 'tried again it is a target, and what befell it before is still told',
    given: failing({ ...coming(3), failed: { ...pulls, ageSeconds: 61 } }),
    actions: [],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 30_000,
    status: { versions: [{ id: 'two', state: 'Target', failure: { reason: 'ImagePullFailed' } }, { id: 'one' }] },
  },
  {
    name: 'what was done to an instance is told as long as its fact is there: what, by whom, when',
    given: {
      versions: { one: { instances: [{ ordinal: 2, replicas: 3 }], discarded: 'one', discardedBy: 'kubectl-set' } },
      switches: ['one-2'],
    },
    since: 60,
    actions: [],
    conditions: SERVING,
    status: {
      versions: [
        {
          id: 'one',
          state: 'Active',
          discarded: [{ instance: 'one', message: 'somebody changed it', by: 'kubectl-set', at: '2026-03-01T11:00:00.000Z' }],
        },
      ],
    },
  },
];
