// What a cluster reads when it starts: certificates, tokens, policies, kubeconfigs. Everything a cluster writes is below the
// same directory.
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { newSigningKey, type Authority } from './certificates.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { stageDocuments } from './stages.ts';

// The benchmarking range (RFC 2544): no address here can be mistaken for a machine of the user's network.
export const SERVICE_RANGE = '198.18.128.0/17';
const FIRST_SERVICE_ADDRESS = '198.18.128.1';

export const files = (directory: string) => ({
  ca: join(directory, 'ca.crt'),
  servingCertificate: join(directory, 'apiserver.crt'),
  servingKey: join(directory, 'apiserver.key'),
  serviceAccountKey: join(directory, 'service-account.key'),
  tokens: join(directory, 'tokens.csv'),
  admin: join(directory, 'kubeconfig'),
  controllers: join(directory, 'kube-controller-manager.kubeconfig'),
  scheduler: join(directory, 'kube-scheduler.kubeconfig'),
  schedulerConfig: join(directory, 'kube-scheduler.yaml'),
  kwok: join(directory, 'kwok.kubeconfig'),
  stages: join(directory, 'stages.yaml'),
  auditPolicy: join(directory, 'audit-policy.yaml'),
  auditLog: join(directory, 'audit.log'),
  etcd: join(directory, 'etcd'),
  logs: join(directory, 'logs'),
});

/**
 * One line per request, so that counting lines counts requests: a watch when it starts, anything else when it completes.
 * The line of a request may be written a moment after the client has its answer.
 */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  rules: [
    { level: 'Metadata', verbs: ['watch'], omitStages: ['RequestReceived', 'ResponseComplete'] },
    { level: 'Metadata', omitStages: ['RequestReceived', 'ResponseStarted'] },
  ],
};

const schedulerConfig = (kubeconfig: string) => ({
  apiVersion: 'kubescheduler.config.k8s.io/v1',
  kind: 'KubeSchedulerConfiguration',
  leaderElection: { leaderElect: false },
  clientConnection: { kubeconfig, qps: 1000, burst: 2000 },
});

export const newToken = (): string => randomBytes(24).toString('base64url');

/** Writes a file that only its owner reads: nearly all here are secrets. */
export const writeSecret = (path: string, text: string): Promise<void> => writeFile(path, text, { mode: 0o600 });

export interface Layout {
  readonly directory: string;
  readonly server: string;
  readonly authority: Authority;
  /** The administrator's. */
  readonly token: string;
  readonly readyAfterMs: number;
  /** The one user as whom all controllers act, if they do. */
  readonly controllersAs?: string;
}

export async function writeLayout({ directory, server, authority, token, readyAfterMs, controllersAs }: Layout): Promise<void> {
  const at = files(directory);
  await mkdir(at.logs, { recursive: true });
  await mkdir(at.etcd, { mode: 0o700 });
  const serving = authority.issueServer(FIRST_SERVICE_ADDRESS);
  const users = [
    { path: at.admin, name: 'admin', group: 'system:masters', token },
    // Upstream's roles are bound to upstream's name.
    controllersAs === undefined
      ? { path: at.controllers, name: 'system:kube-controller-manager', group: '', token: newToken() }
      : { path: at.controllers, name: controllersAs, group: 'system:masters', token: newToken() },
    { path: at.scheduler, name: 'system:kube-scheduler', group: '', token: newToken() },
    { path: at.kwok, name: 'kwok', group: '"system:masters,system:nodes"', token: newToken() },
  ];
  const row = (user: (typeof users)[number]) => `${user.token},${user.name},${user.name}${user.group && `,${user.group}`}\n`;
  const contents: [path: string, text: string][] = [
    [at.ca, authority.certificate],
    [at.servingCertificate, serving.certificate],
    [at.servingKey, serving.key],
    [at.serviceAccountKey, newSigningKey()],
    [at.tokens, users.map(row).join('')],
    [at.schedulerConfig, stringify(schedulerConfig(at.scheduler))],
    [at.stages, stageDocuments(readyAfterMs)],
    [at.auditPolicy, stringify(AUDIT_POLICY)],
  ];
  for (const [path, text] of contents) await writeSecret(path, text);
  for (const user of users) await writeSecret(user.path, renderKubeconfig(server, authority.certificate, user.name, user));
}
