// A comparison on a real API server and a real Prometheus: two versions share the requests of real clients by a ladder, and real servers answer them,
// some with errors. Who is worse gives the share back; who is as bad as what serves does not, nor does anybody whom a dependency fails.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Prometheus } from '../monitoring/prometheus.ts';
import { Clients, type Address } from '../node/clients.ts';
import { needPackages } from '../tools/debian.ts';
import { seeded } from '../world/time.ts';
import { condition, owned, selectedBy, START_MS, template } from './harness.ts';
import type { Place } from './harness.ts';
import type { App } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';

/** Of each App: 300 requests a second, or what the machine has room for. */
const [CLIENTS, PAUSE_MS] = [8, 25];
/** With the constant weights of a route. */
const RUNGS = [
  ['web-r1', 5],
  ['web-r2', 20],
  ['web-r3', 75],
] as const;

const servers: Server[] = [];
const clients: Clients[] = [];
async function listening(answer: RequestListener): Promise<Address> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

interface Instance {
  readonly address: Promise<Address>;
  total: number;
  bad: number;
}

/** The clients of an App, and a server for each of its instances, which counts, as a pod would for Prometheus. */
class Traffic {
  readonly #place: Place;
  /** The status of the next answer of an image. */
  readonly #status: (image: string, chance: number) => number | Promise<number>;
  readonly #instances = new Map<string, Instance>();
  readonly #random = seeded(7);

