// What is recorded of a failure, word for word, and when it may count as one.
import { describe, expect, test } from '@jest/globals';
import type { Action } from '../../src/model/action.ts';
import type { AuthorGate } from '../../src/model/measure.ts';
import type { FailedFact } from '../../src/model/observed.ts';
import type { Evidence } from '../../src/model/question.ts';
import { clearFailure, concludeTrial, failAgain, failBack, failCandidate, isUnproven } from '../../src/plan/steps/failure.ts';
import type { Candidacy, GateStanding, Proof } from '../../src/plan/read/scene.ts';
import { cold, coming, id, NOW, up } from '../given.ts';
import type { Given } from '../given.ts';
import { stageOf } from './stage.ts';
import { lines } from './table.ts';

const crash: Evidence = { cause: 'version', reason: 'CrashLoop', message: 'container main crashed' };
const quota: Evidence = { cause: 'cluster', reason: 'QuotaExceeded', message: 'pods cannot be created: exceeded quota' };

/** Two took over from one so many seconds ago, and none of its pods is available. */
const collapsed = (secondsAgo: number, more: Partial<Given> = {}): Given => ({
  latest: 'two',
  versions: { one: up(3), two: coming(3) },
  switches: ['one', 'two'],
  status: {
    observedGeneration: 6,
    decision: '',
    history: [
      { switchNumber: 2, at: new Date(NOW - secondsAgo * 1000).toISOString(), from: id('one'), to: id('two'), reason: 'Automatic' },
    ],
  },
  ...more,
});
const unproven = [{ id: id('two'), instances: [{ name: id('two'), uid: `uid-${id('two')}`, unproven: true }] }];
/** So it was when two was switched to while nothing was to run. */
const neverUp = (more: Partial<Given> = {}): Given => {
  const facts = collapsed(7200, more);
  return { ...facts, status: { ...(facts.status as object), versions: unproven } };
};
const rising = (name: string, secondsAgo: number) => ({
  [`at zero ${name}`]: { value: 'yes', since: NOW - secondsAgo * 1000 },
  [`rising ${name}`]: { value: 'yes', since: NOW - secondsAgo * 1000 },
});

const factsIn = (actions: readonly Action[]): object[] =>
  actions.flatMap((action) => (action.do === 'attest' && action.fact.is === 'failed' ? [action.fact] : []));

describe('a collapse', () => {
  test('is told with the seconds in which it happened', () => {
    expect(factsIn(failBack(stageOf(collapsed(20, { evidence: { two: quota } }))))).toEqual([
      {
        is: 'failed',
        cause: 'version',
        reason: 'FailedBack',
        message: 'no pod was left within failbackSeconds 60 of the switch; pods cannot be created: exceeded quota',
        by: '',
        instance: id('two'),
        attempt: 0,
      },
    ]);
  });
  test('of what never came up from zero is told as such, with the cause that its pods have', () => {
    const facts = neverUp({ evidence: { two: quota } });
    expect(factsIn(failBack(stageOf(facts, rising(id('two'), 600))))).toEqual([
      {
        is: 'failed',
        cause: 'cluster',
        reason: 'FailedBack',
        message: 'no pod came up within progressDeadlineSeconds 600 of being scaled up from 0; pods cannot be created: exceeded quota',
        by: '',
        instance: id('two'),
        attempt: 0,
      },
    ]);
  });
  test('of an instance that is exactly as old as the switch is one', () => {
    expect(lines(failBack(stageOf(collapsed(40, { versions: { one: up(3), two: coming(3, 0, { ageSeconds: 40 }) } }))))).toEqual([
      'examine two',
    ]);
  });
  test('of which no pod was ever read is asked about', () => {
    expect(lines(failBack(stageOf(collapsed(20, { symptoms: 'unasked' }))))).toEqual(['examine two']);
  });
  test('from zero is one when this very instance has been rising for long enough', () => {
    expect(lines(failBack(stageOf(neverUp(), rising(id('two'), 600))))).toEqual(['examine two']);
    expect(lines(failBack(stageOf(neverUp(), rising(id('two'), 599))))).toEqual([]);
    expect(lines(failBack(stageOf(neverUp(), { ...rising(id('two'), 10), ...rising(id('one'), 600) })))).toEqual([]);
  });
});

