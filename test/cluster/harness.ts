// A real cluster with everything deploy/ ships but the operator's Deployment, as test files see it: the operator runs as a process of its own
// under its own ServiceAccount, each test has a namespace of its own, and a recorder keeps all history for it to assert on.
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { AuditedRequest } from '../../deploy/local/audit.ts';
import type { ClusterClient } from '../../deploy/local/client.ts';
import { startCluster, type Cluster, type ClusterOptions } from '../../deploy/local/cluster.ts';
import { ANNOTATION, API_VERSION, CONDITION, KIND, LABEL } from '../../src/model/vocabulary.ts';
import type { Condition } from '../../src/model/app.ts';
import { adminOf, must, type Admin, type Answer } from './admin.ts';
import {
  apiVersionOf,
  KINDS,
  pathOf,
  type App,
  type Deployment,
  type EndpointSlice,
  type Kind,
  type Kinds,
  type Pod,
  type Service,
} from './objects.ts';
import { enforced } from './enforcing.ts';
import { startOperator, type OperatorProcess, type ProcessOptions } from './process.ts';
import { Recorder, type Entry } from './recorder.ts';
import { violations, type Tolerance } from './safety.ts';
import { kubectl, POLICY_FOLDER, shipped } from './shipped.ts';

export const START_MS = 15 * 60_000; // The cluster's programs may have to be built first.
/** For what the garbage collector does: it looks for new CRDs every 30 s only. */
export const GC_MS = 60_000;
export const OPERATOR = 'system:serviceaccount:immutableapp-system:immutableapp';
export const SYSTEM = 'immutableapp-system';

type Json = Readonly<Record<string, unknown>>;

export interface TemplateOptions {
  readonly image?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly container?: Json;
  readonly pod?: Json;
}

/** A pod template with a port called http. */
export const template = ({
  image = 'example/web:1',
  annotations,
  labels = { app: 'web' },
  container,
  pod,
}: TemplateOptions = {}): Json => ({
  metadata: { labels, ...(annotations && { annotations }) },
  spec: { containers: [{ name: 'web', image, ports: [{ name: 'http', containerPort: 8080 }], ...container }], ...pod },
});

/** Pods that come up but stay unready until `Place.release`. */
export const HELD = { 'test.immutableapp.io/unready': 'true' };
export const NEVER = { 'test.immutableapp.io/ready': 'never' };

export const port = (targetPort: string | number = 'http'): Json => ({ name: 'http', port: 80, targetPort });
/** A Service that the operator creates and owns. */
export const owned = (name = 'web', role?: 'Active' | 'Preview'): Json => ({ name, ...(role && { role }), ports: [port()] });

export interface StageOptions extends Pick<ClusterOptions, 'autoscalePeriodSeconds' | 'controllersAs' | 'nodes' | 'directory'> {
  /** The policies are in force, unless what they forbid is what a test is about. Default true. */
  readonly policies?: boolean;
  /** Brings the CRD, the operator's account and the policies. Default: as deploy/ ships them. */
  readonly install?: (cluster: Cluster) => Promise<unknown>;
  /** Where `install` puts the operator. */
  readonly namespace?: string;
}

export interface Judgement {
  /** The test has writes of the operator refused. */
  readonly refusals?: boolean;
}

/** What a stage has as soon as it is open. */
interface Opened<C extends ClusterClient> {
  readonly cluster: C;
  readonly admin: Admin;
  readonly recorder: Recorder;
  readonly kubeconfig: string;
}

/** A cluster with the operator's account in it, whoever else has been there before. */
export class Stage<C extends ClusterClient = ClusterClient> {
  readonly #operators: OperatorProcess[] = [];
  readonly #places: Place[] = [];
  readonly #name: string;
  #opened: Opened<C> | undefined;

  /** `name` is the beginning of the names of its namespaces. */
  constructor(name = 'place') {
    this.#name = name;
  }

  async enter(cluster: C, { policies = true, namespace = SYSTEM }: Pick<StageOptions, 'policies' | 'namespace'> = {}): Promise<void> {
    const admin = adminOf(cluster);
    const kubeconfig = await cluster.kubeconfigFor({ serviceAccount: `${namespace}/immutableapp` });
    const recorder = new Recorder(admin);
    this.#opened = { cluster, admin, recorder, kubeconfig };
    await polled('the CRD is served', async () => (await cluster.call('GET', pathOf('ImmutableApp'))).code === 200);
    if (policies) await this.enforced();
    await recorder.start();
  }

