// The status of an App, made anew by each decision. It is a report only: if it is lost, no traffic moves. Also decides whether a change of it is
// worth a write now.
import type { App, Condition, Switch, Tombstone, Status } from '../../model/app.ts';
import { renewing } from '../../model/command.ts';
import type { FailedFact, InstanceSeen } from '../../model/observed.ts';
import { cleanGeneration } from '../../model/published.ts';
import type { Role } from '../../model/vocabulary.ts';
import type { ConditionType } from '../../model/vocabulary.ts';
import { CONDITION, LABEL, REASON } from '../../model/vocabulary.ts';
import { selected } from '../../routers/service.ts';
import { advised } from './advice.ts';
import { causeOf } from '../choose/author.ts';
import { called, podsOf } from '../read/columns.ts';
import { carry, conditionsOf } from './conditions.ts';
import { refusals } from './stalled.ts';
import { miscounted, tight } from '../steps/disruption.ts';
import { approvedBy, gatesOf, unheard } from './gates.ts';
import { ladderOf, shareOf } from './ladder.ts';
import type { Decisions } from '../steps/decisions.ts';
import type { Finding } from '../read/finding.ts';
import { isUnproven } from '../steps/failure.ts';
import { finding } from '../read/finding.ts';
import { passedOver } from '../choose/held.ts';
import { othersOf, watchesImages } from '../read/images.ts';
import { keeper } from '../read/naming.ts';
import { clashing } from '../read/overlap.ts';
import { orphaned } from '../steps/restore.ts';
import { symptomOf } from '../read/symptoms.ts';
import { MAX_VERSIONS, servedIn } from '../read/served.ts';
import type { Version } from '../read/versions.ts';
import { unheeded, unknownReceivers } from './unheeded.ts';
import { isKnown, isOfSpec } from '../read/versions.ts';
import type { Findings, Placement } from '../read/scene.ts';

const MAX_HISTORY = 20;

export function summarize(findings: Findings, { decision, pinned }: Decisions, now: number): Status {
  const { app, routing, versions } = findings;
  const at = new Date(now).toISOString();
  const { route, active, serving } = routing;
  const mutable = serving?.record?.mutable ?? [];
  const history = historyOf(findings, at);
  return {
    observedGeneration: app.generation,
    conditions: conditionsOf(findings, at),
    ...(serving === undefined || route === undefined
      ? {}
      : { activeVersion: serving.id, activeInstance: route.instance, ...named(serving), serves: called(app, versions, serving) }),
    ...(isKnown(versions.latest) && { latestVersion: versions.latest.id }),
    latest: called(app, versions, versions.latest),
    pods: podsOf(app, active),
    ...shareOf(findings),
    decision,
    pinned,
    replicas: active?.pods ?? 0,
    readyReplicas: active?.ready ?? 0,
    selector: route === undefined ? `${LABEL.app}=${app.name},${LABEL.instance}` : `${LABEL.instance}=${route.instance}`,
    versions: versions.all
      .filter(({ record, instances }) => record !== undefined || instances.length > 0)
      .slice(0, MAX_VERSIONS)
      .map((version) => versionStatus(findings, version, history, at)),
    services: routing.services.flatMap(({ wish, seen }) =>
      wish.role === 'Rung'
        ? []
        : [
            {
              name: wish.name,
              role: wish.role,
              ...(seen === undefined || selected(seen) === undefined ? {} : { instance: selected(seen)! }),
              converged: wish.role === 'Active' && routing.converged,
              ...ladderOf(findings, wish),
            },
          ],
    ),
    history,
    ...(mutable.length === 0 ? {} : { mutableReferences: [...mutable] }),
    ...(app.references.imagesSaidBy === 'platform' ? { defaults: { images: app.references.images } } : {}),
    warnings: warningsOf(findings),
  };
}

function warningsOf(findings: Findings): Finding[] {
  const { app, seen, versions, routing, drift, timer, creation } = findings;
  const taken = versions.latest.record === undefined ? undefined : keeper({ app, versions, routing });
  return [
    ...refusals(findings),
    ...unheeded({ app, versions, routing, timer }),
    ...(taken === undefined
      ? []
      : [
          finding(
            isOfSpec(taken, app) ? REASON.NameKept : REASON.NameTaken,
            `spec.version "${app.versionName}" names ${taken.id}, so ${versions.latest.id} has no name`,
          ),
        ]),
    ...advised({ app, seen, versions }),
    ...creation.warnings,
    ...drift.warnings,
    ...routing.warnings,
    ...unheard(findings),
    ...clashing(app),
    ...unknownReceivers(app, seen),
    ...orphaned({ app, seen }),
    ...tight(app),
    ...miscounted({ app, seen, versions }),
  ];
}

