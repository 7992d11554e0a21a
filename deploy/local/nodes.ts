// What the pods of a cluster run on: nodes that kwok simulates, unless whoever starts the cluster brings others (test/node has a real one).
// Decides which programs make the nodes and who registers them; never starts anything itself.
import type { Answer } from './api.ts';
import { inFolder } from './binaries.ts';
import type { Subject } from './certificates.ts';
import type { Command } from './process.ts';
import { kwokArguments } from './programs.ts';

/** Where nodes are to be. */
export interface Site {
  /** For what they write. */
  readonly directory: string;
  /** The folder of the cluster's own. */
  readonly binaries: string;
  /** Path of a new kubeconfig. */
  kubeconfigFor(user: Subject): Promise<string>;
  call(method: string, path: string, body?: object): Promise<Answer>;
}

export interface Nodes {
  /** The address of this machine on which pods reach the API server; undefined where they have no network. */
  readonly address?: string;
  readonly names: readonly string[];
  /** Called once, when the API server accepts requests. Their order is the order in which they are started. */
  programs(site: Site): Promise<ReadonlyMap<string, Command>>;
  /** Called until it says true, for every name. Real ones register by themselves. */
  register(site: Site, name: string): Promise<true | undefined>;
}

const NOT_READY = 'node.kubernetes.io/not-ready';

export function simulatedNodes(count: number): Nodes {
  return {
    names: Array.from({ length: count }, (_, index) => `node-${index + 1}`),
    programs: ({ directory, binaries }) => {
      const command = inFolder(binaries).command('kwok');
      const run = { ...command, arguments: [...command.arguments, ...kwokArguments(directory)] };
      return Promise.resolve(new Map([['kwok', run]]));
    },
    register: async (site, name) => {
      const metadata = { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } };
      const { code } = await site.call('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata });
      return code === 201 || code === 409 || undefined;
    },
  };
}

interface Taint {
  readonly key: string;
}

interface NodeSeen {
  readonly spec: { readonly taints?: readonly Taint[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Whether its kubelet says so, of a Node as the API server answers it. */
export function isReady(node: unknown): boolean {
  const { status } = node as NodeSeen;
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
}

/**
 * The Node as it is to be written before pods may run there; undefined where they may. The node lifecycle controller taints a Node that it sees
 * before the kubelet is ready, and looks again after `--node-monitor-period`: an hour here.
 */
export function withoutTaint(node: unknown): object | undefined {
  const { spec } = node as NodeSeen;
  if (spec.taints === undefined) return undefined;
  return { ...(node as object), spec: { ...spec, taints: spec.taints.filter(({ key }) => key !== NOT_READY) } };
}
