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

const TRIED = { after: [AFTER.after[0], { ...AFTER.after[0], name: 'hints', enforce: false }] };

test.each<[string, VersionGiven, object, boolean]>([
  ['was to pass gates of which one is enforced', { proofs: [BEFORE] }, TRIED, false],
  ['was asked nothing when it came', {}, AFTER, true],
  ['was let in when nothing was to follow', { proofs: [{ phase: 'before' }] }, AFTER, true],
  ['was let in to be judged as another instance', { proofs: [{ ...BEFORE, instance: 'two-2' }] }, AFTER, true],
  [
    'was let in with nothing to follow, and as another instance with gates to follow',
    { proofs: [{ phase: 'before' }, { ...BEFORE, instance: 'two-2' }] },
    AFTER,
    true,
  ],
  ['passed gates while traffic was shared, and no others', { proofs: [{ phase: 'during' }] }, AFTER, true],
])('a version that served for an hour and %s', (_what, two, promotion, is) => {
  expect(proven(two, promotion, 3600)).toBe(is);
});

test('a version that serves no more counts for as long as it did, and not until now', () => {
  const served = (seconds: number): boolean => {
    const at = (ago: number): string => new Date(NOW - ago * 1000).toISOString();
    const stage = stageOf({
      latest: 'two',
      versions: { one: up(3), two: up(3) },
      switches: ['one', 'two', 'one'],
      spec: { promotion: { failbackSeconds: 60 } },
      status: {
        history: [
          { switchNumber: 3, at: at(600), from: id('two'), to: id('one'), reason: 'Automatic' },
          { switchNumber: 2, at: at(600 + seconds), from: id('one'), to: id('two'), reason: 'Automatic' },
        ],
      },
    });
    return isProven(
      stage,
      stage.versions.all.find((version) => version.id === id('two'))!,
    );
  };
  expect([served(60), served(59)]).toEqual([true, false]);
});

test('a version that was switched to last proves nothing while traffic goes elsewhere, or nowhere', () => {
  const stage = stageOf({
    latest: 'two',
    versions: { one: up(3), two: up(3) },
    switches: ['one', 'two', 'one'],
    spec: { promotion: { failbackSeconds: 60 } },
    status: {
      history: [{ switchNumber: 2, at: new Date(NOW - 3_600_000).toISOString(), from: id('one'), to: id('two'), reason: 'Automatic' }],
    },
  });
  const two = stage.versions.all.find((version) => version.id === id('two'))!;
  expect(stage.routing.route?.instance).toBe(id('one'));
  expect(isProven(stage, two)).toBe(false);
  expect(isProven({ ...stage, routing: { ...stage.routing, route: undefined } }, two)).toBe(false);
});
