// A real Kubernetes on loopback for tests, benches and the demo: etcd, kube-apiserver, kube-controller-manager,
// kube-scheduler, and nodes, simulated unless said otherwise (nodes.ts). Several at once, each with its own ports and directory.
// It must never leave anything behind: programs end with this process however it ends, stop() waits until they are gone,
// and a failed start undoes itself and says which program failed with the last lines of its log.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './api.ts';
import type { AuditedRequest } from './audit.ts';
import { findBinaries, type Binaries } from './binaries.ts';
import { newAuthority, type Authority, type Subject } from './certificates.ts';
import { Client, type Account, type ClusterClient } from './client.ts';
import { emptyDirectory, newDirectory, remove } from './directory.ts';
import { freePort } from './ports.ts';
import { lastLines, launch, type Command, type Program } from './process.ts';
import { files, newToken, writeLayout } from './layout.ts';
import { isReady, simulatedNodes, withoutTaint, type Nodes } from './nodes.ts';
import { programArguments, type ControlPlane, type Ports } from './programs.ts';

export interface ClusterOptions {
  /** So many simulated nodes, each with room for 4,000 pods, or nodes of another kind. Default 2. */
  readonly nodes?: number | Nodes;
  /** How long a pod takes to become ready unless its annotations say otherwise (stages.ts). Default 0. */
  readonly podsReadyAfterMs?: number;
  /** Write a line per API request to `auditLog`, for `requests()`. Default false. */
  readonly audit?: boolean;
  /** How often HorizontalPodAutoscalers look at their metrics. Default 15, as everywhere. */
  readonly autoscalePeriodSeconds?: number;
  /** One user as whom all built-in controllers act. Default: each as its own service account, as upstream's installers have it. */
  readonly controllersAs?: string;
  /** Keep everything here, also after stop(). Default: a temporary directory, removed by stop(). Must be empty or absent. */
  readonly directory?: string;
  /** Progress, one line at a time; building the binaries takes minutes the first time. */
  readonly log?: (line: string) => void;
  /** Aborting gives up a start in progress. */
  readonly signal?: AbortSignal;
}

/** A user by name and groups, or a service account as `namespace/name`, which must exist. */
export type Identity = Subject | Account;

