// The plugin's way to the API server, with the rights of who types: kubeconfig, exec plugins, contexts and proxies as kubectl has them. What
// goes wrong ends in one sentence and an exit code. Never retries a write.
import { existsSync } from 'node:fs';
import { request as https, type RequestOptions } from 'node:https';
import { request as http, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { API_VERSION } from '../model/vocabulary.ts';
import { Complaint, EXIT } from './exit.ts';
import { listFrom, type List } from './items.ts';
import { pathOf, type Kind } from './paths.ts';

/** As whom, and for how long. */
export interface Asking {
  readonly user?: string | undefined;
  readonly groups: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Access extends Asking {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What every object has, as far as the plugin reads it. */
export interface Metadata {
  readonly creationTimestamp?: string;
  readonly managedFields?: readonly { readonly manager?: string; readonly time?: string }[];
}

export interface Patch {
  readonly body: unknown;
  readonly type: 'merge' | 'json' | 'apply';
  readonly manager: string;
  readonly dryRun?: boolean;
}

export interface Change<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

export interface Cluster {
  readonly server: string;
  readonly context: string;
  /** Where a command looks without -A. */
  readonly namespace: string;
  get<T>(path: string): Promise<T>;
  /** undefined when it is not there. */
  find<T>(path: string): Promise<T | undefined>;
  /** Whether it is there, by its metadata alone: nothing of a Secret travels. */
  readonly isThere: (path: string) => Promise<boolean>;
  /** Its metadata alone; undefined when it is not there. */
  readonly metadata: (path: string) => Promise<Metadata | undefined>;
  /** Whole lists, page by page. */
  list<T>(kind: Kind, namespace: string | undefined, query?: Readonly<Record<string, string>>): Promise<T[]>;
  patch<T>(path: string, patch: Patch): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
  remove(path: string, body?: object): Promise<void>;
  /** A list first, one by one as ADDED and a BOOKMARK after the last one, then every change until `signal` aborts. Ends when the API server ends it. */
  watch<T>(
    kind: Kind,
    namespace: string | undefined,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): AsyncIterable<Change<T>>;
  /** A text, line by line. */
  lines(path: string, signal: AbortSignal): AsyncIterable<string>;
}

const TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const PAGE = 500;
/** Items of a custom resource say first what they are. */
const APP_BEGINS = `{"apiVersion":"${API_VERSION}","kind":"ImmutableApp","metadata":{`;
/** Ctrl-C cuts off no request that makes something, or nobody would know what was made, and none that takes it away again. */
const NEVER = new AbortController().signal;

/** What the client says of credentials, certificates and proxies. */
export type Secured = Omit<RequestOptions, 'headers'> & { headers?: Record<string, string> };

interface Ask {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
  readonly signal?: AbortSignal;
  /** A stream has no deadline once it has begun. */
  readonly stream?: boolean;
  readonly accept?: string;
}

/** Where the API server is, and what is said to it of credentials, certificates and proxies: asked for each request. */
export interface Way {
  readonly server: string;
  readonly context: string;
  readonly namespace: string;
  readonly options: () => Secured;
}

export async function clusterOf(access: Access): Promise<Cluster> {
  return clusterBy(await kubeconfigOf(access), access);
}

export function clusterBy({ server, context, namespace, options }: Way, access: Asking): Cluster {
  const send = (ask: Ask): Promise<IncomingMessage> => sent(new URL(server), options(), access, ask);
  const answer = async (ask: Ask): Promise<IncomingMessage> => {
    const answered = await send(ask);
    const status = answered.statusCode ?? 0;
    if (isWebPage(answered)) throw webPage(answered.destroy(), server);
    if (status >= 300) throw refusal(status, await textOf(answered), server);
    return answered;
  };
  const call = async <T>(ask: Ask): Promise<T> => {
    const text = await textOf(await answer(ask));
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  const stream = (path: string, signal: AbortSignal): Promise<IncomingMessage> => answer({ method: 'GET', path, signal, stream: true });
  const get = <T>(path: string): Promise<T> => call<T>({ method: 'GET', path });
  const unlessMissing = (error: unknown): undefined => {
    if (!isMissing(error)) throw error;
  };
  const page = async <T>(kind: Kind, path: string): Promise<List<T>> =>
    listFrom(chunksOf(await answer({ method: 'GET', path })), kind === 'ImmutableApp' ? APP_BEGINS : undefined);
  const pages = <T>(...asked: Asked): AsyncGenerator<List<T>> => pagesOf<T>(page, ...asked);
  const metadata = (path: string): Promise<Metadata | undefined> =>
    call<{ metadata: Metadata }>({ method: 'GET', path, accept: METADATA_ONLY }).then((found) => found.metadata, unlessMissing);
  return {
    server,
    context,
    namespace,
    get,
    find: <T>(path: string) => get<T>(path).catch(unlessMissing),
    isThere: async (path) => (await metadata(path)) !== undefined,
    metadata,
    async list<T>(kind: Kind, where: string | undefined, query: Readonly<Record<string, string>> = {}): Promise<T[]> {
      const items: T[] = [];
      for await (const page of pages<T>(kind, where, query)) items.push(...page.items);
      return items;
    },
    patch: (path, { body, type, manager, dryRun }) => {
      const query = new URLSearchParams({ fieldManager: manager, ...(dryRun === true ? { dryRun: 'All' } : {}) });
      return call({ method: 'PATCH', path: `${path}?${query.toString()}`, body, type: TYPES[type] });
    },
    post: (path, body) => call({ method: 'POST', path, body, signal: NEVER }),
    async remove(path, body) {
      await call({ method: 'DELETE', path, signal: NEVER, ...(body === undefined ? {} : { body }) });
    },
    async *watch<T>(kind: Kind, where: string | undefined, query: Readonly<Record<string, string>>, signal: AbortSignal) {
      // Page by page, too: ten thousand Apps are 30 MB, and a request has its deadline.
      let resourceVersion = '';
      for await (const { items, metadata } of pages<T>(kind, where, query)) {
        for (const object of items) yield { type: 'ADDED', object } as Change<T>;
        ({ resourceVersion } = metadata);
      }
      yield { type: 'BOOKMARK', object: { metadata: { resourceVersion } } as T };
      const asked = new URLSearchParams({ ...query, watch: '1', allowWatchBookmarks: 'true', resourceVersion });
      for await (const line of linesOf(stream(`${pathOf(kind, where)}?${asked.toString()}`, signal), signal))
        yield JSON.parse(line) as Change<T>;
    },
    lines: (path, signal) => linesOf(stream(path, signal), signal),
  };
}

type Asked = readonly [kind: Kind, where: string | undefined, query: Readonly<Record<string, string>>];

async function* pagesOf<T>(get: (kind: Kind, path: string) => Promise<List<T>>, ...[kind, where, query]: Asked): AsyncGenerator<List<T>> {
  for (let token = ''; ;) {
    const asked = new URLSearchParams({ ...query, limit: String(PAGE), ...(token === '' ? {} : { continue: token }) });
    const page = await get(kind, `${pathOf(kind, where)}?${asked.toString()}`);
    yield page;
    token = page.metadata.continue ?? '';
    if (token === '') return;
  }
}

/** A stream that we end ourselves has ended, and not failed; one that nobody reads any more is hung up. */
async function* linesOf(opened: Promise<IncomingMessage>, signal: AbortSignal): AsyncGenerator<string> {
  let answer: IncomingMessage | undefined;
  try {
    answer = await opened;
    for await (const line of createInterface({ input: answer })) if (line !== '') yield line;
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof Complaint ? error : new Complaint(`the API server went away: ${(error as Error).message}`, EXIT.away);
  } finally {
    answer?.on('error', () => undefined).destroy();
  }
}

/** What is empty was not said: scripts pass on what they were not given, and kubectl takes it so. */
const said = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

const firstOfEach = <T extends { readonly name: string }>(all: readonly T[]): T[] =>
  all.filter(({ name }, i) => all.findIndex((each) => each.name === name) === i);

async function kubeconfigOf({ kubeconfig, context, namespace, environment }: Access): Promise<Way> {
  // The whole of the client is ten times as much, and a first screen may take 300 ms.
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const config = new KubeConfig();
  try {
    const home = `${environment.HOME ?? environment.USERPROFILE ?? ''}/.kube/config`;
    const separator = process.platform === 'win32' ? ';' : ':';
    const named = said(kubeconfig);
    const files = named === undefined ? (said(environment.KUBECONFIG) ?? home).split(separator).filter((file) => file !== '') : [named];
    // As kubectl has it: of several, one that is not there says nothing, and what two say of a name, the first says.
    const parts = (files.length > 1 ? files.filter((file) => existsSync(file)) : files).map((file) => {
      const part = new KubeConfig();
      part.loadFromFile(file);
      return part;
    });
    config.loadFromOptions({
      clusters: firstOfEach(parts.flatMap(({ clusters }) => clusters)),
      users: firstOfEach(parts.flatMap(({ users }) => users)),
      contexts: firstOfEach(parts.flatMap(({ contexts }) => contexts)),
      currentContext: parts.find(({ currentContext }) => said(currentContext))?.currentContext ?? '',
    });
    if (context !== undefined) config.setCurrentContext(context);
  } catch (error) {
    throw new Complaint(`the kubeconfig cannot be read: ${(error as Error).message}`, EXIT.away);
  }
  const current = config.getContextObject(config.getCurrentContext());
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    const known = config.getContexts().map(({ name }) => name);
    const there = known.length === 0 ? 'it has none' : `there are ${known.join(', ')}`;
    throw new Complaint(`the kubeconfig has no cluster for context "${config.getCurrentContext()}": ${there}`, EXIT.away);
  }
  const options: Secured = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new Complaint(`no credentials for context "${config.getCurrentContext()}": ${(error as Error).message}`, EXIT.away);
  }
  const where = namespace ?? current?.namespace ?? 'default';
  return { server: cluster.server, context: config.getCurrentContext(), namespace: where, options: () => options };
}

function sent(server: URL, options: Secured, access: Asking, ask: Ask): Promise<IncomingMessage> {
  const { method, path, body, type = 'application/json', stream = false } = ask;
  const signal = ask.signal ?? access.signal;
  const { headers, ...rest } = options;
  const impersonate = access.user === undefined ? {} : { 'impersonate-user': access.user };
  const groups = access.groups.length === 0 ? {} : { 'impersonate-group': [...access.groups] };
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const asked: RequestOptions = {
    ...rest,
    method,
    signal,
    host: server.hostname,
    port: server.port,
    path: server.pathname.replace(/\/$/, '') + path,
    headers: {
      ...headers,
      ...impersonate,
      ...groups,
      'user-agent': 'kubectl-iapp',
      accept: ask.accept ?? 'application/json',
      ...(stream ? {} : { 'accept-encoding': 'gzip' }),
      ...(payload === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(payload) }),
    },
  };
  return new Promise((resolve, reject) => {
    const call = server.protocol === 'http:' ? http(asked, settle) : https(asked, settle);
    const timer = setTimeout(() => call.destroy(new Error(`no answer within ${access.timeoutMs / 1000} s`)), access.timeoutMs);
    function settle(answer: IncomingMessage): void {
      if (stream) clearTimeout(timer);
      else
        answer.once('close', () => {
          clearTimeout(timer);
        });
      resolve(answer);
    }
    call.on('error', (error: Error & { code?: string }) => {
      clearTimeout(timer);
      const why = error.message || (error.code ?? error.name);
      const stopped = new Complaint('interrupted', EXIT.interrupted);
      reject(signal.aborted ? stopped : new Complaint(`the API server at ${server.origin} cannot be reached: ${why}`, EXIT.away));
    });
    call.end(payload);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of chunksOf(answer)) text += chunk;
  return text;
}

/** Unpacked: a thousand Apps are 3 MB, and packed 0.2. */
async function* chunksOf(answer: IncomingMessage): AsyncGenerator<string> {
  try {
    const unpacked = answer.headers['content-encoding'] === 'gzip' ? pipeline(answer, createGunzip(), () => undefined) : answer;
    for await (const chunk of unpacked.setEncoding('utf8')) yield chunk as string;
  } catch (error) {
    throw new Complaint(`the API server broke off its answer: ${(error as Error).message}`, EXIT.away);
  }
}

/** What stands in between, such as a login, answers for the API server, often with 200. */
const isWebPage = ({ headers }: IncomingMessage): boolean => headers['content-type']?.startsWith('text/html') === true;
const webPage = ({ statusCode = 0 }: IncomingMessage, server: string): Complaint =>
  new Complaint(`what answers at ${server} is a web page (HTTP ${statusCode}) and no API server: look at the proxy, or log in`, EXIT.away);

/** What the API server refused, in its own words. */
class Refusal extends Complaint {
  readonly status: number;
  constructor(status: number, message: string, exit: Complaint['exit']) {
    super(message, exit);
    this.status = status;
  }
}
export const statusOf = (error: unknown): number => (error instanceof Refusal ? error.status : 0);
const isMissing = (error: unknown): boolean => statusOf(error) === 404;

function refusal(status: number, text: string, server: string): Refusal {
  let message: string;
  try {
    message = (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    message = text.trim().slice(0, 300);
  }
  if (status === 401) return new Refusal(status, `the API server at ${server} does not know you: log in again`, EXIT.away);
  if (status === 403 && /is forbidden: User /.test(message)) return new Refusal(status, `you may not: ${message}`, EXIT.forbidden);
  if (status === 404 && /could not find the requested resource|page not found/.test(message))
    return new Refusal(status, 'this cluster does not know ImmutableApps: is the operator installed here?', EXIT.failed);
  if (status === 429 || status >= 500) return new Refusal(status, `the API server cannot answer (HTTP ${status}): ${message}`, EXIT.away);
  return new Refusal(status, message || `HTTP ${status}`, EXIT.failed);
}
