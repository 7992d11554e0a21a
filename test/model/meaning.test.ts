// What means the same is the same version, however it is spelt.
import { describe, expect, test } from '@jest/globals';
import { isPlainlySaid, meaningOf, respelt } from '../../src/model/meaning.ts';
import type { JsonObject } from '../../src/model/version.ts';

describe('content', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['empty lists go, wherever they are', { template: { a: [], b: { c: [], d: 1 } } }, { template: { b: { d: 1 } } }],
    ['empty maps stay, and what has become one', { template: { a: {}, b: [{ c: [] }] } }, { template: { a: {}, b: [{}] } }],
    [
      'what is no list stays as it is',
      { template: { a: null, b: '', c: 0, d: [1, null, ''] } },
      { template: { a: null, b: '', c: 0, d: [1, null, ''] } },
    ],
    ['a config that is no list is left to the schema', { template: {}, config: 'all' }, { template: {}, config: 'all' }],
    [
      'bytes have one spelling',
      { template: {}, config: [{ name: 'web', data: { a: 'aGk\n=' }, binaryData: { a: 'aGVs\r\nbG8=', b: 'aGk=' } }] },
      { template: {}, config: [{ name: 'web', data: { a: 'aGk\n=' }, binaryData: { a: 'aGVsbG8=', b: 'aGk=' } }] },
    ],
    [
      'none stays none',
      { template: {}, config: [{ name: 'web', binaryData: {} }] },
      { template: {}, config: [{ name: 'web', binaryData: {} }] },
    ],
    [
      'bytes of another type, too',
      { template: {}, config: [{ binaryData: { a: 5 } }] },
      { template: {}, config: [{ binaryData: { a: 5 } }] },
    ],
  ])('%s', (_, said, meant) => {
    expect(meaningOf(said)).toEqual(meant);
  });

  test('that has no config does not get one', () => {
    expect(Object.keys(meaningOf({ template: {} }))).toEqual(['template']);
  });
});

test.each([
  ['{"template":{"a":[1],"b":{}}}', true],
  ['{"template":{"a":[]}}', false],
  ['{"config":[{"binaryData":{"a":"aGk="}}]}', false],
])('%s: nothing to be done about it is %s', (content, plainly) => {
  expect(isPlainlySaid(content)).toBe(plainly);
});

test.each([
  ['aGVsbG8=', 'aGVsbG8='],
  ['aGVs\r\nbG8=\n', 'aGVsbG8='],
  ['aGVsbG9=', 'aGVsbG8='],
  ['aGVsbG8', 'aGVsbG8='],
  ['no bytes!', 'no bytes!'],
])('%j is kept as %j', (typed, kept) => {
  expect(respelt(typed)).toBe(kept);
});
