// Joins what was seen into versions: one for each record of ours, and Latest with or without a record. Decides what belongs to this App, by uid
// and content, not by labels.
import type { App } from '../../model/app.ts';
import type { FactSeen, ConfigSeen, Fact, FailedFact, InstanceSeen, RecordSeen, Seen, Snapshot } from '../../model/observed.ts';
import type { SourceFact } from '../../model/source.ts';
import type { Fingerprint, InstanceName, VersionId } from '../../model/version.ts';
import { idOf } from '../../model/version.ts';
import { owed } from './owed.ts';
import type { Timer } from './timer.ts';

/** A fact of one kind. */
export type FactOf<F extends Fact['is']> = FactSeen & { readonly fact: Extract<Fact, { is: F }> };

export interface Version {
  readonly id: VersionId;
  readonly fingerprint: Fingerprint;
  /** Names by which people may call it. */
  readonly names: readonly string[];
  /** Names that it was given after its record was made, even if another version has them now. */
  readonly aliases: readonly FactOf<'alias'>[];
  readonly record: RecordSeen | undefined;
  /** All our records with this content. There may be two after a create whose answer was lost. */
  readonly duplicates: readonly RecordSeen[];
  readonly configs: readonly ConfigSeen[];
  /** Sorted by ordinal. */
  readonly instances: readonly InstanceSeen[];
  readonly held: FactOf<'held'> | undefined;
  /** Its failure, while it is not to be tried again. */
  readonly failed: FactOf<'failed'> | undefined;
  /** A failed instance that was to replace the active one; the version itself did not fail. */
  readonly replacementFailure: FactOf<'failed'> | undefined;
  /** It collapsed, and the API server refuses to store that. Known as long as this process lives, or until it is stored. */
  readonly unrecordedFailure: FailedFact | undefined;
  /** The last failure, even if the version may be tried again. */
  readonly lastFailure: FactOf<'failed'> | undefined;
  readonly rejection: FactOf<'rejected'> | undefined;
  /** By a fact, or by an annotation that is not recorded yet. */
  readonly rejected: boolean;
  readonly renewals: readonly FactOf<'renewed'>[];
  /** Instances of it that were compromised. */
  readonly discarded: readonly FactOf<'discarded'>[];
  /** Ports that it served under, the last recorded first. */
  readonly ports: readonly FactOf<'ports'>[];
  /** What gates of its authors said of its instances. */
  readonly proofs: readonly FactOf<'gates'>[];
  /** The images that it ran when it first was fully available. */
  readonly ran: FactOf<'images'> | undefined;
  /** The facts about it from a deleted App have been copied. */
  readonly restored: boolean;
  /** Spec hashes that its Deployments may have; never the empty one. */
  readonly specHashes: ReadonlySet<string>;
  /** Instances that are not used again, and names that are never used again. */
  readonly spentNames: ReadonlySet<InstanceName>;
}

/** What Latest is made of. */
export interface LatestContent {
  /** Canonical; undefined while it is not at hand: then a record has it, or nobody knows it yet. */
  readonly text: string | undefined;
  /** By which its record is known, the one that a new record gets first; none while its content is unknown. */
  readonly fingerprints: readonly Fingerprint[];
  /** What was captured into it. */
  readonly sources: readonly SourceFact[];
}

export interface Versions {
  /** Latest first, then by record, newest first, then instances without a record. */
  readonly all: readonly Version[];
  readonly latest: Version;
  readonly highestRevision: number;
  /** By name or id, as people type it. An id may lack the name of the App in front, as in lists. */
  named(value: string): Version | undefined;
  /** The version that this instance runs or ran. */
  of(instance: string): Version | undefined;
}

/** Id of Latest while its content is unknown. No object has this id, and it is never shown. */
const UNKNOWN = '' as VersionId;

/** False for Latest while its content is unknown. */
export const isKnown = ({ id }: Pick<Version, 'id'>): boolean => id !== UNKNOWN;

/** Records of this App, newest first. Without those whose content does not hash to their fingerprint. */
export const recordsOf = (seen: Snapshot, app: App): RecordSeen[] =>
  seen.records
    .filter((record) => record.owner?.uid === app.uid && !record.deleting && record.authentic)
    .toSorted((a, b) => b.revision - a.revision || (a.name < b.name ? 1 : -1));

