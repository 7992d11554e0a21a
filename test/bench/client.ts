// The hands and eyes of the bench on the API server: an administrator with a bounded pool of connections, and watches.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, Pool } from 'undici';
import type { Cluster } from '../../deploy/local/cluster.ts';

const CONNECTIONS = 32;
const WATCH_SECONDS = 6 * 3600;
const TRIES = 5;
const TOO_MANY = 429;
/** What a watch is answered with when it is to begin anew. */
const AGAIN = new Set([TOO_MANY, 410, 500, 503, 504]);

export const USER_AGENT = 'immutableapp-bench';

export interface WatchEvent {
  readonly type: string;
  readonly object: { readonly metadata: { readonly uid: string; readonly resourceVersion: string } };
}

interface Listed {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly WatchEvent['object'][];
}

export interface Client {
  create<T>(path: string, body: object): Promise<T>;
  /** JSON merge patch. */
  merge<T>(path: string, body: object): Promise<T>;
  list<T>(path: string): Promise<readonly T[]>;
  /**
   * Everything there is, then every change, until the signal aborts. After a gap everything once more, and what has gone; so nothing is
   * left out but what came and went, or changed twice, in between. Ends only by throwing.
   */
  watch(path: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
  close(): Promise<void>;
}

interface Body {
  readonly metadata: { readonly name: string };
}

interface Named {
  readonly metadata: { readonly namespace: string; readonly name: string };
}

interface Sought {
  readonly path: string;
  /** `namespace/name` of those that are looked at. */
  readonly keys: readonly string[];
  over(object: Named): boolean;
}

/** Resolves when each of these objects was once seen as it should be; `left` are those that were not. */
export function seenAll(
  client: Client,
  sought: Sought,
  signal: AbortSignal,
): { readonly left: ReadonlySet<string>; readonly done: Promise<void> } {
  const left = new Set(sought.keys);
  const ended = new AbortController();
  const look = async (): Promise<void> => {
    try {
      for await (const event of client.watch(sought.path, AbortSignal.any([signal, ended.signal]))) {
        const object = event.object as unknown as Named;
        if (sought.over(object)) left.delete(`${object.metadata.namespace}/${object.metadata.name}`);
        if (left.size === 0) ended.abort();
      }
    } catch (error) {
      if (!ended.signal.aborted) throw error;
    }
  };
  return { left, done: look() };
}

/** An administrator, also where the API server is to take it for another user. */
export function clientOf(cluster: Cluster, as?: string): Client {
  const connect = { ca: readFileSync(cluster.caFile, 'utf8') };
  const pool = new Pool(cluster.server, { connect, connections: CONNECTIONS, bodyTimeout: 0, headersTimeout: 0 });
  const watches = new Agent({ connect, bodyTimeout: 0 });
  const pretending = as === undefined ? {} : { 'impersonate-user': as, 'impersonate-group': 'system:masters' };
  const common = { authorization: `Bearer ${cluster.token}`, accept: 'application/json', 'user-agent': USER_AGENT, ...pretending };

  const call = async <T>(method: 'GET' | 'POST' | 'PATCH', path: string, type: string, body?: object): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      const headers = { ...common, 'content-type': type };
      const answer = await pool.request({ method, path, headers, ...(body && { body: JSON.stringify(body) }) }).catch((error: unknown) => {
        // A kept connection that the API server closed while we wrote. A merge patch says the same twice; a create would not.
        if (method === 'POST' || attempt === TRIES) throw error;
      });
      if (answer === undefined) continue;
      const text = await answer.body.text();
      if (answer.statusCode < 300) return JSON.parse(text) as T;
      // A create that was answered with a time-out may have been carried out.
      if (method === 'POST' && attempt > 1 && answer.statusCode === 409 && text.includes('"AlreadyExists"'))
        return call('GET', `${path}/${(body as Body).metadata.name}`, type);
      const passing = answer.statusCode === 409 || answer.statusCode === 429 || answer.statusCode >= 500;
      if (!passing || attempt === TRIES) throw new Error(`${method} ${path}: HTTP ${answer.statusCode}: ${text.slice(0, 500)}`);
      await delay(100 * attempt);
    }
  };
  return {
    create: (path, body) => call('POST', path, 'application/json', body),
    merge: (path, body) => call('PATCH', path, 'application/merge-patch+json', body),
    list: async <T>(path: string) => (await call<{ items: T[] }>('GET', path, 'application/json')).items,
    async *watch(path, signal) {
      const query = `${path.includes('?') ? '&' : '?'}watch=1&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}`;
      const known = new Map<string, WatchEvent['object']>();
      let version = '';
      for (let failures = 0; failures < TRIES * 4; failures++) {
        if (version === '') {
          const listed = await call<Listed>('GET', path, 'application/json');
          version = listed.metadata.resourceVersion;
          const there = new Set(listed.items.map(({ metadata }) => metadata.uid));
          for (const [uid, object] of known) if (!there.has(uid)) yield { type: 'DELETED', object };
          known.clear();
          for (const object of listed.items) {
            known.set(object.metadata.uid, object);
            yield { type: 'ADDED', object };
          }
        }
        const from = `${path}${query}&resourceVersion=${version}`;
        const answer = await watches.request({ origin: cluster.server, method: 'GET', path: from, headers: common, signal });
        if (answer.statusCode === 200) {
          for await (const line of createInterface({ input: answer.body })) {
            const event = JSON.parse(line) as WatchEvent;
            const { type, object } = event;
            // Too old: all is listed again. So it is after 410 and 504, whose version is too old, or newer than what this API server has seen.
            if (type === 'ERROR') {
              version = '';
              break;
            }
            version = object.metadata.resourceVersion;
            failures = 0;
            if (type === 'BOOKMARK') continue;
            if (type === 'DELETED') known.delete(object.metadata.uid);
            else known.set(object.metadata.uid, object);
            yield event;
          }
        } else if (AGAIN.has(answer.statusCode)) {
          await answer.body.dump();
          if (answer.statusCode !== TOO_MANY) version = '';
        } else throw new Error(`watch ${path}: HTTP ${answer.statusCode}`);
        // 429: the API server knows the CRD before it has a watch cache for it. An end: it drops whom it finds too slow; go on from there.
        await delay(250, undefined, { signal });
      }
      throw new Error(`the watch of ${path} ends again and again`);
    },
    close: async () => {
      await Promise.all([pool.destroy(), watches.destroy()]);
    },
  };
}
