// HTTP for kube.ts: bounded pools of kept-alive connections for calls, lists and watches, and a deadline for each call. Does not interpret answers,
// and never retries: only the caller knows what a second try would do.
import { createSecureContext } from 'node:tls';
import type { Dispatcher, Pool as UndiciPool } from 'undici';
// Only the pool: the whole of undici, with fetch, caches and web sockets, costs every operator another 14 MB of memory.
// @ts-expect-error undici types its index only; the version is pinned, and the tests would notice
import untypedPool from 'undici/lib/dispatcher/pool.js';
import type { Connection, Tls } from './connection.ts';

export interface Answer {
  /** 0 when none came. */
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
  /** The texts of its Warning headers. */
  readonly warnings?: readonly string[];
  /** Why there is no whole answer. */
  readonly error?: string;
  /** No answer because one side does not accept the other's certificate. */
  readonly untrusted?: boolean;
}

/** A stream that was accepted, or an Answer that says why not. */
export type Opened = { readonly status: number; readonly chunks: AsyncIterable<Buffer> } | (Answer & { readonly chunks?: never });

const Pool = untypedPool as typeof UndiciPool;

const IDLE_MS = 60_000; // below the 90 s after which the API server closes an idle connection, perhaps just as a call starts
const CONNECT_MS = 10_000;
const HEADERS_MS = 30_000;
const MAX_CHUNKS_UNREAD = 16;

export interface Pools {
  calls(): Dispatcher;
  lists(): Dispatcher;
  watches(): Dispatcher;
  close(): Promise<void>;
}

/** Three pools, rebuilt when the CA or the client certificate changes. Calls under way on the old ones may finish. */
export function openPools(origin: string, connection: Connection, most: { readonly calls: number; readonly lists: number }): Pools {
  const build = (tls: Tls) => {
    // Made once: parsing the CA for each connection would cost more than the connection.
    const secureContext = createSecureContext(tls);
    const { servername, rejectUnauthorized } = tls;
    const trust = {
      secureContext,
      ...(servername === undefined ? {} : { servername }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    };
    const common = { allowH2: false, keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS, connect: { ...trust, timeout: CONNECT_MS } };
    return {
      tls,
      calls: new Pool(origin, { ...common, connections: most.calls, headersTimeout: 0, bodyTimeout: 0 }),
      lists: new Pool(origin, { ...common, connections: most.lists, headersTimeout: 0, bodyTimeout: 0 }),
      watches: new Pool(origin, { ...common, headersTimeout: HEADERS_MS, bodyTimeout: 0 }),
    };
  };
  let now = build(connection.credentials().tls);
  const current = () => {
    const { tls } = connection.credentials();
    if (tls !== now.tls) {
      void now.calls.close();
      void now.lists.close();
      void now.watches.close();
      now = build(tls);
    }
    return now;
  };
  return {
    calls: () => current().calls,
    lists: () => current().lists,
    watches: () => current().watches,
    async close() {
      await Promise.all([now.calls.destroy(), now.lists.destroy(), now.watches.destroy()]);
    },
  };
}

/** First come, first served; `next` resolves when a slot is yours. */
export interface Limiter {
  /** Takes a slot if one is free. */
  take(): boolean;
  next(): Promise<void>;
  /** Whether the API server is overloaded: it answered 429 (API Priority and Fairness), or not at all. */
  heard(pushedBack: boolean): void;
  give(): void;
  /** How many there are now. */
  count(): number;
}

const LOWEST_LIMIT = 2;

/**
 * Limits the calls under way by additive increase, multiplicative decrease: half as many after a round with a 429 or without an answer, one more
 * after each round without. A fixed rate would be too slow for an idle API server and too fast for a busy one. Retry-After concerns only the call
 * that got it, and is left to the caller: the API server may have room for calls of another kind.
 */
export function limiterOf(most: number): Limiter {
  const least = Math.min(LOWEST_LIMIT, most);
  let allowed = most;
  let taken = 0;
  /** Calls that were under way when the limit was halved: their answers count no more. */
  let earlier = 0;
  const line: (() => void)[] = [];
  const count = () => Math.floor(allowed);
  const take = () => {
    if (taken >= count()) return false;
    taken++;
    return true;
  };
  return {
    take: () => line.length === 0 && take(),
    next: () => new Promise((resolve) => line.push(resolve)),
    heard(pushedBack) {
      const known = earlier > 0;
      if (known) earlier--;
      if (!pushedBack) allowed = Math.min(most, allowed + 1 / allowed);
      else if (!known) {
        allowed = Math.max(least, allowed / 2);
        earlier = taken - 1;
      }
    },
    give() {
      taken--;
      while (line.length > 0 && take()) line.shift()!();
    },
    count,
  };
}

/**
 * JSON as Go would write it: members sorted, `<`, `>`, `&` and the line separators escaped. The API server keeps a record's data
 * byte for byte but writes it anew, in this form, whenever anybody patches the record's metadata, and then compares: data in any
 * other form makes it refuse every such patch (`data: field is immutable`), the garbage collector's when it orphans included.
 */
export const marshal = (value: unknown): string => sorted(value).replace(/[<>&\u2028\u2029]/g, escaped);

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

function sorted(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => sorted(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  // Text by text: an object would put keys that look like integers first.
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${sorted(member)}`)
    .join(',')}}`;
}

/** Until when, and on what conditions, a request goes out. */
export interface Terms {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Asked when a connection is there, which may take long: why the request must not go out any more. */
  readonly refused?: () => string | undefined;
}

/** One request and its whole answer, or an error when the deadline passes first. */
export function exchange(
  pool: Dispatcher,
  request: Dispatcher.DispatchOptions,
  { deadlineMs, signal, refused = () => undefined }: Terms,
): Promise<Answer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let retryAfter: string | undefined;
    let warnings: readonly string[] = [];
    let controller: Dispatcher.DispatchController | undefined;
    let over = false;
    const finish = (error?: string, untrusted = false) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      if (error === undefined) resolve({ status, text: textOf(chunks), retryAfter, warnings });
      else resolve({ status: 0, text: '', retryAfter: undefined, error, untrusted });
    };
    const giveUp = (why: string) => {
      finish(why);
      controller?.abort(new Error(why));
    };
    const onAbort = () => {
      giveUp('stopped');
    };
    const timer = setTimeout(giveUp, deadlineMs, `no answer within ${deadlineMs} ms`);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    pool.dispatch(request, {
      onRequestStart(started) {
        controller = started;
        const why = over ? 'too late' : refused();
        if (why !== undefined) started.abort(new Error(why)); // before the first byte is sent
      },
      onResponseStart(_, code, headers) {
        status = code;
        retryAfter = single(headers['retry-after']);
        warnings = warningsIn(headers.warning);
      },
      onResponseData(_, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        finish();
      },
      onResponseError(_, error) {
        finish(describe(error), isOfTrust(error));
      },
    });
  });
}

