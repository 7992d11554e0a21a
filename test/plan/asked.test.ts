// What the gates of an author say of one instance: who is asked at all, since when, and in which words. It is 12:00 on a Sunday.
import { describe, expect, test } from '@jest/globals';
import type { Status } from '../../src/model/app.ts';
import type { GateSaid } from '../../src/model/measure.ts';
import type { Notes } from '../../src/model/observed.ts';
import { isOnTrial, prove, proveDuring, proveServing } from '../../src/plan/steps/proof.ts';
import type { Proof, Routing, Stage } from '../../src/plan/read/scene.ts';
import type { Given, VersionGiven } from '../given.ts';
import { given, id, NOW, up } from '../given.ts';
import { stageOf } from './stage.ts';

const OPEN = { name: 'hours', window: { timeZone: 'UTC', from: '00:00', to: '00:00' } };
const CLOSED = { name: 'hours', window: { timeZone: 'UTC', from: '13:00', to: '14:00' } };
const SIGNED = { name: 'signed', approval: { count: 1 } };
const HEALTHY = { name: 'healthy', http: { port: 'http', path: '/healthz' } };
const BOARD = { name: 'board', webhook: { source: 'board' } };
const COMPARED = { name: 'errors', prometheus: { source: 'main', compare: { total: 'requests', bad: 'errors' } } };

const TWO = `uid-${id('two')}`;
const versionOf = (stage: Stage) => stage.versions.all.find((version) => version.id === id('two'))!;
const instanceOf = (stage: Stage) => versionOf(stage).instances[0]!;

/** Two is up beside one, which serves. */
const rising = (promotion: object, more: Partial<Given> = {}, two: VersionGiven = up(3)): Given => ({
  latest: 'two',
  versions: { one: up(3), two },
  switches: ['one'],
  ...more,
  spec: { promotion, ...more.spec },
});
/** Two serves, and what was asked before let it in. */
const serving = (after: readonly object[], two: VersionGiven = {}): Given => ({
  latest: 'two',
  versions: { one: up(3), two: { ...up(3), proofs: [{ phase: 'before', followed: true }], ...two } },
  switches: ['one', 'two'],
  spec: { promotion: { after } },
});
const before = (stage: Stage, isUp = true): Proof | undefined => prove(stage, versionOf(stage), instanceOf(stage), isUp);
const during = (stage: Stage): Proof | undefined => proveDuring(stage, versionOf(stage), instanceOf(stage));
const routed = (stage: Stage, routing: Partial<Routing>): Stage => ({ ...stage, routing: { ...stage.routing, ...routing } });
/** Notes of a minute ago, of the gates of this phase about two, in these words. */
const noted = (facts: Given, phase: 'before' | 'during' | 'after', ...words: readonly string[]): Notes =>
  Object.fromEntries(
    stageOf(facts).app.promotion[phase].flatMap(({ name, digest }) =>
      words.map((word) => [`${word} ${phase}/${name} ${digest} ${TWO}`, { value: 'yes', since: NOW - 60_000 }]),
    ),
  );
/** What is noted about instances, and nothing else. */
const notesOf = (stage: Stage): Notes => Object.fromEntries(Object.entries(stage.timer.notes()).filter(([fact]) => / uid-/.test(fact)));
const verdictIn = (proof: Proof | undefined, nth = 0) => proof?.gates[nth]?.verdict;

