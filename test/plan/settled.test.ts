// What is written down of gates that have passed, and which version a verdict is about: what is promoted, what is made whole first, and what
// traffic can go back to.
import { describe, expect, test } from '@jest/globals';
import type { Verdict } from '../../src/gates/gate.ts';
import type { Phase } from '../../src/model/measure.ts';
import { hasWayBack, isPromotion, settleProof, wholeFirst } from '../../src/plan/steps/proof.ts';
import type { Choice, Proof, Routing, Stage } from '../../src/plan/read/scene.ts';
import type { Version } from '../../src/plan/read/versions.ts';
import type { Given, VersionGiven } from '../given.ts';
import { id, NOW, up } from '../given.ts';
import { stageOf } from './stage.ts';

const OPEN = { name: 'hours', window: { timeZone: 'UTC', from: '00:00', to: '00:00' } };
const SIGNED = { name: 'signed', approval: { count: 1 } };
const BOARD = { name: 'board', webhook: { source: 'board' } };

const versionOf = (stage: Stage, name: string): Version => stage.versions.all.find((version) => version.id === id(name))!;
/** Two is up beside one, which serves. */
const rising = (promotion: object, two: VersionGiven = {}): Stage =>
  stageOf({ latest: 'two', versions: { one: up(3), two: { ...up(3), ...two } }, switches: ['one'], spec: { promotion } });

describe('what is written down', () => {
  const WAITS: Verdict = { is: 'wait', reason: 'ApprovalMissing', message: '0 of 1 person has approved it' };
  const proofOf = (stage: Stage, phase: Phase, verdict: Verdict, said: readonly Verdict[]): Proof => ({
    phase,
    instance: versionOf(stage, 'two').instances[0]!,
    verdict,
    gates: said.map((each, i) => ({ gate: stage.app.promotion[phase][i]!, verdict: each, since: NOW - 60_000, tally: undefined })),
    actions: [],
  });
  const settle = (stage: Stage, phase: Phase, said: readonly Verdict[] = [], verdict: Verdict = { is: 'pass' }) =>
    settleProof(stage, versionOf(stage, 'two'), proofOf(stage, phase, verdict, said));
  const written = (stage: Stage, phase: Phase) => settle(stage, phase).map((action) => (action.do === 'attest' ? action.fact : action.do));
  const fact = (phase: Phase, more: object = {}): object => ({
    is: 'gates',
    phase,
    instance: id('two'),
    uid: `uid-${id('two')}`,
    ...more,
    gates: [],
  });

  test('each gate with what it said: who let it pass, and why one that decides nothing did not', () => {
    const stage = rising({ before: [SIGNED, OPEN, { ...SIGNED, name: 'too', enforce: false }] });
    const said: Verdict[] = [{ is: 'pass', note: 'approved by ann', by: ['ann'] }, { is: 'pass' }, WAITS];
    const [signed, open, too] = stage.app.promotion.before.map(({ digest }) => digest);
    const times = { since: NOW - 60_000, at: NOW };
    expect(settle(stage, 'before', said)).toStrictEqual([
      {
        do: 'attest',
        record: versionOf(stage, 'two').record,
        fact: {
          ...fact('before'),
          gates: [
            { name: 'signed', digest: signed, verdict: 'pass', message: 'approved by ann', by: ['ann'], ...times },
            { name: 'hours', digest: open, verdict: 'pass', message: '', ...times },
            { name: 'too', digest: too, verdict: 'wait', message: '0 of 1 person has approved it', ...times },
          ],
        },
        why: 'its gates before let it in',
      },
    ]);
  });

  test('what is let in is to be judged again only where there are gates after the switch', () => {
    expect(written(rising({ before: [OPEN] }), 'before')).toStrictEqual([fact('before')]);
    expect(written(rising({ before: [OPEN], after: [BOARD] }), 'before')).toStrictEqual([fact('before', { followed: true })]);
    expect(written(rising({ after: [BOARD] }), 'before')).toStrictEqual([fact('before', { followed: true })]);
  });

  test('what passes while traffic is shared, or after it moved, is not', () => {
    const stage = rising({ during: [OPEN], after: [BOARD] });
    expect(written(stage, 'during')).toStrictEqual([fact('during')]);
    expect(written(stage, 'after')).toStrictEqual([fact('after')]);
    expect(settle(stage, 'after')).toMatchObject([{ why: 'its gates after have passed' }]);
  });

  test('nothing where none was asked', () => {
    expect(settle(rising({}), 'before')).toEqual([]);
    expect(settle(rising({ before: [OPEN] }), 'during')).toEqual([]);
    expect(settle(rising({ during: [OPEN] }), 'before')).toEqual([]);
  });

  test('nothing while one is waited for, or once one has failed', () => {
    const stage = rising({ before: [SIGNED] });
    expect(settle(stage, 'before', [WAITS], WAITS)).toEqual([]);
    expect(settle(stage, 'before', [WAITS], { is: 'fail', reason: 'GateFailed', message: 'too late' })).toEqual([]);
  });

  test('nothing that is written already', () => {
    const stage = rising({ before: [OPEN], after: [BOARD] }, { proofs: [{ phase: 'before' }] });
    expect(settle(stage, 'before')).toEqual([]);
    expect(settle(stage, 'after')).toHaveLength(1);
  });
});

