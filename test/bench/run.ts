// One run: a fresh cluster, N Apps, all phases, idleness, restarts. Leaves nothing behind however it ends.
import { setTimeout as delay } from 'node:timers/promises';
import { startCluster, type Cluster } from '../../deploy/local/cluster.ts';
import { Audit, type Entry } from './audit.ts';
import { clientOf, type Client } from './client.ts';
import { figuresOf, tally, type PhaseFigures } from './measure.ts';
import { Observer, running, type Sight } from './observer.ts';
import { startOperator, type Mode, type Operator } from './operator.ts';
import { PHASES, appOf, type Phase, type PhaseName } from './phases.ts';

export interface RunOptions {
  readonly apps: number;
  readonly replicas: number;
  /** What Node runs as the operator. */
  readonly entry: string;
  /** The first is the one that is measured; restarted in each of them at the end. */
  readonly modes: readonly [Mode, ...Mode[]];
  readonly nodeFlags: readonly string[];
  readonly phases: readonly PhaseName[];
  readonly idleSeconds: number;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface PhaseResult extends PhaseFigures {
  readonly cpuMsPerApp: number;
  readonly loopDelayMs: number;
  readonly rssMb: number;
}

export interface RunResult {
  readonly apps: number;
  readonly replicas: number;
  readonly mode: Mode;
  readonly phases: Readonly<Partial<Record<PhaseName, PhaseResult>>>;
  readonly idle: {
    readonly seconds: number;
    /** Calls other than for the lease, by verb and resource; a watch that was opened again at the end of its time counts apart. */
    readonly calls: Readonly<Record<string, number>>;
    readonly watches: number;
    readonly leaseCalls: number;
    readonly cpuPercent: number;
  };
  /** After all phases, with two running versions an App. */
  readonly memory: { readonly rssMb: number; readonly peakMb: number };
  readonly restarts: readonly Restart[];
  /** Deployments that lost pods by themselves: the machine was too slow for the cluster, and no number of this run counts. */
  readonly shaken: number;
}

/** A new process that finds everything as it should be. */
export interface Restart {
  readonly mode: Mode;
  readonly readySeconds: number;
  /** Until its last call other than for the lease. */
  readonly steadySeconds: number;
  readonly cpuMs: number;
  readonly rssMb: number;
  readonly peakMb: number;
  readonly writes: number;
}

const PER_NAMESPACE = 100;
const PODS_PER_NODE = 4000;
const PHASE_MS = 15 * 60_000;
/** A report of counts alone may come this much later: the operator writes at most one in five seconds. */
const QUIET_MS = 6_000;
const QUIET_AT_MOST_MS = 60_000;
const POLL_MS = 500;
const SHOW_MS = 5_000;

interface Scene extends RunOptions {
  readonly cluster: Cluster;
  readonly client: Client;
  readonly audit: Audit;
  readonly observer: Observer;
  readonly keys: readonly string[];
}

export async function run(options: RunOptions): Promise<RunResult> {
  const { apps, replicas, log, signal } = options;
  const nodes = 1 + Math.ceil((3 * apps * replicas) / PODS_PER_NODE);
  await using cluster = await startCluster({ audit: true, nodes, log, signal });
  const client = clientOf(cluster);
  const keys = Array.from({ length: apps }, (_, i) => `bench-${Math.floor(i / PER_NAMESPACE)}/app-${String(i).padStart(5, '0')}`);
  await install(cluster, client, keys, signal);
  const observer = new Observer(client);
  const scene: Scene = { ...options, cluster, client, audit: new Audit(cluster.auditLog), observer, keys };
  try {
    return await measure(scene);
  } finally {
    observer.stop();
    await client.close();
  }
}

async function install(cluster: Cluster, client: Client, keys: readonly string[], signal: AbortSignal): Promise<void> {
  const files = ['crds/immutableapp.yaml', 'deploy/base/namespace.yaml', 'deploy/base/serviceaccount.yaml', 'deploy/base/rbac.yaml'];
  for (const file of files) {
    const { code, stderr } = await cluster.kubectl(['apply', '--server-side', '-f', file]);
    if (code !== 0) throw new Error(`${file}: ${stderr}`);
  }
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd/immutableapps.immutableapp.io']);
  const namespaces = new Set(keys.map((key) => key.slice(0, key.indexOf('/'))));
  for (const name of namespaces) await client.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  // Without its service account a namespace refuses pods, and the ReplicaSet controller would wait ever longer.
  for (;;) {
    const accounts = await client.list<{ metadata: { namespace: string } }>('/api/v1/serviceaccounts');
    const there = new Set(accounts.map(({ metadata }) => metadata.namespace));
    if ([...namespaces].every((name) => there.has(name))) return;
    await delay(POLL_MS, undefined, { signal });
  }
}

async function measure(scene: Scene): Promise<RunResult> {
  const { apps, replicas, modes, audit, cluster, entry, nodeFlags, signal, log } = scene;
  const [mode] = modes;
  const start = (how: Mode, flags: readonly string[]) => startOperator({ cluster, entry, mode: how, nodeFlags: flags, signal });
  const operator = await start(mode, nodeFlags);
  const phases: Partial<Record<PhaseName, PhaseResult>> = {};
  try {
    for (const phase of PHASES) {
      if (phase.name === 'create' || scene.phases.includes(phase.name)) phases[phase.name] = await play(scene, phase, operator);
    }
    const idle = await rest(scene, operator);
    const memory = operator.memory();
    await operator.stop();
    const restarts: Restart[] = [];
    for (const each of modes) {
      await audit.read();
      audit.take();
      log(`restart, ${each}`);
      restarts.push(await restart(scene, await start(each, [])));
    }
    return { apps, replicas, mode, phases, idle, memory, restarts, shaken: scene.observer.shaken };
  } catch (error) {
    if (!signal.aborted) log(`the operator's last words:\n${operator.log()}`);
    throw error;
  }
}

async function play(scene: Scene, phase: Phase, operator: Operator): Promise<PhaseResult> {
  const { audit, observer, log } = scene;
  const keys = phase.oneByOne === undefined ? scene.keys : scene.keys.slice(0, phase.oneByOne);
  log(`${phase.name}: ${phase.what}`);
  await audit.read();
  audit.take();
  await operator.loopDelayMs();
  const cpuMs = operator.cpuMs();
  const startedAt = performance.now();
  if (phase.oneByOne === undefined) await change(scene, phase, keys, operator);
  else for (const key of keys) await change(scene, phase, [key], operator);
  const settledSeconds = (performance.now() - startedAt) / 1000;
  await quiet(scene);
  const after = { cpuMsPerApp: (operator.cpuMs() - cpuMs) / keys.length, loopDelayMs: await operator.loopDelayMs() };
  const figures = figuresOf(audit.take(), keys, (key) => observer.sight(key), settledSeconds);
  return { ...figures, ...after, rssMb: operator.memory().rssMb };
}

/** Changes these Apps at once and waits until each is at rest. */
async function change(scene: Scene, { name, change: patchOf, serves, instances }: Phase, keys: readonly string[], operator: Operator) {
  const { client, observer, replicas, signal, log, cluster } = scene;
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(PHASE_MS)]);
  const died = Promise.race([operator.ended.then((how) => `the operator ${how}`), cluster.failed.then(({ message }) => message)]);
  void died.then((why) => {
    ended.abort(new Error(why));
  });
  const generations = new Map<string, number>();
  const over = (sight: Sight) =>
    sight.observedGeneration >= (generations.get(sight.key) ?? Infinity) &&
    sight.ready &&
    sight.calm &&
    sight.serving.includes(serves) &&
    running(sight) === instances;
  const apply = async (key: string): Promise<void> => {
    const [namespace = '', app = ''] = key.split('/');
    const path = `/apis/immutableapp.io/v1alpha1/namespaces/${namespace}/immutableapps`;
    const object = await (patchOf === undefined
      ? client.create<{ metadata: { generation: number } }>(path, appOf(namespace, app, replicas))
      : client.merge<{ metadata: { generation: number } }>(`${path}/${app}`, { spec: patchOf(key) }));
    generations.set(key, object.metadata.generation);
  };
  await Promise.all(keys.map(apply));
  const { left, done } = observer.all(keys, over, until);
  const shown = setInterval(() => {
    log(`${name}: ${keys.length - left.size} of ${keys.length} are through`);
  }, SHOW_MS);
  try {
    await done;
  } catch (error) {
    const stuck = [...left].slice(0, 3).map((key) => `  ${key}: ${running(observer.sight(key))} Deployments; ${observer.sight(key).says}`);
    throw signal.aborted
      ? error
      : new Error(`${name}: ${left.size} of ${keys.length} Apps are not through: ${(error as Error).message}\n${stuck.join('\n')}`, {
          cause: error,
        });
  } finally {
    clearInterval(shown);
  }
}

