// Gates of an author: who is asked in which phase, what is kept of it, and what a verdict moves. It is 12:00 on a Sunday.
import { expect } from '@jest/globals';
import { cold, coming, id, NOW, up } from '../given.ts';
import type { Given, VersionGiven } from '../given.ts';
import type { Measurement } from '../../src/model/measure.ts';
import { digest } from '../../src/model/version.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const RISING = ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'];
const WAITS = ['Available Serving', 'Ready WindowClosed'];
const MEASURED = ['Available Serving', 'not Ready GatesRunning', 'Reconciling GatesRunning'];
const FAILED = ['Available Serving', 'not Ready VersionFailed', 'Stalled VersionFailed'];

const hours = (from: string, to: string): object => ({ timeZone: 'UTC', from, to });
const OPEN = { name: 'hours', window: hours('00:00', '00:00') };
const CLOSED = { name: 'hours', window: hours('13:00', '14:00') };
const HEALTHY = { name: 'healthy', http: { port: 'http', path: '/healthz' } };
const ERRORS = { name: 'errors', prometheus: { source: 'main', query: 'errors', max: 0.01 } };
const MIGRATE = { name: 'migrate', job: { spec: { template: { spec: { containers: [{ name: 'main', image: 'm:1' }] } } } } };
const BOARD = { name: 'board', webhook: { source: 'board' } };
const SIGNED = { name: 'signed', approval: { count: 2 } };
const ASKS = ['Available Serving', 'Ready ApprovalMissing'];
const people = (annotations: Record<string, string>): Partial<Given> => ({
  metadata: { annotations: Object.fromEntries(Object.entries(annotations).map(([name, typed]) => [`immutableapp.io/${name}`, typed])) },
});
/** It fails because it stays closed for longer than a minute. */
const NEVER = { ...CLOSED, timeoutSeconds: 60 };
const ran = (is: Measurement['is'], message: string, msAgo = 0, phase = 'before'): NonNullable<Given['measured']> => ({
  [`${phase}/migrate`]: { since: 60, tally: { at: NOW - msAgo, begun: true, last: [{ at: NOW - msAgo, is, message, begun: true }] } },
});
const gates = (before: readonly object[], after: readonly object[] = []): Record<string, unknown> => ({
  promotion: { before, after },
});

/** Two is up beside one, which serves. */
const update = (spec: Record<string, unknown>, more: Partial<Given> = {}, two: VersionGiven = up(3)): Given => ({
  latest: 'two',
  spec,
  versions: { one: up(3), two },
  switches: ['one'],
  ...more,
});
const LET_IN: NonNullable<VersionGiven['proofs']>[number] = { phase: 'before', followed: true };
/** Two serves, its gates let it in, and it was switched to so many seconds ago. */
const onTrial = (spec: Record<string, unknown>, secondsAgo = 10, more: Partial<Given> = {}, two: Partial<VersionGiven> = {}): Given => ({
  latest: 'two',
  spec,
  versions: { one: up(3), two: { ...up(3), proofs: [LET_IN], ...two } },
  switches: ['one', 'two'],
  status: switched(secondsAgo),
  ...more,
});
const switched = (secondsAgo: number): Exclude<NonNullable<Given['status']>, 'lost'> => history(['one', 3600], ['two', secondsAgo]);
/** Who was switched to, and how many seconds ago. */
const history = (...switches: readonly (readonly [string, number])[]): Exclude<NonNullable<Given['status']>, 'lost'> => ({
  observedGeneration: 6,
  history: switches
    .map(([to, secondsAgo], i) => ({
      switchNumber: i + 1,
      at: new Date(NOW - secondsAgo * 1000).toISOString(),
      from: i === 0 ? '' : id(switches[i - 1]![0]),
      to: id(to),
      reason: 'Automatic',
    }))
    .toReversed(),
});

/** Since when a gate is judged, as an operator noted it. */
const noted = (gate: string, seconds: number): NonNullable<Given['notes']> => ({
  [`gate ${gate} uid-${id('two')}`]: { value: 'yes', since: NOW - seconds * 1000 },
});

/** What an operator that is gone said of the approvals that two waits for. */
const waitedSince = (startedAt: string): Exclude<NonNullable<Given['status']>, 'lost'> => ({
  observedGeneration: 7,
  versions: [
    {
      id: id('two'),
      instances: [{ name: id('two'), uid: `uid-${id('two')}` }],
      gates: [{ name: 'signed', phase: 'before', verdict: 'wait', startedAt }],
    },
  ],
});

const IN = 'attest two.gates-before: its gates before let it in';
const OVER = 'switch web → two (switch 2, from one)';

