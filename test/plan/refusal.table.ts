// One write is refused for good: what does not need it is done all the same.
import { cold, coming, id, up, WEB } from '../given.ts';
import { digest } from '../../src/model/version.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const LOOK = { name: 'look', role: 'Preview', ports: [{ name: 'http', port: 80, targetPort: 'http' }] };
const LOOK_REFUSED = { 'expose Service/look': 'exceeded quota: services' };
const STUCK = ['Available Serving', 'not Ready Denied', 'Stalled Denied'];
/** Warm one, and two serves. */
const BACK = { latest: 'two', versions: { one: { ...up(3), name: '1.0' }, two: up(3) }, switches: ['one', 'two'], decision: '' };
/** Spec gives three the name that two has as an alias, which may not be deleted. */
const NAMED = {
  latest: 'three',
  versions: { one: up(3), two: { ...cold, alias: '7' } },
  switches: ['one'],
  status: { versions: [{ id: id('two') }, { id: id('one'), servedFrom: '2026-03-01T11:00:00Z' }] },
  spec: { version: '7' },
  refused: { [`retire ControllerRevision/two.alias-${digest('7').slice(0, 10)}`]: 'no' },
};
const RESHAPED = { ...WEB, externalTrafficPolicy: 'Local' };

/** What traffic went to has no pod any more, and the verdict on it may not be written. */
const switchedAt = (at: string): Exclude<NonNullable<Given['status']>, 'lost'> => ({
  observedGeneration: 7,
  decision: '',
  history: [{ switchNumber: 2, at, from: id('one'), to: id('two'), reason: 'Automatic' }],
});
const COLLAPSED: Given = {
  ...BACK,
  versions: { one: up(3), two: up(3, { available: 0, ready: 0 }) },
  refused: { 'attest ControllerRevision/two.failed': 'exceeded quota: controllerrevisions' },
  evidence: { two: { cause: 'version', reason: 'CrashLoop', message: 'main exits with 1' } },
  status: switchedAt('2026-03-01T11:59:50.000Z'),
};
const VERDICT = {
  is: 'failed',
  cause: 'version',
  reason: 'FailedBack',
  message: 'no pod was left',
  by: '',
  instance: id('two'),
  attempt: 0,
};
const UNRECORDED_FAILURE = { [`owed ${id('two')}.failed`]: { value: JSON.stringify({ fact: VERDICT, createdAt: 0 }), since: 0 } };

