// What humans decided: which of it is in force, which was acted on before, and what status remembers of it.
import { describe, expect, test } from '@jest/globals';
import type { App, Status } from '../../src/model/app.ts';
import { DEFAULTS } from '../../src/model/settings.ts';
import { plan } from '../../src/plan/plan.ts';
import { intents } from '../../src/plan/choose/intents.ts';
import { choose } from '../../src/plan/choose/pointer.ts';
import { readRouting } from '../../src/plan/read/routing.ts';
import { startTimer } from '../../src/plan/read/timer.ts';
import { joinVersions } from '../../src/plan/read/versions.ts';
import type { Given } from '../given.ts';
import { cold, coming, contentIn, given, id, nick, NOW, up } from '../given.ts';
import { lines } from './table.ts';

const PIN = '1.0 until 2026-03-01T13:00:00Z';
const pinned = { metadata: { annotations: { 'immutableapp.io/pin': PIN } } };
const named = { one: { ...up(3), name: '1.0' } };

test.each<[string, Given, Status, readonly [why: string, known: boolean][]]>([
  ['nothing', {}, {}, []],
  ['a pin, with status lost', pinned, {}, [['Pinned', true]]],
  ['a pin that was acted on', pinned, { pinned: PIN }, [['Pinned', true]]],
  ['a pin that is new', pinned, { pinned: '' }, [['Pinned', false]]],
  ['a pointer, with status lost', { spec: { activeVersion: '1.0' } }, {}, [['Activated', true]]],
  ['a pointer that was acted on', { spec: { activeVersion: '1.0' } }, { decision: '1.0' }, [['Activated', true]]],
  ['a pointer that is new', { spec: { activeVersion: '1.0' } }, { decision: '' }, [['Activated', false]]],
  [
    'both, the pin first',
    { ...pinned, spec: { activeVersion: '2.0' } },
    { pinned: PIN, decision: '1.0' },
    [
      ['Pinned', true],
      ['Activated', false],
    ],
  ],
])('in force: %s', (_what, facts, status, expected) => {
  const app = given(facts).app as App;
  expect(intents({ ...app, status }, startTimer({}, NOW)).map(({ why, known }) => [why, known])).toEqual(expected);
});

const held = (by: string): Given['versions'] => ({ ...named, two: { ...up(3), held: by } });
test.each<[string, Given, string, string]>([
  ['nobody decided', { versions: named, switches: ['one'] }, '', ''],
  ['a pointer, once its hold is on record', { versions: held('1.0')!, spec: { activeVersion: '1.0' }, decision: 'before' }, '1.0', ''],
  ['not before', { versions: { ...named, two: up(3) }, spec: { activeVersion: '1.0' }, decision: 'before' }, '', ''],
  ['not before, with status lost', { versions: { ...named, two: up(3) }, spec: { activeVersion: '1.0' }, status: 'lost' }, '', ''],
  ['neither a pointer that cannot be followed, nor the one before it', { spec: { activeVersion: '9' }, decision: '1.0' }, '', ''],
  ['a pointer that cannot be followed any more', { spec: { activeVersion: '9' }, decision: '9' }, '9', ''],
  ['a pin, once its hold is on record', { versions: held(PIN)!, ...pinned, status: { pinned: 'before' } }, '', PIN],
  ['a pin, not before', { versions: { ...named, two: up(3) }, ...pinned, status: { pinned: 'before' } }, '', ''],
  ['both', { versions: held(PIN)!, ...pinned, spec: { activeVersion: '1.0' }, status: { pinned: PIN, decision: '1.0' } }, '1.0', PIN],
  ['a pointer that cannot be followed, with status lost', { versions: held('1.0')!, spec: { activeVersion: '9' }, status: 'lost' }, '', ''],
  ['a pin that cannot be followed, with status lost', { versions: { two: up(3) }, ...pinned, status: 'lost' }, '', ''],
  [
    'a pointer, while the pin is still to be acted on',
    {
      versions: { one: { ...up(3), name: '1.0', held: 'x' }, two: up(3) },
      ...pinned,
      spec: { activeVersion: '9' },
      status: { pinned: '', decision: '9' },
    },
    '9',
    '',
  ],
  ['a decision that was taken back', { versions: held('1.0')!, status: { decision: '1.0', pinned: PIN } }, '', ''],
])('status remembers: %s', (_what, facts, decision, pin) => {
  const { status } = plan(given({ latest: 'two', switches: ['one'], ...facts }), NOW);
  expect([status.decision, status.pinned]).toEqual([decision, pin]);
});