/** Whether it differs from an older version only in captured ConfigMaps: a changed ConfigMap made it, not a push. */
export const isMadeByCapture = (record: RecordSeen, records: readonly RecordSeen[]): boolean =>
  record.sources.length > 0 && records.some(({ meaning, revision }) => meaning === record.meaning && revision < record.revision);

/**
 * Which version each name belongs to: an alias wins over a record, a later one over an earlier one. naming.ts gives a name to another version
 * only if its holder never served. That is not checked again here: after a loss of status the name would go back.
 */
function holdersOf(seen: Snapshot, records: readonly RecordSeen[]): ReadonlyMap<string, Fingerprint> {
  const owners = new Map(records.map((record) => [record.uid, record]));
  const aliases = seen.factsSeen.flatMap(({ fact, owner, deleting, createdAt }) => {
    const record = owners.get(owner?.uid ?? '');
    return fact?.is !== 'alias' || deleting || record === undefined ? [] : [{ name: fact.name, record, createdAt }];
  });
  const inOrder = aliases.toSorted((a, b) => a.createdAt - b.createdAt || a.record.revision - b.record.revision);
  return new Map([
    ...records.toReversed().map((record): [string, Fingerprint] => [record.versionName, record.fingerprint]),
    ...inOrder.map(({ name, record }): [string, Fingerprint] => [name, record.fingerprint]),
  ]);
}

export function joinVersions(seen: Snapshot, app: App, { fingerprints }: Pick<LatestContent, 'fingerprints'>, timer: Timer): Versions {
  const records = recordsOf(seen, app);
  const latestRecord = records.find(({ fingerprint }) => fingerprints.includes(fingerprint));
  const holders = holdersOf(seen, records);
  const join = (record: RecordSeen | undefined, id = record?.id, fingerprint = record?.fingerprint): Version => {
    const duplicates = records.filter((other) => other.fingerprint === record?.fingerprint);
    return version({ seen, app, timer, holders }, record, duplicates, id, fingerprint);
  };
  const [first] = fingerprints;
  const latest = latestRecord === undefined ? join(undefined, first && idOf(app.name, first), first) : join(latestRecord);
  const distinct = records.filter(({ fingerprint }, i) => records.findIndex((other) => other.fingerprint === fingerprint) === i);
  const recorded = [latest, ...distinct.filter((record) => record !== latestRecord).map((record) => join(record))];
  const all = [...recorded, ...unrecorded(seen, app, recorded).map((id) => join(undefined, id))];
  return {
    all,
    latest,
    highestRevision: Math.max(0, ...records.map(({ revision }) => revision)),
    named: (value) =>
      all.find(({ names, id }) => id === value || names.includes(value)) ??
      (value !== '' && value === app.versionName && latest.record === undefined ? latest : undefined) ??
      all.find((version) => isKnown(version) && version.id === `${app.name}-${value}`),
    of: (instance) => all.find((version) => isKnown(version) && isInstanceOf(version.id, instance)),
  };
}

/** Versions that run although their record is gone. They cannot be started again, but one of them may serve. */
function unrecorded(seen: Snapshot, app: App, recorded: readonly Version[]): VersionId[] {
  const known = new Set(recorded.map(({ id }) => id));
  const ids = new Set(seen.instances.filter(({ id, owner }) => owner?.uid === app.uid && !known.has(id)).map(({ id }) => id));
  return [...ids].toSorted();
}

const instancesOf = (seen: Snapshot, app: App, id: VersionId): InstanceSeen[] =>
  seen.instances
    .filter((instance) => instance.id === id && instance.owner?.uid === app.uid && isInstanceOf(id, instance.name))
    .toSorted((a, b) => ordinal(a.name) - ordinal(b.name));

export const isInstanceOf = (id: string, instance: string): boolean =>
  instance === id || (instance.startsWith(`${id}-`) && /^\d+$/.test(instance.slice(id.length + 1)));

interface Named {
  readonly seen: Snapshot;
  readonly app: App;
  readonly timer: Timer;
  /** Which version each name belongs to. */
  readonly holders: ReadonlyMap<string, Fingerprint>;
}

