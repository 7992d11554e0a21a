// The intruder: what somebody changes outside the procedure is found, told from what life does to an instance, and replaced by a clean
// one of the same content while it goes on serving.
import { id, NOW, up } from '../given.ts';
import type { ComparisonGiven, Given, InstanceGiven, VersionGiven } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const RISING = ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'];
const REPLACING = ['Available Serving', 'not Ready Compromised', 'Reconciling BringingUp'];
const stuck = (reason: string): string[] => ['Available Serving', `not Ready ${reason}`, `Stalled ${reason}`];

const EDITED: Partial<InstanceGiven> = { edited: true, generation: 2 };
const kubectl = [{ by: 'kubectl-edit', at: 1, how: 'Update' }] as const;
const differs: ComparisonGiven = { deployment: ['spec.template.spec.containers[main].image: "httpd:2.4" → "evil"'], agrees: false };
const DISCARD =
  'attest one.discarded: one is compromised (spec.template.spec.containers[main].image: "httpd:2.4" → "evil", by kubectl-edit)';

/** One serves, and somebody was there. */
const serving = (instance: Partial<InstanceGiven>, look?: ComparisonGiven, more: Partial<Given> = {}): Given => ({
  versions: { one: up(3, instance) },
  switches: ['one'],
  trial: 'accepted',
  ...(look === undefined ? {} : { comparisons: { one: look } }),
  ...more,
});
const compromised = (more: Partial<Given> = {}): Given => serving(EDITED, { ...differs, writers: kubectl }, more);
/** The circuit breaker has halted it. */
const HALTED: NonNullable<Given['status']> = {
  conditions: [{ type: 'Stalled', status: 'True', reason: 'CircuitOpen', message: 'nothing is replaced' }],
};
/** It was discarded, and this stands beside it. */
const discarded = (more: VersionGiven, given: Partial<Given> = {}): Given => ({
  versions: { one: { ...up(3), discarded: 'one', ...more } },
  switches: ['one'],
  trial: 'accepted',
  ...given,
});
const status = (generation: number, uid = `uid-${id('one')}`): NonNullable<Given['status']> => ({
  observedGeneration: 6,
  decision: '',
  pinned: '',
  history: [{ switchNumber: 1, at: new Date(NOW - 3_600_000).toISOString(), from: '', to: id('one'), reason: 'Automatic' }],
  versions: [{ id: id('one'), instances: [{ name: id('one'), uid, role: 'Active', generation }] }],
});

