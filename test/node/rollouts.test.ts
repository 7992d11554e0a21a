// Zero failed requests, and never an answer of a version that should not serve: the stories of an App's life on a real node, with 600 requests
// a second through its Service from the first to the last. One cluster, one App, one client; every scene begins where the last one ended.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { START_MS } from '../cluster/harness.ts';
import { PROXY } from './judge.ts';
import { own, type Site } from './sites.ts';
import { Theatre } from './theatre.ts';

const FLIPS = Number(process.env.IMMUTABLEAPP_NODE_FLIPS ?? 30);
const SCENE_MS = 120_000;
const MINUTE = 60_000;

let theatre: Theatre;
let sites: Readonly<Record<'apache1' | 'apache2' | 'nginx1', Site>>;
beforeAll(async () => {
  theatre = await Theatre.open();
  const { server } = theatre.provisions;
  sites = { apache1: own(server, 'apache-01'), apache2: own(server, 'apache-02'), nginx1: own(server, 'nginx-01') };
  await theatre.stage.operator();
  await theatre.place.steady(await theatre.publish(sites.apache1), MINUTE);
  await theatre.begin();
}, START_MS);
afterAll(() => (theatre as Theatre | undefined)?.close());

const scene = (name: string, play: () => Promise<void>, ms = SCENE_MS): void => {
  test(name, () => theatre.scene(name, play), ms);
};

/** What was published serves, and new connections lead there. */
async function rolledOut(site: Site, more: object = {}): Promise<void> {
  await theatre.place.serving(await theatre.publish(site, more), MINUTE);
  await theatre.arrived(site.version);
}

async function pointed(version: string): Promise<void> {
  await theatre.place.serving(await theatre.place.point(version), MINUTE);
  await theatre.arrived(version);
}

describe('under load', () => {
  scene('config update', () => rolledOut(sites.apache2));
  scene('Apache is replaced by Nginx', () => rolledOut(sites.nginx1));
  scene('rollback to a warm version', () => pointed('apache-02'));

  scene(
    `${FLIPS} flips in a row`,
    async () => {
      for (let i = 0; i < FLIPS; i++) {
        await pointed(i % 2 === 0 ? 'nginx-01' : 'apache-02');
        // So that the judge may tell: from here on the version that was left is wrong.
        await theatre.pause(PROXY / 1000);
      }
    },
    FLIPS * 10_000,
  );

  test('no request failed from beginning to end, and every promise was kept', async () => {
    process.stderr.write(`\n${await theatre.finish()}\n`);
    await theatre.place.expectSafe();
    await theatre.stage.expectNothingPublishedWasEdited();
    expect(theatre.selected()).toBeDefined();
  });
});
