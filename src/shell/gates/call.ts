// One HTTP request to whom nobody trusts: no redirect is followed, nothing is unpacked, the answer is read up to a limit, and there is a
// deadline for all of it. What an answer means is the caller's business; the connection is closed behind it.
import type { OutgoingHttpHeaders } from 'node:http';
import { request as plain } from 'node:http';
import type { Agent } from 'node:https';
import { request as secure } from 'node:https';

export const MOST_BYTES = 64 * 1024;
export const DEADLINE_MS = 5_000;

export interface Call {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** POST if there is one, else GET. */
  readonly body?: string;
  /** Over TLS, by this agent. */
  readonly tls?: Agent;
  /** Its status is all that is wanted: nothing is read of a body. */
  readonly statusOnly?: true;
  /** At most DEADLINE_MS, which is what it is if this says nothing. */
  readonly deadlineMs?: number;
}

export type Reply =
  | {
      readonly is: 'reply';
      readonly status: number;
      readonly contentType: string;
      readonly body: Buffer;
      /** There is more than MOST_BYTES of it: the rest was not read. */
      readonly isCut: boolean;
      readonly ms: number;
    }
  | { readonly is: 'error'; readonly message: string; readonly ms: number };

export function call(asked: Call, signal: AbortSignal): Promise<Reply> {
  const { host, port, path, headers, body, tls, statusOnly, deadlineMs = DEADLINE_MS } = asked;
  const began = performance.now();
  const ms = (): number => performance.now() - began;
  return new Promise((resolve) => {
    const end = (reply: Reply): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(reply);
      sent?.destroy();
    };
    const fail = (message: string): void => {
      end({ is: 'error', message, ms: ms() });
    };
    const onAbort = (): void => {
      fail('stopped');
    };
    const timer = setTimeout(fail, deadlineMs, `no whole answer within ${String(deadlineMs / 1000)} s`);
    signal.addEventListener('abort', onAbort, { once: true });
    const options = { host, port, path, method: body === undefined ? 'GET' : 'POST', headers: headers as OutgoingHttpHeaders };
    let sent: ReturnType<typeof plain> | undefined;
    try {
      // `agent: false`: a connection of its own, closed with the answer. Nobody's idle connection counts against us.
      sent = tls === undefined ? plain({ ...options, agent: false }) : secure({ ...options, agent: tls });
    } catch (error) {
      fail((error as Error).message);
      return;
    }
    sent.on('error', (error: Error & { code?: string }) => {
      // A refused connection to several addresses has no message of its own.
      fail(error.message === '' ? (error.code ?? error.name) : error.message);
    });
    sent.on('close', () => {
      fail('the connection was closed before there was a whole answer');
    });
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const finish = (isCut: boolean): void => {
        const { statusCode: status = 0, headers: said } = response;
        const whole = Buffer.concat(chunks).subarray(0, MOST_BYTES);
        end({ is: 'reply', status, contentType: said['content-type'] ?? '', body: whole, isCut, ms: ms() });
      };
      if (statusOnly) {
        finish(false);
        return;
      }
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MOST_BYTES) finish(true);
      });
      response.on('end', () => {
        if (response.complete) finish(false);
      });
    });
    if (signal.aborted) onAbort();
    sent.end(body);
  });
}

/** What is said of an answer that is none that was asked for; undefined if it may be read as JSON. */
export function notJson({ status, contentType, isCut }: Extract<Reply, { is: 'reply' }>): string | undefined {
  if (status >= 300 && status < 400) return `it answered ${String(status)}: redirects are not followed`;
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(contentType))
    return `it answered ${String(status)} with ${shownType(contentType)}, not JSON`;
  return isCut ? `it answered more than ${String(MOST_BYTES / 1024)} KiB` : undefined;
}

const shownType = (contentType: string): string =>
  contentType === '' ? 'no content type' : contentType.slice(0, 60).replaceAll(/[^\x20-\x7e]/g, '?');