  get #there(): Opened<C> {
    if (this.#opened === undefined) throw new Error('The stage is not open: that is only for what runs in a test or in a hook.');
    return this.#opened;
  }
  get cluster(): C {
    return this.#there.cluster;
  }
  get admin(): Admin {
    return this.#there.admin;
  }
  get recorder(): Recorder {
    return this.#there.recorder;
  }
  get namespaces(): readonly string[] {
    return this.#places.map(({ namespace }) => namespace);
  }

  /** Ends what runs here; the cluster itself is let go of, not ended. */
  async close(): Promise<void> {
    if (this.#opened === undefined) return;
    await Promise.all(this.#operators.map((operator) => operator.kill()));
    await this.recorder.stop();
    await this.admin.close();
  }

  /** Starts an operator under its own ServiceAccount and, unless told otherwise, waits until it is ready. */
  async operator(flags: readonly string[] = [], kubeconfig = this.#there.kubeconfig): Promise<OperatorProcess> {
    const operator = await this.start(flags, kubeconfig);
    await operator.ready();
    return operator;
  }

  async start(flags: readonly string[] = [], kubeconfig = this.#there.kubeconfig, options?: ProcessOptions): Promise<OperatorProcess> {
    const operator = await startOperator(this.cluster.directory, kubeconfig, flags, options);
    this.#operators.push(operator);
    return operator;
  }

  /** Applies the policies and waits until each of them refuses. */
  async enforce(): Promise<void> {
    await this.kubectl('apply', '-k', POLICY_FOLDER);
    await this.enforced();
  }

  /** Waits until each of the policies refuses. */
  enforced(): Promise<void> {
    return enforced(this.cluster);
  }

  /** A new namespace. */
  async place(): Promise<Place> {
    const place = new Place(this, `${this.#name}-${this.#places.length + 1}`);
    this.#places.push(place);
    const metadata = { name: place.namespace };
    must(await this.admin.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata }));
    return place;
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return kubectl(this.cluster, ...args);
  }

  /** What the operator asked of the API server so far, in one namespace if named; the newest are there once a marker of ours is. */
  async audit(namespace?: string, user = OPERATOR): Promise<AuditedRequest[]> {
    // A line may be written a moment after the answer: the lines of a request that came later say that no earlier one is missing.
    const marker = `/api/v1/namespaces/default?marker=${process.hrtime.bigint()}`;
    must(await this.admin.get(marker));
    await polled('the audit log has caught up', async () => (await this.cluster.requests()).some(({ path }) => path === marker));
    return (await this.cluster.requests(user)).filter((request) => namespace === undefined || request.namespace === namespace);
  }

  /**
   * The promise of the operator's API port, of its RBAC and of the audit log alike: nothing published was edited, no Secret was read, and,
   * unless the test has its writes refused, nothing was tried that it may not do.
   */
  async expectPromisesKept({ refusals = false }: Judgement = {}): Promise<void> {
    if (this.#operators.length === 0) return;
    const frozen = new Set(['deployments', 'configmaps', 'controllerrevisions']);
    // Who acts as the operator without its token is somebody else.
    const all = (await this.audit()).filter(({ credential }) => credential !== '');
    expect(all.length).toBeGreaterThan(0);
    expect(all.filter(({ verb, resource }) => (verb === 'update' || verb === 'patch') && frozen.has(resource))).toEqual([]);
    expect(all.filter(({ resource }) => resource.startsWith('secrets'))).toEqual([]);
    expect(all.filter(({ verb, resource }) => verb === 'delete' && resource.startsWith('pods'))).toEqual([]);
    if (!refusals) expect(all.filter(({ code }) => code === 403).map(({ verb, path }) => `${verb} ${path}`)).toEqual([]);
  }

  explain(error: unknown): Error {
    const logs = this.#operators.slice(-2).map((operator) => operator.log());
    return new Error(`${(error as Error).message}\n${logs.join('\n--\n')}`, { cause: error });
  }
}

/** One whose cluster is nobody else's. */
export class OwnStage extends Stage<Cluster> {
  static async open(options?: StageOptions): Promise<OwnStage> {
    const stage = new OwnStage();
    await stage.build(options);
    return stage;
  }

