// Traffic in steps. The rungs of a ladder are Services, each with a constant share in a route that nobody edits. What serves has all of them; one
// after the other they lend their share to the version that is coming up, and the last one moves with the switch itself (promotion.ts). Whatever
// stops that version takes all of it back at once, the largest share first.
//
//   rung       1 %   5 %   25 %   100 %                                what the operator writes:
//   step 1     v2    v1    v1     v1                                     one compare-and-swap, of rung 1
//   step 2     v2    v2    v1     v1                                     of rung 2, once the seconds of rung 1 are over
//   stopped    v1    v1    v1     v1                                     of rung 2, then of rung 1
//   switched   v2    v2    v2     v2                                     of the Service, and of the rungs that have not moved
//
// How far it is, is read from the stamps on the rungs: the highest one that was lent step by step. Rungs below it that say something else are
// put where the ladder stands, those above it go back.
import type { Action } from '../../model/action.ts';
import type { Rung } from '../../model/ladder.ts';
import type { InstanceSeen, ServiceSeen } from '../../model/observed.ts';
import type { InstanceName } from '../../model/version.ts';
import { REASON } from '../../model/vocabulary.ts';
import { ROUTERS } from '../../routers/index.ts';
import type { Loan } from '../../routers/ladder.ts';
import { loanOf, nextSwitch } from '../../routers/ladder.ts';
import type { Route } from '../../routers/router.ts';
import { selected } from '../../routers/service.ts';
import { stampOf } from '../../routers/stamp.ts';
import { remember } from '../read/contention.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import { runsAlone } from '../read/overlap.ts';
import { wishFor } from '../read/ports.ts';
import { wouldStrand } from '../read/routing.ts';
import type { Candidacy, Climb, Proof, RoutedService, Stage } from '../read/scene.ts';
import { instant } from '../read/timer.ts';
import { isPromotion, proveDuring } from './proof.ts';
import { unburdened } from './refusal.ts';

const { converged, follows, point } = ROUTERS.Service;

/** A rung, and its Service. */
interface Step extends RoutedService {
  readonly rung: Rung;
}

export interface Ladder {
  readonly service: string;
  readonly rungs: readonly Step[];
}

type Sight = Pick<Stage, 'app' | 'routing'>;

export function laddersOf({ routing }: Pick<Stage, 'routing'>): Ladder[] {
  const steps = routing.services.flatMap((routed): Step[] =>
    routed.wish.rung === undefined ? [] : [{ ...routed, rung: routed.wish.rung }],
  );
  return [...new Set(steps.map(({ rung }) => rung.of))].map((service) => ({
    service,
    rungs: steps.filter(({ rung }) => rung.of === service),
  }));
}

const loan = ({ app, routing: { route } }: Sight, { wish, seen }: Step): Loan | undefined =>
  seen === undefined || route === undefined ? undefined : loanOf(app, wish, seen, route);

export interface Height {
  /** The highest rung that lends; undefined if none does. */
  readonly rung: Rung | undefined;
  /** Since when, in ms since the epoch. */
  readonly since: number;
}

/** How far an instance has climbed. A stamp that another clock wrote ahead of ours counts from now. */
export function heightOf(sight: Sight & Pick<Stage, 'timer'>, ladder: Ladder, instance: InstanceName | undefined): Height {
  const highest = ladder.rungs.findLast((step) => instance !== undefined && loan(sight, step)?.to === instance);
  const at = highest === undefined ? NaN : Date.parse(loan(sight, highest)!.share.at);
  return { rung: highest?.rung, since: Math.min(at, sight.timer.now) };
}

/** Whom rungs lend to now; undefined if none does. */
export const borrowerOf = (sight: Sight): InstanceName | undefined =>
  laddersOf(sight)
    .flatMap(({ rungs }) => rungs.findLast((step) => loan(sight, step) !== undefined) ?? [])
    .flatMap((step) => loan(sight, step)!.to)[0];

