// A version waits for its window in virtual time: the timer alone brings the next decision, over midnight and over the night in which clocks are
// changed, and traffic moves at the moment at which it opens, not before and not again.
import { expect, test } from '@jest/globals';
import { plan } from '../../src/plan/plan.ts';
import type { Given } from '../given.ts';
import { given, NOW, up } from '../given.ts';
import { lines } from './table.ts';

/** Two is up beside one, which serves. */
const update = (window: object): Given => ({
  latest: 'two',
  versions: { one: up(3), two: up(3) },
  switches: ['one'],
  spec: { promotion: { before: [{ name: 'hours', window: { timeZone: 'Europe/Berlin', ...window } }] } },
});

/** Decides when the timer says so, and at no other time; when traffic moves, and how often it was looked at. */
function waited(window: object, from: string): { readonly moved: string; readonly looks: number } {
  let seen = given(update(window));
  let now = Date.parse(from);
  for (let looks = 1; looks < 100; looks++) {
    const { actions, notes, wake } = plan(seen, now);
    if (lines(actions).some((line) => line.startsWith('switch')))
      return { moved: new Date(now).toISOString().replace('.000Z', 'Z'), looks };
    if (wake === 'await-change') return { moved: 'never', looks };
    expect(wake.afterMs).toBeGreaterThan(0);
    seen = { ...seen, notes };
    now += wake.afterMs;
  }
  throw new Error('it is looked at again and again');
}

const NIGHT = { from: '22:00', to: '02:00', days: ['Sat'] };

/** Clocks go forward on Sunday 2026-03-29 at 01:00 UTC, and back on Sunday 2026-10-25 at the same time. */
test.each<[what: string, window: object, from: string, moved: string]>([
  ['a day begins after midnight', { from: '00:30', to: '05:00' }, '2026-03-27T12:00:00Z', '2026-03-27T23:30:00Z'],
  ['over midnight: it is open on the next day still', NIGHT, '2026-03-29T00:30:00Z', '2026-03-29T00:30:00Z'],
  ['over midnight: it opens on the day that it belongs to', NIGHT, '2026-03-29T01:30:00Z', '2026-04-04T20:00:00Z'],
  ['the hour at which it opens is skipped', { from: '02:30', to: '05:00' }, '2026-03-29T00:10:00Z', '2026-03-29T01:30:00Z'],
  ['a night is an hour shorter', { from: '09:00', to: '16:00' }, '2026-03-28T20:00:00Z', '2026-03-29T07:00:00Z'],
  ['a night is an hour longer', { from: '09:00', to: '16:00' }, '2026-10-24T20:00:00Z', '2026-10-25T08:00:00Z'],
  ['the hour at which it opens comes twice', { from: '02:30', to: '05:00' }, '2026-10-24T20:00:00Z', '2026-10-25T00:30:00Z'],
  ['half a year', { from: '09:00', to: '16:00', except: ['2026-03-01/2026-10-24'] }, '2026-03-01T12:00:00Z', '2026-10-25T08:00:00Z'],
])('%s', (_what, window, from, moved) => {
  expect(waited(window, from).moved).toBe(moved);
});

test('who waits for half a year is looked at no more than a few times', () => {
  expect(waited({ from: '09:00', to: '16:00', except: ['2026-03-01/2026-10-24'] }, new Date(NOW).toISOString()).looks).toBeLessThan(10);
});
