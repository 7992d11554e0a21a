// What is told of each part of a status, whole: with the version it is about, the command to type, and the id that receivers know it by.
import { describe, expect, test } from '@jest/globals';
import type { Action } from '../../src/model/action.ts';
import type { App, Status } from '../../src/model/app.ts';
import type { FactSeen, Snapshot } from '../../src/model/observed.ts';
import { news, noticesDone, noticesOf, recent } from '../../src/plan/report/notices.ts';
import type { Given, VersionGiven } from '../given.ts';
import { cold, given, id, nick, NOW, up } from '../given.ts';

const UPDATE: Given = {
  latest: 'newsiteb',
  versions: { sitea: { ...up(3), name: '1.0' }, siteb: cold, newsiteb: { ...up(3), name: '2.0', by: 'argocd' } },
  switches: ['sitea'],
};
const SERVED = { versions: [{ id: id('sitea'), names: ['1.0'] }, { id: id('siteb') }, { id: id('newsiteb'), names: ['2.0'] }] };
const agoAt = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();
const appOf = ({ app }: Snapshot): App => app as App;

/** With nicknames, down to the last field. */
function nicked(value: unknown): unknown {
  if (typeof value === 'string') return nick(value);
  if (Array.isArray(value)) return value.map(nicked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, nicked(entry)]));
}

/** Everything that a status tells. */
function told(status: Status, facts: Given = UPDATE, change = (seen: readonly FactSeen[]) => seen): unknown[] {
  const seen = given(facts);
  return noticesOf({ ...seen, factsSeen: change(seen.factsSeen) }, appOf(seen), status).map(nicked);
}
const notice = (topic: string, reason: string, key: string, more: object, again = ''): unknown => ({
  ...{ topic, reason, id: `uid-app/${key}${again}`, about: `uid-app/${key}`, at: undefined, namespace: 'prod', app: 'shop', generation: 7 },
  ...more,
});
const pointing = (version: string): string =>
  `kubectl patch -n prod iapp/shop --type=merge --field-manager=oncall-$USER -p '{"spec":{"activeVersion":"${version}"}}'`;
const logs = (version: string): string => `kubectl logs -n prod -l immutableapp.io/instance=${version} --all-containers --tail=-1`;
const DESCRIBE = 'kubectl describe -n prod iapp/shop';

const SITEA = { version: 'sitea', name: '1.0' };
const NEW = { version: 'newsiteb', name: '2.0' };

describe('a version that was recorded', () => {
  const createdAt = agoAt(30);
  test('is told with who asked for it, and compared to the one before it, not to the first', () => {
    const versions = [{ id: id('newsiteb'), names: ['2.0'], createdAt }];
    const message = 'newsiteb (2.0) is recorded';
    expect(told({ versions })).toStrictEqual([
      notice('minted', 'Minted', `minted/newsiteb/${createdAt}`, {
        ...{ at: NOW - 30_000, message, to: NEW, who: 'argocd', diff: 'main: httpd:2.4 → nginx:1.27' },
      }),
    ]);
  });
  test('has no name that nobody gave it', () => {
    expect(told({ versions: [{ id: id('siteb'), createdAt }] })).toStrictEqual([
      notice('minted', 'Minted', `minted/siteb/${createdAt}`, {
        ...{ at: NOW - 30_000, message: 'siteb is recorded', to: { version: 'siteb' }, diff: 'ConfigMap site' },
      }),
    ]);
  });
  test('is told to nobody if its record is gone', () => {
    expect(told({ versions: [{ id: id('two'), createdAt }] })).toStrictEqual([]);
  });
});

