// What it costs, what it may do, what it tells those who run it: counted in the API server's own audit log.
import { expect, test } from '@jest/globals';
import { REASON } from '../../src/model/vocabulary.ts';
import { OPERATOR, SYSTEM, template } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';
import type { OperatorProcess } from './process.ts';

let operator: OperatorProcess;
const stage = openStage(async (stage) => {
  operator = await stage.operator();
});

const config = (n: number) => [{ name: 'httpd', mountPath: '/etc/httpd', data: { 'httpd.conf': `Listen ${n}` } }];
const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

test(
  'calls per update, whole lifecycle with retirement, warmSeconds 0: at most 11 writes, 3 of them events, and 3 reads',
  async () => {
    const UPDATES = 5;
    const REPLICAS = 10;
    const place = await stage.place();
    // Pods that come up one after the other, so that a report on each would show.
    const slow = template({ annotations: { 'test.immutableapp.io/ready-after': '100ms' } });
    const spec = (n: number) => ({ replicas: REPLICAS, retention: { warmSeconds: 0 }, template: slow, config: config(n) });
    await place.rollOut(spec(0));
    const told = () => place.events().length;
    const reportedWhole = (ready: number) =>
      place.until('the report is complete', () => {
        const status = place.find('ImmutableApp', 'shop')?.status;
        const instances = status?.versions?.flatMap((version) => version.instances ?? []) ?? [];
        return (
          instances.length === 1 &&
          instances[0]!.ready === ready &&
          status?.readyReplicas === ready &&
          status.services?.[0]?.converged === true
        );
      });
    await reportedWhole(REPLICAS);
    await place.until('both events of the first version', () => told() === 2);
    const before = (await stage.audit(place.namespace)).length;
    for (let n = 1; n <= UPDATES; n++) {
      await place.rollOut(spec(n));
      await reportedWhole(REPLICAS);
      await place.until('three events', () => told() === 2 + 3 * n);
    }
    const calls = (await stage.audit(place.namespace)).slice(before).filter(({ verb }) => verb !== 'watch');
    const writes = calls.filter(({ verb }) => WRITES.has(verb));
    const events = writes.filter(({ resource }) => resource === 'events');
    const reads = calls.filter(({ verb }) => !WRITES.has(verb));
    const tally = new Map<string, number>();
    for (const { verb, resource, code } of calls)
      tally.set(`${verb} ${resource} ${code}`, (tally.get(`${verb} ${resource} ${code}`) ?? 0) + 1);
    process.stderr.write(
      `per update: ${writes.length / UPDATES} writes, ${events.length / UPDATES} of them events, ${reads.length / UPDATES} reads\n`,
    );
    process.stderr.write(`${[...tally].map(([call, count]) => `  ${count / UPDATES} × ${call}`).join('\n')}\n`);
    expect(writes.length).toBeLessThanOrEqual(11 * UPDATES);
    expect(events.length).toBe(3 * UPDATES);
    expect(reads.length).toBeLessThanOrEqual(3 * UPDATES);
    expect(place.events().map(({ reason }) => reason)).toEqual([
      'Minted',
      'Switched',
      ...Array.from({ length: UPDATES }, () => ['Minted', 'Switched', 'Retired']).flat(),
    ]);
    const known = new Set<string>(Object.values(REASON));
    expect(place.events().filter(({ reason }) => !known.has(reason))).toEqual([]);
    await place.expectSafe();
  },
  2 * TEST_MS,
);

test(
  'three gates cost one write more for each update, beside events',
  async () => {
    const UPDATES = 3;
    const open = (name: string) => ({ name, window: { timeZone: 'UTC', from: '00:00', to: '00:00' } });
    const costs = async (before: readonly object[]) => {
      const place = await stage.place();
      const promotion = { before, drainSeconds: 0, failbackSeconds: 0 };
      const spec = (n: number) => ({ retention: { warmSeconds: 0 }, template: template({}), config: config(n), promotion });
      const settled = () =>
        place.until('only the new instance is left, and that is told', () => {
          const { versions, services } = place.find('ImmutableApp', 'shop')?.status ?? {};
          return versions?.flatMap(({ instances = [] }) => instances).length === 1 && services?.[0]?.converged === true;
        });
      await place.rollOut(spec(0));
      await settled();
      const earlier = (await stage.audit(place.namespace)).length;
      for (let n = 1; n <= UPDATES; n++) {
        await place.rollOut(spec(n));
        await settled();
      }
      const calls = (await stage.audit(place.namespace)).slice(earlier).filter(({ verb }) => WRITES.has(verb));
      const records = calls.filter(({ resource }) => resource === 'controllerrevisions').length / UPDATES;
      const others = calls.filter(({ resource }) => resource !== 'events' && resource !== 'controllerrevisions').length / UPDATES;
      return { records, others };
    };
    const [without, gated] = [await costs([]), await costs(['a', 'b', 'c'].map(open))];
    process.stderr.write(`per update, without gates and with three: ${JSON.stringify([without, gated])}\n`);
    expect(gated.records).toBe(without.records + 1);
    expect(gated.others).toBeLessThanOrEqual(without.others + 0.34);
  },
  TEST_MS,
);

