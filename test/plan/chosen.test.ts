// Which version is chosen, which is passed over, who is behind it, and what people are told who named none: each part of that asked alone.
import { describe, expect, test } from '@jest/globals';
import type { App, Status } from '../../src/model/app.ts';
import type { Fact, Notes } from '../../src/model/observed.ts';
import { DEFAULTS } from '../../src/model/settings.ts';
import { causeOf } from '../../src/plan/choose/author.ts';
import { settle } from '../../src/plan/choose/capture.ts';
import { boundTo, passedOver } from '../../src/plan/choose/held.ts';
import { hint } from '../../src/plan/choose/hint.ts';
import { plan } from '../../src/plan/plan.ts';
import { startTimer } from '../../src/plan/read/timer.ts';
import type { Given, VersionGiven } from '../given.ts';
import { cold, given, id, nick, NOW, siteOf, up } from '../given.ts';
import { stageOf } from './stage.ts';

const HOUR_AGO = '2026-03-01T11:00:00.000Z';
const RELEASE = 'name it in spec.activeVersion to release it, or push another template';

/** What a process remembers of a fact that the API server did not store. */
const owed = (version: string, fact: Extract<Fact, { is: 'held' | 'failed' }>): Notes => ({
  [`owed ${id(version)}.${fact.is}`]: { value: JSON.stringify({ fact, createdAt: NOW - 60_000 }), since: NOW - 60_000 },
});
/** What is noted when everything has looked like this for ten minutes. */
const calm = (facts: Given): Notes => plan(given(facts), NOW - 600_000).notes;

describe('decided against', () => {
  const REJECTED: VersionGiven = { rejected: 'x' };
  /** sitea serves; newsitea, newsiteb and newsitec differ only in what they captured. */
  const facts = (latest: string, versions: Given['versions'], more: Partial<Given> = {}): Given => ({
    latest,
    versions: { sitea: up(3), ...versions },
    switches: ['sitea'],
    sources: { site: { says: latest.slice(-1), read: {} } },
    ...more,
  });
  const against = (given: Given, name: string, notes: Notes = calm(given)): string | undefined => {
    const stage = stageOf(given, notes);
    const passed = passedOver(stage, stage.versions.of(id(name))!);
    return passed && nick(`${passed.reason}: ${passed.message}`);
  };
  const alike = (other: string) =>
    `HeldAlong: held, for it has the template and config of ${other}, which was rejected, and only captured ConfigMaps differ: ${RELEASE}`;

  test.each<[string, Given, string, string | undefined]>([
    [
      'what has the template of a rejected version is held, Latest or not',
      facts('two', { newsitea: REJECTED, newsiteb: cold }),
      'newsiteb',
      alike('newsitea'),
    ],
    ['and so is Latest before it has a record', facts('newsiteb', { newsitea: REJECTED }), 'newsiteb', alike('newsitea')],
    ['a rejected version is not held along with itself', facts('two', { newsitea: REJECTED, newsiteb: cold }), 'newsitea', undefined],
    [
      'nothing is known of what has lost its record',
      facts('newsiteb', { newsitea: REJECTED, newsiteb: cold, four: { ...up(1), record: 'lost' } }),
      'four',
      undefined,
    ],
    [
      'of a renewal and a rejection that came later the later counts, though Latest is the one that was renewed',
      facts('newsitea', { newsitea: { renewed: { nonce: '1' } }, newsiteb: REJECTED, newsitec: cold }),
      'newsitec',
      alike('newsiteb'),
    ],
    [
      'what served long ago is free',
      facts(
        'newsiteb',
        { newsiteb: cold, newsitea: REJECTED, two: up(3) },
        { switches: ['newsiteb', 'newsitea', 'sitea', 'two', 'sitea'] },
      ),
      'newsiteb',
      undefined,
    ],
  ])('%s', (_what, given, name, expected) => {
    expect(against(given, name)).toBe(expected);
  });

  test('a hold that is yet to be recorded counts for Latest alone', () => {
    const hold = owed('two', { is: 'held', by: '1.0' });
    const versions = { sitea: up(3), two: cold, three: cold };
    expect(against({ latest: 'two', versions, switches: ['sitea'] }, 'two', hold)).toBe(
      'Held: held, since spec.activeVersion was set to "1.0" at 2026-03-01T11:59:00Z: name it in spec.activeVersion to release it, or push other content',
    );
    expect(against({ latest: 'three', versions, switches: ['sitea'] }, 'two', hold)).toBeUndefined();
  });

  test('of versions that nobody decided against none is bound to another', () => {
    const stage = stageOf(facts('newsiteb', { newsitea: cold, newsiteb: cold }));
    expect(stage.versions.all.map((version) => boundTo(stage, version))).toEqual([undefined, undefined, undefined]);
  });
});

