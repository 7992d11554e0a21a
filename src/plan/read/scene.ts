// What one decision works on, handed from step to step: first what was seen, joined into versions; then the route and the choice too; in the
// end everything that was found out. Shapes only: each is made by the step that has its name.
import type { Judgement } from '../../gates/index.ts';
import type { Action } from '../../model/action.ts';
import type { App, ServiceWish } from '../../model/app.ts';
import type { InstanceSeen, Refused, ServiceSeen, Snapshot } from '../../model/observed.ts';
import type { Settings } from '../../model/settings.ts';
import type { InstanceName } from '../../model/version.ts';
import type { Role } from '../../model/vocabulary.ts';
import type { Route } from '../../routers/router.ts';
import type { Finding } from './finding.ts';
import type { Timer } from './timer.ts';
import type { Version, Versions } from './versions.ts';

export interface Scene {
  readonly seen: Snapshot;
  readonly app: App;
  readonly versions: Versions;
  readonly timer: Timer;
  readonly settings: Settings;
  readonly capture: Capture;
}

export interface Capture {
  /** With the content it has now; unsettled, with that of the version it keeps to, or none at all. */
  readonly app: App;
  readonly actions: readonly Action[];
  /** Why the content of now is no version yet, though nothing is wrong with it. */
  readonly hold?: Finding;
  /** Why it cannot become one before somebody does something. */
  readonly refusal?: Finding;
  /** A required ConfigMap is not there: no harm to what holds its own copy. */
  readonly missing?: Finding & { readonly overdue: boolean };
  /** Only sources changed since Latest was made: the version to come was asked for by no one. */
  readonly unasked: boolean;
}

export interface RoutedService {
  readonly wish: ServiceWish;
  /** Undefined when it does not exist, or must not be touched. */
  readonly seen: ServiceSeen | undefined;
  /** Why it must not be touched, or does not stay where it is put. */
  readonly trouble: Finding | undefined;
}

export interface Routing {
  readonly route: Route | undefined;
  readonly serving: Version | undefined;
  /** The instance of the route, if it still exists. */
  readonly active: InstanceSeen | undefined;
  /** What takes the traffic: the active instance or, while a restored App has none, what its former life left running. */
  readonly trafficInstance: InstanceSeen | undefined;
  /** No Active Service: running is serving. */
  readonly worker: boolean;
  readonly services: readonly RoutedService[];
  /** Selectors to put back to the route: nothing else is planned while there are any. */
  readonly repairs: readonly Action[];
  /** Services to create, reshape, let go. */
  readonly upkeep: readonly Action[];
  /** Shapes that wait for a version that can serve them, and Services that find our pods without us. */
  readonly warnings: readonly Finding[];
  /** Every Active Service lists the active instance's pods and no others. */
  readonly converged: boolean;
}

export interface Drift {
  /** Looks, new spec hashes, verdicts. */
  readonly actions: readonly Action[];
  /** Why nothing is done about what serves, though it is compromised or has company. */
  readonly trouble: Finding | undefined;
  readonly warnings: readonly Finding[];
  /** Instances that must get no traffic now, and why. */
  readonly doubts: ReadonlyMap<InstanceName, Finding>;
}

export interface Choice {
  /** The version that should serve; undefined when none can be named. */
  readonly version: Version | undefined;
  readonly why: 'Pinned' | 'Activated' | 'Automatic' | 'Hold';
  /** A human named it. Newer content does not supersede it. */
  readonly pointed: boolean;
  /** The human decision in force, as it was typed; '' for none. */
  readonly by: string;
  /** Why what is asked for cannot be had. */
  readonly trouble: Finding | undefined;
}

export interface Stage extends Scene {
  readonly routing: Routing;
  readonly drift: Drift;
  readonly choice: Choice;
}

export interface Creation {
  readonly actions: readonly Action[];
  /** Why the content of spec cannot become a version. */
  readonly trouble: Finding | undefined;
  /** Latest has no record yet and is on its way to one, or what its ConfigMaps say now is. */
  readonly underway: Finding | undefined;
  readonly warnings: readonly Finding[];
}

/** A version that is brought up: to serve (the target) or to be looked at (the preview). */
export interface Candidacy {
  readonly version: Version;
  readonly instance: InstanceSeen | undefined;
  readonly wanted: number;
  readonly judgement: Judgement | undefined;
  readonly trouble: Finding | undefined;
  readonly actions: readonly Action[];
}

export interface Placement {
  readonly instance: InstanceSeen;
  readonly version: Version;
  readonly role: Role;
}

export interface Standing {
  readonly placements: readonly Placement[];
  /** The endpoints followed and drainSeconds have passed since the last switch. */
  readonly drained: boolean;
}

/** Everything a decision found out, for the report. */
export interface Findings extends Stage {
  readonly creation: Creation;
  readonly target: Candidacy | undefined;
  readonly preview: Candidacy | undefined;
  readonly standing: Standing;
  /** Writes that are wanted and let be for now. */
  readonly refused: readonly Refused[];
}
