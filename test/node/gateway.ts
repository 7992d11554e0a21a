// A real gateway before simulated pods: Contour reads the cluster and configures an Envoy, and whoever connects to the address of a pod reaches a
// server here, which answers with the name of the pod's instance. For ground of its own (ground.sh): every address of a pod becomes one of ours.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request, Agent, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { lastLines, launch, type Program } from '../../deploy/local/process.ts';
import { LABEL } from '../../src/model/vocabulary.ts';
import { must } from '../cluster/admin.ts';
import { polled, type OwnStage, type Place } from '../cluster/harness.ts';
import type { Pod } from '../cluster/objects.ts';
import type { GatewayPrograms } from '../tools/contour.ts';

const run = promisify(execFile);
/** Of all simulated pods: see deploy/local/programs.ts. */
const POD_NETWORK = '198.19.0.0/16';
const POD_PORT = 8080;
const XDS_PORT = '8001';
/** Of the Gateway; Contour has Envoy listen 8000 above. */
const LISTENER = 90;
const ADDRESS = { host: '127.0.0.1', port: LISTENER + 8000 };
const GATEWAY_API = '/apis/gateway.networking.k8s.io/v1';

export interface Answer {
  /** When it was asked, and when the answer was there, by performance.now(), like all that the recorder has. */
  readonly asked: number;
  readonly at: number;
  /** 0: there was none. */
  readonly status: number;
  readonly instance: string;
}

export interface Backend {
  readonly name: string;
  readonly port: number;
  readonly weight: number;
}

export class Gateway {
  readonly answers: Answer[] = [];
  readonly #stage: OwnStage;
  readonly #place: Place;
  readonly #programs: GatewayPrograms;
  readonly #directory: string;
  readonly #asking = new AbortController();
  #clients: Promise<unknown> = Promise.resolve();
  #contour: Program | undefined;
  #envoy: Program | undefined;
  #pods: Server | undefined;

  constructor(stage: OwnStage, place: Place, programs: GatewayPrograms, room: string) {
    this.#stage = stage;
    this.#place = place;
    this.#programs = programs;
    this.#directory = join(room, 'gateway');
  }

