// Brings the chosen version up beside the one that serves and moves the route once every gate passes. A rollback is a promotion to
// an older version; there is no second path.
//
//   spec changes        v1 ████████ serves                            what the operator writes
//   mint                v1 ████████ · v2 recorded                     record, ConfigMaps, Deployment at full size
//   bring up            v1 ████████ · v2 ░░░░▓▓▓▓                      nothing: it watches
//   gates pass          v1 ████████ · v2 ████████                      one compare-and-swap per Active Service
//   converge, drain     v1 ▓▓▓▓▓▓▓▓ · v2 ████████ serves               nothing: endpoints follow, drainSeconds run
//   warm                v1 ▓▓▓▓▓▓▓▓ · v2 ████████                      a flip back is the same one write
//   retire              v2 ████████                                    v1's Deployment goes, its record and config stay
import type { Action } from '../model/action.ts';
import type { App } from '../model/app.ts';
import type { InstanceSeen, Snapshot } from '../model/observed.ts';
import type { Candidate, Judgement } from '../gates/index.ts';
import { judge } from '../gates/index.ts';
import { complete } from '../gates/readiness.ts';
import { mismatch, point, selected } from '../routers/service.ts';
import type { Route } from '../routers/service.ts';
import { renderAnnex } from '../workloads/record.ts';
import type { Finding } from './finding.ts';
import { start } from './mint.ts';
import type { Stage } from './scene.ts';
import type { Version } from './versions.ts';

/** A version that is brought up: to serve (the target) or to be looked at (the preview). */
export interface Candidacy {
  readonly version: Version;
  readonly instance: InstanceSeen | undefined;
  readonly wanted: number;
  readonly judgement: Judgement | undefined;
  readonly trouble: Finding | undefined;
  readonly actions: readonly Action[];
}

/** The target, when what should serve does not serve yet: at the size of what serves now, so that the switch costs no capacity. */
export function bringUp(stage: Stage): Candidacy | undefined {
  const { app, routing } = stage;
  const { version } = stage.choice;
  const alive = version?.instances.filter(({ deleting }) => !deleting) ?? [];
  if (version?.record === undefined || version.failed !== undefined || alive.some(({ name }) => name === routing.active?.name))
    return undefined;
  return raise(stage, version, alive[0], Math.max(app.replicas, routing.active?.replicas ?? 0));
}

/** Latest that nobody points at, small, for people to look at before it serves. Workers have none: running would be serving. */
export function preview(stage: Stage): Candidacy | undefined {
  const { seen, app, choice, routing } = stage;
  const { latest } = stage.versions;
  const { route } = routing;
  // Status may be lost: the stamp knows what served last and before.
  const traces = [route?.instance, route?.previous, ...(app.status.history ?? []).flatMap(({ from, to }) => [from, to])];
  const served = traces.some((name) => name !== undefined && stage.versions.of(name) === latest);
  if (
    routing.worker ||
    latest === choice.version ||
    latest === routing.serving ||
    latest.record === undefined ||
    latest.failed !== undefined ||
    served
  )
    return undefined;
  const [instance] = latest.instances.filter(({ deleting }) => !deleting);
  if (instance === undefined ? latest.held !== undefined : inTraffic(seen, app, instance)) return undefined;
  return raise(stage, latest, instance, app.promotion.previewReplicas);
}

/** With status and stamps lost, what an Active Service selects may be Latest that nobody points at: it is no preview to be shrunk. */
const inTraffic = (seen: Snapshot, app: App, instance: InstanceSeen): boolean =>
  seen.services.some(
    (service) => selected(service) === instance.name && app.services.some(({ name, role }) => role === 'Active' && name === service.name),
  );

function raise(stage: Stage, version: Version, instance: InstanceSeen | undefined, wanted: number): Candidacy {
  if (instance === undefined) {
    const begun = stage.app.paused ? { actions: [], trouble: undefined } : start(stage, version, wanted);
    return { version, instance, wanted, judgement: undefined, ...begun };
  }
  const judgement = judge(candidate(stage, version, instance, wanted));
  const { name, uid, replicas } = instance;
  const actions: Action[] = replicas === wanted ? [] : [{ do: 'scale', instance: name, uid, from: replicas, to: wanted }];
  return { version, instance, wanted, judgement, trouble: undefined, actions };
}

/** The fact that all of an instance's pods are up. */
export const available = (instance: string): string => `available ${instance}`;

