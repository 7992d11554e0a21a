// A stub of metrics.k8s.io behind the API server's real aggregation layer, so that the real autoscaler has something to read: simulated
// pods use no CPU. Like traffic, the load of a namespace goes to where its Service web sends it; every other pod is idle.
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { newAuthority } from '../../deploy/local/certificates.ts';
import { LABEL } from '../../src/model/vocabulary.ts';
import { must, type Admin } from './admin.ts';
import { pathOf, type Pod, type Service } from './objects.ts';

const GROUP = 'metrics.k8s.io';
const VERSION = `${GROUP}/v1beta1`;
const PODS = new RegExp(`^/apis/${VERSION}/namespaces/([^/]+)/pods$`);

const DISCOVERY = {
  apiVersion: 'v1',
  kind: 'APIResourceList',
  groupVersion: VERSION,
  resources: [{ name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] }],
};
const NOT_FOUND = { apiVersion: 'v1', kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 };

interface Answer {
  readonly code: number;
  readonly body: object;
}

export class Metrics {
  readonly #admin: Admin;
  readonly #server: Server;
  readonly #load = new Map<string, number>();
  readonly #unmeasured = new Set<string>();
  readonly #asked: { readonly namespace: string; readonly selector: string }[] = [];

  private constructor(admin: Admin) {
    this.#admin = admin;
    const { certificate, key } = newAuthority().issueServer('127.0.0.1');
    this.#server = createServer({ cert: certificate, key }, ({ url = '/' }, response) => {
      void this.#answer(new URL(url, 'https://localhost')).then(
        ({ code, body }) => response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
        () => response.writeHead(500).end(),
      );
    });
  }

  /** Serves it and tells the API server; what asks through the API server is answered once it believes so. */
  static async open(admin: Admin): Promise<Metrics> {
    const metrics = new Metrics(admin);
    const listening = Promise.withResolvers<undefined>();
    metrics.#server.once('error', listening.reject).listen({ port: 0, host: '127.0.0.1' }, () => {
      listening.resolve(undefined);
    });
    await listening.promise;
    const { port } = metrics.#server.address() as AddressInfo;
    await metrics.#register(port);
    return metrics;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    this.#server.closeAllConnections();
    await closed;
  }

  /** Millicores that the traffic of a namespace costs, shared by the pods it reaches. */
  load(namespace: string, millicores: number): void {
    this.#load.set(namespace, millicores);
  }

  /** As right after a start: there are no numbers about the pods of an instance yet. */
  unmeasured(instance: string, still: boolean): void {
    if (still) this.#unmeasured.add(instance);
    else this.#unmeasured.delete(instance);
  }

  /** The label selectors that anyone asked with, in order. */
  asked(namespace: string): string[] {
    return this.#asked.filter((question) => question.namespace === namespace).map(({ selector }) => selector);
  }

  // An ExternalName is where the API server goes as it stands; an EndpointSlice may not hold a loopback address.
  async #register(port: number): Promise<void> {
    const service = { name: 'metrics', namespace: 'kube-system' };
    const spec = { type: 'ExternalName', externalName: 'localhost' };
    must(await this.#admin.post(pathOf('Service', service.namespace), { apiVersion: 'v1', kind: 'Service', metadata: service, spec }));
    must(
      await this.#admin.post('/apis/apiregistration.k8s.io/v1/apiservices', {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name: `v1beta1.${GROUP}` },
        spec: {
          group: GROUP,
          version: 'v1beta1',
          groupPriorityMinimum: 100,
          versionPriority: 100,
          insecureSkipTLSVerify: true,
          service: { ...service, port },
        },
      }),
    );
  }

  async #answer({ pathname, searchParams }: URL): Promise<Answer> {
    if (pathname === `/apis/${VERSION}`) return { code: 200, body: DISCOVERY };
    const namespace = PODS.exec(pathname)?.[1];
    if (namespace === undefined) return { code: 404, body: NOT_FOUND };
    const selector = searchParams.get('labelSelector') ?? '';
    this.#asked.push({ namespace, selector });
    return {
      code: 200,
      body: { apiVersion: VERSION, kind: 'PodMetricsList', metadata: {}, items: await this.#measure(namespace, selector) },
    };
  }

  async #measure(namespace: string, selector: string): Promise<object[]> {
    const query = selector === '' ? '' : `?labelSelector=${encodeURIComponent(selector)}`;
    const list = async <T>(path: string) => must(await this.#admin.get<{ items: T[] }>(path)).items;
    const services = await list<Service>(pathOf('Service', namespace));
    const reached = services.find(({ metadata }) => metadata.name === 'web')?.spec.selector?.[LABEL.instance];
    const pods = (await list<Pod>(`${pathOf('Pod', namespace)}${query}`)).filter(isReady);
    const busy = pods.filter((pod) => instanceOf(pod) === reached).length;
    const timestamp = new Date().toISOString();
    return pods
      .filter((pod) => !this.#unmeasured.has(instanceOf(pod) ?? ''))
      .map((pod) => {
        const cpu = instanceOf(pod) === reached ? Math.round((this.#load.get(namespace) ?? 0) / busy) : 0;
        // A window of nothing: what a pod used while it came up is not part of the number.
        const { name } = pod.metadata;
        return {
          metadata: { name, namespace },
          timestamp,
          window: '0s',
          containers: [{ name: 'web', usage: { cpu: `${cpu}m`, memory: '1Mi' } }],
        };
      });
  }
}

const instanceOf = ({ metadata }: Pod): string | undefined => metadata.labels?.[LABEL.instance];
const isReady = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  (status.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');
