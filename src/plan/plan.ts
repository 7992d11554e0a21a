// The whole decision, on one screen: from what was seen to what to do, what to report and when to look again. Pure, synchronous, and it never
// throws. The shell only carries it out.
import type { Action, Wake } from '../model/action.ts';
import type { Status } from '../model/app.ts';
import type { Notes, Snapshot } from '../model/observed.ts';
import type { Settings } from '../model/settings.ts';
import { DEFAULTS } from '../model/settings.ts';
import { lookFirst } from './read/adoption.ts';
import { holdSlot, isCandidate, needsTexts, settle } from './choose/capture.ts';
import type { Decisions } from './steps/decisions.ts';
import { decide } from './steps/decisions.ts';
import { guardBudgets } from './steps/disruption.ts';
import { detect, foundCompromise } from './steps/drift.ts';
import { failCandidate, failAgain, failBack, clearFailure, concludeTrial } from './steps/failure.ts';
import { withDefault } from './read/images.ts';
import { inOtherWords } from './read/likeness.ts';
import { createVersion } from './steps/create.ts';
import { moveRungs } from './steps/ladder.ts';
import { choose } from './choose/pointer.ts';
import { takeTurns } from './read/overlap.ts';
import { bringUp, switchTraffic, isComing, preview, showPreview } from './steps/promotion.ts';
import { pruneRecords } from './steps/records.ts';
import { allowed, isRefused, refusedAmong, withhold } from './steps/refusal.ts';
import { restore } from './steps/restore.ts';
import { followReplicas, retireOthers, pruneRoutes, assignRoles } from './steps/retention.ts';
import { releaseServices, readRouting } from './read/routing.ts';
import { proveServing, wholeFirst } from './steps/proof.ts';
import type { Candidacy, Creation, Proof, Stage, Standing } from './read/scene.ts';
import { summarize } from './report/status.ts';
import { startTimer } from './read/timer.ts';
import { ask } from './read/symptoms.ts';
import { joinVersions } from './read/versions.ts';

export interface Plan {
  /** In the order in which they are to be done. If one fails, those that need it are dropped (refusal.ts). */
  readonly actions: readonly Action[];
  readonly status: Status;
  readonly wake: Wake;
  readonly notes: Notes;
  /** What other Apps, or the process, need to know of this decision. */
  readonly signals: Signals;
}

export interface Signals {
  /** The App rolls out a version that only a changed ConfigMap made. */
  readonly isCandidate: boolean;
  /** The text of ConfigMaps that were read is still needed. */
  readonly needsTexts: boolean;
  /** This decision found another instance compromised. */
  readonly foundCompromise: boolean;
}

/** What has been decided, not yet in order. `moving`: a switch is to be made now; `rising`: what comes up. */
interface Work extends Stage {
  readonly creation: Creation;
  readonly decided: Decisions;
  readonly target: Candidacy | undefined;
  readonly shown: Candidacy | undefined;
  readonly watched: Proof | undefined;
  readonly standing: Standing;
  readonly switched: readonly Action[];
  readonly moving: boolean;
  readonly rising: readonly Candidacy[];
}

/** What is done, in this order, and why each step stands where it does. */
const STEPS: readonly (readonly [here: string, step: (work: Work) => readonly Action[]])[] = [
  ['nothing is waited for as much as traffic', ({ switched }) => switched],
  ['and what is lent goes back before anything fails', (work) => (work.moving ? [] : moveRungs(work, work.target))],
  ['the way back comes before anything is made or shaped', failBack],
  ['and so does a gate that what serves has failed, or passed', concludeTrial],
  ['and what it could not keep on record is tried again', failAgain],
  ['what people decided must not be forgotten, whatever fails below', ({ decided }) => decided.actions],
  ['nor what was found compromised', ({ drift }) => drift.actions],
  ['a failure is recorded before the next try', (work) => work.rising.flatMap((each) => failCandidate(work, each))],
  ['what serves has its size before anything else takes the room', (work) => followReplicas(work, work.moving)],
  ['a version is recorded before it starts', ({ creation }) => creation.actions],
  ['and starts', ({ rising }) => rising.flatMap(({ actions }) => actions)],
  ['a Service is shaped once traffic is where it should be', ({ moving, routing }) => (moving ? [] : routing.upkeep)],
  ['a preview shows what is up', (work) => lookFirst(work, showPreview(work, [work.target, work.shown]))],
  ['budgets count what runs', (work) => guardBudgets(work, work.target)],
  ['gates are measured', ({ target, watched }) => [target?.proof, target?.climb?.during, watched].flatMap((proof) => proof?.actions ?? [])],
  ['nothing goes while traffic moves', (work) => (work.moving ? [] : tidy(work))],
];

const tidy = (work: Work): readonly Action[] => [
  ...retireOthers(work, work.standing),
  ...clearFailure(work),
  ...pruneRoutes(work),
  ...pruneRecords(work, work.standing),
];

const NOTHING: Omit<Plan, 'status' | 'actions'> = {
  wake: 'await-change',
  notes: {},
  signals: { isCandidate: false, needsTexts: false, foundCompromise: false },
};

export function plan(seen: Snapshot, now: number, settings: Settings = DEFAULTS): Plan {
  const { app } = seen;
  if (seen.ending) return { ...NOTHING, actions: [], status: app.status };
  if (app.deleting) return { ...NOTHING, actions: allowed(seen, releaseServices(seen)), status: app.status };
  const timer = startTimer(seen.notes, now, seen.interruptedAt);
  const known = inOtherWords(seen, withDefault(app, settings));
  const capture = settle(seen, known, timer, settings);
  const scene = { seen, app: known, versions: joinVersions(seen, known, capture.content, timer), timer, settings, capture };
  const routing = readRouting(scene);
  const chosen = { ...scene, routing, choice: choose(scene, routing), drift: detect(scene, routing) };
  const stage = { ...chosen, choice: wholeFirst(chosen) };

  const restoring = restore(scene);
  const first = [lookFirst(scene, routing.repairs), restoring].map((each) => allowed(seen, each)).find(({ length }) => length > 0);
  const allow = (actions: readonly Action[]): readonly Action[] => allowed(seen, withhold(restoring, actions));
  const target = bringUp(stage);
  const shown = preview(stage);
  const watched = proveServing(stage);
  const standing = assignRoles(stage, target);
  const switched = lookFirst(scene, switchTraffic(stage, target));
  const moving = allow(switched).length > 0;
  const rising = [moving ? undefined : target, shown].filter((candidacy) => candidacy !== undefined);
  const work = {
    ...stage,
    creation: createVersion(stage),
    decided: decide(stage),
    target,
    shown,
    watched,
    standing,
    switched,
    moving,
    rising,
  };

  const planned = STEPS.flatMap(([, step]) => step(work));
  const asked = ask(stage, [target?.instance, shown?.instance, routing.active], planned);
  const turns = takeTurns(stage, target, standing, [...planned, ...asked]);
  const coming = rising.filter((each) => isComing(each) && !each.actions.some((action) => isRefused(seen, action)));
  holdSlot(scene, allow(work.creation.actions).length > 0, coming);

  const refused = refusedAmong(seen, [...routing.repairs, ...restoring, ...turns, ...planned, ...routing.upkeep]);
  // The report starts timers too, so notes and the time of the next look are taken after it.
  const status = summarize({ ...work, preview: shown, refused }, work.decided, now);
  const notes = timer.notes();
  const signals = { isCandidate: isCandidate(notes), needsTexts: needsTexts(notes), foundCompromise: foundCompromise(notes, now) };
  return { actions: first ?? allow(turns), status, wake: timer.wake(), notes, signals };
}
