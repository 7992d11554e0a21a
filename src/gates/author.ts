// Asks a gate that the author wrote in spec, by its kind. A gate that cannot be judged waits, and never passes.
import { assertNever } from '../model/action.ts';
import type { Approval } from '../model/annotations.ts';
import type { AuthorGate } from '../model/measure.ts';
import { REASON } from '../model/vocabulary.ts';
import { approval } from './approval.ts';
import type { Opinion, Sight } from './gate.ts';
import { http } from './http.ts';
import { job } from './job.ts';
import { threshold } from './threshold.ts';
import type { Asked } from './webhook.ts';
import { webhook } from './webhook.ts';
import { window } from './window.ts';

/** What people said, and whether nobody can speak for others. */
export interface People {
  readonly approvals: readonly Approval[];
  readonly isVerified: boolean;
}

/** `about`: whom it judges. */
export function opinionOf(gate: AuthorGate, sight: Sight, about: Asked, { approvals, isVerified }: People): Opinion {
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
    case 'unknown': {
      const what = spec.is === 'unknown' ? spec.said.join(', ') : spec.is;
      return {
        is: 'wait',
        reason: REASON.GateUnknown,
        message: `this operator cannot judge it (${what === '' ? 'it is of no kind' : what}): take the gate out, or upgrade the operator`,
      };
    }
    default:
      return assertNever(spec);
  }
}