describe('before traffic moves', () => {
  test('nobody is asked where spec has no gates and no line holds', () => {
    expect(before(stageOf(rising({})))).toBeUndefined();
  });

  test('where there are only gates after the switch, none is asked and it is let in', () => {
    const stage = stageOf(rising({ after: [OPEN] }));
    expect(before(stage)).toStrictEqual({ phase: 'before', instance: instanceOf(stage), verdict: { is: 'pass' }, gates: [], actions: [] });
  });

  test('of a version that comes up none is asked: it waits, and what was noted of each is kept', () => {
    const facts = rising({ before: [OPEN, HEALTHY] });
    const notes = noted(facts, 'before', 'gate');
    const stage = stageOf(facts, notes);
    expect(before(stage, false)).toStrictEqual({
      phase: 'before',
      instance: instanceOf(stage),
      verdict: { is: 'wait', reason: 'GatesRunning', message: `${id('two')} is judged by its gates once it is up` },
      gates: [],
      actions: [],
    });
    expect(Object.keys(notes)).toHaveLength(2);
    expect(notesOf(stage)).toEqual(notes);
  });

  test('while paused none is asked, and nothing noted is kept: they begin anew', () => {
    const facts = rising({ before: [OPEN] }, { spec: { paused: true } });
    const stage = stageOf(facts, noted(facts, 'before', 'gate'));
    expect(before(stage, false)?.verdict.is).toBe('wait');
    expect(before(stage)?.gates).toEqual([]);
    expect(notesOf(stage)).toEqual({});
  });

  test('a gate is judged since it was noted first, about this instance', () => {
    const facts = rising({ before: [CLOSED] });
    const notes = noted(facts, 'before', 'gate');
    const stage = stageOf(facts, notes);
    expect(before(stage)?.gates[0]?.since).toBe(NOW - 60_000);
    expect(notesOf(stage)).toEqual(notes);
  });

  test('the gate that decides says so with its name, and how long it was waited for', () => {
    const facts = rising({ before: [{ ...CLOSED, timeoutSeconds: 60 }] });
    const message = 'traffic moves daily from 13:00 to 14:00 UTC: it opens at Sun 2026-03-01 13:00 UTC';
    expect(before(stageOf(facts))?.verdict).toMatchObject({ is: 'wait', reason: 'WindowClosed', message: `gate before/hours: ${message}` });
    expect(before(stageOf(facts, noted(facts, 'before', 'gate')))?.verdict).toStrictEqual({
      is: 'fail',
      reason: 'GateFailed',
      message: `gate before/hours: it did not pass within timeoutSeconds 60: ${message}`,
    });
    // Whoever approves may have done so.
    const interrupted = { ...given(facts), interruptedAt: NOW - 1 };
    expect(before(stageOf(interrupted, noted(facts, 'before', 'gate')))?.verdict.is).toBe('wait');
  });

  test('a pass tells nothing of how it could be measured on, and is not kept against later measurements', () => {
    const stage = stageOf(
      rising({ before: [HEALTHY] }, { measured: { 'before/healthy': { since: 0, tally: { passes: 99, valid: 99 } } } }),
    );
    expect(verdictIn(before(stage))).toStrictEqual({ is: 'pass' });
    expect(Object.keys(notesOf(stage)).map((fact) => fact.split(' ')[0])).toEqual(['gate']);
  });
});

describe('what is settled already', () => {
  const digestsOf = (promotion: { before: readonly object[] }) =>
    stageOf(rising(promotion)).app.promotion.before.map(({ digest }) => digest);
  const settled = (promotion: { before: readonly object[] }, said: Partial<GateSaid>): Stage => {
    const gate: GateSaid = { name: 'signed', digest: digestsOf(promotion)[0]!, verdict: 'pass', message: '', since: NOW, at: NOW, ...said };
    return stageOf(rising(promotion, {}, { ...up(3), proofs: [{ phase: 'before', gates: [gate] }] }));
  };

  test('what a gate let pass it lets pass again, in the same words and by the same people', () => {
    const stage = settled({ before: [SIGNED] }, { message: 'approved by ann', by: ['ann'] });
    expect(verdictIn(before(stage))).toStrictEqual({ is: 'pass', note: 'approved by ann', by: ['ann'] });
  });

  test('a gate that asked nobody passes again by nobody', () => {
    const stage = settled({ before: [HEALTHY] }, { name: 'healthy', message: 'waived' });
    expect(verdictIn(before(stage))).toStrictEqual({ is: 'pass', note: 'waived' });
  });

  test('one that had not passed is judged', () => {
    expect(verdictIn(before(settled({ before: [{ ...SIGNED, enforce: false }] }, { verdict: 'wait' })))?.is).toBe('wait');
  });

  test('nor does a pass count for another gate that asks the same', () => {
    const stage = settled({ before: [SIGNED, { ...SIGNED, name: 'too' }] }, {});
    expect(before(stage)?.gates.map(({ verdict }) => verdict.is)).toEqual(['pass', 'wait']);
  });

  test('a window that was open is looked at again', () => {
    expect(verdictIn(before(settled({ before: [CLOSED] }, { name: 'hours' })))?.is).toBe('wait');
  });
});

