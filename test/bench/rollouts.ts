// Argo Rollouts as the bench runs it: installed from its own manifests, its controller as a process of its own, and Rollouts that are what
// the Apps of phases.ts are. With them the Deployments of those who run neither.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../deploy/local/cluster.ts';
import { freePort } from '../../deploy/local/ports.ts';
import type { Client } from './client.ts';
import { plainly, startMeasured, type Measured } from './measured.ts';
import { configOf, CONTAINER, PORT } from './phases.ts';
import type { Release } from '../tools/released.ts';

const NAMESPACE = 'argo-rollouts';
export const USER = `system:serviceaccount:${NAMESPACE}:argo-rollouts`;

/** Its CRDs and its own ClusterRole, bound in the whole cluster as its cluster-install does. */
export async function installRollouts(cluster: Cluster, { manifests }: Release): Promise<void> {
  const apply = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await cluster.kubectl(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  };
  const files = [
    'base/argo-rollouts-sa.yaml',
    'role/argo-rollouts-clusterrole.yaml',
    'cluster-install/argo-rollouts-clusterrolebinding.yaml',
  ];
  const roles = files.flatMap((file) => ['-f', join(manifests, file)]);
  await apply('create', 'namespace', NAMESPACE);
  await apply('apply', '--server-side', '-k', join(manifests, 'crds'));
  await apply('apply', '-n', NAMESPACE, ...roles);
  await apply('wait', '--for=condition=Established', '--timeout=60s', 'crd/rollouts.argoproj.io', 'crd/analysisruns.argoproj.io');
}

export async function startRollouts(
  cluster: Cluster,
  { controller }: Release,
  flags: readonly string[],
  signal: AbortSignal,
): Promise<Measured> {
  const directory = mkdtempSync(join(cluster.directory, 'rollouts-'));
  const kubeconfig = await cluster.kubeconfigFor({ serviceAccount: `${NAMESPACE}/argo-rollouts` });
  const [healthz, metrics] = [await freePort(), await freePort()];
  const ports = ['--healthzPort', String(healthz), '--metricsPort', String(metrics)];
  const command = plainly([controller, '--kubeconfig', kubeconfig, ...ports, ...flags], { POD_NAMESPACE: NAMESPACE });
  return startMeasured({ title: 'Argo Rollouts', directory, command, readyUrl: `http://127.0.0.1:${healthz}/healthz`, signal });
}

const configMapOf = (app: string, version: string): string => `${app}-${version}`;
const volumesOf = (app: string, version: string) => [{ name: 'httpd', configMap: { name: configMapOf(app, version) } }];

/** What its user does to have a config versioned: one more ConfigMap, named anew. */
const writeConfig = (client: Client, namespace: string, app: string, version: string): Promise<unknown> =>
  client.create(`/api/v1/namespaces/${namespace}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: configMapOf(app, version), namespace },
    data: { 'httpd.conf': configOf(`${namespace}/${app}`, version) },
  });

/** What the same ConfigMaps are for: a Rollout, or the Deployment of those who have neither it nor us. */
export interface Workload {
  readonly api: string;
  readonly kind: string;
  readonly resource: string;
  readonly strategy: (app: string) => object;
}

export const ROLLOUT: Workload = {
  api: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  resource: 'rollouts',
  strategy: (app) => ({ blueGreen: { activeService: app, autoPromotionEnabled: true } }),
};
export const PLAIN: Workload = { api: 'apps/v1', kind: 'Deployment', resource: 'deployments', strategy: () => ({ type: 'RollingUpdate' }) };

export async function create({ api, kind, resource, strategy }: Workload, client: Client, namespace: string, name: string): Promise<void> {
  const [labels, metadata] = [{ app: name }, { name, namespace }];
  const mounts = [{ name: 'httpd', mountPath: '/usr/local/apache2/conf/httpd.conf', subPath: 'httpd.conf' }];
  await writeConfig(client, namespace, name, 'v1');
  await client.create(`/api/v1/namespaces/${namespace}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { selector: labels, ports: [PORT] },
  });
  await client.create(`/apis/${api}/namespaces/${namespace}/${resource}`, {
    apiVersion: api,
    kind,
    metadata,
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ ...CONTAINER, volumeMounts: mounts }], volumes: volumesOf(name, 'v1') },
      },
      strategy: strategy(name),
    },
  });
}

export async function update(
  { api, resource }: Workload,
  client: Client,
  namespace: string,
  name: string,
  version: string,
): Promise<number> {
  await writeConfig(client, namespace, name, version);
  const spec = { template: { spec: { volumes: volumesOf(name, version) } } };
  const path = `/apis/${api}/namespaces/${namespace}/${resource}/${name}`;
  const { metadata } = await client.merge<{ metadata: { generation: number } }>(path, { spec });
  return metadata.generation;
}
