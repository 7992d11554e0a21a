// Time inside one decision: since when something has been so, whether that is long enough, and when to look again. Only this file compares
// instants, so that a decision cannot wait for something and forget to be woken.
import type { Wake } from '../../model/action.ts';
import type { Notes } from '../../model/observed.ts';

/** An instant for people, rounded up to the second: when it is shown as past, it is. */
export const instant = (at: number): string => new Date(Math.ceil(at / 1000) * 1000).toISOString().replace('.000', '');

export interface Timer {
  readonly now: number;
  /** Whether `fact` is known to have had `value` for `seconds`, as `lasted`. A fact that was not noted before starts now. */
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
  /** As `past`, for what is concluded from what did not come: while a watch is interrupted, only what was over before. */
  lasted(at: number, seconds: number): boolean;
  /** Whether a watch may have missed events. If so, the App is looked at again soon. */
  interrupted(): boolean;
  /** Look again at the instant `at` at the latest. */
  wakeAt(at: number): void;
  /** Notes for the next decision: only facts that this one asked about. */
  notes(): Notes;
  wake(): Wake;
}

/** An interruption is looked at again after a second, or a fourth of what it has taken: all Apps may wait for its end. */
const AGAIN_MS = 1_000;
const PART = 1 / 4;

/** `interruptedAt`: since when a watch may have missed events. */
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
  const interrupted = (): boolean => {
    if (interruptedAt >= now) return false;
    wakeAt(now + Math.max(AGAIN_MS, (now - interruptedAt) * PART));
    return true;
  };
  const lasted = (at: number, seconds: number): boolean =>
    past(at, seconds) && (seconds === 0 || at + seconds * 1000 <= interruptedAt || !interrupted());
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
    held: (fact, value, seconds) => lasted(note(fact, value), seconds),
    lasted,
    interrupted,
    notes: () => notes,
    wake: () => (next === Infinity ? 'await-change' : { afterMs: Math.max(1, next - now) }),
  };
}
