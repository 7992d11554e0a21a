// Why the pods of an instance are not up, reported while the version may still come up. Watching the status of all pods would cost memory for
// each, so they are read on demand, and never if the instance comes up in time. For messages only: nothing is decided by it.
import type { Action } from '../../model/action.ts';
import type { InstanceSeen } from '../../model/observed.ts';
import type { Evidence } from '../../model/question.ts';
import { REASON } from '../../model/vocabulary.ts';
import { refusedPods } from '../../workloads/complaint.ts';
import { explained } from './overlap.ts';
import type { Scene } from './scene.ts';

/** How long to wait before the first read; a healthy update is over by then. */
const FIRST_SECONDS = 10;
const SOON_SECONDS = 20;
const LATER_SECONDS = 60;
/** How long "not ready" is not worth reporting: many programs start slowly. */
const PATIENCE_SECONDS = 30;

/** Ordinary while an instance comes up: a container is not ready, or not created yet. */
const WEAK: ReadonlySet<string> = new Set([REASON.NotReadyInTime, REASON.NotStarted]);

const HELD: ReadonlySet<string> = new Set([REASON.Held, REASON.HeldAlong, REASON.Rejected]);

const lacksPods = ({ available, replicas, deleting }: InstanceSeen): boolean => available < replicas && !deleting;
const fact = ({ name }: InstanceSeen): string => `ailing ${name}`;

/** Status already has a symptom: a process that has just started reads the pods at once instead of dropping it for a while. */
const wasTold = ({ app: { status } }: Scene, { uid }: InstanceSeen): boolean =>
  (status.versions ?? []).some(
    ({ state, reason, instances = [] }) =>
      state !== 'Failed' && reason !== undefined && !HELD.has(reason) && instances.some((each) => each.uid === uid),
  );

/** Reads the pods of instances that should be up and are not, when due, unless they are being read for a verdict. */
export function ask(scene: Scene, instances: readonly (InstanceSeen | undefined)[], planned: readonly Action[]): Action[] {
  const ailing = [...new Set(instances)].filter((each) => each !== undefined).filter((each) => lacksPods(each) && each.pods > 0);
  const due = ailing.filter((instance) => isDue(scene, instance));
  const asked = planned.flatMap((action) => (action.do === 'ask' && action.question.ask === 'pods' ? action.question.instance : []));
  return due.filter(({ name }) => !asked.includes(name)).map(({ name }) => ({ do: 'ask', question: { ask: 'pods', instance: name } }));
}

function isDue(scene: Scene, instance: InstanceSeen): boolean {
  const { seen, timer } = scene;
  const since = timer.note(fact(instance), 'yes');
  const symptom = seen.answers.pods.get(instance.name)?.symptom;
  if (symptom === undefined || symptom.at < since) return timer.past(since, wasTold(scene, instance) ? 0 : FIRST_SECONDS);
  return timer.past(symptom.at, symptom.at - since < SOON_SECONDS * 1000 ? SOON_SECONDS : LATER_SECONDS);
}

/** Why an instance is not up, by its pods, or by whoever refuses to create them. */
export function symptomOf(scene: Scene, instance: InstanceSeen | undefined): Evidence | undefined {
  if (instance === undefined || !lacksPods(instance)) return undefined;
  const since = scene.timer.note(fact(instance), 'yes');
  const symptom = scene.seen.answers.pods.get(instance.name)?.symptom;
  const known = symptom !== undefined && symptom.at >= since ? symptom : undefined;
  if (known !== undefined && !WEAK.has(known.reason)) return explained(scene, instance, known);
  const patient = known?.container !== undefined && (known.at - since >= PATIENCE_SECONDS * 1000 || wasTold(scene, instance));
  return refusedPods(instance.complaint) ?? (patient ? known : undefined);
}

/** Whether its reason is shown instead of BringingUp. */
export const isTelling = (evidence: Evidence | undefined): evidence is Evidence => evidence !== undefined && !WEAK.has(evidence.reason);