  async build({ policies = true, install = shipped(policies), namespace = SYSTEM, ...options }: StageOptions = {}): Promise<void> {
    const cluster = await startCluster({ ...options, audit: true, log: (line) => process.stderr.write(`${line}\n`) });
    try {
      await install(cluster);
      await this.enter(cluster, { policies, namespace });
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** The API server is away for so long; returns once it serves every kind again. */
  outage(ms: number): Promise<void> {
    // A server that says it is ready still answers 429 for what it has not read from etcd yet.
    const served = async (kind: Kind) => (await this.admin.get(pathOf(kind))).code === 200;
    const away = async () => {
      await this.cluster.stopApiServer();
      await delay(ms);
      await this.cluster.startApiServer();
      for (const kind of KINDS) await polled(`${kind} is served again`, () => served(kind));
    };
    return this.recorder.during(away());
  }

  override async close(): Promise<void> {
    await super.close();
    await this.cluster.stop();
  }
}

/** One test's namespace. */
export class Place {
  readonly stage: Stage;
  readonly namespace: string;

  constructor(stage: Stage, namespace: string) {
    this.stage = stage;
    this.namespace = namespace;
  }

  /** An App that drains at once and has a Service of its own, unless `spec` says otherwise. */
  app(spec: Json = {}, name = 'shop', metadata: Json = {}): object {
    const promotion = { drainSeconds: 0, ...(spec.promotion as Json | undefined) };
    return {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { name, namespace: this.namespace, ...metadata },
      spec: { template: template(), services: [owned()], ...spec, promotion },
    };
  }

  /** Server-side apply of an App; fails the test if it is refused. */
  async apply(app: object): Promise<App> {
    return must(await this.tryApply(app));
  }

  async tryApply(app: object): Promise<Answer<App>> {
    const { name } = (app as App).metadata;
    return this.stage.admin.apply<App>(this.path('ImmutableApp', name), app);
  }

  async merge<K extends Kind>(kind: K, name: string, body: object, subresource = ''): Promise<Kinds[K]> {
    return must(await this.stage.admin.merge<Kinds[K]>(`${this.path(kind, name)}${subresource}`, body));
  }

  /** A patch by somebody who has broken the glass. */
  async byHand<K extends Kind>(kind: K, name: string, body: object, type: 'merge' | 'strategic' = 'merge'): Promise<Kinds[K]> {
    return JSON.parse(await this.#glass('patch', kind, name, `--type=${type}`, '-p', JSON.stringify(body), '-o', 'json')) as Kinds[K];
  }

  /** A deletion by the same. */
  async removeByHand(kind: Kind, name: string): Promise<void> {
    await this.#glass('delete', kind, name, '--wait=false');
  }

  #glass(...command: string[]): Promise<string> {
    const person = ['--as=admin', '--as-group=system:masters', '--as-group=immutableapp:break-glass'];
    return this.stage.kubectl(...command, '-n', this.namespace, ...person);
  }

  async create<K extends Kind>(kind: K, name: string, body: object): Promise<Kinds[K]> {
    const { metadata, ...rest } = body as { metadata?: object };
    const object = { apiVersion: apiVersionOf(kind), kind, ...rest, metadata: { name, ...metadata } };
    return must(await this.stage.admin.post<Kinds[K]>(this.path(kind), object));
  }

  async remove(kind: Kind, name: string, propagationPolicy: 'Background' | 'Foreground' | 'Orphan' = 'Background'): Promise<void> {
    must(await this.stage.admin.remove(this.path(kind, name), { propagationPolicy }));
  }

  path(kind: Kind, name?: string): string {
    return pathOf(kind, this.namespace, name);
  }

  /** Points spec.activeVersion somewhere. */
  point(activeVersion: string, name = 'shop'): Promise<App> {
    return this.merge('ImmutableApp', name, { spec: { activeVersion } });
  }

  until<T>(what: string, look: () => T | undefined | false, deadlineMs?: number): Promise<T> {
    return this.stage.recorder
      .until(`${this.namespace}: ${what}`, look, deadlineMs)
      .catch((error: unknown) => Promise.reject(this.stage.explain(new Error(`${(error as Error).message}\n${this.summary()}`))));
  }

  list<K extends Kind>(kind: K): Kinds[K][] {
    return this.stage.recorder.list(kind, this.namespace);
  }

  find<K extends Kind>(kind: K, name: string): Kinds[K] | undefined {
    return this.stage.recorder.find(kind, this.namespace, name);
  }

  /** Complete only after `settle`, or as far as what was waited for. */
  history<K extends Kind>(kind: K, name?: string): Entry<K>[] {
    return this.stage.recorder.history(kind, this.namespace, name);
  }

  settle(): Promise<void> {
    return this.stage.recorder.settle(this.namespace);
  }

  /** Waits until the operator's report is about this generation (of the App as `apply` returned it) and says so. */
  reported(app: App, says: (app: App) => boolean, what: string, deadlineMs?: number): Promise<App> {
    const { name, generation } = app.metadata;
    return this.until(
      `${name} at generation ${generation} ${what}`,
      () => {
        const now = this.find('ImmutableApp', name);
        return now !== undefined && (now.status?.observedGeneration ?? 0) >= generation && says(now) && now;
      },
      deadlineMs,
    );
  }

  /** Waits until the App is as said, whatever its generation: annotations move none. */
  told(says: (app: App) => boolean, what: string, deadlineMs?: number, name = 'shop'): Promise<App> {
    return this.until(
      what,
      () => {
        const app = this.find('ImmutableApp', name);
        return app !== undefined && says(app) && app;
      },
      deadlineMs,
    );
  }

  /** What spec asks for serves, and nothing is going on any more. */
  steady(app: App, deadlineMs?: number): Promise<App> {
    return this.reported(app, (now) => is(now, 'Ready') && !is(now, 'Reconciling') && !is(now, 'Stalled'), 'is steady', deadlineMs);
  }

  /** What spec asks for serves. */
  serving(app: App, deadlineMs?: number): Promise<App> {
    return this.reported(app, (now) => is(now, 'Ready'), 'serves', deadlineMs);
  }

  stalled(app: App, reason: string, deadlineMs?: number): Promise<App> {
    return this.reported(app, (now) => condition(now, CONDITION.stalled)?.reason === reason, `is Stalled/${reason}`, deadlineMs);
  }

  update(spec: Json, name?: string): Promise<App> {
    return this.apply(this.app(spec, name));
  }

  /** Applies, waits until it serves and all is quiet, and returns the version that serves. */
  async rollOut(spec: Json, name?: string): Promise<string> {
    const { status } = await this.steady(await this.update(spec, name));
    return status!.activeVersion!;
  }

  /** Waits for an instance other than `others` with that many running pods that are held back. */
  heldUp(pods: number, ...others: readonly string[]): Promise<string> {
    return this.until(`a new instance with ${pods} pods that wait`, () =>
      this.list('Deployment')
        .map(({ metadata }) => metadata.name)
        .find((name) => !others.includes(name) && this.podsOf(name).filter(({ status }) => status.phase === 'Running').length === pods),
    );
  }

  /** Lets a held pod, or all of an instance, become ready. */
  async release(instance: string, count = Infinity): Promise<void> {
    const held = (pod: Pod) => pod.metadata.annotations?.['test.immutableapp.io/unready'] !== undefined && pod.status.phase === 'Running';
    const pods = this.podsOf(instance).filter(held).slice(0, count);
    expect(pods.length).toBeGreaterThan(0);
    for (const { metadata } of pods)
      await this.merge('Pod', metadata.name, { metadata: { annotations: { 'test.immutableapp.io/unready': null } } });
  }

  podsOf(instance: string): Pod[] {
    return this.list('Pod').filter(({ metadata }) => metadata.labels?.[LABEL.instance] === instance);
  }

  /** Waits for a Deployment to be as said. */
  deployment(name: string, what: string, says: (deployment: Deployment) => boolean): Promise<Deployment> {
    return this.until(`Deployment ${name} ${what}`, () => {
      const now = this.find('Deployment', name);
      return now !== undefined && says(now) && now;
    });
  }

  /** The instance that each successive version of a Service selected, without repetition; undefined for none. */
  selections(service = 'web'): { readonly instance: string | undefined; readonly version: number; readonly at: number }[] {
    return this.history('Service', service)
      .map(({ object, version, at, gone }) => ({ instance: gone ? undefined : selectedBy(object), version, at }))
      .filter(({ instance }, i, all) => i === 0 || instance !== all[i - 1]!.instance);
  }

  /** The instances that a Service has selected so far, in order. */
  async route(service = 'web'): Promise<string[]> {
    await this.settle();
    return this.selections(service).flatMap(({ instance }) => instance ?? []);
  }

  /** The last version of an object before a write. */
  before<K extends Kind>(kind: K, name: string, version: number): Kinds[K] | undefined {
    return this.history(kind, name).findLast((entry) => entry.version < version && !entry.gone)?.object;
  }

  /** Names of the records that hold content: one per version. */
  versions(): string[] {
    return this.list('ControllerRevision')
      .filter(({ data }) => (data as { fact?: unknown }).fact === undefined)
      .map(({ metadata }) => metadata.name)
      .toSorted();
  }

  events(): { readonly reason: string; readonly note: string }[] {
    return this.history('Event')
      .filter(({ object }) => object.regarding.kind === KIND)
      .map(({ object: { reason, note } }) => ({ reason, note }));
  }

  /** Every safety promise, on everything that ever happened here. */
  async expectSafe(tolerance: Tolerance = {}): Promise<void> {
    await this.settle();
    expect(violations(this.stage.recorder, this.namespace, tolerance)).toEqual([]);
  }

  summary(): string {
    const apps = this.list('ImmutableApp').map(({ metadata, status }) => {
      const said = (status?.conditions ?? []).map(
        ({ type, status: value, reason, message }) => `${type}=${String(value)}/${String(reason)}: ${String(message)}`,
      );
      const versions = (status?.versions ?? []).map(
        ({ id, state, instances = [] }) =>
          `${id} ${String(state)} [${instances.map(({ name, role, ready, desired }) => `${name} ${String(role)} ${String(ready)}/${String(desired)}`).join(', ')}]`,
      );
      return `  App ${metadata.name} generation ${metadata.generation} observed ${String(status?.observedGeneration)}\n    ${[...said, ...versions].join('\n    ')}`;
    });
    const deployments = this.list('Deployment').map(
      ({ metadata, spec, status }) => `  Deployment ${metadata.name} ${String(status.availableReplicas ?? 0)}/${spec.replicas}`,
    );
    const services = this.list('Service').map((service) => `  Service ${service.metadata.name} → ${JSON.stringify(service.spec.selector)}`);
    return [...apps, ...deployments, ...services].join('\n');
  }
}

export const condition = (app: App | undefined, type: string): Condition | undefined =>
  app?.status?.conditions?.find((each) => each.type === type);
export const is = (app: App | undefined, type: string): boolean => condition(app, type)?.status === 'True';
export const selectedBy = (service: Service | undefined): string | undefined => service?.spec.selector?.[LABEL.instance];
export const available = (deployment: Deployment | undefined): number => deployment?.status.availableReplicas ?? 0;
/** Endpoints of a slice that traffic is sent to. */
export const readyIn = ({ endpoints }: EndpointSlice): readonly NonNullable<EndpointSlice['endpoints']>[number][] =>
  (endpoints ?? []).filter(({ conditions }) => conditions.ready !== false);
export const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

export const stampOn = (
  service: Service | undefined,
): { readonly switchNumber: number; readonly instance: string; readonly previous: string } | undefined => {
  const text = service?.metadata.annotations?.[ANNOTATION.stamp];
  return text === undefined ? undefined : (JSON.parse(text) as { switchNumber: number; instance: string; previous: string });
};

const POLL_MS = 20;

/** For what no watch shows. `look` says true, or false, or what it saw instead. */
export async function polled(what: string, look: () => Promise<boolean | string>, deadlineMs = 30_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (let seen = await look(); seen !== true; seen = await look()) {
    const instead = seen === false ? '' : `; seen: ${seen}`;
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs / 1000} s: ${what}${instead}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
