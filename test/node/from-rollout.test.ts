// From Argo Rollouts to an App, back half-way, and in for good, by the lines that the plugin prints, while the real controller of Argo Rollouts runs: on
// a real node with 600 requests a second through the Service of the Rollout, of which none may fail.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { installRollouts, startRollouts } from '../bench/rollouts.ts';
import { START_MS } from '../cluster/harness.ts';
import { HASH, healthy } from '../cluster/rollouts.ts';
import { unpacked } from './provisions.ts';
import { nginx } from './sites.ts';
import { APP, Theatre } from './theatre.ts';
import { apply, deployed, printed, walk, type Steps } from './walk.ts';

const MINUTE = 60_000;
const VERSION = 'nginx-01';

const { rollouts: release } = unpacked();
const isThere = typeof release !== 'string';
if (!isThere) process.stderr.write(`Skipped, as there is no Argo Rollouts: ${release}\n`);
const scene = (name: string, play: () => Promise<void>): void => {
  (isThere ? test : test.skip)(name, () => theatre.scene(name, play), MINUTE);
};

let theatre: Theatre;
let rollout: object;
const ended = new AbortController();
beforeAll(async () => {
  if (!isThere) return;
  theatre = await Theatre.open();
  theatre.outside = VERSION;
  const { cluster } = theatre.stage;
  await installRollouts(cluster, release);
  await startRollouts(cluster, release, [], ended.signal);
  await theatre.operators.apply({ image: theatre.provisions.images.operator.reference });
  const { config, deployment } = deployed(theatre, nginx(theatre.provisions.images.nginx, VERSION));
  const strategy = { blueGreen: { activeService: 'web', previewService: 'web-preview' } };
  rollout = { ...deployment, apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', spec: { ...deployment.spec, strategy } };
  await apply(theatre, ...config, service('web'), service('web-preview'), rollout);
  await healthy(theatre.place, APP);
  await theatre.begin();
}, START_MS);
afterAll(async () => {
  ended.abort();
  await (theatre as Theatre | undefined)?.close();
}, MINUTE);

const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: APP }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
});
const steps = () => printed(theatre, 'app.yaml', `rollout/${APP}`, VERSION);
let there: Steps = [];

scene('a Rollout becomes an App', async () => {
  there = (await steps()).slice(0, -1);
  await walk(theatre, there);
  expect(theatre.serving()).toBe(VERSION);
});

scene('goes back half-way', async () => {
  const ways = there.flatMap(({ back }) => back ?? []);
  expect(ways).toHaveLength(1);
  await walk(theatre, ways);
  await apply(theatre, rollout);
  await healthy(theatre.place, APP);
  await theatre.place.until('its Service points to a revision', () => theatre.place.find('Service', 'web')?.spec.selector?.[HASH]);
});

scene('and moves for good', async () => {
  await walk(theatre, await steps());
  await theatre.place.until(
    'nothing of the Rollout is left',
    () => theatre.place.list('Pod').every(({ metadata }) => metadata.labels?.['immutableapp.io/app'] === APP),
    MINUTE,
  );
  expect(theatre.serving()).toBe(VERSION);
  await theatre.arrived(VERSION);
});

(isThere ? test : test.skip)('no request failed', async () => {
  await theatre.finish();
  await theatre.place.expectSafe();
  await theatre.stage.expectPromisesKept();
});
