test('no connection begins where a server was told to listen', () => {
  const reserved = readFileSync('/proc/sys/net/ipv4/ip_local_reserved_ports', 'utf8').trim().split(',');
  expect(reserved).toContain(`${FIRST}-${BEYOND}`);
});

// Traffic in steps behind a real gateway: Contour and its Envoy, a route that is applied again by force every second, and clients that never stop
// asking. Nobody is answered with an error, and the share that clients see of a version is what its ladder says, as closely as so many answers can tell.
// An API server of its own: it stands on the ground of a node, where the gateway can reach its pods.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BEYOND, FIRST } from '../../deploy/local/ports.ts';
import { rungName, rungsOf, weightsOf } from '../../src/model/ladder.ts';
import { condition, HELD, OwnStage, owned, polled, START_MS, template, type Place, type TemplateOptions } from '../cluster/harness.ts';
import type { OperatorProcess } from '../cluster/process.ts';
import { Prometheus } from '../monitoring/prometheus.ts';
import { Backends } from './backends.ts';
import { shareOf, tally, tolerance, type Answer } from './clients.ts';
import { Gateway, reference, type Rule } from './gateway.ts';
import { unpacked } from './provisions.ts';

const MINUTE = 60_000;
const LADDER = [{ percent: 5, seconds: 4 }, { percent: 25, seconds: 4 }, { percent: 100 }];
const RUNGS = rungsOf('web', LADDER);
const BACKENDS = RUNGS.map((rung, i) => ({ name: rungName(rung), port: 80, weight: weightsOf(RUNGS)[i]! }));
/** Follows the newest version, and what serves while there is no other. */
const NEXT = [{ name: 'web-next', port: 80, weight: 1 }];
const [STAFF, MIRRORED, MIRRORED_PERCENT] = [{ 'x-cohort': 'staff' }, '/mirrored', 10];
const RULES: readonly Rule[] = [
  { backends: BACKENDS },
  { matches: [{ headers: [{ name: 'x-cohort', value: 'staff' }] }], backends: NEXT },
  {
    matches: [{ path: { type: 'PathPrefix', value: MIRRORED } }],
    filters: [{ type: 'RequestMirror', requestMirror: { backendRef: reference('web-next'), percent: MIRRORED_PERCENT } }],
    backends: [{ name: 'web', port: 80, weight: 1 }],
  },
];
/** So that a gateway whose control plane is away does not send to a pod that is gone. */
const PROMOTION = { drainSeconds: 30, failbackSeconds: 1 };
const spec = (image: string, ladder = LADDER, more: TemplateOptions = {}) => ({
  ...{ replicas: 2, template: template({ image: `example/web:${image}`, ...more }), promotion: PROMOTION },
  services: [{ ...owned(), ladder }, owned('web-next', 'Preview')],
});
/** The same, but nothing moves by itself. */
const HOUR = LADDER.map(({ percent, seconds }) => ({ percent, ...(seconds && { seconds: 3600 }) }));
/** Answers of a window that is judged. */
const SAMPLE = 800;
/** A write is news a moment later. */
const NEWS_MS = 500;

const { gateway: programs } = unpacked();
const isThere = typeof programs !== 'string';
if (!isThere) process.stderr.write(`Skipped, as there is no gateway: ${programs}\n`);
const scene = isThere ? test : test.skip;

let stage: OwnStage;
let place: Place;
let gateway: Gateway;
let operator: OperatorProcess;
let prometheus: Prometheus;
let sources: string;
let git: Promise<void>;
const over = new AbortController();

beforeAll(async () => {
  if (!isThere) return;
  stage = await OwnStage.open();
  prometheus = await Prometheus.start(stage.cluster.directory, 'groups: []');
  prometheus.scrape([Backends.metrics]);
  sources = join(stage.cluster.directory, 'sources.yaml');
  writeFileSync(sources, `- {name: main, url: "${prometheus.url}"}\n`);
  await ignite();
  place = await stage.place();
  await place.rollOut(spec('1'));
  gateway = new Gateway(stage, place, programs, process.env.ROOM!);
  await gateway.open();
  await gateway.route(RULES);
  await gateway.ask(8, 20);
  const applyAgain = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await gateway.route(RULES);
      await delay(1000);
    }
  };
  git = applyAgain();
  await shows('answers of what serves', performance.now(), (all) => all.length >= SAMPLE);
}, START_MS);
afterAll(async () => {
  over.abort();
  await git;
  await (gateway as Gateway | undefined)?.close();
  await (prometheus as Prometheus | undefined)?.stop();
  await (stage as OwnStage | undefined)?.close();
}, MINUTE);

const ignite = async (): Promise<void> => {
  operator = await stage.operator(['--no-leader-elect', '--sources', sources]);
};

