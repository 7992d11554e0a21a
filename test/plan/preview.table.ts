import { coming, up, WEB } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const PREVIEW = { ...WEB, name: 'web-preview', role: 'Preview' };
const STEADY: Given = { versions: { one: up(3) }, switches: ['one'] };

export const PREVIEWS: readonly Row[] = [
  {
    name: 'a Preview Service shows the latest version once it is up',
    given: {
      latest: 'two',
      spec: { services: [WEB, PREVIEW], promotion: { mode: 'Manual' } },
      versions: { one: up(3), two: up(1) },
      switches: ['one'],
      services: { web: {}, 'web-preview': { on: 'one', stamp: { switchNumber: 0 } } },
    },
    since: 60,
    actions: ['preview web-preview → two (switch 0, from one)'],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
  },
  {
    name: 'a Preview Service stays with the latest version while that grows to serve',
    given: {
      latest: 'two',
      spec: { services: [WEB, PREVIEW] },
      versions: { one: up(3), two: coming(3, 1) },
      switches: ['one'],
      services: { web: {}, 'web-preview': { on: 'two', stamp: { switchNumber: 0 } } },
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
    actions: ['preview web-preview → one (switch 0, from nothing)'],
    conditions: SERVES,
  },
  {
    name: 'a Preview Service leaves a version that failed',
    given: {
      latest: 'two',
      spec: { services: [WEB, PREVIEW], promotion: { mode: 'Manual' } },
      versions: { one: up(3), two: { ...coming(1), failed: {} } },
      switches: ['one'],
      services: { web: {}, 'web-preview': { on: 'two', stamp: { switchNumber: 0 } } },
    },
    since: 60,
    actions: ['preview web-preview → one (switch 0, from two)', 'scale two 1 → 0'],
    conditions: SERVES,
  },
  {
    name: 'paused: a Preview Service does not move either',
    given: {
      latest: 'two',
      spec: { services: [WEB, PREVIEW], paused: true },
      versions: { one: up(3), two: up(1) },
      switches: ['one'],
      services: { web: {}, 'web-preview': { on: 'one', stamp: { switchNumber: 0 } } },
    },
    since: 60,
    actions: ['scale two 1 → 3'],
    conditions: ['Available Serving', 'not Ready Paused'],
  },
  {
    name: 'a preview without pods is shown to nobody: the Preview Service selects what serves',
    given: {
      latest: 'two',
      spec: { services: [WEB, PREVIEW], promotion: { mode: 'Manual', previewReplicas: 0 } },
      versions: { one: up(3), two: up(0) },
      switches: ['one'],
      services: { web: {}, 'web-preview': { stamp: 'none' } },
    },
    since: 60,
    actions: ['preview web-preview → one (switch 0, from nothing)'],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
  },
  {
    name: 'a preview that is to have no pods any more is left by the Preview Service',
    given: {
      latest: 'two',
      spec: { services: [WEB, PREVIEW], promotion: { mode: 'Manual', previewReplicas: 0 } },
      versions: { one: up(3), two: up(1) },
      switches: ['one'],
      services: { web: {}, 'web-preview': { on: 'two', stamp: { switchNumber: 0 } } },
    },
    since: 60,
    actions: ['scale two 1 → 0', 'preview web-preview → one (switch 0, from two)'],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
    wake: 540_000,
  },
  {
    name: 'a Preview Service that becomes Active brings no route with it, however often it moved',
    given: {
      latest: 'two',
      spec: { services: [WEB, { ...PREVIEW, role: 'Active' }], promotion: { mode: 'Manual' } },
      versions: { one: up(3), two: up(1) },
      switches: ['one'],
      services: { web: {}, 'web-preview': { on: 'two', stamp: { switchNumber: 0 }, shapedBy: PREVIEW } },
    },
    since: 60,
    actions: ['repair web-preview → one (switch 1, from nothing)'],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
  },
  {
    name: 'the same, with status lost',
    given: {
      latest: 'two',
      status: 'lost',
      spec: { services: [{ ...PREVIEW, role: 'Active' }, WEB], promotion: { mode: 'Manual' } },
      versions: { one: up(3), two: up(1) },
      switches: ['one'],
      services: { 'web-preview': { on: 'two', stamp: { switchNumber: 0 }, shapedBy: PREVIEW }, web: {} },
    },
    since: 60,
    actions: ['repair web-preview → one (switch 1, from nothing)'],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
  },
  {
    name: 'a Preview Service that becomes Active brings no route with it',
    given: {
      versions: { one: up(3), two: up(3) },
      status: 'lost',
      services: { web: { on: 'two', stamp: { switchNumber: 0, instance: 'two', previous: '' } } },
    },
    actions: ['switch web → one (switch 1, from two)'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    roles: { one: 'Target', two: 'Draining' },
  },
  {
    name: 'what is wrong with a Preview Service is said, and what serves is ready all the same',
    given: {
      ...STEADY,
      spec: { services: [WEB, { name: 'web-preview', role: 'Preview' }] },
      services: { web: {}, 'web-preview': { foreign: true, stamp: 'none', selector: { app: 'shop' } } },
    },
    actions: [],
    conditions: [...SERVES, 'Stalled ServiceNotAdopted'],
    wake: 30_000,
  },
  {
    name: 'a Preview Service that is not there is no want of what serves',
    given: { ...STEADY, spec: { services: [WEB, { name: 'web-preview', role: 'Preview' }] }, services: { web: {} } },
    actions: [],
    conditions: [...SERVES, 'Stalled ServiceMissing'],
    wake: 30_000,
  },
  {
    name: 'a Preview Service is not moved while paused',
    given: {
      ...STEADY,
      spec: { services: [WEB, PREVIEW], paused: true },
      services: { web: {}, 'web-preview': { stamp: 'none' } },
    },
    actions: [],
    conditions: ['Available Serving', 'Ready Paused'],
    wake: 30_000,
  },
];
