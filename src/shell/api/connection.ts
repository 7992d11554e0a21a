// The address of the API server and our credentials, from a kubeconfig or from the pod's service account. Decides when credentials are read again. In
// a cluster it never blocks the event loop on a file, and never loads the Kubernetes client (80 MB of memory).
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
  /** The same object while its content is the same: connections are rebuilt only for another one. */
  readonly tls: Tls;
}

export interface Connection {
  /** URL of the API server; may have a path. */
  readonly server: string;
  /** Namespace of the pod or of the kubeconfig's context. */
  readonly namespace: string;
  /** The credentials to use now. Never waits: if they are older than a minute they are read again in the background. */
  credentials(): Credentials;
  /** After a 401 or an unexpected certificate: read them again for the next call. */
  refused(): void;
}

const REREAD_MS = 60_000;
/** If the API server refuses us for another reason, we must not read files in a loop. */
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

/** Rejects when the files name no cluster, with a message for the person who wrote them. */
export async function fromKubeconfig({ files, context, clock, onError }: FromKubeconfig): Promise<Connection> {
  // Imported only here, so that it costs a pod no memory.
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

/** Keeps credentials, and reads them again in the background. If that fails the old ones are kept: they may still work. */
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