const attested = (facts: Given): string[] =>
  lines(plan(given({ latest: 'two', switches: ['one'], ...facts }), NOW).actions).filter((line) => line.startsWith('attest'));
test.each<[string, Given, readonly string[]]>([
  [
    'a new pointer',
    { versions: { ...named, two: up(3) }, spec: { activeVersion: '1.0' }, decision: '' },
    ['attest two.held: spec.activeVersion names one (1.0)'],
  ],
  ['no second one', { versions: held('another')!, spec: { activeVersion: '1.0' }, decision: '' }, []],
  ['a pin that was acted on', { versions: { ...named, two: up(3) }, ...pinned, status: { pinned: PIN } }, []],
  [
    'content that came after the decision',
    { latest: 'three', versions: { ...held('1.0'), three: up(3) }, spec: { activeVersion: '1.0' }, decision: '' },
    [],
  ],
])('holds Latest: %s', (_what, facts, expected) => {
  expect(attested(facts)).toEqual(expected);
});

test('a renewal replaces those of which no instance is left', () => {
  const instances = [{ replicas: 3, ordinal: 2 }];
  const renew = (renewed: readonly string[]) => {
    const metadata = { annotations: { 'immutableapp.io/renew': `${id('one')}@new` } };
    const facts: Given = { versions: { one: { instances, renewed: { nonce: 'old', instances: renewed } } }, switches: ['one-2'], metadata };
    return lines(plan(given(facts), NOW).actions).filter((line) => line.startsWith('retire'));
  };
  expect(renew(['one'])).toEqual(['retire ControllerRevision one.renewed: renewed no more: renewed as new']);
  expect(renew(['one', 'one-2'])).toEqual([]);
});

const AGO = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();
const RENEW = { 'immutableapp.io/renew': `${id('one')}@new` };
const since = (seconds: number): Partial<Given> => ({
  status: { history: [{ switchNumber: 1, at: AGO(seconds), to: id('one'), from: '' }] },
  metadata: { annotations: RENEW },
});
test.each<[string, boolean, Partial<Given>]>([
  ['served for long enough', true, since(3600)],
  ['has just begun to serve', false, since(10)],
  ['was rejected', false, { ...since(3600), metadata: { annotations: { ...RENEW, 'immutableapp.io/reject': id('one') } } }],
  ['failed', false, { ...since(3600), versions: { one: { ...up(3), failed: {} } } }],
])('a renewal remembers whether a version is proven: it %s', (_, proven, facts) => {
  const { actions } = plan(given({ versions: { one: up(3) }, switches: ['one'], ...facts }), NOW);
  const recorded = actions.flatMap((action) =>
    action.do === 'attest' && action.fact.is === 'renewed' ? [action.fact.proven === true] : [],
  );
  expect(recorded).toEqual([proven]);
});

