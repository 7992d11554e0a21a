// What status says of the gates in spec, asked alone: now and of what was kept, in which order, who let a version in, and failures that decide nothing.
import { describe, expect, test } from '@jest/globals';
import type { Verdict } from '../../src/gates/gate.ts';
import type { Status } from '../../src/model/app.ts';
import type { AuthorGate, GateSaid, Measurement, Phase, Tally } from '../../src/model/measure.ts';
import { REASON } from '../../src/model/vocabulary.ts';
import type { Candidacy, Climb, Findings, GateStanding, Proof } from '../../src/plan/read/scene.ts';
import { approvedBy, gatesOf, unheard } from '../../src/plan/report/gates.ts';
import type { Given, ProofGiven, VersionGiven } from '../given.ts';
import { id, nick, NOW, up } from '../given.ts';
import { stageOf } from './stage.ts';

type GateStatus = NonNullable<NonNullable<Status['versions']>[number]['gates']>[number];

const PASS: Verdict = { is: 'pass' };
const FAIL: Verdict = { is: 'fail', reason: REASON.GateFailed, message: 'too many errors' };
const WAIT: Verdict = { is: 'wait', reason: REASON.GatesRunning, message: 'it is measured' };
const [BEGAN, NOON] = ['2026-03-01T11:59:00.000Z', '2026-03-01T12:00:00.000Z'];

const gateOf = (phase: Phase, name: string, enforce = true): AuthorGate => ({
  ...{ phase, name, digest: name, enforce, timeoutSeconds: undefined },
  spec: { is: 'unknown', said: [] },
});
const stands = (gate: AuthorGate, verdict: Verdict, last: readonly Measurement[] = []): GateStanding => {
  const tally: Tally = { startedAt: NOW - 60_000, at: NOW, passes: 0, failures: 0, errors: 0, valid: 0, last };
  return { gate, verdict, since: NOW - 60_000, tally };
};
const measured = (is: Measurement['is'], secondsAgo: number, message = ''): Measurement => ({ at: NOW - secondsAgo * 1000, is, message });
const said = (name: string, more: Partial<GateSaid> = {}): GateSaid => ({
  ...{ name, digest: name, verdict: 'pass', message: '', since: NOW - 600_000, at: NOW - 300_000 },
  ...more,
});
const kept = (phase: Phase, ...gates: GateSaid[]): ProofGiven => ({ phase, gates });

interface Judged {
  /** Of version two, before it gets traffic. */
  readonly before?: readonly GateStanding[];
  /** Of version two, while it climbs. */
  readonly during?: readonly GateStanding[];
  /** Of what serves. */
  readonly after?: readonly GateStanding[];
}

/** One serves and two is on its way to it, as long as nothing else is given. */
function findingsOf({ before, during, after }: Judged, two: Partial<VersionGiven> = {}, more: Partial<Given> = {}): Findings {
  const stage = stageOf({ latest: 'two', versions: { one: up(3), two: { ...up(3), ...two } }, switches: ['one'], ...more });
  const { latest } = stage.versions;
  const proof = (phase: Phase, gates: readonly GateStanding[] | undefined): Proof | undefined =>
    gates && { phase, instance: latest.instances[0]!, verdict: PASS, gates, actions: [] };
  const climb: Climb = { during: proof('during', during), steps: [], isDone: false, waits: undefined };
  const rest = { instance: latest.instances[0], wanted: 3, judgement: undefined, trouble: undefined, actions: [] };
  const target: Candidacy = { ...rest, version: latest, proof: proof('before', before), climb };
  const found: Pick<Findings, 'creation' | 'preview' | 'standing' | 'refused'> = {
    creation: { actions: [], trouble: undefined, underway: undefined, warnings: [] },
    preview: undefined,
    standing: { placements: [], drained: true },
    refused: [],
  };
  return { ...stage, ...found, target, watched: proof('after', after) };
}
const gatesOfTwo = (...facts: Parameters<typeof findingsOf>): GateStatus[] => {
  const findings = findingsOf(...facts);
  return gatesOf(findings, findings.versions.latest);
};
const inShort = (gates: readonly GateStatus[]): string[] => gates.map(({ phase, name, verdict }) => `${phase!}/${name} ${verdict}`);
const knownAs = (...gates: GateStatus[]): Partial<Given> => ({ status: { observedGeneration: 6, versions: [{ id: id('two'), gates }] } });

