// Where the API server is and how to prove who we are: from a kubeconfig, or as a pod. Decides when credentials are read again;
// must never block the event loop on a file in a cluster, nor load the Kubernetes client there (80 MB of memory).
import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';

export interface Tls {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface Credentials {
  /** Sent with every request: Authorization, impersonation. */
  readonly headers: Readonly<Record<string, string>>;
  /** The same object as long as its content is the same, so that connections need rebuilding only when it is another. */
  readonly tls: Tls;
}

export interface Connection {
  /** URL of the API server; may have a path. */
  readonly server: string;
  /** Namespace of the pod or of the kubeconfig's context. */
  readonly namespace: string;
  /** What to use now. Never waits: credentials older than a minute are read again behind it. */
  credentials(): Credentials;
  /** The API server answered 401, or has another certificate than we expect: read them again for the next call. */
  refused(): void;
}

const REREAD_MS = 60_000;
/** A refusal for another reason must not make us read files in a loop. */
const REREAD_WHEN_REFUSED_MS = 1_000;
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface InCluster {
  /** KUBERNETES_SERVICE_HOST and _PORT. */
  readonly host: string;
  readonly port: string;
  readonly clock: Clock;
  /** Where token, ca.crt and namespace are mounted. */
  readonly directory?: string;
  readonly onError?: (error: unknown) => void;
}

/** Rejects when the service account is not mounted. */
export async function inCluster({ host, port, clock, directory = SERVICE_ACCOUNT, onError }: InCluster): Promise<Connection> {
  const read = async (): Promise<Credentials> => {
    const [token, ca] = await Promise.all([readFile(`${directory}/token`, 'utf8'), readFile(`${directory}/ca.crt`, 'utf8')]);
    return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
  };
  const namespace = (await readFile(`${directory}/namespace`, 'utf8').catch(() => 'default')).trim();
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { server, namespace, ...(await kept(read, clock, onError)) };
}

export interface FromKubeconfig {
  /** As in KUBECONFIG: the first file wins where several define the same. */
  readonly files: readonly string[];
  readonly context?: string;
  readonly clock: Clock;
  readonly onError?: (error: unknown) => void;
}

/** Rejects when the files do not name a cluster, in words for the person who wrote them. */
export async function fromKubeconfig({ files, context, clock, onError }: FromKubeconfig): Promise<Connection> {
  // Imported only here: a pod never pays for it.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const load = () => {
    const config = new KubeConfig();
    files.forEach((file, index) => {
      const one = index === 0 ? config : new KubeConfig();
      one.loadFromFile(file);
      if (one !== config) config.mergeConfig(one, true);
    });
    if (context !== undefined) config.setCurrentContext(context);
    return config;
  };
  let config = load();
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error(`no cluster for context "${config.getCurrentContext()}" in ${files.join(', ')}`);
  const read = async (afresh: boolean): Promise<Credentials> => {
    // A new one forgets the tokens that an exec plugin gave it, and sees a kubeconfig that was rewritten.
    if (afresh) config = load();
    const options: HttpsOptions = {};
    await config.applyToHTTPSOptions(options);
    return credentialsOf(options);
  };
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  return { server, namespace, ...(await kept(read, clock, onError)) };
}

/** What applyToHTTPSOptions fills in, as far as we use it. */
interface HttpsOptions extends Record<string, unknown> {
  headers?: Record<string, string>;
  auth?: string;
}

function credentialsOf({ headers = {}, auth, ca, cert, key, passphrase, servername, rejectUnauthorized }: HttpsOptions): Credentials {
  const basic = auth === undefined ? {} : { authorization: `Basic ${Buffer.from(auth).toString('base64')}` };
  const tls = Object.entries({ ca, cert, key, passphrase, servername, rejectUnauthorized }).filter(([, value]) => value !== undefined);
  return { headers: { ...basic, ...headers }, tls: Object.fromEntries(tls) };
}

/** Keeps credentials and reads them again behind the caller's back. A failed reading keeps the old ones: they may still do. */
async function kept(
  read: (afresh: boolean) => Promise<Credentials>,
  clock: Clock,
  onError: (error: unknown) => void = () => undefined,
): Promise<Pick<Connection, 'credentials' | 'refused'>> {
  let now = await read(false);
  let content = JSON.stringify(now.tls);
  let readAt = clock.monotonic();
  let reading = false;
  const reread = async (afresh: boolean): Promise<void> => {
    reading = true;
    try {
      const next = await read(afresh);
      const nextContent = JSON.stringify(next.tls);
      now = nextContent === content ? { headers: next.headers, tls: now.tls } : next;
      content = nextContent;
    } catch (error) {
      onError(error);
    } finally {
      reading = false;
      readAt = clock.monotonic();
    }
  };
  return {
    credentials() {
      if (!reading && clock.monotonic() - readAt >= REREAD_MS) void reread(false);
      return now;
    },
    refused() {
      if (!reading && clock.monotonic() - readAt >= REREAD_WHEN_REFUSED_MS) void reread(true);
    },
  };
}
