// npm run bench:rules: what the CRD's rules about ladders cost the API server, in CPU. Two clusters side by side, one with the CRD as it is and one with
// a CRD that has no such rule, are asked the same in turns, as dry runs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { startCluster, type Cluster } from '../../deploy/local/cluster.ts';
import { clientOf, type Client } from './client.ts';
import { command, ROOT, tell, whole } from './command.ts';
import { pidOf } from './measured.ts';
import { inTurns } from './turns.ts';

const HELP = `Measures the CPU that the rules about ladders cost the API server.

Usage: npm run bench:rules -- [--rounds N]

  --rounds N   blocks of 50 requests of each kind on each side (default 10)
  --help

Examples:
  npm run bench:rules -- --rounds 20
`;
const IAPPS = '/apis/immutableapp.io/v1alpha1/namespaces/default/immutableapps';
const DRY = '?dryRun=All';

const rungs = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, i) => (i === count - 1 ? { percent: 100 } : { percent: i + 1, seconds: 60 }));
const services = (count: number, ladder: number): readonly object[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ name: `web-${String(i)}`, ports: [{ port: 80 }] },
    ...(ladder > 0 && { ladder: rungs(ladder) }),
  }));
const app = (name: string, count: number, ladder: number): object => ({
  apiVersion: 'immutableapp.io/v1alpha1',
  kind: 'ImmutableApp',
  metadata: { name },
  spec: { paused: true, template: { spec: { containers: [{ name: 'web', image: 'example/web:1' }] } }, services: services(count, ladder) },
});

const SHAPES = [
  { what: 'one Service, no ladder', count: 1, ladder: 0 },
  { what: 'one Service, 4 rungs', count: 1, ladder: 4 },
  { what: 'one Service, 10 rungs', count: 1, ladder: 10 },
  { what: '8 Services, 10 rungs each', count: 8, ladder: 10 },
] as const;
type Shape = (typeof SHAPES)[number];
const nameOf = ({ count, ladder }: Shape): string => `app-${String(count)}-${String(ladder)}`;

interface Side {
  readonly client: Client;
  readonly server: number;
}
let turn = 0;
const REQUESTS: readonly { readonly what: string; readonly send: (client: Client, shape: Shape) => Promise<unknown> }[] = [
  { what: 'create', send: (client, { count, ladder }) => client.create(`${IAPPS}${DRY}`, app('new', count, ladder)) },
  {
    what: 'annotate',
    send: (client, shape) => client.merge(`${IAPPS}/${nameOf(shape)}${DRY}`, { metadata: { annotations: { note: String(++turn) } } }),
  },
  {
    what: 'new image',
    send: (client, shape) => {
      const containers = [{ name: 'web', image: `example/web:${String(++turn)}` }];
      return client.merge(`${IAPPS}/${nameOf(shape)}${DRY}`, { spec: { template: { spec: { containers } } } });
    },
  },
];

/** All rules but those of a ladder and those that ask for one. */
function withoutLadderRules(value: unknown, isLadder = false): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutLadderRules(each, isLadder));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, below]): [string, unknown][] => {
      if (key !== 'x-kubernetes-validations') return [[key, withoutLadderRules(below, isLadder || key === 'ladder')]];
      const kept = (below as { rule: string }[]).filter(({ rule }) => !isLadder && !rule.includes('ladder'));
      return kept.length === 0 ? [] : [[key, kept]];
    }),
  );
}

async function prepare(cluster: Cluster, crd: string): Promise<Side> {
  const { code, stderr } = await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: crd });
  if (code !== 0) throw new Error(stderr);
  const client = clientOf(cluster);
  while ((await cluster.call('GET', IAPPS)).code !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
  for (const shape of SHAPES) await client.create(IAPPS, app(nameOf(shape), shape.count, shape.ladder));
  return { client, server: pidOf(cluster, 'kube-apiserver') };
}

async function main(rounds: number, signal: AbortSignal): Promise<number> {
  const crd = readFileSync(join(ROOT, 'crds/immutableapp.yaml'), 'utf8');
  await using without = await startCluster({ nodes: 0, signal, log: tell });
  await using as = await startCluster({ nodes: 0, signal, log: tell });
  const sides = [await prepare(without, JSON.stringify(withoutLadderRules(parse(crd)))), await prepare(as, crd)];
  process.stdout.write('| CPU of the API server, ms | App | without the rules | with them |\n| --- | --- | ---: | ---: |\n');
  for (const { what, send } of REQUESTS)
    for (const shape of SHAPES) {
      const found = await inTurns(({ client }) => send(client, shape), sides, rounds);
      process.stdout.write(`| ${[what, shape.what, ...found.map((ms) => ms.toFixed(2))].join(' | ')} |\n`);
    }
  await Promise.all(sides.map(({ client }) => client.close()));
  return 0;
}

function read(args: string[]): number | undefined {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '10' }, help: { type: 'boolean' } } });
  return values.help ? undefined : whole('--rounds', values.rounds, 1);
}

await command(HELP, read, main);