function choice(facts: Given) {
  const seen = given(facts);
  const app = seen.app as App;
  const timer = startTimer({}, NOW);
  const scene = {
    seen,
    app,
    versions: joinVersions(seen, app, app, timer),
    timer,
    settings: DEFAULTS,
    capture: { content: contentIn(seen), actions: [], unasked: false },
  };
  const { version, trouble, ...rest } = choose(scene, readRouting(scene));
  return { ...rest, version: nick(version?.id ?? ''), trouble: trouble?.reason };
}
const MANUAL = { promotion: { mode: 'Manual' } };
test.each<[string, Given, ReturnType<typeof choice>]>([
  ['Latest', {}, { version: 'two', why: 'Automatic', pointed: false, by: '', trouble: undefined }],
  ['by hand', { spec: MANUAL }, { version: 'one', why: 'Hold', pointed: false, by: '', trouble: undefined }],
  ['named', { spec: { activeVersion: '1.0' } }, { version: 'one', why: 'Activated', pointed: true, by: '1.0', trouble: undefined }],
  ['pinned', pinned, { version: 'one', why: 'Pinned', pointed: true, by: PIN, trouble: undefined }],
  ['unknown', { spec: { activeVersion: '9' } }, { version: 'one', why: 'Hold', pointed: false, by: '9', trouble: 'VersionNotFound' }],
  [
    'by hand, and what serves is rejected without a predecessor',
    { spec: MANUAL, versions: { one: { ...up(3), rejected: 'x' }, two: up(3) } },
    { version: 'one', why: 'Hold', pointed: false, by: '', trouble: 'VersionRejected' },
  ],
  [
    'by hand, and nothing serves: the only version failed',
    { spec: MANUAL, versions: { two: { ...up(0), failed: {} } }, switches: [] },
    { version: '', why: 'Hold', pointed: false, by: '', trouble: 'VersionFailed' },
  ],
  [
    'held, and nothing serves',
    { versions: { two: { ...up(3), held: 'x' } }, switches: [] },
    { version: 'two', why: 'Automatic', pointed: false, by: '', trouble: undefined },
  ],
  [
    'held, and something serves',
    { versions: { ...named, two: { ...up(3), held: 'x' } } },
    { version: 'one', why: 'Hold', pointed: false, by: '', trouble: undefined },
  ],
  [
    'what serves failed, and what served before has lost its record',
    { versions: { one: { ...up(3), record: 'lost' }, two: { ...up(3), failed: {} } }, switches: ['one', 'two'] },
    { version: 'two', why: 'Hold', pointed: false, by: '', trouble: 'VersionFailed' },
  ],
  [
    'what serves failed, and so did what served before',
    { versions: { one: { ...up(3), failed: {} }, two: { ...up(3), failed: {} } }, switches: ['one', 'two'] },
    { version: 'two', why: 'Hold', pointed: false, by: '', trouble: 'VersionFailed' },
  ],
])('chosen: %s', (_what, facts, expected) => {
  expect(choice({ latest: 'two', versions: { ...named, two: up(3) }, switches: ['one'], ...facts })).toEqual(expected);
});

test('an unknown pointer names five versions that there are, the newest first, and none without a record', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const versions = Object.fromEntries(names.map((name) => [name, { ...cold, name: `v${name}` }]));
  const message = (facts: Given) =>
    plan(given({ spec: { activeVersion: '9' }, ...facts }), NOW).status.conditions?.find(({ type }) => type === 'Stalled')?.message;
  expect(message({ latest: 'f', versions })).toBe('spec.activeVersion names "9", which does not exist: use one of vf, ve, vd, vc, vb');
  expect(message({ latest: 'new', versions: {} })).toMatch(/exist: there are no versions yet$/);
  expect(message({ latest: 'new', versions: { a: { ...up(1), record: 'lost' }, b: { name: 'vb' } } })).toMatch(/: use one of vb$/);
});

describe('an unknown pointer', () => {
  const [LATER, NOW_ISO] = ['2026-03-01T11:30:00Z', '2026-03-01T11:45:00Z'];
  const facts: Given = { latest: 'a', versions: { a: { ...up(3), name: 'va' }, b: { ...cold, name: 'vb' } }, switches: ['a'] };
  const history = (...switches: readonly (readonly [to: string, name?: string])[]) => ({
    history: switches.map(([to, name], i) => ({
      switchNumber: switches.length - i,
      at: i === 0 ? NOW_ISO : LATER,
      from: switches[i + 1]?.[0] ?? '',
      to,
      reason: 'Automatic',
      ...(name === undefined ? {} : { name }),
    })),
  });
  const GONE = 'shop-bcdfghjklm';

  test.each<[string, string, Given, string]>([
    ['is told what served, and not what only came up', '9', {}, 'use one of va'],
    ['may have meant what never served, too', 'vB', {}, 'use one of vb, va'],
    [
      'is told which served once and is gone, by name',
      '9',
      { status: history([id('a'), 'va'], [GONE, '9']) },
      `it served until ${NOW_ISO} and was dropped beyond retention.versions 10; use one of va`,
    ],
    [
      'or by its id',
      GONE,
      { status: history([id('a'), 'va'], [GONE, '9'], [id('a'), 'va']) },
      `it served until ${NOW_ISO} and was dropped beyond retention.versions 10; use one of va`,
    ],
    [
      'or by the id that lists show',
      'bcdfghjklm',
      { status: history([id('a'), 'va'], [GONE, '9']) },
      `it served until ${NOW_ISO} and was dropped beyond retention.versions 10; use one of va`,
    ],
    ['hears nothing of one that may serve yet', '9', { status: history([GONE, '9'], [id('a'), 'va']) }, 'use one of va'],
    [
      'nor of one that serves again, as far as history says',
      GONE,
      { status: history([GONE, '9'], [id('a'), 'va'], [GONE, '9'], [id('a'), 'va']) },
      'use one of va',
    ],
    ['nor of a name that one had that is still there', '9', { status: history([id('b'), 'vb'], [id('a'), '9']) }, 'use one of va, vb'],
    [
      'is not sent to what failed, even where its id was meant',
      id('b').slice(0, -1),
      { versions: { a: { ...up(3), name: 'va' }, b: { ...cold, name: 'vb', failed: {} } } },
      `${id('b')} is spelt like it and failed; use one of va`,
    ],
    [
      'nor to anything where nothing is left',
      '9',
      { versions: { a: { ...up(3), name: 'va', failed: {} } } },
      'no existing version can serve',
    ],
  ])('%s', (_, typed, more, expected) => {
    const { status } = plan(given({ ...facts, spec: { activeVersion: typed }, ...more }), NOW);
    const message = status.conditions?.find(({ type }) => type === 'Stalled')?.message;
    expect(message).toBe(`spec.activeVersion names "${typed}", which does not exist: ${expected}`);
  });
});