/** Opens a stream. It ends when the server ends it; iterating throws when the connection fails or the signal aborts. */
export function follow(pool: Dispatcher, request: Dispatcher.DispatchOptions, signal: AbortSignal): Promise<Opened> {
  return new Promise((resolve) => {
    const body = unread();
    let status = 0;
    let retryAfter: string | undefined;
    const onAbort = () => {
      body.fail('stopped');
      resolve({ status: 0, text: '', retryAfter: undefined, error: 'stopped' });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) {
      onAbort();
      return;
    }
    pool.dispatch(request, {
      onRequestStart(controller) {
        body.begin(controller);
      },
      onResponseStart(_, code, headers) {
        status = code;
        retryAfter = single(headers['retry-after']);
        if (code === 200) resolve({ status, chunks: body.chunks() });
      },
      onResponseData(_, chunk) {
        body.push(chunk);
      },
      onResponseEnd() {
        signal.removeEventListener('abort', onAbort);
        body.end();
        if (status !== 200) resolve({ status, text: textOf(body.rest()), retryAfter });
      },
      onResponseError(_, error) {
        signal.removeEventListener('abort', onAbort);
        body.fail(describe(error));
        resolve({ status: 0, text: '', retryAfter: undefined, error: describe(error), untrusted: isOfTrust(error) });
      },
    });
  });
}

/** Chunks between the socket and their reader: a slow reader pauses the socket, so that a big list never piles up here. */
function unread() {
  const kept: Buffer[] = [];
  let controller: Dispatcher.DispatchController | undefined;
  let ended = false;
  let error: string | undefined;
  let wake: () => void = () => undefined;
  const fail = (why: string) => {
    error ??= why;
    if (!ended) controller?.abort(new Error(why));
    wake();
  };
  const settled = () => ended || error !== undefined;
  return {
    fail,
    begin(started: Dispatcher.DispatchController) {
      controller = started;
      if (error !== undefined) started.abort(new Error(error));
    },
    push(chunk: Buffer) {
      if (kept.push(chunk) >= MAX_CHUNKS_UNREAD) controller?.pause();
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    rest: () => kept.splice(0),
    async *chunks(): AsyncGenerator<Buffer> {
      try {
        for (;;) {
          for (let chunk = kept.shift(); chunk !== undefined; chunk = kept.shift()) yield chunk;
          if (error !== undefined) throw new Error(error);
          if (ended) return;
          controller?.resume(); // may push at once what the parser held back
          if (kept.length === 0 && !settled()) await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        fail('no longer read');
      }
    },
  };
}

const single = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header);

/** `299 - "text"`, several in one header or one in each (RFC 7234, 5.5); inside the text a quote and a backslash are escaped. */
export function warningsIn(header: string | string[] | undefined): string[] {
  if (header === undefined) return [];
  const said = [header].flat().flatMap((line) => [...line.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)]);
  return said.map(([, quoted = '']) => quoted.replace(/\\(.)/g, '$1'));
}

const textOf = (chunks: readonly Buffer[]): string => (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString();

/** OpenSSL's names for what is wrong with a certificate, and Node's for what is wrong with a handshake. */
const isOfTrust = ({ code = '' }: Error & { code?: string }): boolean => /CERT|SIGNATURE|^ERR_(SSL|TLS)_/.test(code);

function describe(error: Error & { code?: string }): string {
  // A refused connection is an AggregateError without a message of its own.
  return error.message || (error.code ?? error.name);
}