export const REFUSALS: readonly Row[] = [
  {
    name: 'a Preview Service that is refused keeps nothing else of a first deploy from being made',
    given: { versions: { one: { configs: false } }, spec: { services: [WEB, LOOK] }, refused: LOOK_REFUSED },
    actions: ['publish ConfigMap one.httpd', 'publish Deployment one ×3', 'expose web → nothing'],
    conditions: ['not Available ServiceMissing', 'not Ready Denied', 'Stalled Denied'],
    says: { Stalled: 'exceeded quota: services' },
  },
  {
    name: 'a Preview Service that is refused: the way back to what is warm is open',
    given: { ...BACK, spec: { services: [WEB, LOOK], activeVersion: '1.0' }, services: { web: {} }, refused: LOOK_REFUSED },
    since: 60,
    actions: ['switch web → one (switch 3, from two)', 'attest two.held: spec.activeVersion names one (1.0)'],
    conditions: STUCK,
  },
  {
    name: 'a Preview Service that is refused: what collapses after its switch is failed back from',
    given: {
      ...BACK,
      versions: { one: up(3), two: up(3, { available: 0, ready: 0 }) },
      spec: { services: [WEB, LOOK] },
      services: { web: {} },
      refused: LOOK_REFUSED,
      evidence: { two: { cause: 'version', reason: 'CrashLoop', message: 'main exits with 1' } },
      status: {
        observedGeneration: 7,
        decision: '',
        history: [{ switchNumber: 2, at: '2026-03-01T11:59:50.000Z', from: 'one', to: 'two', reason: 'Automatic' }],
      },
    },
    since: 5,
    actions: ['attest two.failed: FailedBack'],
    conditions: ['not Available NoAvailablePod', 'not Ready Denied', 'Stalled Denied'],
    wake: 25_000,
  },
  {
    name: 'config of the newest version that is refused: traffic goes back, and the decision is kept',
    given: {
      ...BACK,
      latest: 'three',
      versions: { ...BACK.versions, three: { configs: false } },
      spec: { activeVersion: '1.0' },
      refused: { 'publish ConfigMap/three.nginx': 'exceeded quota: configmaps' },
    },
    since: 60,
    actions: ['switch web → one (switch 3, from two)', 'attest three.held: spec.activeVersion names one (1.0)'],
    conditions: STUCK,
  },
  {
    name: 'config that is refused keeps its own Deployment from being made, and nothing else',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { configs: false } },
      switches: ['one'],
      spec: { replicas: 4 },
      refused: { 'publish ConfigMap/two.httpd': 'exceeded quota: configmaps' },
    },
    since: 60,
    actions: ['scale one 3 → 4'],
    conditions: STUCK,
  },
  {
    name: 'a record that is refused keeps nobody from going back from what was rejected',
    given: {
      ...BACK,
      latest: 'three',
      versions: { one: up(3), two: { ...up(3), rejected: 'two' } },
      trial: 'accepted',
      refused: { 'publish ControllerRevision/three': 'exceeded quota: controllerrevisions' },
    },
    since: 60,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: STUCK,
  },
  {
    name: 'an Active Service that is refused keeps nothing from being retired',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one', 'two'],
      spec: { services: [WEB, { ...WEB, name: 'other' }], retention: { warm: 0 } },
      services: { web: {} },
      refused: { 'expose Service/other': 'exceeded quota: services.loadbalancers' },
    },
    since: 60,
    actions: ['retire Deployment one: no longer warm'],
    conditions: ['not Available ServiceMissing', 'not Ready Denied', 'Stalled Denied'],
  },
  {
    name: 'a size that is refused keeps no version from being made',
    given: {
      latest: 'two',
      versions: { one: up(3) },
      switches: ['one'],
      spec: { replicas: 50 },
      refused: { 'scale Deployment/one 3 → 50': 'no more than 20 replicas' },
    },
    since: 60,
    actions: ['rehearse two ×50'],
    conditions: STUCK,
  },
  {
    name: 'a budget that is refused keeps nothing from being retired',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one', 'two'],
      spec: { retention: { warm: 0 }, disruption: { maxUnavailable: 1 } },
      refused: { 'publish PodDisruptionBudget/two': 'exceeded quota', 'publish PodDisruptionBudget/one': 'exceeded quota, too' },
    },
    since: 60,
    actions: ['retire Deployment one: no longer warm'],
    conditions: ['Available Serving', 'not Ready Denied', 'Stalled Denied'],
    says: { Stalled: 'exceeded quota' },
    status: { warnings: [{ reason: 'Denied', message: 'exceeded quota, too' }] },
  },
  {
    name: 'a move that was refused with the shape it takes along is tried without',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one'],
      spec: { services: [RESHAPED] },
      services: { web: { shapedBy: WEB } },
      refused: { 'switch Service/web → two (switch 2) in another shape': 'externalTrafficPolicy: may only be set for LoadBalancer' },
    },
    since: 60,
    actions: ['switch web → two (switch 2, from one)'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'a shape that is refused by itself is pending, and says so',
    given: {
      versions: { one: up(3) },
      switches: ['one'],
      spec: { services: [RESHAPED] },
      services: { web: { shapedBy: WEB } },
      refused: { 'reshape Service/web': 'externalTrafficPolicy: may only be set for LoadBalancer' },
    },
    since: 60,
    actions: [],
    conditions: STUCK,
    says: { Stalled: 'may only be set' },
  },
  {
    name: 'a move whose shape is refused stays where it is while what it goes to lacks a port that the Service has',
    given: {
      latest: 'renamed',
      versions: { one: up(3), renamed: up(3) },
      switches: ['one'],
      spec: { services: [{ ...WEB, ports: [{ name: 'http', port: 80, targetPort: 'nginx' }] }] },
      services: { web: { shapedBy: WEB } },
      refused: { 'switch Service/web → renamed (switch 2) in another shape': 'no' },
    },
    since: 60,
    actions: [],
    conditions: STUCK,
  },
  {
    name: 'the Services of a switch move together: behind one that is refused none moves',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one'],
      spec: { services: [WEB, { ...WEB, name: 'api' }] },
      refused: { 'switch Service/web → two (switch 2)': 'no' },
    },
    since: 60,
    actions: [],
    conditions: STUCK,
  },
  {
    name: 'while a move is refused what is surplus goes',
    given: {
      latest: 'three',
      versions: { one: up(3), two: up(3), three: up(3) },
      switches: ['one', 'two'],
      spec: { retention: { warm: 0 } },
      refused: { 'switch Service/web → three (switch 3)': 'no' },
    },
    since: 60,
    actions: ['retire Deployment one: no longer warm'],
    conditions: STUCK,
  },
  {
    name: 'a selector that cannot be put back keeps neither the other one bent nor a version from coming up',
    given: {
      latest: 'two',
      versions: { one: up(3), two: cold },
      switches: ['one'],
      spec: { services: [WEB, { ...WEB, name: 'api' }] },
      services: { web: { selector: { app: 'shop' }, stamp: { switchNumber: 1, instance: 'one' } }, api: {} },
      refused: { 'put back Service/web → one (switch 1)': 'no' },
    },
    since: 60,
    actions: ['publish Deployment two ×3'],
    conditions: ['not Available NothingServes', 'not Ready Denied', 'Stalled Denied'],
  },
  {
    name: 'a Service that may not be looked at is not moved, and the rest goes on',
    given: {
      versions: { one: up(3) },
      spec: { services: [{ name: 'web' }], disruption: { maxUnavailable: 1 } },
      services: { web: { foreign: true, adopt: 'shop', selector: { app: 'shop' }, stamp: 'none', slices: 'unknown' } },
      refused: { 'ask slices of Service/web': 'no' },
    },
    since: 60,
    actions: ['publish budget one {"maxUnavailable":1} of one'],
    conditions: ['not Available NothingServes', 'not Ready Denied', 'Stalled Denied'],
  },
  {
    name: 'a slate that cannot be wiped is not called renewed',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { ...up(0), name: '2.0', rejected: 'two' } },
      switches: ['one'],
      metadata: { annotations: { 'immutableapp.io/renew': '2.0@1' } },
      refused: { 'retire ControllerRevision/two.rejected': 'no' },
    },
    since: 60,
    actions: ['retire Deployment two: rejected'],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled Denied'],
  },
  {
    name: 'a name that cannot be taken from one version is not given to another: new content waits',
    given: { ...NAMED, trial: 'accepted' },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready Denied', 'Stalled Denied'],
  },
  {
    name: 'a name that cannot be taken from one version is not given to another: what is on record goes without it',
    given: { ...NAMED, versions: { ...NAMED.versions, three: { ...up(3), name: '6' } } },
    since: 60,
    actions: ['switch web → three (switch 2, from one)'],
    conditions: STUCK,
  },
  {
    name: 'what only lasts a while is a warning, and no reason to give up',
    given: {
      latest: 'two',
      versions: { one: up(3), two: cold },
      switches: ['one'],
      refused: { 'publish Deployment/two': 'passing: failed calling webhook' },
    },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    status: { warnings: [{ reason: 'WriteFailing', message: 'passing: failed calling webhook' }] },
  },
  {
    name: 'what may be over in a moment is not told',
    given: { latest: 'two', versions: { one: up(3), two: cold }, switches: ['one'], refused: { 'publish Deployment/two': '' } },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    status: { warnings: [] },
  },
  {
    name: 'what was refused and is not wanted any more is not told',
    given: { versions: { one: up(3) }, switches: ['one'], refused: LOOK_REFUSED },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready Serving'],
    status: { warnings: [] },
  },
  {
    name: 'what never comes to rest is told',
    given: {
      versions: { one: coming(3, 2) },
      switches: ['one'],
      failure: { reason: 'WriteRepeats', message: 'put back Service/web: done again and again' },
    },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready WriteRepeats', 'Stalled WriteRepeats'],
  },
  {
    name: 'a spec that cannot be read: what serves follows its size',
    given: { versions: { one: up(3) }, switches: ['one'], spec: { template: {}, replicas: 5 } },
    since: 60,
    actions: ['scale one 3 → 5'],
    conditions: ['Available Serving', 'not Ready SpecInvalid', 'Stalled SpecInvalid'],
    says: { Stalled: 'spec.template is required' },
  },
  {
    name: 'a spec that cannot be read: the pointer is followed to what is warm',
    given: { ...BACK, spec: { template: {}, activeVersion: '1.0' } },
    since: 60,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: ['Available Serving', 'not Ready SpecInvalid', 'Stalled SpecInvalid'],
  },
  {
    name: 'a spec that cannot be read: a selector that was bent is put back',
    given: {
      versions: { one: up(3) },
      switches: ['one'],
      spec: { template: {} },
      services: { web: { selector: { app: 'shop' }, stamp: { switchNumber: 1, instance: 'one' } } },
    },
    since: 60,
    actions: ['repair web → one (switch 1, from nothing) {"app":null}, undone by somebody'],
    conditions: ['not Available NothingServes', 'not Ready SpecInvalid', 'Stalled SpecInvalid'],
  },
  {
    name: 'a spec that cannot be read: from what was rejected traffic goes back to its predecessor',
    given: { ...BACK, versions: { one: up(3), two: { ...up(3), rejected: 'two' } }, spec: { template: {} } },
    since: 60,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: ['Available Serving', 'not Ready SpecInvalid', 'Stalled SpecInvalid'],
  },
  {
    name: 'content that the API server refuses: from what was rejected traffic goes back to its predecessor',
    given: { ...BACK, latest: 'three', versions: { one: up(3), two: { ...up(3), rejected: 'two' } }, trial: 'refused' },
    since: 60,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: ['Available Serving', 'not Ready InvalidTemplate', 'Stalled InvalidTemplate'],
    wake: 299_000,
  },

  // The way back while its verdict is refused
  {
    name: 'a verdict on what collapsed that is refused: traffic goes back all the same',
    given: COLLAPSED,
    since: 5,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: ['not Available NoAvailablePod', 'not Ready VersionFailed', 'Stalled Denied'],
    wake: 25_000,
  },
  {
    name: 'a verdict that was refused all the window long: it is as good afterwards',
    given: {
      ...COLLAPSED,
      versions: { one: up(3), two: up(3, { available: 0, ready: 0, ageSeconds: 9000 }) },
      status: switchedAt('2026-03-01T10:59:50.000Z'),
    },
    since: 3600,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: ['not Available NoAvailablePod', 'not Ready VersionFailed', 'Stalled Denied'],
  },
  {
    name: 'a verdict that is refused: what it is on does not serve again, though its pods come back',
    given: { ...COLLAPSED, versions: { one: up(3), two: up(3) }, switches: ['one', 'two', 'one'], notes: UNRECORDED_FAILURE },
    since: 60,
    actions: ['scale two 3 → 1'],
    conditions: ['Available Serving', 'not Ready VersionFailed', 'Stalled Denied'],
  },
  {
    name: 'a verdict that is refused no longer is kept',
    given: { ...COLLAPSED, versions: { one: up(3), two: up(1) }, switches: ['one', 'two', 'one'], notes: UNRECORDED_FAILURE, refused: {} },
    actions: ['attest two.failed: FailedBack'],
    conditions: ['Available Serving', 'not Ready VersionFailed', 'Stalled VersionFailed'],
    wake: 30_000,
  },
  {
    name: 'a verdict that is refused: who names the version anew wants it in spite of that',
    given: {
      ...COLLAPSED,
      versions: { one: up(3), two: up(3) },
      switches: ['one', 'two', 'one'],
      notes: UNRECORDED_FAILURE,
      spec: { activeVersion: id('two') },
    },
    actions: [],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 1000,
  },

  // Sizes
  ...(['pointer', 'reject'] as const).map((how): Row => ({
    name: `a size that is refused: what is as large as what serves is switched to (${how})`,
    given: {
      ...BACK,
      versions: { one: { ...up(2), name: '1.0' }, two: { ...up(2), ...(how === 'pointer' ? { held: '1.0' } : { rejected: 'two' }) } },
      spec: { replicas: 5, ...(how === 'pointer' ? { activeVersion: '1.0' } : {}) },
      refused: { 'scale Deployment/one 2 → 5': 'at most 3', 'scale Deployment/two 2 → 5': 'at most 3' },
    },
    since: 60,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: [
      'Available Serving',
      ...(how === 'pointer'
        ? ['not Ready BringingUp', 'Reconciling BringingUp']
        : ['not Ready VersionRejected', 'Stalled VersionRejected']),
    ],
  })),
  {
    name: 'a size that got no answer: it is waited for, since it may be there already',
    given: {
      ...BACK,
      versions: { one: { ...up(2), name: '1.0' }, two: { ...up(2), held: '1.0' } },
      spec: { replicas: 5, activeVersion: '1.0' },
      refused: { 'scale Deployment/one 2 → 5': 'passing: no answer', 'scale Deployment/two 2 → 5': 'passing: no answer' },
    },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'a size that is refused: what is smaller than what serves grows to that first',
    given: {
      ...BACK,
      versions: { one: { ...up(2), name: '1.0' }, two: { ...up(3), held: '1.0' } },
      spec: { replicas: 5, activeVersion: '1.0' },
      refused: { 'scale Deployment/one 2 → 5': 'at most 3', 'scale Deployment/two 3 → 5': 'at most 3' },
    },
    since: 60,
    actions: ['scale one 2 → 3'],
    conditions: STUCK,
  },
  {
    name: 'a size that is refused of what has no pods at all: there is nothing to switch to',
    given: {
      ...BACK,
      versions: { one: { ...up(0), name: '1.0' }, two: { ...up(0), held: '1.0' } },
      spec: { replicas: 5, activeVersion: '1.0' },
      refused: { 'scale Deployment/one 0 → 5': 'at most 3', 'scale Deployment/two 0 → 5': 'at most 3' },
    },
    since: 60,
    actions: [],
    conditions: ['not Available NoAvailablePod', 'not Ready Denied', 'Stalled Denied'],
  },
];
