// What a failed write means for the next decisions about its App: for how long it is let be, and what people are told of it. Never
// decides what is done without it (plan/steps/refusal.ts).
import type { Action } from '../../model/action.ts';
import { describe } from '../../model/action.ts';
import type { Failure, FailureKind } from '../../model/failure.ts';
import { failure, isRefusal } from '../../model/failure.ts';
import type { Reason } from '../../model/vocabulary.ts';
import { REASON } from '../../model/vocabulary.ts';
import type { Finding } from '../../plan/read/finding.ts';
import { finding } from '../../plan/read/finding.ts';
import type { Clock } from '../clock.ts';
import type { Memory, Refusal } from '../store/memory.ts';

/** What a kind of failure means: when to try again, and the reason by which people are told. */
export const RESPONSE: Record<FailureKind, { readonly retry: 'soon' | 'slowly'; readonly stalled: Reason | undefined }> = {
  Conflict: { retry: 'soon', stalled: undefined },
  Gone: { retry: 'soon', stalled: undefined },
  Exists: { retry: 'soon', stalled: undefined },
  Transient: { retry: 'soon', stalled: undefined },
  Ending: { retry: 'slowly', stalled: undefined },
  Denied: { retry: 'slowly', stalled: REASON.Denied },
  Bug: { retry: 'slowly', stalled: REASON.Bug },
};

const SLOW_MS = 60_000;
const FIRST_MS = 100;
/** What was not refused is tried again at once, with everything else; from this time on everything else goes on without it. */
const PATIENT_TRIES = 3;
/** From this time on it is worth telling: some seconds have passed. */
const TOLD_TRIES = 7;
/** So often in one pass no write is needed. */
export const MOST_REPEATS = 4;

/** Forgets what may be tried again. */
export function heedRefusals({ refusals }: Memory, clock: Clock): void {
  const now = clock.monotonic();
  for (const [write, { until }] of refusals) if (until <= now) refusals.delete(write);
}

/** When the first of them is over, in milliseconds from now. */
export const nextTryMs = ({ refusals }: Memory, clock: Clock): number =>
  Math.min(...[...refusals.values()].map(({ until }) => until)) - clock.monotonic();

export const isLetBe = ({ refusals }: Memory, failed: Failure): boolean => [...refusals.values()].some((one) => one.failure === failed);

/** Takes note of a failure. Whether the write is to be let be from now on. */
export function refuse(memory: Memory, clock: Clock, write: string, action: Action | undefined, failed: Failure): boolean {
  const tries = (memory.tries.get(write) ?? 0) + 1;
  memory.tries.set(write, tries);
  if (!isRefusal(failed) && tries < PATIENT_TRIES) return false;
  const { retry, stalled } = RESPONSE[failed.kind];
  const patienceMs = retry === 'slowly' ? SLOW_MS : (failed.retryAfterMs ?? Math.min(SLOW_MS, FIRST_MS * 2 ** tries));
  const what = action === undefined ? '' : `${describe(action)}: `;
  const told = stalled !== undefined || tries >= TOLD_TRIES;
  const reason = stalled ?? REASON.WriteFailing;
  const refusal: Refusal = {
    failure: failed,
    until: clock.monotonic() + patienceMs,
    lasting: stalled !== undefined,
    finding: told ? finding(reason, `${what}${failed.message}; ${AGAIN}`) : undefined,
  };
  memory.refusals.set(write, refusal);
  return true;
}

const AGAIN = 'the rest goes on, and this is tried again within a minute, or at once when spec changes';

/** What is told of an App for which something is always left to do; `written`: how often each write was done. */
export function restless(written: ReadonlyMap<string, number>): Finding | undefined {
  const [first, ...others] = [...written].filter(([, times]) => times >= MOST_REPEATS).map(([write]) => write);
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` (and ${String(others.length)} more)`;
  return finding(REASON.WriteRepeats, `${first}${more}: done again and again, since somebody undoes it each time: find out who`);
}

/** A write that succeeds over and over and is never done: somebody undoes it, or the API server drops what it asks for. */
export function repeat(memory: Memory, clock: Clock, write: string, action: Action): void {
  const message = `${describe(action)}: it was written ${String(MOST_REPEATS)} times in a row and is not as it was written: find out who changes it, or what the API server leaves out; ${AGAIN}`;
  const until = clock.monotonic() + SLOW_MS;
  memory.refusals.set(write, { failure: failure('Denied', message), until, lasting: true, finding: finding(REASON.WriteRepeats, message) });
}
