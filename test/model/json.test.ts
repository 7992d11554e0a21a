// JSON is read as it was written: what a number cannot carry must not change on its way through us.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exact, plain, texts } from '../../src/model/json.ts';
import { canonical, type Json } from '../../src/model/version.ts';

describe('integers are read exactly', () => {
  test.each([
    ['9007199254740993', 9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
    ['[1,9007199254740992]', [1, 9007199254740992n]],
    ['{"a":{"b":[18446744073709551616]},"c":1}', { a: { b: [18446744073709551616n] }, c: 1 }],
    // Those that a number carries stay numbers, whatever else is there.
    ['[9007199254740991,-9007199254740991,9007199254740993]', [9007199254740991, -9007199254740991, 9007199254740993n]],
    ['[1.0,1e3,-0,0.5,1e300,12345678901234567e-3]', [1, 1000, -0, 0.5, 1e300, 12345678901234.567]],
    ['"9007199254740993"', '9007199254740993'],
    ['{"9007199254740993":"a 9007199254740993 b"}', { '9007199254740993': 'a 9007199254740993 b' }],
    ['null', null],
  ])('%s', (json, value) => {
    expect(exact(json)).toEqual(value);
  });

  test('at whatever place of a text they stand', () => {
    for (let before = 0; before < 40; before++) expect(exact(`${' '.repeat(before)}[1234567890123456789]`)).toEqual([1234567890123456789n]);
  });

  test('at whatever place they stand, the shortest that a number does not carry, too', () => {
    for (let before = 0; before < 40; before++) expect(exact(`${' '.repeat(before)}[9007199254740993]`)).toEqual([9007199254740993n]);
  });

  test('what is no JSON throws, with and without them', () => {
    expect(() => exact('{')).toThrow(SyntaxError);
    expect(() => exact('[9007199254740993')).toThrow(SyntaxError);
  });

  test('any integers come through reading, hashing and reading again', () => {
    const json = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.bigInt(),
        fc.string(),
        fc.constant(null),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(json, (value) => {
        const once = canonical(value);
        expect(canonical(exact(once) as Json)).toBe(once);
      }),
    );
  });

  test('whatever has none is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(plain(exact(json))).toEqual(JSON.parse(json));
      }),
    );
  });
});

test('what is reckoned with has numbers only, and is not copied when it had no others', () => {
  const status = { switchNumber: 1, history: [{ at: 'x', none: null }] };
  expect(plain(status)).toBe(status);
  expect(plain({ history: [{ switchNumber: 9007199254740993n }, 'x'], rest: status })).toEqual({
    history: [{ switchNumber: 9007199254740992 }, 'x'],
    rest: status,
  });
});

test('of labels only texts are read', () => {
  expect(texts({ app: 'web', none: null, one: 1, also: '' })).toEqual({ app: 'web', also: '' });
  expect(texts(null)).toEqual({});
});
