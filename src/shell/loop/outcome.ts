// How a pass over an App ended, in the categories of controller-runtime's metrics. controller.ts decides when to come back.
import type { Failure, FailureKind } from '../../model/failure.ts';

/** The later ones outrank the earlier. */
const OUTCOMES = ['success', 'requeue_after', 'requeue', 'error'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const worse = (one: Outcome, other: Outcome): Outcome => (OUTCOMES.indexOf(one) < OUTCOMES.indexOf(other) ? other : one);

/** If the decision saw an older state, it is decided again, and nothing is wrong. A refusal, or no answer, is an error. */
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
