// What a call says when it went wrong, and when it did not.
import { expect, test } from '@jest/globals';
import { failure, ok } from '../../src/model/failure.ts';

test('a success holds what was read', () => {
  expect(ok(7)).toEqual({ is: 'ok', value: 7 });
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
