import { expect, test } from '@jest/globals';
import { REASON } from '../../src/model/vocabulary.ts';

test('a reason is called what it says', () => {
  expect(Object.entries(REASON).filter(([key, value]) => key !== value)).toEqual([]);
});