function candidate({ app, routing, watch }: Stage, version: Version, instance: InstanceSeen, wanted: number): Candidate {
  const { minReadySeconds, progressDeadlineSeconds } = app.promotion;
  const up = complete(instance, wanted);
  const settled = up && watch.held(available(instance.name), 'yes', minReadySeconds);
  return {
    record: version.record,
    configs: version.configs,
    instance,
    cleanGeneration: cleanGeneration(app, instance),
    wanted,
    targetPorts: routing.services.flatMap(({ wish, seen }) => (wish.shape === undefined ? namedPorts(seen) : wish.targetPorts)),
    mismatches: routing.services.flatMap(({ seen }) => (seen === undefined ? [] : (mismatch(app, seen, instance) ?? []))),
    settled,
    // Once settled the clock is put away: a pod lost after that has the whole deadline to come back, whatever the instance's age.
    overdue: !settled && !app.paused && watch.held(`size ${instance.name}`, instance.replicas, progressDeadlineSeconds) && !up,
  };
}

const namedPorts = (service: { ports: readonly { targetPort: string | number }[] } | undefined): string[] =>
  (service?.ports ?? []).map(({ targetPort }) => targetPort).filter((port) => typeof port === 'string');

const cleanGeneration = (app: App, instance: InstanceSeen): number =>
  app.status.versions?.flatMap(({ instances }) => instances ?? []).find(({ name }) => name === instance.name)?.generation ?? 0;

/** A verdict that outlives status: the candidate failed. If another instance of the version serves, only this instance did. */
export function condemn({ app, routing }: Stage, candidacy: Candidacy | undefined): Action[] {
  const verdict = candidacy?.judgement?.verdict;
  const { version, instance } = candidacy ?? {};
  if (verdict?.is !== 'fail' || version?.record === undefined || instance === undefined || version === routing.serving || app.paused)
    return [];
  const { reason, message } = verdict;
  const object = renderAnnex(app, version.record, {
    verdict: 'failed',
    pointer: app.activeVersion,
    instance: instance.name,
    reason,
    message,
  });
  return [{ do: 'publish', kind: 'ControllerRevision', object, why: reason }];
}

export interface Flip {
  readonly actions: readonly Action[];
  /** For a worker: the route that this decision makes, since no Service can say it. */
  readonly route: Route | undefined;
}

/** Moves every Active Service to a target that passed, under one flip number; and Preview Services to Latest when it is up. */
export function flip({ app, routing }: Stage, target: Candidacy | undefined): Flip {
  if (app.paused || target?.instance === undefined || target.judgement?.verdict.is !== 'pass') return { actions: [], route: undefined };
  const moved = routing.services.filter(({ wish }) => wish.role === 'Active');
  // With status and stamps lost nothing says what serves, but what is selected has to be drained all the same.
  const left = moved.flatMap(({ seen }) => (seen && selected(seen)) ?? []).find((name) => name !== target.instance?.name);
  const previous = routing.route?.instance ?? ((left ?? '') as Route['previous']);
  const route: Route = { instance: target.instance.name, previous, flip: (routing.route?.flip ?? 0) + 1 };
  if (routing.worker) return { actions: [], route };
  return {
    actions: moved.flatMap(({ wish, seen }) => (seen === undefined ? [] : [point(app, wish, seen, route, false)])),
    route: undefined,
  };
}

/** Showing a preview is not a flip: a Preview Service that becomes Active one day must not bring a route with it. */
const NO_FLIP = 0;

/**
 * Preview Services select Latest once it is up and stay with it while it grows or loses a pod; they select what serves whenever there
 * is no such instance.
 */
export function showPreview({ app, routing, versions }: Stage, candidacies: readonly (Candidacy | undefined)[]): Action[] {
  const candidate = candidacies.find((candidacy) => candidacy?.version === versions.latest);
  const shown = candidate?.judgement?.verdict.is === 'pass' ? candidate.instance : routing.active;
  if (shown === undefined || app.paused) return [];
  return routing.services.flatMap(({ wish, seen }) => {
    if (wish.role !== 'Preview' || seen === undefined) return [];
    const previous = (selected(seen) ?? '') as InstanceSeen['name'];
    if (previous === shown.name || (candidate?.instance !== undefined && previous === candidate.instance.name)) return [];
    return [point(app, wish, seen, { instance: shown.name, previous, flip: NO_FLIP }, false)];
  });
}