test('what never became ready has no container before the present one to read', () => {
  const failed = { cause: 'version', reason: 'NotReadyInTime', message: 'pod x is not ready', ageSeconds: 60 } as const;
  const facts: Given = { latest: 'two', versions: { one: up(3), two: { ...coming(1), failed } }, switches: ['one'] };
  const { status } = plan(given(facts), NOW);
  const message = status.conditions?.find(({ type }) => type === 'Stalled')?.message;
  expect(message).toMatch(/; its last pod stays until 2026-03-01T12:09:00Z: kubectl logs .* --all-containers --tail=-1$/);
});

test('with nothing to wait for only a change matters: of an App that goes, and of one that cannot be read', () => {
  const wake = (facts: Given) => plan(given(facts), NOW).wake;
  expect(wake({ metadata: { deletionTimestamp: '2026-03-01T12:00:00Z' } })).toBe('await-change');
  expect(wake({ spec: { template: {} } })).toBe('await-change');
});

describe('a version that was passed over before it had a record', () => {
  const two: Given = {
    latest: 'three',
    versions: { one: { ...up(3), name: '1.0' }, two: up(3) },
    switches: ['one', 'two', 'one'],
    trial: 'accepted',
    decision: '',
  };
  const refused = { refused: { 'publish ControllerRevision/three': 'exceeded quota' } };
  /** What is remembered after somebody named 1.0 while the API server refused to record three. */
  const { notes } = plan(given({ ...two, ...refused, spec: { activeVersion: '1.0' } }), NOW - 60_000);
  const later = (facts: Given, before = notes) => plan(given({ ...facts, notes: before }), NOW);
  const recorded: Given = { ...two, versions: { ...two.versions, three: cold } };

  test('is held once it has one, though nobody names another any more', () => {
    const waiting = later({ ...two, ...refused });
    expect(lines(waiting.actions).filter((line) => /three/.test(line))).toEqual([]);
    const { actions, status } = later(recorded, waiting.notes);
    expect(lines(actions)).toEqual([expect.stringMatching(/^attest three.held: /)]);
    expect(status.conditions?.find(({ type }) => type === 'UpToDate')).toMatchObject({ status: 'False', reason: 'Held' });
  });
  test('is free once somebody names it', () => {
    const named = later({ ...two, ...refused, spec: { version: '3.0', activeVersion: '3.0' } });
    expect(lines(later(recorded, named.notes).actions)).toEqual([expect.stringMatching(/^publish Deployment three/)]);
  });
  test('is what serves next, if nobody ever named another', () => {
    const calm = plan(given({ ...two, ...refused }), NOW - 60_000);
    expect(lines(later(recorded, calm.notes).actions)).toEqual([expect.stringMatching(/^publish Deployment three/)]);
  });
  test('other content is free', () => {
    const { actions } = later({ ...two, latest: 'four', versions: { ...two.versions, four: cold } });
    expect(lines(actions)).toEqual([expect.stringMatching(/^publish Deployment four/)]);
  });
});
