// What the API server's answers to the probe mean, in its own words.
import { expect, test } from '@jest/globals';
import type { Result } from '../../src/model/failure.ts';
import { failure, ok } from '../../src/model/failure.ts';
import { POLICIES, POLICY_REVISION } from '../../src/model/vocabulary.ts';
import { judge, listener } from '../../src/shell/fleet/enforcement.ts';

const refusal = (policy: string, revision = POLICY_REVISION): Result<unknown> =>
  failure(
    'Denied',
    `configmaps "immutableapp-probe" is forbidden: ValidatingAdmissionPolicy 'immutableapp-${policy}' with binding 'immutableapp-${policy}' denied request: revision ${String(revision)} is in force`,
    422,
  );
/** All policies refuse, but for what `others` say. */
const probed = (others: Readonly<Record<string, Result<unknown>>> = {}) =>
  judge(POLICIES.map((policy) => [policy, others[policy] ?? refusal(policy)] as const));

test('when every policy refuses, they are in force at the lowest revision', () => {
  const ahead = Object.fromEntries(POLICIES.map((policy) => [policy, refusal(policy, POLICY_REVISION + 1)]));
  expect(probed({ ...ahead, scale: refusal('scale') })).toEqual({ is: 'enforced', revision: POLICY_REVISION });
});

test.each([
  ['lets it pass', ok({})],
  ['is not asked, for another refused first', refusal('delete')],
  ['is not asked, for want of a right', failure('Denied', 'configmaps is forbidden: User "x" cannot create resource "configmaps"', 403)],
])('a policy that %s is named, with what to do', (_, result) => {
  const why = "admission policies scale are not in force: apply deploy/policies of this operator's version";
  expect(probed({ scale: result })).toEqual({ is: 'detect only', why, outdated: false });
});

test('where none is installed, none is named', () => {
  expect(probed(Object.fromEntries(POLICIES.map((policy) => [policy, ok({})])))).toMatchObject({
    why: expect.stringMatching(/^the admission policies are not in force/),
  });
});

test('a policy older than the operator is named', () => {
  expect(probed({ scale: refusal('scale', 0) })).toMatchObject({
    is: 'detect only',
    why: expect.stringContaining('admission policies scale are older than this operator'),
    outdated: true,
  });
});

test.each([
  ['that did not answer', failure('Transient', 'timeout')],
  ['in which the namespace of the operator is being deleted', failure('Ending', 'it is being terminated', 403)],
])('an API server %s has said nothing', (_, answer) => {
  expect(probed({ scale: answer })).toBeUndefined();
});

test('policies are asked again after a change of what they say, not after one of their status', () => {
  let changes = 0;
  const sink = listener(() => changes++);
  const policy = (uid: string, generation: number) => ({ metadata: { uid, generation } });
  const after = (deed: () => void): number => {
    const before = changes;
    deed();
    return changes - before;
  };
  const put = (name: string, generation: number): number =>
    after(() => {
      sink.put(policy(name, generation));
    });
  const drop = (name: string, generation: number): number =>
    after(() => {
      sink.drop(policy(name, generation));
    });
  sink.begin();
  expect(put('a', 1)).toBe(0);
  sink.end();
  expect([put('a', 1), put('a', 2), put('b', 1), drop('a', 2), put('a', 2)]).toEqual([0, 1, 1, 1, 1]);
});
