// What a call says when it went wrong, and when it did not.
import { expect, test } from '@jest/globals';
import type { FailureKind } from '../../src/model/failure.ts';
import { failure, isRefusal, ok } from '../../src/model/failure.ts';

test('a success holds what was read', () => {
  expect(ok(7)).toEqual({ is: 'ok', value: 7 });
  expect(ok(7, ['deprecated'])).toEqual({ is: 'ok', value: 7, warnings: ['deprecated'] });
});

test('a failure without an answer has no status, and asks for patience only where the API server did', () => {
  expect(failure('Transient', 'no answer')).toStrictEqual({ is: 'failure', kind: 'Transient', message: 'no answer', status: 0 });
  expect(failure('Transient', 'slow down', 429, 2000)).toStrictEqual({
    is: 'failure',
    kind: 'Transient',
    message: 'slow down',
    status: 429,
    retryAfterMs: 2000,
  });
});

test.each<[FailureKind, number, boolean]>([
  ['Denied', 403, true],
  ['Bug', 0, true],
  ['Transient', 429, true],
  ['Transient', 0, false],
  ['Conflict', 409, false],
  ['Exists', 409, false],
  ['Gone', 404, false],
  ['Ending', 403, false],
])('after %s, answered with %i, the rest of the decision can be done: %s', (kind, status, rest) => {
  expect(isRefusal(failure(kind, '', status))).toBe(rest);
});
