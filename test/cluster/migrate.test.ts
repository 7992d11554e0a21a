// From a Deployment to an App and back again, by the very lines that `kubectl iapp migrate` prints, typed into a shell one after the other: at no
// moment after the first does a Service of it lack a ready endpoint.
import { expect, test } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nameOf, readManifests, writeManifest, type Manifest } from '../../src/cli/documents.ts';
import { condition, GC_MS, owned, type Place } from './harness.ts';
import { migrate, shortages } from './migrating.ts';
import { openStage } from './opening.ts';
import type { OperatorProcess } from './process.ts';
import { typed } from './shell.ts';

const TEST_MS = 240_000;

let operator: OperatorProcess;
const stage = openStage(async (stage) => {
  operator = await stage.operator();
});

/** A manifest of test/cli/workloads, in this namespace. */
async function applied(place: Place, name: string, ...flags: readonly string[]): Promise<string[]> {
  const manifests = readManifests(await readFile(`test/cli/workloads/${name}.yaml`, 'utf8')).filter(
    ({ kind }) => kind !== 'HorizontalPodAutoscaler',
  );
  const here = manifests.map((each) => writeManifest({ ...each, metadata: { ...(each.metadata as object), namespace: place.namespace } }));
  const file = join(stage.cluster.directory, `${place.namespace}.yaml`);
  await writeFile(file, here.join('---\n'));
  await stage.kubectl('apply', ...flags, '-f', file);
  const moved = manifests.filter(({ kind, spec }) => kind === 'Service' && (spec as { clusterIP?: string }).clusterIP !== 'None');
  return moved.map(nameOf);
}

test.each([
  ['shop', 3],
  ['numbers', 2],
  ['sidecars', 4],
  ['projected', 1],
] as const)(
  'Deployment %s becomes an App and a Deployment again, with %i ready endpoints all the while',
  async (name, size) => {
    const place = await stage.place();
    const services = await applied(place, name);
    if (name === 'projected')
      await stage.kubectl('create', 'configmap', 'portal-features', '-n', place.namespace, '--from-literal=flags.json={}');
    if (name === 'sidecars') await stage.kubectl('create', 'serviceaccount', 'checkout', '-n', place.namespace);
    const workload = readManifests(await readFile(`test/cli/workloads/${name}.yaml`, 'utf8')).find(({ kind }) => kind === 'Deployment')!;
    const app = nameOf(workload);
    await stage.kubectl('rollout', 'status', `deployment/${app}`, '-n', place.namespace, '--timeout=60s');
    const directory = stage.cluster.directory;

    const inwards = await migrate(stage.cluster, place.namespace, join(directory, 'app.yaml'), `deployment/${app}`, '--check');
    expect(inwards.checks?.filter(({ ok }) => !ok)).toEqual([]);
    for (const { commands } of inwards.steps) await typed(stage.cluster, commands);
    const instance = await place.until('the App serves', () => place.find('ImmutableApp', app)?.status?.activeInstance);
    for (const service of services)
      expect(place.find('Service', service)?.spec.selector).toHaveProperty(['immutableapp.io/instance'], instance);
    expect(place.find('Deployment', app)).toBeUndefined();

    await leaves(place, app, services, size);
  },
  TEST_MS,
);

test(
  'an App with Services that it made becomes a Deployment, with 3 ready endpoints all the while',
  async () => {
    const place = await stage.place();
    await place.steady(await place.apply(place.app({ replicas: 3, config: [{ name: 'env', data: { LEVEL: 'info' }, env: true }] })));
    await leaves(place, 'shop', ['web'], 3);
    const [container] = (place.find('Deployment', 'shop')?.spec as unknown as PodOwner).template.spec.containers;
    expect(container?.envFrom).toEqual([{ configMapRef: { name: 'shop-env' } }]);
  },
  TEST_MS,
);

test(
  'the way back waits for the operator: the pods of the App end when the Deployment has its traffic again',
  async () => {
    const place = await stage.place();
    const [service = ''] = await applied(place, 'shop');
    await stage.kubectl('rollout', 'status', 'deployment/shop', '-n', place.namespace, '--timeout=60s');
    const { steps } = await migrate(stage.cluster, place.namespace, join(stage.cluster.directory, 'app.yaml'), 'deployment/shop');
    const arrival = steps.findIndex(({ back }) => back !== undefined);
    for (const { commands } of steps.slice(0, arrival + 1)) await typed(stage.cluster, commands);

    await operator.stop();
    const walk = typed(stage.cluster, steps[arrival]!.back!.commands);
    try {
      await place.until('spec names no Service', () => place.find('ImmutableApp', 'shop')?.spec.services === undefined);
    } finally {
      operator = await stage.operator();
      await walk;
    }
    await place.until('only the Deployment is left', () =>
      place.list('Deployment').every(({ metadata }) => metadata.name === 'shop' && metadata.labels?.['immutableapp.io/app'] === undefined),
    );
    await place.settle();
    expect(shortages(place, service, 3)).toEqual([]);
    expect(place.find('Service', service)?.metadata.annotations).not.toHaveProperty(['immutableapp.io/adopt']);
  },
  TEST_MS,
);

