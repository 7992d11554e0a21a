// The operator's metrics. Names follow controller-runtime where it has one, so that public dashboards work. Must never make the work fail that it
// measures, nor use a label with unbounded values: Apps are named only by condition-metrics.ts, which limits them.
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { REASON } from '../../model/vocabulary.ts';
import type { ConditionCounts } from './condition-metrics.ts';
import type { Climber } from './share-metrics.ts';
import type { Observer } from '../loop/controller.ts';
import type { Call } from '../api/kube.ts';
import type { Load, QueueMeter } from '../loop/priorities.ts';
import type { Outcome } from '../loop/outcome.ts';
import type { Fate } from '../notices/outbox.ts';

export interface Telemetry {
  /** All metrics in Prometheus' text format, and its content type. */
  render(): Promise<string>;
  readonly contentType: string;
  onCall(call: Call): void;
  /** Metrics of the queue. */
  readonly queue: { readonly meter: QueueMeter };
  /** Measures one pass over an App, and counts how it ended. */
  timed(pass: () => Promise<Outcome>): Promise<void>;
  /** Metrics of the controller. */
  readonly controller: Observer;
  watchRestarted(kind: string, cause: string): void;
  sinkFailed(kind: string): void;
  /** A notice was sent to a receiver, or given up. */
  readonly noticeEnded: (receiver: string, fate: Fate) => void;
  /** Who may be sent notices: their counters begin at 0. */
  receivers(names: readonly string[]): void;
  /** State of the operator, read when metrics are scraped. */
  readonly view: { ask(from: () => View): void };
  leaseHeld(held: boolean): void;
  /** Seconds since the previous renewal. */
  leaseRenewed(seconds: number): void;
  enforced(is: boolean): void;
  breakerOpen(is: boolean): void;
  lineHeld(is: boolean): void;
  sourcesStale(is: boolean): void;
}

/** The state of an operator at one moment. */
export interface View {
  readonly apps: number;
  readonly countConditions: ConditionCounts;
  readonly climbers: readonly Climber[];
  readonly noticesWaiting: number;
  /** Seconds since the watch of each kind was last told anything but a refusal. */
  readonly silentSeconds: ReadonlyMap<string, number>;
}

/** Label values: there is one controller and one queue. */
const CONTROLLER = 'immutableapp';

/** controller-runtime's buckets for what it measures, ours where milliseconds matter. */
const PASS_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const CALL_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30];
const QUEUE_SECONDS = [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 60, 300, 1000];
/** Every two seconds if all is well; after ten it is lost. */
const RENEWAL_SECONDS = [2.5, 3, 4, 5, 6, 8, 10];
const SWITCH_SECONDS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 120];

export function createTelemetry(): Telemetry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry }); // among them nodejs_eventloop_lag_*
  const { counter, histogram } = metricsIn(registry);
  const restarts = counter('immutableapp_watch_restarts_total', 'Watches that ended and were resumed, by cause.', ['kind', 'cause']);
  const sinkErrors = counter('immutableapp_sink_errors_total', 'Objects that the cache could not process: a bug.', ['kind']);
  const switches = histogram(
    'immutableapp_switch_seconds',
    'From the event that made a switch possible to the Service having moved.',
    [],
    SWITCH_SECONDS,
  );
  const events = counter('immutableapp_events_total', 'Events, by reason.', ['reason']);
  // To Prometheus a counter that appears with the value 1 has not increased: the first event would go unnoticed. So all start at 0.
  for (const reason of Object.values(REASON)) events.inc({ reason }, 0);
  memoryLimits(registry);
  const view = viewMeter(registry);
  const renewals = histogram('immutableapp_lease_renewal_seconds', 'Time from one renewal of the Lease to the next.', [], RENEWAL_SECONDS);
  const verdicts = counter('immutableapp_gate_verdicts_total', 'Final verdicts of gates in spec.', ['gate', 'phase', 'verdict']);
  return {
    render: () => {
      view.show();
      return registry.metrics();
    },
    contentType: registry.contentType,
    onCall: callMeter(registry),
    queue: { meter: queueMeter(registry, CONTROLLER) },
    timed: passTimer(registry),
    controller: {
      happened: (reason) => {
        events.inc({ reason });
      },
      judged: ({ gate, phase, verdict }) => {
        verdicts.inc({ gate, phase, verdict });
      },
      switched: (seconds) => {
        switches.observe(seconds);
      },
    },
    watchRestarted: (kind, cause) => {
      restarts.inc({ kind, cause });
    },
    sinkFailed: (kind) => {
      sinkErrors.inc({ kind });
    },
    ...noticeMeter(registry),
    view,
    leaseRenewed: (seconds) => {
      renewals.observe(seconds);
    },
    leaseHeld: flag(registry, 'immutableapp_lease_held', '1 while this process is the one that may write.'),
    enforced: flag(registry, 'immutableapp_enforced', '1 while the admission policies are in force.'),
    lineHeld: flag(registry, 'immutableapp_line_held', '1 while no promotion begins in any App.'),
    sourcesStale: flag(registry, 'immutableapp_sources_stale', '1 while the file of sources is broken, and those read before are used.'),
    breakerOpen: flag(registry, 'immutableapp_circuit_breaker_open', '1 while nothing compromised is replaced.'),
  };
}

