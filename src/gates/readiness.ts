// Are all wanted pods up, with the present template, for long enough, and before the deadline?
import { REASON } from '../model/vocabulary.ts';
import type { Gate } from './gate.ts';

export const readiness: Gate = ({ instance, called, wanted, settled, overdue }) => {
  if (instance === undefined) return { is: 'wait', reason: REASON.NotObserved, message: 'not published yet' };
  if (complete(instance, wanted)) {
    if (settled) return { is: 'pass' };
    return {
      is: 'wait',
      reason: REASON.SettlingIn,
      message: `all ${String(wanted)} pods of ${called} are ready, minReadySeconds is running`,
    };
  }
  const progress = `${String(instance.available)} of ${String(wanted)} pods of ${called} are available`;
  const message = instance.complaint === '' ? progress : `${progress}: ${instance.complaint}`;
  return overdue ? { is: 'fail', reason: REASON.ProgressDeadlineExceeded, message } : { is: 'wait', reason: REASON.NotAvailable, message };
};

/** The Deployment controller has observed the present spec, and every existing pod runs it and is available. */
export const complete = (
  instance: { generation: number; observedGeneration: number; replicas: number; updated: number; available: number; pods: number },
  wanted: number,
): boolean =>
  instance.observedGeneration >= instance.generation &&
  instance.replicas === wanted &&
  instance.updated === wanted &&
  instance.available === wanted &&
  instance.pods === wanted;
