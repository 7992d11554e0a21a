// Reports how much of the traffic a version that comes up has been lent.
import type { ServiceWish, Status } from '../../model/app.ts';
import { borrowerOf, heightOf, laddersOf } from '../steps/ladder.ts';
import type { Findings } from '../read/scene.ts';

type LadderStatus = NonNullable<NonNullable<Status['services']>[number]['ladder']>;

/** Where the ladder of a Service stands; nothing for a Service without one. */
export function ladderOf(findings: Pick<Findings, 'app' | 'routing' | 'timer'>, { name }: ServiceWish): { readonly ladder?: LadderStatus } {
  const ladder = laddersOf(findings).find(({ service }) => service === name);
  if (ladder === undefined) return {};
  const borrower = borrowerOf(findings);
  const { rung, since } = heightOf(findings, ladder, borrower);
  const rungs = ladder.rungs.length;
  if (rung === undefined || borrower === undefined) return { ladder: { rung: 0, rungs, percent: 0 } };
  const iso = (at: number): string => new Date(at).toISOString();
  return {
    ladder: {
      rung: rung.position,
      rungs,
      percent: rung.percent,
      instance: borrower,
      since: iso(since),
      next: iso(since + rung.seconds * 1000),
    },
  };
}

/** The largest share that is lent, for a list of Apps. */
export function shareOf(findings: Pick<Findings, 'app' | 'routing' | 'timer'>): Pick<Status, 'share'> {
  const percents = laddersOf(findings).map((ladder) => heightOf(findings, ladder, borrowerOf(findings)).rung?.percent ?? 0);
  const most = Math.max(0, ...percents);
  return most === 0 ? {} : { share: `${String(most)}%` };
}
