// The command line of every program of the cluster. Everything listens on 127.0.0.1 and writes below one directory; nothing
// here starts anything.
import { files, SERVICE_RANGE } from './layout.ts';

/** Every program a cluster is made of, by the name of its executable. */
export const PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok', 'kubectl'] as const;
export type ProgramName = (typeof PROGRAMS)[number];
/** What a real node needs of Kubernetes; part of our own executable, and downloaded only where there is such a node. */
export const NODE_PROGRAMS = ['kubelet', 'kube-proxy'] as const;
export type NodeProgram = (typeof NODE_PROGRAMS)[number];
/** Those that need no node to be useful. */
export type ControlPlane = Exclude<ProgramName, 'kwok' | 'kubectl'>;

// Of the benchmarking range, like the Services' addresses.
const POD_RANGE = '198.19.0.1/16';
const NODE_ADDRESS = '198.18.0.1';

export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
}

const etcd = (directory: string, ports: Ports): string[] => {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return [
    `--data-dir=${files(directory).etcd}`,
    '--name=etcd',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=etcd=${peer}`,
    '--unsafe-no-fsync',
    '--quota-backend-bytes=8589934592',
    '--log-level=warn',
  ];
};

const apiServer = (directory: string, ports: Ports, { audit, address }: Wishes): string[] => {
  const at = files(directory);
  // Where pods have a network they reach it by the Service "kubernetes", which then leads to that address; and it reaches kubelets, whose
  // names nobody resolves.
  const reached =
    address === undefined
      ? ['--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none']
      : [`--advertise-address=${address}`, '--kubelet-preferred-address-types=InternalIP'];
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    `--secure-port=${ports.apiServer}`,
    `--bind-address=${address === undefined ? '127.0.0.1' : '0.0.0.0'}`,
    ...reached,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged',
    '--profiling=false',
    `--client-ca-file=${at.ca}`,
    `--tls-cert-file=${at.servingCertificate}`,
    `--tls-private-key-file=${at.servingKey}`,
    `--token-auth-file=${at.tokens}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${at.serviceAccountKey}`,
    `--service-account-signing-key-file=${at.serviceAccountKey}`,
    ...(audit ? [`--audit-policy-file=${at.auditPolicy}`, `--audit-log-path=${at.auditLog}`, '--audit-log-maxsize=100000'] : []),
  ];
};

const controllerManager = (directory: string, { autoscalePeriodSeconds, oneController }: Wishes): string[] => {
  const at = files(directory);
  return [
    `--kubeconfig=${at.controllers}`,
    '--secure-port=0',
    '--leader-elect=false',
    // As in any real cluster, each controller is a user of its own: admission policies and audit tell them apart.
    ...(oneController ? [] : ['--use-service-account-credentials']),
    `--root-ca-file=${at.ca}`,
    `--service-account-private-key-file=${at.serviceAccountKey}`,
    // Nobody beats the heart of a simulated node: after the usual 50 s all of them would be NotReady, and all pods with them.
    '--node-monitor-grace-period=24h',
    // A kubelet that starts is not ready for a moment. Who looks in that moment calls every pod on its node unready, and no endpoint is left.
    '--node-monitor-period=1h',
    '--kube-api-qps=1000',
    '--kube-api-burst=2000',
    '--concurrent-deployment-syncs=20',
    '--concurrent-replicaset-syncs=20',
    '--concurrent-endpoint-syncs=20',
    '--concurrent-service-endpoint-syncs=20',
    `--horizontal-pod-autoscaler-sync-period=${autoscalePeriodSeconds}s`,
  ];
};

export interface Wishes {
  readonly audit: boolean;
  readonly autoscalePeriodSeconds: number;
  /** Of this machine, where pods reach the API server; undefined keeps it on loopback. */
  readonly address: string | undefined;
  /** All controllers act as one user. */
  readonly oneController: boolean;
}

export const kwokArguments = (directory: string): string[] => {
  const at = files(directory);
  return [
    `--kubeconfig=${at.kwok}`,
    `--config=${at.stages}`,
    '--manage-all-nodes',
    `--cidr=${POD_RANGE}`,
    `--node-ip=${NODE_ADDRESS}`,
    '--node-port=0', // Or it would serve a kubelet's port on every address of the machine.
  ];
};

/** The arguments of a program that runs as long as the cluster does. */
export function programArguments(name: ControlPlane, directory: string, ports: Ports, wishes: Wishes): string[] {
  const at = files(directory);
  switch (name) {
    case 'etcd':
      return etcd(directory, ports);
    case 'kube-apiserver':
      return apiServer(directory, ports, wishes);
    case 'kube-controller-manager':
      return controllerManager(directory, wishes);
    case 'kube-scheduler':
      return [`--config=${at.schedulerConfig}`, '--secure-port=0'];
  }
}
