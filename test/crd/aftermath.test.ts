// Whatever was accepted can be written on: status, size, labels, finalizers, and it can be deleted in every way. A rule that cannot be
// evaluated, or costs too much, would refuse all of that for ever, the operator's writes and the garbage collector's included.
// An API server of its own: it stores what would keep an operator busy; no node is needed.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../deploy/local/api.ts';
import { startCluster, type Cluster } from '../../deploy/local/cluster.ts';

const PATH = '/apis/immutableapp.io/v1alpha1/namespaces/default/immutableapps';
const START_MS = 15 * 60_000; // The cluster's programs may have to be built first.
const GONE_MS = 60_000; // The garbage collector looks for new kinds every 30 seconds.

type Spec = Readonly<Record<string, unknown>>;
interface Stored {
  metadata: { resourceVersion: string };
  spec: Spec;
}

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0, log: (line) => process.stderr.write(`${line}\n`) });
  await kubectl('', 'create', 'namespace', 'immutableapp-system');
  await kubectl('', 'apply', '-f', 'crds/immutableapp.yaml');
  await kubectl('', 'apply', '-k', 'deploy/policies');
  await until(AbortSignal.timeout(30_000), async () => (await cluster.call('GET', PATH)).code === 200 || undefined);
}, START_MS);
afterAll(() => (cluster as Cluster | undefined)?.stop());

async function kubectl(input: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(args, { input });
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

const container = { name: 'web', image: 'httpd:2.4', ports: [{ name: 'http', containerPort: 80 }] };
const template = { metadata: { labels: { team: 'a' } }, spec: { containers: [container] } };
const bytes = (...texts: string[]): Spec => ({ config: texts.map((text, i) => ({ name: `c${String(i)}`, binaryData: { b: text } })) });
const many = <T>(count: number, each: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => each(index));
const members = (count: number, key: (index: number) => string, value: string): Record<string, string> =>
  Object.fromEntries(many(count, (index) => [key(index), value]));

/** At the limits of every list at once, and near what etcd stores: the rules cost the most here. */
const LARGEST: Spec = {
  template: {
    metadata: { labels: members(300, (i) => `${'l'.repeat(50)}${String(i)}`, 'v'), annotations: members(300, (i) => `a${String(i)}`, 'v') },
    spec: { containers: [container] },
  },
  config: many(128, (i) => ({
    name: `c${String(i)}`,
    data: members(64, (k) => `${'k'.repeat(20)}.${String(k)}`, ''),
    binaryData: members(64, (k) => `${'b'.repeat(20)}.${String(k)}`, '//8='),
    mountPath: `/etc/${String(i)}`,
  })),
  services: many(8, (i) => ({
    name: `s${String(i)}`,
    ports: many(64, (p) => ({ name: `p${String(p)}`, port: 1000 + p, targetPort: 2000 + p, protocol: 'TCP' })),
    labels: members(64, (k) => `k${String(k)}`, 'v'),
    annotations: members(256, (k) => `k${String(k)}`, 'v'),
  })),
};

const ACCEPTED: readonly (readonly [what: string, spec: Spec])[] = [
  ['nothing but a template', {}],
  ['bytes with every sign of base64, and none', bytes('//8=', '+/s=', 'AAEC', '')],
  ['bytes on several lines', bytes('AAEC\r\n//8=\n')],
  ['a large file of bytes', bytes(Buffer.alloc(700_000, 0xff).toString('base64'))],
  [
    'quantities in every form',
    { template: { spec: { containers: [{ ...container, resources: { limits: { cpu: 0.5, memory: 1e9, 'a/b': '1' } } }] } } },
  ],
  ['a template without metadata', { template: { spec: { containers: [container] } } }],
  [
    'empty maps and lists',
    { template: { metadata: { labels: {}, annotations: {} }, spec: { containers: [] } }, config: [], services: [], promotion: {} },
  ],
  [
    'numbers and names as ports',
    { services: [{ name: 'a', ports: [{ port: 80 }, { port: 81, targetPort: 'http' }, { port: 82, targetPort: 8080 }] }] },
  ],
  [
    'nulls wherever there may be some',
    {
      template: {
        metadata: { labels: null, annotations: { a: null } },
        spec: { nodeSelector: { a: null }, volumes: null, tolerations: [null], containers: [{ ...container, args: [null], env: null }] },
      },
    },
  ],
  [
    'nulls in every setting that may have one',
    {
      ...{ version: null, activeVersion: null, paused: null, references: null, retention: null },
      disruption: { maxUnavailable: 1, minAvailable: null },
      promotion: { minReadySeconds: null, drainSeconds: null },
      config: [{ name: 'a', data: null, binaryData: null, mountPath: null, env: null }],
      services: [
        {
          name: 'a',
          labels: null,
          annotations: null,
          loadBalancerSourceRanges: null,
          ports: [{ port: 80, targetPort: null, nodePort: null }],
        },
        { name: 'b', labels: null, ipFamilies: null },
      ],
    },
  ],
  ['a percentage and a number', { disruption: { maxUnavailable: '25%' } }],
  ['everything at its limit', LARGEST],
];

const send = async (method: string, name: string, query: string, body: object): Promise<Stored> => {
  const answer = await cluster.call(method, `${PATH}${name}${query}`, body);
  expect((answer.body as { message?: string }).message).toBeUndefined();
  return answer.body as Stored;
};

test.each(ACCEPTED.map(([what, spec], index) => [what, spec, index] as const))(
  '%s: every later write is accepted',
  async (_what, spec, index) => {
    const name = `after-${String(index)}`;
    const app = {
      apiVersion: 'immutableapp.io/v1alpha1',
      kind: 'ImmutableApp',
      metadata: { name },
      spec: { template, version: 'v1', ...spec },
    };
    let now = await send('POST', '', '', { ...app, metadata: { name, finalizers: ['example.com/last'] } });
    now = await send('PUT', `/${name}`, '/status', { ...now, status: { latestVersion: 'x' } });
    now = await send('PUT', `/${name}`, '', { ...now, metadata: { ...now.metadata, annotations: { note: 'x' } } });
    await send('PUT', `/${name}`, '', { ...now, spec: { ...now.spec, activeVersion: 'v1', paused: true } });
    await kubectl('', 'scale', 'iapp', name, '--replicas=2');
    await kubectl('', 'patch', 'iapp', name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    await kubectl('', 'delete', 'iapp', name, '--cascade=foreground', `--timeout=${String(GONE_MS / 1000)}s`);
    await send('POST', '', '', app);
    await kubectl('', 'delete', 'iapp', name, '--cascade=orphan', `--timeout=${String(GONE_MS / 1000)}s`);
  },
  2 * GONE_MS,
);

test(
  'bytes that come with the second version stop nothing either',
  async () => {
    const name = 'second';
    const app = { apiVersion: 'immutableapp.io/v1alpha1', kind: 'ImmutableApp', metadata: { name }, spec: { template, version: 'v1' } };
    let now = await send('POST', '', '', app);
    now = await send('PUT', `/${name}`, '', { ...now, spec: { ...now.spec, version: 'v2', ...bytes('//8=') } });
    now = await send('PUT', `/${name}`, '/status', { ...now, status: { latestVersion: 'x' } });
    await send('PUT', `/${name}`, '', { ...now, spec: { ...now.spec, activeVersion: 'v1' } });
    await kubectl('', 'delete', 'iapp', name, '--cascade=foreground', `--timeout=${String(GONE_MS / 1000)}s`);
  },
  2 * GONE_MS,
);
