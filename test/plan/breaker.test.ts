// How long an App counts for the circuit breaker.
import { expect, test } from '@jest/globals';
import { COMPROMISE_MS } from '../../src/plan/steps/drift.ts';

test('a compromised App counts for five minutes, as the breaker says when it opens', () => {
  expect(COMPROMISE_MS).toBe(300_000);
});
