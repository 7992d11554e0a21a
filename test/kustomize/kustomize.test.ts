// What kustomize makes of an App with the configuration and the schema that we ship, by the kustomize in the kubectl of the tests, and by the real one,
// which edits a kustomization as image updaters and pipelines do.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { findBinaries } from '../../deploy/local/binaries.ts';
import { runKubectl } from '../../deploy/local/kubectl.ts';
import { findKustomize } from '../tools/kustomize.ts';

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

/** `files` in a folder of their own, and kustomize for it. */
async function given(name: string, files: Readonly<Record<string, string>>) {
  const directory = join(folder, name);
  mkdirSync(directory);
  for (const file of ['immutableapp.yaml', 'immutableapp.openapi.yaml']) cpSync(`deploy/kustomize/${file}`, join(directory, file));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
  const kustomize = await findKustomize({ log: (line) => process.stderr.write(`${line}\n`) });
  const run = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)(kustomize, [...args], { cwd: directory })).stdout;
  return { run, build: async () => parseAllDocuments(await run('build', '.')).map((document) => document.toJS() as Made) };
}
const containersOf = ({ spec }: Made): readonly Readonly<Record<string, unknown>>[] =>
  (spec?.template as { readonly spec: { readonly containers: readonly Readonly<Record<string, unknown>>[] } }).spec.containers;
const workload = (apiVersion: string, kind: string, container: string, more = ''): string =>
  `---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: web}\nspec:\n${more}  template: {spec: {containers: [${container}]}}\n`;
const KINDS = [['immutableapp.io/v1alpha1', 'ImmutableApp'], ['apps/v1', 'Deployment']] as const; // prettier-ignore
const both = (container: string): string => KINDS.map(([apiVersion, kind]) => workload(apiVersion, kind, container)).join('');

test(
  'kustomize edit set image reaches an App, by tag and by digest',
  async () => {
    const { run, build } = await given('edited', {
      'app.yaml': workload(
        'immutableapp.io/v1alpha1',
        'ImmutableApp',
        '{name: web, image: "example/web:1"}, {name: log, image: "example/log:1"}',
      ),
      'kustomization.yaml': 'resources: [app.yaml]\n',
    });
    const digest = `sha256:${'0'.repeat(64)}`;
    await run('edit', 'set', 'image', 'example/web=example/web:2', `example/log=example/log@${digest}`);
    const [app] = await build();
    expect(containersOf(app!).map(({ image }) => image)).toEqual(['example/web:2', `example/log@${digest}`]);
  },
  BUILD_MS,
);

test(
  'with the schema a patch changes what it names in an App and in a Deployment beside it, and leaves the rest; without it, lists of an App are replaced',
  async () => {
    const files = {
      'app.yaml': both(
        '{name: web, image: "example/web:1", env: [{name: A, value: a}, {name: B, value: b}]}, {name: log, image: "example/log:1"}',
      ),
      'patch.yaml': both('{name: web, env: [{name: B, value: other}]}'),
      'kustomization.yaml': 'resources: [app.yaml]\npatches: [{path: patch.yaml}]\nopenapi: {path: immutableapp.openapi.yaml}\n',
    };
    const env = expect.arrayContaining([
      { name: 'A', value: 'a' },
      { name: 'B', value: 'other' },
    ]);
    for (const each of await (await given('merged', files)).build())
      expect(containersOf(each)).toEqual([
        { name: 'web', image: 'example/web:1', env },
        { name: 'log', image: 'example/log:1' },
      ]);
    const bare = await given('bare', { ...files, 'kustomization.yaml': 'resources: [app.yaml]\npatches: [{path: patch.yaml}]\n' });
    const app = (await bare.build()).find(({ kind }) => kind === 'ImmutableApp')!;
    expect(containersOf(app)).toEqual([{ name: 'web', env: [{ name: 'B', value: 'other' }] }]);
  },
  BUILD_MS,
);
