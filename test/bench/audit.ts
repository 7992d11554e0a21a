// The API server's own book of who asked what, when. Read where it grew, and only what the bench counts is kept.
import { open } from 'node:fs/promises';
import { USER_AGENT } from './client.ts';
import { USER } from './operator.ts';

const DEPLOYMENT_CONTROLLER = 'system:serviceaccount:kube-system:deployment-controller';
const CHUNK_BYTES = 4 * 1024 * 1024;

export interface Entry {
  /** `kubernetes` wrote the status of a Deployment; `bench` is ourselves. */
  readonly who: 'operator' | 'bench' | 'kubernetes';
  readonly verb: string;
  /** With its subresource: `deployments/scale`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
  readonly dryRun: boolean;
  /** Milliseconds since the epoch, with microseconds behind the point: when the request arrived, and when its answer was complete. */
  readonly receivedAt: number;
  readonly completedAt: number;
}

interface Line {
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

export class Audit {
  readonly #file: string;
  #offset = 0;
  #rest = Buffer.alloc(0);
  #kept: Entry[] = [];
  /** When the operator last completed a call other than for its lease. */
  #lastCallAt = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Reads what was written since. A line may come a moment after its request was answered. */
  async read(): Promise<void> {
    const file = await open(this.#file, 'r');
    try {
      const buffer = Buffer.alloc(CHUNK_BYTES);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, this.#offset);
        if (bytesRead === 0) return;
        this.#offset += bytesRead;
        const text = Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)]);
        const end = text.lastIndexOf(10) + 1;
        this.#rest = Buffer.from(text.subarray(end));
        for (const line of text.toString('utf8', 0, end).split('\n')) this.#take(line);
      }
    } finally {
      await file.close();
    }
  }

  /** What was read since the last time, in the order of completion. */
  take(): readonly Entry[] {
    return this.#kept.splice(0);
  }

  /** When the operator last completed a call other than for its lease, as far as was read. */
  get lastCallAt(): number {
    return this.#lastCallAt;
  }

  #take(line: string): void {
    const who = whose(line);
    if (who === undefined) return;
    const entry = parse(line, who);
    if (entry === undefined) return;
    this.#kept.push(entry);
    if (entry.who === 'operator' && entry.resource !== 'leases') this.#lastCallAt = entry.completedAt;
  }
}

/** Most lines are of no interest, and parsing them would take the processor from what is measured. */
function whose(line: string): Entry['who'] | undefined {
  if (line.includes(`"username":"${USER}"`)) return 'operator';
  if (line.includes(`"userAgent":"${USER_AGENT}"`)) return 'bench';
  return line.includes(`"username":"${DEPLOYMENT_CONTROLLER}"`) && line.includes('"subresource":"status"') ? 'kubernetes' : undefined;
}

function parse(line: string, who: Entry['who']): Entry | undefined {
  const { user, userAgent, verb, requestURI, objectRef = {}, responseStatus, ...at } = JSON.parse(line) as Line;
  const { resource = '', subresource, namespace = '', name = '' } = objectRef;
  const said = { operator: user.username === USER, bench: userAgent === USER_AGENT, kubernetes: resource === 'deployments' };
  if (!said[who]) return undefined;
  return {
    who,
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
    code: responseStatus?.code ?? 0,
    dryRun: requestURI.includes('dryRun=All'),
    receivedAt: instant(at.requestReceivedTimestamp),
    completedAt: instant(at.stageTimestamp),
  };
}

/** RFC 3339 with up to nine digits: Date knows three of them. */
function instant(text: string): number {
  const [seconds = '', fraction = ''] = text.replace('Z', '').split('.');
  return Date.parse(`${seconds}Z`) + Number(`0.${fraction || '0'}`) * 1000;
}
