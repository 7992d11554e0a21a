// Would the adopted Services still find the candidate's pods? Their own selector keys stay, so the pods must carry them.
import { REASON } from '../model/vocabulary.ts';
import type { Gate } from './gate.ts';

export const selector: Gate = ({ instance, mismatches }) => {
  if (instance === undefined) return { is: 'wait', reason: REASON.NotObserved, message: 'not published yet' };
  const [first] = mismatches;
  return first === undefined ? { is: 'pass' } : { is: 'wait', reason: REASON.SelectorMismatch, message: first };
};
