// The API server's own book of who asked what, when. Read where it grew, and only what the bench counts is kept.
import { open } from 'node:fs/promises';
import { USER_AGENT } from './client.ts';
import { USER } from './operator.ts';

/** Who writes the status of what is available. */
const CONTROLLERS = { deployments: 'deployment-controller', replicasets: 'replicaset-controller' };
const CHUNK_BYTES = 4 * 1024 * 1024;

export interface Entry {
  /** `kubernetes` wrote the status of a Deployment or, if asked for, of a ReplicaSet; `bench` is ourselves. */
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
  readonly #operator: string;
  readonly #controllers: readonly string[];
  #offset = 0;
  #rest = Buffer.alloc(0);
  #kept: Entry[] = [];
  /** When the operator last completed a call other than for its lease. */
  #lastCallAt = 0;

  /** `operator`: the user that is measured; `statuses`: of what kinds. */
  constructor(file: string, operator = USER, statuses: readonly (keyof typeof CONTROLLERS)[] = ['deployments']) {
    this.#file = file;
    this.#operator = operator;
    this.#controllers = statuses.map((kind) => `"username":"system:serviceaccount:kube-system:${CONTROLLERS[kind]}"`);
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

  /** Most lines are of no interest, and parsing them would take the processor from what is measured. */
  #whose(line: string): Entry['who'] | undefined {
    if (line.includes(`"username":"${this.#operator}"`)) return 'operator';
    if (line.includes(`"userAgent":"${USER_AGENT}"`)) return 'bench';
    const status = line.includes('"subresource":"status"') && this.#controllers.some((controller) => line.includes(controller));
    return status ? 'kubernetes' : undefined;
  }

  #take(line: string): void {
    const who = this.#whose(line);
    if (who === undefined) return;
    const entry = parse(line, who, this.#operator);
    if (entry === undefined) return;
    this.#kept.push(entry);
    if (entry.who === 'operator' && entry.resource !== 'leases') this.#lastCallAt = entry.completedAt;
  }
}

function parse(line: string, who: Entry['who'], operator: string): Entry | undefined {
  const { user, userAgent, verb, requestURI, objectRef = {}, responseStatus, ...at } = JSON.parse(line) as Line;
  const { resource = '', subresource, namespace = '', name = '' } = objectRef;
  const said = { operator: user.username === operator, bench: userAgent === USER_AGENT, kubernetes: resource in CONTROLLERS };
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
