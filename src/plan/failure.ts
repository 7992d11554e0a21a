// When a version fails, and what is kept of it. Past the deadline its pods are asked why, once; what the cluster lacks is tried again,
// what the version lacks is final. A version that collapses right after it was switched to fails too: its predecessor then serves again.
import type { Action } from '../model/action.ts';
import type { Evidence, FailedFact, InstanceSeen } from '../model/observed.ts';
import { REASON } from '../model/vocabulary.ts';
import { attest, lift } from './decisions.ts';
import { sound } from './pointer.ts';
import type { Candidacy } from './promotion.ts';
import type { Stage } from './scene.ts';
import type { Version } from './versions.ts';

/** A verdict on a candidate that a gate failed. If another instance of the version serves, only this instance did. */
export function condemn(stage: Stage, candidacy: Candidacy | undefined): Action[] {
  if (candidacy?.judgement?.verdict.is !== 'fail' || stage.app.paused) return [];
  const { version, wanted } = candidacy;
  const instance = candidacy.instance!; // it was judged
  const { reason, message } = candidacy.judgement.verdict;
  // Only for want of pods is it worth asking them; what is not what was published is final.
  if (reason !== REASON.ProgressDeadlineExceeded) return convict(stage, version, instance, { cause: 'version', reason, message });
  const evidence = stage.seen.evidence.get(instance.name);
  if (evidence === undefined) return [{ do: 'examine', instance: instance.name }];
  const count = `${String(instance.available)} of ${String(wanted)} pods were available in time`;
  return convict(stage, version, instance, { ...evidence, message: `${count}; ${evidence.message}` });
}

/** Within failbackSeconds after a switch: no available pod where traffic went, one at least where it came from. */
export function failBack(stage: Stage): Action[] {
  const { app, versions, routing, seen, watch } = stage;
  const { route, active, serving } = routing;
  const [last] = app.status.history ?? [];
  if (app.paused || route === undefined || active === undefined || serving?.record === undefined || !sound(serving)) return [];
  // What comes up from zero did not collapse, even if what is warm comes up sooner.
  const atZero = `at zero ${active.name}`;
  if (active.replicas === 0 || (active.available === 0 && watch.knew(atZero, 'yes'))) {
    watch.note(atZero, 'yes');
    return [];
  }
  if (active.available > 0 || last?.flip !== route.flip) return [];
  const before = versions.of(route.previous);
  const old = before?.instances.find(({ name, deleting }) => name === route.previous && !deleting && !before.over.has(name));
  if (before === undefined || before === serving || !sound(before) || (old?.available ?? 0) === 0) return [];
  const switchedAt = Date.parse(last.at ?? '');
  // An instance that is younger than the switch was deleted and made anew: that is nobody's collapse.
  if (active.createdAt > switchedAt || watch.past(switchedAt, app.promotion.failbackSeconds)) return [];
  const evidence = seen.evidence.get(active.name);
  if (evidence === undefined) return [{ do: 'examine', instance: active.name }];
  const message = `no pod was left within failbackSeconds ${String(app.promotion.failbackSeconds)} of the switch; ${evidence.message}`;
  return convict(stage, serving, active, { ...evidence, cause: 'version', reason: REASON.FailedBack, message });
}

/** What befell a version before it came up at last is forgotten once it serves. */
export function forgive({ routing: { serving } }: Stage): Action[] {
  const { setback, failed, stumbled } = serving ?? {};
  return setback === undefined || failed !== undefined || stumbled !== undefined ? [] : [lift(setback, 'it serves')];
}

function convict(stage: Stage, version: Version, { name: instance }: InstanceSeen, evidence: Evidence): Action[] {
  const { routing, choice } = stage;
  const fact: FailedFact = {
    is: 'failed',
    ...evidence,
    by: choice.by,
    instance,
    attempt: version.setback === undefined ? 0 : version.setback.fact.attempt + 1,
    ...(version === routing.serving && instance !== routing.route?.instance ? { replacement: true as const } : {}),
  };
  const before = version.setback === undefined ? [] : [lift(version.setback, 'it failed again')];
  return [...before, ...attest(stage, version, fact, evidence.reason)];
}
