// Pods of an App: which version they are of, and what keeps those that are not ready. Pure, but for the one list.
import { LABEL } from '../model/vocabulary.ts';
import { title, type AppObject } from './apps.ts';
import type { Cluster } from './cluster.ts';

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly imageID?: string;
  readonly state?: Readonly<
    Record<string, { readonly reason?: string; readonly message?: string; readonly exitCode?: number } | undefined>
  >;
  readonly lastState?: { readonly terminated?: { readonly reason?: string; readonly exitCode?: number } };
}

export interface PodObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly { readonly name: string }[];
    readonly initContainers?: readonly { readonly name: string }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export const podsOfApp = (cluster: Cluster, { metadata: { namespace, name } }: AppObject): Promise<PodObject[]> =>
  cluster.list<PodObject>('Pod', namespace, { labelSelector: `${LABEL.app}=${name}` });

export interface PodRow {
  readonly name: string;
  readonly version: string;
  readonly called: string;
  readonly instance: string;
  readonly role: string;
  readonly ready: boolean;
  readonly state: string;
  readonly restarts: number;
  readonly createdAt: string;
  readonly node: string;
  /** What keeps it from being ready; '' when nothing does. */
  readonly waits: string;
}

/** By version as status lists them, newest first; within one by name. */
export function rowsOf(app: AppObject, pods: readonly PodObject[]): PodRow[] {
  const versions = app.status?.versions ?? [];
  const order = new Map(versions.map(({ id }, i) => [id, i]));
  return pods
    .map((pod) => rowOf(app, pod))
    .toSorted((a, b) => (order.get(a.version) ?? Infinity) - (order.get(b.version) ?? Infinity) || (a.name < b.name ? -1 : 1));
}

function rowOf(app: AppObject, pod: PodObject): PodRow {
  const { metadata, spec, status } = pod;
  const id = metadata.labels?.[LABEL.version] ?? '';
  const instance = metadata.labels?.[LABEL.instance] ?? '';
  const version = app.status?.versions?.find((each) => each.id === id);
  const ready = isReady(pod);
  return {
    name: metadata.name,
    version: id,
    called: version === undefined ? id : title(version),
    instance,
    role: version?.instances?.find(({ name }) => name === instance)?.role ?? '?',
    ready,
    state: stateOf(pod),
    restarts: (status?.containerStatuses ?? []).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    createdAt: metadata.creationTimestamp,
    node: spec.nodeName ?? '',
    waits: ready ? '' : waitsFor(pod),
  };
}

const isReady = ({ status }: PodObject): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
const statuses = ({ status }: PodObject): ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
];

/** As kubectl has it under STATUS. */
function stateOf(pod: PodObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const reasons = statuses(pod).flatMap(({ state = {} }) => state.waiting?.reason ?? state.terminated?.reason ?? []);
  const telling = reasons.find((reason) => reason !== 'Completed' && reason !== 'PodInitializing' && reason !== 'ContainerCreating');
  return telling ?? pod.status?.phase ?? 'Unknown';
}

function waitsFor(pod: PodObject): string {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return `${scheduled.reason ?? ''}: ${scheduled.message ?? ''}`;
  const [said] = statuses(pod).flatMap(({ name, ready, state = {}, lastState }) => {
    if (ready === true) return [];
    const now = state.waiting ?? state.terminated;
    const before = lastState?.terminated;
    const ended = before === undefined ? '' : `; it ended before with exit code ${before.exitCode ?? '?'} (${before.reason ?? '?'})`;
    if (now === undefined) return [`container ${name} runs and is not ready${ended}`];
    return [`container ${name}: ${now.reason ?? ''}${now.message === undefined ? '' : `: ${now.message}`}${ended}`];
  });
  return said ?? 'it is not ready';
}
