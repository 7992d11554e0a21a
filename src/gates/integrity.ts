// Is the candidate still what was published? Judges record, config objects and seal; says nothing about health.
import { REASON } from '../model/vocabulary.ts';
import type { Gate } from './index.ts';

export const integrity: Gate = ({ record, seals, configs, instance, cleanGeneration }) => {
  if (record === undefined || instance === undefined) return { is: 'wait', reason: REASON.NotObserved, message: 'not published yet' };
  if (!record.authentic) {
    return { is: 'fail', reason: REASON.Compromised, message: `record ${record.name} does not hold the content of its fingerprint` };
  }
  // An optional source that was absent when the version was made is bound to a name that nobody holds, for good.
  const promised = instance.configs.filter((name) => record.configs.includes(name.slice(name.indexOf('.') + 1)));
  const missing = promised.find((name) => !configs.some((config) => config.name === name));
  if (missing !== undefined) return { is: 'wait', reason: REASON.Compromised, message: `ConfigMap ${missing} is gone` };
  if ((instance.seal !== '' && seals.has(instance.seal)) || instance.generation === cleanGeneration) return { is: 'pass' };
  return { is: 'wait', reason: REASON.Compromised, message: `Deployment ${instance.name} is not what was published` };
};
