// What the watches saw: the few fields of each object that decisions need, joined for one App when a decision is due. Decides only which Apps an
// event concerns. Answers to our own writes go in here, too, so that the next decision has seen them even if the watch is late.
import { isDeepStrictEqual } from 'node:util';
import type { App, Tombstone } from '../../model/app.ts';
import { parse } from '../../model/app.ts';
import { int, obj, text } from '../../model/json.ts';
import type {
  FactSeen,
  BudgetSeen,
  ConfigSeen,
  EndpointSeen,
  Fleet,
  InstanceSeen,
  Neighbour,
  RecordSeen,
  ServiceSeen,
  Snapshot,
  SourceSeen,
} from '../../model/observed.ts';
import type { Settings } from '../../model/settings.ts';
import { DEFAULTS } from '../../model/settings.ts';
import { watchesImages, withDefault } from '../../plan/read/images.ts';
import { COMPROMISE_MS } from '../../plan/steps/drift.ts';
import type { Plan } from '../../plan/plan.ts';
import { ANNOTATION, LABEL } from '../../model/vocabulary.ts';
import type { AppKey, InstanceName } from '../../model/version.ts';
import { appKey } from '../../model/version.ts';
import { TCP } from '../../model/port.ts';
import { finds } from '../../routers/adoption.ts';
import { podKeys, projectService, projectSlice, selectorKeys, serviceKey } from '../../routers/endpoints.ts';
import type { ServiceProjection, SliceSeen } from '../../routers/endpoints.ts';
import { stampOf } from '../../routers/stamp.ts';
import { projectBudget } from '../../workloads/budget.ts';
import { projectConfigMap, projectSource } from '../../workloads/configmap.ts';
import { projectDeployment } from '../../workloads/deployment.ts';
import { appsOf, project } from '../../workloads/object.ts';
import { projectRevision } from '../../workloads/record.ts';
import type { Entry } from './store.ts';
import { newer, Store } from './store.ts';
import type { AppRow } from './apps.ts';
import { AppRows, budgetKey, serviceKeys, sourceKey, sourceKeys } from './apps.ts';
import { Ownership } from './ownership.ts';
import type { Memory } from './memory.ts';
import { Memories } from './memory.ts';
import type { Priority } from '../loop/priorities.ts';
import type { Sink } from '../api/watch.ts';

/** An object of ours, with the Apps it concerns. */
type Kept<T> = T & { readonly keys: readonly string[] };

export class Cache {
  readonly #changed: (key: AppKey, priority: Priority) => void;
  readonly #settings: Settings;
  /** What concerns all Apps alike. */
  #fleet: Pick<Fleet, 'breaker' | 'line' | 'enforcement' | 'gateSources'> = { breaker: '', line: '', enforcement: { is: 'unknown' } };
  /** When something compromised was last found in an App: ms since the epoch. */
  readonly #compromised = new Map<AppKey, number>();
  /** Apps that are rolling out a ConfigMap-only change. */
  readonly #candidates = new Set<AppKey>();
  readonly #memories = new Memories();
  readonly #rows = new AppRows();
  /** Deleted Apps whose adopted Services may still have our key. */
  readonly #tombstones = new Map<AppKey, App | Tombstone>();

