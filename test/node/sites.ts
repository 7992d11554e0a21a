// What is served in turns: the contents of an App, each of which says in every answer which version it is.
import type { Image } from './provisions.ts';

type Json = Readonly<Record<string, unknown>>;

/** Of an App's spec: what makes a version. */
export interface Site {
  readonly version: string;
  readonly template: Json;
  readonly config: readonly Json[];
}

const PORT = 8080;
// A pod that is asked to go still gets connections until kube-proxy knows, which takes about a second: this is how every pod behind a
// Service has to wait, whoever deletes it.
const GOING = { preStop: { sleep: { seconds: 3 } } };

interface Container {
  readonly image: Image;
  readonly readiness: string;
  readonly more?: Json;
  readonly pod?: Json;
}

const template = ({ image, readiness, more, pod }: Container): Json => ({
  metadata: { labels: { app: 'web' } },
  spec: {
    containers: [
      {
        name: 'web',
        image: image.reference,
        imagePullPolicy: 'Never',
        ports: [{ name: 'http', containerPort: PORT }],
        lifecycle: GOING,
        readinessProbe: { httpGet: { path: readiness, port: 'http' }, periodSeconds: 1 },
        ...more,
      },
    ],
    ...pod,
  },
});

export interface Whims {
  /** Every answer takes so long. */
  readonly answerMs?: number;
  /** A page that must answer for a pod to start. */
  readonly dependency?: string;
  /** Not ready before that. */
  readonly readyAfterSeconds?: number;
}

/** Our own server, which can be asked to be slow or unready. */
export function own(image: Image, version: string, { readyAfterSeconds = 0, ...whims }: Whims = {}): Site {
  const config = JSON.stringify({ version, address: `:${PORT}`, ...whims });
  const probes = {
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1, initialDelaySeconds: readyAfterSeconds },
    startupProbe: { httpGet: { path: '/started', port: 'http' }, periodSeconds: 1, failureThreshold: 600 },
  };
  return {
    version,
    template: template({ image, readiness: '/ready', more: { command: ['/server', '/etc/server/config.json'], ...probes } }),
    config: [{ name: 'server', mountPath: '/etc/server', data: { 'config.json': config } }],
  };
}

/** A server that cannot read its config. */
export function broken(image: Image, version: string): Site {
  const site = own(image, version);
  return { ...site, config: [{ name: 'server', mountPath: '/etc/server', data: { 'config.json': '{ no JSON' } }] };
}
