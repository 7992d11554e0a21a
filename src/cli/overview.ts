// What there is to say of one App, as a value: what serves, since when, by whom and why; what is newest and why it does not serve; the way
// back. Pure: everything it knows is in the App.
import type { ImmutableAppStatus, VersionStatus } from '../model/spec.ts';
import { CONDITION } from '../model/vocabulary.ts';
import type { AppObject, Condition } from './apps.ts';
import { references, type Looked, type Reference } from './moved.ts';
import { conditionOf, isTrue, newest, serving, shortId, title, wayBack } from './apps.ts';

export interface Pods {
  readonly ready: number;
  readonly desired: number;
}

export interface Overview {
  readonly namespace: string;
  readonly name: string;
  /** In one word: the reason that matters most. */
  readonly state: string;
  /** What the operator reported is about what spec says now. */
  readonly current: boolean;
  readonly serves?: {
    readonly id: string;
    readonly called: string;
    readonly instance?: string;
    readonly since?: string;
    readonly reason?: string;
    readonly by?: string;
    readonly pods: Pods;
  };
  readonly newest?: {
    readonly id: string;
    readonly called: string;
    readonly serves: boolean;
    readonly state?: string;
    readonly why?: string;
  };
  readonly back?: {
    readonly id: string;
    readonly called: string;
    readonly state?: string;
    readonly pods: Pods;
    readonly command: string;
    /** Secrets without which no pod of it starts. */
    readonly secretsGone?: readonly string[];
  };
  readonly services: NonNullable<ImmutableAppStatus['services']>;
  readonly conditions: readonly Condition[];
  readonly warnings: NonNullable<ImmutableAppStatus['warnings']>;
  /** What may change under the version that serves, and whether it has. */
  readonly references: readonly Reference[];
  readonly defaults?: NonNullable<ImmutableAppStatus['defaults']>;
  /** Of versions that are being judged. */
  readonly gates: readonly { readonly version: string; readonly name: string; readonly verdict?: string; readonly message?: string }[];
}

type Outline = Pick<Overview, 'namespace' | 'name' | 'state' | 'serves' | 'newest'>;

/** As much as a line of a list shows. */
export function outline(app: AppObject): Outline {
  const active = serving(app);
  const latest = newest(app);
  return {
    namespace: app.metadata.namespace,
    name: app.metadata.name,
    state: stateOf(app),
    ...(active === undefined ? {} : { serves: servingOf(app, active) }),
    ...(latest === undefined ? {} : { newest: newestOf(app, latest) }),
  };
}

/** `gone`: Secrets that the way back needs and that are not there. */
export function overview(app: AppObject, looked?: Looked, gone: readonly string[] = []): Overview {
  const { metadata, status = {} } = app;
  const back = wayBack(app);
  const { serves, newest: latest, ...named } = outline(app);
  return {
    ...named,
    current: (status.observedGeneration ?? 0) >= metadata.generation,
    ...(serves === undefined ? {} : { serves }),
    ...(latest === undefined ? {} : { newest: latest }),
    ...(back === undefined
      ? {}
      : {
          back: {
            ...nameOf(back),
            ...stateIn(back),
            pods: podsOf(back),
            command: goBack(app),
            ...(gone.length === 0 ? {} : { secretsGone: gone }),
          },
        }),
    services: status.services ?? [],
    conditions: status.conditions ?? [],
    warnings: status.warnings ?? [],
    references: references(app, looked),
    ...(status.defaults === undefined ? {} : { defaults: status.defaults }),
    gates: (status.versions ?? []).flatMap((version) =>
      (version.gates ?? []).map(({ name, verdict, message }) => ({
        version: title(version),
        name,
        ...(verdict === undefined ? {} : { verdict }),
        ...(message === undefined ? {} : { message }),
      })),
    ),
  };
}

const nameOf = (version: VersionStatus): { id: string; called: string } => ({ id: version.id, called: title(version) });
const stateIn = ({ state }: VersionStatus): { state?: string } => (state === undefined ? {} : { state });
const goBack = ({ metadata: { namespace, name } }: AppObject): string => `kubectl iapp back ${name} -n ${namespace}`;

/** All pods of a version, whatever instance they are of. */
export const podsOf = ({ instances = [] }: VersionStatus): Pods => ({
  ready: instances.reduce((sum, { ready = 0 }) => sum + ready, 0),
  desired: instances.reduce((sum, { desired = 0 }) => sum + desired, 0),
});

/** One line for each change, where nobody can see a screen. */
export function summary(app: AppObject): string {
  const [first = CONDITION.ready] = [CONDITION.stalled, CONDITION.reconciling].filter((type) => isTrue(app, type));
  const { message = '' } = conditionOf(app, first) ?? {};
  return `${headline(app)}${message === '' ? '' : `: ${message}`}`;
}

/** The same, without the operator's words. */
export function headline(app: AppObject): string {
  const { serves, newest: latest } = outline(app);
  const now = serves === undefined ? 'nothing serves' : `${serves.called} serves, ${podsText(serves.pods)}`;
  const next = latest === undefined || latest.serves ? '' : `; ${latest.called} is newest`;
  return `${app.metadata.name}: ${now}${next}; ${stateOf(app)}`;
}

export const podsText = ({ ready, desired }: Pods): string => `${ready}/${desired} pods`;

/** The most telling condition: Stalled, then Reconciling, then Ready. */
export function stateOf(app: AppObject): string {
  if (app.metadata.deletionTimestamp !== undefined) return 'Deleting';
  const [first] = [CONDITION.stalled, CONDITION.reconciling].filter((type) => isTrue(app, type));
  return conditionOf(app, first ?? CONDITION.ready)?.reason ?? 'Unreported';
}

function servingOf(app: AppObject, active: VersionStatus): NonNullable<Overview['serves']> {
  const { activeInstance, history = [], replicas } = app.status ?? {};
  const [switchNumber] = history;
  const last = switchNumber?.to === activeInstance ? switchNumber : undefined;
  const instance = active.instances?.find(({ name }) => name === activeInstance);
  const since = active.servedFrom ?? last?.at;
  return {
    ...nameOf(active),
    ...(activeInstance === undefined ? {} : { instance: activeInstance }),
    ...(since === undefined ? {} : { since }),
    ...(last?.reason === undefined ? {} : { reason: last.reason }),
    ...(last?.by === undefined ? {} : { by: last.by }),
    pods: { ready: instance?.ready ?? 0, desired: app.spec.replicas ?? replicas ?? 1 },
  };
}

function newestOf(app: AppObject, latest: VersionStatus): NonNullable<Overview['newest']> {
  const serves = latest.id === app.status?.activeVersion;
  const upToDate = conditionOf(app, CONDITION.upToDate);
  const why = upToDate?.status === 'True' ? undefined : (upToDate?.message ?? latest.message);
  return { ...nameOf(latest), serves, ...stateIn(latest), ...(why === undefined ? {} : { why }) };
}

const ORDINAL = /^-\d+$/;
/** Whether an instance is of this version: its id, or that with an ordinal. */
const isOf = (instance: string, { id }: VersionStatus): boolean =>
  instance === id || (instance.startsWith(id) && ORDINAL.test(instance.slice(id.length)));

/** The version that an instance runs, for people: as status calls it now, or by the name that it had then. */
export function calledAt(app: AppObject, instance = '', name?: string): string {
  const version = app.status?.versions?.find((each) => isOf(instance, each));
  if (version !== undefined) return title(version);
  const id = shortId(app, instance);
  return name === undefined ? id : `${name} (${id})`;
}