describe('a move', () => {
  const move = (more: object) => told({ ...SERVED, history: [{ switchNumber: 2, at: agoAt(60), reason: 'Automatic', ...more }] });
  const at = NOW - 60_000;
  test('from nowhere has no way back', () => {
    expect(move({ to: id('sitea'), name: '1.0' })).toStrictEqual([
      notice('moved', 'Automatic', 'moved/2', { at, message: 'sitea (1.0) serves', switchNumber: 2, to: SITEA }),
    ]);
  });
  test('to another instance of the same version names the instance, differs in nothing and has no way back', () => {
    expect(move({ from: id('sitea'), to: id('sitea-2'), name: '1.0', reason: 'Replaced' })).toStrictEqual([
      notice('moved', 'Replaced', 'moved/2', {
        ...{ at, message: 'sitea (1.0) serves instead of sitea', switchNumber: 2, from: SITEA, to: SITEA },
      }),
    ]);
  });
  test('back has no way back, and tells what was undone', () => {
    expect(move({ from: id('newsiteb-2'), to: id('sitea'), name: '1.0', reason: 'Reverted', by: 'oncall-ada' })).toStrictEqual([
      notice('moved', 'Reverted', 'moved/2', {
        ...{ at, message: 'sitea (1.0) serves instead of newsiteb (2.0)', switchNumber: 2, from: NEW, to: SITEA, who: 'oncall-ada' },
        diff: 'main: nginx:1.27 → httpd:2.4, ConfigMap site',
      }),
    ]);
  });
  test('from an instance that no version is known of calls it by its own name, and no pointer leads back', () => {
    const [said] = move({ from: id('two-3'), to: id('siteb') });
    expect(said).toMatchObject({ message: 'siteb serves instead of two-3', from: { version: 'two-3' }, to: { version: 'siteb' } });
    expect(said).not.toHaveProperty('diff');
    expect(said).not.toHaveProperty('command');
  });
});

describe('a failure', () => {
  const promotion = {
    before: [
      { name: 'smoke', job: { spec: {} } },
      { name: 'errors', http: { port: 'http', path: '/' } },
    ],
  };
  const failedBy = (gate: string): VersionGiven => ({ failed: { cause: 'version', reason: 'GateFailed', gate, message: 'no' } });
  const GATED: Given = {
    spec: { promotion },
    latest: 'two',
    versions: { one: { ...up(3), ...failedBy('before/smoke') }, two: { proofs: [{ phase: 'before' }], ...failedBy('before/errors') } },
    switches: ['one'],
  };
  const failed = (failure: object, facts = GATED, change?: (seen: readonly FactSeen[]) => readonly FactSeen[]) =>
    told({ versions: [{ id: id('two'), failure: { at: agoAt(60), ...failure } }] }, facts, change);
  const failedOf = (reason: string, more: object, instance = 'two') =>
    notice('failed', reason, `failed/${reason}/${instance}/${agoAt(60)}`, { at: NOW - 60_000, to: { version: 'two' }, ...more });
  const measured = 'gate before/errors: 4.1 % of 2,000 requests: too many';

  test('of a gate that is no Job is told in the words of that gate, whatever else is known of this version and others', () => {
    const message = `two failed (GateFailed): ${measured}`;
    const unreadable = (seen: readonly FactSeen[]) => [{ ...seen[0]!, fact: undefined }, ...seen];
    expect(failed({ reason: 'GateFailed', message: measured, instance: id('two') }, GATED, unreadable)).toStrictEqual([
      failedOf('GateFailed', { message, command: DESCRIBE }),
    ]);
  });
  test('of a Job is told without its last words', () => {
    const message = 'gate before/smoke: Job two-x failed: hunter2';
    const versions = [{ id: id('one'), failure: { at: agoAt(60), reason: 'GateFailed', message, instance: id('one') } as never }];
    expect(told({ versions }, GATED)).toStrictEqual([
      notice('failed', 'GateFailed', `failed/GateFailed/one/${agoAt(60)}`, {
        ...{ at: NOW - 60_000, message: 'one failed (GateFailed): gate before/smoke', to: { version: 'one' }, command: DESCRIBE },
      }),
    ]);
  });
  test('that no fact tells of may be that of a Job', () => {
    const message = 'two failed (GateFailed): gate before/errors';
    expect(failed({ reason: 'GateFailed', message: measured, instance: id('two-2') })).toStrictEqual([
      failedOf('GateFailed', { message, command: DESCRIBE }, 'two-2'),
    ]);
  });
  test('of pods that are not ready is told with the logs as they are now', () => {
    const message = 'two failed (NotReadyInTime): 0 of 3 pods are available: look at them';
    const failure = { reason: 'NotReadyInTime', message: '0 of 3 pods are available: look at them', instance: id('two-2') };
    expect(failed(failure)).toStrictEqual([failedOf('NotReadyInTime', { message, command: logs('two-2') }, 'two-2')]);
  });
  test('of pods that crash is told with the logs of before', () => {
    expect(failed({ reason: 'CrashLoop', message: 'container main crashed: hunter2', instance: id('two-2') })).toStrictEqual([
      failedOf('CrashLoop', { message: 'two failed (CrashLoop): container main crashed', command: `${logs('two-2')} --previous` }, 'two-2'),
    ]);
  });
  test('without words or an instant is told all the same', () => {
    expect(told({ versions: [{ id: id('two'), failure: { reason: 'NotStarted' } }] })).toStrictEqual([
      notice('failed', 'NotStarted', 'failed/NotStarted/two/', {
        message: 'two failed (NotStarted): ',
        to: { version: 'two' },
        command: DESCRIBE,
      }),
    ]);
  });
  test('for a reason that is told as another is not told twice', () => {
    expect(failed({ reason: 'ReplacementFailed', message: 'x' })).toStrictEqual([]);
  });
});

