// What a kind of object that routes traffic (today only Service) must provide so that an App can switch with it. It renders writes and judges what
// was seen; it never acts or chooses. To add a kind: one file, its test, and one line in ROUTERS.
import type { Action, Revert, Rewrite } from '../model/action.ts';
import type { Share } from '../model/ladder.ts';
import type { App, ServiceWish } from '../model/app.ts';
import type { SwapPatch } from '../model/object.ts';
import type { InstanceSeen, ServiceSeen } from '../model/observed.ts';
import type { InstanceName } from '../model/version.ts';

export interface Route {
  readonly instance: InstanceName;
  readonly previous: InstanceName | '';
  readonly switchNumber: number;
  /** Of a rung. */
  readonly share?: Share;
}

export interface Router {
  readonly kind: 'Service';
  /** Creates a missing one, which from the start sends traffic to the active instance (nowhere, while there is none). */
  readonly expose: (app: App, wish: ServiceWish, route: Route | undefined) => Action | undefined;
  /** The only way to change where it sends traffic: a switch, a rollback, or restoring it. */
  readonly point: (app: App, wish: ServiceWish, seen: ServiceSeen, route: Route, repair: boolean, reverts?: readonly Revert[]) => Action;
  /** Brings all but its destination to what spec says; undefined if nothing is to do, or it is not ours to shape. */
  readonly reshape: (app: App, wish: ServiceWish, seen: ServiceSeen) => Action | undefined;
  /** Whether it points exactly where the route says. */
  readonly follows: (app: App, seen: ServiceSeen, route: Route) => boolean;
  /** Whether traffic has followed: it goes there, and nowhere else. */
  readonly converged: (seen: ServiceSeen, instance: InstanceSeen) => boolean;
  /** The patch of an existing one. */
  readonly patch: (app: Pick<App, 'name'>, action: Rewrite) => SwapPatch;
}
