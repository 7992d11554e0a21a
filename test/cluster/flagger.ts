// Flagger as tests run it: installed from its own manifests, its controller as a process of its own. It switches blue-green, as no mesh is there.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../deploy/local/cluster.ts';
import { freePort } from '../../deploy/local/ports.ts';
import { plainly, startMeasured, type Measured } from '../bench/measured.ts';
import type { Release } from '../tools/released.ts';
import { polled, type Place } from './harness.ts';
import { kubectl } from './shipped.ts';

const NAMESPACE = 'flagger-system';
const NOWHERE = 'http://127.0.0.1:9';

export async function installFlagger(cluster: Cluster, { manifests }: Release): Promise<void> {
  const files = ['crd', 'account', 'rbac'].flatMap((name) => ['-f', join(manifests, `${name}.yaml`)]);
  await kubectl(cluster, 'create', 'namespace', NAMESPACE);
  await kubectl(cluster, 'apply', '--server-side', ...files);
  await kubectl(cluster, 'wait', '--for=condition=Established', '--timeout=60s', 'crd/canaries.flagger.app');
}

export async function startFlagger(cluster: Cluster, { controller }: Release, signal: AbortSignal): Promise<Measured> {
  const directory = mkdtempSync(join(cluster.directory, 'flagger-'));
  const kubeconfig = await cluster.kubeconfigFor({ serviceAccount: `${NAMESPACE}/flagger` });
  const port = await freePort();
  const flags = ['-kubeconfig', kubeconfig, '-port', String(port), '-metrics-server', NOWHERE, '-control-loop-interval', '1s'];
  const command = plainly([controller, ...flags, '-mesh-provider', 'kubernetes', '-log-level', 'info'], {});
  return startMeasured({ title: 'Flagger', directory, command, readyUrl: `http://127.0.0.1:${port}/healthz`, signal });
}

/** Of the Deployment of that name, behind a Service that Flagger makes; `service` says what it is. Ten seconds are the shortest interval that it knows. */
export const canary = (name: string, service: object, more: object = {}): object => ({
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name },
  spec: {
    provider: 'kubernetes',
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    service,
    analysis: { interval: '10s', threshold: 2, iterations: 1 },
    ...more,
  },
});

interface Seen {
  readonly status?: { readonly phase?: string };
}

/** Waits until Flagger says so of a Canary. */
export const reached = (place: Place, name: string, phase: string, deadlineMs = 120_000): Promise<void> =>
  polled(
    `Canary ${name} is ${phase}`,
    async () => {
      const path = `/apis/flagger.app/v1beta1/namespaces/${place.namespace}/canaries/${name}`;
      const { status } = (await place.stage.cluster.call('GET', path)).body as Seen;
      return status?.phase === phase || String(status?.phase);
    },
    deadlineMs,
  );
