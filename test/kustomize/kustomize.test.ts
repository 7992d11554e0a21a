// What kustomize makes of an App with the configuration we ship, by the kustomize in the kubectl of the tests.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { findBinaries } from '../../deploy/local/binaries.ts';
import { runKubectl } from '../../deploy/local/kubectl.ts';

const BUILD_MS = 15 * 60_000;

interface Made {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: Readonly<Record<string, unknown>>;
}

const folder = mkdtempSync(join(tmpdir(), 'kustomize-'));
let made: readonly Made[];
beforeAll(async () => {
  cpSync('test/kustomize/app', folder, { recursive: true });
  cpSync('deploy/kustomize/immutableapp.yaml', join(folder, 'immutableapp.yaml'));
  const kubectl = (await findBinaries()).command('kubectl');
  const { stdout, stderr, code } = await runKubectl(kubectl, ['kustomize', folder], { kubeconfig: '', directory: folder });
  if (code !== 0) throw new Error(stderr);
  made = parseAllDocuments(stdout).map((document) => document.toJS() as Made);
}, BUILD_MS);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const of = (kind: string, name: RegExp): Made => made.find((each) => each.kind === kind && name.test(each.metadata.name))!;

test('images, the size, and every reference to a generated ConfigMap or Secret reach an App', () => {
  const site = of('ConfigMap', /^eu-site-/).metadata.name;
  const [token, pull] = [/^eu-token-/, /^eu-pull-/].map((name) => of('Secret', name).metadata.name);
  const reads = {
    envFrom: [{ configMapRef: { name: site } }, { secretRef: { name: token } }],
    env: [
      { name: 'A', valueFrom: { configMapKeyRef: { name: site, key: 'color' } } },
      { name: 'B', valueFrom: { secretKeyRef: { name: token, key: 't' } } },
    ],
  };
  const app = of('ImmutableApp', /./);
  expect(app.metadata.name).toBe('eu-web');
  expect(app.spec?.replicas).toBe(4);
  expect((app.spec?.template as { readonly spec: unknown }).spec).toEqual({
    serviceAccountName: 'eu-web',
    imagePullSecrets: [{ name: pull }],
    initContainers: [{ name: 'first', image: 'example/first:3', ...reads }],
    containers: [{ name: 'web', image: 'example/web:2', ...reads }],
    volumes: [
      { name: 'site', configMap: { name: site } },
      { name: 'token', secret: { secretName: token } },
      { name: 'both', projected: { sources: [{ configMap: { name: site } }, { secret: { name: token } }] } },
    ],
  });
});

test('a HorizontalPodAutoscaler follows the name of its App', () => {
  expect(of('HorizontalPodAutoscaler', /./).spec?.scaleTargetRef).toMatchObject({ name: 'eu-web' });
});