describe('a gate in status', () => {
  test('that passes is told with its end, and why only where that is not plain', () => {
    const plain = { name: 'a', phase: 'before', verdict: 'pass', startedAt: BEGAN, finishedAt: NOON };
    expect(gatesOfTwo({ before: [stands(gateOf('before', 'a'), PASS)] })).toEqual([plain]);
    const noted = { ...PASS, note: 'waived by ann' };
    expect(gatesOfTwo({ before: [stands(gateOf('before', 'a'), noted)] })).toEqual([{ ...plain, message: 'waived by ann' }]);
  });
  test('that waits has no end yet', () => {
    expect(gatesOfTwo({ during: [stands(gateOf('during', 'a'), WAIT)] })).toEqual([
      { name: 'a', phase: 'during', verdict: 'wait', reason: REASON.GatesRunning, message: 'it is measured', startedAt: BEGAN },
    ]);
  });
  test('that is not enforced is told as such', () => {
    expect(gatesOfTwo({ before: [stands(gateOf('before', 'a', false), FAIL)] })).toEqual([
      {
        ...{ name: 'a', phase: 'before', verdict: 'fail', enforced: false },
        ...{ reason: REASON.GateFailed, message: 'too many errors', startedAt: BEGAN, finishedAt: NOON },
      },
    ]);
  });
  test.each<[string, Verdict, readonly Measurement[], GateStatus['measurements']]>([
    ['that passed', PASS, [measured('good', 0, 'ok')], [{ at: NOON, result: 'good', message: 'ok' }]],
    ['that failed', FAIL, [measured('bad', 60, '500')], [{ at: BEGAN, result: 'bad', message: '500' }]],
    ['that waits after a bad one', WAIT, [measured('bad', 60, '500')], [{ at: BEGAN, result: 'bad', message: '500' }]],
    ['that waits after a good one', WAIT, [measured('good', 0), measured('bad', 60, '500')], undefined],
    ['that was not measured', WAIT, [], undefined],
  ])('%s: which measurements are told', (_which, verdict, last, told) => {
    const [gate] = gatesOfTwo({ before: [stands(gateOf('before', 'a'), verdict, last)] });
    expect(gate?.measurements).toEqual(told);
  });
  test('ends when it was first seen to, whatever others of its version or of its name did', () => {
    const ends = (...known: GateStatus[]): (string | undefined)[] =>
      gatesOfTwo({ before: [stands(gateOf('before', 'a'), PASS)] }, {}, knownAs(...known)).map(({ finishedAt }) => finishedAt);
    const own: GateStatus = { name: 'a', phase: 'before', verdict: 'pass', finishedAt: BEGAN };
    const others: GateStatus[] = [
      { ...own, name: 'b', finishedAt: '2026-03-01T11:01:00.000Z' },
      { ...own, phase: 'during', finishedAt: '2026-03-01T11:02:00.000Z' },
      { ...own, verdict: 'fail', finishedAt: '2026-03-01T11:03:00.000Z' },
    ];
    expect(ends(...others, own)).toEqual([BEGAN]);
    for (const other of others) expect(ends(other)).toEqual([NOON]);
    expect(ends()).toEqual([NOON]);
  });
  test('ends when it was seen to by itself, not when the same gate of another version was', () => {
    const gates: GateStatus[] = [{ name: 'a', phase: 'before', verdict: 'pass', finishedAt: BEGAN }];
    const status: Status = { observedGeneration: 6, versions: [{ id: id('one'), gates }, { id: id('two') }] };
    expect(gatesOfTwo({ before: [stands(gateOf('before', 'a'), PASS)] }, {}, { status })[0]?.finishedAt).toBe(NOON);
  });
});

