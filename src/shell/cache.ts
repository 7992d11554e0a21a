// What the watches saw, kept as lean projections and joined per App when a decision is due. Decides only which Apps an event
// concerns. A write's own answer goes in here too, so that the next decision has seen it whatever the watch does.
import type { App, SpecInvalid } from '../model/app.ts';
import { parse } from '../model/app.ts';
import type {
  AnnexSeen,
  ConfigSeen,
  EndpointSeen,
  InstanceSeen,
  Notes,
  RecordSeen,
  Seen,
  ServiceSeen,
  Snapshot,
  Trial,
} from '../model/observed.ts';
import type { Reason } from '../model/vocabulary.ts';
import { LABEL } from '../model/vocabulary.ts';
import type { AppKey, InstanceName, VersionId } from '../model/version.ts';
import { appKey } from '../model/version.ts';
import { projectService, projectSlice } from '../routers/endpoints.ts';
import type { ServiceProjection, SliceSeen } from '../routers/endpoints.ts';
import { projectConfigMap } from '../workloads/configmap.ts';
import { projectDeployment } from '../workloads/deployment.ts';
import { obj, text } from '../model/json.ts';
import { project } from '../workloads/object.ts';
import { projectRevision } from '../workloads/record.ts';
import { table } from './table.ts';
import type { Entry, Sink, Table } from './table.ts';

/** What this process remembers about an App beyond what any watch shows. Losing it costs a repeated read or a later deadline. */
interface Memory {
  trial: Trial | undefined;
  recalled: Map<VersionId, string>;
  taken: Set<string>;
  failure: { reason: Reason; message: string } | undefined;
  notes: Notes;
}

export type CachedKind =
  'ImmutableApp' | 'ControllerRevision' | 'ConfigMap' | 'Deployment' | 'Service' | 'EndpointSlice' | 'Pod' | 'ReplicaSet';

export interface Cache {
  sink(kind: CachedKind): Sink;
  /** The answer to a write, as good as an event. */
  observe(kind: CachedKind, raw: unknown): void;
  /** A delete that succeeded: later news of this uid is old news. */
  forget(kind: CachedKind, uid: string): void;
  /** A scale that succeeded: until the Deployment controller answers, it has not been observed. */
  scaled(uid: string, replicas: number): void;
  /** Everything a decision may look at; undefined when there is no such App and nothing of it to let go. */
  snapshot(key: AppKey): Snapshot | undefined;
  memory(key: AppKey): Memory;
  keys(): AppKey[];
}

type AppSeen = (App | SpecInvalid) & Pick<Seen, 'resourceVersion' | 'deleting'>;

