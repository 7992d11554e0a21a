import { coming, id, up, WEB } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const ADMIN = { ...WEB, name: 'admin' };
/** One serves and nothing is to be done. */
const STEADY: Given = { versions: { one: up(3) }, switches: ['one'] };
/** Status alone tells of the switch: no Service is there to be stamped. */
const ANEW: Given = { versions: { one: { ...up(3, { ageSeconds: 10 }), rejected: id('one') } }, switches: ['one'], services: {} };
/** In one apply the container's port and the Service's targetPort get another name. */
const RENAMED: Given = {
  latest: 'renamed',
  switches: ['one'],
  spec: { services: [{ ...WEB, ports: [{ name: 'http', port: 80, targetPort: 'nginx' }] }] },
  services: { web: { shapedBy: WEB } },
};

export const SERVICES: readonly Row[] = [
  {
    name: 'a Service of ours that was deleted is created where the route says',
    given: { ...STEADY, services: {} },
    since: 60,
    actions: ['expose web → one'],
    conditions: ['not Available ServiceMissing', 'not Ready ServiceMissing'],
  },
  {
    name: 'what serves was made anew after the last switch, and then its Service was deleted: by the last report it served, rejected or not',
    given: {
      ...ANEW,
      status: {
        versions: [
          {
            id: id('one'),
            instances: [
              { name: `${id('one')}-2`, uid: 'uid-of-another', role: 'Warm' },
              { name: id('one'), uid: `uid-${id('one')}`, role: 'Active' },
            ],
          },
        ],
      },
    },
    actions: ['expose web → one'],
    conditions: ['not Available ServiceMissing', 'not Ready VersionRejected', 'Stalled VersionRejected'],
    roles: { one: 'Active' },
    wake: 30_000,
  },
  {
    name: 'what was made anew under the name of what served by the last report has served nobody: its Service comes back without it',
    given: { ...ANEW, status: { versions: [{ id: id('one'), instances: [{ name: id('one'), uid: 'uid-of-another', role: 'Active' }] }] } },
    actions: ['expose web → nothing'],
    conditions: ['not Available ServiceMissing', 'not Ready VersionRejected', 'Stalled VersionRejected'],
    roles: { one: 'Draining' },
  },
  {
    name: 'what was made anew after the last switch and by the last report was warm has served nobody either',
    given: {
      ...ANEW,
      status: { versions: [{ id: id('one'), instances: [{ name: id('one'), uid: `uid-${id('one')}`, role: 'Warm' }] }] },
    },
    actions: ['expose web → nothing'],
    conditions: ['not Available ServiceMissing', 'not Ready VersionRejected', 'Stalled VersionRejected'],
    roles: { one: 'Draining' },
  },
  {
    name: 'a Service of ours that was deleted during a rollout comes back to the old version, not the new',
    given: { latest: 'two', versions: { one: up(3), two: coming(3, 2) }, switches: ['one'], services: {} },
    since: 60,
    actions: ['expose web → one'],
    conditions: ['not Available ServiceMissing', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 540_000,
  },
  {
    name: 'a Service that is being deleted is waited for',
    given: { ...STEADY, services: { web: { deleting: true } } },
    since: 60,
    actions: [],
    conditions: ['not Available ServiceMissing', 'not Ready ServiceMissing'],
  },
  {
    name: 'an emptied selector is put back before anything else is planned',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one'],
      services: { web: { selector: {}, stamp: { switchNumber: 1, instance: 'one', previous: '' } } },
    },
    since: 60,
    actions: ['repair web → one (switch 1, from nothing), undone by somebody'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'what serves was deleted and is made anew: a selector that somebody pointed to a candidate meanwhile stays until it has a pod',
    given: {
      latest: 'two',
      spec: { activeVersion: id('one') },
      versions: { one: coming(3), two: up(3) },
      switches: ['one'],
      services: { web: { on: 'two', stamp: { switchNumber: 1, instance: 'one', previous: '' } } },
    },
    actions: [],
    conditions: ['Available Serving', 'not Ready ReplicasUnavailable', 'Reconciling ReplicasUnavailable'],
    wake: 30_000,
  },
  {
    name: 'what serves is made anew, and the selector was pointed to what was renewed away: it stays there as well',
    given: {
      versions: { one: coming(3), two: { ...up(3), renewed: { nonce: '1', instances: ['two'] } } },
      switches: ['one'],
      services: { web: { on: 'two', stamp: { switchNumber: 1, instance: 'one', previous: '' } } },
    },
    actions: [],
    conditions: ['Available Serving', 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'what serves is made anew, and the selector was pointed to what was compromised: it is put back at once',
    given: {
      versions: { one: coming(3), two: { ...up(3), discarded: 'two' } },
      switches: ['one'],
      services: { web: { on: 'two', stamp: { switchNumber: 1, instance: 'one', previous: '' } } },
    },
    actions: ['repair web → one (switch 1, from nothing), undone by somebody'],
    conditions: ['Available Serving', 'not Ready ReplicasUnavailable', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'at replicas 0 nothing is to serve: a selector pointed to what still runs is put back all the same',
    given: {
      latest: 'two',
      spec: { replicas: 0 },
      versions: { one: up(3), two: up(0) },
      switches: ['one', 'two'],
      services: { web: { on: 'one', stamp: { switchNumber: 2, instance: 'two', previous: 'one' } } },
    },
    actions: ['repair web → two (switch 2, from one), undone by somebody'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
    wake: 30_000,
  },
  {
    name: 'a selector edited to a warm instance is put back',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one', 'two'],
      services: { web: { on: 'one', stamp: { switchNumber: 2, instance: 'two', previous: 'one' } } },
    },
    since: 60,
    actions: ['repair web → two (switch 2, from one), undone by somebody'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
  },
  {
    name: 'a key added to the selector of a Service of ours goes',
    given: { ...STEADY, services: { web: { on: 'one', selector: { tier: 'gold' }, endpoints: {} } } },
    since: 60,
    actions: ['repair web → one (switch 1, from nothing) {"tier":null}, undone by somebody'],
    conditions: ['not Available NothingServes', 'not Ready NothingServes'],
  },
  {
    name: 'a stamp that was scribbled over is written again, from status',
    given: { ...STEADY, services: { web: { on: 'one', stamp: 'scribble' } } },
    since: 60,
    actions: ['repair web → one (switch 1, from nothing)'],
    conditions: SERVES,
  },
  {
    name: 'a stamp of an App that is no more counts for nothing',
    given: {
      versions: { one: up(3), two: up(3) },
      services: { web: { on: 'two', stamp: { switchNumber: 9, uid: 'uid-former' } } },
    },
    actions: ['switch web → one (switch 1, from two)'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'our label taken off a Service of ours is put back: its EndpointSlices lose it too, and are watched by it',
    given: { ...STEADY, services: { web: { on: 'one', unlabelled: true } } },
    since: 60,
    actions: ['repair web → one (switch 1, from nothing)'],
    conditions: SERVES,
  },
  {
    name: 'it is put back before the first switch as well, where no route says what else to put back',
    given: { versions: { one: coming(3, 1) }, services: { web: { on: 'one', stamp: 'none', unlabelled: true } } },
    actions: ['reshape web {"ports":[{"name":"http","port":80,"targetPort":"http"}]}'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 600_000,
  },
  {
    name: 'several Active Services move together under one switch',
    given: { latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one'], spec: { services: [WEB, ADMIN] } },
    since: 60,
    actions: ['switch web → two (switch 2, from one)', 'switch admin → two (switch 2, from one)'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'a crash between two Services is finished, not undone, before anything else',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one'],
      spec: { services: [WEB, ADMIN] },
      services: { web: { on: 'two', stamp: { switchNumber: 2, previous: 'one' } }, admin: { on: 'one', stamp: { switchNumber: 1 } } },
    },
    actions: ['repair admin → two (switch 2, from one)'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
    wake: 30_000,
    status: { activeVersion: 'two', history: [{ switchNumber: 2, from: 'one', to: 'two' }, { switchNumber: 1 }] },
  },
  {
    name: 'one Active Service more is created on what serves',
    given: { ...STEADY, spec: { services: [WEB, ADMIN] }, services: { web: {} } },
    since: 60,
    actions: ['expose admin → one'],
    conditions: ['not Available ServiceMissing', 'not Ready ServiceMissing'],
  },
  {
    name: 'a Service of ours that left spec is deleted',
    given: { ...STEADY, services: { web: {}, old: { shapedBy: { ...WEB, name: 'old' }, on: 'one' } } },
    since: 60,
    actions: ['retire Service old: no longer in spec.services'],
    conditions: SERVES,
  },
  {
    name: 'new ports reach a Service of ours; what spec says no more goes back to the default',
    given: {
      ...STEADY,
      spec: { services: [{ ...WEB, ports: [{ name: 'http', port: 8080, targetPort: 'http' }] }] },
      services: { web: { shapedBy: { ...WEB, sessionAffinity: 'ClientIP' } } },
    },
    since: 60,
    actions: ['reshape web {"ports":[{"name":"http","port":8080,"targetPort":"http"}],"sessionAffinity":null}'],
    conditions: SERVES,
  },
  {
    name: 'a port renamed together with the container’s waits while the old version serves, and says so',
    given: { ...RENAMED, versions: { one: up(3), renamed: coming(3, 1) } },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 540_000,
    status: {
      warnings: [
        {
          reason: 'PortMissing',
          message: 'Service web keeps its ports until a version with a port named "nginx" serves: one has none',
        },
      ],
    },
  },
  {
    name: 'a port renamed together with the container’s moves in one write with the selector',
    given: { ...RENAMED, versions: { one: up(3), renamed: up(3) } },
    since: 60,
    actions: [
      'attest one.ports-1: ports of web change',
      'switch web → renamed (switch 2, from one) with [{"name":"http","port":80,"targetPort":"nginx"}]',
    ],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'ports that somebody edited are put back',
    given: { ...STEADY, services: { web: { spec: { ports: [{ name: 'http', port: 81, targetPort: 'http' }] } } } },
    since: 60,
    actions: ['reshape web {"ports":[{"name":"http","port":80,"targetPort":"http"}]}'],
    conditions: SERVES,
  },
  {
    name: 'what the API server added to a Service is no drift',
    given: {
      ...STEADY,
      services: {
        web: { spec: { ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP', nodePort: 31000 }], ipFamilies: ['IPv4'] } },
      },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'no pod of what serves is available',
    given: { versions: { one: coming(3, 0) }, switches: ['one'] },
    since: 60,
    actions: [],
    conditions: ['not Available NoAvailablePod', 'not Ready ReplicasUnavailable', 'Reconciling ReplicasUnavailable'],
    wake: 540_000,
  },
  {
    name: 'nothing serves any more and a person names a version that had failed: its record is there, so nobody else has to help',
    given: {
      latest: 'two',
      spec: { activeVersion: id('one') },
      versions: { one: { failed: { reason: 'CrashLoop' } }, two: {} },
      switches: ['two'],
      decision: '',
    },
    since: 60,
    actions: [
      'retire ControllerRevision one.failed: failed no more: spec.activeVersion names it',
      'attest two.held: spec.activeVersion names one',
    ],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
    says: { Ready: 'one is brought up next' },
  },
];
