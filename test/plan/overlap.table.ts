// promotion.overlap Never: no two instances have pods at a time, whatever is asked for.
import { expect } from '@jest/globals';
import { cold, coming, id, NOW, up, WEB } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const alone = (more: object = {}, promotion: object = {}) => ({ promotion: { overlap: 'Never', ...promotion }, ...more });
const STOPPING = ['Available Serving', 'not Ready Stopping', 'Reconciling Stopping'];
const DOWN = 'not Available NoAvailablePod';
const update = (one: NonNullable<Given['versions']>, more: Partial<Given> = {}): Given => ({
  latest: 'two',
  switches: ['one'],
  spec: alone(),
  versions: one,
  ...more,
});
const took = (secondsAgo: number): NonNullable<Given['status']> => ({
  observedGeneration: 6,
  decision: '',
  pinned: '',
  history: [
    { switchNumber: 2, at: new Date(NOW - secondsAgo * 1000).toISOString(), from: id('one'), to: id('two'), reason: 'Automatic' },
    { switchNumber: 1, at: new Date(NOW - 3_600_000).toISOString(), from: '', to: id('one'), reason: 'Automatic' },
  ],
});

const podSpec = (more: object) => ({
  template: { spec: { containers: [{ name: 'main', image: 'x', ports: [{ name: 'http', containerPort: 8080, hostPort: 80 }] }], ...more } },
});
const CLAIMS = {
  volumes: [
    { name: 'a', persistentVolumeClaim: { claimName: 'store' } },
    { name: 'b', ephemeral: {} },
    { name: 'c', emptyDir: {} },
  ],
};

/** A former life of the App left version plain running, and its Service selects that. */
const LEFT: Given = {
  latest: 'plain',
  spec: alone(),
  status: 'lost',
  versions: { plain: { ...cold, as: 2 } },
  services: { web: { on: 'plain', stamp: { switchNumber: 4, uid: 'uid-former' } } },
  recalled: ['plain'],
};

/** Version one serves, and pods of what comes next find no node. */
const crowded = (nickname: string, message: string, more: Partial<Given> = {}): Given => ({
  latest: nickname,
  versions: { one: up(3), [nickname]: coming(3, 0, { pods: 3 }) },
  switches: ['one'],
  symptoms: { [nickname]: { cause: 'cluster', reason: 'Unschedulable', message } },
  ...more,
});
const REPELLED = "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.";
const UNSCHEDULABLE = ['Available Serving', 'not Ready Unschedulable', 'Reconciling Unschedulable'];

const NOPE = { services: [{ ...WEB, ports: [{ name: 'x', port: 1, targetPort: 'nope' }] }] };
const PORT_MISSING = ['not Ready PortMissing', 'Stalled PortMissing'];
/** A former life of the App left version plain running, without traffic. */
const BESIDE: Partial<Given> = { left: { plain: up(2) }, recalled: ['plain'] };

