// Brings the chosen version up beside the one that serves and moves the route once every gate passes. A rollback is a promotion to
// an older version; there is no second path.
//
//   spec changes        v1 ████████ serves                            what the operator writes:
//   create                v1 ████████ · v2 recorded                     record, ConfigMaps, Deployment at full size
//   bring up            v1 ████████ · v2 ░░░░▓▓▓▓                      nothing: it watches
//   gates pass          v1 ████████ · v2 ████████                      one compare-and-swap per Active Service
//   converge, drain     v1 ▓▓▓▓▓▓▓▓ · v2 ████████ serves               nothing: endpoints follow, drainSeconds run
//   warm                v1 ▓▓▓▓▓▓▓▓ · v2 ████████                      a switch back is the same one write
//   retire              v2 ████████                                    v1's Deployment is deleted, its record and config stay
import type { Action } from '../../model/action.ts';
import type { App } from '../../model/app.ts';
import type { InstanceSeen } from '../../model/observed.ts';
import { cleanGeneration } from '../../model/published.ts';
import type { Candidate } from '../../gates/gate.ts';
import type { Judgement } from '../../gates/index.ts';
import { FORESEEN, judge, READINESS } from '../../gates/index.ts';
import { mismatch } from '../../routers/adoption.ts';
import { ROUTERS } from '../../routers/index.ts';
import { nextSwitch } from '../../routers/ladder.ts';
import { selected } from '../../routers/service.ts';
import type { Route } from '../../routers/router.ts';
import { REASON } from '../../model/vocabulary.ts';
import { next } from '../choose/aftermath.ts';
import { projectDeployment } from '../../workloads/deployment.ts';
import { causeOf } from '../choose/author.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import { passedOver } from '../choose/held.ts';
import { start } from './create.ts';
import { runsAlone } from '../read/overlap.ts';
import { patienceWith } from './patience.ts';
import { sound } from '../choose/pointer.ts';
import { prove, settleProof } from './proof.ts';
import { climb, owesTraffic } from './ladder.ts';
import { resize } from './resize.ts';
import { keepPorts, portsAsked, wishFor } from '../read/ports.ts';
import { allowed, isBarred, isRefused, unburdened } from './refusal.ts';
import { sendsTraffic } from '../read/routing.ts';
import type { Candidacy, Stage } from '../read/scene.ts';
import { traces } from '../read/served.ts';
import type { FactOf, Version } from '../read/versions.ts';
import { titleOf } from '../read/versions.ts';
import { attest } from '../read/facts.ts';

/** Instances of a version that may serve: not those that were renewed or compromised. */
const usable = ({ instances, spentNames, replacementFailure }: Version): InstanceSeen[] =>
  instances.filter(({ name, deleting }) => !deleting && !spentNames.has(name) && replacementFailure?.fact.instance !== name);

/**
 * The target: the version that should serve and does not yet. It gets the size of the active instance, so that the switch costs no capacity. At
 * replicas 0 its size is 0, even if the active instance still has pods.
 */
export function bringUp(stage: Stage): Candidacy | undefined {
  const { app, routing } = stage;
  const { version } = stage.choice;
  if (version?.record === undefined || !sound(version)) return undefined;
  const fit = usable(version);
  if (fit.some(({ name }) => name === routing.active?.name)) return undefined;
  const wanted = app.replicas === 0 ? 0 : Math.max(app.replicas, routing.trafficInstance?.replicas ?? 0);
  if (version.replacementFailure !== undefined && version === routing.serving)
    return {
      version,
      instance: undefined,
      wanted,
      judgement: undefined,
      trouble: describeFailure(stage, version, version.replacementFailure),
      actions: [],
    };
  const raised = raise(stage, version, fit[0], wanted);
  const { instance } = raised;
  if (instance === undefined) return raised;
  const proven = { ...raised, proof: prove(stage, version, instance, isUp(raised)) };
  return { ...proven, climb: climb(stage, proven) };
}

/** The version serves by its old instance, because the fresh one failed. */
function describeFailure(stage: Stage, version: Version, verdict: FactOf<'failed'>): Finding {
  const { instance, reason, message } = verdict.fact;
  const what = next(stage, version, verdict, '');
  return finding(REASON.ReplacementFailed, `${instance} was to replace what serves and failed (${reason}: ${message}): ${what}`);
}

