// When pods are asked why they are not up, and how long what they say is worth telling: to the second, since both are about the time in between.
import { expect, test } from '@jest/globals';
import type { Action } from '../../src/model/action.ts';
import type { InstanceSeen, Snapshot } from '../../src/model/observed.ts';
import type { Evidence } from '../../src/model/question.ts';
import { plan } from '../../src/plan/plan.ts';
import { ask, isTelling, symptomOf } from '../../src/plan/read/symptoms.ts';
import type { Given } from '../given.ts';
import { coming, freeze, given, id, NOW, up } from '../given.ts';
import { sceneOf } from './stage.ts';
import { lines } from './table.ts';

const CRASH: Evidence = { cause: 'version', reason: 'CrashLoop', message: 'container api crashed', container: 'api' };
const UNREADY: Evidence = { cause: 'version', reason: 'NotReadyInTime', message: 'container api is not ready', container: 'api' };
const WHOLE: Evidence = { cause: 'version', reason: 'NotReadyInTime', message: '' };
const RISING: Given = { latest: 'two', versions: { one: up(3), two: coming(3, 0, { pods: 3 }) }, switches: ['one'], symptoms: 'unasked' };

const two = (seen: Snapshot): InstanceSeen => seen.instances.find(({ name }) => (name as string) === (id('two') as string))!;
/** Two has not been up for `since` seconds; its pods were read `read` seconds ago and said this. */
function scene(since: number, read?: number, said: Evidence = CRASH, facts: Given = RISING) {
  const seen = given(facts);
  const { name } = two(seen);
  const symptom = read === undefined ? [] : [[name, { evidence: undefined, symptom: { ...said, at: NOW - read * 1000, toldAt: NOW } }]];
  const pods = new Map(symptom as [typeof name, { evidence: undefined; symptom: Evidence & { at: number; toldAt: number } }][]);
  const at = freeze({ ...seen, answers: { ...seen.answers, pods } });
  return sceneOf(at, { [`ailing ${name}`]: { value: 'yes', since: NOW - since * 1000 } });
}
const isAsked = (of: ReturnType<typeof scene>): boolean => ask(of, [two(of.seen)], []).length > 0;
const told = (of: ReturnType<typeof scene>): string | undefined => symptomOf(of, two(of.seen))?.message;

test.each<[string, number, number | undefined, boolean]>([
  ['for ten seconds nobody asks', 9, undefined, false],
  ['then they are asked', 10, undefined, true],
  ['what they said when something else was wrong does not count: it has its own ten seconds', 0, 60, false],
  ['after those they are asked, however short ago that was', 10, 11, true],
  ['what they said the moment it began counts', 15, 15, false],
  ['soon after the first answer there is a second', 30, 20, true],
  ['and no sooner', 29, 19, false],
  ['what they said after twenty seconds is good for a minute', 50, 30, false],
  ['and for no longer', 80, 60, true],
  ['what they said before that is not', 50, 31, true],
])('%s', (_, since, read, asked) => {
  expect(isAsked(scene(since, read))).toBe(asked);
});

test('what one instance has lacked for long is not what another lacks', () => {
  const before = given({ ...RISING, versions: { one: coming(3, 1, { pods: 3 }), two: up(3) }, spec: { paused: true } });
  const { notes } = plan(before, NOW - 60_000);
  expect(lines(plan(freeze({ ...before, notes }), NOW).actions)).toEqual(['examine one']);
  const after = given({ ...RISING, spec: { paused: true }, notes });
  expect(lines(plan(after, NOW).actions)).toEqual([]);
});

test('each instance is asked once, and not if it is asked for a verdict already: looks at its images are none', () => {
  const of = scene(10);
  const instance = two(of.seen);
  const { name } = instance;
  const examined: Action[] = [{ do: 'ask', question: { ask: 'pods', instance: name } }];
  expect(ask(of, [instance, undefined, instance], [])).toEqual(examined);
  expect(ask(of, [instance], examined)).toEqual([]);
  expect(ask(of, [instance], [{ do: 'ask', question: { ask: 'images', instance: name, of: '' } }])).toEqual(examined);
});

test('what is up, or is being deleted, or is not there, has no symptom, whatever it said', () => {
  const of = scene(20, 10);
  const instance = two(of.seen);
  expect(symptomOf(of, instance)?.message).toBe('container api crashed');
  expect(symptomOf(of, { ...instance, available: 3 })).toBeUndefined();
  expect(symptomOf(of, { ...instance, deleting: true })).toBeUndefined();
  expect(symptomOf(of, undefined)).toBeUndefined();
  expect(isTelling(undefined)).toBe(false);
});

test.each<[string, number, number | undefined, Evidence, string | undefined]>([
  ['nobody asked', 60, undefined, CRASH, undefined],
  ['a crash is told at once', 20, 20, CRASH, 'container api crashed'],
  ['a crash of before is not told any more', 20, 21, CRASH, undefined],
  ['what starts slowly is nothing to tell', 29, 0, UNREADY, undefined],
  ['after half a minute it is', 30, 0, UNREADY, 'container api is not ready'],
  ['but only if it was read then', 60, 31, UNREADY, undefined],
  ['of no container there is nothing to tell', 60, 0, WHOLE, undefined],
])('symptoms: %s', (_, since, read, said, message) => {
  expect(told(scene(since, read, said))).toBe(message);
});

/** The last report says this of version two. */
const reported = (state: string, uids: readonly string[], reason = 'CrashLoop'): Given => ({
  ...RISING,
  status: {
    versions: [
      { id: id('two'), state, reason, instances: uids.map((uid, i) => ({ name: `${id('two')}-${String(i)}`, uid, role: 'Target' })) },
    ],
  },
});
const OWN = `uid-${id('two')}`;

test.each<[string, Given, boolean]>([
  ['of trouble', reported('Target', [OWN]), true],
  ['of trouble that two instances of the version have', reported('Target', ['uid-another', OWN]), true],
  ['of none', { ...RISING, status: { versions: [{ id: id('two'), state: 'Target' }] } }, false],
  ['of a failure, which is a verdict', reported('Failed', [OWN]), false],
  ['of trouble of a former instance', reported('Target', ['uid-another']), false],
  ['that it is held', reported('Cold', [OWN], 'Held'), false],
  ['of nothing', RISING, false],
])('a process that has just started goes by the last report: it tells %s', (_, facts, known) => {
  expect([isAsked(scene(0, undefined, CRASH, facts)), told(scene(1, 0, UNREADY, facts))]).toEqual([
    known,
    known ? 'container api is not ready' : undefined,
  ]);
});
