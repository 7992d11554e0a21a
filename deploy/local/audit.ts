// Reads what an API server has audited. Counting is exact: the policy in programs.ts writes one line per request.
import { open, readFile } from 'node:fs/promises';

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

/** What a file of audit lines says, read as it grows: nothing is parsed twice. */
export class AuditLog {
  readonly #file: string;
  readonly #requests: AuditedRequest[] = [];
  #at: number;
  #rest = Buffer.alloc(0);
  #reading: Promise<unknown> = Promise.resolve();

  /** What stands before `from`, where a line must begin, is somebody else's. */
  constructor(file: string, from = 0) {
    this.#file = file;
    this.#at = from;
  }

  /** The requests in the order in which they were completed; a line still being written is left out. */
  async requests(user?: string): Promise<AuditedRequest[]> {
    const read = this.#reading.then(() => this.#read());
    this.#reading = read.catch(() => undefined);
    await read;
    return this.#requests.filter((each) => user === undefined || each.user === user);
  }

  async #read(): Promise<void> {
    await using file = await open(this.#file);
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - this.#at), position: this.#at });
    this.#at += bytesRead;
    const text = Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)]);
    const end = text.lastIndexOf('\n') + 1;
    this.#rest = text.subarray(end);
    const lines = text.toString('utf8', 0, end).split('\n');
    this.#requests.push(...lines.filter((line) => line !== '').map((line) => request(JSON.parse(line) as Line)));
  }
}

/** Where the line that is being written began, or the next one will. */
export async function endOf(file: string): Promise<number> {
  const text = await readFile(file);
  return text.lastIndexOf('\n') + 1;
}
