// How a pass over an App ended, in the words by which controller-runtime counts passes. Reckons only; when to come back is decided in
// controller.ts.
import type { Failure, FailureKind } from '../../model/failure.ts';

/** The later ones count before the earlier. */
const OUTCOMES = ['success', 'requeue_after', 'requeue', 'error'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const worse = (one: Outcome, other: Outcome): Outcome => (OUTCOMES.indexOf(one) < OUTCOMES.indexOf(other) ? other : one);

/** What was decided on was no longer so: it is decided again, and nothing is wrong. What is refused, or gets no answer, is an error. */
const ENDINGS: Readonly<Record<FailureKind, Outcome>> = {
  Conflict: 'requeue',
  Gone: 'requeue',
  Exists: 'requeue',
  Ending: 'success',
  Transient: 'error',
  Denied: 'error',
  Bug: 'error',
};

export const outcomeOf = ({ kind }: Failure): Outcome => ENDINGS[kind];
