// Apps as the plugin reads them: from the API server, by name, and of each the versions that people may name. Reads, never writes.
import type { ImmutableAppSpec, ImmutableAppStatus, VersionStatus } from '../model/spec.ts';
import { nearest } from '../model/spelling.ts';
import { REASON } from '../model/vocabulary.ts';
import type { Cluster } from './cluster.ts';
import type { Context } from './command.ts';
import { Complaint, EXIT } from './exit.ts';
import { pathOf } from './paths.ts';

export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

export interface AppObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly spec: ImmutableAppSpec;
  readonly status?: ImmutableAppStatus;
}

export type Condition = NonNullable<ImmutableAppStatus['conditions']>[number];

export const conditionOf = ({ status }: AppObject, type: string): Condition | undefined =>
  status?.conditions?.find((each) => each.type === type);
export const isTrue = (app: AppObject, type: string): boolean => conditionOf(app, type)?.status === 'True';
export const versionsOf = ({ status }: AppObject): readonly VersionStatus[] => status?.versions ?? [];
export const serving = (app: AppObject): VersionStatus | undefined => versionsOf(app).find(({ id }) => id === app.status?.activeVersion);
export const newest = (app: AppObject): VersionStatus | undefined => versionsOf(app).find(({ id }) => id === app.status?.latestVersion);
export const title = (version: VersionStatus): string => version.called ?? version.id;
export const fullName = ({ metadata: { namespace, name } }: AppObject): string => `${namespace}/${name}`;

/** `web` of `iapp/web`, as kubectl takes it, too. */
export const bareName = (typed: string): string => typed.replace(/^(iapp|immutableapps?(\.immutableapp\.io)?)\//, '');

/** By its name; without one the only App there is. */
export async function appNamed(context: Context, name: string | undefined): Promise<AppObject> {
  const cluster = await context.cluster();
  const { namespace } = cluster;
  if (name !== undefined) {
    const bare = bareName(name);
    const app = await cluster.find<AppObject>(pathOf('ImmutableApp', namespace, bare));
    if (app !== undefined) return app;
    const all = await cluster.list<AppObject>('ImmutableApp', namespace).catch(() => []);
    throw new Complaint(
      notThere(
        bare,
        namespace,
        all.map(({ metadata }) => metadata.name),
      ),
    );
  }
  const apps = await cluster.list<AppObject>('ImmutableApp', namespace);
  const [only] = apps;
  if (only !== undefined && apps.length === 1) return only;
  const names = apps.map(({ metadata }) => metadata.name);
  if (only === undefined) throw new Complaint(`there is no ImmutableApp in namespace ${namespace}`);
  throw new Complaint(`which one? Namespace ${namespace} has ${listed(names)}`, EXIT.usage);
}

function notThere(name: string, namespace: string, names: readonly string[]): string {
  const meant = nearest(name, names);
  const hint = meant !== undefined ? `did you mean ${meant}?` : names.length === 0 ? 'there is none' : `there are ${listed(names)}`;
  return `there is no ImmutableApp ${name} in namespace ${namespace}: ${hint}`;
}

/** Where a command looks: a namespace, or everywhere. */
export async function appsThere(context: Context): Promise<AppObject[]> {
  const cluster = await context.cluster();
  return context.options.is('allNamespaces') ? everywhere(cluster) : cluster.list<AppObject>('ImmutableApp', cluster.namespace);
}

const MOST = 8;
export const listed = (words: readonly string[]): string =>
  words.length <= MOST ? words.join(', ') : `${words.slice(0, MOST).join(', ')} and ${words.length - MOST} more`;

/** The id without what every id of the App begins with. */
export const shortId = ({ metadata }: { readonly metadata: Pick<AppObject['metadata'], 'name'> }, id: string): string =>
  id.startsWith(`${metadata.name}-`) ? id.slice(metadata.name.length + 1) : id;

/** What people may call each version, best first. */
export const labelsOf = (app: AppObject): (readonly [string, VersionStatus])[] =>
  versionsOf(app).map((version) => [version.names?.[0] ?? shortId(app, version.id), version] as const);

export interface Named {
  readonly version: VersionStatus;
  /** As it is written into spec or an annotation: the name if that was typed, else the id. */
  readonly written: string;
}

/** By name, id, or the short id that lists show; `latest` and `active` stand for themselves unless a version is called so. */
export function versionNamed(app: AppObject, typed: string): Named {
  const all = versionsOf(app);
  const byName = all.find(({ names }) => names?.includes(typed) === true);
  if (byName !== undefined) return { version: byName, written: typed };
  const byId = all.find(({ id }) => id === typed || shortId(app, id) === typed) ?? { latest: newest(app), active: serving(app) }[typed];
  if (byId !== undefined) return { version: byId, written: byId.id };
  const labels = labelsOf(app).map(([label]) => label);
  const meant = nearest(typed, labels);
  const there = labels.length === 0 ? 'it has none yet' : `it has ${listed(labels)}`;
  throw new Complaint(`${app.metadata.name} has no version ${typed}: ${meant === undefined ? there : `did you mean ${meant}?`}`);
}

const DECIDED: ReadonlySet<string | undefined> = new Set([REASON.Held, REASON.HeldAlong]);
/** Whether a person, or its own failure, speaks against going there. */
export const isPassedOver = ({ state, reason }: VersionStatus): boolean =>
  state === REASON.Rejected || state === 'Failed' || DECIDED.has(reason);

/** What served before and nobody decided against, the last one first: where the way back leads. */
export const formerly = (app: AppObject): VersionStatus[] =>
  versionsOf(app)
    .filter(({ id, servedFrom, servedUntil }) => id !== app.status?.activeVersion && (servedFrom ?? servedUntil) !== undefined)
    .toSorted((a, b) => ((a.servedUntil ?? '') < (b.servedUntil ?? '') ? 1 : -1));
export const wayBack = (app: AppObject): VersionStatus | undefined => formerly(app).find((version) => !isPassedOver(version));

/** From the API server's memory, in one answer: a moment old at most, and in half the time. */
export const everywhere = (cluster: Cluster): Promise<AppObject[]> =>
  cluster.list<AppObject>('ImmutableApp', undefined, { resourceVersion: '0' });
