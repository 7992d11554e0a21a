// What it is for: equal strings that came apart take the memory of one. Measured, since nothing else would tell.
import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { intern, share } from '../../src/shell/store/intern.ts';

test('equal strings take the memory of one', () => {
  const output = execFileSync(process.execPath, ['--expose-gc', '--disable-warning=ExperimentalWarning', 'test/shell/weight.ts']);
  const { apart, interned } = JSON.parse(output.toString()) as { apart: number; interned: number };
  expect(interned).toBeLessThan(apart * 0.5);
});

test('what is interned says what it said', () => {
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

test('what says the same as before becomes the same, part by part', () => {
  const before = { owner: { uid: 'a' }, ports: [{ number: 80 }], labels: { app: 'web' } };
  const value = { owner: { uid: 'a' }, ports: [{ number: 81 }], labels: { app: 'web' } };
  const said = structuredClone(value);
  share(value, before);
  expect(value).toEqual(said);
  expect(value.owner).toBe(before.owner);
  expect(value.ports).not.toBe(before.ports);
});