/**
 * Whom they may lend to: the instance that is coming up, unless it has failed or has no pod left. While the App is paused everything stays as it
 * is.
 */
function entitled(stage: Stage, target: Candidacy | undefined): InstanceName | undefined {
  if (stage.app.paused) return borrowerOf(stage);
  const { instance, judgement, proof, climb: climbing } = target ?? {};
  const verdicts = [judgement?.verdict, proof?.verdict, climbing?.during?.verdict];
  if (instance === undefined || verdicts.some((verdict) => verdict?.is === 'fail')) return undefined;
  return instance.available === 0 && instance.replicas > 0 ? undefined : instance.name;
}

/** Where a version that takes steps stands, and what the next one needs: time, gates that have not failed, endpoints that have followed, all pods. */
export function climb(stage: Stage, candidacy: Candidacy): Climb | undefined {
  const { app, routing, seen } = stage;
  const { version, instance, judgement, proof } = candidacy;
  const ladders = laddersOf(stage);
  if (ladders.length === 0 || instance === undefined || routing.route === undefined || routing.active === undefined) return undefined;
  if (runsAlone(app) || !isPromotion(stage, version)) return undefined;
  const heights = ladders.map((ladder) => ({ ladder, ...heightOf(stage, ladder, instance.name) }));
  const isLent = heights.some(({ rung }) => rung !== undefined);
  const during = isLent ? proveDuring(stage, version, instance) : undefined;
  const mayStep = judgement?.verdict.is === 'pass' && (proof?.verdict.is ?? 'pass') === 'pass' && during?.verdict.is !== 'fail';
  const nexts = heights.map((height) => nextOf(stage, height, instance));
  const isOver = mayStep && nexts.every(({ waits, step }) => waits === undefined && step?.rung.isTop !== false);
  const judged = (during?.verdict.is ?? 'pass') === 'pass';
  const held = seen.fleet.line === '' ? undefined : finding(REASON.LineHeld, `no promotion begins in any App, since ${seen.fleet.line}`);
  const steps = nexts.flatMap(({ waits, step }) => (waits === undefined && step?.rung.isTop === false ? [step] : []));
  return {
    during,
    steps: mayStep && !app.paused && held === undefined ? steps : [],
    isDone: isOver && judged && held === undefined,
    waits: held ?? nexts.find(({ waits }) => waits !== undefined)?.waits ?? (isOver ? gateOf(during) : undefined),
  };
}

const gateOf = (during: Proof | undefined): Finding | undefined =>
  during?.verdict.is === 'wait' ? finding(during.verdict.reason, during.verdict.message) : undefined;

/** The rung above the highest that lends, and what it waits for. */
function nextOf(
  { timer }: Stage,
  { ladder: { service, rungs }, rung, since }: Height & { readonly ladder: Ladder },
  instance: InstanceSeen,
): { readonly step: Step | undefined; readonly waits: Finding | undefined } {
  const step = rungs[rung?.position ?? 0];
  const wait = (message: string): Finding => finding(REASON.Climbing, message);
  if (step?.seen === undefined && step?.rung.isTop === false)
    return { step, waits: step.trouble ?? wait(`Service ${step.wish.name} does not exist yet`) };
  if (rung === undefined) return { step, waits: undefined };
  const so = `${instance.name} has ${String(rung.percent)} % of the traffic of ${service} (rung ${String(rung.position)} of ${String(rungs.length)})`;
  const late = rungs.find((each) => each.rung.position <= rung.position && (each.seen === undefined || !converged(each.seen, instance)));
  if (late !== undefined) return { step, waits: wait(`${so}: the endpoints of ${late.wish.name} have yet to follow`) };
  if (timer.lasted(since, rung.seconds)) return { step, waits: undefined };
  return { step, waits: wait(`${so}: the next step is at ${instant(since + rung.seconds * 1000)}`) };
}

