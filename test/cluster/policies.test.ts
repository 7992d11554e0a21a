// The admission policies on a real API server: they compile without a warning, they take hold, and everything that ought to go on goes on.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { polled, Stage, START_MS, template } from './harness.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open({ policies: true });
  await stage.operator();
}, START_MS);
afterAll(() => (stage as Stage | undefined)?.close());

interface Policy {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly status?: { readonly observedGeneration?: number; readonly typeChecking?: { readonly expressionWarnings?: readonly unknown[] } };
}

test('no expression has a type warning', async () => {
  const path = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
  const policies = async (): Promise<readonly Policy[]> => (await stage.admin.get<{ items: readonly Policy[] }>(path)).body.items;
  await polled('all are type-checked', async () =>
    (await policies()).every(({ metadata, status }) => status?.observedGeneration === metadata.generation),
  );
  const found = await policies();
  expect(found.length).toBeGreaterThan(10);
  expect(
    found.flatMap(({ metadata, status }) => (status?.typeChecking?.expressionWarnings ?? []).map((warning) => [metadata.name, warning])),
  ).toEqual([]);
});

test('a whole life: mint, flip, roll back, retire', async () => {
  const place = await stage.place();
  const one = await place.rollOut({ replicas: 2, disruption: { maxUnavailable: 1 } });
  const two = await place.rollOut({
    replicas: 2,
    disruption: { maxUnavailable: 1 },
    retention: { warmSeconds: 0 },
    template: template({ image: 'web:2' }),
  });
  await place.point(one);
  await place.told(({ status }) => status?.activeVersion === one, 'one serves again');
  expect(await place.route()).toEqual([one, two, one]);
  await place.expectSafe();
}, 60_000);