export interface Cluster extends ClusterClient {
  /** http://127.0.0.1:port, without credentials: whoever can reach it may read and write everything. */
  readonly etcd: string;
  /** The programs' process ids. */
  readonly pids: readonly number[];
  /** Resolves if a program ends by itself: the cluster is broken then. */
  readonly failed: Promise<Error>;
  /** Path of a new kubeconfig. Rejects in the API server's words if a service account does not exist. */
  kubeconfigFor(identity: Identity): Promise<string>;
  /** Ends the API server as a crash would; the rest keeps running. */
  stopApiServer(): Promise<void>;
  /** Starts it again on the same port and returns when it is ready. */
  startApiServer(): Promise<void>;
  /** Ends any one of the programs, as a crash would. */
  stopProgram(name: string): Promise<void>;
  /** Starts it again as it was. */
  startProgram(name: string): void;
  /** Ends every program, waits until each is gone and removes the directory. Twice is once. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const START_MS = 120_000;

class EmbeddedCluster extends Client implements Cluster {
  readonly etcd: string;
  readonly #options: ClusterOptions;
  readonly #binaries: Binaries;
  readonly #ports: Ports;
  readonly #authority: Authority;
  readonly #nodes: Nodes;
  readonly #commands = new Map<string, Command>();
  readonly #programs = new Map<string, Program>();
  readonly #onExit = () => {
    this.#abandon();
  };
  readonly #failed = new AbortController();
  readonly failed = new Promise<Error>((resolve) => {
    this.#failed.signal.addEventListener('abort', () => {
      resolve(this.#failed.signal.reason as Error);
    });
  });
  #stopped: Promise<void> | undefined;

  constructor(options: ClusterOptions, binaries: Binaries, directory: string, ports: Ports) {
    const authority = newAuthority();
    super({ server: `https://127.0.0.1:${ports.apiServer}`, directory, token: newToken(), certificate: authority.certificate, binaries });
    const { nodes = 2 } = options;
    this.#nodes = typeof nodes === 'number' ? simulatedNodes(nodes) : nodes;
    this.#options = options;
    this.#binaries = binaries;
    this.#ports = ports;
    this.#authority = authority;
    this.etcd = `http://127.0.0.1:${ports.etcd}`;
    process.once('exit', this.#onExit);
  }

  get pids(): readonly number[] {
    return [...this.#programs.values()].filter(({ running }) => running).flatMap(({ pid }) => pid ?? []);
  }

  async start(): Promise<void> {
    await writeLayout({
      directory: this.directory,
      server: this.server,
      authority: this.#authority,
      token: this.token,
      readyAfterMs: this.#options.podsReadyAfterMs ?? 0,
      ...(this.#options.controllersAs !== undefined && { controllersAs: this.#options.controllersAs }),
    });
    this.#launch('etcd');
    this.#launch('kube-apiserver');
    // The controllers give up after ten seconds without a healthy API server, which are soon over on a machine that does much else.
    await this.#await('kube-apiserver', () => this.#isReady());
    this.#launch('kube-controller-manager');
    this.#launch('kube-scheduler');
    const nodes = this.#nodes;
    const programs = await nodes.programs(this);
    for (const [name, command] of programs) this.#run(name, command);
    for (const name of nodes.names) await this.#await('kube-apiserver', () => nodes.register(this, name));
    const last = [...programs.keys()].at(-1) ?? 'kube-apiserver';
    for (const name of nodes.names) await this.#await(last, () => this.#isNodeReady(name));
    await this.#await('kube-controller-manager', () => this.#exists('/api/v1/namespaces/default/serviceaccounts/default'));
  }

  override kubeconfigFor(identity: Identity): Promise<string> {
    if ('serviceAccount' in identity) return super.kubeconfigFor(identity);
    return this.writeKubeconfig(identity.name, this.#authority.issueClient(identity));
  }

  override async requests(user?: string): Promise<AuditedRequest[]> {
    if (!this.#options.audit) throw new Error('This cluster was started without `audit: true`.');
    return super.requests(user);
  }

  stopApiServer(): Promise<void> {
    return this.stopProgram('kube-apiserver');
  }

  async startApiServer(): Promise<void> {
    this.startProgram('kube-apiserver');
    await this.#await('kube-apiserver', () => this.#isReady());
  }

  async stopProgram(name: string): Promise<void> {
    const program = this.#programs.get(name);
    this.#programs.delete(name);
    await program?.end();
  }

  startProgram(name: string): void {
    const command = this.#commands.get(name);
    if (command === undefined) throw new Error(`This cluster has no program called ${name}.`);
    if (!this.#programs.has(name)) this.#run(name, command);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const programs = [...this.#programs.values()];
    this.#programs.clear();
    await Promise.all(programs.map((program) => program.end()));
    await this.disconnect();
    if (this.#options.directory === undefined) await remove(this.directory);
    process.removeListener('exit', this.#onExit);
  }

  #abandon(): void {
    for (const program of this.#programs.values()) program.kill();
    if (this.#options.directory === undefined) rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  #launch(name: ControlPlane): void {
    const command = this.#binaries.command(name);
    const { audit = false, autoscalePeriodSeconds = 15, controllersAs } = this.#options;
    const wishes = { audit, autoscalePeriodSeconds, address: this.#nodes.address, oneController: controllersAs !== undefined };
    const own = programArguments(name, this.directory, this.#ports, wishes);
    this.#run(name, { ...command, arguments: [...command.arguments, ...own] });
  }

  #run(name: string, command: Command): void {
    const program = launch(name, command, join(files(this.directory).logs, `${name}.log`));
    this.#commands.set(name, command);
    this.#programs.set(name, program);
    void program.ended.then((how) => {
      // Whoever ends a program on purpose takes it from the map first.
      if (this.#programs.get(name) === program) this.#failed.abort(failure(`${name} ${how}`, program));
    });
  }

  /** Waits for `look`, or for the first program to end by itself, or for the deadline, which then blames `name`. */
  async #await<T>(name: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = AbortSignal.timeout(START_MS);
    const { signal = new AbortController().signal } = this.#options;
    const any = AbortSignal.any([this.#failed.signal, deadline, signal]);
    try {
      return await until(any, look);
    } catch (error) {
      if (this.#failed.signal.aborted) throw this.#failed.signal.reason;
      if (!deadline.aborted) throw error;
      throw failure(`${name} was not ready within ${START_MS / 1000} s`, this.#programs.get(name), { cause: error });
    }
  }

  async #exists(path: string): Promise<true | undefined> {
    return (await this.call('GET', path)).code === 200 || undefined;
  }

  #isReady(): Promise<true | undefined> {
    return this.#exists('/readyz');
  }

  async #isNodeReady(name: string): Promise<true | undefined> {
    const path = `/api/v1/nodes/${name}`;
    const { code, body } = await this.call('GET', path);
    if (code !== 200 || !isReady(body)) return undefined;
    const cleared = withoutTaint(body);
    if (cleared === undefined) return true;
    await this.call('PUT', path, cleared); // The next look says whether it held.
    return undefined;
  }
}

const failure = (what: string, program: Program | undefined, options?: ErrorOptions): Error =>
  new Error(`The embedded cluster failed: ${what}.${program ? ` The last lines of its log:\n${lastLines(program.logFile)}` : ''}`, options);

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { signal, log } = options;
  const binaries = await findBinaries({ ...(log && { log }), ...(signal && { signal }) });
  const ports = { etcd: await freePort(), etcdPeer: await freePort(), apiServer: await freePort() };
  const directory = await (options.directory === undefined ? newDirectory() : emptyDirectory(options.directory));
  const cluster = new EmbeddedCluster(options, binaries, directory, ports);
  try {
    await cluster.start();
    return cluster;
  } catch (error) {
    await cluster.stop();
    signal?.throwIfAborted(); // Why it was given up says more than where.
    throw error;
  }
}
