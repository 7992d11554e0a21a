// The line that somebody stops, for all Apps at once, by an annotation on the Lease.
import { expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { ok } from '../../src/model/failure.ts';
import type { KubeObject } from '../../src/model/object.ts';
import { systemClock } from '../../src/shell/clock.ts';
import { FleetGuard } from '../../src/shell/fleet/fleet.ts';
import { createLogger } from '../../src/shell/ops/log.ts';
import { createTelemetry } from '../../src/shell/ops/telemetry.ts';

const LINE = 'immutableapp.io/hold';
const LEASE = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'immutableapp', namespace: 'immutableapp-system', uid: 'uid-lease' },
};

function guard() {
  const telemetry = createTelemetry();
  const told: object[] = [];
  const events: KubeObject[] = [];
  const fleet = new FleetGuard({
    kube: {
      create: (_kind, object) => {
        events.push(object);
        return Promise.resolve(ok({}));
      },
    },
    clock: systemClock,
    log: createLogger({ level: 'error', stream: new PassThrough() }),
    telemetry,
    reporter: 'test',
    lease: () => ({ annotate: () => Promise.resolve(ok({})), seen: () => LEASE }),
    updateFleet: (news) => told.push(news),
  });
  return { fleet, told, events, metrics: () => telemetry.render() };
}

test('every App is told why, people read it on the Lease, and once is enough', async () => {
  const { fleet, told, events, metrics } = guard();
  expect(await metrics()).toContain('immutableapp_line_held 0');
  fleet.heed({ [LINE]: ' incident 42,\n ask Ada ' });
  fleet.heed({ [LINE]: 'incident 42, ask Ada' });
  expect(told).toEqual([{ line: 'incident 42, ask Ada' }]);
  expect(events).toMatchObject([
    {
      reason: 'LineHeld',
      type: 'Warning',
      regarding: { kind: 'Lease', name: 'immutableapp' },
      note: expect.stringContaining(`take annotation ${LINE} off`),
    },
  ]);
  expect(await metrics()).toContain('immutableapp_line_held 1');
});

test('it goes on when the annotation is gone, and the circuit breaker is another matter', async () => {
  const { fleet, told, metrics } = guard();
  fleet.heed({ [LINE]: 'why', 'immutableapp.io/circuit-breaker': 'open' });
  fleet.heed({ 'immutableapp.io/circuit-breaker': 'open' });
  expect(told).toEqual([{ line: 'why' }, { breaker: 'open' }, { line: '' }]);
  expect(await metrics()).toContain('immutableapp_line_held 0');
});

test('what is told of it fits into every report', () => {
  const { fleet, told } = guard();
  fleet.heed({ [LINE]: 'x'.repeat(9000) });
  expect(told).toEqual([{ line: 'x'.repeat(512) }]);
});