describe('chosen', () => {
  const both: Given = { latest: 'two', versions: { one: { ...up(3), name: '1.0' }, two: up(3) }, switches: ['one'] };
  const choice = (facts: Given, notes: Notes = {}) => {
    const { version, why, trouble } = stageOf({ ...both, ...facts }, notes).choice;
    return nick([version?.id ?? 'nothing', why, ...(trouble === undefined ? [] : [`${trouble.reason}: ${trouble.message}`])].join(' '));
  };
  const MANUAL = { promotion: { mode: 'Manual' } };
  const renewal = (name: string) =>
    `kubectl annotate -n prod iapp/shop --overwrite --field-manager=oncall-$USER immutableapp.io/renew="${name}@$(date +%s)"`;

  test.each<[string, string, Given]>([
    [
      'by hand, what served before what failed, without a word',
      'one Hold',
      { spec: MANUAL, versions: { one: up(3), two: { ...up(3), failed: {} } }, switches: ['one', 'two'] },
    ],
    [
      'new content, though what serves was rejected and something sound served before',
      'three Automatic',
      { latest: 'three', versions: { one: up(3), two: { ...up(3), rejected: 'x' }, three: cold }, switches: ['one', 'two'] },
    ],
    [
      'not new content that has no record yet, where something sound served before what was rejected',
      'one Hold',
      { latest: 'three', versions: { one: up(3), two: { ...up(3), rejected: 'x' } }, switches: ['one', 'two'] },
    ],
    [
      'by hand, nothing once it was reported that nobody knows what serves',
      'nothing Hold RouteUnknown: it is unknown which version serves: name one in spec.activeVersion',
      {
        spec: MANUAL,
        versions: { one: cold, two: cold },
        switches: [],
        status: {
          conditions: [
            { type: 'Available', status: 'False', reason: 'NothingServes' },
            { type: 'Stalled', status: 'True', reason: 'RouteUnknown' },
          ],
        },
      },
    ],
    [
      'by hand, the latest where nothing has ever served, whatever else was reported',
      'two Automatic',
      {
        spec: MANUAL,
        versions: { one: cold, two: cold },
        switches: [],
        status: { conditions: [{ type: 'Available', status: 'False', reason: 'NothingServes' }] },
      },
    ],
  ])('%s', (_what, expected, facts) => {
    expect(choice(facts)).toBe(expected);
  });

  test('where nothing serves and Latest is held along: nothing, and what is held is told, by its id if that is known', () => {
    const facts: Given = {
      latest: 'newsiteb',
      versions: { newsitea: { rejected: 'x' } },
      switches: [],
      status: { latestVersion: id('two') },
      sources: { site: { says: 'b' } },
    };
    const held = `held, for it has the template and config of newsitea, which was rejected, and only captured ConfigMaps differ: ${RELEASE}`;
    expect(choice(facts)).toBe(`nothing Hold HeldAlong: what spec says is ${held}`);
    expect(choice({ ...facts, versions: { ...facts.versions, newsiteb: cold } })).toBe(`nothing Hold HeldAlong: newsiteb is ${held}`);
  });

  const FAILED = { is: 'failed', instance: id('two') as never, by: id('two'), cause: 'version', attempt: 0 } as const;
  test('what failed under a pointer is not tried again under it, though the API server does not store the failure', () => {
    const unstored = owed('two', { ...FAILED, reason: 'CrashLoop', message: 'container main crashed' });
    const why = 'two failed (CrashLoop: container main crashed), which the API server refuses to store';
    expect(choice({ spec: { activeVersion: id('two') } }, unstored)).toBe(
      `one Hold PointedVersionFailed: ${why}: name another version in spec.activeVersion`,
    );
    expect(choice({ spec: { activeVersion: id('two').slice('shop-'.length) } }, unstored)).toBe('two Activated');
  });

  describe('of a version that failed under the pointer that names it', () => {
    const refused = `one Hold PointedVersionFailed: two failed (CrashLoop: 0 of 3 pods are available): name another version in spec.activeVersion, or retry it with ${renewal('two')}`;
    const facts: Given = {
      versions: { one: up(3), two: { ...up(0), failed: { by: id('two') } } },
      spec: { activeVersion: id('two') },
      decision: '',
    };
    const failed = (name: string, at = HOUR_AGO) => ({ id: id(name), failure: { instance: id(name), at } });
    const reported = (...versions: NonNullable<Status['versions']>) => ({ status: { versions } });

    test('the pointer is set anew after the failure was reported: it is tried again', () => {
      expect(choice({ ...facts, ...reported(failed('two')) })).toBe('two Activated');
    });
    test.each<[string, Given]>([
      ['it is still the same pointer', { ...reported(failed('two')), decision: id('two') }],
      ['Latest has no record yet, so this pointer is not acted on yet', { ...reported(failed('two')), latest: 'three' }],
      [
        'what was reported is another failure, and one of another version at the same time',
        reported({ id: id('one') }, failed('three'), failed('two', '2026-03-01T10:00:00.000Z')),
      ],
    ])('%s: it is not', (_what, more) => {
      expect(choice({ ...facts, ...more })).toBe(refused);
    });
  });

  describe('after traffic was taken back', () => {
    const back = (from: string) => ({
      status: { history: [{ switchNumber: 3, at: HOUR_AGO, from: id(from), to: id('one'), reason: 'Reverted' }] },
      switches: ['one', 'two', 'one'],
    });
    test.each<[string, string, Given]>([
      [
        'from Latest: it is not tried again',
        `one Hold VersionFailed: traffic was taken back from two at ${HOUR_AGO}, and the reason is not recorded: change spec, or retry it with ${renewal('two')}`,
        back('two'),
      ],
      ['from another version', 'two Automatic', { ...back('three'), versions: { one: up(3), two: up(3), three: cold } }],
      ['from a version that is gone', 'two Automatic', back('three')],
      [
        'for a fault of the cluster, a while ago',
        'two Automatic',
        { ...back('two'), versions: { one: up(3), two: { ...up(3), failed: { cause: 'cluster', reason: 'ImagePullFailed' } } } },
      ],
      [
        'from what was renewed since',
        'two Automatic',
        { ...back('two'), versions: { one: up(3), two: { ...up(3), renewed: { nonce: '1' } } } },
      ],
    ])('%s', (_what, expected, facts) => {
      expect(choice(facts)).toBe(expected);
    });
  });
});

