// npm run bench:policies: what the admission policies cost the API server, in CPU. Clusters side by side, one without them and one with each
// folder of policies, are asked the same in turns, as dry runs: what goes on in a rollout, by those who do it; the same App at its largest, an
// ordinary one, and what has nothing to do with us.
import { parseArgs } from 'node:util';
import { startCluster, type Cluster } from '../../deploy/local/cluster.ts';
import { clientOf, type Client } from './client.ts';
import { command, tell, whole } from './command.ts';
import { pidOf } from './measured.ts';
import { USER as OPERATOR } from './operator.ts';
import { enforce } from './scene.ts';
import { BLOCK, inTurns } from './turns.ts';

const HELP = `Measures the CPU that the admission policies cost the API server.

Usage: npm run bench:policies -- [--rounds N] [FOLDER…]

  FOLDER       policies to measure, in the form of deploy/policies, which is the default
  --rounds N   blocks of ${BLOCK} requests of each kind on each side (default 10)
  --help

Examples:
  npm run bench:policies -- --rounds 20
  npm run bench:policies -- deploy/policies ../earlier/deploy/policies
`;

interface Side {
  readonly cluster: Cluster;
  readonly server: number;
  /** As an administrator, and as those who act in a rollout. */
  readonly client: Client;
  readonly operator: Client;
  readonly deployments: Client;
  readonly replicaSets: Client;
}
interface Request {
  readonly what: string;
  readonly send: (side: Side) => Promise<unknown>;
}

const CONTROLLER = 'system:serviceaccount:kube-system';
const NAMESPACE = 'default';
const DRY = '?dryRun=All';
const CORE = `/api/v1/namespaces/${NAMESPACE}`;
const APPS = `/apis/apps/v1/namespaces/${NAMESPACE}`;
const IAPPS = `/apis/immutableapp.io/v1alpha1/namespaces/${NAMESPACE}/immutableapps`;

/** About as much as a version may hold: 20 containers with 50 variables of 600 characters each. */
const LARGE = Array.from({ length: 20 }, (_, c) => ({
  name: `c${String(c)}`,
  image: 'example/web:1',
  env: Array.from({ length: 50 }, (_, e) => ({ name: `E${String(e)}`, value: 'x'.repeat(600) })),
}));
const SMALL = [{ name: 'web', image: 'example/web:1' }];
const eight = Array.from({ length: 8 }, (_, i) => ({ name: `web-${String(i)}`, ports: [{ port: 80 }] }));
const APP_ONLY = { 'immutableapp.io/app': 'shop' };
const labels = { 'immutableapp.io/app': 'shop', 'immutableapp.io/version': 'shop-1', 'immutableapp.io/instance': 'shop-1' };

const app = (name: string, containers: object, services: object): object => ({
  apiVersion: 'immutableapp.io/v1alpha1',
  kind: 'ImmutableApp',
  metadata: { name },
  spec: { paused: true, template: { spec: { containers } }, services },
});
const deployment = (name: string, containers: object, uid: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name,
    labels: { ...labels, 'immutableapp.io/instance': name },
    ownerReferences: [{ apiVersion: 'immutableapp.io/v1alpha1', kind: 'ImmutableApp', name: 'large', uid, controller: true }],
  },
  spec: {
    replicas: 0,
    selector: { matchLabels: { 'immutableapp.io/instance': name } },
    template: { metadata: { labels: { ...labels, 'immutableapp.io/instance': name } }, spec: { containers } },
  },
});
const pod = (more: object, containers: object): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'p-', ...more },
  spec: { containers },
});
const note = (value: number): object => ({ metadata: { annotations: { note: String(value) } } });

