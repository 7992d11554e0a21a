// What is served in turns: the contents of an App, each of which says in every answer which version it is. Apache and Nginx as in
// deploy/samples, on images made here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { asBuiltByDebian } from '../images/images.ts';
import type { Image } from './provisions.ts';

type Json = Readonly<Record<string, unknown>>;

/** Of an App's spec: what makes a version. */
export interface Site {
  readonly version: string;
  readonly template: Json;
  readonly config: readonly Json[];
}

const SAMPLES = join(import.meta.dirname, '../../deploy/samples');
// A pod that is asked to go still gets connections until kube-proxy knows, which takes about a second: this is how every pod behind a
// Service has to wait, whoever deletes it.
const HERE = { imagePullPolicy: 'Never', lifecycle: { preStop: { sleep: { seconds: 3 } } } };

interface Sample {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly [Json] } };
    readonly config: readonly { readonly name: string; readonly mountPath: string; readonly data: Readonly<Record<string, string>> }[];
  };
}

/** A sample with another image, and with what `edit` makes of its config files. */
function sample(file: string, image: Image, version: string, edit: (text: string) => string): Site {
  const { spec } = parse(readFileSync(join(SAMPLES, file), 'utf8')) as Sample;
  const [container] = spec.template.spec.containers;
  return {
    version,
    template: { spec: { containers: [{ ...container, image: image.reference, ...HERE }] } },
    config: spec.config.map((each) => ({
      ...each,
      data: Object.fromEntries(Object.entries(each.data).map(([name, text]) => [name, edit(text)])),
    })),
  };
}

/** With another container beside the first. */
const beside = (site: Site, container: Json): Site => {
  const { spec } = site.template as { readonly spec: { readonly containers: readonly Json[] } };
  return { ...site, template: { spec: { containers: [...spec.containers, container] } } };
};

const withConfig = (site: Site, edit: (text: string) => string): Site => ({
  ...site,
  config: site.config.map((each) => ({
    ...each,
    data: Object.fromEntries(Object.entries(each.data as Readonly<Record<string, string>>).map(([name, text]) => [name, edit(text)])),
  })),
});

const HEADERS = 'LoadModule headers_module modules/mod_headers.so\n';

export const apache = (image: Image, version: string, file: '1-apache.yaml' | '2-apache-config.yaml' = '1-apache.yaml'): Site =>
  sample(file, image, version, (conf) => {
    const built = asBuiltByDebian(conf);
    return `${built}${built.includes(HEADERS) ? '' : HEADERS}Header always set X-Version ${version}\n`;
  });

export const nginx = (image: Image, version: string): Site =>
  sample('3-nginx.yaml', image, version, (conf) => conf.replace(/\n}/, `\n  add_header X-Version ${version} always;\n}`));

const STATUS = `LoadModule status_module modules/mod_status.so
<Location /server-status>
  SetHandler server-status
</Location>
`;
const METRICS = { name: 'metrics', containerPort: 9117 };

/** Apache with so many threads, whose state a second container tells Prometheus. */
export function measuredApache(image: Image, exporter: Image, version: string, threads: number): Site {
  const pool = `ServerLimit 1\nStartServers 1\nThreadsPerChild ${threads}\nMaxRequestWorkers ${threads}\n`;
  const command = ['/usr/bin/prometheus-apache-exporter', '--scrape_uri=http://127.0.0.1/server-status?auto', '--telemetry.address=:9117'];
  const container = { name: 'metrics', image: exporter.reference, imagePullPolicy: 'Never', command, ports: [METRICS] };
  return beside(
    withConfig(apache(image, version), (conf) => `${conf}${STATUS}${pool}`),
    container,
  );
}

/** Nginx tells its own state, on a port beside. */
export function measuredNginx(image: Image, version: string): Site {
  const page = `server { listen 9117; location = /metrics { default_type text/plain; return 200 "nginx_connections_active $connections_active\\n"; } }`;
  const site = withConfig(nginx(image, version), (conf) => `${conf}${page}\n`);
  const { spec } = site.template as { readonly spec: { readonly containers: readonly [{ readonly ports: readonly Json[] }] } };
  const [container] = spec.containers;
  return { ...site, template: { spec: { containers: [{ ...container, ports: [...container.ports, METRICS] }] } } };
}

/** Apache with a config that it does not understand. */
export function brokenApache(image: Image, version: string): Site {
  const site = apache(image, version);
  return { ...site, config: site.config.map((each) => ({ ...each, data: { 'httpd.conf': 'Lisssten 80\n' } })) };
}

const PORT = 8080;

export interface Whims {
  /** Every answer takes so long. */
  readonly answerMs?: number;
  /** A page that must answer for a pod to start. */
  readonly dependency?: string;
  /** Not ready before that. */
  readonly readyAfterSeconds?: number;
  /** The share of requests that it fails. */
  readonly failing?: number;
  /** So many requests are answered well, no other is, and /healthz says so. */
  readonly wearsOutAfter?: number;
}

/** Our own server, which can be asked to be slow or unready. */
export function own(image: Image, version: string, { readyAfterSeconds = 0, ...whims }: Whims = {}): Site {
  const config = JSON.stringify({ version, address: `:${PORT}`, ...whims });
  const container = {
    name: 'web',
    image: image.reference,
    command: ['/server', '/etc/server/config.json'],
    ports: [{ name: 'http', containerPort: PORT }],
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1, initialDelaySeconds: readyAfterSeconds },
    startupProbe: { httpGet: { path: '/started', port: 'http' }, periodSeconds: 1, failureThreshold: 600 },
  };
  return {
    version,
    template: { spec: { containers: [{ ...container, ...HERE }] } },
    config: [{ name: 'server', mountPath: '/etc/server', data: { 'config.json': config } }],
  };
}