/** The preview: Latest before anybody names it, with few pods, to look at. A worker has none: its pods would do work. */
export function preview(stage: Stage): Candidacy | undefined {
  const { app, choice, routing } = stage;
  const { latest } = stage.versions;
  const { route } = routing;
  const served =
    traces(app, route).some((name) => stage.versions.of(name) === latest) ||
    latest.instances.some((each) => mayHaveServed(app, each, true));
  if (
    routing.worker ||
    runsAlone(app) ||
    latest === choice.version ||
    latest === routing.serving ||
    latest.record === undefined ||
    !sound(latest) ||
    served
  )
    return undefined;
  const [instance] = usable(latest);
  // If status and annotations are lost, an Active Service may select a Latest that nobody named: it must not be scaled down to a preview.
  // One that has had a share until a moment ago is drained at the size it has.
  if (instance === undefined ? passedOver(stage, latest) !== undefined : sendsTraffic(stage, instance.name)) return undefined;
  if (instance !== undefined && owesTraffic(stage, instance.name)) return undefined;
  return raise(stage, latest, instance, app.promotion.previewReplicas);
}

/**
 * Whether status lists it as an instance that served: the history may have been lost before. Compared by uid, because an instance that was retired
 * and created again under the same name has not served.
 */
export const wasLeaving = ({ status }: App, { uid }: InstanceSeen): boolean =>
  (status.versions ?? []).some(({ instances = [] }) =>
    instances.some((before) => before.uid === uid && (before.role === 'Draining' || before.role === 'Warm')),
  );

/**
 * Whether an instance has to be drained like one that had traffic. The last report says so; if status was lost, every instance counts as one
 * that did. Excepted is what is wanted now and is no larger than a preview: that is a version coming up. A warm instance is larger, so it
 * never passes for a preview, even when spec goes back to its content.
 */
export const mayHaveServed = (app: App, instance: InstanceSeen, wanted: boolean): boolean =>
  wasLeaving(app, instance) ||
  (app.status.observedGeneration === undefined && !(wanted && instance.replicas <= app.promotion.previewReplicas));

function raise(stage: Stage, version: Version, instance: InstanceSeen | undefined, wanted: number): Candidacy {
  if (instance === undefined) {
    const begun = stage.app.paused ? { actions: [], trouble: undefined } : start(stage, version, wanted);
    return { version, instance, wanted, judgement: foresee(stage, version, wanted, begun.actions), ...begun };
  }
  const { replicas } = instance;
  const least = stage.routing.trafficInstance?.replicas ?? 0;
  const growth = resize(instance, wanted);
  const stuck = growth.some((action) => isRefused(stage.seen, action));
  const barred = growth.some((action) => isBarred(stage.seen, action));
  // If the API server refuses the size of spec, it may accept the size of the active instance.
  const actions = barred && replicas < least && least < wanted ? resize(instance, least) : growth;
  // If the API server refuses to let it grow, it may serve at its present size, unless that is less than the active instance has.
  const enough = barred && replicas > 0 && replicas >= least ? replicas : wanted;
  const judgement = judge({ ...substance(stage, version, instance, enough), ...patienceWith(stage, instance, enough, stuck) });
  return { version, instance, wanted, judgement, trouble: undefined, actions };
}

/** Under overlap: Never, what can be checked before the active instance stops is checked first: ports and labels of the pods to come. */
function foresee(stage: Stage, version: Version, wanted: number, actions: readonly Action[]): Judgement | undefined {
  const [action] = actions.flatMap((each) => (each.do === 'publish' && each.kind === 'Deployment' ? each : []));
  if (!runsAlone(stage.app) || action === undefined) return undefined;
  const instance = projectDeployment(action.object);
  const judgement = judge({ ...substance(stage, version, instance, wanted), settled: false, overdue: false });
  const [first] = judgement.gates.filter(({ name, verdict }) => FORESEEN.has(name) && verdict.is === 'wait');
  return first && { ...judgement, verdict: first.verdict };
}

type Substance = Omit<Candidate, 'settled' | 'overdue'>;

function substance(stage: Stage, version: Version, instance: InstanceSeen, wanted: number): Substance {
  const { app, routing, drift } = stage;
  return {
    record: version.record,
    configs: version.configs,
    instance,
    called: titleOf(version, instance),
    verified: stage.seen.verified,
    cleanGeneration: cleanGeneration(version, instance, app.status),
    doubt: drift.doubts.get(instance.name),
    wanted,
    targetPorts: portsAsked(stage, routing.services, instance, routing.active),
    mismatches: mismatchesOf(stage, version, instance),
  };
}

