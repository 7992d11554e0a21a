// Traffic in steps behind a real gateway: Contour and its Envoy, a route that is applied again by force every second, and clients that never stop
// asking. Nobody is answered with an error, and the share that clients see of a version is what its ladder says, as closely as so many answers can tell.
// An API server of its own: it stands on the ground of a node, where the gateway can reach its pods.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rungName, rungsOf, weightsOf } from '../../src/model/ladder.ts';
import { OwnStage, owned, START_MS, template, type Place } from '../cluster/harness.ts';
import type { OperatorProcess } from '../cluster/process.ts';
import { Gateway, type Answer } from './gateway.ts';
import { unpacked } from './provisions.ts';

const MINUTE = 60_000;
const LADDER = [{ percent: 5, seconds: 4 }, { percent: 25, seconds: 4 }, { percent: 100 }];
const RUNGS = rungsOf('web', LADDER);
const BACKENDS = RUNGS.map((rung, i) => ({ name: rungName(rung), port: 80, weight: weightsOf(RUNGS)[i]! }));
/** So that a gateway whose control plane is away does not send to a pod that is gone. */
const PROMOTION = { drainSeconds: 30, failbackSeconds: 1 };
const spec = (image: string, ladder = LADDER) => ({
  ...{ replicas: 2, template: template({ image: `example/web:${image}` }), promotion: PROMOTION },
  services: [{ ...owned(), ladder }],
});
/** The same, but nothing moves by itself. */
const HOUR = LADDER.map(({ percent, seconds }) => ({ percent, ...(seconds && { seconds: 3600 }) }));
/** Answers of a window that is judged. */
const SAMPLE = 800;
/** A write is news a moment later. */
const NEWS_MS = 500;
/** Of a fair sample, one in a million is further off. */
const DEVIATIONS = 5;

const { gateway: programs } = unpacked();
const isThere = typeof programs !== 'string';
if (!isThere) process.stderr.write(`Skipped, as there is no gateway: ${programs}\n`);
const scene = isThere ? test : test.skip;

let stage: OwnStage;
let place: Place;
let gateway: Gateway;
let operator: OperatorProcess;
let git: Promise<void>;
const over = new AbortController();

beforeAll(async () => {
  if (!isThere) return;
  stage = await OwnStage.open();
  operator = await stage.operator(['--no-leader-elect']);
  place = await stage.place();
  await place.rollOut(spec('1'));
  gateway = new Gateway(stage, place, programs, process.env.ROOM!);
  await gateway.open();
  await gateway.route(BACKENDS);
  await gateway.ask(8, 20);
  const applyAgain = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await gateway.route(BACKENDS);
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
  await (stage as OwnStage | undefined)?.close();
}, MINUTE);

const failures = (): Answer[] => gateway.answers.filter(({ status }) => status !== 200);
/** Waits for answers that show something: all that were asked since `from`. */
async function shows<T>(what: string, from: number, look: (answers: readonly Answer[]) => T | undefined | false): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const answers = gateway.answers.filter(({ asked }) => asked >= from);
    const seen = look(answers);
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline)
      throw new Error(`not within 20 s: ${what}; ${String(answers.length)} answers, ${JSON.stringify(tally(answers))}`);
    await delay(20);
  }
}
const tally = (answers: readonly Answer[]): Record<string, number> =>
  answers.reduce<Record<string, number>>((all, { instance }) => ({ ...all, [instance]: (all[instance] ?? 0) + 1 }), {});

const shareOf = (instance: string, answers: readonly Answer[]): number =>
  answers.filter((answer) => answer.instance === instance).length / answers.length;
const tolerance = (percent: number, sample: number): number =>
  DEVIATIONS * Math.sqrt(((percent / 100) * (1 - percent / 100)) / sample) + 1 / sample;

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
    const answers = gateway.answers.filter(({ asked, at: answered }) => asked >= at && answered < (steps[i + 1]?.at ?? Infinity) - NEWS_MS);
    if (answers.length < SAMPLE) continue;
    expect(shareOf(instance, answers)).toBeLessThan(percent / 100 + tolerance(percent, answers.length));
  }
  const early = gateway.answers.filter(({ at }) => at < steps[0]!.at - NEWS_MS);
  expect(early.length).toBeGreaterThan(0);
  expect(early.filter((answer) => answer.instance === instance)).toEqual([]);
}

const serves = (): string => place.selections('web').at(-1)!.instance!;
const reignite = async (): Promise<void> => {
  await operator.kill();
  operator = await stage.operator(['--no-leader-elect']);
};

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
    const others = place.list('Deployment').map(({ metadata }) => metadata.name);
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
    await place.merge('ImmutableApp', 'shop', { metadata: { annotations: { 'immutableapp.io/reject': three } } });
    await place.until('all is back', () =>
      ['web-r1', 'web-r2', 'web-r3', 'web'].every((name) => place.selections(name).at(-1)?.instance === one),
    );
    await shows(
      'it answers no more',
      performance.now(),
      (all) => all.length >= SAMPLE && all.slice(-100).every(({ instance }) => instance === one),
    );
    shares.push(await hasShare(three, 0));
    neverMore(three);
    process.stderr.write(`Shares that clients saw: ${shares.join('; ')}\n`);
    expect(failures()).toEqual([]);
    await place.expectSafe();
  },
  2 * MINUTE,
);
