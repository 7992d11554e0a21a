// Judges the answers of a version's ready pods to a request: a number of good rounds in a row passes, a number of bad ones fails.
import type { HttpSpec, Measurement } from '../model/measure.ts';
import { REASON } from '../model/vocabulary.ts';
import type { Asking, Opinion, Sight } from './gate.ts';
import { failed, lately } from './tally.ts';

export function http(spec: HttpSpec, { tally }: Pick<Sight, 'tally'>): Opinion {
  const { port, path, headers, status, intervalSeconds, passes, failures } = spec;
  const failure = tally && failed(tally, failures);
  if (failure !== undefined) return failure;
  const asking: Asking = { probe: { is: 'http', port, path, headers, status }, everySeconds: intervalSeconds };
  if (tally !== undefined && tally.passes >= passes) return { is: 'pass', goOn: asking };
  return {
    is: 'ask',
    ...asking,
    reason: REASON.GatesRunning,
    message: `port ${port} is to answer ${path} well ${String(passes)} times in a row${lately(tally)}`,
  };
}

/** The answer of one pod. */
export interface PodAnswer {
  readonly pod: string;
  readonly ms: number;
  /** 0 if there was no complete answer. */
  readonly status: number;
  /** Of its body, as far as it was read. */
  readonly bytes: number;
  /** Why there is none. */
  readonly error?: string;
}

/** Judges one round over the ready pods. Never shows the body of an answer: it may be secret. */
export function measuredHttp({ status }: Pick<HttpSpec, 'status'>, answers: readonly PodAnswer[], at: number): Measurement {
  if (answers.length === 0) return { at, is: 'none', message: 'no pod is ready' };
  const wrong = answers.find((answer) => answer.error === undefined && !status.includes(answer.status));
  // Without what differs each time: a message that changes is a write of status.
  if (wrong !== undefined)
    return { at, is: 'bad', message: `pod ${wrong.pod} answered ${String(wrong.status)}, not ${status.join(' or ')}` };
  const silent = answers.find(({ error }) => error !== undefined);
  if (silent !== undefined) return { at, is: 'error', message: `pod ${silent.pod}: ${silent.error ?? ''}` };
  const slowest = answers.reduce((one, other) => (other.ms > one.ms ? other : one));
  const who = answers.length === 1 ? `pod ${slowest.pod}` : `${String(answers.length)} pods, the slowest ${slowest.pod},`;
  return { at, is: 'good', message: `${who} answered ${facts(slowest)}` };
}

const facts = ({ status, bytes, ms }: PodAnswer): string => `${String(status)} in ${String(Math.round(ms))} ms with ${String(bytes)} bytes`;