describe('a decision', () => {
  const RENEW = `kubectl annotate -n prod iapp/shop --overwrite --field-manager=oncall-$USER immutableapp.io/renew="two@$(date +%s)"`;
  const DECIDED: Given = {
    latest: 'two',
    versions: {
      one: { ...up(3), held: 'one', heldBy: 'oncall-bob' },
      two: { held: 'one', heldBy: 'oncall-ada', rejected: 'two', alias: '2' },
    },
    switches: ['one'],
  };
  const to = { version: 'two' };
  const decided = (reason: string, change?: (seen: readonly FactSeen[]) => readonly FactSeen[], facts = DECIDED) =>
    told({ versions: [{ id: id('two'), reason, message: 'people said so' }] }, facts, change);
  /** Each of these is so many minutes old; what this operator cannot read is the newest. */
  const aged =
    (minutes: Readonly<Record<string, number>>) =>
    (seen: readonly FactSeen[]): FactSeen[] => [
      ...seen.map((each) => ({ ...each, createdAt: NOW - (minutes[`${nick(each.id)} ${each.fact!.is}`] ?? 0) * 60_000 })),
      { ...seen[0]!, id: id('two'), fact: undefined, createdAt: NOW },
    ];

  test('to hold a version is told by the last one about it, with who made it', () => {
    const at = NOW - 20 * 60_000;
    const seen = decided('Held', aged({ 'one held': 5, 'two rejected': 30, 'two held': 20, 'two alias': 1 }));
    expect(seen).toStrictEqual([
      notice('held', 'Held', `held/Held/two/${new Date(at).toISOString()}`, {
        ...{ at, message: 'two: people said so', to, command: pointing('two'), who: 'oncall-ada' },
      }),
    ]);
  });
  test('to reject a version is told by the last one about it, and with the way to have it again', () => {
    const at = NOW - 10 * 60_000;
    const seen = decided('Rejected', aged({ 'one held': 5, 'two rejected': 10, 'two held': 20, 'two alias': 1 }));
    expect(seen).toStrictEqual([
      notice('held', 'Rejected', `held/Rejected/two/${new Date(at).toISOString()}`, {
        ...{ at, message: 'two: people said so', to, command: RENEW },
      }),
    ]);
  });
  test('that is not recorded yet is told without when, or by whom', () => {
    const message = 'two: people said so';
    expect(decided('HeldAlong', () => [])).toStrictEqual([
      notice('held', 'HeldAlong', 'held/HeldAlong/two/', { message, to, command: pointing('two') }),
    ]);
    expect(told({ versions: [{ id: id('two'), reason: 'Held' }] }, DECIDED, () => [])).toStrictEqual([
      notice('held', 'Held', 'held/Held/two/', { message: 'two: ', to, command: pointing('two') }),
    ]);
  });
});

