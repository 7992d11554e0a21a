// Argo CD beside a cluster, whose Applications it keeps as they are in Git: its application controller, its repo server and its API server, each a process
// of its own, and the Redis between them. All of it listens on loopback and ends with this process.
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterClient } from '../../deploy/local/client.ts';
import { freePort } from '../../deploy/local/ports.ts';
import { lastLines, launch, type Program } from '../../deploy/local/process.ts';
import { NAMESPACE } from './install.ts';

const LOOPBACK = '127.0.0.1';
const READY_MS = 60_000;
const POLL_MS = 50;
/** What it heals again and again waits for no longer each time. */
const STEADILY = ['--self-heal-backoff-timeout-seconds=1', '--self-heal-backoff-factor=1'];
const NOTHING_KEPT = ['--save', '', '--appendonly', 'no'];

export class Servers {
  readonly #programs: Program[] = [];
  readonly #cluster: ClusterClient;
  readonly #executable: string;
  readonly #directory: string;
  /** Of its API. */
  readonly url: string;

  private constructor(cluster: ClusterClient, executable: string, directory: string, port: number) {
    this.#cluster = cluster;
    this.#executable = executable;
    this.#directory = directory;
    this.url = `http://${LOOPBACK}:${port}`;
  }

  /** `directory` exists; it takes all that they write. */
  static async start(cluster: ClusterClient, executable: string, directory: string): Promise<Servers> {
    const port = await freePort();
    const servers = new Servers(cluster, executable, directory, port);
    try {
      await servers.#start(port);
    } catch (error) {
      await servers.stop();
      throw error;
    }
    return servers;
  }

  async #start(api: number): Promise<void> {
    const port = { redis: await freePort(), repository: await freePort(), controller: await freePort() };
    const listening = async (at: number) => [
      ...[`--address=${LOOPBACK}`, `--port=${at}`],
      ...[`--metrics-address=${LOOPBACK}`, `--metrics-port=${await freePort()}`],
    ];
    const store = `--redis=${LOOPBACK}:${port.redis}`;
    const asking = [store, `--repo-server=${LOOPBACK}:${port.repository}`, '--repo-server-plaintext'];
    this.#launch('redis', 'redis-server', ['--bind', LOOPBACK, '--port', String(port.redis), '--dir', this.#directory, ...NOTHING_KEPT]);
    this.#serve('argocd-repo-server', [...(await listening(port.repository)), store, '--disable-tls']);
    await this.#serveAs('argocd-application-controller', [`--metrics-port=${port.controller}`, ...asking, ...STEADILY]);
    await this.#serveAs('argocd-server', [...(await listening(api)), ...asking, '--insecure']);
    for (const at of [port.controller, api]) await this.#ready(`http://${LOOPBACK}:${at}/healthz`);
  }

  /** Under the account of its name. */
  async #serveAs(name: string, flags: readonly string[]): Promise<void> {
    const kubeconfig = await this.#cluster.kubeconfigFor({ serviceAccount: `${NAMESPACE}/${name}` });
    const inCluster = { ARGOCD_FAKE_IN_CLUSTER: 'true', KUBECONFIG: kubeconfig };
    this.#serve(name, [`--kubeconfig=${kubeconfig}`, `--namespace=${NAMESPACE}`, ...flags], inCluster);
  }

  /** As Argo CD's own Procfile runs it outside of a cluster: it goes by its name, and is known by it to the API server. */
  #serve(name: string, flags: readonly string[], environment: NodeJS.ProcessEnv = {}): void {
    const own = join(this.#directory, name);
    mkdirSync(own);
    const program = join(own, name);
    symlinkSync(this.#executable, program);
    this.#launch(name, program, flags, {
      ...{ HOME: own, TMPDIR: own, ARGOCD_ASK_PASS_SOCK: join(own, 'ask-pass.sock'), ARGOCD_GPG_ENABLED: 'false' },
      ...{ ARGOCD_TLS_DATA_PATH: own, ARGOCD_SSH_DATA_PATH: own, ARGOCD_PLUGINSOCKFILEPATH: own },
      // No pause between the waves of a sync.
      ...{ ARGOCD_SYNC_WAVE_DELAY: '0', ...environment },
    });
  }

  #launch(name: string, file: string, flags: readonly string[], environment: NodeJS.ProcessEnv = {}): void {
    const logFile = join(this.#directory, `${name}.log`);
    this.#programs.push(launch(name, { file, arguments: flags, environment, watchesParent: false }, logFile));
  }

  /** Rejects as soon as any of them has ended. */
  async #ready(url: string): Promise<void> {
    const deadline = performance.now() + READY_MS;
    const answers = () =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await answers())) {
      const ended = this.#programs.find(({ running }) => !running);
      if (ended !== undefined) throw new Error(`${ended.name} ${await ended.ended}:\n${lastLines(ended.logFile)}`);
      if (performance.now() > deadline) throw new Error(`${url} was not there in time:\n${this.log()}`);
      await delay(POLL_MS);
    }
  }

  /** The last lines of each. */
  log(): string {
    return this.#programs.map(({ name, logFile }) => `${name}:\n${lastLines(logFile, 12)}`).join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.end()));
  }
}
