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

// In short words one slip is allowed, and two letters in the wrong order are one.
test.each([
  ['wbe', 'web', true],
  ['ewb', 'web', true],
  ['ba', 'ab', true],
  ['badc', 'abcd', false],
  ['abc', 'cab', false],
  ['abcd', 'bcad', false],
  ['xbay', 'abcy', false],
  ['wex', 'web', true],
  ['wxy', 'web', false],
  ['lO', 'i0', true],
  ['l.i.1', '1.1.l', true],
  ['ll', '1', true],
  ['lll', '1', false],
  ['ab', 'ca', false],
  ['ab', 'bc', false],
])('%s may be %s: %s', (typed, word, may) => {
  expect(nearest(typed, [word])).toBe(may ? word : undefined);
});

test.each([
  ['', 'a', false],
  ['x'.repeat(100), 'x'.repeat(99), true],
  ['x'.repeat(101), 'x'.repeat(101), false],
])('nothing is not compared, nor what nobody types: %j with %j', (typed, word, is) => {
  expect(nearest(typed, [word])).toBe(is ? word : undefined);
});