export const OVERLAPS: readonly Row[] = [
  {
    name: 'a claim and a port of the node that two versions would want are warned of at once',
    given: { spec: podSpec(CLAIMS), trial: 'none' },
    actions: [expect.stringMatching(/^rehearse/) as unknown as string],
    conditions: ['not Available ServiceMissing', 'not Ready Minting', 'Reconciling Minting'],
    status: {
      warnings: [
        { reason: 'SharedVolume', message: expect.stringContaining('PersistentVolumeClaim store') as unknown },
        { reason: 'HostPort', message: expect.stringContaining('port 80 of the node') as unknown },
      ],
    },
  },
  {
    name: 'and not where no two run',
    given: { spec: alone(podSpec(CLAIMS)), trial: 'none' },
    actions: [expect.stringMatching(/^rehearse/) as unknown as string],
    conditions: ['not Available ServiceMissing', 'not Ready Minting', 'Reconciling Minting'],
    status: { warnings: [] },
  },
  {
    name: 'new content is rehearsed while what serves serves',
    given: update({ one: up(3) }, { trial: 'none' }),
    since: 60,
    actions: ['rehearse two ×3'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'what serves stops once nothing but pods is missing of what comes next, which does not start yet',
    given: update({ one: up(3), two: cold }),
    since: 60,
    actions: ['scale one 3 → 0'],
    conditions: STOPPING,
    says: { Reconciling: 'one stops before two starts, and 3 of its pods are still there: spec.promotion.overlap is Never' },
  },
  {
    name: 'while pods of what served are there, or terminate, nothing starts',
    given: update({ one: coming(0, 0, { leaving: 1 }), two: cold }),
    since: 60,
    actions: [],
    conditions: [DOWN, 'not Ready Stopping', 'Reconciling Stopping'],
    says: { Reconciling: '1 of its pods are still there' },
  },
  {
    name: 'once they are gone the next one starts',
    given: update({ one: up(0), two: cold }),
    since: 60,
    actions: ['publish Deployment two ×3'],
    conditions: [DOWN, 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'what served does not start while the next one comes up',
    given: update({ one: up(0), two: coming(3, 1) }),
    since: 60,
    actions: [],
    conditions: [DOWN, 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 540_000,
  },
  {
    name: 'it is switched to as ever',
    given: update({ one: up(0), two: up(3) }),
    since: 60,
    actions: ['switch web → two (switch 2, from one)'],
    conditions: [DOWN, 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'what served before is not kept warm with pods',
    given: update({ one: up(0), two: up(3) }, { switches: ['one', 'two'] }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready Serving'],
    wake: 600_000,
  },
  {
    name: 'what was warm when this was asked for stops',
    given: update({ one: up(3), two: up(3) }, { switches: ['one', 'two'] }),
    since: 60,
    actions: ['scale one 3 → 0'],
    conditions: ['Available Serving', 'Ready Serving'],
    wake: 600_000,
  },
  {
    name: 'a version that fails stops before what served starts again',
    given: update({ one: up(0), two: { ...coming(3, 0), failed: {} } }),
    since: 60,
    actions: ['scale two 3 → 0'],
    conditions: [DOWN, 'not Ready VersionFailed', 'Stalled VersionFailed'],
  },
  {
    name: 'what served starts again once the failed one has no pods',
    given: update({ one: up(0), two: { ...up(0), failed: {} } }),
    since: 60,
    actions: ['scale one 0 → 3'],
    conditions: [DOWN, 'not Ready VersionFailed', 'Stalled VersionFailed'],
  },
  {
    name: 'a failure is final whatever its cause: another try would stop what serves',
    given: update(
      { one: up(0), two: coming(3, 0) },
      { evidence: { two: { cause: 'cluster', reason: 'Unschedulable', message: 'no room' } } },
    ),
    since: 600,
    actions: ['attest two.failed: Unschedulable'],
    conditions: [DOWN, 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'what collapses after its switch has failed, though what served before has no pods',
    given: update(
      { one: up(0), two: coming(3, 0) },
      { switches: ['one', 'two'], status: took(20), evidence: { two: { cause: 'version', reason: 'CrashLoop', message: 'crashed' } } },
    ),
    actions: ['attest two.failed: FailedBack'],
    conditions: [DOWN, 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'then it stops, and its predecessor starts after it',
    given: update({ one: up(0), two: { ...coming(3, 0), failed: {} } }, { switches: ['one', 'two'], status: took(20) }),
    actions: ['scale two 3 → 0'],
    conditions: [DOWN, 'not Ready VersionFailed', 'Stalled VersionFailed'],
    wake: 30_000,
  },
  {
    name: 'a rollback goes the same way',
    given: update(
      { one: { ...up(0), name: 'one' }, two: up(3) },
      { switches: ['one', 'two'], spec: alone({ activeVersion: 'one' }), decision: 'one' },
    ),
    since: 60,
    actions: ['scale two 3 → 0'],
    conditions: STOPPING,
    wake: 540_000,
  },
  {
    name: 'paused, nothing stops and nothing starts',
    given: update({ one: up(3), two: cold }, { spec: alone({ paused: true }) }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready Paused'],
  },
  {
    name: 'paused half-way, what served starts again',
    given: update({ one: up(0), two: cold }, { spec: alone({ paused: true }) }),
    since: 60,
    actions: ['scale one 0 → 3'],
    conditions: [DOWN, 'not Ready Paused'],
  },
  {
    name: 'there is no preview',
    given: update({ one: up(3), two: cold }, { spec: alone({}, { mode: 'Manual' }) }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
  },
  {
    name: 'a preview that was there when this was asked for stops',
    given: update({ one: up(3), two: up(1) }, { spec: alone({}, { mode: 'Manual' }) }),
    since: 60,
    actions: ['scale two 1 → 0'],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
  },
  {
    name: 'what serves does not stop for a version that lacks a port',
    given: update(
      { one: up(3), two: cold },
      { spec: alone({ services: [{ ...WEB, ports: [{ name: 'x', port: 1, targetPort: 'nope' }] }] }) },
    ),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready PortMissing', 'Stalled PortMissing'],
  },
  {
    name: 'what serves by a compromised instance stops before the clean one starts',
    given: { spec: alone(), versions: { one: { ...up(3), discarded: 'one' } }, switches: ['one'] },
    since: 60,
    actions: ['scale one 3 → 0'],
    conditions: ['Available Serving', 'not Ready Compromised', 'Reconciling Stopping'],
  },
  {
    name: 'nothing but pods that terminate keeps what serves from growing',
    given: {
      spec: alone({ replicas: 5 }),
      latest: 'two',
      versions: { one: coming(0, 0, { leaving: 1 }), two: up(3) },
      switches: ['one', 'two'],
    },
    since: 60,
    actions: ['scale two 3 → 5'],
    conditions: ['Available Serving', 'not Ready ReplicasUnavailable', 'Reconciling ReplicasUnavailable'],
    wake: 540_000,
  },
  {
    name: 'a worker goes the same way',
    given: update({ one: up(3), two: cold }, { spec: alone({ services: [] }) }),
    since: 60,
    actions: ['scale one 3 → 0'],
    conditions: STOPPING,
  },
  {
    name: 'a Deployment that has pods is not left to the garbage collector',
    given: update({ zero: up(3), one: up(3), two: cold }, { switches: ['zero', 'one'], latest: 'one', spec: alone({ services: [] }) }),
    since: 60,
    actions: ['scale zero 3 → 0'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
  },
  {
    name: 'what a former life left taking the traffic is not ours to stop: nothing starts beside it, and people are told how to stop it',
    given: { ...LEFT, left: { plain: up(3) } },
    since: 60,
    actions: [],
    conditions: STOPPING,
    says: {
      Reconciling:
        'plain stops before plain-2 starts, and 3 of its pods are still there: it is not ours to stop: kubectl delete deployment -n prod plain',
    },
  },
  {
    name: 'what was made before this was asked for does not grow beside it either',
    given: { ...LEFT, left: { plain: up(3) }, versions: { plain: { ...coming(0, 0, { ordinal: 2 }), as: 2 } } },
    since: 60,
    actions: [],
    conditions: STOPPING,
    wake: 540_000,
  },
  {
    name: 'once it is gone the version starts as one of ours',
    given: { ...LEFT, left: { plain: cold } },
    since: 60,
    actions: ['publish Deployment plain ×3'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'what a former life of a worker left running is waited for as well',
    given: { ...LEFT, left: { plain: up(3) }, spec: alone({ services: [] }), services: {} },
    since: 60,
    actions: [],
    conditions: ['not Available NothingServes', 'not Ready Stopping', 'Reconciling Stopping'],
  },
  {
    name: 'what serves does not stop for what cannot start beside a Deployment that a former life left running',
    given: { ...update({ one: up(3), two: cold }), left: { plain: up(2) }, recalled: ['plain'] },
    since: 60,
    actions: [],
    conditions: STOPPING,
    says: {
      Reconciling: 'plain stops before two starts, and 2 of its pods are still there: it is not ours to stop: kubectl delete deployment',
    },
  },
  {
    name: 'pods that other versions keep off the nodes: what to add to which term is said beside the words of the scheduler',
    given: crowded('apart', REPELLED),
    since: 10,
    actions: [],
    conditions: UNSCHEDULABLE,
    wake: 20_000,
    says: {
      Reconciling:
        "didn't match pod anti-affinity rules; pods of every version count for a term of its podAntiAffinity: add matchLabelKeys: [immutableapp.io/instance] to the term; running pods keep their own terms until they are deleted, so make that update under spec.promotion.overlap Never, or with nodes to spare; judged at",
    },
  },
  {
    name: 'the same of how they are spread',
    given: crowded('spread', "2 node(s) didn't match pod topology spread constraints."),
    since: 10,
    actions: [],
    conditions: UNSCHEDULABLE,
    wake: 20_000,
    says: { Reconciling: 'topologySpreadConstraints: add matchLabelKeys: [immutableapp.io/instance] to the term; judged at' },
  },
  ...(
    [
      ['what the nodes lack is no matter of terms', crowded('apart', '2 Insufficient cpu.')],
      ['a term of another kind is not to blame', crowded('spread', REPELLED)],
    ] as const
  ).map(([name, crowd]): Row => ({
    name,
    given: crowd,
    since: 10,
    actions: [],
    conditions: UNSCHEDULABLE,
    wake: 20_000,
    says: { Reconciling: '.; judged at' },
  })),
  {
    name: 'nor is one where no other version has pods',
    given: { ...crowded('apart', REPELLED), versions: { apart: coming(3, 0) }, switches: [], services: { web: { stamp: 'none' } } },
    since: 10,
    actions: [],
    conditions: ['not Available NothingServes', 'not Ready Unschedulable', 'Reconciling Unschedulable'],
    wake: 20_000,
    says: { Reconciling: '.; judged at' },
  },
  // Who stops
  {
    name: 'what served a moment ago, when this was asked for, keeps its pods until it is drained',
    given: update({ one: up(3), two: up(3) }, { switches: ['one', 'two'], status: took(20) }),
    actions: [],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
    wake: 30_000,
    roles: { one: 'Draining', two: 'Active' },
  },
  {
    name: 'what serves grows while what was warm stops',
    given: update({ one: up(3), two: up(3) }, { switches: ['one', 'two'], spec: alone({ replicas: 5 }) }),
    since: 60,
    actions: ['scale one 3 → 0', 'scale two 3 → 5'],
    conditions: ['Available Serving', 'not Ready ReplicasUnavailable', 'Reconciling ReplicasUnavailable'],
    wake: 540_000,
  },
  {
    name: 'a Deployment without pods goes, though another one has some',
    given: update({ one: up(3), zero: up(0) }, { switches: ['zero', 'one'], latest: 'one', spec: alone({ services: [] }) }),
    since: 60,
    actions: ['retire Deployment zero: no longer warm'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
    roles: { one: 'Active', zero: 'Surplus' },
  },
  // What is waited for
  {
    name: 'pods that are still there are counted together with those that terminate',
    given: update({ one: { instances: [{ replicas: 0, pods: 2, leaving: 1 }] }, two: cold }),
    since: 60,
    actions: [],
    conditions: STOPPING,
    says: { Reconciling: 'one stops before two starts, and 3 of its pods are still there: spec.promotion.overlap is Never' },
  },
  {
    name: 'pods that nobody has told to stop yet are waited for, though none of them terminates',
    given: update({ one: { instances: [{ replicas: 0, pods: 2 }] }, two: cold }),
    since: 60,
    actions: [],
    conditions: STOPPING,
    says: { Reconciling: 'one stops before two starts, and 2 of its pods are still there' },
  },
  {
    name: 'what is to have pods stops before the next one starts, though it has none yet',
    given: update({ one: coming(3, 0, { pods: 0 }), two: cold }),
    since: 60,
    actions: ['scale one 3 → 0'],
    conditions: [DOWN, 'not Ready Stopping', 'Reconciling Stopping'],
    says: { Reconciling: 'one stops before two starts, and 3 of its pods are still there' },
  },
  {
    name: 'that it was stopped is waited for until the Deployment controller has seen it',
    given: update({ one: coming(0, 0, { generation: 2, observedGeneration: 1 }), two: cold }),
    since: 60,
    actions: [],
    conditions: [DOWN, 'not Ready Stopping', 'Reconciling Stopping'],
  },
  {
    name: 'of two that stop the first by name is told of',
    given: update(
      { zero: { instances: [{ replicas: 0, pods: 1 }] }, one: { instances: [{ replicas: 0, pods: 2 }] }, two: cold },
      { switches: ['zero', 'one'] },
    ),
    since: 60,
    actions: [],
    conditions: STOPPING,
    wake: 600_000,
    says: { Reconciling: 'zero stops before two starts, and 1 of its pods are still there' },
  },
  {
    name: 'a Deployment that is to have no pods need not wait for those of another',
    given: update({ one: coming(0, 0, { leaving: 1 }), two: cold }, { spec: alone({ replicas: 0 }) }),
    since: 60,
    actions: ['publish Deployment two ×0'],
    conditions: ['Available ScaledToZero', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  // What serves stops for nothing less than a start
  {
    name: 'new content is recorded while what serves serves',
    given: update({ one: up(3) }, { trial: 'accepted' }),
    since: 60,
    actions: ['publish record two #2'],
    conditions: ['Available Serving', 'not Ready Minting', 'Reconciling Minting'],
  },
  {
    name: 'what serves does not stop while the content of what comes next is read back',
    given: update(
      { one: { ...cold, name: 'one' }, two: up(3) },
      { switches: ['one', 'two'], spec: alone({ activeVersion: 'one' }), decision: 'one' },
    ),
    since: 60,
    actions: ['recall one'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'nor before the configuration of what comes next is there',
    given: update({ one: up(3), two: { configs: false } }),
    since: 60,
    actions: ['publish ConfigMap two.httpd'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'once stopped it is not started again for that short time, and nobody is told to wait for its pods',
    given: update({ one: coming(0, 0, { leaving: 1 }), two: { configs: false } }),
    since: 60,
    actions: ['publish ConfigMap two.httpd'],
    conditions: [DOWN, 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'it is if something has failed meanwhile',
    given: update({ one: up(0), two: { configs: false } }, { failure: { reason: 'Denied', message: 'a webhook says no' } }),
    since: 60,
    actions: ['scale one 0 → 3', 'publish ConfigMap two.httpd'],
    conditions: [DOWN, 'not Ready Denied', 'Stalled Denied'],
  },
  {
    name: 'and if the API server would not take the next one any more',
    given: update({ one: up(0), two: cold }, { trial: 'refused' }),
    since: 60,
    actions: ['scale one 0 → 3'],
    conditions: [DOWN, 'not Ready InvalidTemplate', 'Stalled InvalidTemplate'],
    wake: 299_000,
  },
  {
    name: 'paused, what serves does not stop for a Deployment without pods',
    given: update({ one: up(3), two: up(0) }, { spec: alone({ paused: true }) }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready Paused'],
  },
  {
    name: 'it does not stop for a Deployment without pods that lacks a port, which nobody waits for',
    given: update({ one: up(3), two: coming(0, 0, { leaving: 1 }) }, { spec: alone(NOPE) }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', ...PORT_MISSING],
    wake: 540_000,
    roles: { one: 'Active', two: 'Target' },
  },
  {
    name: 'nor for one that had its time',
    given: update({ one: up(3), two: up(0) }),
    since: 600,
    actions: ['examine two'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'what is up and lacks a port waits for a human',
    given: update({ one: up(0), two: up(3) }, { spec: alone(NOPE) }),
    since: 599,
    actions: [],
    conditions: [DOWN, ...PORT_MISSING],
    wake: 1_000,
  },
  {
    name: 'for as long as a rollout may take: then it stops, so that what served serves again',
    given: update({ one: up(0), two: up(3) }, { spec: alone(NOPE) }),
    since: 600,
    actions: ['scale two 3 → 0'],
    conditions: [DOWN, ...PORT_MISSING],
  },
  // Beside a Deployment of a former life
  {
    name: 'what serves beside a Deployment that a former life left running serves, and nobody waits for that',
    given: update({ one: up(3) }, { ...BESIDE, latest: 'one' }),
    since: 60,
    actions: ['publish record plain-2 #1: copy of plain'],
    conditions: ['Available Serving', 'Ready Serving'],
  },
  {
    name: 'what comes up beside it goes on, if it has begun',
    given: update({ one: up(0), two: coming(3, 1) }, BESIDE),
    since: 60,
    actions: [],
    conditions: [DOWN, 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 540_000,
    says: { Reconciling: '1 of 3 pods of two are available' },
  },
  {
    name: 'what served does not start beside it either: the next one has the turn',
    given: update({ one: up(0), two: cold }, BESIDE),
    since: 60,
    actions: [],
    conditions: [DOWN, 'not Ready Stopping', 'Reconciling Stopping'],
    says: { Reconciling: 'plain stops before two starts, and 2 of its pods are still there: it is not ours to stop: kubectl delete' },
  },
  // What the scheduler says
  {
    name: 'versions without pods keep nobody off the nodes',
    given: {
      ...crowded('apart', REPELLED),
      versions: { zero: cold, one: up(0), apart: coming(3, 0) },
      switches: [],
      services: { web: { stamp: 'none' } },
    },
    since: 10,
    actions: [],
    conditions: ['not Available NothingServes', 'not Ready Unschedulable', 'Reconciling Unschedulable'],
    wake: 20_000,
    says: { Reconciling: 'anti-affinity rules.; judged at' },
  },
  {
    name: 'what is no matter of nodes is not explained by them, whatever it mentions',
    given: crowded('apart', '', { symptoms: { apart: { cause: 'cluster', reason: 'SecretMissing', message: REPELLED } } }),
    since: 10,
    actions: [],
    conditions: ['Available Serving', 'not Ready SecretMissing', 'Reconciling SecretMissing'],
    wake: 20_000,
    says: { Reconciling: 'anti-affinity rules.; judged at' },
  },
  {
    name: 'a term of the newest version is not to blame for pods of another',
    given: {
      latest: 'apart',
      versions: { one: coming(3, 1, { pods: 3 }), apart: up(1) },
      switches: ['one'],
      spec: { promotion: { mode: 'Manual' } },
      symptoms: { one: { cause: 'cluster', reason: 'Unschedulable', message: REPELLED } },
    },
    since: 10,
    actions: [],
    conditions: ['Available Serving', 'not Ready ReplicasUnavailable', 'Reconciling ReplicasUnavailable'],
    wake: 20_000,
    status: { versions: [{ id: 'apart' }, { id: 'one', reason: 'Unschedulable', message: REPELLED }] },
  },
  {
    name: 'of the words of the scheduler only the last full stop goes',
    given: crowded('apart', `${REPELLED} preemption: 0/2 nodes are available: 2 No preemption victims found.`),
    since: 10,
    actions: [],
    conditions: UNSCHEDULABLE,
    wake: 20_000,
    says: {
      Reconciling:
        'anti-affinity rules. preemption: 0/2 nodes are available: 2 No preemption victims found; pods of every version count for a term',
    },
  },
  ...[1, 3].map((pods): Row => ({
    name: `a worker that nobody knows the past of stops, with ${String(pods)} pods, for the version that a person names`,
    given: {
      spec: alone({ services: [], replicas: pods, activeVersion: '1.0' }),
      status: 'lost',
      latest: 'two',
      versions: { one: { ...cold, name: '1.0' }, two: up(pods) },
    },
    actions: [`scale two ${String(pods)} → 0`, 'attest two.held: spec.activeVersion names one (1.0)', 'recall one'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  })),
  ...[1, 3].map((pods): Row => ({
    name: `paused, a worker that nobody knows the past of keeps its ${String(pods)} pods: the version that a person names would not start`,
    given: {
      spec: alone({ services: [], replicas: pods, activeVersion: '1.0', paused: true }),
      status: 'lost',
      latest: 'two',
      versions: { one: { ...cold, name: '1.0' }, two: up(pods) },
    },
    actions: ['attest two.held: spec.activeVersion names one (1.0)'],
    conditions: ['not Available NothingServes', 'not Ready Paused'],
  })),
];
