// What the watches saw, kept as lean projections and joined per App when a decision is due. Decides only which Apps an event
// concerns. A write's own answer goes in here too, so that the next decision has seen it whatever the watch does.
import { isDeepStrictEqual } from 'node:util';
import type { App, Tombstone } from '../../model/app.ts';
import { parse } from '../../model/app.ts';
import { obj, text } from '../../model/json.ts';
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
import { runsAlone } from '../../plan/read/overlap.ts';
import { projectBudget } from '../../workloads/budget.ts';
import { projectConfigMap, projectSource } from '../../workloads/configmap.ts';
import { projectDeployment } from '../../workloads/deployment.ts';
import { appsOf, project } from '../../workloads/object.ts';
import { projectRevision } from '../../workloads/record.ts';
import type { Entry } from './store.ts';
import { newer, Store } from './store.ts';
import { Ownership } from './ownership.ts';
import type { Memory } from './memory.ts';
import { Memories } from './memory.ts';
import type { Priority } from '../loop/priorities.ts';
import type { Sink } from '../api/watch.ts';

/** An object of ours, with the Apps it concerns. */
type Kept<T> = T & { readonly keys: readonly string[] };

export class Cache {
  readonly #changed: (key: AppKey, priority: Priority) => void;
  /** What holds for all Apps alike. */
  #fleet: Pick<Fleet, 'breaker' | 'line' | 'enforcement' | 'gateSources'> = { breaker: '', line: '', enforcement: { is: 'unknown' } };
  /** When something compromised was last found in an App: ms since the epoch. */
  readonly #compromised = new Map<AppKey, number>();
  /** Apps that bring up a version which only a captured change made. */
  readonly #candidates = new Set<AppKey>();
  readonly #memories = new Memories();
  /** Apps that were deleted while Services may still carry their stamp. */
  readonly #tombstones = new Map<AppKey, App | Tombstone>();

