// What people type in annotations is read exactly, or reported with the form it should have.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readDecrees } from '../../src/model/decree.ts';

const read = (decree: 'pin' | 'reject' | 'renew', typed: string) => readDecrees({ [`immutableapp.io/${decree}`]: typed });

test('nothing said is nothing read', () => {
  expect(readDecrees({})).toEqual({ pin: undefined, reject: { versions: [], typed: '' }, renew: undefined, unreadable: [] });
});

test.each([
  ['2.4.1 until 2026-03-01T12:00:00Z', '2.4.1', '2026-03-01T12:00:00.000Z'],
  ['shop-bcdfghjklm until 2026-03-01T12:00:00.5+02:00', 'shop-bcdfghjklm', '2026-03-01T10:00:00.500Z'],
  ['  v1_a+b until 2026-03-01T12:00:00Z ', 'v1_a+b', '2026-03-01T12:00:00.000Z'],
])('pin "%s"', (typed, version, until) => {
  const { pin, unreadable } = read('pin', typed);
  expect([pin?.version, new Date(pin?.until ?? 0).toISOString(), unreadable]).toEqual([version, until, []]);
});

test.each(['1.0', 'until 2026-03-01T12:00:00Z', '1.0 until 2026-03-01', '1.0 until 12:00', '1.0 for 1h', '1.0 until 2026-02-40T12:00:00Z'])(
  'pin "%s" cannot be read',
  (typed) => {
    const { pin, unreadable } = read('pin', typed);
    expect(pin).toBeUndefined();
    expect(unreadable).toEqual([
      `annotation immutableapp.io/pin says "${typed}", which cannot be read: write "<version> until 2026-01-31T04:00:00Z"`,
    ]);
  },
);

test('of what cannot be read two hundred letters are quoted', () => {
  const { unreadable } = read('renew', 'x '.repeat(300));
  expect(unreadable).toEqual([
    `annotation immutableapp.io/renew says "${'x '.repeat(100)}", which cannot be read: write "<id>@<anything new>"`,
  ]);
});

test.each([
  ['a-1', ['a-1']],
  ['a-1,b-2', ['a-1', 'b-2']],
  ['a-1, b-2', ['a-1', 'b-2']],
])('reject "%s"', (typed, versions) => {
  expect(read('reject', typed)).toMatchObject({ reject: { versions, typed }, unreadable: [] });
});
test.each(['a b', ',', 'a,', 'a,,b', 'a;b'])('reject "%s" cannot be read', (typed) => {
  expect(read('reject', typed)).toMatchObject({ reject: { versions: [] }, unreadable: [expect.stringContaining('write "<id>,<id>"')] });
});

test('renew "shop-1@2026-03-01"', () => {
  expect(read('renew', 'shop-1@2026-03-01')).toMatchObject({ renew: { version: 'shop-1', nonce: '2026-03-01' }, unreadable: [] });
});
test.each(['shop-1', '@1', 'shop-1@', 'shop-1@a b', 'a@b@c'])('renew "%s" cannot be read', (typed) => {
  expect(read('renew', typed)).toMatchObject({ renew: undefined, unreadable: [expect.stringContaining('write "<id>@<anything new>"')] });
});

test('whatever was typed, it is read or reported, and never both', () => {
  fc.assert(
    fc.property(fc.constantFrom('pin', 'reject', 'renew'), fc.string(), (decree, typed) => {
      const { pin, reject, renew, unreadable } = read(decree, typed);
      const understood = pin !== undefined || renew !== undefined || reject.versions.length > 0;
      expect(unreadable.length).toBe(typed.trim() === '' || understood ? 0 : 1);
    }),
  );
});