test(
  'the way back gives a Service the selector again that its manifest has left out',
  async () => {
    const place = await stage.place();
    const gitops = ['--server-side', '--field-manager=gitops'];
    const [service = ''] = await applied(place, 'shop', ...gitops);
    await stage.kubectl('rollout', 'status', 'deployment/shop', '-n', place.namespace, '--timeout=60s');
    const { apiVersion, kind, spec } = place.find('Service', service)! as unknown as Manifest & {
      spec: { selector: object; ports: object };
    };
    const { steps } = await migrate(stage.cluster, place.namespace, join(stage.cluster.directory, 'app.yaml'), 'deployment/shop');
    const arrival = steps.findIndex(({ back }) => back !== undefined);
    for (const { commands } of steps.slice(0, arrival)) await typed(stage.cluster, commands);
    const [begin = '', ...rest] = steps[arrival]!.commands;
    await typed(stage.cluster, [begin]);
    await place.told((app) => condition(app, 'Stalled')?.reason === 'SelectorInGit', 'it says who applies the selector');
    const file = join(stage.cluster.directory, 'service.yaml');
    const metadata = { name: service, namespace: place.namespace };
    await writeFile(file, writeManifest({ apiVersion, kind, metadata, spec: { ports: spec.ports } }));
    await stage.kubectl('apply', ...gitops, '-f', file);
    await typed(stage.cluster, rest);
    expect(Object.keys(place.find('Service', service)?.spec.selector ?? {})).toEqual(['immutableapp.io/instance']);

    await typed(stage.cluster, steps[arrival]!.back!.commands);
    await place.until(
      'its own selector is back',
      () => !('immutableapp.io/instance' in (place.find('Service', service)?.spec.selector ?? {})),
    );
    await place.settle();
    expect(place.find('Service', service)?.spec.selector).toEqual(spec.selector);
    expect(shortages(place, service, 3)).toEqual([]);
  },
  TEST_MS,
);

/** The lines of docs/services.md by which a Service goes from one App to another. */
async function handingOver(from: string, to: string): Promise<string[]> {
  const blocks = (await readFile('docs/services.md', 'utf8')).match(/(?<=```sh\n)[^`]*/g) ?? [];
  const block = blocks.find((each) => each.includes('--cascade=orphan')) ?? '';
  const renamed = block
    .replaceAll('adopt=shop', `adopt=${to}`)
    .replaceAll('iapp/shop', `iapp/${to}`)
    .replaceAll(/(iapp\/|app=)old/g, `$1${from}`);
  return renamed.trim().split('\n');
}

test(
  'an App hands its Service over to another as the documentation says, with 2 ready endpoints all the while, and nothing of it is left',
  async () => {
    const place = await stage.place();
    const config = [{ name: 'env', data: { LEVEL: 'info' }, env: true }];
    await place.rollOut({ services: [owned()], config, replicas: 2 }, 'one');
    await place.rollOut({ services: [owned()], config, replicas: 2, disruption: { maxUnavailable: 1 }, version: '2' }, 'one');
    await place.stalled(await place.update({ services: [{ name: 'web' }], replicas: 2 }, 'two'), 'ServiceNotOwned');
    await typed(stage.cluster, await handingOver('one', 'two'), place.namespace);
    const left = () =>
      (['Deployment', 'Pod', 'ConfigMap', 'PodDisruptionBudget', 'ControllerRevision'] as const).flatMap((kind) =>
        place.list(kind).filter(({ metadata }) => metadata.labels?.['immutableapp.io/app'] === 'one'),
      );
    await place.until('nothing of the other App is left', () => left().length === 0, GC_MS);
    expect(place.find('Service', 'web')?.spec.selector).toEqual({
      'immutableapp.io/instance': place.find('ImmutableApp', 'two')?.status?.activeInstance,
    });
    expect(shortages(place, 'web', 2)).toEqual([]);
  },
  TEST_MS,
);

interface PodOwner {
  readonly template: { readonly spec: { readonly containers: readonly { readonly envFrom?: unknown }[] } };
}

/** The way out, and that nothing is left of the App. */
async function leaves(place: Place, app: string, services: readonly string[], size: number): Promise<void> {
  const { directory } = stage.cluster;
  const { steps } = await migrate(stage.cluster, place.namespace, join(directory, 'deployment.yaml'), `iapp/${app}`);
  for (const { commands } of steps) await typed(stage.cluster, commands);
  await place.until('nothing of the App is left', () => {
    const left = [...place.list('Deployment'), ...place.list('ReplicaSet'), ...place.list('Pod')];
    return left.every(({ metadata }) => metadata.labels?.['immutableapp.io/app'] === undefined);
  });
  await place.settle();
  expect(place.list('ImmutableApp')).toEqual([]);
  for (const service of services) {
    const { metadata, spec } = place.find('Service', service)!;
    const marks = Object.keys({ ...metadata.annotations, ...metadata.labels, ...spec.selector });
    expect(marks.filter((key) => key.startsWith('immutableapp.io/'))).toEqual([]);
    expect({ service, shortages: shortages(place, service, size) }).toEqual({ service, shortages: [] });
  }
}
