// A real node for the embedded cluster: containerd, kubelet and kube-proxy, on ground of their own (ground.ts). Decides how they are
// configured; everything they write is below the directory of the cluster.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { findNodeBinaries } from '../../deploy/local/binaries.ts';
import { files } from '../../deploy/local/layout.ts';
import type { Nodes, Site } from '../../deploy/local/nodes.ts';
import type { Command } from '../../deploy/local/process.ts';
import { terminalLog } from '../../deploy/local/progress.ts';

export const NODE = 'node-1';
export const ADDRESS = '198.18.0.1';
const POD_RANGE = '198.19.0.0/20';
const PLUGINS = '/usr/lib/cni';

const at = (directory: string) => ({
  containerd: join(directory, 'containerd'),
  socket: '/run/containerd/containerd.sock',
  network: join(directory, 'cni'),
  kubelet: join(directory, 'kubelet'),
});

export const containerdSocket = at('').socket;

/** A kubelet that finds no containerd ends at once. Where containerd never comes, its own end is what fails. */
const afterContainerd = (command: Command): Command => ({
  ...command,
  file: '/bin/sh',
  arguments: ['-c', 'until [ -S "$0" ]; do sleep 0.05; done; exec "$@"', containerdSocket, command.file, ...command.arguments],
});

const containerdConfig = (directory: string, pause: string): string => {
  const { containerd, socket, network } = at(directory);
  // It has no library that writes TOML; JSON strings are TOML strings.
  const q = JSON.stringify;
  return `version = 2
root = ${q(join(containerd, 'root'))}
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.internal.v1.opt"]
[grpc]
address = ${q(socket)}
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = ${q(pause)}
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = ${q(PLUGINS)}
conf_dir = ${q(network)}
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
`;
};

const podNetwork = (directory: string) => ({
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'pods0',
      isGateway: true,
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: POD_RANGE }]],
        routes: [{ dst: '0.0.0.0/0' }],
        dataDir: join(at(directory).network, 'leases'),
      },
    },
    { type: 'loopback' },
  ],
});

const kubeletConfig = (caFile: string, cgroup: string, domain: string | undefined) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  containerRuntimeEndpoint: `unix://${containerdSocket}`,
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false }, x509: { clientCAFile: caFile } },
  authorization: { mode: 'AlwaysAllow' }, // Nobody but us is in this network.
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${cgroup}`,
  failCgroupV1: false,
  enforceNodeAllocatable: [],
  localStorageCapacityIsolation: false,
  failSwapOn: false,
  resolvConf: '',
  podLogsDir: '/var/log/pods',
  registerNode: true,
  serializeImagePulls: false,
  // Garbage collection of images would take those nobody can bring back.
  imageGCHighThresholdPercent: 100,
  evictionHard: { 'memory.available': '50Mi' },
  shutdownGracePeriod: '0s',
  ...(domain !== undefined && { clusterDomain: domain, clusterDNS: [ADDRESS] }),
});

const proxyConfig = (kubeconfig: string) => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'nftables',
  clusterCIDR: POD_RANGE,
  hostnameOverride: NODE,
  clientConnection: { kubeconfig },
  conntrack: { maxPerCore: 0 },
  healthzBindAddress: `${ADDRESS}:10256`,
  metricsBindAddress: '127.0.0.1:10249',
});

async function configure(site: Site, { pause, cgroup, domain }: Ground): Promise<Map<string, Command>> {
  const { directory } = site;
  const { containerd, network, kubelet } = at(directory);
  for (const folder of [containerd, network, kubelet]) await mkdir(folder, { recursive: true });
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, text);
    return path;
  };
  const runtime = await write('containerd.toml', containerdConfig(directory, pause));
  await writeFile(join(network, 'pods.conflist'), JSON.stringify(podNetwork(directory)));
  const agent = await write('kubelet.yaml', stringify(kubeletConfig(files(directory).ca, cgroup, domain)));
  const proxy = await write('kube-proxy.yaml', stringify(proxyConfig(await site.kubeconfigFor({ name: 'system:kube-proxy' }))));
  const user = await site.kubeconfigFor({ name: `system:node:${NODE}`, groups: ['system:nodes'] });
  const binaries = await findNodeBinaries(site.binaries, { log: terminalLog() });
  const ours = (name: 'kubelet' | 'kube-proxy', ...args: string[]): Command => {
    const command = binaries.command(name);
    return { ...command, arguments: [...command.arguments, ...args] };
  };
  const node = [
    `--config=${agent}`,
    `--kubeconfig=${user}`,
    `--root-dir=${kubelet}`,
    `--hostname-override=${NODE}`,
    `--node-ip=${ADDRESS}`,
  ];
  return new Map<string, Command>([
    ['containerd', { file: 'containerd', arguments: ['--config', runtime], watchesParent: false }],
    ['kube-proxy', ours('kube-proxy', `--config=${proxy}`)],
    ['kubelet', afterContainerd(ours('kubelet', ...node))],
  ]);
}

export interface Ground {
  /** An image, on which the networks of pods hang. */
  readonly pause: string;
  /** It exists, and takes all pods. */
  readonly cgroup: string;
  /** Of the names that pods ask ADDRESS for, if anybody answers there. */
  readonly domain?: string | undefined;
}

/** One node. */
export const realNode = (ground: Ground): Nodes => ({
  address: ADDRESS,
  names: [NODE],
  programs: (site) => configure(site, ground),
  register: () => Promise.resolve(true),
});
