// Is the candidate what was published? Judges record, config objects and spec hash, not health.
import { REASON } from '../model/vocabulary.ts';
import { configsOf } from '../model/version.ts';
import type { Gate } from './gate.ts';

export const integrity: Gate = ({ record, specHashes, configs, instance, called, cleanGeneration, doubt }) => {
  if (record === undefined || instance === undefined) return { is: 'wait', reason: REASON.NotObserved, message: 'not published yet' };
  if (!record.authentic) {
    return { is: 'fail', reason: REASON.Compromised, message: `record ${record.name} does not hold the content of its fingerprint` };
  }
  if (doubt !== undefined) return { is: 'wait', ...doubt };
  const missing = configsOf(instance, record).names.find((name) => !configs.some((config) => config.name === name));
  if (missing !== undefined) return { is: 'wait', reason: REASON.Compromised, message: `ConfigMap ${missing} is gone` };
  if ((instance.specHash !== '' && specHashes.has(instance.specHash)) || instance.generation === cleanGeneration) return { is: 'pass' };
  return { is: 'wait', reason: REASON.Compromised, message: `Deployment ${called} is not what was published` };
};
