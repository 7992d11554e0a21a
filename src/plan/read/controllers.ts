// On some distributions the cluster's own controllers have user names that the admission policies do not know. Then the policies refuse them, and
// no version gets a pod. Reports it, with the name to add, and blames no version for it.
import type { Enforcement, InstanceSeen } from '../../model/observed.ts';
import type { Evidence } from '../../model/question.ts';
import { REASON } from '../../model/vocabulary.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import type { Findings, Scene } from './scene.ts';

/** Who is refused, and what to do about it. */
export function unknownControllers(enforcement: Enforcement): Finding | undefined {
  if (enforcement.is !== 'enforced' || enforcement.refused === undefined) return undefined;
  const { refused } = enforcement;
  return finding(
    REASON.ControllersUnknown,
    `the admission policies refuse "${refused}", as whom this cluster's controllers act, so no version gets new pods: add the line ${refused} to controllers and to collectors in ConfigMap immutableapp-identities (kubectl edit configmap -n immutableapp-system immutableapp-identities)`,
  );
}

/** The same, where pods are missing. */
export function unattended({ app, seen, target, routing: { active } }: Findings): Finding | undefined {
  const [there, wanted] = target === undefined ? [active, app.replicas] : [target.instance, target.wanted];
  return there !== undefined && there.available < wanted ? unknownControllers(seen.fleet.enforcement) : undefined;
}

/** Why an instance has no pods, if the controllers are the cause: they were refused, or have not even looked at it. */
export function neglect({ seen }: Pick<Scene, 'seen'>, { name, observedGeneration }: InstanceSeen): Evidence | undefined {
  const refused = unknownControllers(seen.fleet.enforcement);
  if (refused !== undefined) return { cause: 'cluster', ...refused };
  if (observedGeneration > 0) return undefined;
  const message = `the Deployment controller has not looked at ${name} yet: does the controller manager run?`;
  return { cause: 'cluster', reason: REASON.NotObserved, message };
}
