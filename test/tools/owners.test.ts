// Who has an API server of their own: starting one takes longer than many a test file, so the others borrow (test/cluster/opening.ts), and
// each of these says why it cannot.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const OWNERS: readonly string[] = [
  'charts/release',
  ...[
    'adoption',
    'alerts',
    'argocd',
    'attacks',
    'canaries',
    'connection',
    'controllers',
    'drift',
    'embedded',
    'enforced',
    'evidence-facts',
    'floor',
    'flux',
    'leadership',
  ],
  ...['manifests', 'namespaced', 'page', 'policies', 'prompt', 'restore', 'rollouts', 'scale', 'slices', 'uninstall'].map(
    (name) => `cluster/${name}`,
  ),
  'contract/cluster',
  'node/gateway',
  'node/images',
  ...['admission', 'aftermath', 'deployments', 'nulls'].map((name) => `crd/${name}`),
].map((name) => (name.includes('/') ? name : `cluster/${name}`));

const STARTS = /\b(startCluster|OwnStage\.open|openOwnStage)\(/;
const SAYS_WHY = /because: '.{10,}'|because:\n? +'.{10,}'|^\/\/ An API server of its own: .{10,}$/m;
const texts = new Map(
  readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && path !== 'tools/owners.test.ts')
    .map((path) => [path.slice(0, -'.test.ts'.length), readFileSync(join('test', path), 'utf8')]),
);

test('only these test files start an API server of their own', () => {
  const starting = [...texts].flatMap(([name, text]) => (STARTS.test(text) ? [name] : []));
  expect(starting.toSorted()).toEqual(OWNERS.toSorted());
});
test.each(OWNERS)('%s says why', (name) => {
  expect(texts.get(name)).toMatch(SAYS_WHY);
});
