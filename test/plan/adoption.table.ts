import { expect } from '@jest/globals';
import { APP, coming, up, WEB } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const ADOPTED = { name: 'web' };
const LATE = { name: 'late' };
const CONSENTING = { foreign: true, adopt: APP, selector: { app: APP } } as const;
/** One serves and nothing is to be done. */
const STEADY: Given = { versions: { one: up(3) }, switches: ['one'] };
/** One is up and no Service was ever moved. */
const FRESH: Given = { versions: { one: up(3) } };
const troubled = (reason: string): string[] => [`not Available ${reason}`, `not Ready ${reason}`, `Stalled ${reason}`];

export const ADOPTIONS: readonly Row[] = [
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
  ...[{ name: 'web' }, WEB].map((wish): Row => ({
    name: `a Service that another App owns is that App’s, whatever its annotations say (${wish === WEB ? 'with ports' : 'to be adopted'})`,
    given: {
      ...FRESH,
      spec: { services: [wish] },
      services: { web: { ...CONSENTING, ownedBy: 'one', labels: { 'immutableapp.io/app': 'one' } } },
    },
    actions: [],
    conditions: troubled('ServiceNotOwned'),
    says: {
      Stalled: `is made and moved by ImmutableApp one, and deleted when it goes from spec.services there. To get it without a gap: ${
        wish === WEB ? 'leave its ports out of spec.services here, ' : ''
      }annotate it with immutableapp.io/adopt=shop, and kubectl delete -n prod iapp/one --cascade=orphan`,
    },
  })),
  {
    name: 'it is not, even if this App moved it once',
    given: {
      ...STEADY,
      spec: { services: [ADOPTED] },
      services: {
        web: {
          ...CONSENTING,
          ownedBy: 'one',
          selector: { 'immutableapp.io/instance': 'one-x' },
          stamp: { switchNumber: 1, instance: 'one' },
        },
      },
    },
    since: 60,
    actions: [],
    conditions: troubled('ServiceNotOwned'),
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
    actions: ['switch web → one (switch 1, from nothing)'],
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
    name: 'our label taken off an adopted Service is put back: its EndpointSlices are watched by it',
    given: { ...STEADY, spec: { services: [ADOPTED] }, services: { web: { ...CONSENTING, on: 'one', unlabelled: true } } },
    since: 60,
    actions: ['repair web → one (switch 1, from nothing)'],
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
    actions: ['repair late → one (switch 1, from nothing)'],
    conditions: ['not Available NothingServes', 'not Ready NothingServes'],
  },
  {
    name: 'while an Active Service is missing nothing is taken for drained',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one', 'two'],
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
      switches: ['one', 'two'],
      spec: { services: [WEB, { name: 'late' }], retention: { warm: 0 } },
      services: { web: {}, late: { foreign: true, on: 'one', selector: { app: APP }, stamp: { switchNumber: 1 } } },
    },
    since: 600,
    actions: [],
    conditions: ['Available Serving', 'not Ready ServiceNotAdopted', 'Stalled ServiceNotAdopted'],
    roles: { two: 'Active', one: 'Draining' },
  },
  {
    name: 'an adopted Service that left spec gets its selector back',
    given: {
      ...STEADY,
      services: { web: {}, old: { foreign: true, adopt: APP, on: 'one', selector: { app: APP }, stamp: { switchNumber: 1 } } },
    },
    since: 60,
    actions: ['release old'],
    conditions: SERVES,
  },

  // What has to be known before the first move.
  {
    name: 'before it is moved for the first time its EndpointSlices are looked at',
    given: { ...FRESH, spec: { services: [ADOPTED] }, services: { web: { ...CONSENTING, slices: 'unknown' } } },
    actions: ['inspect web'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'a Service of ours waits for the look at another, and both move together',
    given: { ...FRESH, spec: { services: [WEB, LATE] }, services: { web: { selector: {} }, late: { ...CONSENTING, slices: 'unknown' } } },
    actions: ['inspect late'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'they move together when the answer is there',
    given: { ...FRESH, spec: { services: [WEB, LATE] }, services: { web: { selector: {} }, late: CONSENTING } },
    actions: ['switch web → one (switch 1, from nothing)', 'switch late → one (switch 1, from nothing)'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'a Service that comes later is looked at before it is brought to the route',
    given: { ...STEADY, spec: { services: [WEB, LATE] }, services: { web: {}, late: { ...CONSENTING, slices: 'unknown' } } },
    since: 60,
    actions: ['inspect late'],
    conditions: ['not Available NothingServes', 'not Ready NothingServes'],
  },
  {
    name: 'one with a Preview role is looked at too',
    given: {
      ...STEADY,
      spec: { services: [WEB, { ...LATE, role: 'Preview' }] },
      services: { web: {}, late: { ...CONSENTING, slices: 'unknown' } },
    },
    since: 60,
    actions: ['inspect late'],
    conditions: SERVES,
  },
  {
    name: 'a Service with somebody else’s EndpointSlice is never adopted',
    given: {
      ...FRESH,
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, slices: { foreign: 'EndpointSlice web-x, which mesh manages', secondsAgo: 10 } } },
    },
    actions: [],
    conditions: troubled('ServiceUnfit'),
    says: { Stalled: 'has EndpointSlice web-x, which mesh manages' },
    wake: 50_000,
  },
  {
    name: 'after a minute its EndpointSlices are looked at again',
    given: { ...FRESH, spec: { services: [ADOPTED] }, services: { web: { ...CONSENTING, slices: { foreign: 'any', secondsAgo: 60 } } } },
    actions: ['inspect web'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'a Service that we moved before is not looked at again, not by another process either',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one'],
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, on: 'one', slices: 'unknown' } },
    },
    since: 60,
    actions: ['switch web → two (switch 2, from one)'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  // What is answered is told by endpoints, whoever may move the Service.
  {
    name: 'somebody changed its selector so that it finds nobody: it is said as soon as endpoints had time to follow',
    given: {
      ...STEADY,
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, on: 'one', selector: { app: APP, tier: 'web' }, endpoints: {} } },
    },
    since: 60,
    actions: [],
    conditions: ['not Available NoEndpoints', 'not Ready NoEndpoints', 'Stalled NoEndpoints'],
    says: { Available: 'Service web reaches none of the pods of one: selector of Service web asks for tier=web' },
  },
  {
    name: 'somebody sent it to a port that no container has',
    given: {
      ...STEADY,
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, on: 'one', endpoints: {}, spec: { ports: [{ port: 80, targetPort: 'nope' }] } } },
    },
    since: 60,
    actions: [],
    conditions: ['not Available NoEndpoints', 'not Ready NoEndpoints', 'Stalled NoEndpoints'],
    says: { Available: 'no container has a port named "nope", which it sends traffic to' },
  },
  ...[
    { what: 'of a name that no container has', port: { name: 'admin', port: 9000, targetPort: 'nope' }, says: 'port named "nope"' },
    {
      what: 'of another protocol',
      port: { name: 'admin', port: 9000, protocol: 'UDP', targetPort: 'http' },
      says: 'UDP port named "http"',
    },
  ].map(({ what, port, says }): Row => ({
    name: `one of its ports goes to a port ${what}: the others are answered, and it is said which is not`,
    given: {
      ...STEADY,
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, on: 'one', spec: { ports: [{ name: 'http', port: 80, targetPort: 'http' }, port] } } },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: {
      warnings: [
        {
          reason: 'PortMissing',
          message: `port 9000 of Service web reaches nobody: no container of one has a ${says}: let the Service send it to a port that there is, or name it in spec.template`,
        },
      ],
    },
  })),
  {
    name: 'a port that goes to a number needs no declaration',
    given: {
      ...STEADY,
      spec: { services: [ADOPTED] },
      services: {
        web: {
          ...CONSENTING,
          on: 'one',
          spec: {
            ports: [
              { name: 'http', port: 80, targetPort: 'http' },
              { name: 'admin', port: 9000, targetPort: 9000 },
            ],
          },
        },
      },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { warnings: [] },
  },
  {
    name: 'a preview Service that is adopted: the same',
    given: {
      ...STEADY,
      spec: { services: [WEB, { name: 'late', role: 'Preview' }] },
      services: {
        web: {},
        late: {
          ...CONSENTING,
          on: 'one',
          stamp: { switchNumber: 1, instance: 'one' },
          spec: {
            ports: [
              { name: 'http', port: 80, targetPort: 'http' },
              { name: 'admin', port: 9000, targetPort: 'nope' },
            ],
          },
        },
      },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { warnings: [{ reason: 'PortMissing', message: expect.stringContaining('port 9000 of Service late') as unknown }] },
  },
  {
    name: 'somebody made it an ExternalName: its endpoints are still listed, and nobody is sent there',
    given: {
      ...STEADY,
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, on: 'one', spec: { type: 'ExternalName' } } },
    },
    since: 60,
    actions: [],
    conditions: troubled('ServiceUnfit'),
    says: { Available: 'is an ExternalName' },
  },
  {
    name: 'right after a switch endpoints are on their way',
    given: { ...STEADY, spec: { services: [ADOPTED] }, services: { web: { ...CONSENTING, on: 'one', endpoints: {} } } },
    actions: [],
    conditions: SERVES,
    wake: 10_000,
  },
  {
    name: 'but an operator that has just started believes what the last report says',
    given: {
      ...STEADY,
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, on: 'one', endpoints: {} } },
      status: {
        conditions: [
          {
            type: 'Available',
            status: 'False',
            reason: 'NoEndpoints',
            message: '',
            observedGeneration: 6,
            lastTransitionTime: '2026-03-01T11:00:00Z',
          },
        ],
      },
    },
    actions: [],
    conditions: ['not Available NoEndpoints', 'not Ready NoEndpoints', 'Stalled NoEndpoints'],
    wake: 30_000,
  },
  {
    name: 'it publishes what is not ready, and traffic flows: that it cannot be moved is another matter',
    given: {
      ...STEADY,
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, on: 'one', spec: { publishNotReadyAddresses: true } } },
    },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready ServiceUnfit', 'Stalled ServiceUnfit'],
  },
  {
    name: 'what it publishes is not available: ready or not, nobody answers',
    given: {
      versions: { one: coming(3) },
      switches: ['one'],
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, on: 'one', endpoints: { one: 3 }, spec: { publishNotReadyAddresses: true } } },
    },
    since: 60,
    actions: [],
    conditions: ['not Available ServiceUnfit', 'not Ready ReplicasUnavailable', 'Stalled ServiceUnfit'],
  },
  {
    name: 'it is to be owned from now on, and traffic flows all the same',
    given: { ...STEADY, services: { web: { ...CONSENTING, on: 'one' } } },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready ServiceNotOwned', 'Stalled ServiceNotOwned'],
  },
  {
    name: 'a Service with more ready endpoints than the App is to have pods stays with who has them',
    given: { ...FRESH, spec: { services: [ADOPTED] }, services: { web: { ...CONSENTING, slices: { others: 6, secondsAgo: 10 } } } },
    actions: [],
    conditions: troubled('CapacityMissing'),
    wake: 50_000,
    says: {
      Stalled:
        'Service prod/web has 6 ready endpoints, and the App runs 3: kubectl scale -n prod iapp/shop --replicas=6, and it is moved when they are available',
    },
  },
  {
    name: 'if its own selector finds pods of ours as well, traffic reaches them all the same',
    given: {
      ...FRESH,
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, endpoints: { one: 3, stranger: 6 }, slices: { others: 6, secondsAgo: 10 } } },
    },
    actions: [],
    conditions: ['Available Serving', 'not Ready CapacityMissing', 'Stalled CapacityMissing'],
    wake: 50_000,
  },
  {
    name: 'so they do when nothing but a look says so: slices of a Service that was never moved are not watched',
    given: {
      ...FRESH,
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, slices: { others: 6, reaches: 'one', secondsAgo: 10 } } },
    },
    actions: [],
    conditions: ['Available Serving', 'not Ready CapacityMissing', 'Stalled CapacityMissing'],
    wake: 50_000,
  },
  {
    name: 'what a look said a minute ago is not believed: its owner takes the consent back, and nobody looks again',
    given: {
      ...FRESH,
      spec: { services: [ADOPTED] },
      services: { web: { foreign: true, selector: { app: APP }, slices: { reaches: 'one', secondsAgo: 60 } } },
    },
    actions: [],
    conditions: troubled('ServiceNotAdopted'),
  },
  {
    name: 'after a minute it is looked at again',
    given: { ...FRESH, spec: { services: [ADOPTED] }, services: { web: { ...CONSENTING, slices: { others: 6, secondsAgo: 60 } } } },
    actions: ['inspect web'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'as many are enough',
    given: { ...FRESH, spec: { services: [ADOPTED] }, services: { web: { ...CONSENTING, slices: { others: 3, secondsAgo: 10 } } } },
    actions: ['switch web → one (switch 1, from nothing)'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'an App of no size takes no Service over that has endpoints',
    given: {
      versions: { one: up(0) },
      spec: { replicas: 0, services: [ADOPTED] },
      services: { web: { ...CONSENTING, slices: { others: 1, secondsAgo: 10 } } },
    },
    actions: [],
    conditions: troubled('CapacityMissing'),
    wake: 50_000,
  },
  {
    name: 'a Service that comes later waits until as many pods of what serves are available',
    given: {
      versions: { one: { instances: [{ replicas: 6, available: 2 }] } },
      switches: ['one'],
      spec: { replicas: 6, services: [WEB, LATE] },
      services: { web: {}, late: { ...CONSENTING, slices: { others: 6, secondsAgo: 10 } } },
    },
    actions: [],
    conditions: ['not Available NothingServes', 'not Ready ReplicasUnavailable', 'Reconciling ReplicasUnavailable'],
    wake: 30_000,
  },
  {
    name: 'of one that only shows a version nobody asks how large it was',
    given: {
      ...STEADY,
      spec: { services: [WEB, { ...LATE, role: 'Preview' }] },
      services: { web: {}, late: { ...CONSENTING, slices: { others: 6, secondsAgo: 90 } } },
    },
    since: 60,
    actions: ['preview late → one (switch 0, from nothing)'],
    conditions: SERVES,
  },
  {
    name: 'one that was moved before is moved on, whoever else was put behind it',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one'],
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, on: 'one', slices: { others: 6, secondsAgo: 10 } } },
    },
    since: 60,
    actions: ['switch web → two (switch 2, from one)'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'a Service whose selector somebody applies is never adopted',
    given: { ...FRESH, spec: { services: [ADOPTED] }, services: { web: { ...CONSENTING, writers: ['kubectl-edit', 'applies flux'] } } },
    actions: [],
    conditions: troubled('SelectorInGit'),
    says: { Stalled: 'leave selector out of the manifest of Service web, which flux applies' },
  },
  {
    name: 'a Service whose selector somebody applies, and reaches our pods by it: it is answered, and still not adopted',
    given: {
      ...FRESH,
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, writers: ['applies flux'], endpoints: { one: 3 } } },
    },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready SelectorInGit', 'Stalled SelectorInGit'],
    says: {
      Available: 'one serves with 3 available pods',
      Stalled: 'leave selector out of the manifest of Service web, which flux applies',
    },
  },
  {
    name: 'the stamp of an App that is no more does not adopt it',
    given: {
      ...FRESH,
      spec: { services: [ADOPTED] },
      services: { web: { ...CONSENTING, writers: ['applies flux'], stamp: { switchNumber: 4, uid: 'uid-former', instance: 'one' } } },
    },
    actions: [],
    conditions: troubled('SelectorInGit'),
  },
  {
    name: 'a selector that was merely updated, or applied on the client’s side, is in nobody’s way',
    given: { ...FRESH, spec: { services: [ADOPTED] }, services: { web: { ...CONSENTING, writers: ['kubectl-client-side-apply'] } } },
    actions: ['switch web → one (switch 1, from nothing)'],
    conditions: ['not Available NothingServes', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },

  // What becomes of an adopted one.
  {
    name: 'deleted and made again without consent, it is left alone, and people learn what it selects',
    given: { ...STEADY, spec: { services: [ADOPTED] }, services: { web: { foreign: true, selector: { app: APP } } } },
    since: 60,
    actions: [],
    conditions: troubled('ServiceNotAdopted'),
    status: {
      warnings: [
        {
          reason: 'SelectedByOthers',
          message: 'Service web finds pods of every version, untested ones too, until our key is on its selector',
        },
      ],
    },
  },
  {
    name: 'consent withdrawn in the middle of a rollout: it stays on what serves',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one'],
      spec: { services: [ADOPTED] },
      services: { web: { foreign: true, on: 'one', selector: { app: APP }, stamp: { switchNumber: 1 } } },
    },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready ServiceNotAdopted', 'Stalled ServiceNotAdopted'],
    says: { Stalled: "stays where it is, for its owner's consent is gone" },
    roles: { one: 'Active', two: 'Target' },
  },
  {
    name: 'what a Service without consent still selects is not retired, whatever it is',
    given: {
      latest: 'three',
      versions: { one: { ...up(3), failed: {} }, two: up(3), three: up(3) },
      switches: ['one', 'three'],
      spec: { services: [WEB, LATE] },
      services: { web: {}, late: { foreign: true, on: 'one', selector: { app: APP }, stamp: { switchNumber: 1 } } },
    },
    since: 600,
    actions: ['retire Deployment two: superseded'],
    conditions: ['Available Serving', 'not Ready ServiceNotAdopted', 'Stalled ServiceNotAdopted'],
  },
  {
    name: 'one of two Active Services is missing: the other moves, and the version that is left stays for it',
    given: {
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one'],
      spec: { services: [WEB, LATE] },
      services: { web: {} },
    },
    since: 60,
    actions: ['switch web → two (switch 2, from one)'],
    conditions: ['not Available ServiceMissing', 'not Ready ServiceMissing', 'Stalled ServiceMissing'],
  },

  // Services that find our pods without us.
  {
    name: 'a Service outside of spec that finds our pods is named, and what to do about it',
    given: { ...STEADY, neighbours: { legacy: { app: APP } } },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: {
      warnings: [
        {
          reason: 'SelectedByOthers',
          message:
            'Service legacy finds pods of every version, untested ones too: list it in spec.services and annotate it with immutableapp.io/adopt=shop, or change its selector',
        },
      ],
    },
  },
  {
    name: 'a headless one is no traffic of users: nobody is told to have it adopted, which it cannot be',
    given: { ...STEADY, neighbours: { metrics: { app: APP } }, headless: ['metrics'] },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: {
      warnings: [
        {
          reason: 'SelectedByOthers',
          message:
            'Service metrics finds pods of every version, untested ones too: right for metrics and for peers, as it is headless; send what users ask for to another one',
        },
      ],
    },
  },
  {
    name: 'of a worker a headless one finds what it should',
    given: {
      versions: { one: { ...up(3), routes: [{ switchNumber: 1 }] } },
      switches: ['one'],
      spec: { services: [] },
      neighbours: { metrics: { app: APP } },
      headless: ['metrics'],
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { warnings: [] },
  },
  {
    name: 'one that publishes what is not ready has to stop that before it can be listed',
    given: { ...STEADY, neighbours: { legacy: { app: APP } }, unready: ['legacy'] },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { warnings: [{ reason: 'SelectedByOthers', message: expect.stringContaining('let it publish ready addresses only') }] },
  },
  {
    name: 'a Service that finds pods by a label of ours is named too, and one that asks for more than they carry is not',
    given: {
      ...STEADY,
      neighbours: { zoo: { 'immutableapp.io/app': APP }, picky: { app: APP, tier: 'gold' }, other: { app: 'other' }, none: {} },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { warnings: [{ reason: 'SelectedByOthers', message: expect.stringContaining('Service zoo finds') }] },
  },
  {
    name: 'a copy of our Service, label and all, is not ours',
    given: { ...STEADY, services: { web: {}, copy: { foreign: true, labels: { 'immutableapp.io/app': APP }, on: 'one', stamp: 'none' } } },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { warnings: [{ reason: 'SelectedByOthers' }] },
  },
  {
    name: 'an adopted Service that carries our key finds only what serves',
    given: { ...STEADY, spec: { services: [ADOPTED] }, services: { web: { ...CONSENTING, on: 'one' } } },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { warnings: [] },
  },
];