  async open(): Promise<void> {
    mkdirSync(this.#directory);
    await run('ip', ['route', 'add', 'local', POD_NETWORK, 'dev', 'lo']);
    this.#pods = await this.#answerForPods();
    for (const file of this.#programs.crds) await this.#stage.kubectl('apply', '--server-side', '-f', file);
    await polled('the Gateway API is served', async () => (await this.#stage.admin.get(`${GATEWAY_API}/httproutes`)).code === 200);
    await this.#apply(
      'gatewayclasses',
      { kind: 'GatewayClass', name: 'contour' },
      { controllerName: 'projectcontour.io/gateway-controller' },
    );
    await this.#apply(
      `namespaces/${this.#place.namespace}/gateways`,
      { kind: 'Gateway', name: 'gateway' },
      { gatewayClassName: 'contour', listeners: [{ name: 'http', protocol: 'HTTP', port: LISTENER }] },
    );
    this.startContour();
    await this.#startEnvoy();
  }

  /** The control plane; Envoy goes on with what it was told last. */
  startContour(): void {
    const config = join(this.#directory, 'contour.yaml');
    writeFileSync(config, `gateway: {gatewayRef: {namespace: ${this.#place.namespace}, name: gateway}}\n`);
    const own = ['--insecure', '--disable-leader-election', '--xds-address=127.0.0.1', `--xds-port=${XDS_PORT}`];
    const args = ['serve', `--kubeconfig=${this.#stage.cluster.kubeconfig}`, `--config-path=${config}`, ...own];
    this.#contour = launch('contour', { file: this.#programs.contour, arguments: args, watchesParent: false }, this.#log('contour'));
  }

  async stopContour(): Promise<void> {
    await this.#contour?.end();
  }

  /** Applies the route as Git has it: the same every time, whoever else has written to it. */
  async route(backends: readonly Backend[]): Promise<void> {
    const backendRefs = backends.map((backend) => ({ group: '', kind: 'Service', ...backend }));
    await this.#apply(
      `namespaces/${this.#place.namespace}/httproutes`,
      { kind: 'HTTPRoute', name: 'shop' },
      { parentRefs: [{ name: 'gateway' }], rules: [{ backendRefs }] },
    );
  }

  /** Begins to ask, with so many clients that each ask again some milliseconds after they were answered. */
  async ask(clients: number, pauseMs: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: clients });
    await polled('the gateway answers', async () => (await this.#once(agent)).status === 200).catch((error: unknown) => {
      throw new Error([(error as Error).message, ...['contour', 'envoy'].map((name) => lastLines(this.#log(name)))].join('\n'), {
        cause: error,
      });
    });
    const client = async (): Promise<void> => {
      while (!this.#asking.signal.aborted) {
        this.answers.push(await this.#once(agent));
        await delay(pauseMs);
      }
    };
    this.#clients = Promise.all(Array.from({ length: clients }, client)).finally(() => {
      agent.destroy();
    });
  }

  async close(): Promise<void> {
    this.#asking.abort();
    await this.#clients;
    await Promise.all([this.#envoy?.end(), this.#contour?.end()]);
    this.#pods?.closeAllConnections();
    this.#pods?.close();
  }

  #log(name: string): string {
    return join(this.#directory, `${name}.log`);
  }

  #once(agent: Agent): Promise<Answer> {
    const asked = performance.now();
    return new Promise((resolve) => {
      const answer = (status: number, instance = ''): void => {
        resolve({ asked, at: performance.now(), status, instance });
      };
      const sent = request({ ...ADDRESS, agent, path: '/', timeout: 5_000 }, (response) => {
        response.resume().once('end', () => {
          answer(response.statusCode ?? 0, String(response.headers['x-instance'] ?? ''));
        });
      });
      sent.once('timeout', () => sent.destroy());
      sent.once('error', () => {
        answer(0);
      });
      sent.end();
    });
  }

  /** One server for all pods. A pod that is gone answers nobody. */
  async #answerForPods(): Promise<Server> {
    const server = createServer((incoming, response) => {
      const ip = incoming.socket.localAddress;
      const known = () => this.#place.list('Pod').find(({ status }) => (status as { podIP?: string } | undefined)?.podIP === ip);
      const answer = ({ metadata }: Pod): unknown => response.setHeader('x-instance', metadata.labels?.[LABEL.instance] ?? '').end();
      const pod = known();
      if (pod !== undefined) return void answer(pod);
      // The news of a pod may come a moment after its first request.
      this.#place.until(`a pod has ${String(ip)}`, known, 2_000).then(answer, () => incoming.socket.destroy());
    });
    await new Promise<void>((resolve) => {
      server.listen(POD_PORT, '0.0.0.0', resolve);
    });
    return server;
  }

  async #startEnvoy(): Promise<void> {
    const bootstrap = join(this.#directory, 'envoy.json');
    const admin = join(this.#directory, 'envoy.sock');
    await run(this.#programs.contour, [
      'bootstrap',
      bootstrap,
      '--xds-address=127.0.0.1',
      `--xds-port=${XDS_PORT}`,
      `--admin-address=${admin}`,
    ]);
    const args = ['-c', bootstrap, '--service-cluster', 'contour', '--service-node', 'here', '--concurrency', '1', '--log-level', 'warn'];
    this.#envoy = launch('envoy', { file: this.#programs.envoy, arguments: args, watchesParent: false }, this.#log('envoy'));
  }

  async #apply(path: string, { kind, name }: { readonly kind: string; readonly name: string }, spec: object): Promise<void> {
    const object = { apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata: { name }, spec };
    must(await this.#stage.admin.apply(`${GATEWAY_API}/${path}/${name}`, object));
  }
}