test('an instance that was compromised is told with who did it', () => {
  const discarded = [{ instance: id('two-2'), message: 'image changed', by: 'mallory', at: agoAt(90) }];
  expect(told({ versions: [{ id: id('two'), names: ['2'], discarded }] })).toStrictEqual([
    notice('intrusion', 'Compromised', 'intrusion/Compromised/two-2', {
      at: NOW - 90_000,
      message: 'two-2 was compromised (image changed) and is replaced by a clean instance',
      to: { version: 'two', name: '2' },
      who: 'mallory',
    }),
  ]);
});

describe('what waits', () => {
  type Condition = NonNullable<Status['conditions']>[number];
  const condition = (type: string, reason: string, status: 'True' | 'False' = 'False'): Condition => ({
    ...{ type, status, reason, message: `it is ${reason}` },
  });
  const versions = [
    { id: id('sitea'), names: ['1.0'] },
    {
      id: id('newsiteb'),
      names: ['2.0'],
      gates: [
        { name: 'soak', reason: 'SettlingIn', startedAt: agoAt(300) },
        { name: 'people', reason: 'ApprovalMissing', startedAt: agoAt(120) },
        { name: 'hours', reason: 'WindowClosed', startedAt: agoAt(60) },
      ] as never,
    },
  ];
  const waits = (...conditions: readonly Condition[]) => told({ conditions: [...conditions], latestVersion: id('newsiteb'), versions });
  const waiting = (reason: string, more: object) =>
    notice('waiting', reason, `waiting/${reason}/newsiteb`, { message: `it is ${reason}`, to: NEW, ...more }, '/7');

  test('for people is told with what they type, since its gate waits, and anew when spec changes', () => {
    expect(waits(condition('Ready', 'ApprovalMissing'))).toStrictEqual([
      waiting('ApprovalMissing', { at: NOW - 120_000, command: 'kubectl iapp approve -n prod shop newsiteb' }),
    ]);
  });
  test('to be pointed at is told with that command', () => {
    expect(waits(condition('Ready', 'AwaitingActivation', 'True'))).toStrictEqual([
      waiting('AwaitingActivation', { command: pointing('newsiteb') }),
    ]);
  });
  test('for an hour of the day needs no command, whichever condition says it', () => {
    const of = [waiting('WindowClosed', { at: NOW - 60_000 })];
    expect(waits(condition('Available', 'Serving', 'True'), condition('Reconciling', 'WindowClosed', 'True'))).toStrictEqual(of);
    expect(waits(condition('Ready', 'WindowClosed'))).toStrictEqual(of);
  });
  test('is not told by conditions that are about something else', () => {
    expect(waits(condition('UpToDate', 'WindowClosed'))).toStrictEqual([]);
  });
  test('is told to nobody where no version is known', () => {
    expect(told({ conditions: [condition('Ready', 'WindowClosed')], latestVersion: id('newsiteb'), versions: [] })).toStrictEqual([]);
  });
});