describe('since when a gate of people or of hours waits, as an earlier operator told', () => {
  const AT = '2026-03-01T11:00:00Z';
  const AN_HOUR_AGO = NOW - 3_600_000;
  type Told = NonNullable<Status['versions']>;
  const OURS = { name: id('two'), uid: TWO };
  const GONE = { name: id('two-2'), uid: 'uid-gone' };
  const told = (gates: Told[number]['gates'], more: Partial<Told[number]> = { instances: [OURS] }): Told => [
    { id: id('two'), ...more, ...(gates === undefined ? {} : { gates }) },
  ];
  const hours = { name: 'hours', phase: 'before', startedAt: AT } as const;

  test.each<[string, object, Told, number]>([
    ['a window goes on', CLOSED, told([hours]), AN_HOUR_AGO],
    ['so does an approval', SIGNED, told([{ ...hours, name: 'signed' }]), AN_HOUR_AGO],
    ['what measures begins anew', HEALTHY, told([{ ...hours, name: 'healthy' }]), NOW],
    [
      'another version says nothing of this one',
      CLOSED,
      [{ id: id('one'), instances: [OURS], gates: [{ ...hours, startedAt: '2026-03-01T10:00:00Z' }] }, ...told([hours])],
      AN_HOUR_AGO,
    ],
    ['it was told of no such version', CLOSED, [{ id: id('one'), instances: [OURS], gates: [hours] }], NOW],
    ['it was told of a version without instances', CLOSED, told([hours], {}), NOW],
    ['it was told of another instance', CLOSED, told([hours], { instances: [GONE] }), NOW],
    ['it was told of this instance among others', CLOSED, told([hours], { instances: [GONE, OURS] }), AN_HOUR_AGO],
    ['it was told of no gates', CLOSED, told(undefined), NOW],
    ['it was told of no such gate', CLOSED, told([]), NOW],
    ['it was told of no such moment', CLOSED, told([{ name: 'hours', phase: 'before' }]), NOW],
    ['a gate of another phase is another', CLOSED, told([{ ...hours, phase: 'after' }]), NOW],
    ['a gate of another name is another', CLOSED, told([{ ...hours, name: 'others' }]), NOW],
  ])('%s', (_what, gate, versions, since) => {
    const stage = stageOf(rising({ before: [gate] }, { status: { observedGeneration: 7, versions } }));
    expect(before(stage)?.gates[0]?.since).toBe(since);
  });
});

describe('what people wrote', () => {
  const written = (name: string, typed: string): Partial<Given> => ({ metadata: { annotations: { [`immutableapp.io/${name}`]: typed } } });
  const waived = (waive: string): Stage => {
    const stage = stageOf(rising({ before: [CLOSED] }, written('waive', `${id('two')}/hours`)));
    return { ...stage, app: { ...stage.app, authors: { ...stage.app.authors, waive } } };
  };

  test('a waiver tells who wrote it', () => {
    expect(verdictIn(before(waived('ann')))).toStrictEqual({ is: 'pass', note: 'waived by ann' });
  });

  test('a waiver whose author is unknown names nobody', () => {
    expect(verdictIn(before(waived('')))).toStrictEqual({ is: 'pass', note: 'waived' });
  });

  const UNVERIFIED = '; unverified: without the admission policies anybody can write any name';
  const ENFORCED = { type: 'Enforced', status: 'True' } as const;
  const OTHER = { type: 'Available', status: 'True' } as const;
  const DETECTS = { is: 'detect only', why: 'there are none', outdated: false } as const;
  test.each<[string, Partial<Given>, string]>([
    ['the policies are in force', { fleet: { enforcement: { is: 'enforced', revision: 1 } } }, ''],
    ['they are not', { fleet: { enforcement: DETECTS } }, UNVERIFIED],
    ['they are not any more', { fleet: { enforcement: DETECTS }, status: { conditions: [ENFORCED] } }, UNVERIFIED],
    ['nobody has looked yet', {}, UNVERIFIED],
    ['nobody has looked yet, and they were', { status: { conditions: [{ type: 'Ready', status: 'False' }, ENFORCED] } }, ''],
    ['nobody has looked yet, and they were not', { status: { conditions: [OTHER, { ...ENFORCED, status: 'False' }] } }, UNVERIFIED],
    ['nobody has looked yet, and only others were told of', { status: { conditions: [OTHER] } }, UNVERIFIED],
  ])('an approval, where %s', (_what, more, doubt) => {
    const stage = stageOf(rising({ before: [SIGNED] }, { ...written('approve', `${id('two')} by ann`), ...more }));
    expect(verdictIn(before(stage))).toStrictEqual({ is: 'pass', by: ['ann'], note: `approved by ann${doubt}` });
  });
});

