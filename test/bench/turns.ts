// The same requests on several clusters, in turns, and what each costs its API server. CPU tells more than time where a machine is shared.
import { median } from './command.ts';
import { cpuMs } from './measured.ts';

/** Of one block: the kernel counts in ticks of ten milliseconds. */
export const BLOCK = 50;

export interface Turn {
  /** Process id of its API server. */
  readonly server: number;
}

/** Milliseconds of CPU for a request on each side, the middle of all blocks. The sides take turns, also in who comes first. */
export async function inTurns<S extends Turn>(
  send: (side: S) => Promise<unknown>,
  sides: readonly S[],
  rounds: number,
): Promise<readonly number[]> {
  const took = sides.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    const order = [...sides.keys()];
    for (const which of round % 2 === 0 ? order : order.reverse()) {
      const side = sides[which]!;
      const before = cpuMs(side.server);
      for (let i = 0; i < BLOCK; i++) await send(side);
      if (round >= 0) took[which]!.push((cpuMs(side.server) - before) / BLOCK);
    }
  }
  return took.map(median);
}
