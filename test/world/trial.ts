// One try at breaking a promise, as a short text that says all there is to know of it: a random life, or a scenario in which requests
// go wrong. Tries it, and shrinks what fails.
import type { WorldOptions } from '../world.ts';
import { asCalm } from './compare.ts';
import { LIVES, SCENARIOS } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';
import { FAULTS } from './server.ts';
import type { Fault } from './server.ts';
import { shrink } from './shrink.ts';
import { lifeCalled, live, nameOf, stepsOf } from './walk.ts';
import type { Life } from './walk.ts';

/** Which request goes wrong, and how. */
export type Blow = readonly [number: number, fault: Fault];

export type Trial =
  { readonly is: 'life'; readonly life: Life } | { readonly is: 'blows'; readonly scenario: Scenario; readonly blows: readonly Blow[] };

export const EVERY: readonly Scenario[] = [...SCENARIOS, ...LIVES];

/** `260x24`, or `update#12 dies before, 14 fails after`. */
export function write(trial: Trial): string {
  if (trial.is === 'life') return nameOf(trial.life);
  return `${trial.scenario.name}#${trial.blows.map(([number, fault]) => `${number} ${fault}`).join(', ')}`;
}

export function read(text: string): Trial {
  const life = lifeCalled(text);
  if (life !== undefined) return { is: 'life', life };
  const [name = '', rest = ''] = text.split('#');
  const scenario = EVERY.find((one) => one.name === name);
  const blows = rest.split(', ').map((blow): Blow => {
    const [, number, said] = /^(\d+) (.+)$/.exec(blow) ?? [];
    const fault = FAULTS.find((one) => one === said);
    if (number === undefined || fault === undefined)
      throw new Error(`"${blow}" is not the number of a request and one of: ${FAULTS.join(', ')}`);
    return [Number(number), fault];
  });
  if (scenario === undefined)
    throw new Error(`"${name}" is neither a life like 260x24 nor a scenario: ${EVERY.map((one) => one.name).join(', ')}`);
  return { is: 'blows', scenario, blows };
}

/** Throws if a promise is broken; the error's cause says just which. */
export async function attempt(trial: Trial, options: WorldOptions = {}): Promise<void> {
  if (trial.is === 'life') await live(trial.life, options);
  else await asCalm(trial.scenario, { ...options, faults: trial.blows }, trial.blows.map((blow) => blow.join(' ')).join(', '));
}

/** What went wrong, without the names and numbers that differ from one life to the next. */
export function symptom(error: unknown): string {
  const cause = (error as Error).cause ?? error;
  const [first = ''] = (cause as Error).message.split('\n');
  return first.replaceAll(/[a-z]+-[a-z0-9]{10}\b\S*|\d+/g, '…').slice(0, 120);
}

const symptomOf = async (trial: Trial, options: WorldOptions): Promise<string | undefined> =>
  attempt(trial, options).then(() => undefined, symptom);

/** Weathers under which something smaller may fail as well: leaving out a step moves all that is drawn after it. */
const WEATHERS: readonly Life['weather'][] = ['calm', ...Array.from({ length: 4 }, (_, i) => i + 1)];

/** The smallest trial found that fails in the same way. */
export async function shrunk(trial: Trial, options: WorldOptions = {}): Promise<Trial> {
  const wanted = await symptomOf(trial, options);
  if (wanted === undefined) return trial;
  const same = async (smaller: Trial): Promise<boolean> => (await symptomOf(smaller, options)) === wanted;
  if (trial.is === 'blows') {
    const blows = await shrink(trial.blows, (left) => same({ ...trial, blows: left }));
    return { ...trial, blows };
  }
  let { life } = trial;
  await shrink(
    stepsOf(life).map(({ number }) => number),
    async (kept) => {
      for (const weather of [life.weather, ...WEATHERS]) {
        const smaller: Life = { ...life, kept, ...(weather === undefined ? {} : { weather }) };
        if (!(await same({ is: 'life', life: smaller }))) continue;
        life = smaller;
        return true;
      }
      return false;
    },
  );
  return { is: 'life', life };
}