describe('who names what is not there', () => {
  const says = (facts: Given, typed: string): string => {
    const { app, versions } = stageOf(facts);
    return nick(hint(app, versions, typed));
  };
  const GONE = 'shop-bcdfghjklm';
  const told = (...history: NonNullable<Status['history']>): Given => ({
    latest: 'two',
    versions: { two: { ...up(3), name: '2.0' } },
    switches: ['two'],
    status: { history },
  });

  test('is sent to what never served, where nothing has', () => {
    const facts: Given = { latest: 'two', versions: { one: { ...cold, name: '1.0' }, two: { ...cold, name: '2.0' } }, decision: '' };
    expect(says(facts, '9')).toBe('use one of 2.0, 1.0');
  });
  test('as lists show several is told five of them', () => {
    const more = (text: string): VersionGiven => ({ content: siteOf('httpd:2.4', { site: text }) });
    const facts: Given = {
      latest: 'sitee',
      versions: {
        sitea: { ...up(3), name: '1.0' },
        moref: more('f'),
        moreg: more('g'),
        siteb: cold,
        sitec: cold,
        sited: cold,
        sitee: cold,
      },
      switches: ['sitea'],
      sources: { site: { says: 'e', read: {} } },
    };
    expect(says(facts, '1.0+site')).toBe('that is how several are shown, and no name: use sitee or sited or sitec or siteb or moreg');
  });
  test('as lists show content that is not known yet is not sent to it', () => {
    const facts: Given = {
      latest: 'sitea',
      versions: { two: { ...up(3), name: '2.0' } },
      switches: ['two'],
      sources: { site: { says: 'a' } },
    };
    expect(says(facts, '…')).toBe('use one of 2.0');
  });
  test('hears nothing of what had another name and is gone', () => {
    const facts = told(
      { switchNumber: 2, at: HOUR_AGO, from: GONE, to: id('two'), reason: 'Automatic' },
      { switchNumber: 1, at: '2026-03-01T10:00:00Z', from: '', to: GONE, name: '8', reason: 'Automatic' },
    );
    expect(says(facts, '9')).toBe('use one of 2.0');
    expect(says(facts, '8')).toBe(`it served until ${HOUR_AGO} and was dropped beyond retention.versions 10; use one of 2.0`);
  });
  test('is told of what history knows only as what traffic went away from', () => {
    const facts = told({ switchNumber: 2, at: HOUR_AGO, from: GONE, to: id('two'), reason: 'Automatic' });
    expect(says(facts, GONE)).toBe(`it served until ${HOUR_AGO} and was dropped beyond retention.versions 10; use one of 2.0`);
  });
});

