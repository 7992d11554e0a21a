// The operator as it ships: one bundle, its own process, its own ServiceAccount, with the credentials of a pod where the machine
// lets us mount some in a namespace of the process's own, or with a kubeconfig. Measured from outside, by what the kernel says of it.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Cluster } from '../../deploy/local/cluster.ts';
import { freePort } from '../../deploy/local/ports.ts';
import { lastLines, launch } from '../../deploy/local/process.ts';

export const NAMESPACE = 'immutableapp-system';
export const USER = `system:serviceaccount:${NAMESPACE}:immutableapp`;
const SERVICE_ACCOUNT = `${NAMESPACE}/immutableapp`;
const READY_MS = 120_000;
/** Ticks of utime and stime a second: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS = 100;

export type Mode = 'pod' | 'kubeconfig';

export interface Reading {
  /** p99 of how late the event loop was since the last reading. Its timer ticks every 10 ms, which are in it. */
  readonly loopDelayMs: number;
  readonly heapMb: number;
  /** How many Apps wait to be looked at. */
  readonly depth: number;
}

export interface Operator {
  readonly mode: Mode;
  /** From being started to /readyz saying 200. */
  readonly readyMs: number;
  readonly ended: Promise<string>;
  /** User and system time so far. */
  cpuMs(): number;
  memory(): { readonly rssMb: number; readonly peakMb: number };
  /** Its metrics. */
  read(): Promise<Reading>;
  log(): string;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM; resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface Start {
  readonly cluster: Cluster;
  /** What Node runs. */
  readonly entry: string;
  readonly mode: Mode;
  readonly nodeFlags: readonly string[];
  readonly signal: AbortSignal;
}

// A tmpfs over /var/run that only this process sees, with the service account where a kubelet would mount it; then the shell becomes
// the operator.
const POD = `
run=$(realpath /var/run) && mount -t tmpfs tmpfs "$run" && mkdir -p /var/run/secrets/kubernetes.io || exit 1
ln -s "$1" /var/run/secrets/kubernetes.io/serviceaccount || exit 1
shift
echo $$ >"$0"
exec "$@"`;
/** A pod has nothing compiled before it starts. */
const IN_A_POD = { NODE_ENV: 'production', NODE_DISABLE_COMPILE_CACHE: '1' };
const PLAIN = 'echo $$ >"$0"; exec "$@"';

const unshare = (): string[] => ['--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];

/** Why a process here cannot be given a pod's credentials; undefined when it can. */
export async function podlessBecause(): Promise<string | undefined> {
  try {
    await promisify(execFile)('unshare', [...unshare(), 'sh', '-c', 'mount -t tmpfs tmpfs "$(realpath /var/run)"']);
    return undefined;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    return `no mount namespace: ${(stderr ?? message).trim().split('\n')[0] ?? ''}`;
  }
}

/** Starts it and waits until it is ready. It cannot outlive this process. */
export async function startOperator({ cluster, entry, mode, nodeFlags, signal }: Start): Promise<Operator> {
  const own = mkdtempSync(join(cluster.directory, 'operator-'));
  const port = await freePort();
  const pidFile = join(own, 'pid');
  const logFile = join(own, 'log');
  const operator = [process.execPath, '--disable-warning=ExperimentalWarning', ...nodeFlags, entry];
  const flags = ['--probe-host', '127.0.0.1', '--probe-port', String(port), '--log-format', 'json'];
  const started = performance.now();
  const program = launch(
    'operator',
    mode === 'pod'
      ? {
          file: 'unshare',
          arguments: [
            ...unshare(),
            'sh',
            '-c',
            POD,
            pidFile,
            await serviceAccount(cluster, join(own, 'serviceaccount')),
            ...operator,
            ...flags,
          ],
          watchesParent: false,
          environment: {
            ...IN_A_POD,
            KUBERNETES_SERVICE_HOST: '127.0.0.1',
            KUBERNETES_SERVICE_PORT: new URL(cluster.server).port,
          },
        }
      : {
          file: '/bin/sh',
          arguments: [
            '-c',
            PLAIN,
            pidFile,
            ...operator,
            '--kubeconfig',
            await cluster.kubeconfigFor({ serviceAccount: SERVICE_ACCOUNT }),
            ...flags,
          ],
          watchesParent: false,
          environment: IN_A_POD,
        },
    logFile,
  );
  const url = `http://127.0.0.1:${port}`;
  const log = () => lastLines(logFile, 20);
  while (!(await answers(`${url}/readyz`))) {
    if (!program.running) throw new Error(`the operator ${await program.ended}:\n${log()}`);
    if (performance.now() - started > READY_MS) throw new Error(`the operator was not ready within ${READY_MS / 1000} s:\n${log()}`);
    await delay(25, undefined, { signal });
  }
  const readyMs = performance.now() - started;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const read = async (): Promise<Reading> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const sum = (name: string): number => {
      const values = [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].map(([, value]) => Number(value));
      if (values.length === 0) throw new Error(`the operator has no metric ${name}`);
      return values.reduce((total, value) => total + value, 0);
    };
    return {
      loopDelayMs: sum('nodejs_eventloop_lag_p99_seconds') * 1000,
      heapMb: sum('nodejs_heap_size_used_bytes') / 1e6,
      depth: sum('workqueue_depth'),
    };
  };
  return {
    mode,
    readyMs,
    ended: program.ended,
    cpuMs: () => cpuMs(pid),
    memory: () => memory(pid),
    read,
    log,
    signal(name) {
      process.kill(pid, name);
    },
    async stop() {
      if (program.running) process.kill(pid, 'SIGTERM');
      await program.ended;
    },
  };
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

/** The files that a kubelet would mount. */
async function serviceAccount(cluster: Cluster, directory: string): Promise<string> {
  const [namespace = '', name = ''] = SERVICE_ACCOUNT.split('/');
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 24 * 3600 } };
  const { code, body } = await cluster.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, request);
  if (code !== 201) throw new Error(`no token for ${SERVICE_ACCOUNT}: ${JSON.stringify(body)}`);
  await mkdir(directory, { mode: 0o700 });
  await writeFile(join(directory, 'token'), (body as { status: { token: string } }).status.token, { mode: 0o600 });
  await writeFile(join(directory, 'namespace'), namespace);
  await copyFile(cluster.caFile, join(directory, 'ca.crt'));
  return directory;
}

function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which is in brackets and may hold anything, fields 3 and on; utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}

function memory(pid: number): { rssMb: number; peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string) => (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6;
  return { rssMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
}