/** Waits until the operator has made no call but for its lease for a while. */
async function quiet({ audit, signal, log }: Scene): Promise<void> {
  const startedAt = Date.now();
  for (;;) {
    await delay(POLL_MS, undefined, { signal });
    await audit.read();
    const now = Date.now();
    if (now - Math.max(audit.lastCallAt, startedAt) > QUIET_MS) return;
    if (now - startedAt < QUIET_AT_MOST_MS) continue;
    log(`the operator is still making calls ${QUIET_AT_MOST_MS / 1000} s after everything was done`);
    return;
  }
}

async function rest({ audit, idleSeconds, signal, log }: Scene, operator: Operator): Promise<RunResult['idle']> {
  log(`idle for ${idleSeconds} s`);
  await audit.read();
  audit.take();
  const cpuMs = operator.cpuMs();
  await delay(idleSeconds * 1000, undefined, { signal });
  const cpuPercent = (operator.cpuMs() - cpuMs) / idleSeconds / 10;
  await audit.read();
  const calls = audit.take().filter(({ who }) => who === 'operator');
  const isLease = ({ resource }: Entry) => resource === 'leases';
  const isWatch = ({ verb }: Entry) => verb === 'watch';
  return {
    seconds: idleSeconds,
    calls: tally(
      calls.filter((call) => !isLease(call) && !isWatch(call)),
      ({ verb, resource }) => `${verb} ${resource}`,
    ),
    watches: calls.filter(isWatch).length,
    leaseCalls: calls.filter(isLease).length,
    cpuPercent,
  };
}

async function restart(scene: Scene, operator: Operator): Promise<Restart> {
  const { audit } = scene;
  const startedAt = Date.now() - operator.readyMs;
  await quiet(scene);
  const writes = audit
    .take()
    .filter(({ who, verb, resource }) => who === 'operator' && resource !== 'leases' && !/^(get|list|watch)$/.test(verb));
  const { rssMb, peakMb } = operator.memory();
  const result = {
    mode: operator.mode,
    readySeconds: operator.readyMs / 1000,
    steadySeconds: Math.max(operator.readyMs, audit.lastCallAt - startedAt) / 1000,
    cpuMs: operator.cpuMs(),
    rssMb,
    peakMb,
    writes: writes.length,
  };
  await operator.stop();
  return result;
}