const UID = '00000000-0000-4000-8000-000000000000';
let turn = 0;
const REQUESTS: readonly Request[] = [
  {
    what: 'a new config for an App',
    send: ({ client }) => client.merge(`${IAPPS}/small${DRY}`, { spec: { config: [{ name: 'c', data: { key: String(++turn) } }] } }),
  },
  {
    what: 'a ConfigMap of a version, by the operator',
    send: ({ operator }) =>
      operator.create(`${CORE}/configmaps${DRY}`, { metadata: { generateName: 'c-', labels }, data: { key: 'value' } }),
  },
  { what: 'its Deployment', send: ({ operator }) => operator.create(`${APPS}/deployments${DRY}`, deployment('new', SMALL, UID)) },
  {
    what: 'its ReplicaSet, by the Deployment controller',
    send: ({ deployments }) => deployments.create(`${APPS}/replicasets${DRY}`, { ...deployment('new', SMALL, UID), kind: 'ReplicaSet' }),
  },
  {
    what: 'its pod, by the ReplicaSet controller',
    send: ({ replicaSets }) => replicaSets.create(`${CORE}/pods${DRY}`, pod({ labels }, SMALL)),
  },
  {
    what: 'the status of its pod',
    send: ({ client }) => client.merge(`${CORE}/pods/small/status${DRY}`, { status: { message: String(++turn) } }),
  },
  {
    what: 'a switch of its Service, by the operator',
    send: ({ operator }) =>
      operator.merge(`${CORE}/services/shop${DRY}`, { metadata: { annotations: { 'immutableapp.io/stamp': String(++turn) } } }),
  },
  { what: 'create an App', send: ({ client }) => client.create(`${IAPPS}${DRY}`, app('new', SMALL, eight.slice(0, 1))) },
  { what: 'create an App at its largest, 8 Services', send: ({ client }) => client.create(`${IAPPS}${DRY}`, app('new', LARGE, eight)) },
  { what: 'annotate an App at its largest', send: ({ client }) => client.merge(`${IAPPS}/large${DRY}`, note(++turn)) },
  { what: 'annotate a version’s Deployment', send: ({ client }) => client.merge(`${APPS}/deployments/small${DRY}`, note(++turn)) },
  { what: 'annotate it at its largest', send: ({ client }) => client.merge(`${APPS}/deployments/large${DRY}`, note(++turn)) },
  { what: 'create a pod of nobody’s', send: ({ client }) => client.create(`${CORE}/pods${DRY}`, pod({}, SMALL)) },
  { what: 'create it at its largest', send: ({ client }) => client.create(`${CORE}/pods${DRY}`, pod({}, LARGE)) },
  {
    what: 'create a ConfigMap of nobody’s',
    send: ({ client }) => client.create(`${CORE}/configmaps${DRY}`, { metadata: { generateName: 'c-' }, data: { key: 'value' } }),
  },
  { what: 'annotate a Service of nobody’s', send: ({ client }) => client.merge(`${CORE}/services/kubernetes${DRY}`, note(++turn)) },
];

async function open(policies: string | undefined, signal: AbortSignal): Promise<Side> {
  const cluster = await startCluster({ nodes: 0, signal, log: tell });
  const run = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await cluster.kubectl(args);
    if (code !== 0) throw new Error(stderr);
  };
  await run('apply', '--server-side', '-f', 'crds/immutableapp.yaml', '-f', 'deploy/base/namespace.yaml');
  await run('wait', '--for=condition=Established', '--timeout=60s', 'crd/immutableapps.immutableapp.io');
  const client = clientOf(cluster);
  while ((await cluster.call('GET', IAPPS)).code !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
  const { metadata } = await client.create<{ metadata: { uid: string } }>(IAPPS, app('large', LARGE, eight));
  await client.create(IAPPS, app('small', SMALL, eight.slice(0, 1)));
  // Before the policies: only the operator could make these afterwards.
  await client.create(`${APPS}/deployments`, deployment('small', SMALL, metadata.uid));
  await client.create(`${APPS}/deployments`, deployment('large', LARGE, metadata.uid));
  await client.create(`${CORE}/pods`, pod({ name: 'small', labels }, SMALL));
  await client.create(`${CORE}/services`, {
    metadata: { name: 'shop', labels: APP_ONLY },
    spec: { selector: labels, ports: [{ port: 80 }] },
  });
  if (policies !== undefined) await enforce(cluster, policies);
  const [operator, deployments, replicaSets] = [OPERATOR, `${CONTROLLER}:deployment-controller`, `${CONTROLLER}:replicaset-controller`].map(
    (user) => clientOf(cluster, user),
  );
  return {
    cluster,
    client,
    operator: operator!,
    deployments: deployments!,
    replicaSets: replicaSets!,
    server: pidOf(cluster, 'kube-apiserver'),
  };
}

interface Wanted {
  readonly rounds: number;
  readonly folders: readonly string[];
}

async function main({ rounds, folders }: Wanted, signal: AbortSignal): Promise<number> {
  const sides: Side[] = [];
  try {
    for (const folder of [undefined, ...folders]) sides.push(await open(folder, signal));
    const head = ['CPU of the API server, ms', 'without', ...folders];
    process.stdout.write(`| ${head.join(' | ')} |\n|${' --- |'.repeat(head.length)}\n`);
    for (const { what, send } of REQUESTS) {
      const found = await inTurns(send, sides, rounds);
      process.stdout.write(`| ${[what, ...found.map((ms) => ms.toFixed(1))].join(' | ')} |\n`);
    }
  } finally {
    for (const { client, operator, deployments, replicaSets, cluster } of sides) {
      await Promise.all([client, operator, deployments, replicaSets].map((each) => each.close()));
      await cluster.stop();
    }
  }
  return 0;
}

function read(args: string[]): Wanted | undefined {
  const options = { rounds: { type: 'string', default: '10' }, help: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) return undefined;
  return { rounds: whole('--rounds', values.rounds, 1), folders: positionals.length > 0 ? positionals : ['deploy/policies'] };
}

await command(HELP, read, main);
