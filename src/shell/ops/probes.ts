// Serves /metrics, /healthz and /readyz for Prometheus and the kubelet. Others decide what is wrong.
import { createServer, type Server } from 'node:http';
import type { Telemetry } from './telemetry.ts';

export interface Probes {
  /** 0 picks a free one. */
  readonly port: number;
  readonly host: string;
  readonly metrics: Pick<Telemetry, 'render' | 'contentType'>;
  /** What is wrong, in a sentence, if anything. */
  healthy(): string | undefined;
  ready(): string | undefined;
}

/** Serves /metrics, /healthz and /readyz. Rejects when the port is taken. */
export async function serveProbes(probes: Probes): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    void answer(probes, request.url ?? '/').then(({ status, type = 'text/plain; charset=utf-8', body }) => {
      response.writeHead(status, { 'content-type': type }).end(body);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(probes.port, probes.host, resolve);
  });
  return { port: portOf(server), close: () => closed(server) };
}

interface Page {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

async function answer(probes: Probes, url: string): Promise<Page> {
  try {
    const [path = '/'] = url.split('?');
    switch (path) {
      case '/metrics':
        return { status: 200, type: probes.metrics.contentType, body: await probes.metrics.render() };
      case '/healthz':
        return verdict(probes.healthy());
      case '/readyz':
        return verdict(probes.ready());
      default:
        return { status: 404, body: 'here are /metrics, /healthz and /readyz\n' };
    }
  } catch (error) {
    return { status: 500, body: `${String(error)}\n` };
  }
}

const verdict = (wrong: string | undefined): Page =>
  wrong === undefined ? { status: 200, body: 'ok\n' } : { status: 503, body: `${wrong}\n` };

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections(); // a scraper keeps its own open
  });
}