/** Answers of those that never stop asking, since then. */
const answersSince = (from: number): Answer[] => gateway.clients.answers.filter(({ asked }) => asked >= from);
const failures = (): Answer[] => gateway.clients.answers.filter(({ status }) => status !== 200);
/** Waits for answers that show something: all that were asked since `from`. */
async function shows<T>(what: string, from: number, look: (answers: readonly Answer[]) => T | undefined | false): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const answers = answersSince(from);
    const seen = look(answers);
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline)
      throw new Error(`not within 20 s: ${what}; ${String(answers.length)} answers, ${JSON.stringify(tally(answers))}`);
    await delay(20);
  }
}
/** The gateway learns of one rung after the other: while the first still lends, a hundred answers in a row say little. */
const answersAlone = (instance: string): Promise<boolean> =>
  shows(
    'nothing else answers',
    performance.now(),
    (all) => all.length >= SAMPLE && all.slice(-SAMPLE).every((each) => each.instance === instance),
  );
/** From now on the share that clients see of an instance is that of the rung. */
async function hasShare(instance: string, percent: number): Promise<string> {
  const answers = await shows(`${String(SAMPLE)} answers`, performance.now(), (all) => all.length >= SAMPLE && all);
  const share = shareOf(instance, answers);
  const said = `${String(percent)} %: ${(share * 100).toFixed(1)} % of ${String(answers.length)}`;
  expect({ said, off: Math.abs(share - percent / 100) > tolerance(percent, answers.length) }).toEqual({ said, off: false });
  return said;
}

/** The rung lends, and the gateway knows it. Until then the share is that of this rung at most. */
async function lent(rung: number, instance: string): Promise<void> {
  const { name } = BACKENDS[rung - 1]!;
  await place.until(`${name} lends to ${instance}`, () => place.selections(name).at(-1)?.instance === instance);
  await shows(`${instance} answers behind ${name}`, performance.now(), (all) => all.some((answer) => answer.instance === instance));
}

const instanceOf = (others: readonly string[]): Promise<string> =>
  place.until(
    'the next version has its Deployment',
    () => place.list('Deployment').find(({ metadata: { name } }) => !others.includes(name))?.metadata.name,
  );
/** Between one step and the next, the share that clients saw was that of the step at most. */
function neverMore(instance: string): void {
  const steps = RUNGS.map(({ percent }, i) => ({
    percent,
    at: place.selections(BACKENDS[i]!.name).find((each) => each.instance === instance)?.at ?? Infinity,
  }));
  for (const [i, { percent, at }] of steps.entries()) {
    const answers = gateway.clients.answers.filter(
      ({ asked, at: answered }) => asked >= at && answered < (steps[i + 1]?.at ?? Infinity) - NEWS_MS,
    );
    if (answers.length < SAMPLE) continue;
    expect(shareOf(instance, answers)).toBeLessThan(percent / 100 + tolerance(percent, answers.length));
  }
  const early = gateway.clients.answers.filter(({ at }) => at < steps[0]!.at - NEWS_MS);
  expect(early.length).toBeGreaterThan(0);
  expect(early.filter((answer) => answer.instance === instance)).toEqual([]);
}

const serves = (): string => place.selections('web').at(-1)!.instance!;
const reignite = async (): Promise<void> => {
  await operator.kill();
  await ignite();
};
const reject = (version: string) =>
  place.merge('ImmutableApp', 'shop', { metadata: { annotations: { 'immutableapp.io/reject': version } } });
const allAt = (instance: string): Promise<unknown> =>
  place.until(`all is ${instance}'s`, () =>
    ['web-r1', 'web-r2', 'web-r3', 'web'].every((name) => place.selections(name).at(-1)?.instance === instance),
  );
const instances = (): string[] => place.list('Deployment').map(({ metadata: { name } }) => name);

scene(
  'up in steps, the operator killed on each rung',
  async () => {
    const one = serves();
    await place.update(spec('2', HOUR));
    const two = await instanceOf([one]);
    const shares: string[] = [];
    for (const [i, { percent }] of LADDER.slice(0, -1).entries()) {
      await lent(i + 1, two);
      await reignite();
      // The switch of the connections of Envoy takes a moment; by then the share is that of this rung.
      await shows('old answers are over', performance.now(), (all) => all.length >= SAMPLE);
      shares.push(await hasShare(two, percent));
      // Its time is over: so far, and no further.
      await place.update(
        spec(
          '2',
          HOUR.map((rung, at) => (at === i ? { ...rung, seconds: 1 } : rung)),
        ),
      );
    }
    await place.until('it serves', () => serves() === two);
    await shows('the old version answers no more', performance.now(), (all) => all.length >= SAMPLE);
    shares.push(await hasShare(two, 100));
    neverMore(two);
    process.stderr.write(`Shares that clients saw: ${shares.join('; ')}\n`);
    expect(failures()).toEqual([]);
    await place.expectSafe();
  },
  2 * MINUTE,
);

