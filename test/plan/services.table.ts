import { APP, coming, up, WEB } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const ADOPTED = { name: 'web' };
const PREVIEW = { ...WEB, name: 'web-preview', role: 'Preview' };
const ADMIN = { ...WEB, name: 'admin' };
/** One serves and nothing is to be done. */
const STEADY: Given = { versions: { one: up(3) }, flips: ['one'] };
/** One is up and no Service was ever moved. */
const FRESH: Given = { versions: { one: up(3) } };
/** In one apply the container's port and the Service's targetPort get another name. */
const RENAMED: Given = {
  latest: 'renamed',
  flips: ['one'],
  spec: { services: [{ ...WEB, ports: [{ name: 'http', port: 80, targetPort: 'nginx' }] }] },
  services: { web: { shapedBy: WEB } },
};
const troubled = (reason: string): string[] => [`not Available ${reason}`, `not Ready ${reason}`, `Stalled ${reason}`];

export const SERVICES: readonly Row[] = [
  {
    name: 'an existing Service that is missing stalls, saying how to get it',
    given: { ...FRESH, spec: { services: [ADOPTED] }, services: {} },
    actions: [],
    conditions: troubled('ServiceMissing'),
    says: { Stalled: 'create it and annotate it with immutableapp.io/adopt=shop' },
  },
  {
    name: 'a Service whose owner did not consent is left alone',
    given: { ...FRESH, spec: { services: [ADOPTED] }, services: { web: { foreign: true, selector: { app: APP } } } },
    actions: [],
    conditions: troubled('ServiceNotAdopted'),
  },
  {
    name: 'consent to another App is no consent',
    given: { ...FRESH, spec: { services: [ADOPTED] }, services: { web: { foreign: true, adopt: 'other', selector: { app: APP } } } },
    actions: [],
    conditions: troubled('ServiceNotAdopted'),
  },
  {
    name: 'a Service with ports in spec that somebody else made is not taken',
    given: { ...FRESH, services: { web: { foreign: true, adopt: APP, selector: { app: APP } } } },
    actions: [],
    conditions: troubled('ServiceNotOwned'),
    says: { Stalled: 'leave its ports out of spec.services' },
  },
  ...[
    { kind: 'a headless Service', spec: { clusterIP: 'None' }, words: 'is headless' },
    { kind: 'an ExternalName', spec: { type: 'ExternalName' }, words: 'is an ExternalName' },
    { kind: 'a Service that publishes what is not ready', spec: { publishNotReadyAddresses: true }, words: 'not ready' },
  ].map(({ kind, spec, words }): Row => ({
    name: `${kind} is unfit to be moved`,
    given: { ...FRESH, spec: { services: [ADOPTED] }, services: { web: { foreign: true, adopt: APP, selector: { app: APP }, spec } } },
    actions: [],
    conditions: troubled('ServiceUnfit'),
    says: { Stalled: words },
  })),
  {
    name: 'a Service with consent gets our key beside its own',
    given: { ...FRESH, spec: { services: [ADOPTED] }, services: { web: { foreign: true, adopt: APP, selector: { app: APP } } } },
    actions: ['route web → one (flip 1, from nothing)'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'a key that the pods lack keeps an adopted Service where it is',
    given: { ...FRESH, spec: { services: [ADOPTED] }, services: { web: { foreign: true, adopt: APP, selector: { app: 'other' } } } },
    actions: [],
    conditions: ['not Available NothingServes', 'not Ready SelectorMismatch', 'Stalled SelectorMismatch'],
    says: { Stalled: 'asks for app=other' },
  },
  {
    name: 'a named targetPort of an adopted Service is asked of the pods too',
    given: {
      ...FRESH,
      spec: { services: [ADOPTED] },
      services: { web: { foreign: true, adopt: APP, selector: { app: APP }, spec: { ports: [{ port: 80, targetPort: 'grpc' }] } } },
    },
    actions: [],
    conditions: ['not Available NothingServes', 'not Ready PortMissing', 'Stalled PortMissing'],
  },
  {
    name: 'an adopted Service keeps its own keys and that is no drift',
    given: {
      ...STEADY,
      spec: { services: [ADOPTED] },
      services: { web: { foreign: true, adopt: APP, on: 'one', selector: { app: APP } } },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'a Service created later, with consent, is brought to the route without a gate',
    given: {
      ...STEADY,
      spec: { services: [WEB, { name: 'late' }] },
      services: { web: {}, late: { foreign: true, adopt: APP, selector: { app: APP } } },
    },
    since: 60,
    actions: ['repair late → one (flip 1, from nothing)'],
    conditions: ['not Available NothingServes', 'not Ready NothingServes'],
  },
  {
    name: 'while an Active Service is missing nothing is taken for drained',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      flips: ['one', 'two'],
      spec: { services: [ADOPTED], retention: { warm: 0 } },
      services: {},
    },
    since: 600,
    actions: [],
    conditions: troubled('ServiceMissing'),
    roles: { two: 'Active', one: 'Draining' },
  },
  {
    name: 'consent withdrawn: nothing is touched, what it selects stays',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      flips: ['one', 'two'],
      spec: { services: [WEB, { name: 'late' }], retention: { warm: 0 } },
      services: { web: {}, late: { foreign: true, on: 'one', selector: { app: APP }, stamp: { flip: 1 } } },
    },
    since: 600,
    actions: [],
    conditions: troubled('ServiceNotAdopted'),
    roles: { two: 'Active', one: 'Draining' },
  },
  {
    name: 'a Service of ours that was deleted is created where the route says',
    given: { ...STEADY, services: {} },
    since: 60,
    actions: ['expose web → one'],
    conditions: ['not Available ServiceMissing', 'not Ready ServiceMissing'],
  },
  {
    name: 'a Service of ours that was deleted during a rollout comes back to the old version, not the new',
    given: { latest: 'two', versions: { one: up(3), two: coming(3, 2) }, flips: ['one'], services: {} },
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
      flips: ['one'],
      services: { web: { selector: {}, stamp: { flip: 1, instance: 'one', previous: '' } } },
    },
    since: 60,
    actions: ['repair web → one (flip 1, from nothing)'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'a selector edited to a warm instance is put back',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      flips: ['one', 'two'],
      services: { web: { on: 'one', stamp: { flip: 2, instance: 'two', previous: 'one' } } },
    },
    since: 60,
    actions: ['repair web → two (flip 2, from one)'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
  },
  {
    name: 'a key added to the selector of a Service of ours goes',
    given: { ...STEADY, services: { web: { on: 'one', selector: { tier: 'gold' } } } },
    since: 60,
    actions: ['repair web → one (flip 1, from nothing) {"tier":null}'],
    conditions: ['not Available NothingServes', 'not Ready NothingServes'],
  },
  {
    name: 'a stamp that was scribbled over is written again, from status',
    given: { ...STEADY, services: { web: { on: 'one', stamp: 'scribble' } } },
    since: 60,
    actions: ['repair web → one (flip 1, from nothing)'],
    conditions: SERVES,
  },
  {
    name: 'a stamp of an App that is no more counts for nothing',
    given: {
      versions: { one: up(3), two: up(3) },
      services: { web: { on: 'two', stamp: { flip: 9, uid: 'uid-former' } } },
    },
    actions: ['route web → one (flip 1, from two)'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'our label taken off a Service of ours: its selector is still seen, and nothing loops',
    given: { ...STEADY, services: { web: { on: 'one', unlabelled: true } } },
    since: 60,
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'several Active Services move together under one flip',
    given: { latest: 'two', versions: { one: up(3), two: up(3) }, flips: ['one'], spec: { services: [WEB, ADMIN] } },
    since: 60,
    actions: ['route web → two (flip 2, from one)', 'route admin → two (flip 2, from one)'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'a crash between two Services is finished, not undone, before anything else',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      flips: ['one'],
      spec: { services: [WEB, ADMIN] },
      services: { web: { on: 'two', stamp: { flip: 2, previous: 'one' } }, admin: { on: 'one', stamp: { flip: 1 } } },
    },
    actions: ['repair admin → two (flip 2, from one)'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
    wake: 30_000,
    status: { activeVersion: 'two', history: [{ flip: 2, from: 'one', to: 'two' }, { flip: 1 }] },
  },
  {
    name: 'one Active Service more is created on what serves',
    given: { ...STEADY, spec: { services: [WEB, ADMIN] }, services: { web: {} } },
    since: 60,
    actions: ['expose admin → one'],
    conditions: ['not Available ServiceMissing', 'not Ready ServiceMissing'],
  },
  {
    name: 'a Preview Service shows the latest version once it is up',
    given: {
      latest: 'two',
      spec: { services: [WEB, PREVIEW], promotion: { mode: 'Manual' } },
      versions: { one: up(3), two: up(1) },
      flips: ['one'],
      services: { web: {}, 'web-preview': { on: 'one', stamp: { flip: 0 } } },
    },
    since: 60,
    actions: ['preview web-preview → two (flip 0, from one)'],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
  },
  {
    name: 'a Preview Service stays with the latest version while that grows to serve',
    given: {
      latest: 'two',
      spec: { services: [WEB, PREVIEW] },
      versions: { one: up(3), two: coming(3, 1) },
      flips: ['one'],
      services: { web: {}, 'web-preview': { on: 'two', stamp: { flip: 0 } } },
    },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 540_000,
  },
  {
    name: 'a Preview Service shows what serves while there is nothing newer',
    given: { ...STEADY, spec: { services: [WEB, PREVIEW] }, services: { web: {}, 'web-preview': { selector: {} } } },
    since: 60,
    actions: ['preview web-preview → one (flip 0, from nothing)'],
    conditions: SERVES,
  },
  {
    name: 'a Preview Service leaves a version that failed',
    given: {
      latest: 'two',
      spec: { services: [WEB, PREVIEW], promotion: { mode: 'Manual' } },
      versions: { one: up(3), two: { ...coming(1), failed: {} } },
      flips: ['one'],
      services: { web: {}, 'web-preview': { on: 'two', stamp: { flip: 0 } } },
    },
    since: 60,
    actions: ['preview web-preview → one (flip 0, from two)'],
    conditions: SERVES,
  },
  {
    name: 'paused: a Preview Service does not move either',
    given: {
      latest: 'two',
      spec: { services: [WEB, PREVIEW], paused: true },
      versions: { one: up(3), two: up(1) },
      flips: ['one'],
      services: { web: {}, 'web-preview': { on: 'one', stamp: { flip: 0 } } },
    },
    since: 60,
    actions: ['scale two 1 → 3'],
    conditions: ['Available Serving', 'not Ready Paused'],
  },
  {
    name: 'a Preview Service that becomes Active brings no route with it, however often it moved',
    given: {
      latest: 'two',
      spec: { services: [WEB, { ...PREVIEW, role: 'Active' }], promotion: { mode: 'Manual' } },
      versions: { one: up(3), two: up(1) },
      flips: ['one'],
      services: { web: {}, 'web-preview': { on: 'two', stamp: { flip: 0 }, shapedBy: PREVIEW } },
    },
    since: 60,
    actions: ['repair web-preview → one (flip 1, from nothing)'],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
  },
  {
    name: 'the same, with status lost',
    given: {
      latest: 'two',
      status: 'lost',
      spec: { services: [{ ...PREVIEW, role: 'Active' }, WEB], promotion: { mode: 'Manual' } },
      versions: { one: up(3), two: up(1) },
      flips: ['one'],
      services: { 'web-preview': { on: 'two', stamp: { flip: 0 }, shapedBy: PREVIEW }, web: {} },
    },
    since: 60,
    actions: ['repair web-preview → one (flip 1, from nothing)'],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
  },
  {
    name: 'a Service of ours that left spec is deleted',
    given: { ...STEADY, services: { web: {}, old: { shapedBy: { ...WEB, name: 'old' }, on: 'one' } } },
    since: 60,
    actions: ['retire Service old: no longer in spec.services'],
    conditions: SERVES,
  },
  {
    name: 'an adopted Service that left spec gets its selector back',
    given: { ...STEADY, services: { web: {}, old: { foreign: true, adopt: APP, on: 'one', selector: { app: APP }, stamp: { flip: 1 } } } },
    since: 60,
    actions: ['release old'],
    conditions: SERVES,
  },
  {
    name: 'new ports reach a Service of ours; what spec does not say goes back to the default',
    given: {
      ...STEADY,
      spec: { services: [{ ...WEB, ports: [{ name: 'http', port: 8080, targetPort: 'http' }] }] },
      services: { web: { shapedBy: { ...WEB, sessionAffinity: 'ClientIP' } } },
    },
    since: 60,
    actions: ['reshape web {"ports":[{"name":"http","port":8080,"targetPort":"http"}],"type":null,"sessionAffinity":null}'],
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
    actions: ['route web → renamed (flip 2, from one) with [{"name":"http","port":80,"targetPort":"nginx"}]'],
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
    given: { versions: { one: coming(3, 0) }, flips: ['one'] },
    since: 60,
    actions: [],
    conditions: ['not Available NoAvailablePod', 'not Ready ReplicasUnavailable', 'Reconciling ReplicasUnavailable'],
    wake: 540_000,
  },
];