describe('what its gates are asked about', () => {
  const choosing = (stage: Stage, choice: Partial<Choice>): Stage => ({ ...stage, choice: { ...stage.choice, ...choice } });

  test('the version that takes over, unless somebody pinned it or it only stays', () => {
    const stage = rising({ before: [OPEN] });
    const is = (why: Choice['why']): boolean => isPromotion(choosing(stage, { why }), versionOf(stage, 'two'));
    expect([is('Automatic'), is('Activated'), is('Pinned'), is('Hold')]).toEqual([true, true, false, false]);
  });

  test('not what serves, though it is not proven yet, unless it was renewed since', () => {
    const at = new Date(NOW - 10_000).toISOString();
    const is = (two: VersionGiven): boolean => {
      const stage = stageOf({
        latest: 'two',
        versions: { one: up(3), two: { ...up(3), ...two } },
        switches: ['one', 'two'],
        spec: { promotion: { before: [OPEN], failbackSeconds: 60 } },
        status: { history: [{ switchNumber: 2, at, from: id('one'), to: id('two'), reason: 'Automatic' }] },
      });
      return isPromotion(stage, versionOf(stage, 'two'));
    };
    expect(is({})).toBe(false);
    expect(is({ renewed: { nonce: 'a', instances: ['two'] } })).toBe(true);
  });
});

describe('what is made whole before the next version', () => {
  const LADDER = [{ percent: 5, seconds: 60 }, { percent: 100 }];
  const web = { name: 'web', ports: [{ name: 'http', port: 80, targetPort: 'http' }] };
  const RENEWED: VersionGiven = { ...up(3), renewed: { nonce: 'a', instances: ['one'] } };
  const renewed = (spec: NonNullable<Given['spec']>, one: VersionGiven = {}): Stage =>
    stageOf({ latest: 'two', versions: { one: { ...RENEWED, ...one }, two: up(3) }, switches: ['one'], spec });
  const GATED = { promotion: { before: [OPEN] } };
  const first = (stage: Stage, routing: Partial<Routing>, choice: Partial<Choice> = {}): boolean => {
    const changed = { ...stage, routing: { ...stage.routing, ...routing }, choice: { ...stage.choice, ...choice } };
    return wholeFirst(changed) !== changed.choice;
  };

  test('what serves, as nobody asked for it', () => {
    const stage = renewed(GATED);
    expect(stage.choice.version).toBe(versionOf(stage, 'two'));
    expect(wholeFirst(stage)).toStrictEqual({
      version: versionOf(stage, 'one'),
      why: 'Repair',
      pointed: false,
      by: '',
      trouble: undefined,
    });
  });

  test('as well where only a ladder keeps the next version waiting, beside a Service that has none', () => {
    expect(
      first(
        renewed({
          services: [
            { ...web, ladder: LADDER },
            { ...web, name: 'plain' },
          ],
        }),
        {},
      ),
    ).toBe(true);
    expect(first(renewed({}), {})).toBe(false);
  });

  test('nothing where nothing serves, or its instance is gone', () => {
    expect(first(renewed(GATED), { serving: undefined })).toBe(false);
    expect(first(renewed(GATED), { active: undefined })).toBe(false);
  });

  test('nothing once a fresh instance of it has failed', () => {
    const failed = { replacement: true, instance: 'one-2', ageSeconds: 1 } as const;
    expect(versionOf(renewed(GATED, { failed }), 'one').replacementFailure).toBeDefined();
    expect(first(renewed(GATED, { failed }), {})).toBe(false);
  });

  test('nothing where no other version is chosen', () => {
    const stage = renewed(GATED);
    expect(first(stage, {}, { version: undefined })).toBe(false);
    expect(first(stage, {}, { version: versionOf(stage, 'one') })).toBe(false);
  });
});

test.each<[string, readonly string[], Readonly<Record<string, VersionGiven>>, boolean]>([
  ['the version before, which is cold', ['one', 'two'], { one: {} }, true],
  ['none, as none served before', ['two'], { one: {} }, false],
  ['none, as that one was rejected', ['one', 'two'], { one: { rejected: 'one' } }, false],
  ['none, as nothing is left of it', ['gone', 'two'], {}, false],
  ['the one before that of which nothing is left', ['one', 'gone', 'two'], { one: {} }, true],
  ['none, as its record is lost though it runs', ['one', 'two'], { one: { ...up(3), record: 'lost' } }, false],
])('traffic can go back to %s', (_what, switches, others, is) => {
  expect(hasWayBack(stageOf({ latest: 'two', versions: { ...others, two: up(3) }, switches }))).toBe(is);
});