  readonly #apps = new Store<App | Tombstone>({
    project: parse,
    index: (app) => [app.key, budgetKey(app.namespace), ...serviceKeys(app), ...sourceKeys(app)],
    changed: (app, gone) => {
      if (!gone) this.#tombstones.delete(app.key);
      // News that one is gone may come after its successor was seen.
      else if (this.#appOf(app.key) === undefined) this.#tombstones.set(app.key, { ...app, deleting: true });
      this.#changed(app.key, 'begin');
    },
  });
  // A record's data never changes, so it is read and hashed once.
  readonly #revisions = this.#owned<RecordSeen | FactSeen>((raw, before) =>
    before === undefined ? projectRevision(raw) : { ...before, ...project(raw) },
  );
  // Everybody's, since any may be captured: of those of others hardly more than that they moved.
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
  /** Of the namespace when no App claims it: then it may concern all of them. */
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
    // What carries our label is found by it; any other by the pods it may select.
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

  /** `changed` is told, for every event, which Apps may have to be decided anew; a change of the App itself may begin something. */
  constructor(changed: (key: AppKey, priority: Priority) => void) {
    this.#changed = changed;
  }

  /** News that concerns every App. */
  updateFleet(news: Partial<Pick<Fleet, 'breaker' | 'line' | 'enforcement' | 'gateSources'>>): void {
    const before = this.#fleet;
    this.#fleet = { ...before, ...news };
    // Who closes the circuit breaker has seen what there was: it counts anew.
    if (before.breaker !== '' && news.breaker === '') this.#compromised.clear();
    if (!isDeepStrictEqual(before, this.#fleet)) for (const { key } of this.#apps.all()) this.#changed(key, 'finish');
  }

  sink(kind: CachedKind): Sink {
    return this.#stores[kind];
  }

  /** The answer to a write, as good as an event. */
  observe(kind: CachedKind, raw: unknown): void {
    this.#stores[kind].put(raw as object);
  }

  /** A delete that succeeded: older news of this uid is not believed. */
  forget(kind: CachedKind, uid: string): void {
    this.#stores[kind].forget(uid);
  }

  /**
   * A scale that succeeded: until the Deployment controller has answered it counts as not observed. Which generation it made was not said:
   * a guess would lend the spec hash of what was seen to what somebody else wrote meanwhile.
   */
  scaled(uid: string, replicas: number): void {
    this.#instances.amend(uid, (instance) => ({ ...instance, replicas, observedGeneration: 0 }));
  }

  memory(key: AppKey): Memory {
    return this.#memories.of(key);
  }

  /** Nobody works on this App for now. */
  rest(key: AppKey): void {
    if (this.#appOf(key) === undefined) this.#memories.forget(key);
    else this.#memories.pack(key);
  }

  /** What the decision that was just made, at the instant `now`, asks to remember, and what concerns others. */
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

  /** Nothing can be made for this App any more: it goes, and what it has lost was nobody's deed. */
  ends(key: AppKey): void {
    this.memory(key).ending = this.#appOf(key)?.uid ?? '';
    this.#compromised.delete(key);
  }

  /** How many there are. */
  get apps(): number {
    return this.#apps.size;
  }

  /** All of them, with their reports. */
  everyApp(): readonly (App | Tombstone)[] {
    return this.#apps.all();
  }

  /** Everything a decision may look at; undefined when there is no such App and nothing of it to let go. */
  snapshot(key: AppKey): Snapshot | undefined {
    const app = this.#appOf(key) ?? this.#tombstones.get(key) ?? this.#tombstoneOf(key);
    if (app === undefined) return undefined;
    const revisions = this.#revisions.indexed(key);
    const services = this.#servicesOf(app);
    const alone = app.is === 'app' && runsAlone(app);
    const { tries: _tries, unread: _unread, zeroAt: _zeroAt, ending, ...known } = this.memory(key);
    if (this.#tombstones.has(key)) this.#leaveTombstone(key, services.length === 0);
    return {
      ...known,
      key,
      app,
      records: revisions.filter((revision) => revision.is === 'record'),
      factsSeen: revisions.filter((revision) => revision.is === 'fact'),
      configs: this.#configs.indexed(key).flatMap(({ config }) => config ?? []),
      instances: this.#instances.indexed(key).map((instance) => ({
        ...instance,
        touched: this.#ownership.touched(key, instance.uid),
        leaving: alone ? this.#ownership.leaving(key, instance.uid) : 0,
      })),
      services,
      budgets: [...this.#budgets.indexed(key), ...this.#budgets.indexed(budgetKey(app.namespace))],
      neighbours: this.#neighboursOf(app),
      ending: ending === app.uid,
      fleet: {
        ...this.#fleet,
        apps: this.#apps.size,
        compromised: this.#compromised.size - (this.#compromised.has(key) ? 1 : 0),
      },
      sources: sourceKeys(app).flatMap((source) => this.#configs.indexed(source).slice(0, 1)),
      candidates: this.#candidates.size - (this.#candidates.has(key) ? 1 : 0),
    };
  }

  /** The App of this name that there is now; of one that it replaced the watch may still have to tell the end. */
  #appOf(key: AppKey): App | Tombstone | undefined {
    const [first, ...others] = this.#apps.indexed(key);
    return others.reduce((last, app) => (last !== undefined && newer(last.resourceVersion, app.resourceVersion) ? last : app), first);
  }

  /**
   * An App that went while nobody looked, as an adopted Service remembers it. If a Deployment of it belongs to nobody, it was deleted
   * with --cascade=orphan: its Services stay as they are. Asked only once everything is synced: an absent App is gone.
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

  /** The instance that a pod belongs to, by the pod's uid, as far as it has been seen. */
  readonly instanceOf = (pod: string): InstanceName | undefined => this.#belonging(pod).instance;

  /** Apps whose spec names this Service, or this ConfigMap. */
  #listing(name: string): AppKey[] {
    return name === '' ? [] : this.#apps.indexed(name).map(({ key }) => key);
  }

  /** A Service that is not ours has another selector: Apps whose pods it found or finds want to know. */
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

/** Under what the budgets of a namespace that are no App's are found, and the Apps they may concern. */
const budgetKey = (namespace: string): string => `budgets:${namespace}`;

const serviceKeys = (app: App | Tombstone): string[] =>
  app.is === 'app' ? app.services.map(({ name }) => serviceKey(app.namespace, name)) : [];

/** Under what a ConfigMap is found by those that capture it. */
const sourceKey = (namespace: string, name: string): string => `configmap:${namespace}/${name}`;

const sourceKeys = (app: App | Tombstone): string[] =>
  app.is === 'app' && app.references.configMaps === 'Capture'
    ? app.refers.configMaps.map(({ name }) => sourceKey(app.namespace, name))
    : [];

/** Under what the instances of a namespace are found. */
const placeKey = (namespace: string): string => `in:${namespace}`;
const placesOf = ({ keys }: Kept<unknown>): string[] => keys.flatMap((key) => [key, placeKey(key.slice(0, key.indexOf('/')))]);

/** Nothing but the resourceVersion moved: a heartbeat, a field that no projection keeps. */
const alike = <T extends Entry>(before: T, after: T): boolean =>
  isDeepStrictEqual({ ...before, resourceVersion: '' }, { ...after, resourceVersion: '' });