scene(
  'what fails goes back, though the control plane of the gateway is away while the ladder goes up',
  async () => {
    const one = serves();
    const others = instances();
    await place.update(spec('3', HOUR));
    const three = await instanceOf(others);
    await lent(1, three);
    await gateway.stopContour();
    const away = performance.now();
    await place.update(
      spec(
        '3',
        HOUR.map((rung, i) => (i === 0 ? { ...rung, seconds: 1 } : rung)),
      ),
    );
    await place.until('the second rung lends', () => place.selections('web-r2').at(-1)?.instance === three);
    // What the gateway does not know yet is never more than what the rungs say.
    const answers = await shows('answers while it is away', away, (all) => all.length >= SAMPLE && all);
    expect(shareOf(three, answers)).toBeLessThan(0.25 + tolerance(25, answers.length));
    gateway.startContour();
    await shows('it knows', away, (all) => shareOf(three, all.slice(-SAMPLE)) > 0.15);
    await shows('and has known for a while', performance.now(), (all) => all.length >= SAMPLE);
    const shares = [await hasShare(three, 25)];
    await reject(three);
    await allAt(one);
    await answersAlone(one);
    shares.push(await hasShare(three, 0));
    neverMore(three);
    process.stderr.write(`Shares that clients saw: ${shares.join('; ')}\n`);
    expect(failures()).toEqual([]);
    await place.expectSafe();
  },
  2 * MINUTE,
);

/** Asks until all who wear the header are answered by this instance. */
const staffGet = (instance: string): Promise<void> =>
  polled(`who wears the header gets ${instance}`, async () => {
    const answers = await gateway.clients.some(50, { headers: STAFF });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    return shareOf(instance, answers) === 1 || JSON.stringify(tally(answers));
  });

scene(
  'who wears a header gets what is newest, and so does a mirror: by rules that nobody edits, beside the ladder',
  async () => {
    const one = serves();
    await staffGet(one);
    const others = instances();
    await place.update(spec('4', HOUR, { annotations: HELD }));
    const four = await place.heldUp(2, ...others);
    await staffGet(one);
    expect(place.selections('web-next').at(-1)?.instance).toBe(one);

    await place.release(four);
    await lent(1, four);
    await staffGet(four);
    const before = gateway.backends.mirrored(four);
    const mirrored = await gateway.clients.some(400, { path: MIRRORED });
    expect([tally(mirrored), mirrored.filter(({ status }) => status !== 200)]).toEqual([{ [one]: 400 }, []]);
    // As many as were asked, though the route says a tenth: docs/traffic.md warns of it.
    await polled('every request was mirrored', () => {
      const count = gateway.backends.mirrored(four) - before;
      return Promise.resolve(count === 400 || `${String(count)} of 400`);
    });
    const share = await hasShare(four, 5);
    await reject(four);
    await allAt(one);
    await staffGet(one);
    process.stderr.write(`Beside the ladder: ${share}; 400 of 400 mirrored where ${String(MIRRORED_PERCENT)} % were asked for\n`);
    expect(failures()).toEqual([]);
    await place.expectSafe();
  },
  2 * MINUTE,
);

const [USUAL, WORSE] = [0.04, 0.16];
const counted = (what: string): string => `sum(${what}_total{of="$instance"})`;
const ERRORS = {
  name: 'errors',
  timeoutSeconds: 120,
  prometheus: {
    ...{ source: 'main', compare: { total: counted('requests'), bad: counted('errors') } },
    ...{ intervalSeconds: 1, forSeconds: 30 },
  },
};

scene(
  'four times the errors on the 5 % rung: what clients sent tells, and the share goes back',
  async () => {
    const one = serves();
    const others = instances();
    gateway.backends.failing = (image) => (image.endsWith(':5') ? WORSE : USUAL);
    const errors = { ...spec('5', HOUR), promotion: { ...PROMOTION, during: [ERRORS] } };
    const app = await place.update(errors);
    const five = await instanceOf(others);
    await lent(1, five);
    const failed = await place.stalled(app, 'VersionFailed', MINUTE);
    await allAt(one);
    await answersAlone(one);
    gateway.backends.failing = () => 0;

    expect(condition(failed, 'Stalled')?.message).toMatch(/gate during\/errors: odds .* : 1 that it is worse/);
    const shared = place.selections('web-r1').findLast(({ instance }) => instance === five)!.at;
    const last = gateway.clients.answers.findLast(({ instance }) => instance === five)!.at;
    const all = answersSince(shared).filter(({ at }) => at <= last);
    const bad = all.filter(({ status }) => status !== 200);
    expect(bad.filter(({ status }) => status !== 500)).toEqual([]);
    const expected = 0.95 * USUAL + 0.05 * WORSE;
    expect(bad.length / all.length).toBeLessThan(expected + tolerance(100 * expected, all.length));
    const told = (share: number): string => String(Math.round(share * all.length));
    process.stderr.write(
      `Found and sent back in ${((last - shared) / 1000).toFixed(1)} s: ${String(bad.length)} errors in ${String(all.length)} requests, ` +
        `${told(USUAL)} without it, ${told(WORSE)} had all been sent to it; ${condition(failed, 'Stalled')!.message!}\n`,
    );
    expect(await place.route()).not.toContain(five);
    await place.expectSafe();
  },
  2 * MINUTE,
);
