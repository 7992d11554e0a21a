// What deploy/ ships, put into a cluster: all but the operator's Deployment.
import type { ClusterClient } from '../../deploy/local/client.ts';

export const POLICY_FOLDER = 'deploy/policies';
const SHIPPED = ['crds/immutableapp.yaml', 'deploy/base/namespace.yaml', 'deploy/base/serviceaccount.yaml', 'deploy/base/rbac.yaml'];

/** As administrator; fails in kubectl's own words. */
export async function kubectl(cluster: ClusterClient, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

export const shipped =
  (policies = true) =>
  async (cluster: ClusterClient): Promise<void> => {
    await kubectl(cluster, 'apply', '--server-side', ...SHIPPED.flatMap((file) => ['-f', file]));
    if (policies) await kubectl(cluster, 'apply', '-k', POLICY_FOLDER);
  };
