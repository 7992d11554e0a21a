// What `kustomize build` and `helm template` print, piped into kubectl iapp migrate as people type it, and what that prints into lint: the tools
// themselves, the plugin as it is shipped, and a shell between them.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { plugin } from '../../scripts/build.ts';
import { findHelm } from '../tools/helm.ts';
import { findKustomize } from '../tools/kustomize.ts';

const BUILD_MS = 15 * 60_000;
const log = (line: string): void => void process.stderr.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'piped-'));
let tools: readonly string[];
beforeAll(async () => {
  await plugin(folder);
  tools = [folder, dirname(await findKustomize({ log })), dirname(await findHelm({ log })), dirname(process.execPath)];
}, BUILD_MS);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Of a line for a shell; it fails if any program in it does. */
async function typed(line: string): Promise<string> {
  const env = { PATH: [...tools, process.env.PATH].join(':'), HOME: folder, KUBECONFIG: join(folder, 'none') };
  const { stdout } = await promisify(execFile)('bash', ['-o', 'pipefail', '-c', line], { cwd: folder, env });
  return stdout;
}

interface App {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly replicas?: number;
    readonly services: unknown;
    readonly template: { readonly metadata: object; readonly spec: { readonly containers: readonly object[] } };
  };
}

async function migrated(source: string): Promise<{ readonly app: App; readonly steps: string; readonly lint: string }> {
  const printed = await typed(`${source} | kubectl-iapp migrate -f - | tee app.yaml`);
  const steps = printed.match(/^# +kubectl .*$/gm) ?? [];
  return { app: parse(printed) as App, steps: steps.join('\n'), lint: await typed('kubectl-iapp lint app.yaml') };
}

test('a kustomization with a prefix, a namespace, another image and a generated ConfigMap becomes an App', async () => {
  mkdirSync(join(folder, 'shop'));
  cpSync('test/cli/workloads/shop.yaml', join(folder, 'shop/shop.yaml'));
  writeFileSync(
    join(folder, 'shop/kustomization.yaml'),
    `namespace: eu
namePrefix: eu-
resources: [shop.yaml]
images: [{name: example/shop, newTag: 1.5.0}]
configMapGenerator: [{name: flags, literals: [LEVEL=info]}]
patches:
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: shop, namespace: demo}
    spec: {template: {spec: {containers: [{name: web, envFrom: [{configMapRef: {name: flags}}]}]}}}
`,
  );
  const { app, steps, lint } = await migrated('kustomize build shop');
  expect(app).toMatchObject({ kind: 'ImmutableApp', metadata: { name: 'eu-shop', namespace: 'eu' }, spec: { replicas: 3 } });
  expect(app.spec.services).toEqual([{ name: 'eu-shop' }]);
  expect(app.spec.template.metadata).toEqual({ labels: { app: 'shop' } });
  const [web] = app.spec.template.spec.containers;
  expect(web).toMatchObject({
    image: 'example/shop:1.5.0',
    envFrom: [{ configMapRef: { name: expect.stringMatching(/^eu-flags-\w+$/) } }],
  });
  expect(steps).toContain('kubectl apply -n eu --server-side -f app.yaml');
  expect(lint).not.toContain('error');
});

test('the chart that `helm create` makes becomes an App, with its autoscaler and without it', async () => {
  await typed('helm create shop-chart');
  const plain = await migrated('helm template shop shop-chart --set replicaCount=2');
  expect(plain.app).toMatchObject({
    metadata: { name: 'shop-shop-chart' },
    spec: { replicas: 2, services: [{ name: 'shop-shop-chart' }] },
  });
  expect(plain.app.spec.template.spec.containers).toEqual([expect.objectContaining({ name: 'shop-chart', image: 'nginx:1.16.0' })]);
  expect(plain.lint).not.toContain('error');

  const scaled = await migrated('helm template shop shop-chart --set autoscaling.enabled=true,ingress.enabled=true');
  expect(scaled.app.spec).not.toHaveProperty('replicas');
  expect(scaled.steps).toMatch(/kubectl patch hpa\/shop-shop-chart .*"kind":"ImmutableApp","name":"shop-shop-chart"/);
  expect(scaled.app.spec.template).toEqual(plain.app.spec.template);
});
