// May traffic move at this hour? Time is an argument. A window over midnight belongs to the day on which it opens. A time that clocks skip in spring
// counts as the next existing one, and one that occurs twice in autumn as the first.
import { DateTime } from 'luxon';
import type { WindowSpec } from '../model/measure.ts';
import { REASON } from '../model/vocabulary.ts';
import type { Verdict } from './gate.ts';

export type WindowVerdict = Verdict & {
  /** When it opens next: ms since the epoch. */
  readonly opensAt?: number;
};

/** How far to look ahead for the next opening: long enough that every exception is over. */
const LONGEST_DAYS = 400;

export function window(spec: WindowSpec, { now }: { readonly now: number }): WindowVerdict {
  const today = DateTime.fromMillis(now, { zone: spec.timeZone }).startOf('day');
  if (!today.isValid)
    return { is: 'wait', reason: REASON.GateUnknown, message: `there is no time zone ${spec.timeZone}: write one such as Europe/Berlin` };
  if ([-1, 0].some((days) => isOpen(spec, today.plus({ days }), now))) return { is: 'pass' };
  const opens = nextAfter(spec, today, now);
  const when =
    opens === undefined ? 'it never opens' : `it opens at ${opens.toFormat('ccc yyyy-MM-dd HH:mm', { locale: 'en' })} ${spec.timeZone}`;
  return {
    is: 'wait',
    reason: REASON.WindowClosed,
    message: `traffic moves ${spoken(spec)}: ${when}`,
    ...(opens === undefined ? {} : { opensAt: opens.toMillis() }),
  };
}

const isOpen = (spec: WindowSpec, day: DateTime, now: number): boolean =>
  isListed(spec, day) && at(day, spec.from).toMillis() <= now && now < endOf(spec, day).toMillis();

function nextAfter(spec: WindowSpec, today: DateTime, now: number): DateTime | undefined {
  for (let days = 0; days <= LONGEST_DAYS; days++) {
    const day = today.plus({ days });
    if (isListed(spec, day) && at(day, spec.from).toMillis() > now) return at(day, spec.from);
  }
  return undefined;
}

/** A window from 22:00 to 06:00 ends on the next day, and so does one that ends when it begins. */
const endOf = ({ from, to }: WindowSpec, day: DateTime): DateTime => at(to <= from ? day.plus({ days: 1 }) : day, to);

function at(day: DateTime, time: string): DateTime {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return day.set({ hour, minute });
}

function isListed({ days, except }: WindowSpec, day: DateTime): boolean {
  const date = day.toFormat('yyyy-MM-dd');
  const isExcepted = except.some((range) => {
    const [first = '', last = first] = range.split('/');
    return first <= date && date <= last;
  });
  return !isExcepted && (days.length === 0 || days.includes(day.toFormat('ccc', { locale: 'en' })));
}

const spoken = ({ days, from, to, timeZone }: WindowSpec): string =>
  `${days.length === 0 ? 'daily' : days.join(', ')} from ${from} to ${to} ${timeZone}`;
