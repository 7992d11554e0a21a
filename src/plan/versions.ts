// Joins what was seen into versions: one per record of ours, and Latest whether it has a record yet or not. Decides what belongs
// to this App; ignores everything that only claims to.
import type { App } from '../model/app.ts';
import type { AnnexSeen, ConfigSeen, Fact, InstanceSeen, RecordSeen, Snapshot } from '../model/observed.ts';
import type { Fingerprint, InstanceName, VersionId } from '../model/version.ts';
import { idOf } from '../model/version.ts';

export type FactOf<V extends Fact['verdict']> = Extract<Fact, { verdict: V }>;

export interface Version {
  readonly id: VersionId;
  readonly fingerprint: Fingerprint;
  readonly names: readonly string[];
  readonly record: RecordSeen | undefined;
  readonly configs: readonly ConfigSeen[];
  /** In order of their ordinals. */
  readonly instances: readonly InstanceSeen[];
  readonly held: (AnnexSeen & { readonly fact: FactOf<'held'> }) | undefined;
  readonly failed: (AnnexSeen & { readonly fact: FactOf<'failed'> }) | undefined;
}

export interface Versions {
  /** Latest first, then the newest record first, then what runs without a record. */
  readonly all: readonly Version[];
  readonly latest: Version;
  readonly highestRevision: number;
  /** By name or id, as people type it. */
  named(value: string): Version | undefined;
  /** Whose instance this is or was. */
  of(instance: string): Version | undefined;
}

export function joinVersions(seen: Snapshot, app: App): Versions {
  const records = seen.records
    .filter((record) => record.owner?.uid === app.uid && !record.deleting)
    .toSorted((a, b) => b.revision - a.revision || (a.name < b.name ? 1 : -1));
  const latestRecord = records.find(({ fingerprint }) => fingerprint === app.fingerprint);
  const latest = version(seen, app, latestRecord, app.fingerprint);
  const recorded = [
    latest,
    ...records.filter((record) => record !== latestRecord).map((record) => version(seen, app, record, record.fingerprint)),
  ];
  const all = [...recorded, ...unrecorded(seen, app, recorded)];
  return {
    all,
    latest,
    highestRevision: Math.max(0, ...records.map(({ revision }) => revision)),
    named: (value) => all.find(({ names, id }) => id === value || names.includes(value)),
    of: (instance) => all.find(({ id }) => isInstanceOf(id, instance)),
  };
}

/** Versions that run although their record is gone: they cannot be started again, but what serves must not be lost from sight. */
function unrecorded(seen: Snapshot, app: App, recorded: readonly Version[]): Version[] {
  const known = new Set(recorded.map(({ id }) => id));
  const ids = new Set(seen.instances.filter(({ id, owner }) => owner?.uid === app.uid && !known.has(id)).map(({ id }) => id));
  return [...ids]
    .toSorted()
    .map((id) => ({ ...version(seen, app, undefined, '' as Fingerprint), id, instances: instancesOf(seen, app, id) }));
}

const instancesOf = (seen: Snapshot, app: App, id: VersionId): InstanceSeen[] =>
  seen.instances
    .filter((instance) => instance.id === id && instance.owner?.uid === app.uid && isInstanceOf(id, instance.name))
    .toSorted((a, b) => ordinal(a.name) - ordinal(b.name));

const isInstanceOf = (id: VersionId, instance: string): boolean =>
  instance === id || (instance.startsWith(`${id}-`) && /^\d+$/.test(instance.slice(id.length + 1)));

function version(seen: Snapshot, app: App, record: RecordSeen | undefined, fingerprint: Fingerprint): Version {
  const id = record?.id ?? idOf(app.name, fingerprint);
  const own = record?.versionName ?? '';
  const alias = fingerprint === app.fingerprint && takenBy(seen.records, app) === undefined ? app.versionName : '';
  const annexes = record === undefined ? [] : seen.annexes.filter((annex) => annex.owner?.uid === record.uid && !annex.deleting);
  return {
    id,
    fingerprint,
    record,
    names: [...new Set([own, alias])].filter((name) => name !== ''),
    configs: record === undefined ? [] : seen.configs.filter((config) => config.owner?.uid === record.uid && !config.deleting),
    instances: instancesOf(seen, app, id),
    held: annexes.find((annex): annex is AnnexSeen & { fact: FactOf<'held'> } => annex.fact.verdict === 'held'),
    failed: annexes.find((annex): annex is AnnexSeen & { fact: FactOf<'failed'> } => annex.fact.verdict === 'failed'),
  };
}

/** The record of other content that already has the name in spec.version. */
export const takenBy = (records: readonly RecordSeen[], app: App): RecordSeen | undefined =>
  app.versionName === ''
    ? undefined
    : records
        .filter(({ owner, versionName }) => owner?.uid === app.uid && versionName === app.versionName)
        .toSorted((a, b) => a.revision - b.revision || (a.name < b.name ? -1 : 1))
        .find(({ fingerprint }) => fingerprint !== app.fingerprint);

/** `<id>` is the first; `<id>-n` the nth. An id ends in letters of the safe alphabet, so a short all-digit tail is an ordinal. */
export const ordinal = (name: InstanceName): number => {
  const tail = /-(\d{1,4})$/.exec(name)?.[1];
  return tail === undefined ? 1 : Number(tail);
};
