// The types that one decision passes from step to step: first what was seen, joined into versions; then with the route and the choice; finally
// with everything that was found out. Types only: each is made by the step of its name.
import type { Verdict } from '../../gates/gate.ts';
import type { Judgement } from '../../gates/index.ts';
import type { Action } from '../../model/action.ts';
import type { App, ServiceWish } from '../../model/app.ts';
import type { AuthorGate, Phase, Tally } from '../../model/measure.ts';
import type { InstanceSeen, Refused, ServiceSeen, Snapshot } from '../../model/observed.ts';
import type { Settings } from '../../model/settings.ts';
import type { InstanceName } from '../../model/version.ts';
import type { Role } from '../../model/vocabulary.ts';
import type { Route } from '../../routers/router.ts';
import type { Finding } from './finding.ts';
import type { Timer } from './timer.ts';
import type { LatestContent, Version, Versions } from './versions.ts';

export interface Scene {
  readonly seen: Snapshot;
  readonly app: App;
  readonly versions: Versions;
  readonly timer: Timer;
  readonly settings: Settings;
  readonly capture: Capture;
}

export interface Capture {
  /** What spec and its sources say. Until that has settled: what the version that counts as Latest was made of, or nothing. */
  readonly content: LatestContent;
  readonly actions: readonly Action[];
  /** Why the present content is not a version yet, though nothing is wrong with it. */
  readonly hold?: Finding;
  /** Why it cannot become a version until somebody does something. */
  readonly refusal?: Finding;
  /** A required ConfigMap does not exist. Existing versions have their own copies and are not affected. */
  readonly missing?: Finding & { readonly overdue: boolean };
  /** Only captured ConfigMaps have changed since Latest was made: nobody pushed the next version. */
  readonly unasked: boolean;
}

export interface RoutedService {
  readonly wish: ServiceWish;
  /** Undefined when it does not exist, or must not be changed. */
  readonly seen: ServiceSeen | undefined;
  /** Why it must not be changed, or does not keep our selector. */
  readonly trouble: Finding | undefined;
}

export interface Routing {
  readonly route: Route | undefined;
  readonly serving: Version | undefined;
  /** The instance of the route, if it still exists. */
  readonly active: InstanceSeen | undefined;
  /** Which instance gets traffic: the active one or, while a restored App has none, one that the deleted App left running. */
  readonly trafficInstance: InstanceSeen | undefined;
  /** It has no Active Service: an instance that runs is in service. */
  readonly worker: boolean;
  readonly services: readonly RoutedService[];
  /** Selectors to restore. While there are any, nothing else is planned. */
  readonly repairs: readonly Action[];
  /** Services to create, reshape or release. */
  readonly upkeep: readonly Action[];
  /** Shapes that wait for a version that can serve them, and Services outside spec that select our pods. */
  readonly warnings: readonly Finding[];
  /** Whether the endpoints of every Active Service are pods of the active instance and no others. */
  readonly converged: boolean;
}

export interface Drift {
  /** Live reads, new spec hashes, facts. */
  readonly actions: readonly Action[];
  /** Why the active instance is not replaced though it is compromised, or foreign pods share its traffic. */
  readonly trouble: Finding | undefined;
  readonly warnings: readonly Finding[];
  /** Instances that must get no traffic now, and why. */
  readonly doubts: ReadonlyMap<InstanceName, Finding>;
}

export interface Choice {
  /** The version that should serve; undefined when none can be named. */
  readonly version: Version | undefined;
  readonly why: 'Pinned' | 'Activated' | 'Automatic' | 'Hold' | 'Repair';
  /** A human named it: newer content does not supersede it. */
  readonly pointed: boolean;
  /** The human decision in force, as it was typed; '' for none. */
  readonly by: string;
  /** Why the version that was asked for cannot serve. */
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
  /** A record is about to be created: for Latest, or for the present content of its ConfigMaps. */
  readonly underway: Finding | undefined;
  readonly warnings: readonly Finding[];
}

/** What the gates of an author say of one instance, in one phase. */
export interface Proof {
  readonly phase: Phase;
  readonly instance: InstanceSeen;
  /** Of those that are enforced. */
  readonly verdict: Verdict;
  readonly gates: readonly GateStanding[];
  /** Measurements that are due. */
  readonly actions: readonly Action[];
}

export interface GateStanding {
  readonly gate: AuthorGate;
  readonly verdict: Verdict;
  /** When it began to be judged. */
  readonly since: number;
  readonly tally: Tally | undefined;
}

/** A version that gets its traffic step by step, by the ladders of the App. */
export interface Climb {
  /** The gates that are judged meanwhile; undefined before the first step, or if there are none. */
  readonly during: Proof | undefined;
  /** Rungs whose turn it is now. */
  readonly steps: readonly RoutedService[];
  /** Nothing is left but the switch itself. */
  readonly isDone: boolean;
  /** What the next step waits for. */
  readonly waits: Finding | undefined;
}

/** A version that is brought up, to serve (the target) or as a preview. */
export interface Candidacy {
  readonly version: Version;
  readonly instance: InstanceSeen | undefined;
  readonly wanted: number;
  readonly judgement: Judgement | undefined;
  /** Undefined: its author's gates are not asked, or not yet. */
  readonly proof?: Proof | undefined;
  /** Undefined: it takes no steps, since there is no ladder or it need not prove itself. */
  readonly climb?: Climb | undefined;
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
  /** The endpoints have followed the last switch, and drainSeconds have passed since. */
  readonly drained: boolean;
}

/** Everything a decision found out, for the report. */
export interface Findings extends Stage {
  readonly creation: Creation;
  readonly target: Candidacy | undefined;
  readonly preview: Candidacy | undefined;
  /** What the gates say of what serves. */
  readonly watched: Proof | undefined;
  readonly standing: Standing;
  /** Writes that are not tried for now, because they failed. */
  readonly refused: readonly Refused[];
}
