// What `why`, `top` and `audit` make of an App: chains of causes with a next step, who wants somebody, who changed what.
import { describe, expect, test } from '@jest/globals';
import { causesOf, type Evidence } from '../../src/cli/causes.ts';
import { foundIn } from '../../src/cli/commands/audit.ts';
import { wantsOf } from '../../src/cli/commands/top.ts';
import { named, pushed } from '../../src/cli/commands/wait.ts';
import { judge } from '../../src/cli/operator.ts';
import { REASON } from '../../src/model/vocabulary.ts';
import { lookUp } from '../../src/cli/reasons.ts';
import { app, AT, condition, iso, STATUS } from './given.ts';

const NONE: Evidence = { pods: [], references: [], events: [] };
const ALIVE = judge({ metadata: {}, spec: { holderIdentity: 'pod-1', renewTime: iso(2) } }, 'system', AT);
const AWAY = judge({ metadata: {}, spec: { holderIdentity: 'pod-1', renewTime: iso(120) } }, 'system', AT);

const failing = app({
  latestVersion: 'web-zzzzzzzzzz',
  versions: [
    {
      id: 'web-zzzzzzzzzz',
      called: '2.5.0 (zzzzzzzzzz)',
      names: ['2.5.0'],
      state: 'Failed',
      reason: 'CrashLoop',
      failure: {
        reason: 'CrashLoop',
        message: 'cannot open /etc/site',
        container: 'web',
        exitCode: 3,
        instance: 'web-zzzzzzzzzz',
        at: iso(300),
      },
    },
    ...STATUS.versions!,
  ],
  conditions: [
    condition('Available', 'True', 'Serving'),
    { ...condition('Stalled', 'True', 'VersionFailed', '2.5.0 failed'), lastTransitionTime: iso(280) },
    condition('UpToDate', 'False', 'VersionFailed', '2.5.0 failed (CrashLoop)'),
    condition('Enforced', 'True', 'PoliciesInForce'),
  ],
});

describe('why', () => {
  test('of an App that is well is nothing', () => {
    expect(causesOf(app(), NONE, ALIVE, AT)).toEqual([]);
  });
  test('of a failure is a chain, down to the container and what to do', () => {
    expect(causesOf(failing, NONE, ALIVE, AT).map(({ what, reason }) => [what, reason])).toEqual([
      ['2.5.0 (zzzzzzzzzz) is newest and does not serve; 2.4.1 (kj2s4f45hj) does', 'VersionFailed'],
      ['2.5.0 (zzzzzzzzzz) failed 5m ago, container web, exit code 3', 'CrashLoop'],
    ]);
    const [, failure] = causesOf(failing, NONE, ALIVE, AT);
    expect(failure?.next).toContain('kubectl iapp logs web --failed -n shop');
    expect(failure?.next).toContain('kubectl iapp renew web web-zzzzzzzzzz -n shop');
  });
  test('begins with the operator when that is away, and says that nothing is acted on', () => {
    const [first, second] = causesOf(app({ observedGeneration: 6 }), NONE, AWAY, AT);
    expect(first?.what).toBe('the operator is away: pod-1 last renewed its Lease 2m ago, and nothing that is written is acted on');
    expect(second?.what).toBe('what is reported is about generation 6, and spec is at 7');
  });
  test('says of an App that is new that nothing has been reported', () => {
    expect(causesOf(app({ observedGeneration: -1 }), NONE, AWAY, AT)[1]?.what).toBe('nothing has been reported yet');
  });
  test('names pods and events', () => {
    const evidence = {
      references: [],
      pods: [{ name: 'web-1', version: '2.5.0', waits: 'container web: CrashLoopBackOff' }],
      events: [{ about: 'Pod web-1', reason: 'BackOff', message: 'restarting', count: 9 }],
    };
    expect(causesOf(app(), evidence, ALIVE, AT)).toEqual([
      { what: 'pod web-1 of 2.5.0', message: 'container web: CrashLoopBackOff' },
      { what: 'event of Pod web-1 (9 times)', reason: 'BackOff', message: 'restarting' },
    ]);
  });
  test.each(Object.values(REASON))('%s as a warning has its next step', (reason) => {
    const [cause] = causesOf(app({ warnings: [{ reason, message: 'm' }] }), NONE, ALIVE, AT);
    expect(cause).toMatchObject({ what: 'warning', reason, message: 'm' });
    expect(cause?.next).toContain(
      lookUp(reason)!
        .next.slice(0, 8)
        .replace(/\b(APP|NS|VERSION)\b.*/, ''),
    );
  });
});

