// A running cluster as an administrator reaches it, whoever started it: requests, kubectl, kubeconfigs of service accounts, and what was audited.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { parse } from 'yaml';
import { connect, type Answer, type Api } from './api.ts';
import { AuditLog, endOf, type AuditedRequest } from './audit.ts';
import { inFolder, type Binaries } from './binaries.ts';
import type { Running } from './control.ts';
import { renderKubeconfig, type Credential } from './kubeconfig.ts';
import { runKubectl, type KubectlResult } from './kubectl.ts';
import { files, writeSecret } from './layout.ts';

/** As `namespace/name`; it must exist. */
export interface Account {
  readonly serviceAccount: string;
}

export interface ClusterClient {
  /** https://127.0.0.1:port */
  readonly server: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** The administrator's bearer token. */
  readonly token: string;
  readonly caFile: string;
  readonly directory: string;
  /** JSON lines, one per request; exists when `audit` was asked for. */
  readonly auditLog: string;
  /** The folder of the binaries. */
  readonly binaries: string;
  /** Path of a new kubeconfig. Rejects in the API server's words if the service account does not exist. */
  kubeconfigFor(identity: Account): Promise<string>;
  /** Runs kubectl as administrator; a failed command is a result, not an error. */
  kubectl(args: readonly string[], options?: { input?: string; kubeconfig?: string }): Promise<KubectlResult>;
  /** One raw request as administrator. */
  call(method: string, path: string, body?: object): Promise<Answer>;
  /** The audited requests so far, of one user if named. */
  requests(user?: string): Promise<AuditedRequest[]>;
}

export interface Whereabouts {
  readonly server: string;
  readonly directory: string;
  readonly token: string;
  /** Of the authority, in PEM. */
  readonly certificate: string;
  readonly binaries: Binaries;
  /** The byte of the audit log at which ours begins. */
  readonly auditedFrom?: number;
}

export class Client implements ClusterClient {
  readonly server: string;
  readonly directory: string;
  readonly token: string;
  readonly #certificate: string;
  readonly #binaries: Binaries;
  readonly #api: Api;
  readonly #audit: AuditLog;

  constructor({ server, directory, token, certificate, binaries, auditedFrom }: Whereabouts) {
    this.server = server;
    this.directory = directory;
    this.token = token;
    this.#certificate = certificate;
    this.#binaries = binaries;
    this.#api = connect(server, certificate, token);
    this.#audit = new AuditLog(this.auditLog, auditedFrom);
  }

  get kubeconfig(): string {
    return files(this.directory).admin;
  }
  get caFile(): string {
    return files(this.directory).ca;
  }
  get binaries(): string {
    return this.#binaries.folder;
  }
  get auditLog(): string {
    return files(this.directory).auditLog;
  }

  async kubeconfigFor({ serviceAccount }: Account): Promise<string> {
    const [namespace = '', name = ''] = serviceAccount.split('/');
    const { code, body } = await this.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 24 * 3600 },
    });
    if (code !== 201) throw new Error(`No token for service account ${serviceAccount}: ${JSON.stringify(body)}`);
    const { token } = (body as { status: { token: string } }).status;
    return this.writeKubeconfig(`system:serviceaccount:${namespace}:${name}`, { token });
  }

  kubectl(args: readonly string[], options: { input?: string; kubeconfig?: string } = {}): Promise<KubectlResult> {
    return runKubectl(this.#binaries.command('kubectl'), args, { kubeconfig: this.kubeconfig, directory: this.directory, ...options });
  }

  call(method: string, path: string, body?: object): Promise<Answer> {
    return this.#api.call(method, path, body);
  }

  requests(user?: string): Promise<AuditedRequest[]> {
    return this.#audit.requests(user);
  }

  /** Lets go of the connections; the cluster runs on. */
  disconnect(): Promise<void> {
    return this.#api.close();
  }

  protected async writeKubeconfig(user: string, credential: Credential): Promise<string> {
    const path = join(this.directory, `user-${randomUUID()}.kubeconfig`);
    await writeSecret(path, renderKubeconfig(this.server, this.#certificate, user, credential));
    return path;
  }
}

interface Kubeconfig {
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

/** Reaches a cluster that another process runs, with an audit log; what was asked of it before is not ours. */
export async function attach({ server, kubeconfig, directory, binaries }: Running): Promise<Client> {
  const { users } = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
  const { ca, auditLog } = files(directory);
  return new Client({
    server,
    directory,
    token: users[0].user.token,
    certificate: await readFile(ca, 'utf8'),
    binaries: inFolder(binaries),
    auditedFrom: await endOf(auditLog),
  });
}
