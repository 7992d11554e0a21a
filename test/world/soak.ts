// npm run soak: random lives and random pairs of faults until the time is over. What fails is shrunk, and printed with the command that
// plays it again. The same seed tries the same things in the same order.
import { parseArgs } from 'node:util';
import { undisturbed } from './compare.ts';
import { randomPair } from './pairs.ts';
import { pick } from './deeds.ts';
import { mix, seeded } from './time.ts';
import { attempt, EVERY, read, shrunk, symptom, write } from './trial.ts';
import type { Trial } from './trial.ts';

const HELP = `Usage: npm run soak -- [--minutes N] [--seed S] [--length L] [--only lives|pairs]
       npm run soak -- --replay TRIAL [--whole]

Lives random lives of an App in the simulated cluster, and plays scenarios in which two requests go wrong, until the time is over.
What breaks a promise is shrunk to the fewest steps, and printed with the command that plays it again. Exit code 1 if anything did.

  --minutes N    how long (default 1)
  --seed S       where the drawing begins (default 1); the same seed tries the same things
  --length L     steps of a life (default: 12 to 48, in turn)
  --only WHAT    lives or pairs (default: three lives, then a pair)
  --replay TRIAL plays one trial again, and shrinks it: a life is SEEDxLENGTH, SEEDxLENGTH:STEPS or SEEDxLENGTH:STEPS~WEATHER
  --whole        does not shrink it
  --help         this text

Examples:
  npm run soak -- --minutes 10 --seed 7
  npm run soak -- --replay 260x24
  npm run soak -- --replay '260x24:3,7~calm'
  npm run soak -- --replay 'update#12 fails after, 15 dies before'
`;

const PROGRESS_MS = 15_000;
const LENGTHS = [12, 24, 36, 48] as const;
/** Enough to see whether it is one thing or many. */
const ENOUGH = 5;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function draw(n: number, seed: number, only: string | undefined, length: number | undefined): Promise<Trial> {
  const random = seeded(mix(seed, n));
  if (only === 'pairs' || (only === undefined && n % 4 === 3)) {
    const scenario = pick(random, EVERY)!;
    return { is: 'blows', scenario, blows: randomPair(await undisturbed(scenario), random) };
  }
  return { is: 'life', life: { seed: seed + n, length: length ?? LENGTHS[n % LENGTHS.length]! } };
}

/** Tries it; what fails is told, shrunk and with the command to replay it. Answers what went wrong. */
async function judge(trial: Trial, whole: boolean): Promise<string | undefined> {
  const error = await attempt(trial).then(
    () => undefined,
    (reason: unknown) => reason as Error,
  );
  if (error === undefined) return undefined;
  if (!whole) say(`${write(trial)} fails: ${symptom(error)}; shrinking it`);
  const smallest = whole ? trial : await shrunk(trial);
  const last = await attempt(smallest).then(
    () => error,
    (reason: unknown) => reason as Error,
  );
  say(`\n${last.message}\n\nfound as ${write(trial)}; to play it again:\n  npm run soak -- --replay '${write(smallest)}'\n`);
  return symptom(error);
}

async function soak(minutes: number, seed: number, only: string | undefined, length: number | undefined): Promise<number> {
  const start = performance.now();
  const ends = start + minutes * 60_000;
  const found = new Map<string, number>();
  let shown = start;
  let n = 0;
  for (; performance.now() < ends && found.size < ENOUGH; n++) {
    const trial = await draw(n, seed, only, length);
    // What was seen before is counted, and not told again.
    const wrong = await attempt(trial).then(() => undefined, symptom);
    if (wrong !== undefined) {
      if (!found.has(wrong)) await judge(trial, false);
      found.set(wrong, (found.get(wrong) ?? 0) + 1);
    }
    if (performance.now() - shown < PROGRESS_MS) continue;
    shown = performance.now();
    say(`${((shown - start) / 60_000).toFixed(1)} of ${minutes} minutes: ${n + 1} trials, ${found.size} kinds of failure`);
  }
  const spent = (performance.now() - start) / 60_000;
  say(`${n} trials from seed ${seed} in ${spent.toFixed(1)} minutes, ${(n / spent).toFixed(0)} a minute; ${found.size} kinds of failure`);
  for (const [wrong, times] of found) say(`  ${times} × ${wrong}`);
  return found.size === 0 ? 0 : 1;
}

function count(said: string | undefined, otherwise: number, what: string): number {
  const number = said === undefined ? otherwise : Number(said);
  if (!Number.isFinite(number) || number <= 0) throw new Error(`--${what} wants a number above zero, not "${said ?? ''}"`);
  return number;
}

async function main(args: string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const options = {
    minutes: text,
    seed: text,
    length: text,
    only: text,
    replay: text,
    whole: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.replay !== undefined) {
    const wrong = await judge(read(values.replay), values.whole === true);
    if (wrong === undefined) say('It keeps every promise.');
    return wrong === undefined ? 0 : 1;
  }
  if (values.only !== undefined && values.only !== 'lives' && values.only !== 'pairs') throw new Error(`--only wants lives or pairs`);
  const length = values.length === undefined ? undefined : count(values.length, 0, 'length');
  return soak(count(values.minutes, 1, 'minutes'), count(values.seed, 1, 'seed'), values.only, length);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}. See: npm run soak -- --help\n`);
  process.exitCode = 2;
}
