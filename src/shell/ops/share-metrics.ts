// Metrics about versions that climb a ladder. Reads status only.
import type { App, Tombstone } from '../../model/app.ts';

export interface Climber {
  readonly namespace: string;
  readonly name: string;
  readonly service: string;
  readonly percent: number;
  /** When the next step may come at the earliest, in seconds since the epoch. */
  readonly due: number;
}

const MOST = 200;

/** One for each Service of which a version that does not serve has a share; two hundred at most, so that a fleet does not flood Prometheus. */
export function climbers(apps: Iterable<App | Tombstone>, most = MOST): Climber[] {
  const found: Climber[] = [];
  for (const { namespace, name, deleting, status } of apps) {
    if (found.length >= most) break;
    if (deleting) continue;
    for (const { name: service = '', ladder } of status.services ?? []) {
      if (ladder?.instance === undefined) continue;
      found.push({ namespace, name, service, percent: ladder.percent ?? 0, due: Date.parse(ladder.next ?? '') / 1000 });
    }
  }
  return found.slice(0, most);
}

export const isClimbing = ({ status: { services = [] } }: App | Tombstone): boolean =>
  services.some(({ ladder }) => ladder?.instance !== undefined);