/** A switch enters the history when it is seen on a Service, even if the process that made it died before it could report. */
function historyOf(findings: Findings, at: string): Switch[] {
  const { app, routing } = findings;
  const { route } = routing;
  const before = app.status.history ?? [];
  const last = before[0]?.switchNumber ?? 0;
  if (route === undefined || route.switchNumber <= last) return before;
  const { reason, by } = causeOf(findings, route.previous, routing.serving);
  const name = routing.serving?.names[0];
  const to = { to: route.instance, ...(name === undefined ? {} : { name }) };
  // Back at what has served before, or pinned: nobody was asked this time.
  const isAsked = reason !== REASON.Pinned && !before.some((each) => each.to === route.instance);
  const approved = isAsked ? approvedBy(findings) : [];
  const entry = {
    switchNumber: route.switchNumber,
    at,
    from: route.previous,
    ...to,
    reason,
    ...(by === '' ? {} : { by }),
    ...(approved.length === 0 ? {} : { approvedBy: approved }),
  };
  return [entry, ...before].slice(0, MAX_HISTORY);
}

/** The first of its names, for people. */
const named = ({ names: [activeName] }: Version): Pick<Status, 'activeName'> => (activeName === undefined ? {} : { activeName });

type VersionStatus = NonNullable<Status['versions']>[number];

/** If status is lost: a first version without a route is new; of any other it is unknown whether it served. */
const mayHide = ({ app, routing, versions }: Findings): boolean =>
  app.status.observedGeneration !== undefined || routing.route !== undefined || versions.all.filter(({ record }) => record).length > 1;

function versionStatus(findings: Findings, version: Version, history: readonly Switch[], at: string): VersionStatus {
  const { app, versions, standing, target, preview } = findings;
  const placements = standing.placements.filter((placement) => placement.version === version);
  const judged = [target, preview].find((candidacy) => candidacy?.version === version)?.judgement;
  const own = judged?.gates.map(({ name, verdict }) => ({
    name,
    verdict: verdict.is,
    ...(verdict.is === 'pass' ? {} : { reason: verdict.reason, message: verdict.message }),
  }));
  const gates = [...(own ?? []), ...gatesOf(findings, version)];
  const { lastFailure } = version;
  return {
    id: version.id,
    called: called(app, versions, version),
    fingerprint: version.fingerprint,
    ...(version.names.length > 0 ? { names: [...version.names] } : {}),
    ...stateOf(findings, version, placements[0]),
    ...(version.record === undefined ? {} : { createdAt: new Date(version.record.createdAt).toISOString() }),
    ...servedIn(app, version, history, mayHide(findings) ? at : undefined),
    images: imagesOf(findings, version),
    ...(lastFailure === undefined ? {} : { failure: { ...evidenceOf(lastFailure.fact), at: iso(lastFailure.createdAt) } }),
    ...(version.discarded.length === 0 ? {} : { discarded: discardedOf(version) }),
    ...(gates.length === 0 ? {} : { gates }),
    ...(placements.length === 0 ? {} : { instances: placements.map((placement) => instanceStatus(findings, version, placement)) }),
  };
}

/** The state of a version in one word, and why. */
function stateOf(
  findings: Findings,
  version: Version,
  placement: Placement | undefined,
): Pick<VersionStatus, 'state' | 'reason' | 'message'> {
  const { app } = findings;
  const { id, rejected, rejection } = version;
  if (rejected) {
    const by = rejection?.fact.by ?? app.annotations.reject.typed;
    const who = rejection === undefined ? app.authors.reject : (rejection.fact.who ?? '');
    const whose = `"${by}"${who === '' ? '' : `, which ${who} wrote`}`;
    return { state: REASON.Rejected, reason: REASON.Rejected, message: `rejected by ${whose}: lift it with ${renewing(app, id)}` };
  }
  const failed = version.failed ?? (isAwaited(placement) ? undefined : forgotten(version));
  if (failed !== undefined) return { state: 'Failed', reason: failed.fact.reason, message: failed.fact.message };
  const state = placement?.role ?? 'Cold';
  return { state, ...(passedOver(findings, version) ?? ailment(findings, placement)) };
}

/** Why the pods of an instance are not up, while it has not failed. */
function ailment(findings: Findings, placement: Placement | undefined): Pick<VersionStatus, 'reason' | 'message'> {
  const symptom = isAwaited(placement) ? symptomOf(findings, placement.instance) : undefined;
  return symptom === undefined ? {} : { reason: symptom.reason, message: symptom.message };
}

const AWAITED: ReadonlySet<Role> = new Set(['Active', 'Target', 'Preview']);
const isAwaited = (placement: Placement | undefined): placement is Placement => placement !== undefined && AWAITED.has(placement.role);

/** A failure after which it may be tried again, but was not: the version still never came up. */
const forgotten = ({ lastFailure }: Version): Version['lastFailure'] => (lastFailure?.fact.replacement === true ? undefined : lastFailure);

/** As its template names them, by the digest that each ran, and by another one that a pod runs. */
const imagesOf = (findings: Findings, version: Version): NonNullable<VersionStatus['images']> => {
  const { record, ran } = version;
  const others = watchesImages(findings.app) ? othersOf(findings, version) : new Map<string, string>();
  return (record?.images ?? []).map(({ container, image }) => {
    const [digest] = ran?.fact.containers[container] ?? [];
    const runs = others.get(container);
    return { container, image, ...(digest === undefined ? {} : { digest }), ...(runs === undefined ? {} : { runs }) };
  });
};

