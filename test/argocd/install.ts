// Argo CD, built once, and put into a cluster from its own manifests: all but what runs there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { whyNoGo } from '../../deploy/local/build.ts';
import type { ClusterClient } from '../../deploy/local/client.ts';
import { kubectl } from '../cluster/shipped.ts';
import { missing, needPackages } from '../tools/debian.ts';
import { built, type Built } from '../tools/go-program.ts';
import { PROGRAM } from './program.ts';

export const NAMESPACE = 'argocd';
const PACKAGES = ['redis-server', 'git'];

/** Undefined where Argo CD can be built and run, else what is missing. */
export async function whyNoArgo(): Promise<string | undefined> {
  const wanted = await missing(PACKAGES).catch(() => PACKAGES);
  if (wanted.length > 0 && process.getuid?.() !== 0) return `only root on Debian may install ${wanted.join(' and ')}`;
  return whyNoGo();
}

/** The first call builds it. */
export async function findArgo(log: (line: string) => void): Promise<Built> {
  await needPackages(PACKAGES, log);
  return built(PROGRAM);
}

/** Its kinds, accounts, rights and settings, and what we have for it. `settings` go into its ConfigMaps, by their names. */
export async function installArgo(
  cluster: ClusterClient,
  { folder }: Built,
  settings: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<void> {
  const apply = (...args: string[]) => kubectl(cluster, 'apply', '-n', NAMESPACE, ...args);
  const manifests = join(folder, 'manifests');
  const server = ['sa', 'role', 'rolebinding'].flatMap((kind) => ['-f', join(manifests, `base/server/argocd-server-${kind}.yaml`)]);
  await kubectl(cluster, 'create', 'namespace', NAMESPACE);
  await apply('--server-side', '-k', join(manifests, 'crds'));
  await apply('-k', join(manifests, 'base/config'));
  await apply('-k', join(manifests, 'base/application-controller-roles'));
  await apply(...server);
  await apply('-k', join(manifests, 'cluster-rbac'));
  // The line that our users type.
  const [line] = /^kubectl .*argocd-cm.*$/m.exec(readFileSync('docs/gitops.md', 'utf8'))!;
  await kubectl(cluster, ...line.split(' ').slice(1));
  for (const [name, data] of Object.entries(settings))
    await kubectl(cluster, 'patch', '-n', NAMESPACE, `configmap/${name}`, '--type=merge', '-p', JSON.stringify({ data }));
  const kinds = ['applications', 'appprojects'].map((kind) => `crd/${kind}.argoproj.io`);
  await kubectl(cluster, 'wait', '--for=condition=Established', '--timeout=60s', ...kinds);
}