describe('trouble', () => {
  const trouble = (type: string, status: 'True' | 'False', reason: string, more: Status = {}) =>
    told({ conditions: [{ type, status, reason, message: 'no: look', lastTransitionTime: agoAt(60) }], ...more });
  const at = NOW - 60_000;

  test('that needs a person is told with the newest version, and without what it quotes', () => {
    expect(trouble('Stalled', 'True', 'SpecInvalid', { ...SERVED, latestVersion: id('newsiteb') })).toStrictEqual([
      notice('failed', 'SpecInvalid', `failed/SpecInvalid/7/${agoAt(60)}`, { at, message: 'no', to: NEW, command: DESCRIBE }),
    ]);
  });
  test('before any version is told without one', () => {
    expect(trouble('Enforced', 'False', 'DetectOnly')).toStrictEqual([
      notice('enforcement', 'DetectOnly', `enforcement/DetectOnly/${agoAt(60)}`, { at, message: 'no: look', command: DESCRIBE }),
    ]);
  });
  test('that is over is told to nobody', () => {
    expect(trouble('Stalled', 'False', 'SpecInvalid')).toStrictEqual([]);
    expect(trouble('Enforced', 'True', 'DetectOnly')).toStrictEqual([]);
  });
});

describe('a warning of what others do', () => {
  test('is known by what it is about, under a short key, and told anew when spec changes', () => {
    const [first, again, other] = ['pods of web differ: a', 'pods of web differ: b', 'pods of api differ: a'].map((message) => {
      const [said] = told({ warnings: [{ reason: 'ImageDiverged', message }] });
      return said as { id: string; about: string };
    });
    expect(first!.about).toMatch(/^uid-app\/intrusion\/ImageDiverged\/[0-9a-z]{10}$/);
    expect(first).toStrictEqual(
      notice(
        'intrusion',
        'ImageDiverged',
        first!.about.slice('uid-app/'.length),
        { message: 'pods of web differ: a', command: DESCRIBE },
        '/7',
      ),
    );
    expect(again!.id).toBe(first!.id);
    expect(other!.id).not.toBe(first!.id);
  });
  test('is not told of what was compromised, which is told of the instance', () => {
    expect(told({ warnings: [{ reason: 'Compromised', message: 'two was changed' }] })).toStrictEqual([]);
  });
});

describe('to whoever takes over', () => {
  const seen = given(UPDATE);
  const statusOf = (...seconds: readonly number[]): Status => ({
    history: seconds.map((ago, i) => ({
      switchNumber: i + 1,
      at: new Date(NOW - ago * 1000).toISOString(),
      to: id('sitea'),
      reason: 'Automatic',
    })),
  });
  test('what is up to five minutes old is told again, and nothing that says no instant', () => {
    const status = { ...statusOf(300, 300.001, 0), conditions: [{ type: 'Stalled', status: 'True' as const, reason: 'SpecInvalid' }] };
    const again = recent(seen, { ...appOf(seen), status }, NOW);
    expect(again.map(({ switchNumber }) => switchNumber)).toEqual([1, 3]);
  });
  test('and finds no status, what is up to five minutes old is news', () => {
    expect(news(seen, appOf(seen), {}, statusOf(300, 300.001), NOW).map(({ switchNumber }) => switchNumber)).toEqual([1]);
  });
});

test('of a decision only a selector of what serves, put back, is told', () => {
  const stamp = { uid: 'u', generation: 1, instance: 'shop-a', previous: '', switchNumber: 4, reverts: [{ by: 'mallory', at: agoAt(60) }] };
  const repair = { do: 'switch', service: 'web', role: 'Active', repair: true, stamp };
  const actions = [{ ...repair, do: 'reshape', service: 'api' }, { ...repair, service: 'web-preview', role: 'Preview' }, repair];
  expect(noticesDone(appOf(given(UPDATE)), actions as never as Action[])).toStrictEqual([
    notice('intrusion', 'Repaired', `intrusion/Repaired/web/${agoAt(60)}`, {
      ...{ at: NOW - 60_000, who: 'mallory', message: 'selector of web is restored to shop-a after mallory changed it' },
    }),
  ]);
});