/** A counter that appears with the value 1 has not increased, so all begin at 0. */
function noticeMeter(registry: Registry): Pick<Telemetry, 'noticeEnded' | 'receivers'> {
  const help = 'Notices that a receiver took, or that were given up.';
  const notices = metricsIn(registry).counter('immutableapp_notices_total', help, ['receiver', 'result']);
  return {
    noticeEnded: (receiver, result) => {
      notices.inc({ receiver, result });
    },
    receivers: (names) => {
      for (const receiver of names) for (const result of ['sent', 'dropped'] as const) notices.inc({ receiver, result }, 0);
    },
  };
}

/** 1 or 0, as it was said last. */
function flag(registry: Registry, name: string, help: string): (is: boolean) => void {
  const gauge = metricsIn(registry).gauge(name, help, []);
  return (is) => {
    gauge.set(is ? 1 : 0);
  };
}

const metricsIn = (registry: Registry) => ({
  counter: <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers: [registry] }),
  /** `collect` is asked when metrics are read. */
  gauge: <L extends string>(name: string, help: string, labelNames: L[], collect?: (gauge: Gauge<L>) => void) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        collect?.(this);
      },
    }),
  histogram: <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers: [registry] }),
});

/** At the container's limit the kernel kills the process, at the heap limit V8 ends it. V8 derives its own from the container's unless told. */
function memoryLimits(registry: Registry): void {
  const { gauge } = metricsIn(registry);
  const total = totalmem();
  gauge('immutableapp_memory_limit_bytes', 'What this process may use: the limit of its container, or the machine.', [], (one) => {
    one.set(Math.min(process.constrainedMemory() || total, total));
  });
  gauge('immutableapp_heap_limit_bytes', 'How far the JavaScript heap may grow.', [], (one) => {
    one.set(getHeapStatistics().heap_size_limit);
  });
}

