// A comparison on a real API server and a real Prometheus: two versions share the traffic by a ladder, and what each of them fails is counted. Who is
// worse gives the share back; who is as bad as what serves does not, nor does anybody whom a dependency fails.
import { afterAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { Prometheus } from '../monitoring/prometheus.ts';
import { needPackages } from '../tools/debian.ts';
import { seeded } from '../world/time.ts';
import { condition, owned, selectedBy, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

/** Requests a second, of each App. */
const RATE = 2_000;
const RUNGS = [
  ['web-r1', 5],
  ['web-r2', 20],
  ['web-r3', 75],
] as const;

/** The share of requests that an image fails, so many seconds after the second version got its first. */
type Failing = (image: string, seconds: number) => number;

/** The clients of an App: each rung of its ladder has its part of them, and each instance fails some. */
class Traffic {
  readonly #place: Place;
  readonly #failing: Failing;
  readonly #random = seeded(7);
  readonly #counts = new Map<string, { total: number; bad: number }>();
  #from = performance.now();
  #begun: number | undefined;

  constructor(place: Place, failing: Failing) {
    this.#place = place;
    this.#failing = failing;
  }

  /** As a metrics page, with what came since the last one. */
  page(): string {
    const seconds = (performance.now() - this.#from) / 1000;
    this.#from = performance.now();
    for (const [rung, percent] of RUNGS) {
      const instance = selectedBy(this.#place.find('Service', rung));
      if (instance !== undefined) this.#answer(instance, Math.round((seconds * RATE * percent) / 100));
    }
    const { namespace } = this.#place;
    return [...this.#counts]
      .flatMap(([instance, { total, bad }]) =>
        (['requests', 'errors'] as const).map(
          (what) => `${what}_total{app="${namespace}",of="${instance}"} ${String(what === 'requests' ? total : bad)}`,
        ),
      )
      .join('\n');
  }

  #answer(instance: string, requests: number): void {
    const image = this.#place.find('Deployment', instance)?.spec.template.spec.containers[0]?.image ?? '';
    if (image.endsWith(':2')) this.#begun ??= performance.now();
    const share = this.#failing(image, (performance.now() - (this.#begun ?? performance.now())) / 1000);
    const before = this.#counts.get(instance) ?? { total: 0, bad: 0 };
    const bad = Array.from({ length: requests }, () => this.#random()).filter((chance) => chance < share).length;
    this.#counts.set(instance, { total: before.total + requests, bad: before.bad + bad });
  }
}

const crowd: Traffic[] = [];
let server: Server;
let prometheus: Prometheus;
const stage = openStage(async (stage) => {
  await needPackages(['prometheus'], (line) => process.stderr.write(`${line}\n`));
  server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/plain' }).end(`${crowd.map((each) => each.page()).join('\n')}\n`),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  prometheus = await Prometheus.start(stage.cluster.directory, 'groups: []');
  prometheus.scrape([`http://127.0.0.1:${String((server.address() as { port: number }).port)}`]);
  const file = join(stage.cluster.directory, 'metrics.yaml');
  writeFileSync(file, `- {name: main, url: "${prometheus.url}"}\n`);
  await stage.operator(['--sources', file]);
});
afterAll(async () => {
  (server as Server | undefined)?.close();
  await (prometheus as Prometheus | undefined)?.stop();
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
/** One serves, and two is published. */
async function published(failing: Failing) {
  const place = await stage.place();
  const one = await place.rollOut(spec('1'));
  crowd.push(new Traffic(place, failing));
  return { place, one, app: await place.update(spec('2')) };
}
const whereIs = (place: Place): unknown[] => ['web', ...RUNGS.map(([name]) => name)].map((name) => selectedBy(place.find('Service', name)));
const rate =
  (one: number, two: number): Failing =>
  (image) =>
    image.endsWith(':2') ? two : one;

test(
  'four times the errors: the share goes back, with the odds, and what serves serves on',
  async () => {
    const { place, one, app } = await published(rate(0.01, 0.04));
    const failed = await place.stalled(app, 'VersionFailed', TEST_MS);
    expect(condition(failed, 'Stalled')?.message).toMatch(
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
    const { place, one, app } = await published(rate(0.03, 0.03));
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
    const { place, one, app } = await published((_image, seconds) => (seconds > 3 && seconds < 7 ? 0.3 : 0.01));
    const waits = /not enough evidence yet: odds ([\d,]+ : 1|1 : ([\d,]+|a million)) that it is worse/;
    await place.reported(app, (seen) => waits.test(condition(seen, 'Ready')?.message ?? ''), 'its time is over, and it is not known');
    const [web, first, second, last] = whereIs(place);
    expect([web, last]).toEqual([one, one]);
    expect(first).not.toBe(one);
    expect(second).toBe(first);
    await place.expectSafe();
  },
  TEST_MS,
);
