// What `why` says of each reason: a next step, and one that can be typed.
import { describe, expect, test } from '@jest/globals';
import { REASON } from '../../src/model/vocabulary.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { ADVICE, lookUp, nextStep } from '../../src/cli/reasons.ts';

const ABOUT = { app: 'web', namespace: 'shop', version: 'web-kj2s4f45hj' };

describe.each(Object.values(REASON))('%s', (reason) => {
  test('has a next step, with the names it is about', () => {
    const step = nextStep(reason, ABOUT);
    expect(step.length).toBeGreaterThan(10);
    expect(step).not.toMatch(/\b(APP|NS|VERSION)\b/);
    // A sentence for a line, not a headline.
    expect(step).toMatch(/^[a-z]/);
  });
});

test('no row is for a reason that there is not', () => {
  expect(Object.keys(ADVICE).toSorted()).toEqual(Object.values<string>(REASON).toSorted());
});

test('commands of the plugin that are advised are there', () => {
  const there = new Set(COMMANDS.map(({ name }) => name));
  const advised = Object.values(ADVICE).flatMap(({ next }) => [...next.matchAll(/kubectl iapp ([a-z-]+)/g)].map(([, name]) => name!));
  expect(advised.length).toBeGreaterThan(20);
  expect(advised.filter((name) => !there.has(name))).toEqual([]);
});

test('a reason of a newer operator is no bug', () => {
  expect(lookUp('Tomorrow')).toBeUndefined();
  expect(lookUp('toString')).toBeUndefined();
  expect(nextStep('Tomorrow', ABOUT)).toContain('older than the operator');
});