describe('who wants somebody', () => {
  const wants = (...apps: Parameters<typeof wantsOf>[0]) => wantsOf(apps, false, ALIVE).map(({ name, want, since }) => [name, want, since]);
  test('nobody who is well', () => {
    expect(wants(app())).toEqual([]);
  });
  test('whoever is stalled, waits for a person, is paused or pinned; the oldest first', () => {
    const held = app(
      { conditions: [{ ...condition('UpToDate', 'False', 'Held', 'held'), lastTransitionTime: iso(500) }] },
      {},
      { name: 'held' },
    );
    const paused = app({}, { paused: true }, { name: 'paused' });
    const pinned = app({}, {}, { name: 'pinned', annotations: { 'immutableapp.io/pin': '2.4.0 until 2030-01-31T08:00:00Z' } });
    expect(wants(pinned, failing, held, paused)).toEqual([
      ['paused', 'Paused', undefined],
      ['pinned', 'Pinned', undefined],
      ['held', 'Held', iso(500)],
      ['web', 'VersionFailed', iso(280)],
    ]);
  });
  test('what is on its way wants nobody, and is behind all the same', () => {
    const coming = app({ conditions: [{ ...condition('UpToDate', 'False', 'BringingUp', 'on its way'), lastTransitionTime: iso(5) }] });
    expect(wants(coming)).toEqual([]);
    expect(wantsOf([coming, app()], true, ALIVE)).toMatchObject([{ want: 'BringingUp', serves: '2.4.1 (kj2s4f45hj)' }]);
  });
  test('a change that nobody acts on, while the operator is away', () => {
    expect(wantsOf([app({ observedGeneration: 6 })], false, AWAY)).toMatchObject([{ want: 'Unreported' }]);
  });
});

describe('the operator', () => {
  test.each([
    [undefined, 'away', /no operator has ever worked/],
    [{ metadata: {}, spec: {} }, 'away', /nobody holds its Lease/],
    [{ metadata: {}, spec: { holderIdentity: 'a', renewTime: 'nonsense' } }, 'away', /last renewed/],
    [{ metadata: {}, spec: { holderIdentity: 'a', renewTime: iso(5) } }, 'alive', /works: a/],
  ] as const)('%j is %s', (lease, is, message) => {
    const seen = judge(lease, 'system', AT);
    expect(seen.is).toBe(is);
    expect(seen.message).toMatch(message);
  });
});

test('audit tells what is so now, and what was, with who did it', () => {
  const [first, ...others] = STATUS.versions!;
  const seen = app({
    versions: [
      { ...first!, discarded: [{ instance: 'web-kj2s4f45hj', message: 'image changed', by: 'mallory', at: iso(600) }] },
      ...others,
    ],
    warnings: [
      { reason: 'ForeignEndpoint', message: 'pod x' },
      { reason: 'HostPort', message: 'no tampering' },
    ],
  });
  expect(foundIn(seen).map(({ when, what, reason, by }) => [when, what, reason, by])).toEqual([
    ['now', 'web', 'ForeignEndpoint', undefined],
    ['then', 'web-kj2s4f45hj', 'Compromised', 'mallory'],
  ]);
});

describe('a pipeline', () => {
  test('is done when the content of spec serves, and not before that is reported', () => {
    expect([pushed(app(), 7), pushed(app(), 8)]).toEqual([{ is: 'done' }, { is: 'wait' }]);
  });
  test('ends when it is stalled or a person decided otherwise', () => {
    expect(pushed(failing, 7)).toEqual({ is: 'stalled', why: 'VersionFailed: 2.5.0 failed' });
    for (const reason of ['Held', 'HeldAlong', 'Pinned', 'AwaitingActivation', 'Paused'])
      expect(pushed(app({ conditions: [condition('UpToDate', 'False', reason, 'm')] }), 7)).toEqual({ is: 'held', why: `${reason}: m` });
    expect(pushed(app({ conditions: [condition('UpToDate', 'False', 'BringingUp', 'm')] }), 7)).toEqual({ is: 'wait' });
  });
  test('waits for a version that is not there yet, by name or id', () => {
    expect([named(app(), '2.4.1'), named(app(), 'web-kj2s4f45hj'), named(app(), 'kj2s4f45hj')]).toEqual(Array(3).fill({ is: 'done' }));
    expect(named(app(), 'web-tomorrow')).toEqual({ is: 'wait' });
    expect(named(failing, '2.5.0')).toEqual({ is: 'stalled', why: 'CrashLoop: ' });
  });
});
