import { afterEach, expect, test } from '@jest/globals';
import { totalmem } from 'node:os';
import { PassThrough } from 'node:stream';
import { REASON } from '../../src/model/vocabulary.ts';
import { serveProbes, type Probes } from '../../src/shell/ops/probes.ts';
import { createLogger, type LoggerOptions } from '../../src/shell/ops/log.ts';
import { createTelemetry } from '../../src/shell/ops/telemetry.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function written(options: Partial<LoggerOptions>, use: (log: ReturnType<typeof createLogger>) => void): Promise<string> {
  const stream = new PassThrough();
  use(createLogger({ level: 'info', stream, ...options }));
  await new Promise(setImmediate);
  return ((stream.read() as Buffer | null) ?? '').toString();
}

test('a line is one JSON object, with the fields of its parents', async () => {
  const text = await written({}, (log) => {
    log.child({ app: 'ns/web', version: 1 }).child({ version: 2 }).warn('moved', { to: 'web-2', nothing: undefined });
  });
  const { timestamp, ...rest } = JSON.parse(text) as Record<string, unknown>;
  expect(rest).toEqual({ level: 'warn', message: 'moved', app: 'ns/web', version: 2, to: 'web-2' });
  expect(String(timestamp)).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(text.endsWith('\n')).toBe(true);
});

test('an error shows its stack, and no field overwrites the message', async () => {
  const text = await written({}, (log) => {
    log.error('failed', { error: new Error('boom'), message: 'inner', level: 'x' });
  });
  const line = JSON.parse(text) as Record<string, string>;
  expect(line).toMatchObject({ level: 'error', message: 'failed', message_: 'inner', level_: 'x' });
  expect(line.error).toMatch(/^Error: boom\n +at /);
});

test('what is below the level is not written', async () => {
  expect(
    await written({ level: 'warn' }, (log) => {
      log.debug('a');
      log.info('b');
    }),
  ).toBe('');
});

test('pretty lines are for people', async () => {
  const text = await written({ pretty: true }, (log) => {
    log.info('moved', { to: 'web-2', n: 3 });
    log.error('failed');
  });
  expect(text.replaceAll(/^\S+/gm, 'TIME')).toBe('TIME moved to=web-2 n=3\nTIME ERROR failed\n');
});

