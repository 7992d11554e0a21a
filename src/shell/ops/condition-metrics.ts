// Metrics about the conditions of Apps. Every App in trouble is counted; only the worst two hundred are named, so that a fleet in trouble does not
// flood Prometheus. Reads status only.
import type { App, Tombstone } from '../../model/app.ts';
import type { ConditionType } from '../../model/vocabulary.ts';
import { CONDITION, REASON } from '../../model/vocabulary.ts';

export interface Trouble {
  readonly namespace: string;
  readonly name: string;
  readonly condition: ConditionType;
  readonly reason: string;
}

export interface ConditionCounts {
  readonly named: readonly Trouble[];
  readonly counted: readonly { readonly condition: ConditionType; readonly reason: string; readonly apps: number }[];
}

const MOST = 200;
/** The worst first. Not Ready is not among them: such an App is on its way, stalled, not available or paused. */
const OUT_OF_THE_ORDINARY: readonly (readonly [condition: ConditionType, status: 'True' | 'False'])[] = [
  [CONDITION.available, 'False'],
  [CONDITION.stalled, 'True'],
  [CONDITION.reconciling, 'True'],
];

export function countConditions(apps: Iterable<App | Tombstone>, most = MOST): ConditionCounts {
  const kept = OUT_OF_THE_ORDINARY.map((): Trouble[] => []);
  const counts = new Map<string, ConditionCounts['counted'][number]>();
  for (const app of apps) {
    if (app.deleting) continue;
    for (const [rank, [condition, status]] of OUT_OF_THE_ORDINARY.entries()) {
      const reason = reasonFor(app, condition, status);
      if (reason === undefined) continue;
      const key = `${condition} ${reason}`;
      counts.set(key, { condition, reason, apps: (counts.get(key)?.apps ?? 0) + 1 });
      const { namespace, name } = app;
      if (kept[rank]!.length < most) kept[rank]!.push({ namespace, name, condition, reason });
    }
  }
  return { named: kept.flat().slice(0, most), counted: [...counts.values()] };
}

/** Whether it counts nowhere. */
export const isOrdinary = (app: App): boolean =>
  !app.deleting && OUT_OF_THE_ORDINARY.every(([condition, status]) => reasonFor(app, condition, status) === undefined);

/** Undefined if the condition is as it should be. An App whose status is about an older spec counts as Reconciling, as in kstatus. */
function reasonFor({ generation, status }: App | Tombstone, condition: ConditionType, wrong: 'True' | 'False'): string | undefined {
  if (condition === CONDITION.reconciling && status.observedGeneration !== generation) return REASON.NotObserved;
  const found = status.conditions?.find(({ type }) => type === condition);
  return found?.status === wrong ? (found.reason ?? '') : undefined;
}
