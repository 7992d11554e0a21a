// From Flagger to an App, back half-way, and in for good, by the lines that the plugin prints, while the real Flagger runs: on a real node with 600
// requests a second through the Service that Flagger made, of which none may fail.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { canary, installFlagger, reached, startFlagger } from '../cluster/flagger.ts';
import { START_MS } from '../cluster/harness.ts';
import { unpacked } from './provisions.ts';
import { nginx } from './sites.ts';
import { APP, Theatre } from './theatre.ts';
import { apply, deployed, printed, walk, type Steps } from './walk.ts';

const MINUTE = 60_000;
const VERSION = 'nginx-01';

const { flagger: release } = unpacked();
const isThere = typeof release !== 'string';
if (!isThere) process.stderr.write(`Skipped, as there is no Flagger: ${release}\n`);
const scene = (name: string, play: () => Promise<void>): void => {
  (isThere ? test : test.skip)(name, () => theatre.scene(name, play), MINUTE);
};

let theatre: Theatre;
const ended = new AbortController();
beforeAll(async () => {
  if (!isThere) return;
  theatre = await Theatre.open();
  theatre.outside = VERSION;
  const { cluster } = theatre.stage;
  await installFlagger(cluster, release);
  await startFlagger(cluster, release, ended.signal);
  await theatre.operators.apply({ image: theatre.provisions.images.operator.reference });
  const { config, deployment } = deployed(theatre, nginx(theatre.provisions.images.nginx, VERSION));
  await apply(theatre, ...config, deployment, shop);
  await reached(theatre.place, APP, 'Initialized');
  await theatre.begin();
}, START_MS);
afterAll(async () => {
  ended.abort();
  await (theatre as Theatre | undefined)?.close();
}, MINUTE);

const shop = canary(APP, { name: 'web', port: 80, targetPort: 'http' });
const steps = () => printed(theatre, 'app.yaml', `canary/${APP}`, VERSION);
let there: Steps = [];

scene('a Canary becomes an App', async () => {
  there = (await steps()).slice(0, -1);
  await walk(theatre, there);
  expect(theatre.serving()).toBe(VERSION);
});

scene('goes back half-way', async () => {
  const ways = there.flatMap(({ back }) => back ?? []);
  expect(ways).toHaveLength(1);
  await walk(theatre, ways);
  await apply(theatre, shop);
  await reached(theatre.place, APP, 'Initialized');
  await theatre.place.until(
    'its Service points to the copy',
    () => theatre.place.find('Service', 'web')?.spec.selector?.app === `${APP}-primary`,
  );
});

scene('and moves for good', async () => {
  await walk(theatre, await steps());
  await theatre.place.until(
    'nothing of the Canary is left',
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
