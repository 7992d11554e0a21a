// Whether the operator is alive, as its Lease tells: without it everything goes on serving, and nothing that is written is acted on.
import type { Cluster } from './cluster.ts';
import type { Option, Right } from './command.ts';
import { ANNOTATION } from '../model/vocabulary.ts';
import { Complaint, EXIT } from './exit.ts';
import { pathOf } from './paths.ts';
import { span } from './text.ts';

export const OPERATOR_NAMESPACE: Option = {
  flags: '--operator-namespace <name>',
  about: 'where the operator runs',
  fallback: 'immutableapp-system',
};
export const LEASE = 'immutableapp';
/** A Lease that is older has nobody behind it: it is renewed every two seconds, and lost after fifteen. */
const LOST_MS = 30_000;

export const READ_LEASE: Right = {
  group: 'coordination.k8s.io',
  resource: 'leases',
  verbs: ['get'],
  where: 'operator',
  without: 'whether the operator is alive is not known',
};

export interface Liveness {
  readonly is: 'alive' | 'away' | 'unknown';
  readonly message: string;
  readonly holder?: string;
}

interface Lease {
  readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string };
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

export async function livenessOf(cluster: Cluster, namespace: string, now: number): Promise<Liveness> {
  try {
    return judge(await cluster.find<Lease>(pathOf('Lease', namespace, LEASE)), namespace, now);
  } catch (error) {
    if (error instanceof Complaint) return { is: 'unknown', message: `whether the operator is alive is not known: ${error.message}` };
    throw error;
  }
}

/** Why no promotion begins in any App, as somebody wrote it on the Lease; empty while they do, undefined if the Lease may not be read. */
export async function lineOf(cluster: Cluster, namespace: string): Promise<string | undefined> {
  try {
    const lease = await cluster.find<Lease>(pathOf('Lease', namespace, LEASE));
    return lease?.metadata.annotations?.[ANNOTATION.line] ?? '';
  } catch (error) {
    if (error instanceof Complaint && error.exit === EXIT.forbidden) return undefined;
    throw error;
  }
}

export function judge(lease: Lease | undefined, namespace: string, now: number): Liveness {
  if (lease === undefined)
    return { is: 'away', message: `no operator has ever worked from namespace ${namespace}: it has no Lease ${LEASE}` };
  const { holderIdentity: holder = '', renewTime = '' } = lease.spec ?? {};
  if (holder === '')
    return { is: 'away', message: 'the operator is away: nobody holds its Lease, and nothing that is written is acted on' };
  const silent = now - Date.parse(renewTime);
  if (!(silent < LOST_MS))
    return {
      is: 'away',
      holder,
      message: `the operator is away: ${holder} last renewed its Lease ${span(silent)} ago, and nothing that is written is acted on`,
    };
  return { is: 'alive', holder, message: `the operator works: ${holder}` };
}

/** Why nothing compromised is replaced anywhere; undefined while the circuit is closed. */
export const circuitOf = (lease: Lease | undefined, annotation: string): string | undefined => lease?.metadata.annotations?.[annotation];
