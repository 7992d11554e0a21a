// Time inside one decision: since when something has been so, whether that is long enough, and when to look again. Only this file compares
// instants, so that a decision cannot wait for something and forget to be woken.
import type { Wake } from '../../model/action.ts';
import type { Notes } from '../../model/observed.ts';

/** An instant for people, rounded up to the second: when it is shown as past, it is. */
export const instant = (at: number): string => new Date(Math.ceil(at / 1000) * 1000).toISOString().replace('.000', '');

export interface Timer {
  readonly now: number;
  /**
   * Whether `fact` is known to have had `value` for `seconds`. A fact that was not noted before starts now. While the API server does not tell of
   * everything no time passes: if not known by then, the App is looked at again and again until it does.
   */
  held(fact: string, value: string | number, seconds: number): boolean;
  /**
   * Since when `fact` has had `value`. Keeps the note for later decisions, and wakes nobody. `from`: since when, if no earlier decision noted it.
   */
  note(fact: string, value: string | number, from?: number): number;
  /** What the previous decision noted about `fact`. */
  before(fact: string): string | undefined;
  /** Keeps the note as it is, when this decision cannot tell the value. */
  keep(fact: string): void;
  /** Whole seconds since the instant `at`; 0 if it is in the future. */
  elapsed(at: number): number;
  /** Whether the previous decision noted that `fact` has `value`. */
  knew(fact: string, value: string | number): boolean;
  /** Whether `seconds` have passed since the instant `at`. If not, the App is looked at again then. */
  past(at: number, seconds: number): boolean;
  /** Look again at the instant `at` at the latest. */
  wakeAt(at: number): void;
  /** Notes for the next decision: only facts that this one asked about. */
  notes(): Notes;
  wake(): Wake;
}

/** How often it is looked whether the API server tells of everything again. */
const AGAIN_MS = 1_000;

/** `interruptedAt`: since when a watch may have missed something. */
export function startTimer(before: Notes, now: number, interruptedAt = now): Timer {
  const notes: Record<string, { value: string; since: number }> = {};
  let next = Infinity;
  const wakeAt = (at: number): void => {
    if (at > now) next = Math.min(next, at);
  };
  const past = (at: number, seconds: number): boolean => {
    wakeAt(at + seconds * 1000);
    return now >= at + seconds * 1000;
  };
  const note = (fact: string, value: string | number, from = now): number => {
    const known = before[fact];
    const since = known?.value === String(value) ? known.since : Math.min(from, now);
    notes[fact] = { value: String(value), since };
    return since;
  };
  return {
    now,
    past,
    wakeAt,
    note,
    before: (fact) => before[fact]?.value,
    keep: (fact) => {
      const known = before[fact];
      if (known !== undefined) notes[fact] = known;
    },
    elapsed: (at) => Math.max(0, Math.floor((now - at) / 1000)),
    knew: (fact, value) => before[fact]?.value === String(value),
    held(fact, value, seconds) {
      const since = note(fact, value);
      const isDue = past(since, seconds);
      const isKnown = seconds === 0 || interruptedAt >= since + seconds * 1000;
      if (isDue && !isKnown) wakeAt(now + AGAIN_MS);
      return isDue && isKnown;
    },
    notes: () => notes,
    wake: () => (next === Infinity ? 'await-change' : { afterMs: Math.max(1, next - now) }),
  };
}
