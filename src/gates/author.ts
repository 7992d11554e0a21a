// Asks a gate of an author, whatever its kind. Who judges is in the file of the kind; what cannot be judged waits, and never passes.
import { assertNever } from '../model/action.ts';
import type { AuthorGate } from '../model/measure.ts';
import { REASON } from '../model/vocabulary.ts';
import type { Opinion, Sight } from './gate.ts';
import { window } from './window.ts';

export function opinionOf({ spec }: AuthorGate, { now }: Sight): Opinion {
  switch (spec.is) {
    case 'window':
      return window(spec, { now });
    case 'http':
    case 'threshold':
    case 'compare':
    case 'webhook':
    case 'approval':
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
