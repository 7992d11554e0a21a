// How lists show a version: its name, then its id without the name of the App. For display only: a version that a changed ConfigMap made has
// no name that could be typed, since two versions must never share one.
import type { App } from '../../model/app.ts';
import type { InstanceSeen, RecordSeen } from '../../model/observed.ts';
import type { Version, Versions } from './versions.ts';
import { isKnown } from './versions.ts';

/** `1.1 (c56lcd8llx)`, `1.1+flags (…)` after a change of ConfigMap flags, or the id alone. `…` while it is unknown. */
export function called({ name }: Pick<App, 'name'>, versions: Known, version: Version): string {
  if (!isKnown(version)) return '…';
  const id = short(name, version.id);
  const label = version.names[0] ?? captured(name, versions, version);
  return label === undefined ? id : `${label} (${id})`;
}

type Known = Pick<Versions, 'all'>;

const short = (app: string, name: string): string => (name.startsWith(`${app}-`) ? name.slice(app.length + 1) : name);

/** How many ConfigMaps are listed at most. */
const MOST_SOURCES = 3;

/** The name of an older version with the same template and inline config, and the ConfigMaps that have changed since. */
function captured(app: string, { all }: Known, { record }: Version): string | undefined {
  if (record === undefined) return undefined;
  const isBase = (other: RecordSeen): boolean => other.meaning === record.meaning && other.revision < record.revision;
  const base = all.find(({ names, record: other }) => names.length > 0 && other !== undefined && isBase(other));
  if (base?.record === undefined) return undefined;
  const changed = changes(base.record, record).map((source) => short(app, source));
  const more = changed.length > MOST_SOURCES ? ['…'] : [];
  return [base.names[0], ...changed.slice(0, MOST_SOURCES), ...more].join('+');
}

/** ConfigMaps that two versions captured with different text, or that only one of them captured. */
export function changes(before: RecordSeen, after: RecordSeen): string[] {
  const texts = ({ sources }: RecordSeen): Map<string, string> =>
    new Map(sources.map(({ name, uid, digest }) => [name, uid === '' ? '' : digest]));
  const [old, now] = [texts(before), texts(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name)).toSorted();
}

/** Available pods, of those desired: `2/3`. */
export const podsOf = ({ replicas }: App, active: InstanceSeen | undefined): string =>
  `${String(active?.available ?? 0)}/${String(replicas)}`;

/**
 * What is different between two versions, in one line: images, captured ConfigMaps, or that it is something else of the template or config. Names
 * only: no value of env or config.
 */
export function differenceOf(before: RecordSeen, after: RecordSeen): string {
  const images = [...new Set([...before.images, ...after.images].map(({ container }) => container))].flatMap((container) => {
    const [was, is] = [before, after].map((record) => record.images.find((image) => image.container === container)?.image);
    return was === is ? [] : [`${container}: ${was ?? 'none'} → ${is ?? 'none'}`];
  });
  const sources = changes(before, after).map((name) => `ConfigMap ${name}`);
  const isElse = images.length === 0 && before.meaning !== after.meaning;
  return [...images, ...sources, ...(isElse ? ['template or config'] : [])].join(', ');
}