function version(
  { seen, app, timer, holders }: Named,
  record: RecordSeen | undefined,
  duplicates: readonly RecordSeen[],
  id = UNKNOWN,
  fingerprint = '' as Fingerprint,
): Version {
  const own = <T extends Seen>(all: readonly T[]): T[] =>
    all.filter(({ owner, deleting }) => !deleting && duplicates.some(({ uid }) => uid === owner?.uid));
  const factsSeen = own<FactSeen>(seen.factsSeen);
  const facts = <F extends Fact['is']>(is: F): FactOf<F>[] =>
    factsSeen.filter((factSeen): factSeen is FactOf<F> => factSeen.fact?.is === is);
  const [lastFailure] = facts('failed');
  const failed = lastFailure !== undefined && inForce(lastFailure, timer) ? lastFailure : undefined;
  const [rejection] = facts('rejected');
  const renewals = facts('renewed');
  const discarded = facts('discarded');
  const aliases = facts('alias');
  const names = [record?.versionName ?? '', ...aliases.map(({ fact }) => fact.name)]
    .filter((name) => holders.get(name) === record?.fingerprint)
    .filter((name, i, all) => name !== '' && all.indexOf(name) === i);
  const { reject } = app.annotations;
  const isMeant = (typed: string): boolean =>
    typed === id || names.includes(typed) || (`${app.name}-${typed}` === id && !holders.has(typed));
  const listed = reject.versions.some(isMeant);
  return {
    id,
    fingerprint,
    record,
    names,
    aliases,
    duplicates,
    configs: own(seen.configs),
    instances: instancesOf(seen, app, id),
    held: facts('held')[0],
    failed: failed?.fact.replacement === true ? undefined : failed,
    replacementFailure: failed?.fact.replacement === true ? failed : undefined,
    unrecordedFailure: failed === undefined && rejection === undefined ? unrecordedFailureOf(timer, id, renewals) : undefined,
    lastFailure,
    rejection,
    rejected: rejection !== undefined || (listed && !renewals.some(({ fact }) => fact.reject === reject.typed)),
    renewals,
    discarded,
    ports: facts('ports').toSorted((a, b) => b.fact.serial - a.fact.serial),
    proofs: facts('gates'),
    ran: facts('images')[0],
    restored: facts('restored').length > 0,
    specHashes: new Set(
      [record?.specHash ?? '', ...facts('specHash').map(({ fact }) => fact.specHash)].filter((specHash) => specHash !== ''),
    ),
    spentNames: new Set([...renewals.flatMap(({ fact }) => fact.instances), ...discarded.map(({ fact }) => fact.instance)]),
  };
}

/** Unless a renewal has replaced the instance since. */
function unrecordedFailureOf(timer: Timer, id: VersionId, renewals: readonly FactOf<'renewed'>[]): FailedFact | undefined {
  const fact = owed(timer, 'failed', id)?.fact;
  return renewals.some(({ fact: { instances } }) => instances.some((name) => name === fact?.instance)) ? undefined : fact;
}

const FIRST_RETRY_SECONDS = 60;
const LONGEST_RETRY_SECONDS = 3600;
/** A failure that was the cluster's fault is tried again: after a minute, then twice as long each time, up to an hour. */
export const retryAfterSeconds = (attempt: number): number => Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** attempt);

/** When a failure that was the cluster's fault is tried again. */
export const retryAt = ({ fact, createdAt }: FactOf<'failed'>): number => createdAt + retryAfterSeconds(fact.attempt) * 1000;

const inForce = ({ fact, createdAt }: FactOf<'failed'>, timer: Timer): boolean =>
  fact.cause === 'version' || !timer.past(createdAt, retryAfterSeconds(fact.attempt));

/** The id, with the name if it has one. */
export const title = ({ id, names: [name] }: Pick<Version, 'id' | 'names'>): string => (name === undefined ? id : `${id} (${name})`);

/** An instance, with the name of its version if it has one. */
export const titleOf = ({ names: [name] }: Pick<Version, 'names'>, instance: Pick<InstanceSeen, 'name'>): string =>
  name === undefined ? instance.name : `${instance.name} (${name})`;

/** Whether two versions have the same template and inline config. */
export const isOfSpec = ({ record }: Version, app: App): boolean => record !== undefined && app.meanings.includes(record.meaning);

/** The other version that has the name in spec.version already. */
export const takenBy = ({ all, latest }: Pick<Versions, 'all' | 'latest'>, app: App): Version | undefined =>
  app.versionName === '' ? undefined : all.find((version) => version !== latest && version.names.includes(app.versionName));

/** `<id>` is the first; `<id>-n` the nth. An id ends in letters of the safe alphabet, so a short all-digit tail is an ordinal. */
export const ordinal = (name: InstanceName): number => {
  const tail = /-(\d{1,4})$/.exec(name)?.[1];
  return tail === undefined ? 1 : Number(tail);
};
