// A scenario under some trouble, compared with the same scenario without: what looks right at the end and was done twice is wrong.
import type { WorldOptions } from '../world.ts';
import { play } from './play.ts';
import type { Played } from './play.ts';
import type { Scenario } from './scenarios.ts';
import { isWrite } from './server.ts';
import type { Fault } from './server.ts';

const known = new Map<string, Promise<Played>>();
/** The story without any trouble, told once. */
export function undisturbed(scenario: Scenario): Promise<Played> {
  let told = known.get(scenario.name);
  if (told === undefined) known.set(scenario.name, (told = play(scenario)));
  return told;
}

/** With each deed as often as it was done. */
const difference = (a: readonly string[], b: readonly string[]): string[] => {
  const count = (deeds: readonly string[]) =>
    deeds.map((deed, i) => `${deed} (${deeds.slice(0, i).filter((other) => other === deed).length + 1})`);
  return [
    ...count(a).filter((deed) => !count(b).includes(deed)),
    ...count(b)
      .filter((deed) => !count(a).includes(deed))
      .map((deed) => `no ${deed}`),
  ];
};

/** What was never done otherwise, whatever ordinal a name ends in: which names are free is a question of who is faster. */
const beyond = (deeds: readonly string[], usual: readonly string[]): string[] => {
  const bare = (deed: string): string => deed.replaceAll(/-\d{1,3}(?=\.|$)/g, '');
  return deeds.filter((deed) => !usual.map(bare).includes(bare(deed)));
};

/** The same objects made and deleted, the same moves: what looks right at the end and was done twice is wrong. */
export async function asCalm(scenario: Scenario, options: WorldOptions, label: string): Promise<Played> {
  const calm = await undisturbed(scenario);
  const { deeds, moves } = calm;
  const played = await play(scenario, options, label);
  const told = `${scenario.name}, ${label}:\n${played.world.story(played.from)}`;
  const odd = scenario.racy === true ? beyond(played.deeds, deeds) : difference(played.deeds, deeds);
  if (odd.length > 0) throw new Error(`other deeds: ${odd.join(', ')}\n${told}`);
  const [spent, usual] = [played.to - played.from, calm.to - calm.from];
  if (spent > 3 * usual + 20) throw new Error(`${spent} requests, not ${usual}: ${told}`);
  const astray = scenario.racy === true ? beyond(played.moves, moves) : difference(played.moves, moves);
  if (astray.length > 0) throw new Error(`other moves: ${astray.join(', ')}\n${told}`);
  return played;
}

/** One request of the story after the other meets this fault, each in a life of its own. */
export async function atEveryRequest(scenario: Scenario, fault: Fault): Promise<void> {
  const { from, to, world } = await undisturbed(scenario);
  for (let number = from; number <= to; number++) {
    const request = world.requests[number - 1]!;
    if (!isWrite(request) && fault === 'fails after') continue; // a read has no effect to fail after
    await asCalm(scenario, { faults: [[number, fault]] }, `request #${number} (${request.verb} ${request.kind}) ${fault}`);
  }
}