describe('behind a move of traffic', () => {
  const wrote = (manager: string, owned: object) => ({ manager, operation: 'Update', time: '2026-03-01T11:59:00Z', fieldsV1: owned });
  const metadata = { managedFields: [wrote('argocd', { 'f:spec': { 'f:template': {} } })] };
  const behind = (facts: Given, from: string, to: string | undefined) => {
    const stage = stageOf({ metadata, ...facts });
    const { reason, by } = causeOf(stage, id(from), to === undefined ? undefined : stage.versions.of(id(to))!);
    return by === '' ? reason : `${reason} by ${by}`;
  };
  const replaced: VersionGiven = { instances: [{ ordinal: 2, replicas: 3 }], discarded: 'one' };
  const untold = { versions: [{ id: id('one'), servedFrom: HOUR_AGO }] };

  test.each<[string, string, Given, readonly [from: string, to: string | undefined]]>([
    [
      'from what was changed to a fresh instance of it is nobody that is known',
      'Replaced',
      { versions: { one: replaced } },
      ['one', 'one-2'],
    ],
    [
      'from a fresh instance is no replacement of the one before it',
      'Automatic',
      { versions: { one: replaced }, switches: ['one', 'one-2'] },
      ['one-2', 'one'],
    ],
    [
      'from what was changed to another version is who wrote that',
      'Automatic by argocd',
      { latest: 'two', versions: { one: replaced, two: up(3) }, switches: ['two', 'one'] },
      ['one', 'two'],
    ],
    ['to what is not there is nobody', 'Automatic', { versions: { one: up(3) } }, ['two', undefined]],
    [
      'to what stays, since nothing else may be chosen, is nobody',
      'Switched',
      { latest: 'two', spec: { promotion: { mode: 'Manual' } }, versions: { one: up(3), two: up(3) }, switches: ['two', 'one'] },
      ['two', 'one'],
    ],
    [
      'to what never served and has lost its record is nobody that is known',
      'Automatic',
      { versions: { one: up(3), two: { ...up(3), record: 'lost' } }, switches: ['one'], status: untold },
      ['one', 'two'],
    ],
    [
      'to what served and has lost its record is who wrote spec',
      'Automatic by argocd',
      { versions: { one: up(3), two: { ...up(3), record: 'lost' } }, switches: ['two', 'one'] },
      ['one', 'two'],
    ],
  ])('%s', (_what, expected, facts, [from, to]) => {
    expect(behind(facts, from, to)).toBe(expected);
  });

  test('back to an older text of a ConfigMap is who wrote it, if what was read last is that text', () => {
    const facts = (site: NonNullable<Given['sources']>[string]): Given => ({
      latest: 'sitea',
      versions: { sitea: up(3), siteb: up(3) },
      switches: ['sitea', 'siteb', 'sitea'],
      sources: { site },
    });
    const by = (site: NonNullable<Given['sources']>[string]) => behind(facts(site), 'siteb', 'sitea');
    expect(by({ says: 'a', read: { by: 'by ann' } })).toBe('Automatic by ConfigMap/site by ann');
    expect(by({ says: 'c', read: { by: 'by bob' } })).toBe('Automatic by ConfigMap/site');
    expect(by({ says: 'a' })).toBe('Automatic by ConfigMap/site');
  });

  test('is a ConfigMap that is captured now and was not before', () => {
    const volumes = ['site', 'extra'].map((name) => ({ name, configMap: { name } }));
    const facts: Given = {
      latest: 'pair',
      versions: { two: up(3), less: { failed: {}, content: siteOf('httpd:2.4', { site: 'a' }, { volumes }) } },
      switches: ['two'],
      status: { latestVersion: id('less') },
      sources: { extra: { says: 'e', read: { by: 'by bob' } }, site: { says: 'a', read: { by: 'by ann' } } },
      trial: 'accepted',
    };
    const { actions } = plan(given({ ...facts, notes: calm(facts) }), NOW);
    expect(actions.flatMap((action) => (action.do === 'publish' && action.kind === 'ControllerRevision' ? action.record.by : []))).toEqual([
      'ConfigMap/extra by bob',
    ]);
  });
});

