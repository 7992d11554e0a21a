// Does the candidate have every named port that Services send traffic to, with the same protocol? A numeric targetPort needs no declared
// container port, so it is not judged.
import { REASON } from '../model/vocabulary.ts';
import type { Gate } from './gate.ts';

export const ports: Gate = ({ instance, called, targetPorts }) => {
  if (instance === undefined) return { is: 'wait', reason: REASON.NotObserved, message: 'not published yet' };
  const missing = targetPorts.find(
    ({ name, protocol }) => !instance.ports.some((port) => port.name === name && port.protocol === protocol),
  );
  if (missing === undefined) return { is: 'pass' };
  const { name, protocol, asks, remedy } = missing;
  return {
    is: 'wait',
    reason: REASON.PortMissing,
    message: `no container of ${called} has a ${protocol} port named "${name}", which ${asks} sends traffic to: ${remedy}`,
  };
};