describe('nothing of it was ever up', () => {
  const of = (replicas: number, available = 0) =>
    stageOf({ latest: 'two', versions: { two: coming(replicas, available) }, switches: ['two'] });
  const instance = (more: { unproven?: true }) => ({ name: id('two'), uid: `uid-${id('two')}`, ...more });
  const listed = (...instances: { name: string; uid: string; unproven?: true }[]) => [{ id: id('one') }, { id: id('two'), instances }];
  const ask = (status: object, replicas = 3, available = 0): boolean => {
    const { app, routing } = of(replicas, available);
    return isUnproven({ app: { ...app, status: { observedGeneration: 6, ...status } }, routing });
  };
  const history = [{ switchNumber: 1, to: id('two') }];

  test('if its report says so', () => {
    expect(ask({ history, versions: listed(instance({ unproven: true })) })).toBe(true);
    expect(ask({ history, versions: listed({ name: 'x', uid: 'x' }, instance({ unproven: true })) })).toBe(true);
  });
  test('not if its report does not say so, or says so of another instance', () => {
    expect(ask({ history, versions: listed(instance({})) })).toBe(false);
    expect(ask({ history, versions: listed(instance({}), { name: 'x', uid: 'x', unproven: true }) })).toBe(false);
    expect(ask({ history })).toBe(false);
  });
  test('if a switch that is not reported yet finds it at zero', () => {
    expect(ask({}, 0)).toBe(true);
    expect(ask({ history: [] }, 0)).toBe(true);
    expect(ask({}, 3)).toBe(false);
    expect(ask({ history: [] }, 3)).toBe(false);
  });
  test('and not while a pod of it is up, whatever the report says', () => {
    expect(ask({ history, versions: listed(instance({ unproven: true })) }, 3, 1)).toBe(false);
  });
  test('and not if nobody knows what serves, or that is gone', () => {
    const { app, routing } = of(0);
    const status = { observedGeneration: 6, history, versions: listed(instance({ unproven: true })) };
    expect(isUnproven({ app: { ...app, status }, routing: { ...routing, route: undefined } })).toBe(false);
    expect(isUnproven({ app: { ...app, status }, routing: { ...routing, active: undefined } })).toBe(false);
    expect(isUnproven({ app: { ...app, status: { history: [] } }, routing })).toBe(false);
  });
});

const gate = (name: string, enforce: boolean): AuthorGate => ({
  ...{ phase: 'before', name, digest: name, enforce, timeoutSeconds: undefined },
  spec: { is: 'unknown', said: [] },
});
const standing = (name: string, enforce: boolean, is: 'pass' | 'fail'): GateStanding => ({
  ...{ gate: gate(name, enforce), since: NOW, tally: undefined },
  verdict: is === 'pass' ? { is } : { is, reason: 'GateFailed', message: 'it is slow' },
});
const FAILED_GATE = { is: 'fail', reason: 'GateFailed', message: 'gate before/slow: it is slow' } as const;
const SAID = [standing('shadow', false, 'fail'), standing('good', true, 'pass'), standing('slow', true, 'fail')];

describe('a gate that failed', () => {
  const facts: Given = { latest: 'two', versions: { one: up(3), two: up(3) }, switches: ['one'] };
  const failed = (gates: readonly GateStanding[]): object[] => {
    const stage = stageOf(facts);
    const { latest: version } = stage.versions;
    const instance = version.instances[0]!;
    const proof: Proof = { phase: 'before', instance, verdict: FAILED_GATE, gates, actions: [] };
    const judged: Candidacy = {
      ...{ version, instance, wanted: 3, trouble: undefined, actions: [], proof },
      judgement: { verdict: { is: 'pass' }, gates: [] },
    };
    return factsIn(failCandidate(stage, judged));
  };
  const fact = {
    is: 'failed',
    cause: 'version',
    reason: 'GateFailed',
    message: FAILED_GATE.message,
    by: '',
    instance: id('two'),
    attempt: 0,
  };

  test('is named, and not one that is not enforced or has passed', () => {
    expect(failed(SAID)).toEqual([{ ...fact, gate: 'before/slow' }]);
  });
  test('is not named where none is known to have failed', () => {
    expect(failed(SAID.slice(0, 2))).toEqual([fact]);
  });
  test('after the switch is named in what sends traffic back', () => {
    const stage = stageOf({ ...facts, switches: ['one', 'two'] });
    const instance = stage.versions.latest.instances[0]!;
    const watched: Proof = { phase: 'after', instance, verdict: FAILED_GATE, gates: SAID, actions: [] };
    expect(factsIn(concludeTrial({ ...stage, watched }))).toEqual([{ ...fact, gate: 'before/slow' }]);
  });
});