const MAX_DISCARDED = 5;

/** Its compromised instances, as long as the facts exist. */
const discardedOf = ({ discarded }: Version): NonNullable<VersionStatus['discarded']> =>
  discarded
    .toSorted((a, b) => b.createdAt - a.createdAt || (a.name < b.name ? 1 : -1))
    .slice(0, MAX_DISCARDED)
    .map(({ fact: { instance, message, by }, createdAt }) => ({
      instance,
      message,
      ...(by === undefined ? {} : { by }),
      at: iso(createdAt),
    }));

const iso = (at: number): string => new Date(at).toISOString();

const evidenceOf = ({ reason, message, instance, container, exitCode }: FailedFact): NonNullable<VersionStatus['failure']> => ({
  reason,
  message,
  instance,
  ...(container === undefined ? {} : { container }),
  ...(exitCode === undefined ? {} : { exitCode }),
});

const instanceStatus = (
  stage: Findings,
  version: Version,
  { instance, role }: Placement,
): NonNullable<VersionStatus['instances']>[number] => ({
  name: instance.name,
  uid: instance.uid,
  role,
  replicas: instance.pods,
  ready: instance.ready,
  desired: instance.replicas,
  ...cleanSince(stage.app, version, instance),
  ...(role === 'Active' && isUnproven(stage) ? { unproven: true as const } : {}),
});

/** The generation last found clean. If the present one is not, the last value is kept. */
function cleanSince({ status }: App, version: Version, instance: InstanceSeen): { generation?: number } {
  const generation = cleanGeneration(version, instance, status);
  return generation === 0 ? {} : { generation };
}

/** The status of an App that was set aside after a bug of ours. */
export function quarantined(app: App | Tombstone, message: string, now: number): Status {
  const at = new Date(now).toISOString();
  const observedGeneration = app.generation;
  const word = { observedGeneration, reason: REASON.Bug, message };
  const known = (type: string): Condition | undefined => app.status.conditions?.find((condition) => condition.type === type);
  const conditions = [
    { type: CONDITION.available, status: 'Unknown' as const, ...word, ...known(CONDITION.available), observedGeneration },
    { type: CONDITION.ready, status: 'False' as const, ...word },
    { type: CONDITION.upToDate, status: 'Unknown' as const, ...word },
    { type: CONDITION.enforced, status: 'Unknown' as const, ...word, ...known(CONDITION.enforced), observedGeneration },
    { type: CONDITION.stalled, status: 'True' as const, ...word },
  ].map((entry) => carry(known(entry.type), entry, at));
  return { ...app.status, observedGeneration, conditions };
}

/** How urgent a new status is. */
export type Worth = 'no' | 'counts' | 'begun' | 'switched' | 'now';

/**
 * `counts`: only counts and wording changed. `begun`: only that work has begun is new; until that is reported, `observedGeneration` says that
 * there is work. `switched`: traffic was switched, all is well, and endpoints have yet to follow.
 */
export function worth(before: Status, after: Status): Worth {
  if (same(before, after)) return 'no';
  if (same(telling(before), telling(after))) return 'counts';
  if (before.observedGeneration === undefined || !has(after, CONDITION.reconciling)) return 'now';
  if (same(settled(before), settled(after))) return 'begun';
  const follows = after.services?.some(({ role, converged }) => role === 'Active' && converged === false) === true;
  const isWell = has(after, CONDITION.available) && has(after, CONDITION.ready);
  return before.activeInstance !== after.activeInstance && follows && isWell ? 'switched' : 'now';
}

const has = ({ conditions = [] }: Status, condition: ConditionType): boolean =>
  conditions.some(({ type, status }) => type === condition && status === 'True');

/** The part that is reported at once: all but progress, and versions that have not served yet. */
function settled(status: Status): unknown {
  const { conditions, versions, observedGeneration: _o, latest: _l, latestVersion: _v, ...rest } = telling(status);
  const progress: ReadonlySet<string | undefined> = new Set([CONDITION.ready, CONDITION.reconciling, CONDITION.upToDate]);
  return {
    ...rest,
    conditions: conditions?.filter(({ type }) => !progress.has(type)),
    versions: versions?.filter(({ state }) => state !== 'Target' && state !== 'Preview'),
  };
}

/** Equal as JSON: whatever the order of members, and undefined is absent. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => same(left[key], right[key]));
}

const telling = ({ conditions, versions, services, replicas: _r, readyReplicas: _n, pods: _p, share: _s, ...rest }: Status) => ({
  ...rest,
  conditions: conditions?.map(({ type, status, reason }) => ({ type, status, reason })),
  versions: versions?.map(({ instances, gates: _g, message: _m, ...version }) => ({
    ...version,
    instances: instances?.map(({ name, role, unproven }) => ({ name, role, unproven })),
  })),
  services: services?.map(({ name, role, instance, ladder }) => ({ name, role, instance, rung: ladder?.rung })),
});
