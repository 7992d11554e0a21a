// Reads what an API server has audited. Counting is exact: the policy in programs.ts writes one line per request.
import { readFile } from 'node:fs/promises';

export interface AuditedRequest {
  /** The user who acted, the impersonated one if there was one. */
  readonly user: string;
  /** Which of the user's tokens it was, `JTI=…`; empty unless the API server issued it. */
  readonly credential: string;
  readonly verb: string;
  readonly path: string;
  readonly code: number;
  readonly userAgent: string;
  /** Of the object, as far as the request names one: `deployments`, `pods/status`, … */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** When the server received it, RFC 3339 with microseconds. */
  readonly at: string;
  /** When the server had answered it, likewise. */
  readonly answeredAt: string;
}

interface Line {
  readonly user: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly impersonatedUser?: { readonly username: string };
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

function request(line: Line): AuditedRequest {
  const { resource = '', subresource, namespace = '', name = '' } = line.objectRef ?? {};
  return {
    user: (line.impersonatedUser ?? line.user).username,
    credential: line.user.extra?.['authentication.kubernetes.io/credential-id']?.[0] ?? '',
    verb: line.verb,
    path: line.requestURI,
    code: line.responseStatus?.code ?? 0,
    userAgent: line.userAgent ?? '',
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
    at: line.requestReceivedTimestamp,
    answeredAt: line.stageTimestamp,
  };
}

/** The requests in the order in which they were completed; a line still being written is left out. */
export async function readRequests(file: string, user?: string): Promise<AuditedRequest[]> {
  const text = await readFile(file, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  const all = lines.filter((line) => line !== '').map((line) => request(JSON.parse(line) as Line));
  return user === undefined ? all : all.filter((each) => each.user === user);
}