test('metrics endpoint serves workqueue_*, rest_client_* and controller_runtime_*, /readyz and /healthz say 200', async () => {
  const { text = '', status } = (await operator.page('/metrics')) ?? {};
  expect(status).toBe(200);
  const names = new Set(text.split('\n').flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []));
  const wanted = [
    ...['adds_total', 'depth', 'queue_duration_seconds', 'work_duration_seconds', 'retries_total', 'unfinished_work_seconds'].map(
      (name) => `workqueue_${name}`,
    ),
    ...['longest_running_processor_seconds'].map((name) => `workqueue_${name}`),
    ...['rest_client_requests_total', 'rest_client_request_duration_seconds'],
    ...['controller_runtime_reconcile_total', 'controller_runtime_reconcile_errors_total', 'controller_runtime_reconcile_time_seconds'],
    ...[
      'immutableapp_switch_seconds',
      'immutableapp_events_total',
      'immutableapp_apps',
      'immutableapp_lease_held',
      'process_resident_memory_bytes',
    ],
  ];
  expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  const value = (line: RegExp) => Number(line.exec(text)?.[1] ?? NaN);
  expect(value(/^workqueue_adds_total\{.*\} (\d+)$/m)).toBeGreaterThan(0);
  expect(value(/^immutableapp_lease_held (\d)$/m)).toBe(1);
  expect(value(/^immutableapp_events_total\{reason="Minted"\} (\d+)$/m)).toBeGreaterThanOrEqual(6);
  expect(value(/^controller_runtime_reconcile_errors_total\{.*\} (\d+)$/m) || 0).toBe(0);
  expect(await operator.page('/readyz')).toMatchObject({ status: 200 });
  expect(await operator.page('/healthz')).toMatchObject({ status: 200 });
});

test('status is one field among the managed ones, not a hundred', async () => {
  const place = await stage.place();
  await place.rollOut({ config: config(1) });
  const { managedFields } = place.find('ImmutableApp', 'shop')!.metadata;
  expect(managedFields!.filter(({ subresource }) => subresource === 'status').map(({ fieldsV1 }) => fieldsV1)).toEqual([
    { 'f:status': {} },
  ]);
});

test(
  'zero calls in 60 idle seconds but for the lease',
  async () => {
    const renewedAt = () => Date.parse(stage.recorder.find('Lease', SYSTEM, 'immutableapp')?.spec.renewTime ?? '');
    const renewed = (after: number) =>
      stage.recorder.until('the lease is renewed', () => renewedAt() >= after && renewedAt(), after - Date.now() + TEST_MS);
    // Counts alone may be reported five seconds late: that still belongs to the work before.
    const from = await renewed(Date.now() + 6_000);
    const to = await renewed(from + 60_000);
    const calls = (await stage.audit()).filter(({ at }) => Date.parse(at) > from && Date.parse(at) <= to);
    expect(calls.filter(({ resource }) => resource !== 'leases').map(({ verb, path }) => `${verb} ${path}`)).toEqual([]);
    expect(calls.length).toBeGreaterThan(20);
    expect(calls.length).toBeLessThan(40);
  },
  3 * TEST_MS,
);

test(
  'its RBAC would refuse to change what was published, to read Secrets, to touch pods',
  async () => {
    const place = await stage.place();
    const id = await place.rollOut({ config: config(1) });
    const kubectl = (...args: string[]) => stage.cluster.kubectl(['-n', place.namespace, '--as', OPERATOR, ...args]);
    const can = async (verb: string, resource: string) => (await kubectl('auth', 'can-i', verb, resource)).stdout.trim();
    expect(await can('create', 'deployments.apps')).toBe('yes'); // the question is put right
    for (const resource of ['deployments.apps', 'configmaps', 'controllerrevisions.apps']) {
      for (const verb of ['update', 'patch', 'deletecollection'])
        expect([verb, resource, await can(verb, resource)]).toEqual([verb, resource, 'no']);
    }
    for (const verb of ['get', 'list', 'watch', 'create', 'update', 'delete'])
      expect([verb, await can(verb, 'secrets')]).toEqual([verb, 'no']);
    for (const verb of ['create', 'update', 'patch', 'delete']) expect([verb, await can(verb, 'pods')]).toEqual([verb, 'no']);
    for (const verb of ['update', 'patch']) expect([verb, await can(verb, 'immutableapps.immutableapp.io')]).toEqual([verb, 'no']);
    for (const [kind, name] of [
      ['deployment', id],
      ['controllerrevision', id],
      ['configmap', `${id}.httpd`],
    ] as const) {
      const { code, stderr } = await kubectl('patch', kind, name, '--type=merge', '-p', '{"metadata":{"labels":{"a":"b"}}}');
      expect([kind, code, stderr]).toEqual([kind, 1, expect.stringContaining('forbidden')]);
    }
  },
  TEST_MS,
);
