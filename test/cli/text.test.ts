// How text is laid out: columns, lines, lengths of time.
import { describe, expect, test } from '@jest/globals';
import { columns, cut, duration, quoted, span, wrap } from '../../src/cli/text.ts';

test.each([
  [0, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [3_599_000, '59m'],
  [3_600_000, '1h'],
  [3_600_000 + 20 * 60_000, '1h20m'],
  [12 * 3_600_000 + 20 * 60_000, '12h'],
  [28 * 3_600_000, '1d4h'],
  [-5, '0s'],
])('%s ms is %s', (ms, text) => {
  expect(span(ms)).toBe(text);
});

test.each([
  ['90s', 90_000],
  ['4h', 14_400_000],
  ['1h30m', 5_400_000],
  ['250ms', 250],
  ['2d', 172_800_000],
  ['4', undefined],
  ['h', undefined],
  ['4h please', undefined],
  ['', undefined],
])('%s is a duration of %s', (text, ms) => {
  expect(duration(text)).toBe(ms);
});

describe('columns', () => {
  test('are as wide as need be, colours not counted', () => {
    expect(
      columns(
        ['A', 'LONG'],
        [
          ['one', '\u001b[31mx\u001b[39m'],
          ['three', 'y'],
        ],
      ),
    ).toEqual(['A       LONG', 'one     \u001b[31mx\u001b[39m', 'three   y']);
  });
  test('end at the width of the terminal', () => {
    expect(columns(['A', 'B'], [['one', 'much too long']], 12)).toEqual(['A     B', 'one   much …']);
  });
  test('of nothing are nothing', () => {
    expect(columns(['A'], [])).toEqual([]);
  });
});

test('what fits is not cut', () => {
  expect([cut('four', 4), cut('fives', 4)]).toEqual(['four', 'fiv…']);
});

test('lines break between words, and a long word has its own', () => {
  expect(wrap('a bb ccc dddddddddd e', 6, '  ')).toEqual(['a bb', '  ccc', '  dddddddddd', '  e']);
  expect(wrap('  ', 6)).toEqual([]);
});

test.each([
  ['try kubectl iapp go web 2.4.0 -n shop; then wait', ['try', 'kubectl iapp go web 2.4.0 -n shop;', 'then wait']],
  ['(kubectl -p {"a":"b"}) or not', ['(kubectl -p {"a":"b"})', 'or not']],
  ['see: kubectl get pods', ['see:', 'kubectl get pods']],
])('a command is not broken: %s', (text, lines) => {
  expect(wrap(text, 10)).toEqual(lines);
});

test('a shell reads a word as one word', () => {
  expect([quoted('web=1'), quoted("it's"), quoted('a b')]).toEqual(['web=1', `'it'\\''s'`, "'a b'"]);
});
