// What answers for simulated pods: whoever connects to the address of one reaches a server here, which says the name of the pod's instance, fails as
// often as its image does, and counts, as a pod would for Prometheus. For ground of its own: every address of a pod becomes one of ours.
import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { LABEL } from '../../src/model/vocabulary.ts';
import type { Place } from '../cluster/harness.ts';
import type { Pod } from '../cluster/objects.ts';
import { seeded } from '../world/time.ts';

/** Of all simulated pods: see deploy/local/programs.ts. */
const POD_NETWORK = '198.19.0.0/16';
const POD_PORT = 8080;
/** Envoy adds it to the host that a mirrored request is for. */
const MIRRORED = /-shadow(:|$)/;

interface Counts {
  requests: number;
  errors: number;
  mirrored: number;
}

export class Backends {
  /** What Prometheus may scrape. */
  static readonly metrics = `http://127.0.0.1:${String(POD_PORT)}`;
  /** The share of requests that pods of an image answer with 500. */
  failing: (image: string) => number = () => 0;
  readonly #place: Place;
  readonly #counts = new Map<string, Counts>();
  readonly #random = seeded(21);
  #server: Server | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  async open(): Promise<void> {
    await promisify(execFile)('ip', ['route', 'add', 'local', POD_NETWORK, 'dev', 'lo']);
    const server = createServer((incoming, response) => {
      this.#receive(incoming, response);
    });
    await new Promise<void>((resolve) => {
      server.listen(POD_PORT, '0.0.0.0', resolve);
    });
    this.#server = server;
  }

  close(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  /** How many requests reached an instance of which nobody waits for the answer. */
  mirrored(instance: string): number {
    return this.#counts.get(instance)?.mirrored ?? 0;
  }

  #receive(incoming: IncomingMessage, response: ServerResponse): void {
    const ip = incoming.socket.localAddress;
    if (ip === '127.0.0.1') return void response.setHeader('content-type', 'text/plain').end(this.#page());
    const known = () => this.#place.list('Pod').find(({ status }) => (status as { podIP?: string } | undefined)?.podIP === ip);
    const pod = known();
    if (pod !== undefined) {
      this.#answer(pod, incoming, response);
      return;
    }
    // The news of a pod may come a moment after its first request. One that is gone answers nobody.
    this.#place.until(`a pod has ${String(ip)}`, known, 2_000).then(
      (late) => {
        this.#answer(late, incoming, response);
      },
      () => incoming.socket.destroy(),
    );
  }

  #answer({ metadata }: Pod, incoming: IncomingMessage, response: ServerResponse): void {
    const instance = metadata.labels?.[LABEL.instance] ?? '';
    const image = this.#place.find('Deployment', instance)?.spec.template.spec.containers[0]?.image ?? '';
    const fails = this.#random() < this.failing(image);
    const counts = this.#counts.get(instance) ?? { requests: 0, errors: 0, mirrored: 0 };
    this.#counts.set(instance, counts);
    counts.requests++;
    if (fails) counts.errors++;
    if (MIRRORED.test(incoming.headers.host ?? '')) counts.mirrored++;
    response.writeHead(fails ? 500 : 200, { 'x-instance': instance }).end();
  }

  #page(): string {
    const lines = [...this.#counts].flatMap(([instance, counts]) =>
      (['requests', 'errors'] as const).map((what) => `${what}_total{of="${instance}"} ${String(counts[what])}`),
    );
    return `${lines.join('\n')}\n`;
  }
}
