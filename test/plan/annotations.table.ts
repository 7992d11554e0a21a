// What people say by annotation, and what becomes of it: pins and their end, rejections, renewals, names.
import { expect } from '@jest/globals';
import { APP, cold, coming, id, NOW, up } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const RISING = ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'];
/** A fresh instance comes up beside the one that serves the same version. */
const FRESH = ['Available Serving', 'Ready Serving', 'Reconciling BringingUp'];
const AWAITS = ['Available Serving', 'Ready AwaitingActivation'];
const HOUR = 3_600_000;
/** The pin that most rows speak of. */
export const pinned = (version: string, untilMs = NOW + HOUR): string => `${version} until ${new Date(untilMs).toISOString()}`;
const said = (annotation: 'pin' | 'reject' | 'renew', typed: string, spec: Given['spec'] = {}): Pick<Given, 'metadata' | 'spec'> => ({
  metadata: { annotations: { [`immutableapp.io/${annotation}`]: typed } },
  spec,
});
/** Two came after one and serves; one is warm. */
const BOTH: Given = {
  latest: 'two',
  versions: { one: { ...up(3), name: '1.0' }, two: { ...up(3), name: '2.0' } },
  switches: ['one', 'two'],
};
const PIN = pinned('1.0');
const acted = (switches: readonly string[], status: object): NonNullable<Given['status']> => ({
  observedGeneration: 6,
  decision: '',
  history: switches
    .map((to, i) => ({
      switchNumber: i + 1,
      at: new Date(NOW - HOUR).toISOString(),
      from: i === 0 ? '' : id(switches[i - 1]!),
      to: id(to),
      reason: 'Automatic',
    }))
    .toReversed(),
  ...status,
});

