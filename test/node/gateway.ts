// A real gateway before simulated pods (backends.ts): Contour reads the cluster and configures an Envoy. For ground of its own (ground.sh).
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lastLines, launch, type Program } from '../../deploy/local/process.ts';
import { must } from '../cluster/admin.ts';
import { polled, type OwnStage, type Place } from '../cluster/harness.ts';
import type { GatewayPrograms } from '../tools/contour.ts';
import { Backends } from './backends.ts';
import { Clients } from './clients.ts';

const run = promisify(execFile);
const XDS_PORT = '8001';
/** Of the Gateway; Contour has Envoy listen 8000 above. */
const LISTENER = 90;
const ADDRESS = { host: '127.0.0.1', port: LISTENER + 8000 };
const GATEWAY_API = '/apis/gateway.networking.k8s.io/v1';
const CONTOUR_KINDS = [
  ...['v1/httpproxies', 'v1/tlscertificatedelegations'],
  ...['v1alpha1/extensionservices', 'v1alpha1/contourconfigurations', 'v1alpha1/contourdeployments'],
].map((kind) => `/apis/projectcontour.io/${kind}`);

export interface Backend {
  readonly name: string;
  readonly port: number;
  readonly weight: number;
}

/** Of a route; without `matches` it is for all that no other rule is for. */
export interface Rule {
  readonly matches?: readonly object[];
  readonly filters?: readonly object[];
  readonly backends: readonly Backend[];
}

/** Service `name`, as a route names it. */
export const reference = (name: string, port = 80): object => ({ group: '', kind: 'Service', name, port });

export class Gateway {
  readonly backends: Backends;
  readonly clients = new Clients(() => Promise.resolve(ADDRESS));
  readonly #stage: OwnStage;
  readonly #place: Place;
  readonly #programs: GatewayPrograms;
  readonly #directory: string;
  #contour: Program | undefined;
  #envoy: Program | undefined;

  constructor(stage: OwnStage, place: Place, programs: GatewayPrograms, room: string) {
    this.#stage = stage;
    this.#place = place;
    this.#programs = programs;
    this.#directory = join(room, 'gateway');
    this.backends = new Backends(place);
  }

  async open(): Promise<void> {
    mkdirSync(this.#directory);
    await this.backends.open();
    for (const file of this.#programs.crds) await this.#stage.kubectl('apply', '--server-side', '-f', file);
    // Contour ends when a kind that it watches is not served yet.
    for (const path of [...['gatewayclasses', 'gateways', 'httproutes'].map((kind) => `${GATEWAY_API}/${kind}`), ...CONTOUR_KINDS])
      await polled(`${path} is served`, async () => (await this.#stage.admin.get(path)).code === 200);
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
  async route(rules: readonly Rule[]): Promise<void> {
    const whole = rules.map(({ backends, ...rule }) => ({
      ...rule,
      backendRefs: backends.map(({ name, port, weight }) => ({ ...reference(name, port), weight })),
    }));
    await this.#apply(
      `namespaces/${this.#place.namespace}/httproutes`,
      { kind: 'HTTPRoute', name: 'shop' },
      { parentRefs: [{ name: 'gateway' }], rules: whole },
    );
  }

  /** Begins to ask, with so many clients that each ask again some milliseconds after they were answered. */
  async ask(clients: number, pauseMs: number): Promise<void> {
    const answers = async (): Promise<boolean> => (await this.clients.once()).status === 200;
    await polled('the gateway answers', answers).catch((error: unknown) => {
      throw new Error([(error as Error).message, ...['contour', 'envoy'].map((name) => lastLines(this.#log(name)))].join('\n'), {
        cause: error,
      });
    });
    this.clients.begin(clients, pauseMs);
  }

  async close(): Promise<void> {
    await this.clients.end();
    await Promise.all([this.#envoy?.end(), this.#contour?.end()]);
    this.backends.close();
  }

  #log(name: string): string {
    return join(this.#directory, `${name}.log`);
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
