// What a Deployment takes, an ImmutableApp takes, applied by the client or by the server, and the pods are the same. A real API server
// judges both; no operator runs: what it would publish is rendered here.
// An API server of its own: it asks the CRD alone, without the policies; no node is needed.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../deploy/local/api.ts';
import { startCluster, type Cluster } from '../../deploy/local/cluster.ts';
import { parse, readContent } from '../../src/model/app.ts';
import { exact } from '../../src/model/json.ts';
import { idOf, instanceName } from '../../src/model/version.ts';
import { marshal } from '../../src/shell/api/wire.ts';
import { renderDeployment } from '../../src/workloads/deployment.ts';

const PATH = '/apis/immutableapp.io/v1alpha1/namespaces/default/immutableapps';
const START_MS = 15 * 60_000; // The cluster's programs may have to be built first.
const TEST_MS = 60_000;
const SERVER_SIDE = ['--server-side', '--force-conflicts'];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0, log: (line) => process.stderr.write(`${line}\n`) });
  await cluster.kubectl(['apply', '-f', 'crds/immutableapp.yaml']);
  await until(AbortSignal.timeout(30_000), async () => (await cluster.call('GET', PATH)).code === 200 || undefined);
}, START_MS);
afterAll(() => (cluster as Cluster | undefined)?.stop());

/** Pod templates as people write them, in JSON; labelled for the selector of the Deployment beside it. */
const TEMPLATES: readonly (readonly [what: string, metadata: string, pod: string])[] = [
  ['nothing special', '{LABELS}', '{"containers":[WEB]}'],
  ['what generators leave behind', '{LABELS,"creationTimestamp":null}', '{"containers":[WEB]}'],
  ['annotations with nothing under them', '{LABELS,"annotations":null}', '{"containers":[WEB]}'],
  ['a label and an annotation without a value', '{"labels":{"app":"x","tier":null},"annotations":{"note":null}}', '{"containers":[WEB]}'],
  [
    'fields of a pod without a value',
    '{LABELS}',
    '{"nodeSelector":null,"volumes":null,"affinity":null,"tolerations":null,"containers":[WEB]}',
  ],
  ['a node selector without a value', '{LABELS}', '{"nodeSelector":{"disk":null},"containers":[WEB]}'],
  [
    'fields of a container without a value',
    '{LABELS}',
    '{"containers":[{"name":"web","image":"x","command":null,"env":null,"envFrom":null,"resources":null,"securityContext":{"runAsUser":null}}]}',
  ],
  ['a limit without a value', '{LABELS}', '{"containers":[{"name":"web","image":"x","resources":{"limits":{"cpu":null,"memory":"1Gi"}}}]}'],
  [
    'a variable and a port without a value',
    '{LABELS}',
    '{"containers":[{"name":"web","image":"x","env":[{"name":"A","value":null,"valueFrom":null}],"ports":[{"containerPort":80,"name":null}]}]}',
  ],
  ['an argument without a value', '{LABELS}', '{"containers":[{"name":"web","image":"x","args":["a",null,"b"]}]}'],
  ['a pull secret without a name', '{LABELS}', '{"imagePullSecrets":[null],"containers":[WEB]}'],
  [
    'a variable that is there twice',
    '{LABELS}',
    '{"containers":[{"name":"web","image":"x","env":[{"name":"A","value":"1"},{"name":"B","value":"2"},{"name":"A","value":"3"}]}]}',
  ],
  [
    'a host alias that is there twice',
    '{LABELS}',
    '{"hostAliases":[{"ip":"192.0.2.1","hostnames":["a"]},{"ip":"192.0.2.1","hostnames":["b"]}],"containers":[WEB]}',
  ],
  [
    'a port that is there twice',
    '{LABELS}',
    '{"containers":[{"name":"web","image":"x","ports":[{"containerPort":80},{"containerPort":80}]}]}',
  ],
  ['a pull secret that is there twice', '{LABELS}', '{"imagePullSecrets":[{"name":"a"},{"name":"a"}],"containers":[WEB]}'],
  ...['9007199254740993', '9223372036854775807', '-9223372036854775808', '1.0', '1e3', '-0', '-0.0', '9007199254740993.0'].map(
    (seconds): readonly [string, string, string] => [
      `a number in any form: ${seconds}`,
      '{LABELS}',
      `{"tolerations":[{"key":"a","operator":"Exists","effect":"NoExecute","tolerationSeconds":${seconds}}],"containers":[WEB]}`,
    ],
  ),
  [
    'a quantity in any form',
    '{LABELS}',
    '{"containers":[{"name":"web","image":"x","resources":{"limits":{"cpu":0.5,"memory":1e21,"example.com/a":9007199254740993}}}]}',
  ],
  [
    'an init container with all of that',
    '{LABELS}',
    '{"initContainers":[{"name":"i","image":"x","args":[null],"env":[{"name":"A","value":"1"},{"name":"A"}]}],"containers":[WEB]}',
  ],
];

