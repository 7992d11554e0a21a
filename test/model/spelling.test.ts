// What was meant is found among what there is, and nothing is guessed that was hardly meant.
import { expect, test } from '@jest/globals';
import { nearest } from '../../src/model/spelling.ts';

const NAMES = ['1.7', '1.5', '1.3', '1.2', '1.0', '2.4.1', 'checkout-km68tzwwgg', 'checkout-gfwtbf4cqk'];

test.each([
  ['1.O', '1.0'],
  ['l.5', '1.5'],
  ['1,3', '1.3'],
  ['2.4.l', '2.4.1'],
  ['24.1', '2.4.1'],
  ['checkout-km68tzwwg', 'checkout-km68tzwwgg'],
  ['checkout-km86tzwwgg', 'checkout-km68tzwwgg'],
  ['chekout-gfwtbf4cqk', 'checkout-gfwtbf4cqk'],
  ['1.8', '1.7'],
])('"%s" was meant to be %s', (typed, meant) => {
  expect(nearest(typed, NAMES)).toBe(meant);
});

test.each(['9.9', '', 'nonsense', 'x'.repeat(5000), 'checkout-bcdfghjklm'])('"%s" is none of them', (typed) => {
  expect(nearest(typed, NAMES)).toBeUndefined();
});
