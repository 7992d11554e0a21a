// What a kind of object that sends traffic has to be able to do, for an App to switch by it. It renders what is written and judges what is
// seen; it never acts, never chooses. Another kind is one file, its test and one line in ROUTERS.
import type { Action, Revert, Rewrite } from '../model/action.ts';
import type { App, ServiceWish } from '../model/app.ts';
import type { SwapPatch } from '../model/object.ts';
import type { InstanceSeen, ServiceSeen } from '../model/observed.ts';
import type { InstanceName } from '../model/version.ts';

export interface Route {
  readonly instance: InstanceName;
  readonly previous: InstanceName | '';
  readonly switchNumber: number;
}

export interface Router {
  readonly kind: 'Service';
  /** One that is missing, sending its traffic from the first moment where the route says (nowhere, while there is none). */
  readonly expose: (app: App, wish: ServiceWish, route: Route | undefined) => Action | undefined;
  /** The one way it moves, forward, back or put right. */
  readonly point: (app: App, wish: ServiceWish, seen: ServiceSeen, route: Route, repair: boolean, reverts?: readonly Revert[]) => Action;
  /** Everything but where its traffic goes, brought to what spec says; undefined when it is so, or not ours to shape. */
  readonly reshape: (app: App, wish: ServiceWish, seen: ServiceSeen) => Action | undefined;
  /** Whether it says exactly what the route says. */
  readonly follows: (app: App, seen: ServiceSeen, route: Route) => boolean;
  /** Whether its traffic goes where it says, and nowhere else. */
  readonly converged: (seen: ServiceSeen, instance: InstanceSeen) => boolean;
  /** What is written over one that is there. */
  readonly patch: (app: Pick<App, 'name'>, action: Rewrite) => SwapPatch;
}