  readonly #apps = new Store<AppRow>({
    project: (raw, before) => this.#rows.row(parse(raw, before && this.#rows.opened(before))),
    index: ({ keys }) => keys,
    changed: (row, gone) => {
      const { key } = row;
      if (!gone) this.#tombstones.delete(key);
      // The watch may report a deletion after the new App of that name was seen.
      else if (this.#appOf(key) === undefined) this.#tombstones.set(key, { ...this.#rows.opened(row), deleting: true });
      this.#changed(key, 'begin');
    },
  });
  // A record's data never changes, so it is read and hashed once.
  readonly #revisions = this.#owned<RecordSeen | FactSeen>((raw, before) =>
    before === undefined ? projectRevision(raw) : { ...before, ...project(raw) },
  );
  // All ConfigMaps, since any may be captured. Of foreign ones, little more than whether they changed.
  readonly #configs = new Store<Kept<SourceSeen> & { readonly config: ConfigSeen | undefined }>({
    project: (raw) => {
      const { namespace, name } = obj(obj(raw).metadata);
      const apps = appsOf(raw);
      const config = apps.length === 0 ? undefined : projectConfigMap(raw);
      return { ...projectSource(raw), config, keys: [sourceKey(text(namespace), text(name)), ...apps] };
    },
    index: ({ keys }) => keys,
    changed: ({ keys: [name = '', ...apps] }) => {
      this.#tell(apps);
      for (const key of this.#listing(name)) this.#changed(key, 'begin');
    },
    same: (before, after) => before.config !== undefined && alike(before, after) && this.#listing(after.keys[0] ?? '').length === 0,
  });
  readonly #instances = this.#owned<InstanceSeen>(projectDeployment, alike, placesOf);
  readonly #ownership = new Ownership((apps) => {
    this.#tell(apps);
  });
  /** The key of the namespace, if no App owns it: then it may concern all Apps there. */
  readonly #budgets = new Store<Kept<BudgetSeen>>({
    project: (raw) => {
      const keys = appsOf(raw);
      return { ...projectBudget(raw), keys: keys.length > 0 ? keys : [budgetKey(text(obj(obj(raw).metadata).namespace))] };
    },
    index: ({ keys }) => keys,
    changed: ({ keys: [key = ''] }) => {
      this.#tell(this.#apps.indexed(key).map((app) => app.key));
    },
    same: alike,
  });
  readonly #services = new Store<Kept<ServiceProjection>>({
    project: (raw) => {
      const service = projectService(raw);
      return { ...service, keys: [serviceKey(service.namespace, service.name), ...appsOf(raw)] };
    },
    // A Service with our label is indexed by that; any other by the pods that it may select.
    index: (service) => (service.keys.length > 1 ? service.keys : [...service.keys, ...selectorKeys(service)]),
    changed: (service, gone, before) => {
      const [name = '', ...apps] = service.keys;
      this.#tell([...this.#listing(name), ...apps]);
      if (gone || !isDeepStrictEqual(before?.selector, service.selector)) this.#warn(before === undefined ? [service] : [before, service]);
    },
  });
  readonly #slices = new Store<SliceSeen>({
    project: projectSlice,
    index: ({ service }) => [service],
    changed: ({ service }) => {
      this.#tell(this.#listing(service));
    },
    same: alike,
  });

  readonly #stores = {
    ImmutableApp: this.#apps,
    ControllerRevision: this.#revisions,
    ConfigMap: this.#configs,
    Deployment: this.#instances,
    Service: this.#services,
    EndpointSlice: this.#slices,
    Pod: this.#ownership.pods,
    ReplicaSet: this.#ownership.replicaSets,
    PodDisruptionBudget: this.#budgets,
  };

  /**
   * `changed` is called for every event with the Apps to decide again. A change of the App itself may start a rollout. `settings`: as decisions are
   * given, since they tell what those will look at.
   */
  constructor(changed: (key: AppKey, priority: Priority) => void, settings = DEFAULTS) {
    this.#changed = changed;
    this.#settings = settings;
  }

  /** An event that concerns every App. */
  updateFleet(news: Partial<Pick<Fleet, 'breaker' | 'line' | 'enforcement' | 'gateSources'>>): void {
    const before = this.#fleet;
    this.#fleet = { ...before, ...news };
    // Somebody who closes the circuit breaker has seen the compromised Apps: counting starts again.
    if (before.breaker !== '' && news.breaker === '') this.#compromised.clear();
    if (!isDeepStrictEqual(before, this.#fleet)) for (const { key } of this.#apps.all()) this.#changed(key, 'finish');
  }

  sink(kind: CachedKind): Sink {
    return this.#stores[kind];
  }

  /** The answer to a request: as good as an event, unless the watch is known to be past it. */
  observe(kind: CachedKind, raw: unknown): void {
    this.#stores[kind].learn(raw as object);
  }

  /** A delete that succeeded: older events about this uid are ignored. */
  forget(kind: CachedKind, uid: string): void {
    this.#stores[kind].forget(uid);
  }

  /**
   * The answer to a scale: a Scale, with uid and resourceVersion of its Deployment, which counts as not observed until the Deployment controller has
   * answered. The answer does not tell the new generation, and a guess could attach the old spec hash to something that somebody else wrote meanwhile.
   */
  scaled(scale: unknown): void {
    const replicas = int(obj(obj(scale).spec).replicas, 0);
    this.#instances.amend(scale as object, (instance) => ({ ...instance, replicas, observedGeneration: 0 }));
  }

  memory(key: AppKey): Memory {
    return this.#memories.of(key);
  }

  /** Nobody works on this App for now. */
  rest(key: AppKey): void {
    const rows = this.#apps.indexed(key);
    if (rows.length === 0) this.#memories.forget(key);
    else if (rows.every(({ app }) => typeof app === 'string')) this.#memories.pack(key);
  }

  /** Stores the notes of the decision made at `now`, and its signals for other Apps. */
  remember(key: AppKey, { notes, signals }: Pick<Plan, 'notes' | 'signals'>, now: number): void {
    const memory = this.memory(key);
    memory.notes = notes;
    if (signals.isCandidate) this.#candidates.add(key);
    else this.#candidates.delete(key);
    if (signals.foundCompromise) this.#compromised.set(key, now);
    for (const [app, at] of this.#compromised) if (now - at > COMPROMISE_MS) this.#compromised.delete(app);
    if (signals.needsTexts) return;
    const { source } = memory.answers;
    for (const [name, read] of source) if (read.text !== undefined) source.set(name, { ...read, text: undefined });
  }

  /** The namespace of this App is being terminated: nothing can be created any more, and nobody tampered with what it has lost. */
  ends(key: AppKey): void {
    this.memory(key).ending = this.#appOf(key)?.uid ?? '';
    this.#compromised.delete(key);
  }

  /** How many Apps there are. */
  get apps(): number {
    return this.#apps.size;
  }

  /** Apps that are not at rest, with their status. */
  restless(): readonly (App | Tombstone)[] {
    return this.#apps.all().flatMap(({ app }) => (typeof app === 'string' ? [] : app));
  }

  /**
   * Everything that a decision may look at; undefined if the App does not exist and no Service is to be released. `interruptedAt`: see Snapshot.
   */
  snapshot(key: AppKey, interruptedAt?: number): Snapshot | undefined {
    const app = this.#appOf(key) ?? this.#tombstones.get(key) ?? this.#tombstoneOf(key);
    if (app === undefined) return undefined;
    const revisions = this.#revisions.indexed(key);
    const services = this.#servicesOf(app);
    const watched = app.is === 'app' && watchesImages(withDefault(app, this.#settings));
    const { tries: _tries, unread: _unread, zeroAt: _zeroAt, ending, ...known } = this.memory(key);
    if (this.#tombstones.has(key)) this.#leaveTombstone(key, services.length === 0);
    return {
      ...known,
      key,
      app,
      records: revisions.filter((revision) => revision.is === 'record'),
      factsSeen: revisions.filter((revision) => revision.is === 'fact'),
      configs: this.#configs.indexed(key).flatMap(({ config }) => config ?? []),
      instances: this.#instances.indexed(key).map((instance) => ({ ...instance, ...this.#ownership.below(app, instance.uid, watched) })),
      services,
      budgets: [...this.#budgets.indexed(key), ...this.#budgets.indexed(budgetKey(app.namespace))],
      neighbours: this.#neighboursOf(app),
      ending: ending === app.uid,
      ...(interruptedAt !== undefined && { interruptedAt }),
      fleet: {
        ...this.#fleet,
        apps: this.#apps.size,
        compromised: this.#compromised.size - (this.#compromised.has(key) ? 1 : 0),
      },
      sources: sourceKeys(app).flatMap((source) => this.#configs.indexed(source).slice(0, 1)),
      candidates: this.#candidates.size - (this.#candidates.has(key) ? 1 : 0),
    };
  }

  /** The present App of this name. The watch may not yet have reported the end of one before it. */
  #appOf(key: AppKey): App | Tombstone | undefined {
    const [first, ...others] = this.#apps.indexed(key);
    const last = others.reduce((a, b) => (a !== undefined && newer(a.resourceVersion, b.resourceVersion) ? a : b), first);
    return last && this.#rows.opened(last);
  }

  /**
   * An App that was deleted while no operator ran, known from the annotation on an adopted Service. If one of its Deployments has no owner, it was
   * deleted with --cascade=orphan, and its Services stay as they are. Only valid after the first lists: then an absent App is gone.
   */
  #tombstoneOf(key: AppKey): Tombstone | undefined {
    const stamps = this.#services.indexed(key).flatMap((service) => {
      const stamp = service.owner === undefined && service.annotations[ANNOTATION.adopt] !== undefined ? stampOf(service) : undefined;
      return stamp === undefined ? [] : [{ namespace: service.namespace, name: service.annotations[ANNOTATION.adopt]!, uid: stamp.uid }];
    });
    const former = stamps.find(({ namespace, name }) => appKey(namespace, name) === key);
    if (former === undefined) return undefined;
    const orphaning = this.#instances.indexed(key).some(({ owner }) => owner === undefined);
    return { is: 'tombstone', key, ...former, resourceVersion: '', generation: 0, deleting: true, orphaning, status: {} };
  }

  #leaveTombstone(key: AppKey, forGood: boolean): void {
    this.#memories.leaveTombstone(key);
    this.#candidates.delete(key);
    if (forGood) this.#tombstones.delete(key);
  }

  #owned<T extends { readonly uid: string; readonly resourceVersion: string }>(
    projectOne: (raw: unknown, before?: T) => T,
    same: (before: T, after: T) => boolean = alike,
    index: (value: Kept<T>) => readonly string[] = ({ keys }) => keys,
  ): Store<Kept<T>> {
    return new Store<Kept<T>>({
      project: (raw, before) => ({ ...projectOne(raw, before), keys: appsOf(raw) }),
      index,
      changed: ({ keys }) => {
        this.#tell(keys);
      },
      same,
    });
  }

  #tell(keys: readonly string[]): void {
    for (const key of keys) this.#changed(key as AppKey, 'finish');
  }

  /** The TCP port that the containers of a Deployment give this name. */
  readonly portOf = (deployment: string, name: string): number | undefined =>
    this.#instances.get(deployment)?.ports.find((port) => port.name === name && port.protocol === TCP)?.number;

  /** Which pods an App has, and how they are: another text after anything of them has changed. */
  readonly podsOf = (key: AppKey): string =>
    this.#ownership.pods
      .indexed(key)
      .map(({ uid, resourceVersion }) => `${uid}@${resourceVersion}`)
      .join();

  /** The instance that owns a pod, by the pod's uid, as far as its owners have been seen. */
  readonly instanceOf = (pod: string): InstanceName | undefined => this.#belonging(pod).instance;

  /** Apps whose spec names this Service, or this ConfigMap. */
  #listing(name: string): AppKey[] {
    return name === '' ? [] : this.#apps.indexed(name).map(({ key }) => key);
  }

  /** Apps whose pods a foreign Service selected or selects now, after its selector changed. */
  #warn(services: readonly ServiceProjection[]): void {
    const concerned = services
      .filter(({ labels, selector }) => labels[LABEL.app] === undefined && Object.keys(selector).length > 0)
      .flatMap((service) => this.#instances.indexed(placeKey(service.namespace)).filter(({ podLabels }) => finds(service, podLabels)));
    this.#tell([...new Set(concerned.flatMap(({ keys }) => keys))]);
  }

  /** Unlabelled Services that share at least one pair with the pods of an App, and are not named by its spec. */
  #neighboursOf(app: App | Tombstone): Neighbour[] {
    if (app.is === 'tombstone') return [];
    const pods = new Set(this.#instances.indexed(app.key).flatMap(({ podLabels }) => podKeys(app.namespace, podLabels)));
    const listed = new Set(app.services.map(({ name }) => name));
    return [...pods].flatMap((key) => this.#services.indexed(key)).filter(({ name, type }) => !listed.has(name) && type !== 'ExternalName');
  }

  #servicesOf(app: App | Tombstone): ServiceSeen[] {
    const found = new Set([...serviceKeys(app), app.key].flatMap((key) => this.#services.indexed(key)));
    return [...found].map((service) => ({ ...service, endpoints: this.#endpointsOf(serviceKey(service.namespace, service.name)) }));
  }

  #endpointsOf(service: string): EndpointSeen[] {
    return this.#slices
      .indexed(service)
      .flatMap(({ endpoints }) => endpoints.map(({ pod, name, ...seen }) => ({ ...seen, pod: name, ...this.#belonging(pod) })));
  }

  #belonging(pod: string): Pick<EndpointSeen, 'instance' | 'origin'> {
    const deployment = this.#ownership.deploymentOf(pod);
    const instance = this.#instances.get(deployment ?? '')?.name;
    return { instance, origin: this.#ownership.isBare(pod) ? 'bare' : deployment === undefined ? 'unknown' : 'elsewhere' };
  }
}

export const CACHED_KINDS = [
  'ImmutableApp',
  'ControllerRevision',
  'ConfigMap',
  'Deployment',
  'Service',
  'EndpointSlice',
  'Pod',
  'ReplicaSet',
  'PodDisruptionBudget',
] as const;
export type CachedKind = (typeof CACHED_KINDS)[number];

/** Index key of the instances in a namespace. */
const placeKey = (namespace: string): string => `in:${namespace}`;
const placesOf = ({ keys }: Kept<unknown>): string[] => keys.flatMap((key) => [key, placeKey(key.slice(0, key.indexOf('/')))]);

/** Whether only the resourceVersion changed: a heartbeat, or a field that is not kept. */
const alike = <T extends Entry>(before: T, after: T): boolean =>
  isDeepStrictEqual({ ...before, resourceVersion: '' }, { ...after, resourceVersion: '' });
