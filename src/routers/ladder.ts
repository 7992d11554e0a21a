// What a rung lends, as it is written on the rung itself: a stamp with the number of the switch that is to come, and with the share. Reads and
// judges; never acts.
import type { App, ServiceWish } from '../model/app.ts';
import type { Share } from '../model/ladder.ts';
import type { ServiceSeen } from '../model/observed.ts';
import type { InstanceName } from '../model/version.ts';
import type { Route } from './router.ts';
import { stampOf } from './stamp.ts';

/** The number of the next switch. A rung that lends has it already: so it follows the route once that switch is made. */
export const nextSwitch = ({ status }: Pick<App, 'status'>, route: Route | undefined): number =>
  Math.max(route?.switchNumber ?? 0, status.history?.[0]?.switchNumber ?? 0) + 1;

export interface Loan {
  readonly to: InstanceName;
  readonly share: Share;
}

/**
 * To whom a rung lends its part of the traffic. Not if its stamp is of an earlier attempt, was written by somebody else, or speaks of another
 * percentage than spec: what was not lent step by step goes back.
 */
export function loanOf(app: App, { rung }: ServiceWish, seen: ServiceSeen, route: Route): Loan | undefined {
  const stamp = stampOf(seen);
  if (stamp?.share === undefined || rung === undefined || rung.isTop || stamp.share.percent !== rung.percent) return undefined;
  const isOurs = stamp.uid === app.uid && stamp.switchNumber === nextSwitch(app, route) && seen.stampedBy.length === 0;
  return isOurs && stamp.instance !== route.instance ? { to: stamp.instance, share: stamp.share } : undefined;
}
