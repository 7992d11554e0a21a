// The policy that refuses what nobody could read, on a real API server: the same words are accepted and refused as by the operator's own
// reading, and an App that carries such words already can still be edited.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../deploy/local/api.ts';
import { startCluster, type Cluster } from '../../deploy/local/cluster.ts';
import { readDecrees } from '../../src/model/decree.ts';

const START_MS = 15 * 60_000; // The cluster's programs may have to be built first.
const PATH = '/apis/immutableapp.io/v1alpha1/namespaces/default/immutableapps';

let cluster: Cluster;
const app = (annotations: Readonly<Record<string, string>>, name = 'shop') => ({
  apiVersion: 'immutableapp.io/v1alpha1',
  kind: 'ImmutableApp',
  metadata: { name, annotations },
  spec: { template: { spec: { containers: [{ name: 'web', image: 'web:1' }] } } },
});
const tried = async (annotations: Readonly<Record<string, string>>) => {
  const { code, body } = await cluster.call('POST', `${PATH}?dryRun=All`, app(annotations));
  return { code, message: (body as { message?: string }).message ?? '' };
};

beforeAll(async () => {
  cluster = await startCluster({ nodes: 0, log: (line) => process.stderr.write(`${line}\n`) });
  await cluster.kubectl(['apply', '--server-side', '-f', 'crds/immutableapp.yaml']);
  await until(AbortSignal.timeout(30_000), async () => (await cluster.call('GET', PATH)).code === 200 || undefined);
  await cluster.call('POST', PATH, app({ 'immutableapp.io/pin': 'as it was before the policy' }, 'old'));
  await cluster.kubectl(['apply', '-k', 'deploy/policies']);
  // A policy takes hold a moment after it is stored.
  await until(AbortSignal.timeout(30_000), async () => (await tried({ 'immutableapp.io/pin': 'x' })).code === 422 || undefined);
}, START_MS);
afterAll(() => (cluster as Cluster | undefined)?.stop());

const WORDS: readonly (readonly [decree: 'pin' | 'reject' | 'renew', typed: string])[] = [
  ['pin', '2.4.1 until 2026-03-01T12:00:00Z'],
  ['pin', ' shop-bcdfghjklm until 2026-03-01T12:00:00.5+02:00 '],
  ['pin', 'tomorrow'],
  ['pin', '1.0 until tomorrow'],
  ['pin', '1.0 until 2026-13-01T12:00:00Z'],
  ['pin', '1.0 until 2026-03-01'],
  ['pin', '1.0 for 1h'],
  ['reject', 'shop-bcdfghjklm'],
  ['reject', 'a-1, b-2,c-3'],
  ['reject', 'a b'],
  ['reject', 'a,,b'],
  ['reject', ','],
  ['renew', 'shop-bcdfghjklm@1'],
  ['renew', '2.4.1@2026-03-01'],
  ['renew', 'shop-bcdfghjklm'],
  ['renew', '@1'],
  ['renew', 'a@b@c'],
  ['pin', ''],
];

test.each(WORDS)('%s "%s" is refused exactly when the operator could not read it', async (decree, typed) => {
  const annotations = { [`immutableapp.io/${decree}`]: typed };
  const [problem] = readDecrees(annotations).unreadable;
  const { code, message } = await tried(annotations);
  expect(code).toBe(problem === undefined ? 201 : 422);
  // In the same words: what it says, and the form it should have.
  if (problem !== undefined) expect(message).toContain(problem.slice(problem.lastIndexOf('write ')));
});

test('what stood there before the policy does not stand in the way of other edits, and may go', async () => {
  const edit = (patch: object) => cluster.kubectl(['patch', 'iapp', 'old', '--type=merge', '-p', JSON.stringify(patch)]);
  expect(await edit({ spec: { replicas: 3 } })).toMatchObject({ code: 0 });
  expect(await edit({ metadata: { annotations: { 'immutableapp.io/pin': 'as bad as before' } } })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('write "<version> until 2026-01-31T04:00:00Z"'),
  });
  expect(await edit({ metadata: { annotations: { 'immutableapp.io/pin': null } } })).toMatchObject({ code: 0 });
});
