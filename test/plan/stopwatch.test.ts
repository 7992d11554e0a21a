// Time inside one decision: what is noted, what is carried over, and what wakes the next one.
import { expect, test } from '@jest/globals';
import { stopwatch } from '../../src/plan/stopwatch.ts';

const NOW = 1_000_000;
const before = { door: { value: 'open', since: NOW - 5000 } };

test('a fact that holds keeps its beginning; another value begins now', () => {
  const watch = stopwatch(before, NOW);
  expect([watch.note('door', 'open'), watch.note('lamp', 1)]).toEqual([NOW - 5000, NOW]);
  expect([watch.knew('door', 'open'), watch.knew('door', 'shut'), watch.knew('lamp', 1)]).toEqual([true, false, false]);
  expect([watch.before('door'), watch.before('lamp')]).toEqual(['open', undefined]);
  expect(watch.notes()).toEqual({ door: before.door, lamp: { value: '1', since: NOW } });
  expect(stopwatch(before, NOW).note('door', 'shut')).toBe(NOW);
});

test('only what was asked about is remembered, and nothing is made up', () => {
  const watch = stopwatch({ ...before, lamp: { value: 'on', since: 1 } }, NOW);
  watch.keep('door');
  watch.keep('window');
  expect(Object.entries(watch.notes())).toEqual([['door', before.door]]);
});

test('the first thing that is waited for wakes the next decision, and nothing that is over', () => {
  const watch = stopwatch(before, NOW);
  expect(watch.wake()).toBe('await-change');
  expect([watch.held('door', 'open', 5), watch.past(NOW, 0)]).toEqual([true, true]);
  expect(watch.wake()).toBe('await-change');
  expect([watch.held('door', 'open', 9), watch.past(NOW - 1000, 3), watch.past(NOW, 60)]).toEqual([false, false, false]);
  expect(watch.wake()).toEqual({ afterMs: 2000 });
});

test('seconds are whole, and none has passed since what is to come', () => {
  const watch = stopwatch({}, NOW);
  expect([NOW - 2999, NOW, NOW + 5000].map((at) => watch.elapsed(at))).toEqual([2, 0, 0]);
});
