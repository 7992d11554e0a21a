// The few calls a cluster makes to its own API server, as administrator, in raw JSON. Not a client for anyone else: the
// operator has its own, and people have kubectl.
import { Agent } from 'undici';
import { setTimeout as delay } from 'node:timers/promises';

export interface Answer {
  readonly code: number;
  /** The parsed JSON, or the text where it is none. */
  readonly body: unknown;
}

export interface Api {
  /** Any answer is a value; rejects only when there is none (connection refused, time out). */
  call(method: string, path: string, body?: object): Promise<Answer>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 30_000;

export function connect(server: string, ca: string, token: string): Api {
  const agent = new Agent({ connect: { ca }, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  return {
    call: async (method, path, body) => {
      const answer = await agent.request({
        origin: server,
        method,
        path,
        headers: { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      try {
        return { code: answer.statusCode, body: JSON.parse(text) as unknown };
      } catch {
        return { code: answer.statusCode, body: text };
      }
    },
    close: () => agent.destroy(),
  };
}

/** Asks again until the answer is no longer undefined; a call that fails counts as "not yet". Rejects when `signal` aborts. */
export async function until<T>(signal: AbortSignal, look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const seen = await look().catch(() => undefined);
    if (seen !== undefined) return seen;
    await delay(50, undefined, { signal });
  }
}
