// When a version fails, and what is recorded. After the deadline its pods are read once for the cause: a fault of the cluster is tried again, a
// fault of the version is not. A version that collapses right after its switch fails, too: then its predecessor serves again.
import type { Action } from '../../model/action.ts';
import type { FailedFact, InstanceSeen } from '../../model/observed.ts';
import type { Evidence } from '../../model/question.ts';
import { REASON } from '../../model/vocabulary.ts';
import { neglect } from '../read/controllers.ts';
import { explained, runsAlone } from '../read/overlap.ts';
import { sound } from '../choose/pointer.ts';
import { owe } from '../read/owed.ts';
import { isRefused } from './refusal.ts';
import { hasWayBack, settleProof } from './proof.ts';
import type { Candidacy, Proof, Stage } from '../read/scene.ts';
import type { Version } from '../read/versions.ts';
import { attest, lift } from '../read/facts.ts';

/** Records the failure of a candidate. If another instance of the version serves, only this instance has failed. */
export function failCandidate(stage: Stage, candidacy: Candidacy | undefined): Action[] {
  const proof = [candidacy?.proof, candidacy?.climb?.during].find((each) => each?.verdict.is === 'fail');
  const verdict = candidacy?.judgement?.verdict.is === 'fail' ? candidacy.judgement.verdict : proof?.verdict;
  if (candidacy === undefined || verdict?.is !== 'fail' || stage.app.paused) return [];
  const { version, wanted } = candidacy;
  const instance = candidacy.instance!; // a candidate that failed has one
  const { reason, message } = verdict;
  // Pods are read only if they are not up in time. A failure of another gate needs no further evidence.
  if (reason !== REASON.ProgressDeadlineExceeded)
    return fail(stage, version, instance, { cause: 'version', reason, message }, failedGate(proof));
  const evidence = neglect(stage, instance) ?? stage.seen.answers.pods.get(instance.name)?.evidence;
  if (evidence === undefined) return [{ do: 'ask', question: { ask: 'pods', instance: instance.name } }];
  const count = `${String(instance.available)} of ${String(wanted)} pods were available in time`;
  return fail(stage, version, instance, { ...evidence, message: `${count}; ${explained(stage, instance, evidence).message}` });
}

/**
 * A collapse: within failbackSeconds after a switch the new instance has no available pod, and the old one has at least one. An App that is
 * scaled up from zero first has progressDeadlineSeconds. If no pod of the version was ever up, traffic goes back even to a cold one.
 */
export function failBack(stage: Stage): Action[] {
  const { app, versions, routing, seen, timer } = stage;
  const { route, active, serving } = routing;
  const { failbackSeconds, progressDeadlineSeconds } = app.promotion;
  const [last] = app.status.history ?? [];
  if (app.paused || route === undefined || active === undefined || serving?.record === undefined || !sound(serving)) return [];
  const rise = riseOf(stage, active);
  if (rise === 'early' || active.available > 0 || last?.switchNumber !== route.switchNumber || failbackSeconds === 0) return [];
  const before = versions.of(route.previous);
  const old = before?.instances.find(({ name, deleting }) => name === route.previous && !deleting && !before.spentNames.has(name));
  if (before?.record === undefined || before === serving || !sound(before)) return [];
  const unproven = rise === 'late' && isUnproven(stage);
  if ((old?.available ?? 0) === 0 && !unproven && !runsAlone(app)) return [];
  const switchedAt = Date.parse(last.at ?? '');
  // An instance younger than the switch was deleted and created again: that is not a collapse.
  if (rise === 'none' && (active.createdAt > switchedAt || timer.past(switchedAt, failbackSeconds))) return [];
  const evidence = seen.answers.pods.get(active.name)?.evidence;
  if (evidence === undefined) return [{ do: 'ask', question: { ask: 'pods', instance: active.name } }];
  const what =
    rise === 'late'
      ? `no pod came up within progressDeadlineSeconds ${String(progressDeadlineSeconds)} of being scaled up from 0`
      : `no pod was left within failbackSeconds ${String(failbackSeconds)} of the switch`;
  const cause = unproven ? evidence.cause : 'version';
  const message = `${what}; ${evidence.message}`;
  return insist(stage, serving, failureOf(stage, serving, active, { ...evidence, cause, reason: REASON.FailedBack, message }));
}

/**
 * What serves has passed the last gate of its author, or has failed one: then what served before does again. Who pinned it, or has nothing to go
 * back to, is only told.
 */
