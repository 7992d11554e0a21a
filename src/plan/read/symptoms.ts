// What pods say while nobody judges them: of an instance that is not up, some while after its pods are there. A pod's words are not watched
// (that would cost memory for each of them), so they are asked for: what comes up in time is never asked. Words only; no verdict, no move.
import type { Action } from '../../model/action.ts';
import type { InstanceSeen } from '../../model/observed.ts';
import type { Evidence } from '../../model/question.ts';
import { REASON } from '../../model/vocabulary.ts';
import { refusedPods } from '../../workloads/complaint.ts';
import { explained } from './overlap.ts';
import type { Scene } from './scene.ts';

/** After this long they are asked for the first time; a healthy update is over by then. */
const FIRST_SECONDS = 10;
const SOON_SECONDS = 20;
const LATER_SECONDS = 60;
/** What only is not ready says nothing before this: many a program takes its time to start. */
const PATIENCE_SECONDS = 30;

/** That a container is not ready, or not created yet, is what coming up looks like. */
const WEAK: ReadonlySet<string> = new Set([REASON.NotReadyInTime, REASON.NotStarted]);

const HELD: ReadonlySet<string> = new Set([REASON.Held, REASON.HeldAlong, REASON.Rejected]);

const lacksPods = ({ available, replicas, deleting }: InstanceSeen): boolean => available < replicas && !deleting;
const fact = ({ name }: InstanceSeen): string => `ailing ${name}`;

/** What was said is in the report already: a process that has just started asks at once, rather than take it back for a while. */
const wasTold = ({ app: { status } }: Scene, { uid }: InstanceSeen): boolean =>
  (status.versions ?? []).some(
    ({ state, reason, instances = [] }) =>
      state !== 'Failed' && reason !== undefined && !HELD.has(reason) && instances.some((each) => each.uid === uid),
  );

/** Asks the pods of what is to be up and is not, once they are due and unless they are asked for a verdict. */
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

/** Why an instance is not up, as far as anybody says so: its pods, or who refuses them. */
export function symptomOf(scene: Scene, instance: InstanceSeen | undefined): Evidence | undefined {
  if (instance === undefined || !lacksPods(instance)) return undefined;
  const since = scene.timer.note(fact(instance), 'yes');
  const symptom = scene.seen.answers.pods.get(instance.name)?.symptom;
  const known = symptom !== undefined && symptom.at >= since ? symptom : undefined;
  if (known !== undefined && !WEAK.has(known.reason)) return explained(scene, instance, known);
  const patient = known?.container !== undefined && (known.at - since >= PATIENCE_SECONDS * 1000 || wasTold(scene, instance));
  return refusedPods(instance.complaint) ?? (patient ? known : undefined);
}

/** Its reason is worth more than that something is under way. */
export const isTelling = (evidence: Evidence | undefined): evidence is Evidence => evidence !== undefined && !WEAK.has(evidence.reason);