/** Adopted Services whose selector it does not match. For a rollback, only those that the active version matches: the others would be no worse. */
const mismatchesOf = ({ app, routing: { services, active }, versions }: Stage, version: Version, instance: InstanceSeen): string[] =>
  services.flatMap(({ seen }) => {
    if (seen === undefined) return [];
    const noWorse = version !== versions.latest && active !== undefined && mismatch(app, seen, active) !== undefined;
    return noWorse ? [] : (mismatch(app, seen, instance) ?? []);
  });

/** Moves every Active Service to a target that passed, under one switch number. What a worker runs is recorded in a fact instead. */
export function switchTraffic(stage: Stage, target: Candidacy | undefined): Action[] {
  const { app, routing } = stage;
  const instance = target?.instance;
  if (app.paused || target === undefined || instance === undefined || !(passed(target) || rescues(stage, target))) return [];
  const moved = routing.services.filter(({ wish }) => wish.role === 'Active');
  // If status and annotations are lost, the active instance is unknown. The selected one still has to be drained.
  const left = moved.flatMap(({ seen }) => (seen && selected(seen)) ?? []).find((name) => name !== instance.name);
  const previous = routing.route?.instance ?? ((left ?? '') as Route['previous']);
  const route: Route = {
    instance: instance.name,
    previous,
    switchNumber: nextSwitch(app, routing.route),
  };
  const proofs = [target.proof, target.climb?.during].filter((proof) => proof !== undefined);
  const letIn = proofs.flatMap((proof) => settleProof(stage, target.version, proof));
  if (routing.worker) return [...letIn, ...attest(target.version, { is: 'route', ...route }, `${instance.name} runs`)];
  const { by } = causeOf(stage, previous, target.version);
  const moves = [...moved, ...routing.services.filter(({ wish }) => wish.role === 'Rung')].flatMap(({ wish, seen }) => {
    // A rung that has lent follows the new route already.
    if (seen === undefined || (wish.role === 'Rung' && ROUTERS.Service.follows(app, seen, route))) return [];
    const move = unburdened(stage.seen, ROUTERS.Service.point(app, wishFor(stage, wish, instance), seen, route, false), instance);
    return [by === '' ? move : { ...move, by }];
  });
  const possible = allowed(stage.seen, moves);
  return [...(possible.length === 0 ? [] : letIn), ...keepPorts(stage, possible, routing.route, target.version), ...moves];
}

/** It has neither passed nor failed yet. */
export const isComing = ({ judgement }: Candidacy): boolean => judgement === undefined || judgement.verdict.is === 'wait';

const isUp = ({ judgement }: Candidacy): boolean => judgement?.verdict.is === 'pass';

/** It is up, the gates of its author pass, and it has climbed its ladders. */
const passed = (target: Candidacy): boolean =>
  isUp(target) && (target.proof?.verdict.is ?? 'pass') === 'pass' && target.climb?.isDone !== false;

/**
 * A rescue: a target that served before and has more available pods than the active instance gets traffic at its present size, and grows
 * afterwards. Only its size and minReadySeconds are waived, no other gate.
 */
function rescues({ app, routing }: Stage, { instance, judgement }: Candidacy): boolean {
  const served = instance !== undefined && traces(app, routing.route).includes(instance.name);
  const others = judgement?.gates.filter(({ name }) => name !== READINESS) ?? [];
  return served && instance.available > (routing.trafficInstance?.available ?? 0) && others.every(({ verdict }) => verdict.is === 'pass');
}

/** Pointing a Preview Service at a version is no switch and gets no number: if it becomes Active one day, it must not bring a route with it. */
const NO_SWITCH = 0;

/**
 * Preview Services select Latest once it is up, and keep selecting it while it grows or loses a pod. They select the active instance if Latest
 * has none, or none that should have pods.
 */
export function showPreview(stage: Stage, candidacies: readonly (Candidacy | undefined)[]): Action[] {
  const { app, routing, versions } = stage;
  const candidate = candidacies.find((candidacy) => candidacy?.version === versions.latest && candidacy.wanted > 0);
  const shown = candidate?.judgement?.verdict.is === 'pass' ? candidate.instance : routing.active;
  if (shown === undefined || app.paused) return [];
  return routing.services.flatMap(({ wish, seen }) => {
    if (wish.role !== 'Preview' || seen === undefined) return [];
    const previous = (selected(seen) ?? '') as InstanceSeen['name'];
    if (previous === shown.name || (candidate?.instance !== undefined && previous === candidate.instance.name)) return [];
    const move = ROUTERS.Service.point(
      app,
      wishFor(stage, wish, shown),
      seen,
      { instance: shown.name, previous, switchNumber: NO_SWITCH },
      false,
    );
    return [unburdened(stage.seen, move, shown)];
  });
}