const ROWS: readonly Row[] = [
  // The Deployment
  {
    name: 'a Deployment that is not what was published is compared with it',
    given: serving(EDITED),
    actions: ['compare one with one-2 as published'],
    conditions: SERVES,
  },
  {
    name: 'what a look said about another state of it is old',
    given: serving(EDITED, { ...differs, writers: kubectl, stale: true }),
    actions: ['compare one with one-2 as published'],
    conditions: SERVES,
  },
  {
    name: 'of an older version the content is read back first',
    given: { latest: 'two', versions: { one: up(3, EDITED), two: up(3) }, switches: ['one', 'two'] },
    actions: ['recall one'],
    conditions: SERVES,
    wake: 600_000,
  },
  {
    name: 'another writer of its spec compromises it: its name is discarded, whoever did it is named',
    given: compromised(),
    actions: [DISCARD],
    conditions: SERVES,
  },
  {
    name: 'then a clean instance of the same content comes up beside it, while it serves on',
    given: discarded({}),
    actions: ['publish Deployment one-2 ×3'],
    conditions: REPLACING,
    roles: { one: 'Active' },
    status: {
      warnings: [
        {
          reason: 'Compromised',
          message: 'one was compromised (somebody changed it) and is deleted once a clean instance has replaced it',
        },
      ],
    },
  },
  {
    name: 'it takes over once it is up',
    given: discarded({ instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }] }),
    actions: ['switch web → one-2 (switch 2, from one)'],
    conditions: REPLACING,
  },
  {
    name: 'and the compromised one goes; its switch is a replacement',
    given: discarded({ instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }] }, { switches: ['one', 'one-2'] }),
    since: 60,
    actions: ['retire Deployment one: compromised'],
    conditions: [...SERVES, 'Reconciling Draining'],
    roles: { 'one-2': 'Active', one: 'Discarded' },
  },
  {
    name: 'history calls it a replacement',
    given: discarded(
      { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }] },
      { switches: ['one'], services: { web: { on: 'one-2', stamp: { switchNumber: 2, instance: 'one-2', previous: 'one' } } } },
    ),
    actions: ['retire Deployment one: compromised'],
    conditions: [...SERVES, 'Reconciling Draining'],
    status: { history: [{ switchNumber: 2, reason: 'Replaced' }, { switchNumber: 1 }] },
  },
  {
    name: 'a new default of the API server moves no generation and is no drift',
    given: serving({ edited: true, generation: 4 }, undefined, { status: status(4) }),
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'a Deployment made anew under the same name is not the one that was judged clean',
    given: serving({ edited: true, generation: 1 }, undefined, { status: status(1, 'uid-of-the-former') }),
    actions: ['compare one with one-2 as published'],
    conditions: SERVES,
  },
  {
    name: 'what the API server would store just so today is hashed anew',
    given: serving(EDITED, { agrees: true }),
    actions: ['attest one.spec-hash: the API server stores it differently today'],
    conditions: SERVES,
  },
  {
    name: 'without a trace of anybody one disagreement is none: API servers of two versions take turns',
    given: serving(EDITED, { ...differs, secondsAgo: 20 }),
    actions: [],
    conditions: SERVES,
    wake: 40_000,
  },
  {
    name: 'it is asked again a minute later',
    given: serving(EDITED, { ...differs, secondsAgo: 60 }),
    actions: ['compare one with one-2 as published'],
    conditions: SERVES,
  },
  {
    name: 'two answers a minute apart convict it, though nobody can be named',
    given: serving(EDITED, { ...differs, secondsAgo: 1, sinceSeconds: 61 }),
    actions: ['attest one.discarded: one is compromised (spec.template.spec.containers[main].image: "httpd:2.4" → "evil")'],
    conditions: SERVES,
  },
  {
    name: 'where the API server refuses to answer nothing is concluded, and it is asked again',
    given: serving(EDITED, { secondsAgo: 61 }),
    actions: ['compare one with one-2 as published'],
    conditions: SERVES,
  },

  // What is below it
  {
    name: 'a touched ReplicaSet or pod is a reason to look, no more',
    given: serving({ touched: ['pod-1@2'] }),
    actions: ['compare one'],
    conditions: SERVES,
  },
  {
    name: 'a resize, a drain, an added label: it was looked at and is let alone',
    given: serving({ touched: ['pod-1@2'] }, {}),
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'a pod that runs another image compromises its instance',
    given: serving({ touched: ['pod-1@2'] }, { pods: ['pod one-x: image of main: "httpd:2.4" → "evil", by kubectl-set'] }),
    actions: ['attest one.discarded: one is compromised (pod one-x: image of main: "httpd:2.4" → "evil", by kubectl-set)'],
    conditions: SERVES,
  },
  {
    name: 'so does a second ReplicaSet with another template, whatever the Deployment says by now',
    given: serving({ touched: ['rs-1@', 'rs-2@'] }, { replicaSets: ['ReplicaSet one-y: image of main: "httpd:2.4" → "evil"'] }),
    actions: ['attest one.discarded: one is compromised (ReplicaSet one-y: image of main: "httpd:2.4" → "evil")'],
    conditions: SERVES,
  },
  {
    name: 'a debug container is reported at once, and its instance has a grace',
    given: serving(
      { touched: ['pod-1@2'] },
      { debugged: [{ pod: 'one-x', container: 'debugger', by: 'kubectl-debug', at: NOW - 600_000 }] },
    ),
    actions: [],
    conditions: SERVES,
    wake: 1_200_000,
    status: {
      warnings: [
        { reason: 'Debugged', message: 'debug container debugger was put into pod one-x by kubectl-debug: one is replaced 1800 s after' },
      ],
    },
  },
  {
    name: 'when the grace is over it is replaced',
    given: serving(
      { touched: ['pod-1@2'] },
      { debugged: [{ pod: 'one-x', container: 'debugger', by: 'kubectl-debug', at: NOW - 1_800_000 }] },
    ),
    actions: ['attest one.discarded: one is compromised (debug container debugger was put into pod one-x by kubectl-debug)'],
    conditions: SERVES,
  },

  // ConfigMaps
  {
    name: 'a ConfigMap that its pods read is gone: the instance is compromised, and so is that name',
    given: { versions: { one: { ...up(3), configs: false } }, switches: ['one'], trial: 'accepted' },
    actions: ['attest one.discarded: one is compromised (ConfigMap one.httpd is gone)'],
    conditions: SERVES,
  },
  {
    name: 'whether it is gone, and not its namespace or its App with it, is found out before anybody is accused',
    given: { versions: { one: { ...up(3), configs: false } }, switches: ['one'], trial: 'accepted', lost: 'unconfirmed' },
    actions: ['search one.httpd'],
    conditions: SERVES,
  },
  {
    name: 'whether it is gone is found out of what is only reported, too',
    given: {
      versions: { one: { ...up(3), configs: false } },
      switches: ['one'],
      trial: 'accepted',
      lost: 'unconfirmed',
      spec: { onDrift: 'Report' },
    },
    actions: ['search one.httpd'],
    conditions: SERVES,
  },
  {
    name: 'one that is there and younger accuses its instance at once: nobody has to search for it',
    given: { versions: { one: { ...up(3), configsAgeSeconds: 60 } }, switches: ['one'], trial: 'accepted', lost: 'unconfirmed' },
    actions: ['attest one.discarded: one is compromised (ConfigMap one.httpd was deleted and created again)'],
    conditions: SERVES,
  },
  {
    name: 'one that is younger than the instance that reads it is not the one it was made with',
    given: { versions: { one: { ...up(3), configsAgeSeconds: 60 } }, switches: ['one'], trial: 'accepted' },
    actions: ['attest one.discarded: one is compromised (ConfigMap one.httpd was deleted and created again)'],
    conditions: SERVES,
  },
  {
    name: 'config objects of a compromised name are made under the next one: the API server is asked anew, since the Deployment is another one',
    given: discarded({ configsAs: 1, discardedConfigs: 1 }),
    actions: ['rehearse one-2 ×3'],
    conditions: REPLACING,
  },
  {
    name: 'a ConfigMap that this process did not make is made sure of before a pod reads it',
    given: { versions: { one: {} }, verified: 'none', services: { web: { stamp: 'none' } } },
    actions: ['publish ConfigMap one.httpd', 'publish Deployment one ×3'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },

  // What does not serve
  {
    name: 'a compromised candidate gets no traffic: a clean one comes up',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3, EDITED) },
      switches: ['one'],
      trial: 'accepted',
      comparisons: { two: { ...differs, writers: kubectl } },
    },
    actions: [
      'attest two.discarded: two is compromised (spec.template.spec.containers[main].image: "httpd:2.4" → "evil", by kubectl-edit)',
    ],
    conditions: stuck('Compromised'),
  },
  {
    name: 'a candidate whose pod was touched waits for the look',
    given: { latest: 'two', versions: { one: up(3), two: up(3, { touched: ['pod-1@2'] }) }, switches: ['one'] },
    actions: ['compare two'],
    conditions: RISING,
    says: { Ready: 'two was touched and is compared with what was published' },
  },
  {
    name: 'what is warm and compromised goes',
    given: {
      latest: 'two',
      versions: { one: { ...up(3), discarded: 'one' }, two: up(3) },
      switches: ['one', 'two'],
    },
    since: 60,
    actions: ['retire Deployment one: compromised'],
    conditions: [...SERVES, 'Reconciling Draining'],
    roles: { one: 'Discarded', two: 'Active' },
  },

  // When nothing is replaced
  {
    name: 'onDrift Report: it is said, with the command that replaces it',
    given: compromised({ spec: { onDrift: 'Report' } }),
    actions: [],
    conditions: stuck('Compromised'),
    says: { Stalled: 'by kubectl-edit): spec.onDrift is Report, so replace it with kubectl annotate' },
  },
  {
    name: 'paused: it is said',
    given: compromised({ spec: { paused: true } }),
    actions: [],
    conditions: ['Available Serving', 'not Ready Compromised', 'Stalled Compromised'],
  },
  {
    name: 'the third time within an hour it is only reported: somebody does it on purpose',
    given: compromised({ versions: { one: { ...up(3, EDITED), alsoDiscarded: ['one-2', 'one-3'] } } }),
    actions: [],
    conditions: stuck('DriftLoop'),
    says: { Stalled: 'it was replaced 2 times within an hour, so now find out who does it' },
    wake: 3_000_000,
  },
  {
    name: 'when a tenth of all Apps are found compromised, the breaker opens instead',
    given: compromised({ fleet: { apps: 30, compromised: 5 } }),
    actions: ['trip: 6 of 30 Apps were found compromised within five minutes'],
    conditions: stuck('CircuitOpen'),
  },
  {
    name: 'five Apps are no epidemic, however few there are',
    given: compromised({ fleet: { apps: 5, compromised: 4 } }),
    actions: [DISCARD],
    conditions: SERVES,
  },
  {
    name: 'nor is a tenth of many',
    given: compromised({ fleet: { apps: 1000, compromised: 99 } }),
    actions: [DISCARD],
    conditions: SERVES,
  },
  {
    name: 'while the breaker is open nothing is replaced anywhere',
    given: compromised({ fleet: { breaker: '2026-03-01T11:00:00Z 6 of 30 Apps' } }),
    actions: [],
    conditions: stuck('CircuitOpen'),
    says: { Stalled: 'the circuit breaker is open (2026-03-01T11:00:00Z 6 of 30 Apps)' },
  },
  {
    name: 'who closed the breaker knows of what it halted: that counts no more, also for a leader that finds it only now',
    given: compromised({ fleet: { apps: 30, compromised: 5 }, status: HALTED }),
    actions: [DISCARD],
    conditions: SERVES,
  },
  {
    name: 'who closed the breaker knows of it, whatever else status says',
    given: compromised({
      fleet: { apps: 30, compromised: 5 },
      status: {
        conditions: [{ type: 'Ready', status: 'False', reason: 'CircuitOpen', message: 'nothing is replaced' }, ...HALTED.conditions!],
      },
    }),
    actions: [DISCARD],
    conditions: SERVES,
  },
  ...(
    [
      ['Ready', 'CircuitOpen'],
      ['Stalled', 'DriftLoop'],
    ] as const
  ).map(([type, reason]): Row => ({
    name: `what is not stalled by the breaker was not halted by it (${type} ${reason})`,
    given: compromised({
      fleet: { apps: 30, compromised: 5 },
      status: { conditions: [{ type, status: type === 'Stalled' ? 'True' : 'False', reason, message: 'nothing is replaced' }] },
    }),
    actions: ['trip: 6 of 30 Apps were found compromised within five minutes'],
    conditions: stuck('CircuitOpen'),
  })),
  {
    name: 'until then it stays halted',
    given: compromised({ fleet: { breaker: '2026-03-01T11:00:00Z 6 of 30 Apps' }, status: HALTED }),
    actions: [],
    conditions: stuck('CircuitOpen'),
  },

  // Strangers
  {
    name: 'a bare pod with our labels among the endpoints is named at once, and answered by nothing',
    given: serving({}, undefined, { services: { web: { endpoints: { one: 3, intruder: 1 } } } }),
    actions: [],
    conditions: stuck('ForeignEndpoint'),
    says: { Stalled: 'pod intruder-pod receives traffic of Service web and no instance made it' },
  },
  {
    name: "a pod that is nobody's after a while is told as well",
    given: serving({}, undefined, { services: { web: { endpoints: { one: 3, stranger: 1 } } } }),
    actions: [],
    conditions: stuck('ForeignEndpoint'),
  },
];

/** Seen a minute after it began, when nothing drains any more. */
const LATER: readonly Row[] = ROWS.map((row) => ({ since: 60, ...row }));

export const DRIFTS: readonly Row[] = [
  ...LATER,
  {
    name: 'a pod that was not seen yet is given a moment',
    given: serving({}, undefined, { services: { web: { endpoints: { one: 3, stranger: 1 } } } }),
    actions: [],
    conditions: SERVES,
    wake: 10_000,
  },
];
