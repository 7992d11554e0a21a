// Events that the API server did not accept. They are kept in order and sent again later, never twice, since each got its name before the first try.
// Decides which are tried now, and when the others are.
import type { KubeObject } from '../../model/object.ts';
import type { Failure, Result } from '../../model/failure.ts';

/** The unsent events of one App. */
export interface Untold {
  /** The oldest first. */
  readonly events: readonly KubeObject[];
  /** When they are tried again, by the monotonic clock, and after how long a wait. */
  readonly dueAt: number;
  readonly waitMs: number;
}

export const NOTHING_UNTOLD: Untold = { events: [], dueAt: 0, waitMs: 0 };

/** An App keeps only the last few, so that hours without success do not fill the memory. */
export const MOST_UNTOLD = 20;
const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;

export interface Telling {
  readonly untold: Untold;
  /** Given up: refused for their content, or too old. */
  readonly lost: readonly KubeObject[];
  readonly failure: Failure | undefined;
}

/** New events are sent first, unless old ones are due. If they are accepted the old ones follow. The first failure ends the round. */
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
      lost.push(queue[0]!); // trying again would not help
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
