// Whether the controllers are known: what is asked of the API server, and what its answers mean.
import { expect, test } from '@jest/globals';
import type { Result } from '../../src/model/failure.ts';
import { failure, ok } from '../../src/model/failure.ts';
import { meetControllers } from '../../src/shell/fleet/controllers.ts';

const said = (message: string, reason = 'ReplicaSetCreateError') => ({
  conditions: [{ type: 'Progressing', status: 'False', reason, message }],
});
const denied = (policy: string, rest: string) =>
  `Failed to create new replica set "x": replicasets.apps "x" is forbidden: ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: ${rest}`;
const UNKNOWN = said(
  denied('immutableapp-templates', 'ReplicaSet x has labels. Refused was "acme:kcm": if it is a controller of this cluster, add that name'),
);

/** An API server on which the probe has these statuses, one after the other. */
async function meet(statuses: readonly object[], made: Result<unknown> = ok({ metadata: { uid: 'u' } })) {
  const calls: string[] = [];
  let looks = 0;
  const answer = await meetControllers({
    namespace: 'ns',
    clock: {
      now: () => 0,
      monotonic: () => 0,
      after: (_, then) => {
        queueMicrotask(then);
        return () => undefined;
      },
    },
    kube: {
      create: (kind, { metadata, spec }, options) => {
        expect(spec).toMatchObject({ replicas: 0 });
        expect(options?.dryRun).not.toBe(true);
        calls.push(`create ${kind} ${metadata.namespace}/${metadata.name}`);
        return Promise.resolve(made);
      },
      read: () => {
        const status = statuses[Math.min(looks++, statuses.length - 1)];
        return Promise.resolve(ok({ metadata: { uid: made.is === 'ok' ? 'u' : 'old' }, status }));
      },
      remove: (kind, _, name, uid) => {
        calls.push(`remove ${kind} ${name} ${uid}`);
        return Promise.resolve(ok(undefined));
      },
    },
  });
  return { answer, calls };
}

test.each([
  ['who made its ReplicaSet is known', [{}, { observedGeneration: 1 }], { is: 'known' }],
  ['who was refused is named', [{}, UNKNOWN], { is: 'refused', user: 'acme:kcm' }],
  ['nobody looked', [{}], { is: 'silent' }],
  ['another policy refused', [said(denied('platform', 'no. Refused was "x": if it is a controller'))], { is: 'silent' }],
  ['a quota is exhausted', [said('exceeded quota')], { is: 'silent' }],
])('%s', async (_, statuses, answer) => {
  const met = await meet(statuses);
  expect(met.answer).toEqual(answer);
  expect(met.calls).toEqual(['create Deployment ns/immutableapp-probe', 'remove Deployment immutableapp-probe u']);
});

test('what a process left that died is taken away, and proves nothing', async () => {
  const met = await meet([UNKNOWN], failure('Exists', 'exists', 409));
  expect(met.answer).toEqual({ is: 'silent' });
  expect(met.calls.at(-1)).toBe('remove Deployment immutableapp-probe old');
});

test('where none may be made nothing is known', async () => {
  const met = await meet([UNKNOWN], failure('Denied', 'exceeded quota', 403));
  expect(met).toEqual({ answer: { is: 'silent' }, calls: ['create Deployment ns/immutableapp-probe'] });
});
