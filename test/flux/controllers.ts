// Flux at work beside a cluster: its two controllers as processes of their own, with the rights that its installation gives them, on loopback.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../deploy/local/cluster.ts';
import { freePort } from '../../deploy/local/ports.ts';
import { plainly, startMeasured, type Measured } from '../bench/measured.ts';
import { CONTROLLERS, findFlux, type Controller, type FluxPrograms } from '../tools/flux.ts';
import { whyNoGit } from '../tools/git.ts';

export const NAMESPACE = 'flux-system';
/** Who writes what stands in Git. */
export const APPLIER = `system:serviceaccount:${NAMESPACE}:kustomize-controller`;

/** The programs, or why they cannot be had. The first call builds them, in some minutes. */
export const provideFlux = (): Promise<FluxPrograms | string> => {
  const noGit = whyNoGit();
  if (noGit !== undefined) return Promise.resolve(noGit);
  return findFlux({ log: (line) => process.stderr.write(`${line}\n`) }).catch((error: unknown) => (error as Error).message);
};

/** Its CRDs, its namespace, and an account for each controller; the one that applies may do everything, as in Flux's own installation. */
export async function installFlux(cluster: Cluster, { crds, role }: FluxPrograms): Promise<void> {
  const kubectl = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await cluster.kubectl(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  };
  const bind = (name: Controller, what: string): Promise<void> =>
    kubectl('create', 'clusterrolebinding', name, `--clusterrole=${what}`, `--serviceaccount=${NAMESPACE}:${name}`);
  await kubectl('create', 'namespace', NAMESPACE);
  for (const name of CONTROLLERS) await kubectl('create', 'serviceaccount', name, '-n', NAMESPACE);
  await kubectl('apply', '--server-side', ...[...crds, role].flatMap((path) => ['-f', path]));
  await bind('kustomize-controller', 'cluster-admin');
  await bind('source-controller', 'manager-role');
  await kubectl('wait', '--for=condition=Established', '--timeout=60s', ...crds.flatMap((path) => ['-f', path]));
}

/** Starts one of them and waits until it is ready. */
export async function startController(
  cluster: Cluster,
  { folder }: FluxPrograms,
  name: Controller,
  signal: AbortSignal,
  flags: readonly string[] = [],
): Promise<Measured> {
  const directory = join(cluster.directory, name);
  const [storage, scratch] = [join(directory, 'storage'), join(directory, 'scratch')];
  for (const each of [storage, scratch]) mkdirSync(each, { recursive: true });
  const [health, artifacts] = [`127.0.0.1:${String(await freePort())}`, `127.0.0.1:${String(await freePort())}`];
  const own =
    name === 'source-controller'
      ? [`--storage-path=${storage}`, `--storage-addr=${artifacts}`, `--storage-adv-addr=${artifacts}`]
      : ['--requeue-dependency=1s'];
  const common = ['--watch-all-namespaces', '--events-addr=', '--metrics-addr=0', `--health-addr=${health}`];
  const kubeconfig = await cluster.kubeconfigFor({ serviceAccount: `${NAMESPACE}/${name}` });
  const environment = { KUBECONFIG: kubeconfig, RUNTIME_NAMESPACE: NAMESPACE, HOME: scratch, TMPDIR: scratch };
  const command = plainly([join(folder, name), ...common, ...own, ...flags], environment);
  return startMeasured({ title: name, directory, command, readyUrl: `http://${health}/readyz`, signal });
}
