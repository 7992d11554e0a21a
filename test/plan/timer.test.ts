// Time inside one decision: what is noted, what is carried over, and what wakes the next one.
import { expect, test } from '@jest/globals';
import { startTimer } from '../../src/plan/read/timer.ts';

const NOW = 1_000_000;
const before = { door: { value: 'open', since: NOW - 5000 } };

test('a fact that holds keeps its beginning; another value begins now', () => {
  const timer = startTimer(before, NOW);
  expect([timer.note('door', 'open'), timer.note('lamp', 1)]).toEqual([NOW - 5000, NOW]);
  expect([timer.knew('door', 'open'), timer.knew('door', 'shut'), timer.knew('lamp', 1)]).toEqual([true, false, false]);
  expect([timer.before('door'), timer.before('lamp')]).toEqual(['open', undefined]);
  expect(timer.notes()).toEqual({ door: before.door, lamp: { value: '1', since: NOW } });
  expect(startTimer(before, NOW).note('door', 'shut')).toBe(NOW);
});

test('only what was asked about is remembered, and nothing is made up', () => {
  const timer = startTimer({ ...before, lamp: { value: 'on', since: 1 } }, NOW);
  timer.keep('door');
  timer.keep('window');
  expect(Object.entries(timer.notes())).toEqual([['door', before.door]]);
});

test('the first thing that is waited for wakes the next decision, and nothing that is over', () => {
  const timer = startTimer(before, NOW);
  expect(timer.wake()).toBe('await-change');
  expect([timer.held('door', 'open', 5), timer.past(NOW, 0)]).toEqual([true, true]);
  expect(timer.wake()).toBe('await-change');
  expect([timer.held('door', 'open', 9), timer.past(NOW - 1000, 3), timer.past(NOW, 60)]).toEqual([false, false, false]);
  expect(timer.wake()).toEqual({ afterMs: 2000 });
});

test('while events may have been missed nothing is known to last, and it is looked at again soon', () => {
  const held = (interruptedAt: number, seconds: number) => {
    const timer = startTimer(before, NOW, interruptedAt);
    return [timer.held('door', 'open', seconds), timer.wake()];
  };
  expect(held(NOW - 2000, 3)).toEqual([true, 'await-change']);
  expect(held(NOW - 2001, 3)).toEqual([false, { afterMs: 1000 }]);
  expect(held(NOW - 2001, 9)).toEqual([false, { afterMs: 4000 }]);
  expect(held(NOW - 60_000, 0)).toEqual([true, 'await-change']); // it is so now
  expect(held(NOW - 8000, 3)).toEqual([false, { afterMs: 2000 }]);
});

test('what was over before events may have been missed is over', () => {
  const interrupted = startTimer({}, NOW, NOW - 2000);
  expect([interrupted.past(NOW - 5000, 4), interrupted.lasted(NOW - 5000, 3), interrupted.interrupted()]).toEqual([true, true, true]);
  expect(startTimer({}, NOW, NOW - 2000).lasted(NOW - 5000, 4)).toBe(false);
  const whole = startTimer({}, NOW);
  expect([whole.lasted(NOW - 5000, 5), whole.interrupted(), whole.wake()]).toEqual([true, false, 'await-change']);
});

test('seconds are whole, and none has passed since what is to come', () => {
  const timer = startTimer({}, NOW);
  expect([NOW - 2999, NOW, NOW + 5000].map((at) => timer.elapsed(at))).toEqual([2, 0, 0]);
});
