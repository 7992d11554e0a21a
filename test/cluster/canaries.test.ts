// A Canary of Flagger becomes an App, goes back half-way, and moves for good, by the lines that `kubectl iapp migrate` prints, while the real Flagger
// runs: at no moment does the Service that clients use lack a ready endpoint, though Flagger made it and it is deleted with its Canary.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measured } from '../bench/measured.ts';
import { findFlagger } from '../tools/flagger.ts';
import type { Release } from '../tools/released.ts';
import { canary, installFlagger, reached, startFlagger } from './flagger.ts';
import type { Place } from './harness.ts';
import { migrate, shortages } from './migrating.ts';
import { openOwnStage } from './opening.ts';
import { typed } from './shell.ts';

const TEST_MS = 300_000;
const BUILD_MS = 20 * 60_000;
const SIZE = 3;

const ended = new AbortController();
let release: Release;
let controller: Measured;
beforeAll(async () => {
  release = await findFlagger({ log: (line) => process.stderr.write(`${line}\n`) });
}, BUILD_MS);
const stage = openOwnStage({ because: 'it installs Flagger' }, async (stage) => {
  await stage.operator();
  await installFlagger(stage.cluster, release);
  controller = await startFlagger(stage.cluster, release, ended.signal);
});
afterAll(async () => {
  ended.abort();
  await (controller as Measured | undefined)?.stop();
});

const deployment = (image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop' },
  spec: {
    replicas: SIZE,
    selector: { matchLabels: { app: 'shop' } },
    template: {
      metadata: { labels: { app: 'shop' } },
      spec: {
        containers: [{ name: 'web', image, ports: [{ name: 'http', containerPort: 8080 }], envFrom: [{ configMapRef: { name: 'env' } }] }],
      },
    },
  },
});
const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'env' }, data: { LEVEL: 'info' } };
const autoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'busy' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' }, minReplicas: SIZE, maxReplicas: 2 * SIZE },
};
const autoscalerRef = { apiVersion: autoscaler.apiVersion, kind: autoscaler.kind, name: 'busy' };
const shop = canary('shop', { port: 80, targetPort: 'http' }, { revertOnDeletion: true, autoscalerRef });

async function applied(place: Place, ...objects: readonly object[]): Promise<void> {
  const file = join(stage.cluster.directory, 'canary.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  await stage.kubectl('apply', '-n', place.namespace, '-f', file);
}

const phase = (place: Place, wanted: string): Promise<void> =>
  reached(place, 'shop', wanted).catch((error: unknown) => Promise.reject(new Error(`${(error as Error).message}\n${controller.log()}`)));

/** What Flagger made, and what it has of its own in the Service. */
const copies = (place: Place): string[] =>
  (['Deployment', 'Service', 'ConfigMap'] as const)
    .flatMap((kind) => place.list(kind).map(({ metadata }) => `${kind} ${metadata.name}`))
    .filter((name) => /-(primary|canary)$/.test(name))
    .toSorted();
const autoscalers = async ({ namespace }: Place): Promise<string> =>
  stage.kubectl('get', 'hpa', '-n', namespace, '-o', 'jsonpath={range .items[*]}{.metadata.name} of {.spec.scaleTargetRef.kind} {end}');
const selector = (place: Place) => place.find('Service', 'shop')?.spec.selector;

test(
  'a Canary becomes an App, a Canary again and an App, with 3 ready endpoints all the while',
  async () => {
    const place = await stage.place();
    await applied(place, config, autoscaler, deployment('example/shop:1'), shop);
    await phase(place, 'Initialized');
    await applied(place, deployment('example/shop:2'));
    await phase(place, 'Progressing');
    const file = join(stage.cluster.directory, 'app.yaml');
    await expect(migrate(stage.cluster, place.namespace, file, 'canary/shop', '--check')).rejects.toThrow();
    await phase(place, 'Succeeded');
    expect(selector(place)).toEqual({ app: 'shop-primary' });
    expect(copies(place)).toEqual(['ConfigMap env-primary', 'Deployment shop-primary', 'Service shop-canary', 'Service shop-primary']);
    expect(await autoscalers(place)).toBe('busy of Deployment busy-primary of Deployment ');

    const moved = async () => {
      const { steps, checks } = await migrate(stage.cluster, place.namespace, file, 'canary/shop', '--check');
      expect(checks?.filter(({ ok }) => !ok)).toEqual([]);
      return steps;
    };
    const serves = () => place.until('the App serves', () => place.find('ImmutableApp', 'shop')?.status?.activeInstance);
    const steps = await moved();
    const half = steps.findIndex(({ back }) => back !== undefined);
    for (const { commands } of steps.slice(0, half + 1)) await typed(stage.cluster, commands);
    expect(selector(place)).toEqual({ app: 'shop', 'immutableapp.io/instance': await serves() });
    expect([copies(place), await autoscalers(place)]).toEqual([[], 'busy of Deployment ']);

    // As the step says: the App goes, and Flagger makes its copies of the Deployment that never stopped.
    const back = steps[half]!.back!;
    expect(back.does).toContain('Afterwards apply the Canary again');
    await typed(stage.cluster, back.commands);
    await applied(place, shop);
    await phase(place, 'Initialized');
    await place.until('it points to the copy again', () => selector(place)?.app === 'shop-primary');

    for (const { commands } of await moved()) await typed(stage.cluster, commands);
    const instance = await serves();
    expect(selector(place)).toEqual({ app: 'shop', 'immutableapp.io/instance': instance });
    await place.until('only the App is left', () =>
      place.list('Pod').every(({ metadata }) => metadata.labels?.['immutableapp.io/app'] === 'shop'),
    );
    await place.settle();
    expect([copies(place), await autoscalers(place)]).toEqual([[], 'busy of ImmutableApp ']);
    expect(place.find('Deployment', 'shop')).toBeUndefined();
    expect(place.podsOf(instance).map(({ spec }) => (spec as { containers: { image: string }[] }).containers[0]?.image)).toEqual(
      Array.from({ length: SIZE }, () => 'example/shop:2'),
    );
    expect(shortages(place, 'shop', SIZE)).toEqual([]);
  },
  TEST_MS,
);

test('deleted in any other way a Canary takes the Service along, and what serves, even one that reverts', async () => {
  const place = await stage.place();
  await applied(place, config, autoscaler, deployment('example/shop:1'), shop);
  await phase(place, 'Initialized');
  await stage.kubectl('delete', '-n', place.namespace, 'canary/shop');
  await place.until('the Service is gone', () => place.find('Service', 'shop') === undefined);
}, 120_000);