async function serve(more: Partial<Probes> = {}) {
  const telemetry = createTelemetry();
  const probes = await serveProbes({
    port: 0,
    host: '127.0.0.1',
    metrics: telemetry,
    healthy: () => undefined,
    ready: () => undefined,
    ...more,
  });
  cleanups.push(() => probes.close());
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${probes.port}${path}`);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };
  return { telemetry, get, port: probes.port };
}

test('metrics bear the names that dashboards know', async () => {
  const { telemetry, get } = await serve();
  telemetry.onCall({ verb: 'LIST', kind: 'Pod', code: 0, seconds: 0.1, limiter: 7 });
  telemetry.onCall({ verb: 'PATCH', kind: 'Service', code: 200, seconds: 0.1, limiter: 7 });
  telemetry.queue.meter.ask(() => ({ depth: 3, working: 1, unfinishedSeconds: 2, longestSeconds: 1.5 }));
  telemetry.queue.meter.added();
  telemetry.queue.meter.retried();
  telemetry.queue.meter.waited(0.5);
  telemetry.queue.meter.worked(0.5);
  for (const outcome of ['success', 'requeue', 'requeue_after', 'error'] as const) await telemetry.timed(() => Promise.resolve(outcome));
  await expect(telemetry.timed(() => Promise.reject(new Error('x')))).rejects.toMatchObject({ message: 'x' });
  telemetry.controller.happened('Switched');
  telemetry.watchRestarted('Pod', 'reset');
  telemetry.sinkFailed('Pod');
  telemetry.receivers(['chat', 'ledger']);
  telemetry.noticeEnded('chat', 'dropped');
  telemetry.controller.switched(0.02);
  telemetry.leaseHeld(true);
  telemetry.sourcesStale(true);
  telemetry.leaseRenewed(2.1);
  telemetry.view.ask(() => ({
    apps: 7,
    countConditions: {
      named: [{ namespace: 'shop', name: 'web', condition: 'Stalled', reason: 'VersionFailed' }],
      counted: [{ condition: 'Stalled', reason: 'VersionFailed', apps: 3 }],
    },
    noticesWaiting: 4,
    climbers: [{ namespace: 'shop', name: 'web', service: 'web', percent: 5, due: 1_900_000_000 }],
    silentSeconds: new Map([['Pod', 61]]),
  }));
  const { status, type, text } = await get('/metrics');
  expect(status).toBe(200);
  expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
  for (const line of [
    'immutableapp_notices_total{receiver="chat",result="dropped"} 1',
    'immutableapp_notices_total{receiver="chat",result="sent"} 0',
    'immutableapp_notices_total{receiver="ledger",result="dropped"} 0',
    'immutableapp_notices_waiting 4',
    'rest_client_requests_total{code="<error>",method="GET",kind="Pod"} 1',
    'rest_client_requests_total{code="200",method="PATCH",kind="Service"} 1',
    'rest_client_request_duration_seconds_count{verb="LIST"} 1',
    'workqueue_depth{name="immutableapp"} 3',
    'workqueue_unfinished_work_seconds{name="immutableapp"} 2',
    'workqueue_longest_running_processor_seconds{name="immutableapp"} 1.5',
    'workqueue_adds_total{name="immutableapp"} 1',
    'workqueue_retries_total{name="immutableapp"} 1',
    'workqueue_queue_duration_seconds_count{name="immutableapp"} 1',
    'workqueue_work_duration_seconds_count{name="immutableapp"} 1',
    'controller_runtime_reconcile_total{controller="immutableapp",result="success"} 1',
    'controller_runtime_reconcile_total{controller="immutableapp",result="requeue"} 1',
    'controller_runtime_reconcile_total{controller="immutableapp",result="requeue_after"} 1',
    'controller_runtime_reconcile_total{controller="immutableapp",result="error"} 2',
    'immutableapp_sources_stale 1',
    'controller_runtime_reconcile_errors_total{controller="immutableapp"} 2',
    'controller_runtime_reconcile_time_seconds_count{controller="immutableapp"} 5',
    'immutableapp_events_total{reason="Switched"} 1',
    'immutableapp_watch_restarts_total{kind="Pod",cause="reset"} 1',
    'immutableapp_sink_errors_total{kind="Pod"} 1',
    'immutableapp_switch_seconds_count 1',
    'immutableapp_calls_limit 7',
    'immutableapp_apps 7',
    'immutableapp_lease_held 1',
    'immutableapp_lease_renewal_seconds_bucket{le="2.5"} 1',
    'immutableapp_app_condition{app_namespace="shop",app_name="web",condition="Stalled",reason="VersionFailed"} 1',
    'immutableapp_apps_condition{condition="Stalled",reason="VersionFailed"} 3',
    'immutableapp_share{app_namespace="shop",app_name="web",service="web"} 5',
    'immutableapp_share_due_timestamp_seconds{app_namespace="shop",app_name="web",service="web"} 1900000000',
    'immutableapp_watch_silent_seconds{kind="Pod"} 61',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
  expect(text).toContain('process_resident_memory_bytes');
});

test('an App that is well again is not named any more', async () => {
  const { telemetry, get } = await serve();
  const trouble = { namespace: 'shop', name: 'web', condition: 'Stalled', reason: 'Denied' } as const;
  let ill = true;
  telemetry.view.ask(() => ({
    apps: 1,
    noticesWaiting: 0,
    climbers: [],
    countConditions: ill ? { named: [trouble], counted: [{ ...trouble, apps: 1 }] } : { named: [], counted: [] },
    silentSeconds: new Map(),
  }));
  expect((await get('/metrics')).text).toMatch(/_condition\{.*"Denied"/);
  ill = false;
  expect((await get('/metrics')).text).not.toMatch(/_condition\{.*"Denied"/);
});

test('every reason is counted from nothing on: a counter that began with 1 would not increase', async () => {
  const { get } = await serve();
  const lines = (await get('/metrics')).text.split('\n');
  for (const reason of Object.values(REASON)) expect(lines).toContain(`immutableapp_events_total{reason="${reason}"} 0`);
});

test('what memory there is can be compared with what is used', async () => {
  const { get } = await serve();
  const { text } = await get('/metrics');
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  expect(value('process_resident_memory_bytes')).toBeLessThan(value('immutableapp_memory_limit_bytes'));
  expect(value('immutableapp_memory_limit_bytes')).toBeLessThanOrEqual(totalmem());
  expect(value('nodejs_heap_size_used_bytes')).toBeLessThan(value('immutableapp_heap_limit_bytes'));
});

test('probes say in a sentence what is wrong', async () => {
  const { get } = await serve({ ready: () => 'the Pod watch has not seen its list' });
  expect(await get('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
  expect(await get('/readyz?verbose')).toMatchObject({ status: 503, text: 'the Pod watch has not seen its list\n' });
  expect(await get('/')).toMatchObject({ status: 404 });
});

test('a probe that throws is an answer', async () => {
  const { get } = await serve({
    healthy: () => {
      throw new Error('bug');
    },
  });
  expect(await get('/healthz')).toMatchObject({ status: 500, text: 'Error: bug\n' });
});

test('a taken port is said so', async () => {
  const { port } = await serve();
  await expect(serve({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
