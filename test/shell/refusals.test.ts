// How often a write is tried in vain before the rest goes on without it, and when people are told.
import { expect, test } from '@jest/globals';
import type { Action } from '../../src/model/action.ts';
import { failure } from '../../src/model/failure.ts';
import type { InstanceName } from '../../src/model/version.ts';
import type { Clock } from '../../src/shell/clock.ts';
import { blank } from '../../src/shell/store/memory.ts';
import type { Deeds } from '../../src/shell/loop/refusals.ts';
import { count, heedRefusals, MOST_REPEATS, nextTryMs, refuse, repeat, restless } from '../../src/shell/loop/refusals.ts';

const scale: Action = { do: 'scale', instance: 'shop-x' as InstanceName, uid: 'u', from: 2, to: 3 };
const clockAt = (ms: number): Clock => ({ now: () => ms, monotonic: () => ms, after: () => () => undefined });

test('without an answer a write is tried twice with all the rest, and from the third time on the rest goes on without it', () => {
  const memory = blank();
  const silent = failure('Transient', 'no answer');
  const letBe = Array.from({ length: 8 }, () => refuse(memory, clockAt(0), 'w', scale, silent));
  expect(letBe).toEqual([false, false, true, true, true, true, true, true]);
  expect(memory.refusals.get('w')).toMatchObject({ lasting: false });
});

test('people are told at the seventh time, since some seconds have passed by then', () => {
  const memory = blank();
  const told = Array.from({ length: 7 }, () => {
    refuse(memory, clockAt(0), 'w', scale, failure('Transient', 'no answer'));
    return memory.refusals.get('w')?.finding?.reason;
  });
  expect(told).toEqual([undefined, undefined, undefined, undefined, undefined, undefined, 'WriteFailing']);
});

test('a refusal is let be at once, told at once, and tried again a minute later', () => {
  const memory = blank();
  expect(refuse(memory, clockAt(0), 'w', scale, failure('Denied', 'exceeded quota', 403))).toBe(true);
  expect(memory.refusals.get('w')).toMatchObject({ lasting: true, finding: { reason: 'Denied' } });
  expect(nextTryMs(memory, clockAt(0))).toBe(60_000);
  heedRefusals(memory, clockAt(59_999));
  expect(memory.refusals.size).toBe(1);
  heedRefusals(memory, clockAt(60_000));
  expect(memory.refusals.size).toBe(0);
});

test('a write that succeeds over and over is let be like a refused one, and named', () => {
  const memory = blank();
  repeat(memory, clockAt(0), 'w', scale);
  const refusal = memory.refusals.get('w');
  expect(refusal).toMatchObject({ lasting: true, finding: { reason: 'WriteRepeats' } });
  expect(refusal?.finding?.message).toMatch(/shop-x.*written 4 times in a row and still differs/);
  expect(nextTryMs(memory, clockAt(0))).toBe(60_000);
});

test('what never comes to rest is told by the first write that repeats, and how many more do', () => {
  const deeds: Deeds = new Map();
  count(deeds, 'once', scale);
  expect(restless(deeds)).toBeUndefined();
  for (let i = 0; i < MOST_REPEATS; i++) count(deeds, 'again', scale);
  expect(restless(deeds)?.message).toMatch(/^scale Deployment\/shop-x 2 → 3: done again and again/);
  for (let i = 0; i < MOST_REPEATS; i++) count(deeds, 'and again', scale);
  const told = restless(deeds);
  expect(told?.reason).toBe('WriteRepeats');
  expect(told?.message).toMatch(/^scale Deployment\/shop-x 2 → 3 \(and 1 more\): done again and again/);
});
