// Who wrote while somebody else had the Lease? Judged on what the API server audited, and on nothing that an operator says of itself.
import { readFileSync } from 'node:fs';
import type { AuditedRequest } from '../../deploy/local/audit.ts';

/** The id of the token in a kubeconfig, as the audit log names it. */
export function credentialOf(kubeconfig: string): string {
  const [, payload] = /token: \S+?\.(\S+)\./.exec(readFileSync(kubeconfig, 'utf8')) ?? [];
  if (payload === undefined) throw new Error(`there is no token in ${kubeconfig}`);
  return `JTI=${(JSON.parse(Buffer.from(payload, 'base64url').toString()) as { jti: string }).jti}`;
}

const WRITES = new Set(['create', 'update', 'patch', 'delete']);

/** What an operator wrote of Apps, the Lease apart; a dry run writes nothing. */
export const writesIn = (requests: readonly AuditedRequest[]): AuditedRequest[] =>
  requests.filter(({ verb, resource, path }) => WRITES.has(verb) && resource !== 'leases' && !path.includes('dryRun='));

/** Writes that were not over before somebody else wrote the Lease: there were two writers then. */
export function strays(requests: readonly AuditedRequest[]): string[] {
  const held = requests
    .filter(({ verb, resource, code }) => WRITES.has(verb) && resource === 'leases' && code < 300)
    .toSorted((a, b) => (a.at < b.at ? -1 : 1));
  return writesIn(requests)
    .filter(({ credential, answeredAt }) => held.findLast(({ at }) => at <= answeredAt)?.credential !== credential)
    .map(({ verb, path, at, credential }) => `${at} ${credential} ${verb} ${path}`);
}
