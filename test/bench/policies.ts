// npm run bench:policies: what the admission policies cost. Two clusters side by side, one with them and one without, are asked the same
// in turns, as dry runs; the same App at its largest, an ordinary one, and what has nothing to do with us.
import { parseArgs } from 'node:util';
import type { Cluster } from '../../deploy/local/cluster.ts';
import { startCluster } from '../../deploy/local/cluster.ts';
import { clientOf } from './client.ts';
import { median } from './command.ts';
import { enforce } from './scene.ts';

const HELP = `Measures what the admission policies add to a request.

Usage: npm run bench:policies -- [--rounds N]

  --rounds N   requests of each kind on each side (default 100)
  --help

Examples:
  npm run bench:policies -- --rounds 300
`;

interface Request {
  readonly what: string;
  readonly send: (side: Side) => Promise<unknown>;
}
interface Side {
  readonly cluster: Cluster;
  readonly client: ReturnType<typeof clientOf>;
}

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

let turn = 0;
const REQUESTS: readonly Request[] = [
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

async function open(policies: boolean): Promise<Side> {
  const cluster = await startCluster({ nodes: 0 });
  const run = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await cluster.kubectl(args);
    if (code !== 0) throw new Error(stderr);
  };
  await run('apply', '--server-side', '-f', 'crds/immutableapp.yaml', '-f', 'deploy/base/namespace.yaml');
  await run('wait', '--for=condition=Established', '--timeout=60s', 'crd/immutableapps.immutableapp.io');
  const client = clientOf(cluster);
  while ((await cluster.call('GET', IAPPS)).code !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
  const { metadata } = await client.create<{ metadata: { uid: string } }>(IAPPS, app('large', LARGE, eight));
  // Before the policies: only the operator could make these afterwards.
  await client.create(`${APPS}/deployments`, deployment('small', SMALL, metadata.uid));
  await client.create(`${APPS}/deployments`, deployment('large', LARGE, metadata.uid));
  if (policies) await enforce(cluster);
  return { cluster, client };
}

async function timed({ send }: Request, side: Side): Promise<number> {
  const before = performance.now();
  await send(side);
  return performance.now() - before;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '100' }, help: { type: 'boolean' } } });
  const rounds = Number(values.rounds);
  if (values.help === true || !(rounds > 0)) {
    process.stdout.write(HELP);
    return values.help === true ? 0 : 2;
  }
  const sides = [await open(false), await open(true)] as const;
  try {
    process.stdout.write(`| request, ${String(rounds)} each, p50 | without, ms | with, ms | ratio |\n| --- | --- | --- | --- |\n`);
    for (const request of REQUESTS) {
      const took: readonly [number[], number[]] = [[], []];
      for (let round = -10; round < rounds; round++) {
        // Who comes first takes turns as well.
        for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
          const ms = await timed(request, sides[which]);
          if (round >= 0) took[which].push(ms);
        }
      }
      const [without, policed] = [median(took[0]), median(took[1])];
      process.stdout.write(`| ${request.what} | ${without.toFixed(2)} | ${policed.toFixed(2)} | ${(policed / without).toFixed(2)} |\n`);
    }
  } finally {
    for (const { client, cluster } of sides) {
      await client.close();
      await cluster.stop();
    }
  }
  return 0;
}

process.exitCode = await main();