export function createCache(changed: (key: AppKey) => void): Cache {
  const memories = new Map<AppKey, Memory>();
  /** Apps that were deleted while Services still carry their stamp. */
  const departed = new Map<AppKey, AppSeen>();
  const labelled = (raw: unknown): string[] => {
    const { namespace, labels } = obj(obj(raw).metadata);
    const app = text(obj(labels)[LABEL.app]);
    return app === '' ? [] : [appKey(text(namespace), app)];
  };
  const tell = (keys: readonly string[]): void => {
    for (const key of keys) changed(key as AppKey);
  };
  const ofService = (service: string): string[] => apps.indexed(service).map(({ value }) => value.key);

  const apps: Table<AppSeen> = table({
    project: parse,
    index: (app) => [app.key, ...(app.is === 'app' ? app.services.map(({ name }) => serviceKey(app.namespace, name)) : [])],
    changed: (app, gone) => {
      if (gone) departed.set(app.key, { ...app, deleting: true });
      else departed.delete(app.key);
      tell([app.key]);
    },
  });
  const owned = <T extends Seen>(projectOne: (raw: unknown, before?: T) => T): Table<T & { keys: readonly string[] }> =>
    table({
      project: (raw, before) => ({ ...projectOne(raw, before), keys: labelled(raw) }),
      index: ({ keys }) => keys,
      changed: ({ keys }) => {
        tell(keys);
      },
    });
  const revisions = owned<RecordSeen | AnnexSeen>((raw, before) =>
    before === undefined ? projectRevision(raw) : { ...before, ...project(raw) },
  );
  const configs = owned<ConfigSeen>(projectConfigMap);
  const instances = owned<Omit<InstanceSeen, 'name'> & { name: InstanceName }>((raw, before) => projectDeployment(raw, before));
  const services: Table<ServiceProjection & { keys: readonly string[] }> = table({
    project: (raw) => {
      const service = projectService(raw);
      return { ...service, keys: [serviceKey(service.namespace, service.name), ...labelled(raw)] };
    },
    index: ({ keys }) => keys,
    changed: ({ keys: [name = '', ...apps] }) => {
      tell([...ofService(name), ...apps]);
    },
  });
  const slices: Table<SliceSeen> = table({
    project: projectSlice,
    index: ({ service }) => [service],
    changed: ({ service }) => {
      tell(ofService(service));
    },
  });
  const pods = owned<Seen>(project);
  const replicaSets = owned<Seen>(project);
  const tables: Record<CachedKind, Table<Entry>> = {
    ImmutableApp: apps,
    ControllerRevision: revisions,
    ConfigMap: configs,
    Deployment: instances,
    Service: services,
    EndpointSlice: slices,
    Pod: pods,
    ReplicaSet: replicaSets,
  } as unknown as Record<CachedKind, Table<Entry>>;

  const memory = (key: AppKey): Memory => {
    let known = memories.get(key);
    if (known === undefined)
      memories.set(key, (known = { trial: undefined, recalled: new Map(), taken: new Set(), failure: undefined, notes: {} }));
    return known;
  };

  /** pod → ReplicaSet → Deployment, by uid all the way: a label proves nothing. */
  const instanceOf = (pod: string): InstanceName | undefined => {
    const replicaSet = pods.get(pod)?.owner?.uid;
    const deployment = replicaSet === undefined ? undefined : replicaSets.get(replicaSet)?.owner?.uid;
    return deployment === undefined ? undefined : instances.get(deployment)?.name;
  };
  const endpointsOf = (service: string): EndpointSeen[] =>
    slices.indexed(service).flatMap(({ value }) => value.endpoints.map(({ pod, ready }) => ({ ready, instance: instanceOf(pod) })));
  const servicesOf = (app: AppSeen): ServiceSeen[] => {
    const named = app.is === 'app' ? app.services.map(({ name }) => serviceKey(app.namespace, name)) : [];
    const found = new Set([...named, app.key].flatMap((key) => services.indexed(key).map(({ value }) => value)));
    return [...found].map(({ keys: _, namespace, ...service }) => ({
      ...service,
      endpoints: endpointsOf(serviceKey(namespace, service.name)),
    }));
  };

  return {
    sink: (kind) => tables[kind].sink,
    observe: (kind, raw) => {
      tables[kind].sink.put(raw as object);
    },
    forget: (kind, uid) => {
      tables[kind].forget(uid);
    },
    scaled: (uid, replicas) => {
      instances.amend(uid, (instance) => ({ ...instance, replicas, generation: instance.generation + 1 }));
    },
    snapshot: (key) => {
      const app = apps.indexed(key)[0]?.value ?? departed.get(key);
      if (app === undefined) return undefined;
      const ofApp = revisions.indexed(key).map(({ value }) => value);
      const { trial, recalled, taken, failure, notes } = memory(key);
      const services = servicesOf(app);
      if (departed.has(key)) {
        memories.delete(key);
        if (services.length === 0) departed.delete(key);
      }
      return {
        key,
        app,
        records: ofApp.filter((revision) => revision.is === 'record'),
        annexes: ofApp.filter((revision) => revision.is === 'annex'),
        configs: configs.indexed(key).map(({ value }) => value),
        instances: instances.indexed(key).map(({ value }) => value),
        services,
        trial,
        recalled,
        taken,
        failure,
        notes,
      };
    },
    memory,
    keys: () => apps.values().map(({ key }) => key),
  };
}

const serviceKey = (namespace: string, name: string): string => `service:${namespace}/${name}`;
