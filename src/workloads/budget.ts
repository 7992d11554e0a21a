// The PodDisruptionBudget of one instance: how it is rendered and read, and which other budgets in the namespace count our pods. Ours selects one
// instance only, so that warm pods never count for active ones. Never acts.
import type { KubeObject } from '../model/object.ts';
import type { App, Disruption } from '../model/app.ts';
import { list, obj, text } from '../model/json.ts';
import type { BudgetSeen, InstanceSeen } from '../model/observed.ts';
import { LABEL } from '../model/vocabulary.ts';
import { project } from './object.ts';

/** Unready pods serve nobody, so they never keep a node from being drained. */
const EVICTION = { unhealthyPodEvictionPolicy: 'AlwaysAllow' } as const;

/** Owned by the Deployment, so that it is deleted with it. */
export function renderBudget({ namespace, name: app }: App, instance: InstanceSeen, name: string, disruption: Disruption): KubeObject {
  const { name: deployment, uid, id } = instance;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name,
      namespace,
      labels: { [LABEL.app]: app, [LABEL.version]: id, [LABEL.instance]: deployment },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: deployment, uid, controller: true, blockOwnerDeletion: false }],
    },
    spec: { ...disruption, ...EVICTION, selector: { matchLabels: { [LABEL.instance]: deployment } } },
  };
}

export function projectBudget(raw: unknown): BudgetSeen {
  const { selector, minAvailable, maxUnavailable, unhealthyPodEvictionPolicy } = obj(obj(raw).spec);
  const disruption = maxUnavailable === undefined ? { minAvailable } : { maxUnavailable };
  const allows = unhealthyPodEvictionPolicy === undefined ? disruption : { ...disruption, unhealthyPodEvictionPolicy };
  return { ...project(raw), allows: spell(allows), selector: selector === undefined ? undefined : obj(selector) };
}

/** What it asks for, as one comparable word. */
export const spell = (rules: Readonly<Record<string, unknown>>): string =>
  Object.entries(rules)
    .map(([rule, value]) => `${rule}=${String(value)}`)
    .join();

/** What a budget of ours allows, as one comparable word. */
export const allowance = (disruption: Disruption): string => spell({ ...disruption, ...EVICTION });

/** Whether an instance of this size has a pod to spare. The disruption controller rounds percentages up. */
export function spares(disruption: Disruption, size: number): boolean {
  const count = (value: number | string): number => (typeof value === 'number' ? value : Math.ceil((parseInt(value, 10) * size) / 100));
  return 'minAvailable' in disruption ? count(disruption.minAvailable) < size : count(disruption.maxUnavailable) > 0;
}

type Labels = Readonly<Record<string, string>>;

/** As the API server reads a label selector: a missing one selects nothing, an empty one everything. */
export function covers({ selector }: BudgetSeen, labels: Labels): boolean {
  if (selector === undefined) return false;
  const wanted = Object.entries(obj(selector.matchLabels));
  return wanted.every(([key, value]) => labels[key] === value) && list(selector.matchExpressions).every((rule) => agrees(rule, labels));
}

function agrees({ key, operator, values }: Readonly<Record<string, unknown>>, labels: Labels): boolean {
  const value = labels[text(key)];
  const among = Array.isArray(values) && values.includes(value);
  if (operator === 'In') return value !== undefined && among;
  if (operator === 'NotIn') return value === undefined || !among;
  return operator === 'Exists' ? value !== undefined : value === undefined;
}

/** Whether it counts pods of several versions together, because it selects labels that all of them have. */
export function spans(budget: BudgetSeen, instances: readonly InstanceSeen[]): boolean {
  const covered = instances.filter(({ podLabels }) => covers(budget, podLabels));
  return covered.length > 1 || covered.some(({ podLabels }) => covers(budget, shared(podLabels)));
}

const shared = ({ [LABEL.version]: _, [LABEL.instance]: _i, ...labels }: Labels): Labels => labels;
