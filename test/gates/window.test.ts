// Windows at instants that matter: midnight, days that clocks are changed on, days that are excepted.
import { describe, expect, test } from '@jest/globals';
import { Settings } from 'luxon';
import { window } from '../../src/gates/window.ts';
import type { WindowSpec } from '../../src/model/measure.ts';

const spec = (more: Partial<WindowSpec> = {}): WindowSpec => ({
  is: 'window',
  timeZone: 'Europe/Berlin',
  days: [],
  from: '09:00',
  to: '16:00',
  except: [],
  ...more,
});
const at = (instant: string): { now: number } => ({ now: Date.parse(instant) });
const WEEK = ['Mon', 'Tue', 'Wed', 'Thu'];
const NIGHT = { days: ['Fri'], from: '22:00', to: '02:00' };
const HOLIDAYS = { except: ['2026-12-24/2027-01-02', '2026-10-03'] };

/** Friday 2026-03-27 is in winter time, UTC+1; clocks go forward on Sunday 2026-03-29 and back on Sunday 2026-10-25. */
const ROWS: readonly (readonly [what: string, more: Partial<WindowSpec>, instant: string, opens: string])[] = [
  ['the moment that it opens', {}, '2026-03-27T08:00:00Z', 'open'],
  ['a moment before', {}, '2026-03-27T07:59:59.999Z', '2026-03-27T08:00:00Z'],
  ['the last moment', {}, '2026-03-27T14:59:59.999Z', 'open'],
  ['the moment that it closes', {}, '2026-03-27T15:00:00Z', '2026-03-28T08:00:00Z'],
  ['a day that is not listed', { days: WEEK }, '2026-03-27T12:00:00Z', '2026-03-30T07:00:00Z'],
  ['over midnight, before it', NIGHT, '2026-03-27T22:30:00Z', 'open'],
  ['over midnight, on the next day', NIGHT, '2026-03-28T00:30:00Z', 'open'],
  ['over midnight, the day that it opens on counts', NIGHT, '2026-03-27T00:30:00Z', '2026-03-27T21:00:00Z'],
  [
    'over midnight, the next day is listed and the day before is not',
    { ...NIGHT, days: ['Sat'] },
    '2026-03-28T00:30:00Z',
    '2026-03-28T21:00:00Z',
  ],
  ['a whole day', { from: '00:00', to: '00:00', days: ['Sun'] }, '2026-03-29T21:59:59Z', 'open'],
  ['a whole day of 23 hours', { from: '00:00', to: '00:00', days: ['Sun'] }, '2026-03-29T22:00:00Z', '2026-04-04T22:00:00Z'],
  ['an hour that is skipped counts an hour later', { from: '02:30', to: '04:00' }, '2026-03-29T01:15:00Z', '2026-03-29T01:30:00Z'],
  ['and is open then', { from: '02:30', to: '04:00' }, '2026-03-29T01:45:00Z', 'open'],
  ['what lies in a skipped hour alone ends when it begins', { from: '02:15', to: '02:45' }, '2026-03-29T01:20:00Z', 'open'],
  ['an hour that is struck twice counts from the first', { from: '02:30', to: '03:30' }, '2026-10-25T00:30:00Z', 'open'],
  ['and lasts through the second', { from: '02:30', to: '03:30' }, '2026-10-25T02:29:00Z', 'open'],
  ['what is over before its hour comes is left out', { from: '02:30', to: '03:00' }, '2026-03-29T01:30:00Z', '2026-03-30T00:30:00Z'],
  ['summer time', {}, '2026-07-01T07:00:00Z', 'open'],
  ['an exception, the first day', HOLIDAYS, '2026-12-24T10:00:00Z', '2027-01-03T08:00:00Z'],
  ['an exception, the last day', HOLIDAYS, '2027-01-02T10:00:00Z', '2027-01-03T08:00:00Z'],
  ['an exception of one day', HOLIDAYS, '2026-10-03T10:00:00Z', '2026-10-04T07:00:00Z'],
  ['an exception of four hundred days', { except: ['2026-03-27/2027-04-30'] }, '2026-03-27T12:00:00Z', '2027-05-01T07:00:00Z'],
  ['a night that began before an exception', { ...NIGHT, days: [], except: ['2026-12-24'] }, '2026-12-24T00:30:00Z', 'open'],
  ['another time zone has another day', { timeZone: 'Pacific/Auckland', days: ['Sat'] }, '2026-03-27T21:00:00Z', 'open'],
];

describe('a window', () => {
  test.each(ROWS)('%s', (_what, more, instant, opens) => {
    const verdict = window(spec(more), at(instant));
    const said = verdict.is === 'pass' ? 'open' : new Date(verdict.opensAt ?? NaN).toISOString().replace('.000Z', 'Z');
    expect(said).toBe(opens);
  });

  test('says when it opens, in its own time zone', () => {
    expect(window(spec({ days: WEEK }), at('2026-03-27T12:00:00Z'))).toMatchObject({
      is: 'wait',
      reason: 'WindowClosed',
      message: 'traffic moves Mon, Tue, Wed, Thu from 09:00 to 16:00 Europe/Berlin: it opens at Mon 2026-03-30 09:00 Europe/Berlin',
    });
  });

  test('has English days, whatever language the process speaks', () => {
    const before = Settings.defaultLocale;
    Settings.defaultLocale = 'de';
    try {
      expect(window(spec({ days: ['Fri'] }), at('2026-03-27T12:00:00Z'))).toEqual({ is: 'pass' });
      expect(window(spec({ days: ['Tue'] }), at('2026-03-27T12:00:00Z'))).toMatchObject({
        message: expect.stringMatching(/ it opens at Tue 2026-03-31 09:00 Europe\/Berlin$/),
      });
    } finally {
      Settings.defaultLocale = before;
    }
  });

  test('never opens where every day is excepted', () => {
    const verdict = window(spec({ except: ['2026-01-01/2099-12-31'] }), at('2026-03-27T12:00:00Z'));
    expect(verdict).toEqual({
      is: 'wait',
      reason: 'WindowClosed',
      message: 'traffic moves daily from 09:00 to 16:00 Europe/Berlin: it never opens',
    });
  });

  test('passes in no time zone that does not exist', () => {
    expect(window(spec({ timeZone: 'Mars/Olympus', from: '00:00', to: '00:00' }), at('2026-03-27T12:00:00Z'))).toMatchObject({
      is: 'wait',
      reason: 'GateUnknown',
    });
  });
});
