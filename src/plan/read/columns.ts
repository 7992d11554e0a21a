// What people are shown of a version in lists: names first, then the id without what every id of the App begins with. For display only:
// what is captured has no name of its own, since two versions must never answer to one.
import type { App } from '../../model/app.ts';
import type { InstanceSeen, RecordSeen } from '../../model/observed.ts';
import type { Version, Versions } from './versions.ts';

/** `1.1 (c56lcd8llx)`, `1.1+flags (…)` of what a changed ConfigMap made of it, or the id alone. `…` while nobody can tell what it is. */
export function called({ name }: Pick<App, 'name'>, versions: Known, version: Version): string {
  if (version.id === '') return '…';
  const id = short(name, version.id);
  const label = version.names[0] ?? captured(name, versions, version);
  return label === undefined ? id : `${label} (${id})`;
}

type Known = Pick<Versions, 'all'>;

const short = (app: string, name: string): string => (name.startsWith(`${app}-`) ? name.slice(app.length + 1) : name);

/** At most so many ConfigMaps are listed. */
const MOST_SOURCES = 3;

/** The name that its template and inline config had before, and the ConfigMaps that say something else than they did then. */
function captured(app: string, { all }: Known, { record }: Version): string | undefined {
  if (record === undefined) return undefined;
  const isBase = (other: RecordSeen): boolean => other.meaning === record.meaning && other.revision < record.revision;
  const base = all.find(({ names, record: other }) => names.length > 0 && other !== undefined && isBase(other));
  if (base?.record === undefined) return undefined;
  const changed = changes(base.record, record).map((source) => short(app, source));
  const more = changed.length > MOST_SOURCES ? ['…'] : [];
  return [base.names[0], ...changed.slice(0, MOST_SOURCES), ...more].join('+');
}

/** ConfigMaps that were captured with another text, or not at all on one side. */
export function changes(before: RecordSeen, after: RecordSeen): string[] {
  const texts = ({ sources }: RecordSeen): Map<string, string> =>
    new Map(sources.map(({ name, uid, digest }) => [name, uid === '' ? '' : digest]));
  const [old, now] = [texts(before), texts(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name)).toSorted();
}

/** Pods that are available, of those that are asked for. */
export const podsOf = ({ replicas }: App, active: InstanceSeen | undefined): string =>
  `${String(active?.available ?? 0)}/${String(replicas)}`;
