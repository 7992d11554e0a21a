// Is the candidate what was published? Judges record, config objects and spec hash, not health.
import { REASON } from '../model/vocabulary.ts';
import { changesOf, inWords } from '../model/published.ts';
import type { Gate } from './gate.ts';

export const integrity: Gate = ({ record, configs, instance, called, verified, cleanGeneration, doubt }) => {
  if (record === undefined || instance === undefined) return { is: 'wait', reason: REASON.NotObserved, message: 'not published yet' };
  if (!record.authentic) {
    return { is: 'fail', reason: REASON.Compromised, message: `record ${record.name} does not hold the content of its fingerprint` };
  }
  if (doubt !== undefined) return { is: 'wait', ...doubt };
  const [change] = changesOf({ record, configs }, instance, verified, cleanGeneration);
  if (change === undefined) return { is: 'pass' };
  const message = change.part === 'spec' ? `Deployment ${called} is not what was published` : inWords(change);
  return { is: 'wait', reason: REASON.Compromised, message };
};
