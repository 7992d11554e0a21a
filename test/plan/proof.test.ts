// When a version counts as proven: its gates after the switch have passed, or it has none and served long enough.
import { expect, test } from '@jest/globals';
import { isProven } from '../../src/plan/steps/proof.ts';
import type { VersionGiven } from '../given.ts';
import { id, NOW, up } from '../given.ts';
import { stageOf } from './stage.ts';

const AFTER = { after: [{ name: 'errors', webhook: { source: 'board' } }] };
const proven = (two: VersionGiven, promotion: object, servedSeconds: number): boolean => {
  const at = new Date(NOW - servedSeconds * 1000).toISOString();
  const stage = stageOf({
    latest: 'two',
    versions: { one: up(3), two: { ...up(3), ...two } },
    switches: ['one', 'two'],
    spec: { promotion: { failbackSeconds: 60, ...promotion } },
    status: {
      observedGeneration: 7,
      decision: '',
      history: [{ switchNumber: 2, at, from: id('one'), to: id('two'), reason: 'Automatic' }],
    },
  });
  return isProven(
    stage,
    stage.versions.all.find((version) => version.id === id('two'))!,
  );
};
const BEFORE = { phase: 'before', followed: true } as const;
const PASSED = { phase: 'after' } as const;

test.each<[string, VersionGiven, object, number, boolean]>([
  ['served for long enough', {}, {}, 60, true],
  ['did not', {}, {}, 59, false],
  ['has yet to pass', { proofs: [BEFORE] }, AFTER, 3600, false],
  ['has passed', { proofs: [BEFORE, PASSED] }, AFTER, 0, true],
  ['has passed what is not enforced', { proofs: [BEFORE] }, { after: [{ ...AFTER.after[0], enforce: false }] }, 3600, true],
  ['passed as another instance', { proofs: [{ ...PASSED, instance: 'two-2' }] }, AFTER, 0, true],
  ['passed before it was renewed', { proofs: [PASSED], renewed: { nonce: 'n', instances: ['two'] } }, AFTER, 0, false],
  ['passed, and was renewed as proven', { proofs: [PASSED], renewed: { nonce: 'n', instances: ['two'], proven: true } }, AFTER, 0, true],
  ['passed after it was renewed', { proofs: [PASSED], renewed: { nonce: 'n', instances: ['two-2'] } }, AFTER, 0, true],
])('a version that %s', (_what, two, promotion, seconds, is) => {
  expect(proven(two, promotion, seconds)).toBe(is);
});