const filled = (text: string): string => text.replace('LABELS', '"labels":{"app":"x"}').replaceAll('WEB', '{"name":"web","image":"x"}');

async function apply(kind: 'Deployment' | 'ImmutableApp', name: string, template: string, flags: readonly string[]): Promise<string> {
  const head = kind === 'Deployment' ? ['apps/v1', '"selector":{"matchLabels":{"app":"x"}},'] : ['immutableapp.io/v1alpha1', ''];
  const input = `{"apiVersion":"${head[0]!}","kind":"${kind}","metadata":{"name":"${name}"},"spec":{${head[1]!}"template":${template}}}`;
  const { code, stderr } = await cluster.kubectl(['apply', ...flags, '-f', '-'], { input });
  return code === 0 ? 'accepted' : stderr;
}

type Raw = Record<string, unknown>;
/** In the API server's own words, to the last digit. */
const read = async (path: string): Promise<Raw> => exact((await cluster.kubectl(['get', '--raw', path])).stdout) as Raw;
const templateOf = (deployment: Raw): object => {
  const { metadata, spec } = (deployment.spec as { template: { metadata: { labels: Record<string, string> }; spec: object } }).template;
  const labels = Object.entries(metadata.labels).filter(([key]) => !key.startsWith('immutableapp.io/'));
  return { metadata: { ...metadata, labels: Object.fromEntries(labels) }, spec };
};

test.each(
  TEMPLATES.map(([what, metadata, pod], index) => [what, `{"metadata":${filled(metadata)},"spec":${filled(pod)}}`, index] as const),
)(
  '%s',
  async (_what, template, index) => {
    const [client, server] = [`client-${String(index)}`, `server-${String(index)}`];
    // What a Deployment takes.
    expect(await apply('Deployment', client, template, [])).toBe('accepted');
    const taken = await apply('Deployment', server, template, SERVER_SIDE);
    // An App takes it both ways, again and again, and it is one content.
    for (const turn of ['first', 'again']) {
      expect([turn, await apply('ImmutableApp', client, template, [])]).toEqual([turn, 'accepted']);
      expect([turn, taken, await apply('ImmutableApp', server, template, SERVER_SIDE)]).toEqual([turn, taken, 'accepted']);
    }
    const apps = (await Promise.all([client, server].map((name) => read(`${PATH}/${name}`)))).map((raw) => parse(raw));
    expect(apps[0]!.content).toBe(apps[1]!.content);
    // Its Deployment is accepted, and its pods are those of the Deployment beside it.
    const app = apps[1]!;
    const id = idOf(app.name, app.fingerprint);
    const rendered = renderDeployment(app, id, instanceName(id, 1), readContent(app.content), 1);
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    const { code, stdout, stderr } = await cluster.kubectl(['create', '--raw', `${deployments}?dryRun=All`, '-f', '-'], {
      input: marshal(rendered),
    });
    expect([code, code === 0 || stderr]).toEqual([0, true]);
    expect(templateOf(exact(stdout) as Raw)).toEqual(templateOf(await read(`${deployments}/${client}`)));
  },
  TEST_MS,
);