  constructor(place: Place, status: (image: string, chance: number) => number | Promise<number>) {
    this.#place = place;
    this.#status = status;
    const asking = new Clients(() => this.#route());
    clients.push(asking);
    asking.begin(CLIENTS, PAUSE_MS);
  }

  /** How many requests an image answered. */
  answered(tag: string): number {
    return [...this.#instances].filter(([name]) => this.#imageOf(name).endsWith(tag)).reduce((sum, [, { total }]) => sum + total, 0);
  }

  page(): string {
    const of = (what: string, instance: string, count: number): string =>
      `${what}_total{app="${this.#place.namespace}",of="${instance}"} ${String(count)}`;
    return [...this.#instances].flatMap(([name, { total, bad }]) => [of('requests', name, total), of('errors', name, bad)]).join('\n');
  }

  /** As a gateway does: by constant weights to a Service, and from there to what it selects. */
  #route(): Promise<Address> {
    let left = this.#random() * 100;
    const [rung] = RUNGS.find(([, weight]) => (left -= weight) < 0) ?? RUNGS.at(-1)!;
    const name = selectedBy(this.#place.find('Service', rung))!;
    const known = this.#instances.get(name);
    if (known !== undefined) return known.address;
    const instance: Instance = { address: this.#serve(name), total: 0, bad: 0 };
    this.#instances.set(name, instance);
    return instance.address;
  }

  #serve(name: string): Promise<Address> {
    const random = seeded(11 + this.#instances.size);
    const image = this.#imageOf(name);
    const answer: RequestListener = (_, response) =>
      void Promise.resolve(this.#status(image, random())).then((status) => {
        const counts = this.#instances.get(name)!;
        counts.total++;
        if (status >= 500) counts.bad++;
        response.writeHead(status, { 'x-instance': name }).end();
      });
    return listening(answer);
  }

  #imageOf(instance: string): string {
    return this.#place.find('Deployment', instance)?.spec.template.spec.containers[0]?.image ?? '';
  }
}

const crowd: Traffic[] = [];
let prometheus: Prometheus;
const stage = openStage(async (stage) => {
  await needPackages(['prometheus'], (line) => process.stderr.write(`${line}\n`));
  const { host, port } = await listening((_, response) =>
    response.writeHead(200, { 'content-type': 'text/plain' }).end(`${crowd.map((each) => each.page()).join('\n')}\n`),
  );
  prometheus = await Prometheus.start(stage.cluster.directory, 'groups: []');
  prometheus.scrape([`http://${host}:${String(port)}`]);
  const file = join(stage.cluster.directory, 'metrics.yaml');
  writeFileSync(file, `- {name: main, url: "${prometheus.url}"}\n`);
  await stage.operator(['--sources', file]);
});

const of = (what: string): string => `sum(${what}_total{app="$namespace",of="$instance"})`;
const PROMOTION = {
  drainSeconds: 0,
  during: [
    {
      name: 'errors',
      timeoutSeconds: 120,
      prometheus: { source: 'main', compare: { total: of('requests'), bad: of('errors') }, intervalSeconds: 1, forSeconds: 8 },
    },
  ],
};
const LADDER = [{ percent: 5, seconds: 2 }, { percent: 25, seconds: 2 }, { percent: 100 }];
const spec = (tag: string) => ({
  template: template({ image: `example/web:${tag}` }),
  services: [{ ...owned(), ladder: LADDER }],
  promotion: PROMOTION,
});

interface Published {
  readonly place: Place;
  readonly one: string;
  readonly app: App;
}
/** One serves under load, and two is published. */
async function published(trafficTo: (place: Place) => Traffic): Promise<Published> {
  const place = await stage.place();
  const one = await place.rollOut(spec('1'));
  crowd.push(trafficTo(place));
  return { place, one, app: await place.update(spec('2')) };
}
const whereIs = (place: Place): unknown[] => ['web', ...RUNGS.map(([name]) => name)].map((name) => selectedBy(place.find('Service', name)));
const failing =
  (one: number, two: number) =>
  (place: Place): Traffic =>
    new Traffic(place, (image, chance) => (chance < (image.endsWith(':2') ? two : one) ? 500 : 200));

/** Both ask it for each answer. It fails three in ten of those that come while the next version gives its 200th to its 600th answer. */
function failingTogether(place: Place): Traffic {
  const random = seeded(3);
  const dependency = listening((_, response) => {
    const isDown = traffic.answered(':2') > 200 && traffic.answered(':2') < 600;
    response.writeHead(isDown && random() < 0.3 ? 503 : 200).end();
  });
  const asking = new Clients(() => dependency);
  clients.push(asking);
  const traffic = new Traffic(place, async (_image, chance) => {
    const { status } = await asking.once();
    return status === 200 && chance >= 0.01 ? 200 : 502;
  });
  return traffic;
}

/** All at once, since each takes its time. */
let worse: Promise<Published>;
let equal: Promise<Published>;
let failed: Promise<Published>;
beforeAll(async () => {
  worse = published(failing(0.01, 0.04));
  equal = published(failing(0.03, 0.03));
  failed = published(failingTogether);
  await Promise.all([worse, equal, failed]);
}, START_MS);
afterAll(async () => {
  await Promise.all(clients.map((each) => each.end()));
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await (prometheus as Prometheus | undefined)?.stop();
});

test(
  'four times the errors: the share goes back, with the odds, and what serves serves on',
  async () => {
    const { place, one, app } = await worse;
    const stalled = await place.stalled(app, 'VersionFailed', TEST_MS);
    expect(condition(stalled, 'Stalled')?.message).toMatch(
      /gate during\/errors: odds (a million|[\d,]+) : 1 that it is worse \([\d.]+ % of [\d,]+ against [\d.]+ % of [\d,]+\)/,
    );
    await place.until('all is back', () => whereIs(place).every((instance) => instance === one));
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'the same errors as what serves: it takes all traffic',
  async () => {
    const { place, one, app } = await equal;
    await place.steady(app, TEST_MS);
    const [two, ...others] = whereIs(place);
    expect(two).not.toBe(one);
    expect(others).toEqual([two, two, two]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a dependency that fails for both is no evidence: the version keeps its share, and waits',
  async () => {
    const { place, one, app } = await failed;
    const waits =
      /not enough evidence yet: odds (?:[\d,]+ : 1|1 : (?:[\d,]+|a million)) that it is worse \(([\d.]+) % of [\d,]+ against ([\d.]+) %/;
    const both = (seen: App) =>
      waits
        .exec(condition(seen, 'Ready')?.message ?? '')
        ?.slice(1)
        .map(Number);
    await place.reported(app, (seen) => both(seen)?.every((rate) => rate > 4) === true, 'its time is over, and it is not known');
    const [web, first, second, last] = whereIs(place);
    expect([web, last]).toEqual([one, one]);
    expect(first).not.toBe(one);
    expect(second).toBe(first);
    await place.expectSafe();
  },
  TEST_MS,
);
