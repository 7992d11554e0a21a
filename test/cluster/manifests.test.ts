// What deploy/ ships, shown to a real API server and to a real kustomize.
// An API server of its own: it installs everything, first the namespace.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { until } from '../../deploy/local/api.ts';
import { startCluster, type Cluster } from '../../deploy/local/cluster.ts';

const START_MS = 15 * 60_000; // The cluster's programs may have to be built first.

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0, log: (line) => process.stderr.write(`${line}\n`) });
}, START_MS);
afterAll(() => (cluster as Cluster | undefined)?.stop());

async function kubectl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(args);
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

const documents = (text: string): unknown[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as { kind: string; metadata: { name: string } })
    .sort((a, b) => `${a.kind} ${a.metadata.name}`.localeCompare(`${b.kind} ${b.metadata.name}`));

test('kustomize makes of the base what install.yaml holds', async () => {
  expect(documents(await kubectl('kustomize', 'deploy/base'))).toEqual(documents(readFileSync('deploy/install.yaml', 'utf8')));
});

test('the API server takes all of install.yaml, by either kind of apply', async () => {
  await kubectl('apply', '-f', 'deploy/base/namespace.yaml'); // A dry run stores no namespace for the rest to be in.
  const dryRun = ['--dry-run=server', '--validate=strict', '-o', 'name', '-f', 'deploy/install.yaml'];
  const names = await kubectl('apply', '--server-side', '--force-conflicts', ...dryRun);
  expect(names.trim().split('\n')).toHaveLength(documents(readFileSync('deploy/install.yaml', 'utf8')).length);
  expect(await kubectl('apply', ...dryRun)).toBe(names);
});

test('the samples are ImmutableApps as the API has them', async () => {
  await kubectl('apply', '--server-side', '-f', 'crds/immutableapp.yaml');
  // `kubectl wait` fails on a CRD that has no conditions yet, and Established comes a moment before it is served.
  const path = '/apis/immutableapp.io/v1alpha1/immutableapps';
  await until(AbortSignal.timeout(30_000), async () => (await cluster.call('GET', path)).code === 200 || undefined);
  const names = await kubectl('apply', '--dry-run=server', '--validate=strict', '-o', 'name', '-f', 'deploy/samples');
  expect(new Set(names.trim().split('\n'))).toEqual(new Set(['immutableapp.immutableapp.io/web', 'immutableapp.immutableapp.io/shop']));
});
