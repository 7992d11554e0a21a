// Two operators, one Lease: whatever becomes of the one that leads, the other goes on with what it began, and at no moment do both write.
// An API server of its own: leaders are halted at the same time, each with a Lease of its own, and one loses its API server.
import { expect, test } from '@jest/globals';
import { HELD, OwnStage, polled, SYSTEM, template } from './harness.ts';
import type { Place } from './harness.ts';
import type { OperatorProcess } from './process.ts';
import { credentialOf, strays, writesIn } from './writers.ts';

const TEST_MS = 300_000;
/** Longer than the Lease lasts (15 s) and than its holder may go on without renewing it (10 s). */
const BLOCKED_MS = 20_000;
const OUTAGE_MS = 60_000;
/** 15 s unchanged, looked at every 2 s, and a little for the machine. */
const TAKEOVER_MS = 20_000;
/** Everybody's watches wait the longer the longer the API server was away: the kubelet's and the controllers' too. */
const RECOVERY_MS = 120_000;

/** A cluster with a Lease of its own: these tests wait most of the time, so they do it at once. */
async function onStage(play: (stage: OwnStage) => Promise<void>): Promise<void> {
  const stage = await OwnStage.open();
  try {
    await play(stage);
  } finally {
    await stage.close();
  }
}

/** An operator with a token of its own, by which the audit log knows it. */
async function start(stage: OwnStage, options?: { inspected: boolean }): Promise<{ operator: OperatorProcess; credential: string }> {
  const kubeconfig = await stage.cluster.kubeconfigFor({ serviceAccount: `${SYSTEM}/immutableapp` });
  const operator = await stage.start([], kubeconfig, options);
  await operator.ready();
  return { operator, credential: credentialOf(kubeconfig) };
}

const holder = (stage: OwnStage) => stage.recorder.find('Lease', SYSTEM, 'immutableapp')?.spec.holderIdentity;

/** One operator leads, one stands by; a version is up but for its pods' readiness. */
async function midRollout(stage: OwnStage, place: Place) {
  const leader = await start(stage, { inspected: true });
  const old = await place.rollOut({ replicas: 2 });
  const standby = await start(stage);
  const app = await place.update({ replicas: 2, template: template({ image: 'example/web:2', annotations: HELD }) });
  const next = await place.heldUp(2, old);
  return { leader, standby, app, old, next };
}

async function takenOver(stage: OwnStage, from: string | undefined, since: number): Promise<number> {
  await stage.recorder.until('the other has the Lease', () => ![from, '', undefined].includes(holder(stage)), TAKEOVER_MS);
  return performance.now() - since;
}

type Halt = (leader: OperatorProcess) => Promise<void> | void;
test.concurrent.each<[string, Halt, Halt]>([
  [
    'stopped with SIGSTOP and woken after the other has finished its work',
    (leader) => {
      leader.pause();
    },
    (leader) => {
      leader.resume();
    },
  ],
  ['with its event loop blocked for 20 s', (leader) => leader.block(BLOCKED_MS), () => undefined],
])(
  'a leader %s writes nothing any more, and ends',
  (_, halt, wake) =>
    onStage(async (stage) => {
      const place = await stage.place();
      const { leader, standby, app, old, next } = await midRollout(stage, place);
      const before = holder(stage);
      await halt(leader.operator);
      const halted = performance.now();
      // What it had sent has arrived by then.
      const silentFrom = new Date(Date.now() + 1_000).toISOString();
      await place.release(next); // what it waited for is there when it wakes
      const failover = await takenOver(stage, before, halted);
      await place.steady(app);
      expect(await place.route()).toEqual([old, next]);
      await wake(leader.operator);
      expect(await leader.operator.ended).toBe('exited with code 1');
      expect(leader.operator.log()).toMatch(/lease lost/);
      await place.settle();
      const asked = await stage.audit();
      const wrote = (who: string) => writesIn(asked).filter(({ credential, at }) => credential === who && at > silentFrom);
      expect(wrote(leader.credential)).toEqual([]);
      expect(wrote(standby.credential).length).toBeGreaterThan(0);
      expect(strays(asked)).toEqual([]);
      process.stderr.write(`failover ${(failover / 1000).toFixed(1)} s after the leader was halted\n`);
      await place.expectSafe();
    }),
  TEST_MS,
);

test.concurrent(
  'the API server away for a minute: the leader ends in time, nothing that serves is touched, and the rollout goes on afterwards',
  () =>
    onStage(async (stage) => {
      const place = await stage.place();
      const { leader, standby, app, old, next } = await midRollout(stage, place);
      const before = holder(stage);
      const pods = place.podsOf(old).map(({ metadata }) => metadata.uid);
      const away = performance.now();
      const back = stage.outage(OUTAGE_MS);
      expect(await leader.operator.ended).toBe('exited with code 1');
      const endedMs = performance.now() - away;
      expect(endedMs).toBeLessThan(13_000); // 10 s after a renewal that may be 2 s old, and a little for the machine
      await back;
      const backAt = performance.now();
      const failover = await takenOver(stage, before, backAt);
      await polled('the one that leads is ready', async () => (await standby.operator.page('/readyz'))?.status === 200, RECOVERY_MS);
      await place.release(next);
      await place.steady(app, RECOVERY_MS);
      process.stderr.write(
        `leader ended ${(endedMs / 1000).toFixed(1)} s into the outage; next leader ${(failover / 1000).toFixed(1)} s after it\n`,
      );
      expect(await place.route()).toEqual([old, next]);
      expect(place.podsOf(old).map(({ metadata }) => metadata.uid)).toEqual(pods);
      const asked = await stage.audit();
      expect(strays(asked)).toEqual([]);
      expect(writesIn(asked).length).toBeGreaterThan(0);
      await place.expectSafe();
    }),
  TEST_MS,
);
