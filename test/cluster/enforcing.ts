// Whether each of the policies refuses, asked as the operator asks it: with a ConfigMap that is never stored.
import { until } from '../../deploy/local/api.ts';
import type { Cluster } from '../../deploy/local/cluster.ts';
import { LABEL, POLICIES } from '../../src/model/vocabulary.ts';

const AT_MOST_MS = 60_000;

/** Resolves once all of them do: a policy is in force a moment after it is stored. */
export async function enforced(cluster: Pick<Cluster, 'call'>): Promise<void> {
  const refuses = async (policy: string): Promise<true | undefined> => {
    const metadata = { name: 'immutableapp-probe', labels: { [LABEL.probe]: policy } };
    const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
    const { body } = await cluster.call('POST', '/api/v1/namespaces/default/configmaps?dryRun=All', probe);
    return (body as { message?: string }).message?.includes(`'immutableapp-${policy}'`) === true || undefined;
  };
  const signal = AbortSignal.timeout(AT_MOST_MS);
  for (const policy of POLICIES)
    await until(signal, () => refuses(policy)).catch((cause: unknown) => {
      throw new Error(`policy ${policy} is not in force`, { cause });
    });
}
