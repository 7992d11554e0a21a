// What a gate that cannot be judged says: it waits, and never passes.
import { expect, test } from '@jest/globals';
import { opinionOf } from '../../src/gates/author.ts';
import type { AuthorGate, CompareSpec, GateSpec, Phase } from '../../src/model/measure.ts';
import { REASON } from '../../src/model/vocabulary.ts';

const NAMES = { namespace: 'shop', app: 'web', version: 'web-kj2s', instance: 'web-kj2s' };
const ABOUT = { ...NAMES, uid: 'u1', title: undefined, ports: [], podLabels: {} };
const SERVING = { ...NAMES, version: 'web-abcd', instance: 'web-abcd' };
const COMPARE: CompareSpec = {
  is: 'compare',
  source: 'main',
  total: '$instance',
  bad: '$version',
  atMost: 1,
  alpha: 0.01,
  minimumRequests: 1,
  intervalSeconds: 10,
  forSeconds: 60,
};
const opinion = (spec: GateSpec, phase: Phase, serving?: typeof SERVING) => {
  const gate: AuthorGate = { phase, name: 'one', digest: 'd', enforce: true, timeoutSeconds: 600, spec };
  const sight = { now: 0, since: 0, tally: undefined };
  return opinionOf(gate, sight, ABOUT, { approvals: [], isVerified: true, serving, comparisons: 1 });
};
const unknown = (why: string) => ({
  is: 'wait',
  reason: REASON.GateUnknown,
  message: `this operator cannot judge it (${why}): take the gate out, or upgrade the operator`,
});

test.each<[string, readonly string[], string]>([
  ['none', [], 'it is of no kind'],
  ['one', ['weather'], 'weather'],
  ['several', ['http', 'weather'], 'http, weather'],
])('of kinds that it does not know: %s', (_what, said, why) => {
  expect(opinion({ is: 'unknown', said }, 'before')).toEqual(unknown(why));
});

test('a comparison needs a second version, and shared traffic', () => {
  const alone = unknown('it compares two versions that share the traffic, as they do in during');
  expect(opinion(COMPARE, 'during')).toEqual(alone);
  expect(opinion(COMPARE, 'before', SERVING)).toEqual(alone);
  expect(opinion(COMPARE, 'during', SERVING)).toMatchObject({
    is: 'ask',
    probe: { queries: ['web-kj2s', 'web-kj2s', 'web-abcd', 'web-abcd'] },
  });
});
