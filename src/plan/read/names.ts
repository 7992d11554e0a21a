// Names of the objects that we create. They are derived from the content, so that repeating a create makes no second object. A name that
// something else has, or that was compromised, is skipped.
import type { ConfigWish } from '../../model/app.ts';
import type { InstanceSeen, Snapshot } from '../../model/observed.ts';
import type { InstanceName, VersionId } from '../../model/version.ts';
import { configObjectName, instanceName } from '../../model/version.ts';
import type { Version } from './versions.ts';

const first = (fits: (ordinal: number) => boolean): number => {
  for (let ordinal = 1; ; ordinal++) if (fits(ordinal)) return ordinal;
};

/** The first of `<id>`, `<id>-2`, … that no Deployment has and no compromised one had. */
export function freeInstance({ instances, taken }: Snapshot, { id, spentNames }: Version): InstanceName {
  const held = new Set<string>(instances.map(({ name }) => name));
  const isFree = (name: InstanceName): boolean => !held.has(name) && !spentNames.has(name) && !taken.has(`Deployment/${name}`);
  return instanceName(
    id,
    first((ordinal) => isFree(instanceName(id, ordinal))),
  );
}

/** The first of `<id>`, `<id>-2`, … that no foreign record has, nor a fact of one. */
export function freeRecord({ records, factsSeen, taken, app }: Snapshot, id: VersionId): string {
  const strangers = records.filter(({ owner, authentic }) => owner?.uid !== app.uid || !authentic);
  const ours = new Set(records.filter((record) => !strangers.includes(record)).map(({ uid }) => uid));
  const held = [...strangers, ...factsSeen.filter(({ owner }) => !ours.has(owner?.uid ?? ''))].map(({ name }) => name);
  const gone = [...taken].flatMap((name) => (name.startsWith(REVISION) ? [name.slice(REVISION.length)] : []));
  const bases = new Set([...held, ...gone].map((name) => name.split('.')[0]!));
  return instanceName(
    id,
    first((ordinal) => !bases.has(instanceName(id, ordinal))),
  );
}

const REVISION = 'ControllerRevision/';

/** The first ordinal under which each config object of a version is its own or does not exist, and none was compromised. */
export function configOrdinal({ configs, taken }: Snapshot, { id, duplicates, discarded }: Version, wishes: readonly ConfigWish[]): number {
  const own = new Set(duplicates.map(({ uid }) => uid));
  const held = new Set(configs.filter(({ owner }) => !own.has(owner?.uid ?? '')).map(({ name }) => name));
  const compromised = new Set(discarded.map(({ fact }) => fact.configs));
  return first(
    (ordinal) =>
      !compromised.has(ordinal) &&
      wishes
        .map((config) => configObjectName(id, config.name, ordinal))
        .every((name) => !held.has(name) && !taken.has(`ConfigMap/${name}`)),
  );
}

/** The first of `<instance>`, `<instance>.2`, … that no foreign PodDisruptionBudget has. */
export function freeBudget({ budgets, taken }: Snapshot, { name, uid }: InstanceSeen): string {
  const held = new Set(budgets.filter(({ owner }) => owner?.uid !== uid).map((budget) => budget.name));
  const named = (ordinal: number): string => (ordinal === 1 ? name : `${name}.${String(ordinal)}`);
  return named(first((ordinal) => !held.has(named(ordinal)) && !taken.has(`PodDisruptionBudget/${named(ordinal)}`)));
}
