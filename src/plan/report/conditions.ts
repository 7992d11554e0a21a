// The conditions of an App: what is true now, by what was seen, not by what is about to be done.
import { assertNever } from '../../model/action.ts';
import type { Condition } from '../../model/app.ts';
import type { InstanceSeen } from '../../model/observed.ts';
import type { ConditionType } from '../../model/vocabulary.ts';
import { CONDITION, REASON } from '../../model/vocabulary.ts';
import { unknownControllers } from '../read/controllers.ts';
import { isUnproven } from '../steps/failure.ts';
import type { Answer } from './available.ts';
import { available } from './available.ts';
import { heldUp, heldUpForNow } from './gates.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import { passedOver } from '../choose/held.ts';
import { stopping } from '../read/overlap.ts';
import { judgedAt } from '../steps/patience.ts';
import type { Candidacy, Findings } from '../read/scene.ts';
import { instant } from '../read/timer.ts';
import { isTelling, symptomOf } from '../read/symptoms.ts';
import { choiceTrouble, counted, lasting, stalled } from './stalled.ts';
import { upToDate } from './uptodate.ts';
import { title, titleOf } from '../read/versions.ts';

/** Why Reconciling is true. Draining covers everything between the switch and the end of the old version. */
export function reconciling(findings: Findings): Finding | undefined {
  const { app, creation, choice, target, routing, standing } = findings;
  if (app.paused) return undefined;
  if (creation.underway !== undefined) return creation.underway;
  const turn = stopping(findings, target);
  if (turn !== undefined) return turn;
  if (target !== undefined) return heldUpForNow(findings) === undefined ? rising(findings, target) : undefined;
  if (choice.version !== undefined && choice.version !== routing.serving)
    return finding(REASON.BringingUp, `${title(choice.version)} is brought up next`);
  const leaving = standing.placements.find(
    ({ role, version }) =>
      role === 'Draining' ||
      role === 'Surplus' ||
      (role === 'Discarded' && version.failed === undefined && version.replacementFailure === undefined),
  );
  if (leaving !== undefined) return finding(REASON.Draining, `${leaving.instance.name} served before and is draining`);
  const { active } = routing;
  if (active !== undefined && active.available < app.replicas) return short(findings, active, app.replicas);
  return undefined;
}

/** How far the target is, and what delays it. It is in progress, whatever its pods say, until it has failed. */
function rising(findings: Findings, { version, instance, wanted, judgement }: Candidacy): Finding {
  const held = heldUp(findings);
  if (held !== undefined) return held;
  const verdict = judgement?.verdict;
  if (verdict?.is !== 'wait') return finding(REASON.BringingUp, `${title(version)} is being brought up to ${String(wanted)} pods`);
  const symptom = symptomOf(findings, instance);
  if (symptom === undefined || instance === undefined || verdict.reason !== REASON.NotAvailable)
    return finding(REASON.BringingUp, verdict.message);
  const progress = counted(instance.available, wanted, titleOf(version, instance));
  const due = judgedAt(findings, instance); // nothing is reported as rising while paused
  const deadline = `judged ${due === undefined ? 'in time' : `at ${instant(due)}`} (progressDeadlineSeconds ${String(findings.app.promotion.progressDeadlineSeconds)})`;
  return finding(isTelling(symptom) ? symptom.reason : REASON.BringingUp, `${progress}: ${symptom.message}; ${deadline}`);
}

/** The active instance has too few pods, and why, as far as is known. */
function short(findings: Findings, active: InstanceSeen, wanted: number): Finding {
  const why = symptomOf(findings, active);
  const count = counted(active.available, wanted, active.name);
  return finding(REASON.ReplicasUnavailable, why === undefined ? count : `${count}: ${why.message}`);
}

