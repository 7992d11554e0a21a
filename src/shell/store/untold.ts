// Events that the API server did not take: kept in their order, told once it takes them again, and never twice, since each was given its
// name before it was told the first time. Decides which are tried now and when the others are; what they say is said elsewhere.
import type { KubeObject } from '../../model/object.ts';
import type { Failure, Result } from '../../model/failure.ts';

/** What one App has not been able to say. */
export interface Untold {
  /** The oldest first. */
  readonly events: readonly KubeObject[];
  /** When they are tried again, by the monotonic clock, and after how long a wait. */
  readonly dueAt: number;
  readonly waitMs: number;
}

export const NOTHING_UNTOLD: Untold = { events: [], dueAt: 0, waitMs: 0 };

/** An App keeps the last of them; who cannot speak for hours does not take up everybody's memory. */
export const MOST_UNTOLD = 20;
const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;

export interface Telling {
  readonly untold: Untold;
  /** Never told: refused for what they say, or too old by now. */
  readonly lost: readonly KubeObject[];
  readonly failure: Failure | undefined;
}

/** What is new goes first unless the old ones are due: if it is taken, so are they. The first that is not ends it. */
export async function tell(
  create: (event: KubeObject) => Promise<Result<unknown>>,
  before: Untold,
  news: readonly KubeObject[],
  now: number,
): Promise<Telling> {
  const isDue = now >= before.dueAt;
  if (news.length === 0 && (before.events.length === 0 || !isDue)) return { untold: before, lost: [], failure: undefined };
  const queue = isDue ? [...before.events, ...news] : [...news, ...before.events];
  const lost: KubeObject[] = [];
  let failure: Failure | undefined;
  while (queue.length > 0) {
    const answer = await create(queue[0]!);
    if (answer.is === 'failure' && answer.kind !== 'Exists') {
      failure = answer;
      if (answer.status !== 422) break;
      lost.push(queue[0]!); // no patience makes it fit
    }
    queue.shift();
  }
  if (queue.length === 0) return { untold: NOTHING_UNTOLD, lost, failure };
  const events = [...before.events, ...news].filter((event) => queue.includes(event));
  const waitMs = isDue ? Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, before.waitMs * 2)) : before.waitMs;
  return {
    untold: { events: events.slice(-MOST_UNTOLD), dueAt: now + waitMs, waitMs },
    lost: [...lost, ...events.slice(0, -MOST_UNTOLD)],
    failure,
  };
}
