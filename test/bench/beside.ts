// The same work for Argo Rollouts and for us, each on a fresh cluster of its own, one after the other: all are created, some updated one by
// one, all updated at once, nothing done. Both take the old version away half a minute after the switch, their default.
import { Audit, type Entry } from './audit.ts';
import { seenAll, type Client } from './client.ts';
import { figuresOf, podsToSwitch, type PhaseFigures, type Spread } from './measure.ts';
import { cpuMs, pidOf, type Measured } from './measured.ts';
import { AS_IN_A_POD, startOperator, USER, type Mode } from './operator.ts';
import { appOf, content } from './phases.ts';
import { platformAlone } from './platform.ts';
import type { Release } from '../tools/released.ts';
import * as rollouts from './rollouts.ts';
import { rest, type Idle } from './run.ts';
import { enforce, onScene, quiet, through, type Scene, type SceneOptions } from './scene.ts';

const LIGHT = 20;
/** By default Argo Rollouts asks 40 times a second: minutes for what a thousand updates leave to say. */
const BACKLOG_MS = 15 * 60_000;

interface Seen {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly generation: number };
}

/** Who does the work, and how it is asked to. */
export interface Side<O extends Seen = Seen> {
  readonly title: string;
  readonly user: string;
  install(cluster: Scene['cluster']): Promise<void>;
  start(cluster: Scene['cluster'], signal: AbortSignal): Promise<Measured>;
  /** Of the API, without the namespace: `/apis/G/V` and the resource. */
  readonly group: string;
  readonly resource: string;
  create(client: Client, namespace: string, name: string): Promise<void>;
  /** The generation asked for. */
  update(client: Client, namespace: string, name: string, version: string): Promise<number>;
  /** Traffic is where it was asked for, and says so. */
  served(object: O): boolean;
  /** Nothing of before is running any more. */
  rested(object: O): boolean;
  /** Whether Deployments are there to make as many of, without it, at the end. */
  readonly floor: boolean;
}

interface Rollout extends Seen {
  readonly status?: {
    readonly observedGeneration?: string;
    readonly phase?: string;
    readonly stableRS?: string;
    readonly currentPodHash?: string;
    readonly blueGreen?: { readonly activeSelector?: string };
    readonly replicas?: number;
  };
}

const ofWorkload = (workload: rollouts.Workload): Pick<Side, 'group' | 'resource' | 'create' | 'update'> => ({
  group: `/apis/${workload.api}`,
  resource: workload.resource,
  create: (client, namespace, name) => rollouts.create(workload, client, namespace, name),
  update: (client, namespace, name, version) => rollouts.update(workload, client, namespace, name, version),
});

