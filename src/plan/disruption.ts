// A PodDisruptionBudget for each instance, if spec.disruption asks for it: made when its Deployment is there, replaced when spec asks
// for another, never changed. Says also which budgets of other people count what must not be counted together.
import type { Action } from '../model/action.ts';
import type { BudgetSeen, InstanceSeen, Snapshot } from '../model/observed.ts';
import { REASON } from '../model/vocabulary.ts';
import { allowance, covers, renderBudget, spans } from '../workloads/budget.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import { freeBudget } from './names.ts';
import type { Scene } from './scene.ts';

export function guard({ app, seen, versions }: Scene): Action[] {
  return instancesOf(versions).flatMap((instance): Action[] => {
    const own = budgetsOf(seen, instance).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const { disruption } = app;
    const right = own.find(({ allows }) => disruption !== undefined && allows === allowance(disruption));
    const wrong = own.filter((budget) => budget !== right);
    const why = disruption === undefined ? 'spec.disruption is not set' : `spec.disruption says ${allowance(disruption)}`;
    const gone = wrong.map(({ name, uid }): Action => ({ do: 'retire', kind: 'PodDisruptionBudget', name, uid, why }));
    if (disruption === undefined || right !== undefined) return gone;
    const object = renderBudget(app, instance, freeBudget(seen, instance), disruption);
    return [...gone, { do: 'publish', kind: 'PodDisruptionBudget', object, why }];
  });
}

const instancesOf = ({ all }: Scene['versions']): InstanceSeen[] =>
  all.flatMap(({ instances }) => instances).filter(({ deleting }) => !deleting);

const budgetsOf = ({ budgets }: Snapshot, { uid }: InstanceSeen): BudgetSeen[] =>
  budgets.filter(({ owner, deleting }) => owner?.uid === uid && !deleting);

/** What is wrong with budgets that are not ours. */
export function miscounted({ app, seen, versions }: Pick<Scene, 'app' | 'seen' | 'versions'>): Finding[] {
  const instances = instancesOf(versions);
  const others = seen.budgets
    .filter(({ owner, deleting }) => !deleting && !seen.instances.some(({ uid }) => uid === owner?.uid))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return others.flatMap((budget): Finding[] => {
    const covered = instances.filter(({ podLabels }) => covers(budget, podLabels));
    if (app.disruption !== undefined && covered.length > 0) return [overlap(budget, app.namespace)];
    return spans(budget, instances) ? [span(budget)] : [];
  });
}

const span = ({ name }: BudgetSeen): Finding =>
  finding(
    REASON.BudgetSpansVersions,
    `PodDisruptionBudget ${name} counts the pods of all versions together, so warm pods vouch for active ones: delete it and set spec.disruption, which makes one for each instance`,
  );

const overlap = ({ name }: BudgetSeen, namespace: string): Finding =>
  finding(
    REASON.BudgetsOverlap,
    `PodDisruptionBudget ${name} selects pods that spec.disruption guards, and the API server evicts no pod that has two: kubectl delete poddisruptionbudget -n ${namespace} ${name}`,
  );