/** One is proven and was renewed; its fresh instance is up. */
const ROTATED: Given = {
  latest: 'one',
  versions: {
    one: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }], renewed: { nonce: 'a', instances: ['one'], proven: true } },
  },
  switches: ['one'],
};
const TAKES_OVER = {
  since: 60,
  actions: ['switch web → one-2 (switch 2, from one)'],
  conditions: ['Available Serving', 'Ready Serving', 'Reconciling BringingUp'],
};

export const GATES: readonly Row[] = [
  // Before
  {
    name: 'all gates pass: that is written down with the switch',
    given: update(gates([OPEN])),
    since: 60,
    actions: [IN, OVER],
    conditions: RISING,
  },
  {
    name: 'a window is closed: what serves serves on, and nothing is at work until it opens',
    given: update(gates([CLOSED])),
    since: 60,
    actions: [],
    conditions: WAITS,
    wake: 3_600_000,
    roles: { one: 'Active', two: 'Target' },
    says: {
      Ready:
        'one serves; two is up and waits: gate before/hours: traffic moves daily from 13:00 to 14:00 UTC: it opens at Sun 2026-03-01 13:00',
    },
    status: {
      versions: [
        {
          id: 'two',
          gates: [
            { name: 'integrity', verdict: 'pass' },
            { name: 'ports', verdict: 'pass' },
            { name: 'selector', verdict: 'pass' },
            { name: 'readiness', verdict: 'pass' },
            { name: 'hours', phase: 'before', verdict: 'wait', reason: 'WindowClosed', startedAt: '2026-03-01T11:59:00.000Z' },
          ],
        },
        { id: 'one' },
      ],
    },
  },
  {
    name: 'where nothing serves yet the first version waits as well, and says so',
    given: { latest: 'one', spec: gates([CLOSED]), versions: { one: up(3) } },
    since: 60,
    actions: ['expose web → nothing'],
    conditions: ['not Available ServiceMissing', 'not Ready WindowClosed', 'Reconciling WindowClosed'],
    wake: 3_600_000,
  },
  {
    name: 'a gate is not asked before the version is up',
    given: update(gates([NEVER]), {}, coming(3, 2)),
    since: 120,
    actions: [],
    conditions: RISING,
    wake: 480_000,
  },
  {
    name: 'a gate that does not pass in time fails the version, and what serves serves on',
    given: update(gates([NEVER])),
    since: 60,
    actions: ['attest two.failed: GateFailed'],
    conditions: RISING,
    wake: 3_600_000,
  },
  {
    name: 'what a gate failed has failed for good, and is told how it is tried again',
    given: update(
      gates([NEVER]),
      {},
      {
        ...up(3),
        failed: { reason: 'GateFailed', message: 'gate before/hours: it did not pass', gate: 'before/hours', ageSeconds: 9e6 },
      },
    ),
    since: 60,
    actions: ['scale two 3 → 0'],
    conditions: FAILED,
    says: { Stalled: 'two failed (GateFailed: gate before/hours: it did not pass): change spec, or retry it with kubectl annotate' },
  },
  {
    name: 'a gate that is not enforced decides nothing, and what it says is told',
    given: update(gates([{ ...NEVER, enforce: false }])),
    since: 60,
    actions: [IN, OVER],
    conditions: RISING,
    wake: 3_600_000,
    status: {
      warnings: [{ reason: 'GateFailed', message: expect.stringContaining('gate before/hours fails two, and the gate is not enforced') }],
    },
  },
  {
    name: 'of several gates one that fails fails the version, whatever the others say',
    given: update(gates([{ ...CLOSED, name: 'first' }, NEVER, { ...OPEN, name: 'last' }])),
    since: 60,
    actions: ['attest two.failed: GateFailed'],
    conditions: RISING,
    wake: 3_600_000,
  },
  {
    name: 'a gate of a kind that this operator does not know never passes',
    given: update(gates([{ name: 'oracle', tea: { leaves: 3 } }])),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready GateUnknown', 'Stalled GateUnknown'],
    wake: 540_000,
    says: { Stalled: 'gate before/oracle: this operator cannot judge it (tea): take the gate out, or upgrade the operator' },
  },
  {
    name: 'nor does a comparison where no traffic is shared',
    given: update(gates([{ name: 'errors', prometheus: { source: 'main', compare: { total: 'requests', bad: 'errors' } } }])),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready GateUnknown', 'Stalled GateUnknown'],
    wake: 540_000,
    says: { Stalled: 'it compares two versions that share the traffic, as they do in during' },
  },
  {
    name: 'nor does one of a time zone that does not exist',
    given: update(gates([{ name: 'hours', window: { timeZone: 'Europe/Berln', from: '00:00', to: '00:00' } }])),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready GateUnknown', 'Stalled GateUnknown'],
    says: { Stalled: 'there is no time zone Europe/Berln: write one such as Europe/Berlin' },
  },
  {
    name: 'a gate that is changed while it waits begins anew',
    given: update(gates([NEVER]), { notes: noted('before/hours aaaaaaaaaa', 600) }),
    actions: [],
    conditions: WAITS,
    wake: 30_000,
  },
  {
    name: 'a gate that is taken out has no say any more',
    given: update(gates([]), { notes: noted('before/hours aaaaaaaaaa', 600) }),
    since: 60,
    actions: [OVER],
    conditions: RISING,
  },
  {
    name: 'an operator that starts anew asks nothing of what is settled',
    given: update(gates([OPEN]), {}, { ...up(3), proofs: [{ phase: 'before' }] }),
    since: 60,
    actions: [OVER],
    conditions: RISING,
  },
  {
    name: 'what an earlier instance of its name was told counts for no other',
    given: update(gates([CLOSED]), {}, { ...up(3), proofs: [{ phase: 'before', uid: 'uid-before-it-was-deleted' }] }),
    since: 60,
    actions: [],
    conditions: WAITS,
    wake: 3_600_000,
  },
  {
    name: 'two newer versions: only the newest is asked',
    given: { latest: 'three', spec: gates([CLOSED]), versions: { one: up(3), two: up(3), three: up(3) }, switches: ['one'] },
    since: 60,
    actions: ['retire Deployment two: superseded'],
    conditions: WAITS,
    wake: 3_600_000,
    roles: { one: 'Active', three: 'Target', two: 'Discarded' },
  },

  // Before: a Job
  {
    name: 'a Job is begun for a version that is up',
    given: update(gates([MIGRATE])),
    since: 60,
    actions: ['measure before/migrate of two'],
    conditions: MEASURED,
    wake: 540_000,
  },
  {
    name: 'and not for one that comes up',
    given: update(gates([MIGRATE]), {}, coming(3)),
    actions: [],
    conditions: RISING,
    wake: 30_000,
  },
  {
    name: 'while it runs it is looked at again every two seconds, and the version waits',
    given: update(gates([MIGRATE]), { measured: ran('none', 'Job m runs', 1000) }),
    since: 60,
    actions: [],
    conditions: MEASURED,
    wake: 1_000,
  },
  {
    name: 'one that completed lets the version in',
    given: update(gates([MIGRATE]), { measured: ran('good', 'Job m completed') }),
    since: 60,
    actions: [IN, OVER],
    conditions: RISING,
  },
  {
    name: 'one that failed fails the version',
    given: update(gates([MIGRATE]), { measured: ran('bad', 'Job m failed: BackoffLimitExceeded') }),
    since: 60,
    actions: ['attest two.failed: GateFailed'],
    conditions: RISING,
  },
  {
    name: 'one that was deleted is waited for, and told',
    given: update(gates([MIGRATE]), { measured: ran('error', 'Job m was deleted before it had ended', 1000) }),
    since: 60,
    actions: [],
    conditions: MEASURED,
    wake: 1_000,
  },
  {
    name: 'until its time is over: then the version has failed',
    given: update(gates([{ ...MIGRATE, timeoutSeconds: 60 }]), { measured: ran('error', 'Job m was deleted before it had ended', 1000) }),
    since: 60,
    actions: ['attest two.failed: GateFailed'],
    conditions: RISING,
  },
  {
    name: 'while paused nobody looks at it',
    given: update({ ...gates([MIGRATE]), paused: true }, { measured: ran('good', 'Job m completed') }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready Paused'],
  },
  {
    name: 'a pin waits for no Job',
    given: update(gates([MIGRATE]), { metadata: { annotations: { 'immutableapp.io/pin': `${id('two')} until 2026-03-01T13:00:00Z` } } }),
    since: 60,
    actions: [OVER],
    conditions: RISING,
    wake: 3_600_000,
  },
  {
    name: 'after the switch one that failed takes traffic back',
    given: onTrial(gates([], [MIGRATE]), 10, { measured: ran('bad', 'Job m failed', 0, 'after') }),
    since: 60,
    actions: ['attest two.failed: GateFailed'],
    conditions: SERVES,
  },

  // Before: what is measured
  {
    name: 'what is to be measured is asked at once, of this instance',
    given: update(gates([HEALTHY])),
    since: 60,
    actions: ['measure before/healthy of two'],
    conditions: MEASURED,
    wake: 540_000,
  },
  {
    name: 'while a measurement is under way no other is asked for',
    given: update(gates([HEALTHY]), { measured: { 'before/healthy': { since: 60, underway: true } } }),
    since: 60,
    actions: [],
    conditions: MEASURED,
    wake: 540_000,
  },
  {
    name: 'the next one is due so long after the last as the gate says',
    given: update(gates([HEALTHY]), { measured: { 'before/healthy': { since: 60, tally: { at: NOW - 3000, passes: 1 } } } }),
    since: 60,
    actions: [],
    conditions: MEASURED,
    wake: 2_000,
  },
  {
    name: 'so many good ones pass',
    given: update(gates([HEALTHY]), { measured: { 'before/healthy': { since: 60, tally: { passes: 3, valid: 3 } } } }),
    since: 60,
    actions: [IN, OVER],
    conditions: RISING,
  },
  {
    name: 'what was measured of an earlier attempt passes nothing',
    given: update(gates([HEALTHY]), { measured: { 'before/healthy': { since: 61, tally: { passes: 3, valid: 3 } } } }),
    since: 60,
    actions: ['measure before/healthy of two'],
    conditions: MEASURED,
    wake: 540_000,
  },
  {
    name: 'so many bad ones fail the version, in the words of the last',
    given: update(gates([HEALTHY]), {
      measured: { 'before/healthy': { since: 60, tally: { failures: 3, valid: 3, last: [{ at: NOW, is: 'bad', message: 'pod a answered 503' }] } } }, // prettier-ignore
    }),
    since: 60,
    actions: ['attest two.failed: GateFailed'],
    conditions: RISING,
  },
  {
    name: 'an operator that starts anew measures anew: its memory passed nothing',
    given: update(gates([HEALTHY])),
    actions: ['measure before/healthy of two'],
    conditions: MEASURED,
    wake: 30_000,
  },
  {
    name: 'a gate that is never answered fails in time',
    given: update(gates([{ ...HEALTHY, timeoutSeconds: 60 }]), { measured: { 'before/healthy': { since: 60, underway: true } } }),
    since: 60,
    actions: ['attest two.failed: GateFailed'],
    conditions: RISING,
  },
  {
    name: 'a source is asked that the platform defines for this namespace',
    given: update(gates([ERRORS]), { fleet: { gateSources: [{ name: 'main', namespaces: undefined }] } }),
    since: 60,
    actions: ['measure before/errors of two'],
    conditions: MEASURED,
    wake: 540_000,
  },
  {
    name: 'one that is defined for others only is unknown, and those that there are are told',
    given: update(gates([ERRORS]), { fleet: { gateSources: [{ name: 'main', namespaces: ['other'] }, { name: 'board', namespaces: undefined }] } }), // prettier-ignore
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready SourceUnknown', 'Stalled SourceUnknown'],
    wake: 540_000,
    says: { Stalled: 'gate before/errors: no source main is defined for namespace prod: there are board' },
  },
  {
    name: 'where none is defined that is said',
    given: update(gates([BOARD])),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready SourceUnknown', 'Stalled SourceUnknown'],
    wake: 540_000,
    says: { Stalled: 'gate before/board: no source board is defined for namespace prod: the platform defines none' },
  },
  {
    name: 'what serves is measured too',
    given: onTrial(gates([], [HEALTHY])),
    since: 60,
    actions: ['measure after/healthy of two'],
    conditions: SERVES,
    wake: 540_000,
  },
  {
    name: 'and what fails then takes traffic back',
    given: onTrial(gates([], [HEALTHY]), 10, {
      measured: { 'after/healthy': { since: 60, tally: { errors: 3, last: [{ at: NOW, is: 'error', message: 'refused' }] } } },
    }),
    since: 60,
    actions: ['attest two.failed: GateFailed'],
    conditions: SERVES,
  },

  // People
  {
    name: 'a version waits for people, as long as it takes',
    given: update(gates([SIGNED]), {
      ...people({ approve: `${id('two')} by ann, ${id('one')} by bob` }),
      fleet: { enforcement: { is: 'enforced', revision: 2 } },
    }),
    since: 90_000,
    actions: [],
    conditions: ASKS,
    says: { Ready: `two is up and waits: gate before/signed: 1 of 2 people have approved it (ann): kubectl iapp approve shop two -n prod` },
  },
  {
    name: 'as many different people as it asks for let it in',
    given: update(gates([SIGNED]), people({ approve: `${id('two')} by ann, ${id('two')} by bob` })),
    since: 60,
    actions: ['attest two.gates-before: its gates before let it in', OVER],
    conditions: RISING,
  },
  {
    name: 'a person who approves twice is one',
    given: update(gates([SIGNED]), people({ approve: `${id('two')} by ann, ${id('two')} by ann` })),
    since: 60,
    actions: [],
    conditions: ASKS,
  },
  {
    name: 'where anybody can write any name, it says so',
    given: update(gates([SIGNED]), { ...people({}), fleet: { enforcement: { is: 'detect only', why: 'no policies', outdated: false } } }),
    since: 60,
    actions: [],
    conditions: ASKS,
    says: { Ready: 'unverified: without the admission policies anybody can write any name' },
  },
  {
    name: 'people have as long as the author says',
    given: update(gates([{ ...SIGNED, timeoutSeconds: 60 }])),
    since: 60,
    actions: ['attest two.failed: GateFailed'],
    conditions: RISING,
  },
  {
    name: 'what people said of one instance counts for the next: it is about the version',
    given: update(gates([SIGNED]), people({ approve: `${id('two')} by ann, ${id('two')} by bob` }), {
      instances: [{ replicas: 3, ordinal: 2 }],
    }),
    since: 60,
    actions: ['attest two.gates-before: its gates before let it in', 'switch web → two-2 (switch 2, from one)'],
    conditions: RISING,
  },
  {
    name: 'a gate that is waived does not judge this version',
    given: update(gates([CLOSED, SIGNED]), people({ waive: `${id('two')}/hours, ${id('two')}/signed` })),
    since: 60,
    actions: ['attest two.gates-before: its gates before let it in', OVER],
    conditions: RISING,
  },
  {
    name: 'and judges all others',
    given: update(gates([CLOSED]), people({ waive: `${id('one')}/hours, ${id('two')}/other` })),
    since: 60,
    actions: [],
    conditions: WAITS,
    wake: 3_600_000,
  },
  {
    name: 'a gate after the switch may be waived, too',
    given: onTrial(gates([], [CLOSED]), 10, people({ waive: `${id('two')}/hours` })),
    since: 60,
    actions: ['attest two.gates-after: its gates after have passed'],
    conditions: SERVES,
  },
  {
    name: 'who let it in stands in history',
    given: onTrial(
      gates([SIGNED], [CLOSED]),
      10,
      {
        status: history(['one', 3600]),
        services: { web: { on: 'two', stamp: { switchNumber: 2, previous: 'one' } } },
      },
      {
        proofs: [
          {
            ...LET_IN,
            gates: [
              { name: 'signed', digest: 'x', verdict: 'pass', message: 'approved by ann, bob', by: ['ann', 'bob'], since: NOW, at: NOW },
            ],
          },
        ],
      },
    ),
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 3_600_000,
    status: { history: [{ switchNumber: 2, approvedBy: ['ann', 'bob'] }, { switchNumber: 1 }] },
  },

  {
    name: 'who is moved there once more is let in by nobody',
    given: onTrial(
      gates([], [CLOSED]),
      10,
      {
        status: history(['one', 3600], ['two', 60], ['one', 30]),
        services: { web: { on: 'two', stamp: { switchNumber: 4, previous: 'one' } } },
      },
      { proofs: [{ ...LET_IN, gates: [{ name: 'signed', digest: 'x', verdict: 'pass', message: '', by: ['ann'], since: NOW, at: NOW }] }] },
    ),
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 3_600_000,
    status: { history: [expect.not.objectContaining({ approvedBy: expect.anything() }), {}, {}, {}] },
  },
  {
    name: 'an operator that starts anew believes what status says of the policies, and has nothing new to tell',
    given: update(gates([SIGNED]), {
      status: { observedGeneration: 6, conditions: [{ type: 'Enforced', status: 'True', reason: 'PoliciesInForce', message: 'they are' }] },
    }),
    since: 60,
    actions: [],
    conditions: ASKS,
    status: {
      versions: [
        {
          id: 'two',
          gates: expect.arrayContaining([
            expect.objectContaining({ name: 'signed', message: `0 of 2 people have approved it: kubectl iapp approve shop two -n prod` }),
          ]),
        },
        { id: 'one' },
      ],
    },
  },
  {
    name: 'and waits for them since the earlier one began to',
    given: update(gates([{ ...SIGNED, timeoutSeconds: 7_200 }]), { status: waitedSince('2026-03-01T11:00:00.000Z') }),
    actions: [],
    conditions: ASKS,
    wake: 30_000,
    status: {
      versions: [
        { id: 'two', gates: expect.arrayContaining([expect.objectContaining({ name: 'signed', startedAt: '2026-03-01T11:00:00.000Z' })]) },
        { id: 'one' },
      ],
    },
  },
  {
    name: 'so that their time is over when it is',
    given: update(gates([{ ...SIGNED, timeoutSeconds: 7_200 }]), { status: waitedSince('2026-03-01T10:00:00.000Z') }),
    actions: ['attest two.failed: GateFailed'],
    conditions: RISING,
    wake: 30_000,
  },
  {
    name: 'but not if spec has changed since, nor what it measures itself',
    given: update(
      gates([
        { ...SIGNED, timeoutSeconds: 7_200 },
        { ...HEALTHY, name: 'signed-too' },
      ]),
      {
        status: { ...waitedSince('2026-03-01T10:00:00.000Z'), observedGeneration: 5 },
      },
    ),
    actions: ['measure before/signed-too of two'],
    conditions: ASKS,
    wake: 30_000,
  },
  {
    name: 'an approval by name approves nothing, and is said to',
    given: update(gates([SIGNED]), people({ approve: '2.0 by ann, 2.0 by bob' })),
    since: 60,
    actions: [],
    conditions: ASKS,
    status: { warnings: [{ reason: 'AnnotationUnreadable' }] },
  },
  {
    name: 'a pointer waits for people before what never served',
    given: update({ ...gates([SIGNED]), activeVersion: id('two') }),
    since: 60,
    actions: [],
    conditions: ASKS,
  },
  {
    name: 'a pin waits for nobody',
    given: update(gates([SIGNED]), people({ pin: `${id('two')} until 2026-03-01T13:00:00Z` })),
    since: 60,
    actions: [OVER],
    conditions: RISING,
    wake: 3_600_000,
  },
  {
    name: 'while paused nothing moves, whoever approves',
    given: update({ ...gates([SIGNED]), paused: true }, people({ approve: `${id('two')} by ann, ${id('two')} by bob` })),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready Paused'],
  },
  {
    name: 'a line that is held holds what people have approved, too',
    given: update(gates([SIGNED]), { ...people({ approve: `${id('two')} by ann, ${id('two')} by bob` }), fleet: { line: 'incident 42' } }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready LineHeld'],
  },
  {
    name: 'nobody is asked before it is up, though somebody has approved it already',
    given: update(gates([SIGNED]), people({ approve: `${id('two')} by ann, ${id('two')} by bob` }), coming(3, 2)),
    since: 60,
    actions: [],
    conditions: RISING,
    wake: 540_000,
  },
  {
    name: 'asked for more people than before it waits for more, whatever is on record',
    given: update(gates([SIGNED]), people({ approve: `${id('two')} by ann` }), {
      ...up(3),
      proofs: [
        { phase: 'before', gates: [{ name: 'signed', digest: 'x', verdict: 'pass', message: '', by: ['ann'], since: NOW, at: NOW }] },
      ],
    }),
    since: 60,
    actions: [],
    conditions: ASKS,
  },
  {
    name: 'what is on record stays so, though approvals are taken away and status is lost',
    given: update(gates([SIGNED]), { status: 'lost' }, { ...up(3), proofs: [{ phase: 'before' }] }),
    since: 60,
    actions: [OVER],
    conditions: RISING,
  },
  {
    name: 'an approval that is not enforced decides nothing',
    given: update(gates([{ ...SIGNED, enforce: false }])),
    since: 60,
    actions: [IN, OVER],
    conditions: RISING,
  },
  {
    name: 'what every version has to be cannot be waived',
    given: update(gates([SIGNED]), people({ waive: `${id('two')}/signed, ${id('two')}/readiness` }), coming(3, 2)),
    since: 60,
    actions: [],
    conditions: RISING,
    wake: 540_000,
  },

  // Before: what people say meanwhile
  {
    name: 'a pin asks no gate',
    given: update(gates([CLOSED]), { metadata: { annotations: { 'immutableapp.io/pin': `${id('two')} until 2026-03-01T13:00:00Z` } } }),
    since: 60,
    actions: [OVER],
    conditions: RISING,
    wake: 3_600_000,
  },
  {
    name: 'a pointer asks the gates of what never served',
    given: update({ ...gates([CLOSED]), activeVersion: id('two') }),
    since: 60,
    actions: [],
    conditions: WAITS,
    wake: 3_600_000,
  },
  {
    name: 'a pointer to what is proven asks nobody',
    given: {
      latest: 'two',
      spec: { ...gates([CLOSED]), activeVersion: id('one') },
      versions: { one: up(3), two: up(3) },
      switches: ['one', 'two'],
      status: switched(10),
    },
    since: 60,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: RISING,
  },
  {
    name: 'while paused nobody is asked, and no time runs out',
    given: update({ ...gates([NEVER]), paused: true }),
    since: 6000,
    actions: [],
    conditions: ['Available Serving', 'not Ready Paused'],
  },
  {
    name: 'a rejection moves traffic back whatever the gates say',
    given: {
      ...update({ ...gates([CLOSED]) }),
      versions: { one: up(3), two: { ...up(3), rejected: 'two' } },
      switches: ['one', 'two'],
      status: switched(10),
    },
    since: 60,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'a version that was renewed before it was proven is asked anew',
    given: {
      latest: 'one',
      spec: gates([CLOSED]),
      versions: { one: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }], renewed: { nonce: 'a', instances: ['one'] } } },
      switches: ['one'],
    },
    since: 60,
    actions: [],
    conditions: WAITS,
    wake: 3_600_000,
  },
  {
    name: 'a proven version that was renewed asks nobody: a credential was rotated',
    given: { ...ROTATED, spec: gates([CLOSED], [CLOSED]) },
    ...TAKES_OVER,
  },
  {
    name: 'not even while the line is held: it is no promotion',
    given: { ...ROTATED, spec: gates([CLOSED]), fleet: { line: 'incident 42' } },
    ...TAKES_OVER,
  },
  {
    name: 'what replaces an instance that was tampered with asks nobody',
    given: {
      latest: 'one',
      spec: gates([CLOSED]),
      versions: { one: { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }], discarded: 'one' } },
      switches: ['one'],
    },
    since: 60,
    actions: ['switch web → one-2 (switch 2, from one)'],
    conditions: ['Available Serving', 'not Ready Compromised', 'Reconciling BringingUp'],
  },
  {
    name: 'and does not wait until people have approved the next version, which waits for it',
    given: update(gates([SIGNED]), { versions: { one: { ...up(3), discarded: 'one' }, two: up(3) }, recalled: ['one'] }),
    since: 60,
    actions: ['publish Deployment one-2 ×3', 'scale two 3 → 1'],
    wake: 540_000,
    conditions: ['Available Serving', 'not Ready Compromised', 'Reconciling BringingUp'],
  },
  {
    name: 'nor does a credential that is rotated meanwhile',
    given: update(gates([SIGNED]), {
      versions: { one: { ...up(3), renewed: { nonce: 'a', instances: ['one'], proven: true } }, two: up(3) },
      recalled: ['one'],
    }),
    since: 60,
    actions: ['publish Deployment one-2 ×3', 'scale two 3 → 1'],
    wake: 540_000,
    conditions: ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'],
  },
  {
    name: 'nor until somebody releases the line',
    given: update(
      {},
      {
        versions: { one: { ...up(3), discarded: 'one' }, two: up(3) },
        recalled: ['one'],
        fleet: { line: 'incident 42' },
      },
    ),
    since: 60,
    actions: ['publish Deployment one-2 ×3', 'scale two 3 → 1'],
    wake: 540_000,
    conditions: ['Available Serving', 'not Ready Compromised', 'Reconciling BringingUp'],
  },
  {
    name: 'where nothing may keep the next version waiting, that one replaces it',
    given: update({}, { versions: { one: { ...up(3), discarded: 'one' }, two: up(3) } }),
    since: 60,
    actions: [OVER],
    conditions: RISING,
  },
  {
    name: 'with status lost what was let in is still let in, and nobody else is',
    given: update(gates([OPEN], []), { status: 'lost' }, { ...up(3), proofs: [{ phase: 'before' }] }),
    since: 60,
    actions: [OVER],
    conditions: RISING,
  },

  // The line
  {
    name: 'while the line is held no promotion begins, gates or not',
    given: update({}, { fleet: { line: 'incident 42' } }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready LineHeld'],
    says: { Ready: 'two is up and waits: no promotion begins in any App, since incident 42' },
  },
  {
    name: 'what cannot be written down lets nobody in: nobody would know of the gates after the switch',
    given: update(gates([OPEN], [OPEN]), {
      refused: { [`attest ControllerRevision/two.gates-before-${digest(`uid-${id('two')}`).slice(0, 10)}`]: 'exceeded quota' },
    }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'not Ready Denied', 'Stalled Denied'],
    says: { Stalled: 'exceeded quota' },
  },
  {
    name: 'the line is held and the gates pass: nothing is written down before traffic moves',
    given: update(gates([OPEN]), { fleet: { line: 'incident 42' } }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready LineHeld'],
  },
  {
    name: 'the line holds nobody who goes back to what is proven',
    given: {
      latest: 'two',
      spec: { activeVersion: id('one') },
      versions: { one: up(3), two: up(3) },
      switches: ['one', 'two'],
      status: switched(10),
      fleet: { line: 'incident 42' },
    },
    since: 60,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: RISING,
  },

  // After
  {
    name: 'what gates judge once it serves is let in by a note that says so',
    given: update(gates([], [OPEN])),
    since: 60,
    actions: [IN, OVER],
    conditions: RISING,
  },
  {
    name: 'all gates after the switch pass: it is proven',
    given: onTrial(gates([], [OPEN])),
    since: 60,
    actions: ['attest two.gates-after: its gates after have passed'],
    conditions: SERVES,
    roles: { one: 'Warm', two: 'Active' },
  },
  {
    name: 'a gate after the switch fails: the version has failed',
    given: onTrial(gates([], [NEVER])),
    since: 60,
    actions: ['attest two.failed: GateFailed'],
    conditions: SERVES,
    wake: 3_600_000,
  },
  {
    name: 'what failed after its switch gives traffic back, and asks nobody',
    given: onTrial(
      gates([CLOSED], [NEVER]),
      10,
      {},
      { failed: { reason: 'GateFailed', message: 'gate after/hours', gate: 'after/hours', ageSeconds: 1 } },
    ),
    since: 60,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: ['Available Serving', 'not Ready VersionFailed', 'Stalled VersionFailed'],
  },
  {
    name: 'under the pointer it goes back as well, and the pointer is said to be wrong',
    given: onTrial(
      { ...gates([], [NEVER]), activeVersion: id('two') },
      10,
      { decision: id('two') },
      {
        failed: { reason: 'GateFailed', message: 'gate after/hours', by: id('two'), ageSeconds: 1 },
      },
    ),
    since: 60,
    actions: ['switch web → one (switch 3, from two)'],
    conditions: ['Available Serving', 'not Ready PointedVersionFailed', 'Stalled PointedVersionFailed'],
  },
  {
    name: 'nothing is taken back from a pin, and it is told',
    given: onTrial(gates([], [NEVER]), 10, {
      metadata: { annotations: { 'immutableapp.io/pin': `${id('two')} until 2026-03-01T13:00:00Z` } },
    }),
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 3_600_000,
    status: {
      warnings: [
        { reason: 'GateFailed', message: expect.stringContaining('it goes on serving: it is pinned, or nothing served before it') },
      ],
    },
  },
  {
    name: 'nor from what nothing served before',
    given: {
      latest: 'one',
      spec: gates([], [NEVER]),
      versions: { one: { ...up(3), proofs: [LET_IN] } },
      switches: ['one'],
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 3_600_000,
    status: { warnings: [{ reason: 'GateFailed' }] },
  },
  {
    name: 'what served before is kept for the way back until the last gate has spoken',
    given: onTrial({ ...gates([], [CLOSED]), retention: { warm: 0 } }, 5000),
    since: 5000,
    actions: [],
    conditions: SERVES,
    wake: 3_600_000,
    roles: { one: 'Warm', two: 'Active' },
  },
  {
    name: 'gates that came after its switch judge the next version',
    given: onTrial(gates([], [NEVER]), 5000, {}, { proofs: [{ phase: 'before' }] }),
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
  },
  {
    name: 'gates that are taken out let it be',
    given: onTrial(gates([], [])),
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
  },
  {
    name: 'what is settled after the switch is asked by no operator that starts anew',
    given: onTrial(gates([], [NEVER]), 5000, {}, { proofs: [LET_IN, { phase: 'after' }] }),
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
  },
  {
    name: 'with status lost what serves is still on trial',
    given: onTrial(gates([], [OPEN]), 10, { status: 'lost' }),
    since: 60,
    actions: ['attest two.gates-after: its gates after have passed'],
    conditions: SERVES,
  },
  {
    name: 'with status lost what was never on trial is not judged',
    given: onTrial(gates([], [NEVER]), 10, { status: 'lost' }, { proofs: [] }),
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
  },
  {
    name: 'the next version waits for no gate of what serves',
    given: {
      ...onTrial(gates([OPEN], [CLOSED])),
      latest: 'three',
      versions: { one: up(3), two: { ...up(3), proofs: [LET_IN] }, three: up(3) },
    },
    since: 60,
    actions: ['attest three.gates-before: its gates before let it in', 'switch web → three (switch 3, from two)'],
    conditions: RISING,
    wake: 3_600_000,
  },
  {
    name: 'who was superseded on trial is not proven, and is asked again',
    given: {
      latest: 'three',
      spec: { ...gates([CLOSED], [OPEN]), activeVersion: id('two') },
      versions: { one: cold, two: { ...up(3), proofs: [{ ...LET_IN, gates: [] }] }, three: up(3) },
      switches: ['one', 'two', 'three'],
      status: history(['one', 7000], ['two', 3600], ['three', 600]),
    },
    since: 60,
    actions: [],
    conditions: WAITS,
    wake: 3_600_000,
  },
  {
    name: 'who served for long enough while there were no gates is proven',
    given: {
      latest: 'three',
      spec: { ...gates([CLOSED], [OPEN]), activeVersion: id('two') },
      versions: { one: cold, two: up(3), three: up(3) },
      switches: ['one', 'two', 'three'],
      status: history(['one', 7000], ['two', 3600], ['three', 600]),
    },
    since: 60,
    actions: ['switch web → two (switch 4, from three)'],
    conditions: RISING,
  },
  {
    name: 'who served for less than failbackSeconds is not',
    given: {
      latest: 'three',
      spec: { ...gates([CLOSED]), activeVersion: id('two') },
      versions: { one: cold, two: up(3), three: up(3) },
      switches: ['one', 'two', 'three'],
      status: history(['one', 7000], ['two', 630], ['three', 600]),
    },
    since: 60,
    actions: [],
    conditions: WAITS,
    wake: 3_600_000,
  },
];