/** `show` brings them up to date: together, since counting 10,000 Apps takes a moment. */
function viewMeter(registry: Registry) {
  const { gauge } = metricsIn(registry);
  const apps = gauge('immutableapp_apps', 'ImmutableApps in the cache.', []);
  const conditions = gauge(
    'immutableapp_app_condition',
    '1 for each App that is not Available, Stalled or Reconciling; the worst if there are many.',
    ['app_namespace', 'app_name', 'condition', 'reason'],
  );
  const counts = gauge('immutableapp_apps_condition', 'How many Apps are not Available, Stalled or Reconciling.', ['condition', 'reason']);
  const waiting = gauge('immutableapp_notices_waiting', 'Notices that are still to be sent.', []);
  const climbs = ['app_namespace', 'app_name', 'service'];
  const share = gauge('immutableapp_share', 'Percent of the traffic of a Service that a version has by a ladder before it serves.', climbs);
  const due = gauge('immutableapp_share_due_timestamp_seconds', 'When its next step may come at the earliest.', climbs);
  const silence = gauge('immutableapp_watch_silent_seconds', 'Time since the watch last got anything but a refusal.', ['kind']);
  let look: (() => View) | undefined;
  const show = (): void => {
    const view = look?.();
    if (view === undefined) return;
    apps.set(view.apps);
    waiting.set(view.noticesWaiting);
    conditions.reset();
    for (const { namespace, name, condition, reason } of view.countConditions.named)
      conditions.set({ app_namespace: namespace, app_name: name, condition, reason }, 1);
    counts.reset();
    for (const { condition, reason, apps } of view.countConditions.counted) counts.set({ condition, reason }, apps);
    share.reset();
    due.reset();
    for (const { namespace, name, service, ...climber } of view.climbers) {
      const labels = { app_namespace: namespace, app_name: name, service };
      share.set(labels, climber.percent);
      if (!Number.isNaN(climber.due)) due.set(labels, climber.due);
    }
    for (const [kind, seconds] of view.silentSeconds) silence.set({ kind }, seconds);
  };
  const ask = (from: () => View): void => {
    look = from;
  };
  return { ask, show };
}

function callMeter(registry: Registry): Telemetry['onCall'] {
  const { counter, gauge, histogram } = metricsIn(registry);
  const calls = counter('rest_client_requests_total', 'Calls to the API server; watches when they open.', ['code', 'method', 'kind']);
  const latency = histogram('rest_client_request_duration_seconds', 'Time until the API server answered.', ['verb'], CALL_SECONDS);
  const limit = gauge('immutableapp_calls_limit', 'Calls that may be under way at once: fewer while the API server answers 429.', []);
  return ({ verb, kind, code, seconds, limiter }) => {
    // As client-go: a call without an answer has a word instead of a code, and lists and watches are GETs.
    calls.inc({ code: code === 0 ? '<error>' : String(code), method: verb === 'LIST' || verb === 'WATCH' ? 'GET' : verb, kind });
    latency.observe({ verb }, seconds);
    limit.set(limiter);
  };
}

function passTimer(registry: Registry): Telemetry['timed'] {
  const { counter, histogram } = metricsIn(registry);
  const passes = counter('controller_runtime_reconcile_total', 'Passes over one App, by how they ended.', ['controller', 'result']);
  const errors = counter('controller_runtime_reconcile_errors_total', 'Passes that failed.', ['controller']);
  const time = histogram('controller_runtime_reconcile_time_seconds', 'Time of one pass.', ['controller'], PASS_SECONDS);
  const controller = CONTROLLER;
  return async (pass) => {
    const started = performance.now();
    let result: Outcome = 'error';
    try {
      result = await pass();
    } finally {
      if (result === 'error') errors.inc({ controller });
      passes.inc({ controller, result });
      time.observe({ controller }, (performance.now() - started) / 1000);
    }
  };
}

function queueMeter(registry: Registry, name: string): QueueMeter {
  const metric = metricsIn(registry);
  const label: 'name'[] = ['name'];
  let load: (() => Load) | undefined;
  const gauge = (what: string, help: string, value: (load: Load) => number) =>
    metric.gauge(`workqueue_${what}`, help, label, (one) => {
      if (load !== undefined) one.set({ name }, value(load()));
    });
  gauge('depth', 'Keys that wait for a worker.', ({ depth }) => depth);
  gauge('unfinished_work_seconds', 'Sum of the ages of the work under way.', ({ unfinishedSeconds }) => unfinishedSeconds);
  gauge('longest_running_processor_seconds', 'Age of the oldest work under way.', ({ longestSeconds }) => longestSeconds);
  const adds = metric.counter('workqueue_adds_total', 'Keys added.', label);
  const retries = metric.counter('workqueue_retries_total', 'Keys that had to be tried again.', label);
  const waited = metric.histogram('workqueue_queue_duration_seconds', 'Time from being added to being worked on.', label, QUEUE_SECONDS);
  const worked = metric.histogram('workqueue_work_duration_seconds', 'Time of one piece of work.', label, QUEUE_SECONDS);
  return {
    ask(from) {
      load = from;
    },
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
}
