// What the operator tells the people who run it: logs, metrics, health. Names follow controller-runtime wherever it has one, so that
// public dashboards work. Must never fail the work it reports on, nor label a metric with anything unbounded (no App, no namespace).
import { createServer, type Server } from 'node:http';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { createLogger, format, transports, type Logger as Winston } from 'winston';
import type { Call } from './kube.ts';
import type { Load, QueueMeter } from './queue.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A logger whose every line has these fields. */
  child(fields: Fields): Logger;
}

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** For a person at a terminal; JSON lines otherwise. */
  readonly pretty?: boolean;
  /** Where lines go instead of the standard error stream. */
  readonly stream?: NodeJS.WritableStream;
}

export function logger({ level, pretty = false, stream = process.stderr }: LoggerOptions): Logger {
  const line = pretty ? format.combine(format.timestamp({ format: 'HH:mm:ss.SSS' }), format.printf(prettyLine)) : jsonLine;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its transports as interfaces
  const winston = createLogger({ level, format: line, transports: [new transports.Stream({ stream })] });
  return over(winston, {});
}

function over(winston: Winston, bound: Fields): Logger {
  const at =
    (level: LoggerOptions['level']) =>
    (message: string, fields?: Fields): void => {
      if (winston.isLevelEnabled(level)) winston.log({ level, message, ...plain({ ...bound, ...fields }) });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => over(winston, { ...bound, ...fields }),
  };
}

/** Errors have nothing JSON would print. `message` and `level` are the line's own. */
function plain(fields: Fields): Record<string, unknown> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key === 'message' || key === 'level' ? `${key}_` : key,
      isError(value) ? (value.stack ?? value.message) : value,
    ]),
  );
}

const isError = (value: unknown): value is { message: string; stack?: string } =>
  typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string' && 'stack' in value;

const jsonLine = format.combine(format.timestamp(), format.json());

function prettyLine({ timestamp, level, message, ...rest }: Record<string, unknown>): string {
  const fields = Object.entries(rest).map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${String(timestamp)} ${level === 'info' ? '' : `${String(level).toUpperCase()} `}${String(message)}${fields.join('')}`;
}

/** How one pass over an App ended, in controller-runtime's words. */
export type PassResult = 'success' | 'error' | 'requeue' | 'requeue_after';

export interface Metrics {
  /** In Prometheus' text format, with its content type. */
  render(): Promise<string>;
  readonly contentType: string;
  onCall(call: Call): void;
  /** Hooks for one queue; `load` is asked when metrics are read. */
  queueMeter(name: string, load: () => Load): QueueMeter;
  onRestart(kind: string, cause: string): void;
  onSinkError(kind: string): void;
  reconciled(controller: string, result: PassResult, seconds: number): void;
  /** From the pods being available to the Service having moved. */
  switched(seconds: number): void;
  event(reason: string): void;
  apps(count: number): void;
  leaseHeld(held: boolean): void;
}

/** controller-runtime's buckets for what it measures, ours where milliseconds matter. */
const PASS_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const CALL_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30];
const QUEUE_SECONDS = [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 60, 300, 1000];
const SWITCH_SECONDS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 120];

export function metrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry }); // among them nodejs_eventloop_lag_*
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) => new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });

  const requests = counter('rest_client_requests_total', 'Calls to the API server, watches when they open.', ['code', 'method', 'kind']);
  const latency = histogram('rest_client_request_duration_seconds', 'Time until the API server had answered.', ['verb'], CALL_SECONDS);
  const passes = counter('controller_runtime_reconcile_total', 'Passes over one App, by how they ended.', ['controller', 'result']);
  const errors = counter('controller_runtime_reconcile_errors_total', 'Passes that failed.', ['controller']);
  const passTime = histogram('controller_runtime_reconcile_time_seconds', 'Time of one pass.', ['controller'], PASS_SECONDS);
  const restarts = counter('immutableapp_watch_restarts_total', 'Watches that ended and went on, by cause.', ['kind', 'cause']);
  const sinkErrors = counter('immutableapp_sink_errors_total', 'Objects the cache could not take: a bug.', ['kind']);
  const switches = histogram(
    'immutableapp_switch_seconds',
    'From the pods being available to the Service having moved.',
    [],
    SWITCH_SECONDS,
  );
  const events = counter('immutableapp_events_total', 'Events, by reason.', ['reason']);
  const apps = gauge('immutableapp_apps', 'ImmutableApps in the cache.');
  const held = gauge('immutableapp_lease_held', '1 while this process is the one that may write.');
  const queueMeter = queueMetrics(registry);

  return {
    render: () => registry.metrics(),
    contentType: registry.contentType,
    onCall({ verb, kind, code, seconds }) {
      // As client-go: a call without an answer has a word instead of a code, and lists and watches are GETs.
      requests.inc({ code: code === 0 ? '<error>' : String(code), method: verb === 'LIST' || verb === 'WATCH' ? 'GET' : verb, kind });
      latency.observe({ verb }, seconds);
    },
    queueMeter,
    onRestart: (kind, cause) => {
      restarts.inc({ kind, cause });
    },
    onSinkError: (kind) => {
      sinkErrors.inc({ kind });
    },
    reconciled(controller, result, seconds) {
      passes.inc({ controller, result });
      if (result === 'error') errors.inc({ controller });
      passTime.observe({ controller }, seconds);
    },
    switched: (seconds) => {
      switches.observe(seconds);
    },
    event: (reason) => {
      events.inc({ reason });
    },
    apps: (count) => {
      apps.set(count);
    },
    leaseHeld: (is) => {
      held.set(is ? 1 : 0);
    },
  };
}

function queueMetrics(registry: Registry): Metrics['queueMeter'] {
  const labelNames = ['name'] as const;
  const registers = [registry];
  const queues = new Map<string, () => Load>();
  const gauge = (name: string, help: string, value: (load: Load) => number) =>
    new Gauge({
      name: `workqueue_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        for (const [queue, load] of queues) this.set({ name: queue }, value(load()));
      },
    });
  gauge('depth', 'Keys that wait for a worker.', (load) => load.depth);
  gauge('unfinished_work_seconds', 'Sum of the ages of the work under way.', (load) => load.unfinishedSeconds);
  gauge('longest_running_processor_seconds', 'Age of the oldest work under way.', (load) => load.longestSeconds);
  const counter = (name: string, help: string) => new Counter({ name: `workqueue_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string) =>
    new Histogram({ name: `workqueue_${name}`, help, labelNames, registers, buckets: QUEUE_SECONDS });
  const adds = counter('adds_total', 'Keys added.');
  const retries = counter('retries_total', 'Keys that had to be tried again.');
  const waited = histogram('queue_duration_seconds', 'Time from being added to being worked on.');
  const worked = histogram('work_duration_seconds', 'Time of one piece of work.');
  return (name, load) => {
    queues.set(name, load);
    return {
      added: () => {
        adds.inc({ name });
      },
      retried: () => {
        retries.inc({ name });
      },
      waited: (seconds) => {
        waited.observe({ name }, seconds);
      },
      worked: (seconds) => {
        worked.observe({ name }, seconds);
      },
    };
  };
}

export interface Probes {
  /** 0 picks a free one. */
  readonly port: number;
  readonly host: string;
  readonly metrics: Pick<Metrics, 'render' | 'contentType'>;
  /** What is wrong, in a sentence, or nothing. */
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
