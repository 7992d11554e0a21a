// The operator's composition root, and the only reader of flags and environment: puts the shell together, ends cleanly. Decides nothing
// about Apps.
import { hostname } from 'node:os';
import type { OperatorFlags } from './flags.ts';
import { VERSION, parseFlags } from './flags.ts';
import type { Connection } from './shell/api/connection.ts';
import { fromKubeconfig, inCluster } from './shell/api/connection.ts';
import { systemClock as clock } from './shell/clock.ts';
import type { Call } from './shell/api/kube.ts';
import { connect } from './shell/api/kube.ts';
import type { LeaseElection } from './shell/fleet/lease.ts';
import { identityOf, lease } from './shell/fleet/lease.ts';
import { Operator } from './shell/operator.ts';
import { serveProbes } from './shell/ops/probes.ts';
import type { Logger } from './shell/ops/log.ts';
import { createLogger } from './shell/ops/log.ts';
import type { Telemetry } from './shell/ops/telemetry.ts';
import { createTelemetry } from './shell/ops/telemetry.ts';

const LEASE_NAME = 'immutableapp';
const DEFAULT_LEASE_NAMESPACE = 'immutableapp-system';

const parsed = parseFlags(process.argv.slice(2));
if (parsed.is === 'print') process.stdout.write(parsed.text);
else if (parsed.is === 'wrong') {
  process.stderr.write(`${parsed.problem}\n`);
  process.exitCode = 2;
} else {
  const { flags } = parsed;
  const pretty = flags.logFormat === undefined ? process.stderr.isTTY : flags.logFormat === 'pretty';
  const log = createLogger({ level: flags.logLevel, pretty });
  try {
    await start(flags, log);
  } catch (error) {
    log.error(`could not start: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

async function start(flags: OperatorFlags, log: Logger): Promise<void> {
  const pod = process.env.KUBERNETES_SERVICE_HOST;
  const connection = await find(flags, pod, log);
  const telemetry = createTelemetry();
  const onCall = (call: Call): void => {
    telemetry.onCall(call);
  };
  const [identity, userAgent] = [identityOf(hostname()), `immutableapp/${VERSION}`];

  let election: LeaseElection | undefined;
  const mayWrite = (): boolean => (flags.leaderElect ? election?.mayWrite() === true : true);
  const kube = connect({ connection, userAgent, mayWrite, onCall, connections: flags.concurrency });
  const namespace = flags.leaseNamespace ?? (pod === undefined ? DEFAULT_LEASE_NAMESPACE : connection.namespace);
  const operator = new Operator({
    ...flags,
    kube,
    clock,
    log,
    telemetry,
    reporter: identity,
    userAgent,
    probeNamespace: flags.namespaces[0] ?? namespace,
    lease: () => election,
  });

  const probes = await probe(flags, pod, operator, telemetry);
  log.info('started', {
    version: VERSION,
    server: connection.server,
    probes: probes.port,
    namespaces: flags.namespaces.length === 0 ? 'all' : flags.namespaces,
  });
  await operator.look();
  const lead = (): void => {
    telemetry.leaseHeld(true);
    log.info('leading');
    void operator.runOnceSynced();
  };
  const leaseKube = connect({ connection, userAgent, connections: 2 });
  if (flags.leaderElect) {
    election = lease({
      kube: leaseKube,
      namespace,
      name: LEASE_NAME,
      identity,
      clock,
      log,
      onGain: lead,
      onLoss: ending(log),
      onRenewal: (seconds) => {
        telemetry.leaseRenewed(seconds);
      },
      onAnnotations: operator.heed,
    });
    void election.run();
  } else lead();

  onSignal(log, async () => {
    await operator.stop();
    await election?.release();
    await Promise.all([probes.close(), kube.close(), leaseKube.close()]);
  });
}

/** Exits at once: another process leads now, and must not find ours still writing. */
function ending(log: Logger): (why: string) => void {
  return (why) => {
    log.error(`lease lost: ${why}`);
    process.exit(1);
  };
}

function onSignal(log: Logger, finish: () => Promise<void>): void {
  const stop = async (signal: string): Promise<void> => {
    log.info('stopping', { signal });
    await finish();
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(signal));
}

/** A declaration, not a const: the first statement of this file awaits start before a const down here would exist. */
function probe(flags: OperatorFlags, pod: string | undefined, operator: Operator, telemetry: Telemetry): ReturnType<typeof serveProbes> {
  return serveProbes({
    host: flags.probeHost ?? (pod === undefined ? '127.0.0.1' : '0.0.0.0'),
    port: flags.probePort,
    metrics: telemetry,
    healthy: () => operator.silent(),
    ready: () => (operator.synced() ? undefined : 'the watches have not shown their whole lists yet'),
  });
}

/** The pod's own service account, or a kubeconfig as kubectl would find it. */
async function find(flags: OperatorFlags, pod: string | undefined, log: Logger): Promise<Connection> {
  const onError = (error: unknown): void => {
    log.warn('credentials could not be read again', { cause: (error as Error).message });
  };
  if (pod !== undefined && flags.kubeconfig === undefined) {
    return inCluster({ host: pod, port: process.env.KUBERNETES_SERVICE_PORT ?? '443', clock, onError });
  }
  const fallback = `${process.env.HOME ?? ''}/.kube/config`;
  const files = (flags.kubeconfig ?? process.env.KUBECONFIG ?? fallback).split(':').filter((file) => file !== '');
  return fromKubeconfig({ files, clock, onError, ...(flags.context === undefined ? {} : { context: flags.context }) });
}
