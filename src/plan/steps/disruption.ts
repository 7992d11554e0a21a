// A PodDisruptionBudget for each instance, if spec.disruption asks for it: created after its Deployment, replaced when spec changes, never edited.
// An instance that does not serve gets none that its size cannot meet. Also warns of foreign budgets that count pods of several versions together.
import type { Action } from '../../model/action.ts';
import type { App, Disruption } from '../../model/app.ts';
import type { BudgetSeen, InstanceSeen, Snapshot } from '../../model/observed.ts';
import { REASON } from '../../model/vocabulary.ts';
import { allowance, covers, renderBudget, spans, spares, spell } from '../../workloads/budget.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import { freeBudget } from '../read/names.ts';
import type { Candidacy, Scene, Stage } from '../read/scene.ts';

export function guardBudgets(stage: Stage, target: Candidacy | undefined): Action[] {
  const { app, seen, versions } = stage;
  const { disruption } = app;
  return instancesOf(versions).flatMap((instance): Action[] => {
    const own = budgetsOf(seen, instance).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const wanted = disruption !== undefined && deserves(stage, target, instance, disruption) ? disruption : undefined;
    const right = own.find(({ allows }) => wanted !== undefined && allows === allowance(wanted));
    const wrong = own.filter((budget) => budget !== right);
    const gone = wrong.map(({ name, uid, allows }): Action => {
      const why = reason(disruption, wanted, allows);
      return { do: 'retire', kind: 'PodDisruptionBudget', name, uid, of: instance.uid, why };
    });
    if (wanted === undefined || right !== undefined) return gone;
    const object = renderBudget(app, instance, freeBudget(seen, instance), wanted);
    return [...gone, { do: 'publish', kind: 'PodDisruptionBudget', object, why: reason(disruption, wanted, '') }];
  });
}

/** A preview is smaller than the active instance. A budget that leaves it no pod to spare could keep a node from being drained for days. */
const deserves = (
  { app, routing }: Stage,
  target: Candidacy | undefined,
  { name, replicas }: InstanceSeen,
  disruption: Disruption,
): boolean =>
  name === routing.active?.name ||
  name === target?.instance?.name ||
  replicas === 0 ||
  replicas >= app.replicas ||
  spares(disruption, replicas);

/** Why a budget is created or deleted; `allows`: what it allows. */
function reason(disruption: Disruption | undefined, wanted: Disruption | undefined, allows: string): string {
  if (disruption === undefined) return 'spec.disruption is not set';
  if (wanted === undefined) return 'it would leave no pod to spare of an instance that does not serve';
  return allows === spell(wanted) ? 'pods that are not ready must not block a drain' : `spec.disruption says ${spell(wanted)}`;
}

const instancesOf = ({ all }: Scene['versions']): InstanceSeen[] =>
  all.flatMap(({ instances }) => instances).filter(({ deleting }) => !deleting);

const budgetsOf = ({ budgets }: Snapshot, { uid }: InstanceSeen): BudgetSeen[] =>
  budgets.filter(({ owner, deleting }) => owner?.uid === uid && !deleting);

/** A budget that leaves the active instance no pod to spare keeps nodes from being drained. */
export function tight({ disruption, replicas }: Pick<App, 'disruption' | 'replicas'>): Finding[] {
  if (disruption === undefined || replicas === 0 || spares(disruption, replicas)) return [];
  const words = `spec.disruption says ${spell(disruption)}, and of ${String(replicas)} pods none may go: draining a node waits for ever`;
  const way = 'minAvailable' in disruption ? 'let minAvailable be less, or replicas more' : 'let maxUnavailable be 1 at least';
  return [finding(REASON.NothingToSpare, `${words}: ${way}`)];
}

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
    `PodDisruptionBudget ${name} counts the pods of all versions together, so warm pods count for active ones: delete it and set spec.disruption, which makes one for each instance`,
  );

const overlap = ({ name }: BudgetSeen, namespace: string): Finding =>
  finding(
    REASON.BudgetsOverlap,
    `PodDisruptionBudget ${name} selects pods that spec.disruption guards, and the API server evicts no pod that has two: kubectl delete poddisruptionbudget -n ${namespace} ${name}`,
  );
