// What a failed write means for the next decisions about its App: how long it is not tried again, and what is reported. Does not decide what is
// done without it (plan/steps/refusal.ts).
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

/** For each kind of failure: when to try again, and the reason that is reported. */
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
/** A write without an answer is tried again at once, before anything else. From this time in a row on, the rest goes on without it. */
const PATIENT_TRIES = 3;
/** From this time in a row on it is reported: some seconds have passed. */
const TOLD_TRIES = 7;
/** No write is needed this often in one pass. */
export const MOST_REPEATS = 4;

/** Forgets failures whose time is over. */
export function heedRefusals({ refusals }: Memory, clock: Clock): void {
  const now = clock.monotonic();
  for (const [write, { until }] of refusals) if (until <= now) refusals.delete(write);
}

/** When the first write may be tried again, in milliseconds from now. */
export const nextTryMs = ({ refusals }: Memory, clock: Clock): number =>
  Math.min(...[...refusals.values()].map(({ until }) => until)) - clock.monotonic();

export const isLetBe = ({ refusals }: Memory, failed: Failure): boolean => [...refusals.values()].some((one) => one.failure === failed);

/** Notes a failure. Returns whether the write is not to be tried for now. */
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

/** How often each deed was done in one pass. */
export type Deeds = Map<string, { readonly action: Action; readonly times: number }>;

/** Counts one more. How often it was done by now. */
export function count(deeds: Deeds, deed: string, action: Action): number {
  const times = (deeds.get(deed)?.times ?? 0) + 1;
  deeds.set(deed, { action, times });
  return times;
}

/** What is reported of an App whose pass does not end. */
export function restless(deeds: Deeds): Finding | undefined {
  const [first, ...others] = [...deeds.values()].filter(({ times }) => times >= MOST_REPEATS);
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` (and ${String(others.length)} more)`;
  const what = `${describe(first.action)}${more}`;
  return finding(REASON.WriteRepeats, `${what}: done again and again, since somebody undoes it each time: find out who`);
}

/** A write that succeeds again and again without effect: somebody undoes it, or the API server drops what it asks for. */
export function repeat(memory: Memory, clock: Clock, write: string, action: Action): void {
  const message = `${describe(action)}: it was written ${String(MOST_REPEATS)} times in a row and still differs: find out who changes it, or what the API server drops; ${AGAIN}`;
  const until = clock.monotonic() + SLOW_MS;
  memory.refusals.set(write, { failure: failure('Denied', message), until, lasting: true, finding: finding(REASON.WriteRepeats, message) });
}
