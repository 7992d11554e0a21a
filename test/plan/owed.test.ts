// What could not be stored is owed from one decision to the next.
import { expect, test } from '@jest/globals';
import { owe, owed } from '../../src/plan/read/owed.ts';
import { startTimer } from '../../src/plan/read/timer.ts';
import { id } from '../given.ts';

const NOW = 1_000_000;

test('what is owed keeps the moment when it was decided, until it is decided anew', () => {
  const held = (by: string) => ({ is: 'held', by }) as const;
  const first = startTimer({}, NOW - 5000);
  expect(owed(first, 'held', id('one'))).toBeUndefined();
  owe(first, id('one'), held('two'));
  const second = startTimer(first.notes(), NOW);
  expect(owed(second, 'held', id('one'))).toEqual({ fact: held('two'), createdAt: NOW - 5000 });
  expect(owed(second, 'failed', id('one'))).toBeUndefined();
  expect(owed(second, 'held', id('two'))).toBeUndefined();
  owe(second, id('one'), held('two'));
  const third = startTimer(second.notes(), NOW + 5000);
  expect(owed(third, 'held', id('one'))).toEqual({ fact: held('two'), createdAt: NOW - 5000 });
  owe(third, id('one'), held('three'));
  expect(owed(startTimer(third.notes(), NOW + 9000), 'held', id('one'))).toEqual({ fact: held('three'), createdAt: NOW + 5000 });
});
