// The chart's whole life on a real API server, by real Helm: one App lives through install, upgrades, uninstall and the way back, and the operator
// works each time with the rights and the flags that the release gives it. No image runs: its own pods are simulated, and the operator is a
// process beside them under the same service account.
// An API server of its own: Helm installs, upgrades and uninstalls everything in it.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { POLICIES } from '../../src/model/vocabulary.ts';
import { polled, OwnStage, START_MS, SYSTEM, template, type Place } from '../cluster/harness.ts';
import type { OperatorProcess } from '../cluster/process.ts';
import { CHART, documents, Helm, RELEASE, type Values } from './chart.ts';
import { ALL, NAMESPACED } from './sets.ts';

const TEST_MS = 120_000;
/** Not the namespace that deploy/ says. */
const HOME = 'platform';
const USER = `system:serviceaccount:${HOME}:immutableapp`;
const INSTALL = ['install', RELEASE, CHART, '--namespace', HOME, '--create-namespace'];
const CRD = 'customresourcedefinition.apiextensions.k8s.io/immutableapps.immutableapp.io';
const ADMISSION = 'admissionregistration.k8s.io/immutableapp-anchor';
/** Policies and their bindings, and who is who. */
const LEFT_OUT = 2 * POLICIES.length + 1;
const KEPT = [CRD, `validatingadmissionpolicy.${ADMISSION}`, `validatingadmissionpolicybinding.${ADMISSION}`];
const MONITORING = ['servicemonitors', 'prometheusrules'].map((plural) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.monitoring.coreos.com` },
  spec: {
    group: 'monitoring.coreos.com',
    scope: 'Namespaced',
    names: { plural, kind: plural === 'servicemonitors' ? 'ServiceMonitor' : 'PrometheusRule' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } },
      },
    ],
  },
}));

let helm: Helm;
let stage: OwnStage;
let place: Place;
let notes: string;
beforeAll(async () => {
  stage = await OwnStage.open({
    namespace: HOME,
    install: async (cluster) => {
      helm = await Helm.open(cluster.kubeconfig);
      notes = await helm.run([...INSTALL, '--wait', '--timeout', '60s']);
    },
  });
  place = await stage.place();
}, START_MS);
afterAll(async () => {
  await (stage as OwnStage | undefined)?.close();
  await (helm as Helm | undefined)?.close();
});

let running: OperatorProcess | undefined;
/** Politely, so that the next one need not wait for the Lease. */
afterEach(() => running?.stop());

/** The operator as the release would have it: its service account, its flags. */
async function operator(): Promise<void> {
  const flags = await stage.kubectl('get', 'deployment', 'immutableapp', '-n', HOME, '-o', 'jsonpath={..args[*]}');
  const kubeconfig = await stage.cluster.kubeconfigFor({ serviceAccount: `${HOME}/immutableapp` }); // A new account is another one.
  const here = await Promise.all(flags.split(' ').filter(Boolean).map(mounted));
  running = await stage.operator([...here, '--lease-namespace', HOME], kubeconfig);
}

/** The file of sources as the kubelet would mount it; what it names of Secrets, which nobody made here, is empty, or an address where nobody is. */
async function mounted(flag: string): Promise<string> {
  if (!flag.startsWith('--sources=')) return flag;
  const file = join(stage.cluster.directory, flag.slice('--sources='.length));
  const text = await stage.kubectl('get', 'configmap', 'immutableapp-sources', '-n', HOME, '-o', 'jsonpath={.data.*}');
  const named = [...text.matchAll(/(ca|token|url)File: (\S+)/g)].map(([, what, path]) => [path!, what === 'url' ? 'http://127.0.0.1:9' : '']);
  for (const [path, says] of [[basename(file), text], ...named] as [string, string][]) {
    const each = join(dirname(file), path);
    await mkdir(dirname(each), { recursive: true });
    await writeFile(each, says);
  }
  return `--sources=${file}`;
}

const upgrade = (values: Values, chart = CHART): Promise<string> => helm.run(['upgrade', RELEASE, chart, '--namespace', HOME], values);

/** Of all that it can bring, the CRD stays, and the anchor that keeps the API server able to read who is who. */
async function uninstall(namespace: string): Promise<void> {
  const said = await helm.run(['uninstall', RELEASE, '--namespace', namespace]);
  expect(said).toContain('kept due to the resource policy:\n');
  await polled('all but that is gone', async () => {
    const left = await present(narrow(), namespace);
    return left.length === KEPT.length || left.join(', ');
  });
  expect(await present(narrow(), namespace)).toEqual(KEPT);
}

async function apply(input: string, ...how: string[]): Promise<string> {
  const { code, stdout, stderr } = await stage.cluster.kubectl(['apply', ...how, '-f', '-'], { input });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** What there is of what the release would install, as kind/name. */
async function present(values?: Values, namespace = HOME): Promise<string[]> {
  const input = await helm.template(values, namespace);
  const { code, stdout, stderr } = await stage.cluster.kubectl(['get', '-f', '-', '--ignore-not-found', '-o', 'name'], { input });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.split('\n').filter(Boolean).toSorted();
}

/** Everything that the App runs by, and the App: what must live through whatever becomes of the operator. */
async function identities(): Promise<string[]> {
  const kinds = 'iapp,deployments,replicasets,pods,services,controllerrevisions,configmaps,poddisruptionbudgets';
  const path = '{range .items[*]}{.kind}/{.metadata.name} {.metadata.uid}{"\\n"}{end}';
  const all = (await stage.kubectl('get', kinds, '-n', place.namespace, '-o', `jsonpath=${path}`)).split('\n').filter(Boolean);
  expect(all.filter((line) => line.startsWith('Pod/'))).toHaveLength(2);
  return all.toSorted();
}

const content = (n: number) => ({
  replicas: 2,
  retention: { warm: 0 },
  // By digest, which some of the values ask for.
  template: template({ image: `example/web:${n}@sha256:${String(n).repeat(64)}` }),
  config: [{ name: 'httpd', data: { 'httpd.conf': `Listen 808${n}` }, mountPath: '/etc/httpd' }],
});

/** What it serves as is what it was asked for, under the policies, and the operator was refused nothing. */
async function rollOut(n: number): Promise<void> {
  await place.rollOut(content(n));
  await place.told(({ status }) => status?.conditions?.find(({ type }) => type === 'Enforced')?.status === 'True', 'is enforced');
  await place.until('the version before is retired', () => place.list('Deployment').length === 1 && place.list('Pod').length === 2);
  const asked = await stage.audit(undefined, USER);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter(({ code }) => code === 403).map(({ verb, path }) => `${verb} ${path}`)).toEqual([]);
  await place.expectSafe();
}

/** All that is off by default, in one namespace. */
const narrow = (): Values => ({ ...ALL, ...NAMESPACED, watchNamespaces: [place.namespace] });

test('installs all that it renders, waits for it, and says what to do next', async () => {
  expect(await present()).toHaveLength((await helm.render({}, HOME)).length);
  expect(notes).toContain(`STATUS: deployed`);
  expect(notes).toContain('looks after Apps in every namespace.');
  const example = /<<EOF\n([^]*?) +EOF/.exec(notes)![1]!.replaceAll(/^ {5}/gm, '');
  expect(await apply(example, '--dry-run=server', '--validate=strict', '-n', place.namespace)).toContain('immutableapp.immutableapp.io/hello created');
  await operator();
  await rollOut(1);
}, TEST_MS);

test('the API server takes all that it can be made to render', async () => {
  await apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: MONITORING }));
  await stage.kubectl('wait', '--for=condition=Established', 'crd/servicemonitors.monitoring.coreos.com', 'crd/prometheusrules.monitoring.coreos.com');
  const input = await helm.template(narrow(), HOME);
  const taken = await apply(input, '--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict', '-o', 'name');
  expect(taken.trim().split('\n')).toHaveLength(documents(input).length);
}, TEST_MS);

test('an upgrade narrows it to a namespace: no pod changes, and the operator goes on with what is left of its rights', async () => {
  const before = await identities();
  await upgrade(narrow());
  expect(await identities()).toEqual(before);
  expect(await present(narrow())).toHaveLength((await helm.render(narrow(), HOME)).length);
  const bindings = (await stage.kubectl('get', 'clusterrolebindings', '-o', 'name')).split('\n');
  // Reviews of tokens and of what people may read belong to no namespace, nor do policies.
  expect(bindings.filter((name) => name.includes('immutableapp'))).toEqual(
    ['page-reviews', 'policies'].map((name) => `clusterrolebinding.rbac.authorization.k8s.io/immutableapp-${name}`),
  );
  await operator();
  await rollOut(2);
}, TEST_MS);

test('uninstalled, it leaves the CRD, the Apps and all that runs; installed again, it guards them and goes on', async () => {
  const before = await identities();
  await uninstall(HOME);
  expect(await identities()).toEqual(before);

  await helm.run(INSTALL);
  await stage.enforced();
  await operator();
  await place.told(({ status }) => status?.conditions?.find(({ type }) => type === 'Enforced')?.status === 'True', 'is enforced');
  expect(await identities()).toEqual(before);
  await rollOut(3);
}, TEST_MS);

test('a newer CRD comes with a newer chart, policies can be left out, and both go back with it', async () => {
  const newer = join(stage.cluster.directory, 'newer');
  await cp(CHART, newer, { recursive: true });
  const file = join(newer, 'generated/crd.yaml');
  const crd = await readFile(file, 'utf8');
  await writeFile(file, crd.replace('shortNames: [iapp]', 'shortNames: [iapp, newer]'));
  const shortNames = () => stage.kubectl('get', CRD, '-o', 'jsonpath={.spec.names.shortNames[*]}');
  await upgrade({ policies: { install: false } }, newer);
  expect(await shortNames()).toBe('iapp newer');
  expect(await present()).toHaveLength((await helm.render({}, HOME)).length - LEFT_OUT);
  await helm.run(['rollback', RELEASE, '--namespace', HOME]);
  expect(await shortNames()).toBe('iapp');
  await stage.enforced();
}, TEST_MS);

test('takes over what kubectl installed, in another namespace too', async () => {
  const before = await identities();
  await uninstall(HOME);
  const elsewhere = ['install', RELEASE, CHART, '--namespace', SYSTEM];
  await stage.kubectl('apply', '--server-side', '--force-conflicts', '-f', 'deploy/install.yaml');
  expect(await helm.try(elsewhere)).toMatchObject({ code: 1, stderr: expect.stringMatching(/exists and cannot be imported into the current release/) });
  await helm.run([...elsewhere, '--take-ownership']);
  await stage.enforced();
  await uninstall(SYSTEM);
  expect(await identities()).toEqual(before);
}, TEST_MS);