describe('a verdict that could not be stored', () => {
  const verdict: FailedFact = {
    ...{
      is: 'failed',
      cause: 'version',
      reason: 'FailedBack',
      message: 'no pod was left',
      by: '',
      instance: id('two') as string as FailedFact['instance'],
    },
    attempt: 0,
  };
  const key = `owed ${id('two')}.failed`;
  const notes = { [key]: { value: JSON.stringify({ fact: verdict, createdAt: 0 }), since: 0 } };
  const named = { one: { ...up(3), name: '1.0' }, two: { ...up(3), name: '2.0' } };
  const facts: Given = { latest: 'two', versions: named, switches: ['one', 'two', 'one'] };

  test('is tried again while somebody names another version', () => {
    const stage = stageOf({ ...facts, spec: { activeVersion: '1.0' }, decision: '1.0' }, notes);
    expect(lines(failAgain(stage))).toEqual(['attest two.failed: FailedBack']);
  });
  test('is kept in mind until it has been seen, though nobody refuses it any more', () => {
    const stage = stageOf(facts, notes);
    expect(lines(failAgain(stage))).toEqual(['attest two.failed: FailedBack']);
    expect(JSON.parse(stage.timer.notes()[key]!.value)).toEqual({ fact: verdict, createdAt: 0 });
  });
  test('is kept in mind where only the one before it may be deleted, and looked at again in a second', () => {
    const versions = { one: up(3), two: { ...coming(3), failed: { ...quota, ageSeconds: 7200 } } };
    const refused = { 'attest ControllerRevision/two.failed': 'exceeded quota: controllerrevisions' };
    const stage = stageOf(collapsed(20, { versions, refused, evidence: { two: crash } }));
    expect(lines(failBack(stage))).toEqual([
      'retire ControllerRevision two.failed: failed no more: it failed again',
      'attest two.failed: FailedBack',
    ]);
    expect(stage.timer.notes()[key]).toBeDefined();
    expect(stage.timer.wake()).toEqual({ afterMs: 1000 });
  });
});

test('what befell it before it came up is forgotten where it serves with no pods on purpose', () => {
  const facts = (replicas: number): Given => ({
    versions: { one: { ...coming(replicas), failed: { ...quota, ageSeconds: 7200 } } },
    switches: ['one'],
    spec: { replicas },
  });
  expect(lines(clearFailure(stageOf(facts(0))))).toEqual(['retire ControllerRevision one.failed: failed no more: it serves']);
  expect(lines(clearFailure(stageOf(facts(3))))).toEqual([]);
});

test('where another try means downtime what the cluster lacks is the fault of the version, unless nothing serves', () => {
  const causeAt = (switches: readonly string[]): unknown => {
    const stage = stageOf({
      ...{ latest: 'two', versions: { one: cold, two: coming(3) }, switches, evidence: { two: quota } },
      spec: { promotion: { overlap: 'Never' } },
    });
    const { latest: version } = stage.versions;
    const verdict = { is: 'fail', reason: 'ProgressDeadlineExceeded', message: '' } as const;
    const judged: Candidacy = {
      ...{ version, instance: version.instances[0], wanted: 3, trouble: undefined, actions: [] },
      judgement: { verdict, gates: [] },
    };
    return factsIn(failCandidate(stage, judged)).map((fact) => (fact as FailedFact).cause);
  };
  expect(causeAt(['one'])).toEqual(['version']);
  expect(causeAt([])).toEqual(['cluster']);
});
