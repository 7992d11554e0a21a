// Time inside one decision: since when a fact has held, whether that is long enough, and when to look again. The only place that
// compares instants; a decision cannot wait for something and forget to say what wakes it.
import type { Wake } from '../../model/action.ts';
import type { Notes } from '../../model/observed.ts';

/** An instant for people, to the second: what is due then is over when it shows. */
export const instant = (at: number): string => new Date(Math.ceil(at / 1000) * 1000).toISOString().replace('.000', '');

export interface Timer {
  readonly now: number;
  /** Whether `fact` has had `value` for `seconds`, to our knowledge: what nobody noted before starts now. */
  held(fact: string, value: string | number, seconds: number): boolean;
  /** Since when `fact` has had `value`. Keeps the note for a later decision to ask about, and wakes nobody. */
  note(fact: string, value: string | number): number;
  /** What the decision before this one noted of `fact`. */
  before(fact: string): string | undefined;
  /** Carries a note over as it is, when this decision cannot tell the value. */
  keep(fact: string): void;
  /** Whole seconds since the instant `at`, 0 for one to come. */
  elapsed(at: number): number;
  /** Whether the decision before this one noted that `fact` has `value`. */
  knew(fact: string, value: string | number): boolean;
  /** Whether `seconds` have passed since the instant `at`. If not, that is when to look again: who waits cannot forget to say so. */
  past(at: number, seconds: number): boolean;
  /** Look again at the instant `at`, whatever else wakes. */
  wakeAt(at: number): void;
  /** What to remember for the next decision: only facts that this one asked about. */
  notes(): Notes;
  wake(): Wake;
}

export function startTimer(before: Notes, now: number): Timer {
  const notes: Record<string, { value: string; since: number }> = {};
  let next = Infinity;
  const wakeAt = (at: number): void => {
    if (at > now) next = Math.min(next, at);
  };
  const past = (at: number, seconds: number): boolean => {
    wakeAt(at + seconds * 1000);
    return now >= at + seconds * 1000;
  };
  const note = (fact: string, value: string | number): number => {
    const known = before[fact];
    const since = known?.value === String(value) ? known.since : now;
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
    held: (fact, value, seconds) => past(note(fact, value), seconds),
    notes: () => notes,
    wake: () => (next === Infinity ? 'await-change' : { afterMs: Math.max(1, next - now) }),
  };
}