interface Deployment extends Seen {
  readonly spec: { readonly replicas: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/** Nobody: a process that costs nothing. What is done is done by Kubernetes' own controllers. */
const NOBODY: Measured = {
  readyMs: 0,
  ended: new Promise(() => undefined),
  cpuMs: () => NaN,
  memory: () => ({ rssMb: NaN, peakMb: NaN }),
  handles: () => ({ files: NaN, sockets: NaN }),
  log: () => '',
  signal: () => undefined,
  stop: () => Promise.resolve(),
};

/** A Deployment that is given the name of a new ConfigMap: what people do without either. Its rolling update moves traffic pod by pod. */
export const plainDeployments: Side<Deployment> = {
  title: 'plain',
  user: 'system:serviceaccount:kube-system:deployment-controller',
  install: () => Promise.resolve(),
  start: () => Promise.resolve(NOBODY),
  ...ofWorkload(rollouts.PLAIN),
  served: ({ metadata, spec: { replicas }, status = {} }) =>
    status.observedGeneration === metadata.generation && status.updatedReplicas === replicas && status.availableReplicas === replicas,
  rested: ({ spec, status }) => status?.replicas === spec.replicas,
  floor: false,
};

export const argoRollouts = (title: string, release: Release, flags: readonly string[]): Side<Rollout> => ({
  title,
  user: rollouts.USER,
  install: (cluster) => rollouts.installRollouts(cluster, release),
  start: (cluster, signal) => rollouts.startRollouts(cluster, release, flags, signal),
  ...ofWorkload(rollouts.ROLLOUT),
  served: ({ metadata, status = {} }) =>
    status.observedGeneration === String(metadata.generation) &&
    status.phase === 'Healthy' &&
    status.stableRS === status.currentPodHash &&
    status.blueGreen?.activeSelector === status.currentPodHash,
  rested: ({ status }) => status?.replicas === 1,
  floor: false,
});

interface App extends Seen {
  readonly spec: { readonly version: string };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly activeVersion?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly versions?: readonly { readonly id: string; readonly names?: readonly string[]; readonly instances?: readonly object[] }[];
  };
}

const APPS = '/apis/immutableapp.io/v1alpha1';

export const ourselves = (entry: string, mode: Mode, policies: boolean): Side<App> => ({
  title: policies ? 'ours' : 'bare',
  user: USER,
  install: (cluster) => (policies ? enforce(cluster) : Promise.resolve()),
  start: (cluster, signal) => startOperator({ cluster, entry, mode, nodeFlags: AS_IN_A_POD, signal }),
  group: APPS,
  resource: 'immutableapps',
  async create(client, namespace, name) {
    await client.create(`${APPS}/namespaces/${namespace}/immutableapps`, appOf(namespace, name, 1));
  },
  async update(client, namespace, name, version) {
    // With the default drain: the Apps of the other benches have none.
    const spec = { ...content(`${namespace}/${name}`, version), promotion: null };
    const path = `${APPS}/namespaces/${namespace}/immutableapps/${name}`;
    return (await client.merge<App>(path, { spec })).metadata.generation;
  },
  served: ({ metadata, spec, status: { observedGeneration, activeVersion, conditions = [], versions = [] } = {} }) =>
    observedGeneration === metadata.generation &&
    conditions.some(({ type, status }) => type === 'Ready' && status === 'True') &&
    (versions.find(({ id }) => id === activeVersion)?.names?.includes(spec.version) ?? false),
  rested: ({ status }) => status?.versions?.flatMap(({ instances = [] }) => instances).length === 1,
  floor: true,
});

export interface Load extends PhaseFigures {
  readonly podsToSwitchMs: Spread | undefined;
  readonly cpuMsPerApp: number;
  /** What the cluster spent on it beyond what it spends idle, whoever asked for it. */
  readonly server: Spent;
  /** Calls once all were at rest, and how long they went on. */
  readonly afterwards: { readonly calls: number; readonly seconds: number };
}

export interface Spent {
  /** CPU of the API server. */
  readonly cpuMs: number;
  /** What etcd wrote into its log, which takes every write. */
  readonly kilobytes: number;
  readonly seconds: number;
}

async function spent(cluster: Scene['cluster']): Promise<Spent> {
  const text = await (await fetch(`${cluster.etcd}/metrics`)).text();
  const kilobytes = Number(/^etcd_disk_wal_write_bytes_total (\S+)$/m.exec(text)?.[1]) / 1000;
  return { cpuMs: cpuMs(pidOf(cluster, 'kube-apiserver')), kilobytes, seconds: performance.now() / 1000 };
}

const since = (now: Spent, before: Spent): Spent => ({
  cpuMs: now.cpuMs - before.cpuMs,
  kilobytes: now.kilobytes - before.kilobytes,
  seconds: now.seconds - before.seconds,
});

/** Of each of so many updates, without what the cluster would have spent in that time anyway. */
const beyond = ({ cpuMs, kilobytes, seconds }: Spent, idle: Spent, updates: number): Spent => ({
  cpuMs: (cpuMs - (idle.cpuMs * seconds) / idle.seconds) / updates,
  kilobytes: (kilobytes - (idle.kilobytes * seconds) / idle.seconds) / updates,
  seconds,
});

export interface Found {
  readonly title: string;
  readonly apps: number;
  readonly light: Load;
  readonly update: Load;
  readonly idle: Idle;
  readonly memory: { readonly rssMb: number; readonly peakMb: number };
  /** Seconds for as many Deployments of nobody: see platform.ts. */
  readonly platformSeconds: number | undefined;
  /** Deployments that lost pods by themselves. */
  readonly shaken: number;
}

/** A scene and who plays on it. */
interface Played extends Scene {
  readonly side: Side;
  readonly measured: Measured;
}

export const play = (side: Side, options: SceneOptions, idleSeconds: number): Promise<Found> =>
  onScene(options, async (scene) => {
    const { cluster, keys, apps, signal, log } = scene;
    await side.install(cluster);
    const measured = await side.start(cluster, signal);
    const audit = new Audit(cluster.auditLog, side.user, ['deployments', 'replicasets']);
    const played: Played = { ...scene, audit, side, measured };
    try {
      log(`${apps} are created`);
      await Promise.all(keys.map((key) => side.create(scene.client, ...split(key))));
      await arrived(played, 'create', new Map(keys.map((key) => [key, 1])), true);
      await quiet(played, BACKLOG_MS);
      const light = await loaded(played, 'light', keys.slice(0, LIGHT), async (each) => {
        for (const key of keys.slice(0, LIGHT)) await arrived(played, 'light', new Map([[key, await each(key, 'v2')]]), false);
      });
      const update = await loaded(played, 'update', keys, async (each) => {
        await Promise.all(keys.map((key) => each(key, 'v3')));
      });
      const before = await spent(cluster);
      const idle = await rest(played, measured, idleSeconds);
      const idly = since(await spent(cluster), before);
      const net = (load: Load): Load => ({ ...load, server: beyond(load.server, idly, load.apps) });
      const memory = measured.memory();
      await measured.stop();
      const platformSeconds = side.floor ? await platformAlone(played, keys) : undefined;
      return {
        title: side.title,
        apps,
        light: net(light),
        update: net(update),
        idle,
        memory,
        platformSeconds,
        shaken: scene.observer.shaken,
      };
    } catch (error) {
      if (!signal.aborted) log(`its last words:\n${measured.log()}`);
      throw error;
    } finally {
      await measured.stop();
    }
  });

/** What it costs until all of these, updated by `work` one way or the other, are at rest and nothing is left to say about it. */
async function loaded(
  played: Played,
  name: string,
  keys: readonly string[],
  work: (update: (key: string, version: string) => Promise<number>) => Promise<void>,
): Promise<Load> {
  const { audit, observer, client, measured, side, log } = played;
  log(`${name}: ${keys.length} get a new config`);
  await audit.read();
  audit.take();
  const cpuMs = measured.cpuMs();
  const before = await spent(played.cluster);
  const startedAt = performance.now();
  const generations = new Map<string, number>();
  await work(async (key, version) => {
    const generation = await side.update(client, ...split(key), version);
    generations.set(key, generation);
    return generation;
  });
  await arrived(played, name, generations, true);
  const [settledSeconds, settledAt] = [(performance.now() - startedAt) / 1000, Date.now()];
  await quiet(played, BACKLOG_MS);
  const cpuMsPerApp = (measured.cpuMs() - cpuMs) / keys.length;
  const server = since(await spent(played.cluster), before);
  const entries = audit.take();
  const late = entries.filter(isCall).filter(({ receivedAt }) => receivedAt > settledAt);
  const afterwards = { calls: late.length, seconds: Math.max(0, ...late.map(({ completedAt }) => completedAt - settledAt)) / 1000 };
  const figures = figuresOf(entries, keys, (key) => observer.sight(key), settledSeconds);
  return { ...figures, podsToSwitchMs: podsToSwitch(entries, keys), cpuMsPerApp, server, afterwards };
}

/** Waits until these serve what they were asked for by that generation and, if `rested`, nothing else runs. */
async function arrived(played: Played, name: string, generations: ReadonlyMap<string, number>, rested: boolean): Promise<void> {
  const { client, side, measured } = played;
  const keys = [...generations.keys()];
  const [namespace, app] = split(keys[0]!);
  const path =
    keys.length > 1
      ? `${side.group}/${side.resource}`
      : `${side.group}/namespaces/${namespace}/${side.resource}?fieldSelector=metadata.name=${app}`;
  const last = new Map<string, Seen & { status?: object }>();
  const over = (object: Seen & { readonly status?: object }): boolean => {
    const { metadata } = object;
    const key = `${metadata.namespace}/${metadata.name}`;
    last.set(key, object);
    return metadata.generation >= (generations.get(key) ?? Infinity) && side.served(object) && (!rested || side.rested(object));
  };
  const says = (key: string): string => JSON.stringify(last.get(key)?.status ?? 'no status');
  await through(played, { name, keys, measured, says }, (until) => seenAll(client, { path, keys, over }, until));
}

const split = (key: string): [namespace: string, name: string] => {
  const [namespace = '', name = ''] = key.split('/');
  return [namespace, name];
};

const isCall = ({ who, verb, resource }: Entry): boolean => who === 'operator' && verb !== 'watch' && resource !== 'leases';
