// Asks a gate that the author wrote in spec, by its kind. A gate that cannot be judged waits, and never passes.
import { assertNever } from '../model/action.ts';
import type { Approval } from '../model/annotations.ts';
import type { AuthorGate } from '../model/measure.ts';
import { REASON } from '../model/vocabulary.ts';
import { approval } from './approval.ts';
import { compare } from './compare.ts';
import type { Opinion, Sight } from './gate.ts';
import { http } from './http.ts';
import { job } from './job.ts';
import type { Names } from './query.ts';
import { threshold } from './threshold.ts';
import type { Asked } from './webhook.ts';
import { webhook } from './webhook.ts';
import { window } from './window.ts';

/** What some kinds need beside what was measured. */
export interface Beside {
  /** What people said, and whether nobody can speak for others. */
  readonly approvals: readonly Approval[];
  readonly isVerified: boolean;
  /** What serves, if something does. */
  readonly serving: Names | undefined;
  /** How many comparisons share the probability of a false alarm. */
  readonly comparisons: number;
}

/** `about`: whom it judges. */
export function opinionOf(gate: AuthorGate, sight: Sight, about: Asked, { approvals, isVerified, serving, comparisons }: Beside): Opinion {
  const { spec } = gate;
  switch (spec.is) {
    case 'window':
      return window(spec, sight);
    case 'http':
      return http(spec, sight);
    case 'threshold':
      return threshold(spec, about, sight);
    case 'webhook':
      return webhook(spec, gate, about, sight);
    case 'job':
      return job(spec, gate, about, sight);
    case 'approval':
      return approval(spec, about, approvals, isVerified);
    case 'compare':
      return serving === undefined || gate.phase !== 'during'
        ? unknown('it compares two versions that share the traffic, as they do in during')
        : compare(spec, { candidate: about, serving }, sight, comparisons);
    case 'unknown':
      return unknown(spec.said.length === 0 ? 'it is of no kind' : spec.said.join(', '));
    default:
      return assertNever(spec);
  }
}

const unknown = (why: string): Opinion => ({
  is: 'wait',
  reason: REASON.GateUnknown,
  message: `this operator cannot judge it (${why}): take the gate out, or upgrade the operator`,
});
