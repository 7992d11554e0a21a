// What the version that serves refers to and that may change under it, each with a verdict: whether it has moved since. Of images the operator
// tells, where the App has them watched; ConfigMaps are asked for by their metadata, with the rights of who types. Of Secrets nothing is asked.
import { isPinned } from '../model/references.ts';
import type { VersionStatus } from '../model/spec.ts';
import { serving, type AppObject } from './apps.ts';
import type { Cluster, Metadata } from './cluster.ts';
import { Complaint, EXIT } from './exit.ts';
import { pathOf } from './paths.ts';

export interface Reference {
  /** `image httpd:2.4`, `ConfigMap/site`. */
  readonly name: string;
  readonly verdict: 'same' | 'moved' | 'unknown';
  readonly message: string;
}

/** What was seen of a ConfigMap: undefined where it is not there. */
export type Looked = ReadonlyMap<string, Metadata | undefined>;

export function references(app: AppObject, looked: Looked = new Map()): Reference[] {
  const active = serving(app);
  const live = app.status?.mutableReferences ?? [];
  return active === undefined
    ? []
    : [...(active.images ?? []).flatMap(imageVerdict), ...live.map((name) => verdictOf(name, active, looked))];
}

/** An image by digest is no reference that moves, and of one that nobody watches `versions` shows the tag. */
function imageVerdict({ container = '', image = '', digest, runs }: NonNullable<VersionStatus['images']>[number]): Reference[] {
  if (digest === undefined || isPinned(image)) return [];
  const name = `image ${image}`;
  return runs === undefined
    ? [{ name, verdict: 'same', message: `${container} runs ${digest}` }]
    : [{ name, verdict: 'moved', message: `a pod's ${container} runs ${runs}, but the version ran ${digest} at first` }];
}

function verdictOf(name: string, { servedFrom }: VersionStatus, looked: Looked): Reference {
  if (!looked.has(name) || servedFrom === undefined) return { name, verdict: 'unknown', message: 'it may have changed: not looked at' };
  const metadata = looked.get(name);
  if (metadata === undefined) return { name, verdict: 'unknown', message: 'it is not there' };
  const [last] = writesOf(metadata).toSorted((a, b) => Date.parse(b.time) - Date.parse(a.time));
  if (last === undefined) return { name, verdict: 'unknown', message: 'it does not say when it was written' };
  return Date.parse(last.time) > Date.parse(servedFrom)
    ? { name, verdict: 'moved', message: `written ${last.time} by ${last.manager}, after the version began to serve` }
    : { name, verdict: 'same', message: `last written ${last.time}` };
}

const writesOf = ({ creationTimestamp, managedFields = [] }: Metadata): { time: string; manager: string }[] =>
  [...managedFields, { time: creationTimestamp, manager: 'its maker' }].flatMap(({ time, manager = 'somebody' }) =>
    time === undefined ? [] : [{ time, manager }],
  );

const CONFIG_MAP = 'ConfigMap/';

/** The ConfigMaps among them. Where nobody may look, nothing is said of any. */
export async function lookedAt(cluster: Cluster, app: AppObject): Promise<Looked> {
  const names = (app.status?.mutableReferences ?? []).filter((name) => name.startsWith(CONFIG_MAP) && !name.includes('*'));
  const path = (name: string): string => pathOf('ConfigMap', app.metadata.namespace, name.slice(CONFIG_MAP.length));
  try {
    return new Map(await Promise.all(names.map(async (name) => [name, await cluster.metadata(path(name))] as const)));
  } catch (error) {
    if (error instanceof Complaint && error.exit !== EXIT.away) return new Map();
    throw error;
  }
}
