// Verdicts that take more than one look, or a gate that does not exist yet.
import { expect, test } from '@jest/globals';
import type { Notes } from '../../src/model/observed.ts';
import { failCandidate, failBack } from '../../src/plan/steps/failure.ts';
import { coming, id, NOW, up } from '../given.ts';
import { stageOf } from './stage.ts';
import { lines } from './table.ts';
import type { Candidacy } from '../../src/plan/read/scene.ts';

test('what a gate has judged for good needs no word of the pods', () => {
  const stage = stageOf({ latest: 'two', versions: { one: up(3), two: coming(3, 1) }, switches: ['one'] });
  const { latest } = stage.versions;
  const verdict = { is: 'fail', reason: 'Compromised', message: 'it is not what it was' } as const;
  const judged: Candidacy = {
    version: latest,
    instance: latest.instances[0],
    wanted: 3,
    judgement: { verdict, gates: [] },
    trouble: undefined,
    actions: [],
  };
  const [action] = failCandidate(stage, judged);
  expect(action?.do === 'attest' && action.fact).toEqual({
    is: 'failed',
    by: '',
    attempt: 0,
    cause: 'version',
    reason: 'Compromised',
    message: 'it is not what it was',
    instance: id('two'),
  });
  expect(failCandidate(stage, { ...judged, judgement: { verdict: { is: 'pass' }, gates: [] } })).toEqual([]);
  expect(failCandidate(stage, { ...judged, judgement: undefined })).toEqual([]);
  expect(failCandidate(stage, undefined)).toEqual([]);
});

test('what keeps pods off nodes that other versions are on is in the verdict, with what to add to the template', () => {
  const message = "pod x finds no node: 2 node(s) didn't match pod anti-affinity rules.";
  const stage = stageOf({
    latest: 'apart',
    versions: { one: up(3), apart: coming(3) },
    switches: ['one'],
    evidence: { apart: { cause: 'cluster', reason: 'Unschedulable', message } },
  });
  const { latest: version } = stage.versions;
  const verdict = { is: 'fail', reason: 'ProgressDeadlineExceeded', message: '' } as const;
  const [action] = failCandidate(stage, {
    ...{ version, instance: version.instances[0], wanted: 3, trouble: undefined, actions: [] },
    judgement: { verdict, gates: [] },
  });
  expect(action?.do === 'attest' && action.fact).toMatchObject({
    cause: 'cluster',
    reason: 'Unschedulable',
    message: expect.stringMatching(
      /^0 of 3 pods were available in time; pod x .* rules; pods of every version .* add matchLabelKeys: \[immutableapp\.io\/instance\]/,
    ),
  });
});

/** Two took over from one forty seconds ago, and has had this many pods asked for and available since, a moment each. */
function collapse(...moments: readonly (readonly [replicas: number, available: number])[]): string[] {
  let notes: Notes = {};
  let actions: string[] = [];
  moments.forEach(([replicas, available], i) => {
    const history = [{ switchNumber: 2, at: new Date(NOW - 40_000).toISOString(), from: id('one'), to: id('two'), reason: 'Automatic' }];
    const stage = stageOf(
      {
        latest: 'two',
        versions: { one: up(3), two: coming(replicas, available) },
        switches: ['one', 'two'],
        status: { observedGeneration: 6, decision: '', pinned: '', history },
      },
      notes,
      NOW - (moments.length - i) * 1000,
    );
    actions = lines(failBack(stage));
    notes = stage.timer.notes();
  });
  return actions;
}
test('what comes up from zero has not collapsed, however long it takes; once it was up it can', () => {
  expect(collapse([3, 0])).toEqual(['examine two']);
  expect(collapse([0, 0])).toEqual([]);
  expect(collapse([0, 0], [3, 0])).toEqual([]);
  expect(collapse([0, 0], [3, 0], [3, 0])).toEqual([]);
  expect(collapse([0, 0], [3, 1], [3, 0])).toEqual(['examine two']);
});