export const READ_ANNOTATIONS: readonly Row[] = [
  // Pins
  {
    name: 'a pin moves traffic by one write, and holds what it passes over',
    given: { ...BOTH, ...said('pin', PIN), status: acted(['one', 'two'], { pinned: '' }) },
    since: 60,
    actions: ['switch web → one (switch 3, from two)', 'attest two.held: the pin names one (1.0)'],
    conditions: RISING,
    wake: HOUR,
  },
  {
    name: 'a switch by pin is in history as such',
    given: {
      ...BOTH,
      versions: { one: { ...up(3), name: '1.0' }, two: { ...up(3), name: '2.0', held: PIN } },
      ...said('pin', PIN),
      status: acted(['one', 'two'], { pinned: PIN }),
      services: { web: { on: 'one', stamp: { switchNumber: 3, previous: 'two' } } },
    },
    actions: [],
    conditions: ['Available Serving', 'Ready AwaitingActivation', 'Reconciling Draining'],
    wake: 30_000,
    status: { history: [{ switchNumber: 3, from: 'two', to: 'one', reason: 'Pinned' }, { switchNumber: 2 }, { switchNumber: 1 }] },
  },
  {
    name: 'a pin goes before the pointer',
    given: { ...BOTH, ...said('pin', PIN, { activeVersion: '2.0' }), status: acted(['one', 'two'], { pinned: '', decision: '2.0' }) },
    since: 60,
    actions: ['switch web → one (switch 3, from two)', 'attest two.held: the pin names one (1.0)'],
    conditions: RISING,
    wake: HOUR,
  },
  {
    name: 'what a pin passes over stays held while it lasts, though the pointer names it',
    given: {
      ...BOTH,
      versions: { one: { ...up(3), name: '1.0' }, two: { ...up(3), name: '2.0', held: PIN } },
      ...said('pin', PIN, { activeVersion: '2.0' }),
      status: acted(['one', 'two'], { pinned: '', decision: '2.0' }),
    },
    since: 60,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: RISING,
    wake: HOUR,
    status: { pinned: PIN, decision: '2.0' },
  },
  {
    name: 'a pin does not release what the pointer passes over: when both have ended it does not come back',
    given: {
      ...BOTH,
      versions: { one: { ...up(3), name: '1.0' }, two: { ...up(3), name: '2.0', held: '1.0' } },
      ...said('pin', pinned('2.0'), { activeVersion: '1.0' }),
      status: acted(['one', 'two'], { pinned: '', decision: '1.0' }),
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
  },
  {
    name: 'pin and pointer came at once, and one passes over what the other names: it stays held',
    given: {
      ...BOTH,
      versions: { one: { ...up(3), name: '1.0' }, two: { ...up(3), name: '2.0', held: '1.0' } },
      ...said('pin', pinned('2.0'), { activeVersion: '1.0' }),
      status: acted(['one', 'two'], { pinned: '', decision: '' }),
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
    status: { pinned: pinned('2.0'), decision: '1.0' },
  },
  {
    name: 'a pin ends: what it held is released by the pointer that names it',
    given: {
      ...BOTH,
      versions: { one: { ...up(3), name: '1.0' }, two: { ...up(3), name: '2.0', held: pinned('1.0', NOW) } },
      switches: ['one', 'two', 'one'],
      ...said('pin', pinned('1.0', NOW), { activeVersion: '2.0' }),
      status: acted(['one', 'two', 'one'], { pinned: pinned('1.0', NOW), decision: '2.0' }),
    },
    since: 60,
    actions: ['switch web → two (switch 4, from one)', 'retire ControllerRevision two.held: held no more: spec.activeVersion names it'],
    conditions: RISING,
  },
  {
    name: 'a pin in force: traffic stays, and somebody looks again when it ends',
    given: {
      ...BOTH,
      versions: { one: { ...up(3), name: '1.0' }, two: { ...up(3), name: '2.0', held: PIN } },
      switches: ['one', 'two', 'one'],
      ...said('pin', PIN),
      status: acted(['one', 'two', 'one'], { pinned: PIN }),
    },
    since: 300,
    actions: [],
    conditions: AWAITS,
    wake: 600_000,
    status: { pinned: PIN },
  },
  {
    name: 'a pin ends: what was Latest when it was set stays held, so the bad version does not come back',
    given: {
      ...BOTH,
      versions: { one: { ...up(3), name: '1.0' }, two: { ...cold, name: '2.0', held: pinned('1.0', NOW) } },
      switches: ['one', 'two', 'one'],
      ...said('pin', pinned('1.0', NOW)),
      status: acted(['one', 'two', 'one'], { pinned: pinned('1.0', NOW) }),
    },
    since: 6000,
    actions: [],
    conditions: AWAITS,
    status: { pinned: '', warnings: [{ reason: 'PinExpired' }], versions: [{ id: 'two', state: 'Cold', reason: 'Held' }, { id: 'one' }] },
  },
  {
    name: 'a pin ends: content that came while it held is promoted',
    given: {
      latest: 'three',
      versions: { one: { ...up(3), name: '1.0' }, two: { name: '2.0', held: pinned('1.0', NOW) }, three: up(1) },
      switches: ['one', 'two', 'one'],
      ...said('pin', pinned('1.0', NOW)),
      status: acted(['one', 'two', 'one'], { pinned: pinned('1.0', NOW) }),
    },
    since: 6000,
    actions: ['scale three 1 → 3'],
    conditions: RISING,
    wake: 600_000,
  },
  {
    name: 'a pin that is taken away early ends the same way',
    given: {
      ...BOTH,
      versions: { one: { ...up(3), name: '1.0' }, two: { ...cold, name: '2.0', held: PIN } },
      switches: ['one', 'two', 'one'],
      status: acted(['one', 'two', 'one'], { pinned: PIN }),
    },
    since: 6000,
    actions: [],
    conditions: AWAITS,
    status: { pinned: '' },
  },
  {
    name: 'a pin to what serves and is Latest holds nothing',
    given: {
      latest: 'one',
      versions: { one: { ...up(3), name: '1.0' } },
      switches: ['one'],
      ...said('pin', PIN),
      status: acted(['one'], { pinned: '' }),
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: HOUR,
    status: { pinned: PIN },
  },
  {
    name: 'a pin set while Latest comes up: Latest is held, and becomes a preview',
    given: {
      latest: 'two',
      versions: { one: { ...up(3), name: '1.0' }, two: coming(3, 1) },
      switches: ['one'],
      ...said('pin', PIN),
      status: acted(['one'], { pinned: '' }),
    },
    since: 60,
    actions: ['attest two.held: the pin names one (1.0)', 'scale two 3 → 1'],
    conditions: AWAITS,
    wake: 540_000,
  },
  {
    name: 'a pin to a cold version starts it from its record',
    given: {
      latest: 'two',
      versions: { one: { name: '1.0' }, two: up(3) },
      switches: ['two'],
      recalled: ['one'],
      ...said('pin', PIN),
      status: acted(['two'], { pinned: '' }),
    },
    since: 60,
    actions: ['attest two.held: the pin names one (1.0)', 'publish Deployment one ×3'],
    conditions: RISING,
    wake: HOUR,
  },
  {
    name: 'a pin to a version that nobody knows: nothing moves, and it says which there are',
    given: { ...BOTH, ...said('pin', pinned('9.9')), status: acted(['one', 'two'], { pinned: '' }) },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready VersionNotFound', 'Stalled VersionNotFound'],
    says: { Stalled: 'the pin names "9.9", which does not exist: use one of 2.0, 1.0' },
    wake: 600_000,
  },
  {
    name: 'a pointer set while a pin is in force is acted on at once, and followed when the pin ends',
    given: {
      latest: 'three',
      versions: { one: { ...up(3), name: '1.0' }, two: { name: '2.0', held: PIN }, three: up(1) },
      switches: ['one', 'two', 'one'],
      ...said('pin', PIN, { activeVersion: '2.0' }),
      status: acted(['one', 'two', 'one'], { pinned: PIN, decision: '' }),
    },
    since: 60,
    actions: ['attest three.held: spec.activeVersion names two (2.0)'],
    conditions: AWAITS,
    wake: HOUR,
  },
  {
    name: 'a pin to a rejected version stalls and carries the command',
    given: {
      ...BOTH,
      versions: { one: { ...up(0), name: '1.0', rejected: id('one') }, two: up(3) },
      ...said('pin', PIN),
      status: acted(['one', 'two'], { pinned: '' }),
    },
    since: 60,
    actions: ['retire Deployment one: rejected'],
    conditions: ['Available Serving', 'not Ready PointedVersionRejected', 'Stalled PointedVersionRejected'],
    says: { Stalled: 'kubectl annotate -n prod iapp/shop --overwrite --field-manager=oncall-$USER immutableapp.io/renew="one@' },
    wake: HOUR,
  },
  ...['tomorrow', '1.0', '1.0 until', `1.0 until tomorrow`, `1.0  until 2026-03-01T12:00:00Z`, '1.0 until 2026-13-01T12:00:00Z'].map(
    (typed): Row => ({
      name: `a pin that says "${typed}" moves nothing and is reported`,
      given: { ...BOTH, ...said('pin', typed), status: acted(['one', 'two'], { pinned: '' }) },
      since: 60,
      actions: [],
      conditions: SERVES,
      wake: 600_000,
      status: { warnings: [{ reason: 'AnnotationUnreadable', message: expect.stringContaining('write "<version> until 2030-') }] },
    }),
  ),

  // Rejections
  {
    name: 'what serves is rejected: its predecessor serves again, by one write, and the rejection is kept',
    given: { ...BOTH, ...said('reject', id('two')) },
    since: 60,
    actions: ['switch web → one (switch 3, from two)', 'attest two.rejected: annotation immutableapp.io/reject lists it'],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'a rejection is kept when the annotation has gone: what was rejected goes, nothing moves',
    given: {
      ...BOTH,
      versions: { one: { ...up(3), name: '1.0' }, two: { ...up(3), rejected: id('two') } },
      switches: ['one', 'two', 'one'],
    },
    since: 60,
    actions: ['retire Deployment two: rejected'],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
    says: { Stalled: 'two was rejected: change spec, or lift it with kubectl annotate' },
    status: {
      versions: [
        { id: 'two', state: 'Rejected' },
        { id: 'one', state: 'Active' },
      ],
    },
  },
  {
    name: 'a rejection outlives status too',
    given: {
      ...BOTH,
      versions: { one: up(3), two: { rejected: id('two') } },
      switches: ['one', 'two', 'one'],
      status: 'lost',
    },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'a version that is coming up is rejected: it goes, and what serves serves on',
    given: { latest: 'two', versions: { one: up(3), two: coming(3, 1) }, switches: ['one'], ...said('reject', id('two')) },
    since: 60,
    actions: ['attest two.rejected: annotation immutableapp.io/reject lists it', 'retire Deployment two: rejected'],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'a version is rejected before it exists: it is recorded, and not started',
    given: { latest: 'two', versions: { one: up(3), two: cold }, switches: ['one'], ...said('reject', id('two')) },
    since: 60,
    actions: ['attest two.rejected: annotation immutableapp.io/reject lists it'],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'the rejected predecessor of a rejected version is no way back: what serves stays, and somebody must choose',
    given: {
      latest: 'two',
      versions: { one: { ...up(0), rejected: id('one') }, two: { ...up(3), rejected: id('two') } },
      switches: ['one', 'two'],
    },
    since: 60,
    actions: ['retire Deployment one: rejected'],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'what serves is rejected and its predecessor was, too: the last one that served and nobody decided against serves',
    given: {
      latest: 'three',
      versions: { one: up(3), two: { ...up(3), rejected: id('two') }, three: { ...up(3), rejected: id('three') } },
      switches: ['one', 'two', 'three'],
    },
    since: 60,
    actions: ['switch web → one (switch 4, from three)'],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'what was gone back to is rejected: what is held does not come back, the one before it does',
    given: {
      latest: 'three',
      versions: { one: up(3), two: { ...up(3), rejected: id('two') }, three: { ...up(3), held: '1.0' } },
      switches: ['one', 'two', 'three', 'two'],
    },
    since: 60,
    actions: ['switch web → one (switch 5, from two)'],
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
    wake: 600_000,
  },
  {
    name: 'what serves is rejected, nothing served before it and Latest was passed over: it goes on, and somebody must choose',
    given: { latest: 'two', versions: { one: { ...up(3), rejected: id('one') }, two: { ...cold, held: '1.0' } }, switches: ['one'] },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
    says: { Stalled: 'one was rejected: change spec, or lift it with kubectl annotate' },
  },
  {
    name: 'the rejected version that serves was compromised: nothing replaces it, and the report does not say that anything will',
    given: {
      latest: 'two',
      versions: { one: { ...up(3), rejected: id('one'), discarded: 'one' }, two: { ...cold, held: '1.0' } },
      switches: ['one'],
    },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'a worker that was rejected is gone, and Latest was passed over: nothing is brought up, and somebody must choose',
    given: {
      spec: { services: [] },
      latest: 'two',
      versions: { one: { rejected: id('one'), routes: [{ switchNumber: 1 }] }, two: { ...cold, held: '1.0' } },
      switches: ['one'],
    },
    actions: [],
    conditions: ['not Available NothingServes', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'Manual: what serves is rejected, and its predecessor serves again',
    given: { ...BOTH, ...said('reject', '2.0', { promotion: { mode: 'Manual' } }) },
    since: 60,
    actions: ['switch web → one (switch 3, from two)', 'attest two.rejected: annotation immutableapp.io/reject lists it'],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'a pointer at what is rejected: the route goes back all the same, and the pointer is to be changed',
    given: { ...BOTH, ...said('reject', id('two'), { activeVersion: '2.0' }) },
    since: 60,
    actions: ['switch web → one (switch 3, from two)', 'attest two.rejected: annotation immutableapp.io/reject lists it'],
    conditions: ['Available Serving', 'not Ready PointedVersionRejected', 'Stalled PointedVersionRejected'],
  },
  {
    name: 'new content after a rejection is promoted',
    given: {
      latest: 'three',
      versions: { one: up(3), two: { rejected: id('two') }, three: up(3) },
      switches: ['one', 'two', 'one'],
      ...said('reject', id('two')),
    },
    since: 60,
    actions: ['switch web → three (switch 4, from one)'],
    conditions: RISING,
  },
  {
    name: 'a reject that cannot be read is reported',
    given: { ...BOTH, ...said('reject', 'one two') },
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
    status: { warnings: [{ reason: 'AnnotationUnreadable' }] },
  },

  // Renewals
  {
    name: 'what serves is renewed: the slate is wiped, and the renewal kept',
    given: { versions: { one: up(3) }, switches: ['one'], ...said('renew', `${id('one')}@1`) },
    since: 60,
    actions: ['attest one.renewed: renewed as 1'],
    conditions: SERVES,
  },
  {
    name: 'then a fresh instance comes up beside the one that serves',
    given: {
      versions: { one: { ...up(3), renewed: { nonce: '1', instances: ['one'] } } },
      switches: ['one'],
      ...said('renew', `${id('one')}@1`),
    },
    since: 60,
    actions: ['publish Deployment one-2 ×3'],
    conditions: FRESH,
    roles: { one: 'Active' },
  },
  {
    name: 'and serves when its gates pass',
    given: {
      versions: { one: { instances: [{ replicas: 3 }, { ordinal: 2, replicas: 3 }], renewed: { nonce: '1', instances: ['one'] } } },
      switches: ['one'],
    },
    since: 60,
    actions: ['switch web → one-2 (switch 2, from one)'],
    conditions: FRESH,
    roles: { one: 'Active', 'one-2': 'Target' },
  },
  {
    name: 'what it replaced is drained and goes at once: nobody wants it warm',
    given: {
      versions: { one: { instances: [{ replicas: 3 }, { ordinal: 2, replicas: 3 }], renewed: { nonce: '1', instances: ['one'] } } },
      switches: ['one', 'one-2'],
    },
    since: 60,
    actions: ['retire Deployment one: replaced by a fresh instance'],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
  },
  {
    name: 'the switch to a fresh instance is written down as a renewal',
    given: {
      versions: { one: { instances: [{ replicas: 3 }, { ordinal: 2, replicas: 3 }], renewed: { nonce: '1', instances: ['one'] } } },
      switches: ['one'],
      services: { web: { on: 'one-2', stamp: { switchNumber: 2, previous: 'one' } } },
    },
    actions: [],
    conditions: ['Available Serving', 'Ready Serving', 'Reconciling Draining'],
    wake: 30_000,
    status: { history: [{ switchNumber: 2, from: 'one', to: 'one-2', reason: 'Renewed' }, { switchNumber: 1 }] },
  },
  {
    name: 'a renewal is done once: the same words again do nothing',
    given: {
      versions: { one: { instances: [{ ordinal: 2, replicas: 3 }], renewed: { nonce: '1', instances: ['one'] } } },
      switches: ['one', 'one-2'],
      ...said('renew', `${id('one')}@1`),
    },
    since: 60,
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'another nonce is another renewal, and takes the place of the one that is over',
    given: {
      versions: { one: { instances: [{ ordinal: 2, replicas: 3 }], renewed: { nonce: '1', instances: ['one'] } } },
      switches: ['one', 'one-2'],
      ...said('renew', `${id('one')}@2`),
    },
    since: 60,
    actions: ['attest one.renewed: renewed as 2', 'retire ControllerRevision one.renewed: renewed no more: renewed as 2'],
    conditions: SERVES,
  },
  {
    name: 'a renewal of a failed, held or rejected version wipes all of that first',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { failed: {}, held: '1.0', rejected: 'x' } },
      switches: ['one'],
      ...said('renew', `${id('two')}@1`),
    },
    since: 60,
    actions: [
      'retire ControllerRevision two.held: held no more: renewed as 1',
      'retire ControllerRevision two.failed: failed no more: renewed as 1',
      'retire ControllerRevision two.rejected: rejected no more: renewed as 1',
      'attest two.renewed: renewed as 1',
    ],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'what a reject said before the renewal is void, however long it stands there',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { renewed: { nonce: '1', reject: id('two') } } },
      switches: ['one'],
      ...said('reject', id('two')),
    },
    since: 60,
    actions: ['publish Deployment two ×3'],
    conditions: RISING,
  },
  {
    name: 'a reject that says anything new after the renewal counts again',
    given: {
      latest: 'two',
      versions: { one: up(3), two: { renewed: { nonce: '1', reject: id('two') } } },
      switches: ['one'],
      ...said('reject', `${id('two')},${id('three')}`),
    },
    since: 60,
    actions: ['attest two.rejected: annotation immutableapp.io/reject lists it'],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'a renewal that nobody can mean does nothing',
    given: { versions: { one: up(3) }, switches: ['one'], ...said('renew', `${APP}-bcdfghjklm@1`) },
    since: 60,
    actions: [],
    conditions: SERVES,
  },
  {
    name: 'a renew that cannot be read is reported',
    given: { versions: { one: up(3) }, switches: ['one'], ...said('renew', id('one')) },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { warnings: [{ reason: 'AnnotationUnreadable', message: expect.stringContaining('write "<version>@<anything new>"') }] },
  },
  {
    name: 'a discarded name is never used again',
    given: { latest: 'two', versions: { one: up(3), two: { discarded: 'two' } }, switches: ['one'] },
    since: 60,
    actions: ['publish Deployment two-2 ×3'],
    conditions: RISING,
  },

  // Names
  {
    name: 'another name for content on record is kept as an alias',
    given: { versions: { one: { ...up(3), name: '1.0' } }, switches: ['one'], spec: { version: '1.0.1' } },
    since: 60,
    actions: ['attest one.alias: spec.version calls it 1.0.1'],
    conditions: SERVES,
  },
  {
    name: 'an alias names its version for good',
    given: {
      latest: 'two',
      versions: { one: { ...up(3), name: '1.0', alias: '1.0.1' }, two: up(3) },
      switches: ['one', 'two'],
      spec: { activeVersion: '1.0.1' },
      decision: '1.0.1',
    },
    since: 60,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: RISING,
    status: { versions: [{ id: 'two' }, { id: 'one', names: ['1.0', '1.0.1'] }] },
  },
  {
    name: 'an alias is taken like any name: other content may not have it',
    given: { latest: 'two', versions: { one: { ...up(3), name: '1.0', alias: '1.0.1' } }, switches: ['one'], spec: { version: '1.0.1' } },
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready NameTaken', 'Stalled NameTaken'],
  },
];