describe('while traffic is shared', () => {
  test('nobody is asked where spec has no gates for it', () => {
    expect(during(stageOf(rising({ before: [OPEN] })))).toBeUndefined();
  });

  test('while paused nobody is asked, and what was noted is kept', () => {
    const facts = rising({ during: [OPEN, HEALTHY] }, { spec: { paused: true } });
    const notes = noted(facts, 'during', 'gate', 'passed gate');
    const stage = stageOf(facts, notes);
    expect(during(stage)).toBeUndefined();
    expect(Object.keys(notes)).toHaveLength(4);
    expect(notesOf(stage)).toEqual(notes);
  });

  test('what has passed is noted where it is measured on', () => {
    const facts = rising({ during: [HEALTHY] }, { measured: { 'during/healthy': { since: 60, tally: { passes: 99, valid: 99 } } } });
    const stage = stageOf(facts, noted(facts, 'during', 'gate'));
    expect(verdictIn(during(stage))).toStrictEqual({ is: 'pass' });
    expect(notesOf(stage)).toEqual({
      ...noted(facts, 'during', 'gate'),
      [Object.keys(noted(facts, 'during', 'passed gate'))[0]!]: { value: 'yes', since: NOW },
    });
  });

  test('a pass of people keeps their names, and is judged again each time', () => {
    const facts = rising({ during: [SIGNED] }, { metadata: { annotations: { 'immutableapp.io/approve': `${id('two')} by ann` } } });
    const stage = stageOf(facts, noted(facts, 'during', 'gate'));
    expect(verdictIn(during(stage))).toMatchObject({ is: 'pass', by: ['ann'] });
    expect(notesOf(stage)).toEqual(noted(facts, 'during', 'gate'));
  });

  test('nothing is compared with what is no more', () => {
    const stage = stageOf(rising({ during: [COMPARED] }));
    expect(verdictIn(during(routed(stage, { active: undefined })))).toMatchObject({ is: 'wait', reason: 'GateUnknown' });
  });

  test('only comparisons share the probability of a false alarm', () => {
    const counted = { total: 1000, bad: 0 };
    const sum = { candidate: { total: 1000, bad: 40 }, serving: { total: 1000, bad: 20 } };
    const odds = Math.log(25);
    const compared = { looks: 9, at: { candidate: counted, serving: counted }, sum, squares: [1.6, 0.4] as const };
    const evidence = { ...compared, worse: [odds, odds, odds, odds, odds], better: [0, 0, 0, 0, 0, 0, 0, 0] };
    const is = (...gates: readonly object[]) => {
      const measured = { 'during/errors': { since: 60, tally: { compared: evidence } } };
      const gate = { ...COMPARED, prometheus: { ...COMPARED.prometheus, alpha: 0.05 } };
      const facts = rising({ during: [gate, ...gates] }, { measured });
      return verdictIn(during(stageOf(facts, noted(facts, 'during', 'gate'))))?.is;
    };
    expect(is()).toBe('fail');
    expect(is({ ...COMPARED, name: 'others' })).toBe('wait');
    expect(is(OPEN, HEALTHY)).toBe('fail');
  });
});

describe('after traffic has moved', () => {
  test('nobody is asked before traffic has followed', () => {
    const stage = stageOf(serving([OPEN, HEALTHY]));
    expect(proveServing(routed(stage, { converged: false }))).toBeUndefined();
    expect(proveServing(routed(stage, { converged: true }))?.gates).toHaveLength(2);
  });

  test('of a worker all are asked at once', () => {
    const stage = stageOf(serving([OPEN]));
    expect(proveServing(routed(stage, { converged: false, worker: true }))?.phase).toBe('after');
  });

  test('what has begun goes on, even if only one of them has', () => {
    const facts = serving([OPEN, HEALTHY]);
    const [first] = Object.entries(noted(facts, 'after', 'gate'));
    const stage = stageOf(facts, Object.fromEntries([first!]));
    expect(proveServing(routed(stage, { converged: false }))?.gates.map(({ since }) => since)).toEqual([NOW - 60_000, NOW]);
  });

  test.each<[string, Given, Partial<Routing>, boolean]>([
    ['what was let in', serving([BOARD]), {}, true],
    [
      'what was let in as an instance that is gone',
      serving([BOARD], { proofs: [{ phase: 'before', followed: true, uid: 'uid-gone' }] }),
      {},
      false,
    ],
    ['what has passed', serving([BOARD], { proofs: [{ phase: 'before', followed: true }, { phase: 'after' }] }), {}, false],
    ['what has no instance', serving([BOARD]), { active: undefined }, false],
    ['nothing', serving([BOARD]), { serving: undefined }, false],
    ['neither', serving([BOARD]), { serving: undefined, active: undefined }, false],
  ])('on trial is %s', (_what, facts, routing, is) => {
    const stage = routed(stageOf(facts), routing);
    expect(isOnTrial(stage)).toBe(is);
    expect(proveServing(stage) !== undefined).toBe(is);
  });

  test('a version whose record is lost is not on trial', () => {
    const stage = stageOf(serving([BOARD]));
    expect(isOnTrial(stage)).toBe(true);
    expect(isOnTrial(routed(stage, { serving: { ...stage.routing.serving!, record: undefined } }))).toBe(false);
  });
});