describe('gates of a version', () => {
  test('that is on its way are told of it alone, and what serves is told of its own', () => {
    const findings = findingsOf({
      before: [stands(gateOf('before', 'a'), PASS)],
      during: [stands(gateOf('during', 'b'), WAIT)],
      after: [stands(gateOf('after', 'c'), FAIL)],
    });
    const of = (name: string) => inShort(gatesOf(findings, findings.versions.named(id(name))!));
    expect(of('two')).toEqual(['before/a pass', 'during/b wait']);
    expect(of('one')).toEqual(['after/c fail']);
  });
  test('are told as they were kept while its instance is there', () => {
    const asked = { proofs: [kept('before', said('a', { message: 'waived' }), said('b'))] };
    const span = { startedAt: '2026-03-01T11:50:00.000Z', finishedAt: '2026-03-01T11:55:00.000Z' };
    expect(gatesOfTwo({}, asked)).toEqual([
      { name: 'a', phase: 'before', verdict: 'pass', message: 'waived', ...span },
      { name: 'b', phase: 'before', verdict: 'pass', ...span },
    ]);
  });
  test('are not told as they were kept of an instance that is gone', () => {
    const gone: ProofGiven = { ...kept('before', said('gone')), uid: 'uid-of-one-that-is-gone' };
    const two = { instances: [{ replicas: 3 }, { replicas: 3, ordinal: 2 }], proofs: [gone, kept('during', said('there'))] };
    expect(inShort(gatesOfTwo({}, two))).toEqual(['during/there pass']);
  });
  test('are told as they are now rather than as they were kept, each in its phase', () => {
    const judged = { before: [stands(gateOf('before', 'a'), WAIT), stands(gateOf('before', 'c'), FAIL)] };
    const two = { proofs: [kept('during', said('a')), kept('before', said('a'), said('b'))] };
    expect(inShort(gatesOfTwo(judged, two))).toEqual(['before/b pass', 'before/a wait', 'before/c fail', 'during/a pass']);
  });
  test('are told in the order in which they are asked', () => {
    const order = ['before/b pass', 'during/d pass', 'after/a pass'];
    const [a, b, d] = [kept('after', said('a')), kept('before', said('b')), kept('during', said('d'))];
    for (const proofs of [
      [a, d, b],
      [a, b, d],
      [d, b, a],
      [b, d, a],
    ])
      expect(inShort(gatesOfTwo({}, { proofs }))).toEqual(order);
  });
});

describe('who let a version in', () => {
  const of = (two: Partial<VersionGiven>, more: Partial<Given> = {}): string[] =>
    approvedBy(stageOf({ latest: 'two', versions: { one: up(3), two: { ...up(3), ...two } }, switches: ['one', 'two'], ...more }));
  const by = (...people: string[]): GateSaid => said('signed', { by: people });
  test('is told once each, by its gates before', () => {
    expect(of({ proofs: [kept('before', by('ann', 'bob'), said('hours'), { ...by('bob', 'eve'), name: 'board' })] })).toEqual([
      'ann',
      'bob',
      'eve',
    ]);
  });
  test('is not told by gates of another phase, or of another instance of it', () => {
    const other = { ...kept('before', by('eve')), uid: 'uid-of-one-that-is-gone' };
    expect(of({ proofs: [kept('during', by('bob')), other, kept('before', by('ann'))] })).toEqual(['ann']);
    expect(of({ proofs: [kept('during', by('bob')), other] })).toEqual([]);
  });
  test('is not told of an instance that is gone, nor where nothing serves', () => {
    expect(of({ instances: [], proofs: [kept('before', by('ann'))] })).toEqual([]);
    expect(of({ proofs: [kept('before', by('ann'))] }, { switches: [] })).toEqual([]);
  });
});

describe('a failure that decides nothing', () => {
  const warned = (...facts: Parameters<typeof findingsOf>): string[] =>
    unheard(findingsOf(...facts)).map(({ reason, message }) => nick(`${reason} ${message}`));
  test('is told of gates that are not enforced', () => {
    const judged = {
      before: [stands(gateOf('before', 'a', false), FAIL), stands(gateOf('before', 'b', false), WAIT)],
      during: [stands(gateOf('during', 'c', false), FAIL), stands(gateOf('during', 'd', false), PASS)],
    };
    expect(warned(judged)).toEqual([
      'GateFailed gate before/a fails two, and the gate is not enforced: too many errors',
      'GateFailed gate during/c fails two, and the gate is not enforced: too many errors',
    ]);
  });
  test('is told of what serves on', () => {
    const judged = {
      after: [stands(gateOf('after', 'a'), FAIL), stands(gateOf('after', 'b'), WAIT), stands(gateOf('after', 'c', false), FAIL)],
    };
    expect(warned(judged)).toEqual([
      'GateFailed gate after/a fails one, and it goes on serving: it is pinned, or nothing served before it: too many errors',
      'GateFailed gate after/c fails one, and the gate is not enforced: too many errors',
    ]);
    expect(warned(judged, {}, { switches: [] })).toEqual([]);
  });
  test('is not told of gates that decide', () => {
    const judged = { before: [stands(gateOf('before', 'a'), FAIL)], during: [stands(gateOf('during', 'b'), FAIL)] };
    expect(warned(judged)).toEqual([]);
  });
});
