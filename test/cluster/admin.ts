// The test's own hands on the API server: an administrator that speaks raw JSON, says which field manager it is, and can watch.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Agent } from 'undici';
import type { ClusterClient } from '../../deploy/local/client.ts';

export interface Answer<T = unknown> {
  readonly code: number;
  readonly body: T & { readonly message?: string };
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: object;
}

export interface Admin {
  get<T>(path: string): Promise<Answer<T>>;
  post<T>(path: string, body: object): Promise<Answer<T>>;
  /** JSON merge patch. */
  merge<T>(path: string, body: object, manager?: string): Promise<Answer<T>>;
  /** Server-side apply: what is no longer said goes. */
  apply<T>(path: string, body: object, manager?: string): Promise<Answer<T>>;
  remove(path: string, options?: object): Promise<Answer>;
  watch(path: string, resourceVersion: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
  close(): Promise<void>;
}

/** Fails the test with the API server's own words unless the answer is a 2xx. */
export function must<T>({ code, body }: Answer<T>): T {
  if (code < 200 || code > 299) throw new Error(`HTTP ${code}: ${body.message ?? JSON.stringify(body)}`);
  return body;
}

const MANAGER = 'test';

/** Of a group that it does not serve yet the API server says so in plain text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.trim() };
  }
}

export function adminOf(cluster: ClusterClient): Admin {
  const agent = new Agent({ connect: { ca: readFileSync(cluster.caFile, 'utf8') }, bodyTimeout: 0 });
  const request = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, type: string, body?: object, signal?: AbortSignal) =>
    agent.request({
      origin: cluster.server,
      method,
      path,
      headers: { authorization: `Bearer ${cluster.token}`, accept: 'application/json', 'content-type': type, 'user-agent': 'cluster-test' },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  const call = async <T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, type: string, body?: object): Promise<Answer<T>> => {
    const answer = await request(method, path, type, body);
    return { code: answer.statusCode, body: parsed(await answer.body.text()) as T & { message?: string } };
  };
  return {
    get: (path) => call('GET', path, 'application/json'),
    post: (path, body) => call('POST', `${path}?fieldManager=${MANAGER}`, 'application/json', body),
    merge: (path, body, manager = MANAGER) => call('PATCH', `${path}?fieldManager=${manager}`, 'application/merge-patch+json', body),
    apply: (path, body, manager = MANAGER) =>
      call('PATCH', `${path}?fieldManager=${manager}&force=true`, 'application/apply-patch+yaml', body),
    remove: (path, options) => call('DELETE', path, 'application/json', options),
    async *watch(path, resourceVersion, signal) {
      const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`;
      const answer = await request('GET', `${path}?${query}`, 'application/json', undefined, signal);
      for await (const line of createInterface({ input: answer.body })) yield JSON.parse(line) as WatchEvent;
    },
    close: () => agent.destroy(),
  };
}
