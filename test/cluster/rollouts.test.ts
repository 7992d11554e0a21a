// A Rollout becomes an App, goes back half-way, and moves for good, by the lines that `kubectl iapp migrate` prints, while the real controller of Argo
// Rollouts runs: at no moment does a Service of it lack a ready endpoint.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installRollouts, startRollouts } from '../bench/rollouts.ts';
import type { Measured } from '../bench/measured.ts';
import type { Release } from '../tools/released.ts';
import { findRollouts } from '../tools/rollouts.ts';
import type { Place } from './harness.ts';
import { migrate, shortages } from './migrating.ts';
import { openOwnStage } from './opening.ts';
import { HASH, healthy as isHealthy } from './rollouts.ts';
import { typed } from './shell.ts';

const TEST_MS = 240_000;
const BUILD_MS = 20 * 60_000;
const SIZE = 3;

const ended = new AbortController();
let release: Release;
let controller: Measured;
beforeAll(async () => {
  release = await findRollouts({ log: (line) => process.stderr.write(`${line}\n`) });
}, BUILD_MS);
const stage = openOwnStage({ because: 'it installs Argo Rollouts' }, async (stage) => {
  await stage.operator();
  await installRollouts(stage.cluster, release);
  controller = await startRollouts(stage.cluster, release, [], ended.signal);
});
afterAll(async () => {
  ended.abort();
  await (controller as Measured | undefined)?.stop();
});

const rollout = (image: string) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: { name: 'shop' },
  spec: {
    replicas: SIZE,
    selector: { matchLabels: { app: 'shop' } },
    template: {
      metadata: { labels: { app: 'shop' } },
      spec: { containers: [{ name: 'web', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
    },
    strategy: { blueGreen: { activeService: 'shop', previewService: 'shop-preview', scaleDownDelaySeconds: 30 } },
  },
});
const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: 'shop' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
});

async function applied(place: Place, ...objects: readonly object[]): Promise<void> {
  const file = join(stage.cluster.directory, 'rollout.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  await stage.kubectl('apply', '-n', place.namespace, '-f', file);
}

const healthy = (place: Place): Promise<void> =>
  isHealthy(place, 'shop').catch((error: unknown) => Promise.reject(new Error(`${(error as Error).message}\n${controller.log()}`)));

/** Owned by nobody else than the Rollout, and with pods. */
const uids = (place: Place): string[] =>
  place.list('ReplicaSet').filter(({ metadata }) => metadata.labels?.[HASH] !== undefined).map(({ metadata }) => metadata.uid).toSorted(); // prettier-ignore

test(
  'a Rollout becomes an App, a Rollout again and an App, with 3 ready endpoints all the while',
  async () => {
    const place = await stage.place();
    await applied(place, service('shop'), service('shop-preview'), rollout('example/shop:1'));
    await healthy(place);
    await applied(place, rollout('example/shop:2'));
    await healthy(place);
    await place.until('it points to a revision', () => place.find('Service', 'shop')?.spec.selector?.[HASH]);
    const [replicaSets, file] = [uids(place), join(stage.cluster.directory, 'app.yaml')];

    // Too early: the Services would find the pods of the revision before, too, and nobody would take them away any more. The first step waits.
    await expect(migrate(stage.cluster, place.namespace, file, 'rollout/shop', '--check')).rejects.toThrow();
    const { steps } = await migrate(stage.cluster, place.namespace, file, 'rollout/shop');
    expect(place.list('Pod')).toHaveLength(2 * SIZE);
    const serves = () => place.until('the App serves', () => place.find('ImmutableApp', 'shop')?.status?.activeInstance);
    for (const { commands } of steps.slice(0, -1)) await typed(stage.cluster, commands);
    await serves();
    expect(place.list('Pod')).toHaveLength(2 * SIZE);

    // As the step says: the App goes, and the Rollout takes its pods back.
    const back = steps.at(-2)!.back!;
    expect(back.does).toContain('Afterwards apply the Rollout again');
    await typed(stage.cluster, back.commands);
    await applied(place, rollout('example/shop:2'));
    await healthy(place);
    await place.until('it points to a revision again', () => place.find('Service', 'shop')?.spec.selector?.[HASH]);
    expect(uids(place)).toEqual(replicaSets);
    expect((await migrate(stage.cluster, place.namespace, file, 'rollout/shop', '--check')).checks?.filter(({ ok }) => !ok)).toEqual([]);

    for (const { commands } of steps) await typed(stage.cluster, commands);
    const instance = await serves();
    expect(place.find('Service', 'shop')?.spec.selector).toEqual({ app: 'shop', 'immutableapp.io/instance': instance });
    await place.until('nothing of the Rollout is left', () => uids(place).length === 0);
    await place.settle();
    expect(shortages(place, 'shop', SIZE)).toEqual([]);
  },
  TEST_MS,
);
