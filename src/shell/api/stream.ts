// What the stream of a watch says: its lines, the events in them, and how it ends.
import type { Failure } from '../../model/failure.ts';
import { exact } from '../../model/json.ts';
import { classify } from './kube.ts';

/** Why a stream or a list ended. `closed` is the API server's own time limit: nothing is wrong. */
export type Cause = 'closed' | 'expired' | 'reset' | 'idle' | 'garbage' | 'error' | 'refused' | 'throttled';

/** How a stream or a list ended. */
export interface End {
  readonly cause: Cause;
  readonly message?: string;
  readonly retryAfterMs?: number;
}

const INITIAL_END = 'k8s.io/initial-events-end';

/** Cuts chunks into lines at the byte 0x0A, which is in no multi-byte character; a line is decoded only when it is whole. */
export function lineSplitter(): (chunk: Buffer) => Generator<string> {
  let begun: Buffer[] = [];
  return function* (chunk) {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, from)) {
      const line = chunk.subarray(from, at);
      from = at + 1;
      const text = (begun.length === 0 ? line : Buffer.concat([...begun, line])).toString();
      begun = [];
      if (text !== '') yield text;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  };
}

export type Read =
  | { readonly is: 'put' | 'drop'; readonly object: object; readonly version: string }
  /** `listed`: the initial list is complete. */
  | { readonly is: 'bookmark'; readonly listed: boolean; readonly version: string }
  | { readonly is: 'end'; readonly end: End };

interface Event {
  readonly type?: unknown;
  readonly object?: {
    readonly code?: number;
    readonly metadata?: { readonly resourceVersion?: unknown; readonly annotations?: Readonly<Record<string, string>> };
  };
}

/** One line of a stream. What is no event ends it. */
export function parse(line: string): Read {
  const garbage: Read = { is: 'end', end: { cause: 'garbage', message: line.slice(0, 200) } };
  let event: Event | null;
  try {
    event = exact(line) as Event | null;
  } catch {
    return garbage;
  }
  const { type, object } = event ?? {};
  if (object === undefined) return garbage;
  if (type === 'ERROR') return { is: 'end', end: endOf(classify(object.code ?? 500, JSON.stringify(object))) };
  const version = object.metadata?.resourceVersion;
  if (typeof version !== 'string' || version === '') return garbage;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { is: 'put', object, version };
    case 'DELETED':
      return { is: 'drop', object, version };
    case 'BOOKMARK':
      return { is: 'bookmark', listed: object.metadata?.annotations?.[INITIAL_END] === 'true', version };
    default:
      return garbage;
  }
}

export function endOf({ status, message, retryAfterMs }: Failure): End {
  const more = { message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (status === 410) return { cause: 'expired', ...more };
  if (status === 429) return { cause: 'throttled', ...more };
  if (status >= 500) return { cause: 'error', ...more };
  return { cause: status === 0 ? 'reset' : 'refused', ...more };
}
