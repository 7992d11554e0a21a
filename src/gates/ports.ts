// Does the candidate have every named port that Services send traffic to? A number needs no declaration, so it is not judged.
import { REASON } from '../model/vocabulary.ts';
import type { Gate } from './index.ts';

export const ports: Gate = ({ instance, targetPorts }) => {
  if (instance === undefined) return { is: 'wait', reason: REASON.NotObserved, message: 'not published yet' };
  const missing = targetPorts.find((name) => !instance.portNames.includes(name));
  if (missing === undefined) return { is: 'pass' };
  return {
    is: 'wait',
    reason: REASON.PortMissing,
    message: `no container of ${instance.name} has a port named "${missing}", which spec.services sends traffic to: name it in spec.template`,
  };
};