export function concludeTrial(stage: Stage & { readonly watched: Proof | undefined }): Action[] {
  const { routing, choice, watched } = stage;
  if (watched?.verdict.is === 'pass') return settleProof(stage, routing.serving!, watched);
  if (watched?.verdict.is !== 'fail' || choice.why === 'Pinned' || !hasWayBack(stage)) return [];
  const { reason, message } = watched.verdict;
  const fact = failureOf(stage, routing.serving!, watched.instance, { cause: 'version', reason, message });
  return insist(stage, routing.serving!, { ...fact, ...failedGate(watched) });
}

const failedGate = (proof: Proof | undefined): { gate?: string } => {
  const failed = proof?.gates.find(({ gate, verdict }) => gate.enforce && verdict.is === 'fail');
  return failed === undefined ? {} : { gate: `${failed.gate.phase}/${failed.gate.name}` };
};

/**
 * Traffic goes back even if the failure cannot be recorded. While the API server refuses that, only this process knows it, and tries again. A
 * person who names the version after that overrides it.
 */
export function failAgain(stage: Stage): Action[] {
  const { versions, choice, timer } = stage;
  return versions.all.flatMap((version) => {
    const { unrecordedFailure } = version;
    if (unrecordedFailure === undefined) return [];
    if (!choice.pointed || choice.version !== version) return insist(stage, version, unrecordedFailure);
    timer.wakeAt(timer.now + MOMENT_SECONDS * 1000);
    return [];
  });
}

/** A note made now counts from the next decision on. */
const MOMENT_SECONDS = 1;

function insist(stage: Stage, version: Version, fact: FailedFact): Action[] {
  const { seen, timer } = stage;
  const actions = recordFailure(version, fact);
  if (version.unrecordedFailure === undefined && !actions.some((action) => isRefused(seen, action))) return actions;
  owe(timer, version.id, fact);
  if (version.unrecordedFailure === undefined) timer.wakeAt(timer.now + MOMENT_SECONDS * 1000);
  return actions;
}

/** An instance scaled up from zero has not collapsed before progressDeadlineSeconds are over, even if the warm one is up sooner. */
function riseOf(stage: Stage, { name, replicas, available }: InstanceSeen): 'none' | 'early' | 'late' {
  const { app, timer } = stage;
  const atZero = `at zero ${name}`;
  if (replicas > 0 && (available > 0 || !(timer.knew(atZero, 'yes') || isUnproven(stage)))) return 'none';
  timer.note(atZero, 'yes');
  return replicas > 0 && timer.held(`rising ${name}`, 'yes', app.promotion.progressDeadlineSeconds) ? 'late' : 'early';
}

/** The switch happened at 0 replicas, and no pod has been available since. Unknown, hence false, if status is lost. */
export function isUnproven({ app: { status }, routing: { route, active } }: Pick<Stage, 'app' | 'routing'>): boolean {
  if (route === undefined || active === undefined || active.available > 0 || status.observedGeneration === undefined) return false;
  const reported = (status.history?.[0]?.switchNumber ?? 0) >= route.switchNumber;
  if (!reported) return active.replicas === 0;
  return (status.versions ?? []).some(({ instances = [] }) =>
    instances.some(({ uid, unproven }) => uid === active.uid && unproven === true),
  );
}

/** Failures of a version before it came up are deleted once it serves. */
export function clearFailure({ routing: { serving, active } }: Stage): Action[] {
  const { lastFailure, failed, replacementFailure } = serving ?? {};
  const isDown = active !== undefined && active.available === 0 && active.replicas > 0;
  return lastFailure === undefined || failed !== undefined || replacementFailure !== undefined || isDown
    ? []
    : [lift(lastFailure, 'it serves')];
}

const fail = (stage: Stage, version: Version, instance: InstanceSeen, evidence: Evidence, more: Pick<FailedFact, 'gate'> = {}): Action[] =>
  recordFailure(version, { ...failureOf(stage, version, instance, evidence), ...more });

function failureOf(stage: Stage, version: Version, { name: instance }: InstanceSeen, evidence: Evidence): FailedFact {
  const { routing, choice } = stage;
  return {
    is: 'failed',
    ...evidence,
    // Another try would mean downtime again: only a person may ask for that.
    cause: runsAlone(stage.app) && routing.serving !== undefined ? 'version' : evidence.cause,
    by: choice.by,
    instance,
    attempt: version.lastFailure === undefined ? 0 : version.lastFailure.fact.attempt + 1,
    ...(version === routing.serving && instance !== routing.route?.instance ? { replacement: true as const } : {}),
  };
}

function recordFailure(version: Version, fact: FailedFact): Action[] {
  const before = version.lastFailure === undefined ? [] : [lift(version.lastFailure, 'it failed again')];
  return [...before, ...attest(version, fact, fact.reason)];
}
