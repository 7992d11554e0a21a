// Whose a name is: once a version has served under it, that version's; until then it follows new content. And what people named that is not there.
import { cold, coming, id, up } from '../given.ts';
import type { Given } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const MINTING = ['Available Serving', 'not Ready Minting', 'Reconciling Minting'];
const TAKEN = ['Available Serving', 'not Ready NameTaken', 'Stalled NameTaken'];
const RISING = ['Available Serving', 'not Ready BringingUp', 'Reconciling BringingUp'];
const NOT_FOUND = ['Available Serving', 'not Ready VersionNotFound', 'Stalled VersionNotFound'];

/** one serves; two bears the name that spec gives to three. */
const named = (two: object, more: Given = {}): Given => ({
  latest: 'three',
  versions: { one: up(3), two: { ...cold, name: '7', ...two } },
  switches: ['one'],
  status: { versions: [{ id: id('two') }, { id: id('one'), servedFrom: '2026-03-01T11:00:00Z' }] },
  trial: 'accepted',
  spec: { version: '7' },
  ...more,
});
const said = (annotation: string, typed: string, more: Given = {}): Given => ({
  latest: 'two',
  versions: { one: { ...up(3), name: '1.0' }, two: { ...up(3), name: '2.0' } },
  switches: ['one', 'two'],
  metadata: { annotations: { [`immutableapp.io/${annotation}`]: typed } },
  ...more,
});
const short = (name: string): string => id(name).slice('shop-'.length);
/** A changed ConfigMap made siteb of sitea. */
const CAPTURED: Given = {
  latest: 'siteb',
  versions: { sitea: { ...cold, name: '1.0' }, siteb: up(3) },
  switches: ['sitea', 'siteb'],
  sources: { site: { says: 'b', read: {} } },
};
const warned = (reason: string, message: string) => ({ warnings: [{ reason, message }] });

