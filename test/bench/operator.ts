// The operator as it ships: one bundle, its own process, its own ServiceAccount, with the credentials of a pod where the machine
// lets us mount some in a namespace of the process's own, or with a kubeconfig. Measured from outside, by what the kernel says of it.
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cluster } from '../../deploy/local/cluster.ts';
import { freePort } from '../../deploy/local/ports.ts';
import { plainly, startMeasured, type Measured, type Measuring } from './measured.ts';

export const NAMESPACE = 'immutableapp-system';
export const USER = `system:serviceaccount:${NAMESPACE}:immutableapp`;
const SERVICE_ACCOUNT = `${NAMESPACE}/immutableapp`;

export type Mode = 'pod' | 'kubeconfig';

export interface Reading {
  /** p99 of how late the event loop was since the last reading. Its timer ticks every 10 ms, which are in it. */
  readonly loopDelayMs: number;
  readonly heapMb: number;
  /** How many Apps wait to be looked at. */
  readonly depth: number;
}

export interface Operator extends Measured {
  readonly mode: Mode;
  /** Its metrics. */
  read(): Promise<Reading>;
}

export interface Start {
  readonly cluster: Cluster;
  /** What Node runs. */
  readonly entry: string;
  readonly mode: Mode;
  readonly nodeFlags: readonly string[];
  /** How a pod reaches the API server, if not directly. */
  readonly way?: { readonly server: string; readonly caFile: string };
  /** Its own, besides. */
  readonly flags?: readonly string[];
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
/** What the Dockerfile says; and a pod has nothing compiled before it starts. */
const IN_A_POD = { NODE_ENV: 'production', MALLOC_ARENA_MAX: '1', NODE_DISABLE_COMPILE_CACHE: '1' };
/** What Node makes of the memory limit of 512Mi in deploy/base/deployment.yaml, and what the Dockerfile says: a pod's heap, not this machine's. */
export const AS_IN_A_POD = ['--max-old-space-size=256', '--max-semi-space-size=8'];

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
export async function startOperator({
  cluster,
  entry,
  mode,
  nodeFlags,
  way = cluster,
  flags: more = [],
  signal,
}: Start): Promise<Operator> {
  const directory = mkdtempSync(join(cluster.directory, 'operator-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const operator = [process.execPath, '--disable-warning=ExperimentalWarning', ...nodeFlags, entry];
  const flags = ['--probe-host', '127.0.0.1', '--probe-port', String(port), '--log-format', 'json', ...more];
  const command =
    mode === 'pod'
      ? inPod(way, await serviceAccount(cluster, way, join(directory, 'serviceaccount')), [...operator, ...flags])
      : plainly([...operator, '--kubeconfig', await cluster.kubeconfigFor({ serviceAccount: SERVICE_ACCOUNT }), ...flags], IN_A_POD);
  const measured = await startMeasured({ title: 'the operator', directory, command, readyUrl: `${url}/readyz`, signal });
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
  return { ...measured, mode, read };
}

const inPod =
  ({ server }: Required<Start>['way'], account: string, command: readonly string[]): Measuring['command'] =>
  (pidFile) => ({
    file: 'unshare',
    arguments: [...unshare(), 'sh', '-c', POD, pidFile, account, ...command],
    environment: { ...IN_A_POD, KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: new URL(server).port },
  });

/** The files that a kubelet would mount. */
async function serviceAccount(cluster: Cluster, { caFile }: Required<Start>['way'], directory: string): Promise<string> {
  const [namespace = '', name = ''] = SERVICE_ACCOUNT.split('/');
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 24 * 3600 } };
  const { code, body } = await cluster.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, request);
  if (code !== 201) throw new Error(`no token for ${SERVICE_ACCOUNT}: ${JSON.stringify(body)}`);
  await mkdir(directory, { mode: 0o700 });
  await writeFile(join(directory, 'token'), (body as { status: { token: string } }).status.token, { mode: 0o600 });
  await writeFile(join(directory, 'namespace'), namespace);
  await copyFile(caFile, join(directory, 'ca.crt'));
  return directory;
}