function ready(findings: Findings, answered: Answer): [boolean, Finding] {
  const { app, choice, routing, versions, creation } = findings;
  const { active, serving } = routing;
  const asked =
    choiceTrouble(findings) ??
    (choice.version === versions.latest ? creation.trouble : undefined) ??
    findings.seen.failure ??
    lasting(findings)[0];
  if (asked !== undefined) return [false, asked];
  if (serving === undefined || active === undefined || serving !== choice.version) {
    if (app.paused) return [false, finding(REASON.Paused, 'spec.paused is set: nothing is created, switched or retired')];
    const held = stalled(findings) === undefined ? heldUpForNow(findings) : undefined;
    if (held !== undefined && answered[0] && active!.available >= app.replicas)
      return [true, finding(held.reason, `${title(serving!)} serves; ${held.message}`)];
    const why = stalled(findings) ?? held ?? reconciling(findings) ?? finding(REASON.NothingServes, 'no version serves yet');
    return [false, why];
  }
  // Until the content has settled, Latest is the version before: the present spec is not done yet.
  if (creation.underway !== undefined && choice.version === versions.latest && !choice.pointed) return [false, creation.underway];
  if (active.available < app.replicas) return [false, short(findings, active, app.replicas)];
  const service = routing.services.find(({ wish, trouble }) => wish.role !== 'Preview' && trouble !== undefined)?.trouble;
  const discarded = serving.discarded.find(({ fact }) => fact.instance === active.name)?.fact;
  const replacing = discarded && finding(REASON.Compromised, `${active.name} was compromised (${discarded.message}) and is being replaced`);
  const unwell = findings.drift.trouble ?? replacing ?? service;
  if (unwell !== undefined) return [false, unwell];
  const [isAvailable, why] = answered;
  if (!isAvailable) return [false, why];
  const held = heldUpForNow(findings);
  if (held !== undefined) return [true, finding(held.reason, `${title(serving)} serves; ${held.message}`)];
  if (choice.why === 'Repair') return [false, reconciling(findings) ?? why];
  if (versions.latest !== serving && versions.latest.record !== undefined && versions.latest.failed === undefined) {
    const passed = passedOver(findings, versions.latest);
    return [
      true,
      finding(
        REASON.AwaitingActivation,
        `${title(serving)} serves; ${title(versions.latest)} is newer and ${passed?.message ?? 'waits for spec.activeVersion to name it'}`,
      ),
    ];
  }
  if (app.paused)
    return [true, finding(REASON.Paused, `${title(serving)} serves; spec.paused is set: nothing is created, switched or retired`)];
  const unproven = isUnproven(findings) ? '; no pod of it has been up yet, so it is proven once it is scaled up' : '';
  return [true, finding(REASON.Serving, `${title(serving)} serves with ${String(active.available)} pods${unproven}`)];
}

export function conditionsOf(findings: Findings, now: string): Condition[] {
  const { app } = findings;
  const answered = available(findings);
  const [isReady, readyWhy] = ready(findings, answered);
  const stuck = stalled(findings);
  const moving = stuck === undefined ? reconciling(findings) : undefined; // never both: kstatus would report the first one only
  const next: Condition[] = [
    condition(app.generation, CONDITION.available, ...answered),
    condition(app.generation, CONDITION.ready, isReady, readyWhy),
    condition(app.generation, CONDITION.upToDate, ...upToDate(findings, answered)),
    enforced(findings),
    ...(moving === undefined ? [] : [condition(app.generation, CONDITION.reconciling, true, moving)]),
    ...(stuck === undefined ? [] : [condition(app.generation, CONDITION.stalled, true, stuck)]),
  ];
  return next.map((entry) =>
    carry(
      app.status.conditions?.find(({ type }) => type === entry.type),
      entry,
      now,
    ),
  );
}

/** The result of the last probe. Before the first one, what status says already. */
function enforced({ app, seen: { fleet } }: Findings): Condition {
  const { enforcement } = fleet;
  const of = (status: boolean, reason: Finding['reason'], message: string): Condition =>
    condition(app.generation, CONDITION.enforced, status, finding(reason, message));
  switch (enforcement.is) {
    case 'enforced': {
      const refused = unknownControllers(enforcement);
      if (refused !== undefined) return condition(app.generation, CONDITION.enforced, false, refused);
      return of(
        true,
        REASON.PoliciesInForce,
        `the API server refuses changes of what was published (policies at revision ${String(enforcement.revision)})`,
      );
    }
    case 'detect only':
      return of(false, REASON.DetectOnly, enforcement.why);
    case 'unknown': {
      const before = app.status.conditions?.find(({ type }) => type === CONDITION.enforced);
      const unasked = of(false, REASON.NotProbed, 'the API server has not been asked yet whether the admission policies are in force');
      return before === undefined ? { ...unasked, status: 'Unknown' } : { ...before, observedGeneration: app.generation };
    }
    default:
      return assertNever(enforcement);
  }
}

const condition = (observedGeneration: number, type: ConditionType, status: boolean, { reason, message }: Finding): Condition => ({
  type,
  status: status ? 'True' : 'False',
  observedGeneration,
  reason,
  message,
});

/** The one place that moves lastTransitionTime, and only when the status changed. */
export const carry = (old: Condition | undefined, next: Condition, now: string): Condition => ({
  ...next,
  lastTransitionTime: (old?.status === next.status ? old?.lastTransitionTime : undefined) ?? now,
});
