// What it is for: equal strings that came apart take the memory of one. Measured, since nothing else would tell.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { intern } from '../../src/shell/intern.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const OBJECTS = 10_000;

/** Long enough that a copy weighs more than what is measured with it. */
const WORDS = Array.from({ length: 10 }, (_, i) => `one of ten words that every object says: ${i}`.padEnd(100, '.'));

/** As they come from the API server: each with copies of its own of what all say. */
const objects = (): object[] => Array.from({ length: OBJECTS }, () => JSON.parse(JSON.stringify({ words: WORDS })) as object);

function bytesOf(made: () => object[]): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = made();
  collect();
  collect();
  return (process.memoryUsage().heapUsed - before) / kept.length;
}

test('equal strings take the memory of one, and say what they said', () => {
  const apart = bytesOf(objects);
  const one = bytesOf(() => {
    const made = objects();
    made.forEach(intern);
    return made;
  });
  expect(one).toBeLessThan(apart * 0.6);
  const value = { deep: [{ word: 'as it was', none: null, number: 1, long: 'x'.repeat(1000) }] };
  const before = structuredClone(value);
  intern(value);
  expect(value).toEqual(before);
});

test('what is frozen may be interned, and a name that objects have already', () => {
  const frozen = Object.freeze({ name: '__proto__', other: Object.freeze(['constructor', 'toString']) });
  intern(frozen);
  expect(frozen).toEqual({ name: '__proto__', other: ['constructor', 'toString'] });
  expect(Object.keys(Object.prototype)).toEqual([]);
});