/**
 * Rungs that are not where the ladder stands: first those that go back, the largest first, then those that are to lend again. If there are none,
 * the next step.
 */
export function moveRungs(stage: Stage, target: Candidacy | undefined): Action[] {
  const { routing, app } = stage;
  const { route, active } = routing;
  if (route === undefined || active === undefined) return [];
  const lent = stage.seen.instances.find(({ name }) => name === entitled(stage, target));
  const settled = laddersOf(stage).flatMap((ladder) => {
    const height = heightOf(stage, ladder, lent?.name);
    return ladder.rungs.map((step) => ({ step, borrower: step.rung.position <= (height.rung?.position ?? 0) ? lent : undefined }));
  });
  const back = settled.filter(({ borrower }) => borrower === undefined).toSorted((a, b) => b.step.rung.percent - a.step.rung.percent);
  const moves = [
    ...back.flatMap(({ step }) => takeBack(stage, step, route, active)),
    ...settled.flatMap(({ step, borrower }) => (borrower === undefined ? [] : lend(stage, step, route, borrower, true))),
  ];
  if (moves.length > 0 || app.paused || lent === undefined || lent.name !== target?.instance?.name) return moves;
  return (target.climb?.steps ?? []).flatMap((step) => lend(stage, step as Step, route, lent, false));
}

/** To what serves, unless it has no pod and the other one has. */
function takeBack(stage: Stage, { wish, seen }: Step, route: Route, active: InstanceSeen): Action[] {
  const { app, timer } = stage;
  if (seen === undefined || follows(app, seen, route) || wouldStrand(stage, seen, active)) return [];
  const stamp = stampOf(seen);
  // An earlier number is that of a switch which has not reached this rung yet.
  const isLoan = stamp?.uid === app.uid && stamp.instance !== route.instance && stamp.switchNumber >= route.switchNumber;
  const share = { percent: 0, at: new Date(timer.now).toISOString() };
  const aim: Route = isLoan ? { ...route, previous: stamp.instance, share } : route;
  const isSame = selected(seen) === route.instance;
  const move = point(
    app,
    isLoan && !isSame ? wishFor(stage, wish, active) : { ...wish, shape: undefined },
    seen,
    aim,
    true,
    remember(stage, seen),
  );
  return [unburdened(stage.seen, move, active)];
}

/** To what comes up. A rung that has lent before keeps since when. `repair`: it is below the highest that lends. */
function lend(stage: Stage, step: Step, { instance }: Route, borrower: InstanceSeen, repair: boolean): Action[] {
  const { app, timer, routing } = stage;
  const { wish, seen, rung } = step;
  const known = loan(stage, step);
  const isAgain = known?.to === borrower.name;
  const aim: Route = {
    instance: borrower.name,
    previous: instance,
    switchNumber: nextSwitch(app, routing.route),
    share: isAgain ? known.share : { percent: rung.percent, at: new Date(timer.now).toISOString() },
  };
  if (seen === undefined || (isAgain && follows(app, seen, aim))) return [];
  const move = point(
    app,
    isAgain ? { ...wish, shape: undefined } : wishFor(stage, wish, borrower),
    seen,
    aim,
    repair,
    remember(stage, seen),
  );
  return [unburdened(stage.seen, move, borrower)];
}

/**
 * Whether an instance had a share until a moment ago: it is kept for drainSeconds, as one that has served. Rungs say whom they took their share
 * from.
 */
export function owesTraffic(stage: Stage, name: InstanceName): boolean {
  const { app, timer } = stage;
  const rungs = laddersOf(stage).flatMap(({ rungs: all }) => all.flatMap(({ seen }) => seen ?? []));
  const wasLent = (service: ServiceSeen): boolean => {
    const stamp = stampOf(service);
    return stamp?.uid === app.uid && stamp.previous === name && stamp.share?.percent === 0;
  };
  return rungs.some(wasLent) && !timer.held(`lent ${name}`, 'no', app.promotion.drainSeconds);
}