describe('the content of an App', () => {
  test('that is kept without its text, since a version has it, is what was read back', () => {
    const seen = given({ versions: { one: up(3) }, switches: ['one'], recalled: ['one'] });
    const app = { ...(seen.app as App), content: '' };
    expect(settle(seen, app, startTimer({}, NOW), DEFAULTS).content.text).toBe((seen.app as App).content);
    expect(settle(given({ versions: { one: up(3) } }), app, startTimer({}, NOW), DEFAULTS).content.text).toBeUndefined();
  });
  test('is told in full where policy forbids both ConfigMaps and Secrets', () => {
    const volumes = [
      { name: 'site', configMap: { name: 'site' } },
      { name: 'key', secret: { secretName: 'key' } },
    ];
    const references = { configMaps: 'Forbid', secrets: 'Forbid' };
    const { capture } = stageOf({ spec: { references, ...siteOf('httpd:2.4', undefined, { volumes }) } });
    expect(capture.refusal?.message).toBe(
      'the template refers to ConfigMap/site, Secret/key, which spec.references forbids: move what ConfigMap/site says into spec.config, or set spec.references.configMaps to Capture; take Secret/key out of the template, or set spec.references.secrets to Live',
    );
  });
  test('that was Latest for long is Latest again at once, though its record was lost and another version serves', () => {
    const before: Given = {
      latest: 'siteb',
      versions: { sitea: up(3), siteb: cold },
      switches: ['sitea'],
      status: { latestVersion: id('siteb') },
      sources: { site: { says: 'b', read: {} } },
    };
    const after: Given = { ...before, versions: { sitea: up(3) } };
    const latest = (notes: Notes) => nick(stageOf(after, notes).versions.latest.id);
    expect(latest(calm(before))).toBe('siteb');
    expect(latest(plan(given(before), NOW - 1_000).notes)).toBe('sitea');
  });
});
