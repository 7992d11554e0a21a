// When a version fails, and what is kept of it. Past the deadline its pods are asked why, once; what the cluster lacks is tried again,
// what the version lacks is final. A version that collapses right after it was switched to fails too: its predecessor then serves again.
import type { Action } from '../../model/action.ts';
import type { FailedFact, InstanceSeen } from '../../model/observed.ts';
import type { Evidence } from '../../model/question.ts';
import { REASON } from '../../model/vocabulary.ts';
import { neglect } from '../read/controllers.ts';
import { explained, runsAlone } from '../read/overlap.ts';
import { sound } from '../choose/pointer.ts';
import { owe } from '../read/owed.ts';
import { isRefused } from './refusal.ts';
import type { Candidacy, Stage } from '../read/scene.ts';
import type { Version } from '../read/versions.ts';
import { attest, lift } from '../read/facts.ts';

/** A verdict on a candidate that a gate failed. If another instance of the version serves, only this instance did. */
export function failCandidate(stage: Stage, candidacy: Candidacy | undefined): Action[] {
  if (candidacy?.judgement?.verdict.is !== 'fail' || stage.app.paused) return [];
  const { version, wanted } = candidacy;
  const instance = candidacy.instance!; // it was judged
  const { reason, message } = candidacy.judgement.verdict;
  // Only for want of pods is it worth asking them; what is not what was published is final.
  if (reason !== REASON.ProgressDeadlineExceeded) return fail(stage, version, instance, { cause: 'version', reason, message });
  const evidence = neglect(stage, instance) ?? stage.seen.answers.pods.get(instance.name)?.evidence;
  if (evidence === undefined) return [{ do: 'ask', question: { ask: 'pods', instance: instance.name } }];
  const count = `${String(instance.available)} of ${String(wanted)} pods were available in time`;
  return fail(stage, version, instance, { ...evidence, message: `${count}; ${explained(stage, instance, evidence).message}` });
}

/**
 * Within failbackSeconds after a switch: no available pod where traffic went, one at least where it came from. What is scaled up from zero
 * has the time that any version has to come up, and then goes back as well; if it was never up at all, even to what is cold.
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
  // An instance that is younger than the switch was deleted and made anew: that is nobody's collapse.
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
 * Traffic goes back whether its verdict can be kept or not: while the API server refuses that, it is known to this process only, and is
 * tried again. Whoever names the version anew wants it in spite of it.
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

/** What is noted only now counts from the next decision on. */
const MOMENT_SECONDS = 1;

function insist(stage: Stage, version: Version, fact: FailedFact): Action[] {
  const { seen, timer } = stage;
  const actions = recordFailure(stage, version, fact);
  if (version.unrecordedFailure === undefined && !actions.some((action) => isRefused(seen, action))) return actions;
  owe(timer, version.id, fact);
  if (version.unrecordedFailure === undefined) timer.wakeAt(timer.now + MOMENT_SECONDS * 1000);
  return actions;
}

/** What comes up from zero did not collapse, even if what is warm comes up sooner: not before progressDeadlineSeconds are over. */
function riseOf(stage: Stage, { name, replicas, available }: InstanceSeen): 'none' | 'early' | 'late' {
  const { app, timer } = stage;
  const atZero = `at zero ${name}`;
  if (replicas > 0 && (available > 0 || !(timer.knew(atZero, 'yes') || isUnproven(stage)))) return 'none';
  timer.note(atZero, 'yes');
  return replicas > 0 && timer.held(`rising ${name}`, 'yes', app.promotion.progressDeadlineSeconds) ? 'late' : 'early';
}

/** Traffic went to it while nothing was to run, and no pod of it has been available since. With status lost nobody can tell. */
export function isUnproven({ app: { status }, routing: { route, active } }: Pick<Stage, 'app' | 'routing'>): boolean {
  if (route === undefined || active === undefined || active.available > 0 || status.observedGeneration === undefined) return false;
  const reported = (status.history?.[0]?.switchNumber ?? 0) >= route.switchNumber;
  if (!reported) return active.replicas === 0;
  return (status.versions ?? []).some(({ instances = [] }) =>
    instances.some(({ uid, unproven }) => uid === active.uid && unproven === true),
  );
}

/** What befell a version before it came up at last is forgotten once it serves. */
export function clearFailure({ routing: { serving, active } }: Stage): Action[] {
  const { lastFailure, failed, replacementFailure } = serving ?? {};
  const isDown = active !== undefined && active.available === 0 && active.replicas > 0;
  return lastFailure === undefined || failed !== undefined || replacementFailure !== undefined || isDown
    ? []
    : [lift(lastFailure, 'it serves')];
}

const fail = (stage: Stage, version: Version, instance: InstanceSeen, evidence: Evidence): Action[] =>
  recordFailure(stage, version, failureOf(stage, version, instance, evidence));

function failureOf(stage: Stage, version: Version, { name: instance }: InstanceSeen, evidence: Evidence): FailedFact {
  const { routing, choice } = stage;
  return {
    is: 'failed',
    ...evidence,
    // Another try would stop what serves once more: that is for people to ask for.
    cause: runsAlone(stage.app) && routing.serving !== undefined ? 'version' : evidence.cause,
    by: choice.by,
    instance,
    attempt: version.lastFailure === undefined ? 0 : version.lastFailure.fact.attempt + 1,
    ...(version === routing.serving && instance !== routing.route?.instance ? { replacement: true as const } : {}),
  };
}

function recordFailure(stage: Stage, version: Version, fact: FailedFact): Action[] {
  const before = version.lastFailure === undefined ? [] : [lift(version.lastFailure, 'it failed again')];
  return [...before, ...attest(stage, version, fact, fact.reason)];
}
