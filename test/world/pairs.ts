// Two requests of one story go wrong. All pairs of all requests are too many: a pairwise design takes, for every story, few enough that
// each way to fail meets each other way, in both orders, at requests drawn by a seed; random pairs go on from there.
import { pick } from './deeds.ts';
import type { Played } from './play.ts';
import { FAULTS } from './server.ts';
import { mix, seeded } from './time.ts';
import type { Random } from './time.ts';
import type { Blow } from './trial.ts';

/** After what went wrong first a story goes on in other ways, with other requests: some more than it takes without. */
const MORE = 6;

export function randomPair({ from, to }: Pick<Played, 'from' | 'to'>, random: Random): readonly [Blow, Blow] {
  return pairOf([from, to], pick(random, FAULTS)!, pick(random, FAULTS)!, random);
}

/** Every ordered pair of faults once, each at two requests of its own. */
export function pairwise({ from, to }: Pick<Played, 'from' | 'to'>, seed: number): (readonly [Blow, Blow])[] {
  return FAULTS.flatMap((first, i) =>
    FAULTS.map((second, j) => pairOf([from, to], first, second, seeded(mix(seed, i * FAULTS.length + j)))),
  );
}

function pairOf([from, to]: readonly [number, number], first: Blow[1], second: Blow[1], random: Random): readonly [Blow, Blow] {
  const at = from + Math.floor(random() * (to - from + 1));
  // Sometimes right after the first, where what is recovered from is still half done.
  const reach = random() < 0.5 ? 3 : to - at + MORE;
  return [
    [at, first],
    [at + 1 + Math.floor(random() * reach), second],
  ];
}