export const NAMING: readonly Row[] = [
  ...(
    [
      ['never ran', {}],
      ['failed', { failed: {} }],
      ['was being brought up', coming(3)],
    ] as const
  ).map(([what, two]): Row => ({
    name: `the name of a version that ${what} goes to the next content`,
    given: named(two),
    since: 60,
    actions: ['publish record three #3 "7"', ...(what === 'was being brought up' ? ['retire Deployment two: superseded'] : [])],
    conditions: MINTING,
  })),
  ...(
    [
      ['served', {}, { switches: ['two', 'one'] }, 'which has served'],
      [
        'served before history began',
        {},
        { status: { versions: [{ id: id('two'), servedFrom: '2026-01-01T00:00:00Z' }] } },
        'which has served',
      ],
      ['may have served, for status is lost', {}, { status: 'lost' }, 'which has served'],
      ['served in another life', { restored: true }, {}, 'which has served'],
      ['was rejected', { rejected: '7' }, {}, 'which was rejected'],
    ] as const
  ).map(([what, two, more, says]): Row => ({
    name: `the name of a version that ${what} is its own: the way out is told`,
    given: named(two, more as Given),
    since: 60,
    actions: [],
    conditions: TAKEN,

    says: { Stalled: `spec.version "7" already names other content (two, ${says}): use "7-2", or leave spec.version out` },
  })),
  {
    name: 'two records say the same name: the later has it',
    given: named({}, { versions: { one: up(3), two: { ...cold, name: '7' }, three: { ...cold, name: '7' } } }),
    since: 60,
    actions: ['publish Deployment three ×3'],
    conditions: RISING,
    status: { versions: [{ id: 'three', names: ['7'] }, { id: 'two' }, { id: 'one' }] },
  },
  {
    name: 'and so it is for the pointer, with status lost',
    given: named(
      {},
      {
        versions: { one: up(3), two: { ...up(3), name: '7' }, three: { ...up(3), name: '7' } },
        spec: { version: '7', activeVersion: '7' },
        status: 'lost',
      },
    ),
    since: 60,
    actions: ['switch web → three (switch 2, from one)'],
    conditions: RISING,
    wake: 600_000,
  },
  {
    name: 'spec goes back to the content that lost its name: it gets it back as an alias',
    given: named(
      {},
      {
        latest: 'two',
        versions: { one: up(3), two: { ...cold, name: '7' }, three: { ...cold, name: '7' } },
      },
    ),
    since: 60,
    actions: ['attest two.alias: spec.version calls it 7', 'publish Deployment two ×3'],
    conditions: RISING,
  },
  {
    name: 'an alias goes before records, and gives way to the next content',
    given: named({}, { versions: { one: up(3), two: { ...cold, name: '7' }, four: { ...cold, alias: '7' } } }),
    since: 60,
    actions: ['retire ControllerRevision four.alias: alias no more: three has the name now', 'publish record three #4 "7"'],
    conditions: MINTING,
  },
  // What people named that is not there
  {
    name: 'a rejection that names nothing is told, with what was meant and what serves',
    given: said('reject', '2.O'),
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
    status: warned(
      'VersionNotFound',
      'annotation immutableapp.io/reject names "2.O", which does not exist: nothing was rejected; use one of 2.0, 1.0; it serves two (2.0)',
    ),
  },
  {
    name: 'a renewal that names nothing is told',
    given: said('renew', 'nonsense@1'),
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
    status: warned(
      'VersionNotFound',
      'annotation immutableapp.io/renew names "nonsense", which does not exist: nothing was renewed; use one of 2.0, 1.0; it serves two (2.0)',
    ),
  },
  {
    name: 'an annotation that is none of ours is told, with the one that was meant',
    given: said('rejected', '2.0'),
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
    status: warned(
      'AnnotationUnknown',
      'annotation immutableapp.io/rejected is not read on an ImmutableApp and does nothing: did you mean immutableapp.io/reject?',
    ),
  },
  ...(
    [
      ['none is defined', {}, 'team-a', 'the platform defines none'],
      [
        'others are',
        {
          gateSources: [
            { name: 'team-b', namespaces: undefined },
            { name: 'team-a', namespaces: ['other'] },
          ],
        },
        'team-a',
        'there are team-b',
      ],
    ] as const
  ).map(([what, fleet, name, known]): Row => ({
    name: `a receiver that does not exist for this namespace is told and holds up nothing: ${what}`,
    given: { latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one', 'two'], spec: { notify: [name] }, fleet },
    since: 60,
    actions: [],
    conditions: SERVES,
    wake: 600_000,
    status: warned('ReceiverUnknown', `spec.notify names "${name}", which is not defined for namespace prod: ${known}`),
  })),
  {
    name: 'an unknown pointer: what is spelt like it first, then what served, and not what failed',
    given: {
      latest: 'two',
      versions: {
        one: { ...cold, name: '1.0' },
        three: { ...cold, name: '3.0', failed: {} },
        four: { ...cold, name: '4.0' },
        two: { ...up(3), name: '2.0' },
      },
      switches: ['one', 'two'],
      status: { versions: [{ id: id('four') }, { id: id('three') }] },
      spec: { activeVersion: '4.o' },
      decision: '',
    },
    since: 600,
    actions: [],
    conditions: NOT_FOUND,
    says: { Stalled: '"4.o", which does not exist: use one of 4.0, 2.0' },
  },
  ...(
    [
      ['failed', { failed: {} }],
      ['was rejected', { rejected: '3.0' }],
    ] as const
  ).map(([fate, three]): Row => ({
    name: `an unknown pointer that is spelt like what ${fate}: that is said, and nobody is sent there`,
    given: said('pin', '3.00 until 2026-03-02T00:00:00Z', {
      versions: { one: { ...up(3), name: '1.0' }, three: { ...cold, name: '3.0', ...three }, two: { ...up(3), name: '2.0' } },
    }),
    since: 60,
    actions: [],
    conditions: NOT_FOUND,
    wake: 600_000,
    says: { Stalled: `"3.00", which does not exist: 3.0 is spelt like it and ${fate}; use one of 2.0, 1.0` },
  })),
  {
    name: 'an id may be typed as lists show it, without the name of the App',
    given: said('reject', short('two')),
    since: 60,
    actions: ['switch web → one (switch 3, from two)', `attest two.rejected: annotation immutableapp.io/reject lists it`],
    conditions: ['Available Serving', 'not Ready VersionRejected', 'Stalled VersionRejected'],
  },
  {
    name: 'so it may be in the pointer',
    given: said('', '', { spec: { activeVersion: short('one') }, decision: short('one'), switches: ['two', 'one'] }),
    since: 60,
    actions: [],
    conditions: ['Available Serving', 'Ready AwaitingActivation'],
    wake: 600_000,
  },
  ...['1.0+site', `1.0+site (${short('siteb')})`].map((typed): Row => ({
    name: `what lists show in place of a name is none, and the id that is meant is told (${typed})`,
    given: { ...CAPTURED, spec: { activeVersion: typed }, decision: '' },
    since: 60,
    actions: [],
    conditions: NOT_FOUND,
    says: { Stalled: `names "${typed}", which does not exist: that is how one is shown, and no name: use siteb` },
  })),
  // What serves is alike but for what it captured.
  {
    name: 'a rejection by name while a ConfigMap made something else of that version: it serves on, and the way is told',
    given: { ...CAPTURED, metadata: { annotations: { 'immutableapp.io/reject': '1.0' } } },
    since: 60,
    actions: ['attest sitea.rejected: annotation immutableapp.io/reject lists it'],
    conditions: SERVES,
    status: warned(
      'ServesAlike',
      `annotation immutableapp.io/reject names "1.0", and what serves is 1.0+site (${short('siteb')}), of the same template with other captured ConfigMaps: it serves on. To go back from it, too: kubectl annotate -n prod iapp/shop --overwrite --field-manager=oncall-$USER immutableapp.io/reject="1.0,siteb"`,
    ),
  },
  {
    name: 'what was switched to after the rejection was wanted',
    given: {
      ...CAPTURED,
      versions: { sitea: { ...cold, name: '1.0', rejected: '1.0' }, siteb: up(3) },
      metadata: { annotations: { 'immutableapp.io/reject': '1.0' } },
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { warnings: [] },
  },
  ...(
    [
      ['dropped', 'one', '1.0', 'it served until 2026-03-01T11:00:00Z and was dropped beyond retention.versions 10; use one of 2.0'],
      ['dropped, and is typed as lists showed it', 'one', short('one'), 'it served until 2026-03-01T11:00:00Z and was dropped beyond'],
      ['there, under another name', 'two', '1.0', '"1.0", which does not exist: use one of 2.0'],
    ] as const
  ).map(([fate, was, typed, says]): Row => ({
    name: `history tells what had a name once: it is ${fate}`,
    given: {
      latest: 'two',
      versions: { two: { ...up(3), name: '2.0' } },
      switches: [was, 'two'],
      status: {
        history: [
          { switchNumber: 2, at: '2026-03-01T11:00:00Z', from: id(was), to: id('two'), name: '2.0', reason: 'Automatic' },
          { switchNumber: 1, at: '2026-03-01T10:00:00Z', from: '', to: id(was), name: '1.0', reason: 'Automatic' },
        ],
      },
      spec: { activeVersion: typed },
      decision: '',
    },
    since: 600,
    actions: [],
    conditions: NOT_FOUND,
    says: { Stalled: says },
  })),
  {
    name: 'an unknown pointer to what has served: retention dropped it',
    given: {
      latest: 'two',
      versions: { two: { ...up(3), name: '2.0' } },
      switches: ['one', 'two'],
      spec: { activeVersion: id('one') },
      decision: '',
    },
    since: 600,
    actions: [],
    conditions: NOT_FOUND,
    says: {
      Stalled: 'it served until 2026-03-01T11:00:00.000Z and was dropped beyond retention.versions 10; use one of 2.0',
    },
  },
];
