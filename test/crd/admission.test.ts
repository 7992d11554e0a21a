// What a real API server accepts and refuses of an ImmutableApp, and in which words. Admission only: no operator runs.
// An API server of its own: it asks the CRD alone, without the policies; no node is needed.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../deploy/local/api.ts';
import { startCluster, type Cluster } from '../../deploy/local/cluster.ts';

interface App {
  apiVersion: string;
  kind: string;
  metadata: { name: string; resourceVersion?: string; generation?: number; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
  status?: Record<string, unknown>;
}

const PATH = '/apis/immutableapp.io/v1alpha1/namespaces/default/immutableapps';
const START_MS = 15 * 60_000; // The cluster's programs may have to be built first.

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0, log: (line) => process.stderr.write(`${line}\n`) });
  await kubectl('apply', '-f', 'crds/immutableapp.yaml');
  // `kubectl wait` fails on a CRD that has no conditions yet, and Established comes a moment before it is served.
  await until(AbortSignal.timeout(30_000), async () => (await cluster.call('GET', PATH)).code === 200 || undefined);
}, START_MS);
afterAll(() => (cluster as Cluster | undefined)?.stop());

/** Runs kubectl, which must succeed, and returns what it prints. */
async function kubectl(...args: string[]): Promise<string> {
  return kubectlWith('', ...args);
}

async function kubectlWith(input: string | App, ...args: string[]): Promise<string> {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  const { code, stdout, stderr } = await cluster.kubectl(args, { input: text });
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

const container = { name: 'web', image: 'httpd:2.4', ports: [{ name: 'http', containerPort: 80 }] };
const template = { metadata: { labels: { team: 'a' } }, spec: { containers: [container] } };

const app = (spec: Record<string, unknown>, name = 'shop'): App => ({
  apiVersion: 'immutableapp.io/v1alpha1',
  kind: 'ImmutableApp',
  metadata: { name },
  spec: { template, ...spec },
});

const create = async (given: App, query = '') => {
  const { code, body } = await cluster.call('POST', `${PATH}?fieldValidation=Strict${query}`, given);
  return { code, body: body as App & { message?: string } };
};
const dryRun = async (given: App) => create(given, '&dryRun=All');
const update = async (given: App, subresource = '') => {
  const { code, body } = await cluster.call('PUT', `${PATH}/${given.metadata.name}${subresource}?fieldValidation=Strict`, given);
  return { code, body: body as App & { message?: string } };
};

// Each row: what it is, the spec (over a minimal one), and for a refusal the words that must appear.
type Row = readonly [what: string, spec: Record<string, unknown>];
type Refusal = readonly [...Row, says: string];

const web = { name: 'web', ports: [{ name: 'http', port: 80, targetPort: 'http' }] };
const hours = { timeZone: 'Europe/Berlin', from: '09:00', to: '16:00' };
const gate = { name: 'hours', window: hours };
const windowed = (more: object): Record<string, unknown> => ({ promotion: { before: [{ name: 'hours', window: { ...hours, ...more } }] } });

const JOB = { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [container] } } };
const jobbed = (more: object): Record<string, unknown> => ({
  promotion: { before: [{ name: 'migrate', job: { spec: { ...JOB, ...more } } }] },
});

const LADDER = [{ percent: 5, seconds: 60 }, { percent: 100 }];
const climbed = (ladder: unknown, more: object = {}): Record<string, unknown> => ({ services: [{ ...web, ladder, ...more }] });
const comparing = (more: object = {}): object => ({
  name: 'errors',
  prometheus: { source: 'main', compare: { total: 'sum(requests)', bad: 'sum(errors)' }, ...more },
});
const sharing = (during: object): Record<string, unknown> => ({ ...climbed(LADDER), promotion: { during: [during] } });
const rising = (rungs: number): object[] => Array.from({ length: rungs }, (_, i) => ({ percent: i + 1, seconds: 1 }));

const ACCEPTED: readonly Row[] = [
  ['nothing but a template', {}],
  ['every supported field', fullSpec()],
  ['quantities as text, integer and fraction', resources({ cpu: 0.5, memory: '1Gi', 'example.com/gpu': 1 })],
  ['a pod field that this API server does not know', pod({ neverHeardOf: { deeply: [1] } })],
  ['a metadata field of no meaning in a template', { template: { ...template, metadata: { name: 'x', creationTimestamp: null } } }],
  ['labels with another prefix', labels({ 'shop.immutableapp.io/app': 'x', 'example.com/immutableapp.io': 'x' })],
  ['an empty name and pointer', { version: '', activeVersion: '' }],
  ['a semantic version as name', { version: '2.4.1-rc.1+build.5' }],
  ['zero replicas', { replicas: 0 }],
  ['an existing Service', { services: [{ name: 'web', role: 'Preview' }] }],
  ['a worker', { services: [] }],
  ['a ladder', climbed(LADDER)],
  ['a ladder of as many rungs as there may be', climbed([...rising(9), { percent: 100 }], { name: 'a'.repeat(59) })],
  ['a ladder whose last rung has no time, in so many words', climbed([LADDER[0], { percent: 100, seconds: null }])],
  ['no ladder, said aloud', { ...climbed([]), promotion: { overlap: 'Never' } }],
  ['no ladder, with nulls', { ...climbed(null), promotion: { overlap: null } }],
  [
    'a Service almost by the name of a rung',
    {
      services: [
        { ...web, ladder: LADDER },
        { ...web, name: 'web-r11' },
        { ...web, name: 'web-r0' },
      ],
    },
  ],
  ['a budget that says nothing, which is none', { disruption: {} }],
  ['a budget whose last word was taken away', { disruption: { maxUnavailable: null, minAvailable: null } }],
  ['empty lists of gates', { promotion: { before: [], after: [] } }],
  ['a gate in each phase', { promotion: { before: [gate], after: [{ ...gate, enforce: false, timeoutSeconds: 60 }] } }],
  ['a gate while traffic is shared', sharing(gate)],
  ['a comparison', sharing(comparing())],
  ['a comparison with all that it may say', sharing(comparing({ compare: { total: 'a', bad: 'b', atMost: 2 }, alpha: 0.05, minimumRequests: 50, intervalSeconds: 5, forSeconds: 60 }))], // prettier-ignore
  ['a comparison with nulls', sharing(comparing({ compare: { total: 'a', bad: 'b', atMost: null }, query: null, max: null, alpha: null, minimumRequests: null }))], // prettier-ignore
  ['a query whose comparison is null', { promotion: { after: [{ name: 'q', prometheus: { source: 'main', query: 'up', max: 1, compare: null, alpha: null } }] } }], // prettier-ignore
  ['a window with all that it may say', windowed({ days: ['Mon'], except: ['2026-12-24/2027-01-02', '2026-10-03'] })],
  ['a Job of whatever it may say', { promotion: { before: [{ name: 'migrate', job: { spec: { ...JOB, completionMode: 'Indexed', completions: 3, parallelism: 3, suspend: false } } }] } }], // prettier-ignore
  ['gates after the switch of what cannot run twice', { promotion: { overlap: 'Never', before: [], after: [gate] } }],
  ['what happens anyway, said aloud', { references: { configMaps: 'Capture', secrets: 'Live', images: 'Live' } }],
  ['images that must not move', { references: { images: 'Pinned' } }],
  ['images that are told of when they move', { references: { images: 'Watched' } }],
  ['nothing that can change', { references: { configMaps: 'Forbid', secrets: 'Forbid', images: 'Digest' } }],
  ['config keys that a ConfigMap may have', { config: [{ name: 'a', data: { '.htaccess': '', '-._aA0': '', 'a..b': '' } }] }],
  ['as many configs as there may be', { config: Array.from({ length: 128 }, (_, i) => ({ name: `c${String(i)}` })) }],
  ...['a', 'kube-root-ca.crt', 'a.b-c.0', `${'a'.repeat(60)}.${'b'.repeat(119)}`].map((name): Row => [
    `a config named as a ConfigMap may be: ${name}`,
    { config: [{ name }] },
  ]),
  ['empty files', { config: [{ name: 'a', data: { empty: '' }, binaryData: { none: '' } }] }],
  ...['', '//8=', '+/s=', 'AB==', 'AAEC\nAwQF\r\n', '\nAA=\n=\n'].map((text): Row => [
    `bytes that a ConfigMap takes: ${JSON.stringify(text)}`,
    { config: [{ name: 'a', binaryData: { x: text } }] },
  ]),
  ['a config mounted and in the environment', { config: [{ name: 'a', mountPath: '/etc/a', env: true }] }],
];

const REFUSED: readonly Refusal[] = [
  ['no template', { template: undefined }, 'spec.template: Required'],
  ['a template without a pod', { template: {} }, 'spec.template.spec: Required'],
  ['a template with null for a pod', { template: { spec: null } }, 'spec.template.spec: Required'],
  ['a container without a name', { template: { spec: { containers: [{ image: 'x' }] } } }, 'containers[0].name: Required'],
  ['two containers of one name', { template: { spec: { containers: [container, container] } } }, 'Duplicate value: {"name":"web"}'],
  ['our prefix in labels', labels({ 'immutableapp.io/app': 'x' }), 'prefix immutableapp.io/ are reserved for the operator'],
  ['our prefix in annotations', annotations({ 'immutableapp.io/x': 'y' }), 'spec.template.metadata.annotations'],
  ['an unknown field of ours', { replica: 3 }, 'unknown field "spec.replica"'],
  ['a number as version name', { version: 2.4 }, 'spec.version in body must be of type string'],
  ['a version name with a space', { version: '2.4 final' }, 'spec.version in body should match'],
  ['a version name that looks like an id', { version: 'shop-bcdfghjklm' }, 'looks like a version id'],
  ['a version name too long', { version: 'v'.repeat(64) }, 'may not be more than 63'],
  ['negative replicas', { replicas: -1 }, 'greater than or equal to 0'],
  ['replicas beyond any cluster', { replicas: 2 ** 31 }, 'spec.replicas'],
  // Services
  ['nine services', { services: Array.from({ length: 9 }, (_, i) => ({ name: `s${i}` })) }, 'must have at most 8 items'],
  ['two services of one name', { services: [web, web] }, 'Duplicate value: {"name":"web"}'],
  ['a service without a name', { services: [{ role: 'Active' }] }, 'services[0].name: Required'],
  ['a service name with a dot', { services: [{ name: 'a.b' }] }, 'services[0].name'],
  ['an unknown role', { services: [{ name: 'web', role: 'Canary' }] }, 'supported values: "Active", "Preview"'],
  ['a shape for a Service that is not ours', { services: [{ name: 'web', type: 'NodePort' }] }, "whose shape is its owner's"],
  ['an empty list of ports', { services: [{ name: 'web', ports: [] }] }, 'services[0].ports'],
  ['a headless Service', { services: [{ ...web, clusterIP: 'None' }] }, 'unknown field "spec.services[0].clusterIP"'],
  ['an ExternalName Service', { services: [{ ...web, type: 'ExternalName' }] }, 'services[0].type'],
  ['our prefix in labels of a Service', { services: [{ ...web, labels: { 'immutableapp.io/app': 'x' } }] }, 'reserved for the operator'],
  ['our prefix in its annotations', { services: [{ ...web, annotations: { 'immutableapp.io/adopt': 'x' } }] }, 'reserved for the operator'],
  // Config
  ['two configs of one name', { config: [{ name: 'a' }, { name: 'a' }] }, 'Duplicate value: {"name":"a"}'],
  ['a config name in capitals', { config: [{ name: 'Httpd' }] }, 'config[0].name'],
  ['too many configs', { config: Array.from({ length: 129 }, (_, i) => ({ name: `c${String(i)}` })) }, 'must have at most 128 items'],
  ...['a..b', '.a', 'a.', 'a.-b', 'a_b', 'a/b', ''].map((name): Refusal => [
    `a config named as no ConfigMap may be: ${name}`,
    { config: [{ name }] },
    'config[0].name',
  ]),
  ['a config whose copy would have too long a name', { config: [{ name: 'a'.repeat(181) }] }, 'may not be more than 180'],
  ['a key that is a path', { config: [{ name: 'a', data: { 'conf/x': '' } }] }, 'a key must be a file name'],
  ['a key that begins with two dots', { config: [{ name: 'a', data: { '..data': '' } }] }, 'a key must be a file name'],
  ['an empty binary key', { config: [{ name: 'a', binaryData: { '': 'AA==' } }] }, 'a key must be a file name'],
  ['a key in both', { config: [{ name: 'a', data: { x: '' }, binaryData: { x: 'AA==' } }] }, 'in data or in binaryData, not in both'],
  ...['***', 'AAE', 'AAEC=', 'A===', 'AA==AA==', 'AA =', '-_8=', '//8=\t'].map((text): Refusal => [
    `binary config that is not base64: ${JSON.stringify(text)}`,
    { config: [{ name: 'a', binaryData: { x: text } }] },
    'config[0].binaryData.x in body should match',
  ]),
  ['config that is not text', { config: [{ name: 'a', data: { x: 1 } }] }, 'must be of type string'],
  ['a relative mountPath', { config: [{ name: 'a', mountPath: 'etc' }] }, 'mountPath must be an absolute directory'],
  ['the root as mountPath', { config: [{ name: 'a', mountPath: '/' }] }, 'mountPath must be an absolute directory'],
  ['a mountPath with a colon', { config: [{ name: 'a', mountPath: '/a:b' }] }, 'mountPath must be an absolute directory'],
  // Numbers
  ['a deadline of nothing', { promotion: { progressDeadlineSeconds: 0 } }, 'greater than or equal to 1'],
  ['a negative drain', { promotion: { drainSeconds: -1 } }, 'greater than or equal to 0'],
  ['a fraction of a second', { promotion: { minReadySeconds: 0.5 } }, 'must be of type integer'],
  ['no version kept', { retention: { versions: 0 } }, 'greater than or equal to 1'],
  ['too many versions kept', { retention: { versions: 101 } }, 'less than or equal to 100'],
  // Budgets
  ['a budget of two minds', { disruption: { maxUnavailable: 1, minAvailable: 1 } }, 'set either maxUnavailable or minAvailable'],
  ['a budget beyond everything', { disruption: { minAvailable: '101%' } }, 'disruption.minAvailable'],
  ['a budget that is no percentage', { disruption: { maxUnavailable: 'one' } }, 'disruption.maxUnavailable'],
  ['a negative budget', { disruption: { maxUnavailable: -1 } }, 'greater than or equal to 0'],
  // Later
  [
    'a gate that is none',
    { promotion: { after: [{ name: 'nothing' }] } },
    'a gate needs exactly one of: window, http, prometheus, webhook, approval, job',
  ],
  [
    'a query without bounds',
    { promotion: { after: [{ name: 'q', prometheus: { source: 'main', query: 'up' } }] } },
    'a query needs max, min or both',
  ],
  ['a gate that names an address', { promotion: { after: [{ name: 'h', http: { port: 'http', path: 'http://169.254.169.254/' } }] } }, 'path'], // prettier-ignore
  ['one as its port', { promotion: { after: [{ name: 'h', http: { port: '10.96.0.1:443' } }] } }, 'http.port'],
  ['one as its host', { promotion: { after: [{ name: 'h', http: { port: 'http', host: '10.96.0.1' } }] } }, 'unknown field'],
  ['one as a source', { promotion: { after: [{ name: 'h', webhook: { source: 'http://169.254.169.254/' } }] } }, 'webhook.source'],
  ['one as a source of numbers', { promotion: { after: [{ name: 'h', prometheus: { source: '10.96.0.1', query: 'up', max: 1 } }] } }, 'prometheus.source'], // prettier-ignore
  ['a ladder of one rung', climbed([{ percent: 100 }]), 'a ladder needs two rungs at least, and the last one has 100 percent'],
  ['a ladder that ends below everything', climbed([{ percent: 5, seconds: 1 }, { percent: 50 }]), 'the last one has 100 percent'],
  ['a ladder that goes down', climbed([{ percent: 50, seconds: 1 }, { percent: 5, seconds: 1 }, { percent: 100 }]), 'each rung has more than the one before it'], // prettier-ignore
  ['a ladder with two rungs alike', climbed([{ percent: 5, seconds: 1 }, { percent: 5, seconds: 1 }, { percent: 100 }]), 'each rung has more than the one before it'], // prettier-ignore
  ['a rung of nothing', climbed([{ percent: 0, seconds: 1 }, { percent: 100 }]), 'greater than or equal to 1'],
  ['a ladder beyond everything', climbed([{ percent: 5, seconds: 1 }, { percent: 101 }]), 'less than or equal to 100'],
  ['eleven rungs', climbed([...rising(10), { percent: 100 }]), 'must have at most 10 items'],
  ['a rung without time', climbed([{ percent: 5 }, { percent: 100 }]), 'each rung but the last needs seconds'],
  ['a rung whose time is null', climbed([{ percent: 5, seconds: null }, { percent: 100 }]), 'each rung but the last needs seconds'],
  [
    'a last rung with time',
    climbed([
      { percent: 5, seconds: 1 },
      { percent: 100, seconds: 1 },
    ]),
    'the last rung is where a version stays',
  ],
  ['a ladder of what is a preview', climbed(LADDER, { role: 'Preview' }), 'only a Service that has ports and is Active may have a ladder'],
  ['a ladder of an existing Service', { services: [{ name: 'web', ladder: LADDER }] }, 'only a Service that has ports and is Active'],
  ['a ladder whose rungs have no room for their names', climbed(LADDER, { name: 'a'.repeat(60) }), 'may have at most 59 characters'],
  ['a Service by the name of a rung', { services: [{ ...web, ladder: LADDER }, { ...web, name: 'web-r10' }] }, 'none of them may be in the list as well'], // prettier-ignore
  ['a ladder where one version runs at a time', { ...climbed(LADDER), promotion: { overlap: 'Never' } }, 'under overlap Never there is one at a time'], // prettier-ignore
  ['gates during without a ladder', { promotion: { during: [gate] } }, 'give a Service a ladder, or use before or after'],
  ['a comparison after', { promotion: { after: [comparing()] } }, 'it belongs in during'],
  ['a comparison before', { promotion: { before: [comparing()] } }, 'it belongs in during'],
  ['a query that is a comparison, too', sharing(comparing({ query: 'up', max: 1 })), 'exactly one of: query, compare'],
  ['neither query nor comparison', { promotion: { after: [{ name: 'q', prometheus: { source: 'main' } }] } }, 'exactly one of: query, compare'], // prettier-ignore
  ['bounds of a comparison', sharing(comparing({ max: 1 })), 'a comparison has compare.atMost, alpha and minimumRequests'],
  ['requests of a query', { promotion: { after: [{ name: 'q', prometheus: { source: 'main', query: 'up', max: 1, minimumRequests: 9 } }] } }, 'are for compare'], // prettier-ignore
  ['a comparison with nothing', sharing(comparing({ compare: { total: 'up' } })), 'compare.bad: Required'],
  ['a comparison that allows less', sharing(comparing({ compare: { total: 'up', bad: 'up', atMost: 0.5 } })), 'greater than or equal to 1'], // prettier-ignore
  ['values for longer than it has time', { promotion: { after: [{ name: 'q', timeoutSeconds: 300, prometheus: { source: 'main', query: 'up', max: 1 } }] } }, 'or the gate never passes'], // prettier-ignore
  ['a gate of two kinds', { promotion: { after: [{ name: 'h', http: { port: 'http' }, webhook: { source: 'board' } }] } }, 'exactly one of'], // prettier-ignore
  ['a Job without pods', { promotion: { before: [{ name: 'migrate', job: { spec: {} } }] } }, 'job.spec.template: Required'],
  ['a Job that vanishes', jobbed({ ttlSecondsAfterFinished: 1 }), 'must not vanish before it was judged'],
  ['a Job that never begins', jobbed({ suspend: true }), 'a Job that is suspended never completes'],
  ['two gates of one name', { promotion: { before: [gate, gate] } }, 'Duplicate value'],
  [
    'gates before of what cannot run twice',
    { promotion: { overlap: 'Never', before: [gate] } },
    'under overlap Never none does: use after',
  ],
  ['an hour that is none', windowed({ to: '24:00' }), 'window.to'],
  ['a day that is none', windowed({ days: ['Monday'] }), 'Unsupported value'],
  ['an exception that is no day', windowed({ except: ['tomorrow'] }), 'window.except'],
  [
    'an exception that ends before it begins',
    windowed({ except: ['2026-12-24/2026-01-02'] }),
    'the first day comes first: 2026-12-24/2027-01-02',
  ],
  ['captured Secrets', { references: { secrets: 'Capture' } }, 'supported values: "Live", "Forbid"'],
];

const NAMES: readonly (readonly [name: string, says: string])[] = [
  ['a'.repeat(46), 'accepted'],
  ['a'.repeat(47), 'metadata.name: Too long: may not be more than 46 bytes'],
  ['shop.eu', 'metadata.name in body should match'],
];

const CHANGES: readonly (readonly [what: string, from: Record<string, unknown>, to: Record<string, unknown>, says: string])[] = [
  ['the same content under the same name', fullSpec(), reversed(fullSpec()), 'accepted'],
  ['other intent under the same name', { version: 'a' }, { version: 'a', replicas: 3, paused: true, activeVersion: 'a' }, 'accepted'],
  ['other content under a new name', { version: 'a' }, { version: 'b', ...image('nginx') }, 'accepted'],
  ['other content, its name removed', { version: 'a' }, image('nginx'), 'accepted'],
  ['other content, named now', {}, { version: 'a', ...image('nginx') }, 'accepted'],
  ['other content without a name', {}, image('nginx'), 'accepted'],
  ['other content under an empty name', { version: '' }, { version: '', ...image('nginx') }, 'accepted'],
  // Whether a name means other content is a question for those who know what it means: a policy at the prompt, and the operator.
  ['another image under a taken name', { version: 'a' }, { version: 'a', ...image('nginx') }, 'accepted'],
  ['a null that tools like to print', { version: 'a' }, { version: 'a', ...labelled({ creationTimestamp: null }) }, 'accepted'],
  ['another numeric targetPort', port(80, 8080), port(80, 9090), 'accepted'],
  ['a number instead of a name', port(80, 'http'), port(80, 8080), 'accepted'],
  ['the port that a missing targetPort stands for', port(80), port(81), 'accepted'],
  ['a targetPort where it was the port', port(80), port(80, 8080), 'accepted'],
  ['a name instead of a number', port(80, 8080), port(80, 'http'), 'accepted'],
  ['another name', port(80, 'http'), port(80, 'web'), 'accepted'],
  ['another port before the same number', port(80, 8080), port(81, 8080), 'accepted'],
  ['the number spelled out', port(80), port(80, 80), 'accepted'],
  ['an unnamed port, another number', unnamed(80, 8080), unnamed(80, 9090), 'accepted'],
  ['an unnamed port gets a name and another number', unnamed(80, 8080), port(80, 9090), 'accepted'],
  ['another unnamed port', unnamed(80, 8080), unnamed(81, 9090), 'accepted'],
  ['another name for the port, and another number', port(80, 8080), ports(['web', 80, 9090]), 'accepted'],
  ['another name for the port', port(80, 8080), ports(['web', 80, 8080]), 'accepted'],
  ['a port added', port(80, 8080), ports(['http', 80, 8080], ['metrics', 9100, 9100]), 'accepted'],
  ['a port added, and another number', port(80, 8080), ports(['metrics', 9100, 9100], ['http', 80, 8081]), 'accepted'],
  ['a port removed', ports(['http', 80, 8080], ['metrics', 9100, 9100]), port(80, 8080), 'accepted'],
  ['two ports that change their names', ports(['a', 80, 1], ['b', 81, 2]), ports(['b', 80, 1], ['a', 81, 2]), 'accepted'],
  ['the same number for another protocol', ports(['h', 443, 1, 'TCP']), ports(['h', 443, 1, 'TCP'], ['q', 443, 2, 'UDP']), 'accepted'],
  ['ports that are owned no longer', port(80, 8080), { services: [{ name: 'web' }] }, 'accepted'],
  ['the second of two services', both(8080), both(9090), 'accepted'],
  ['a service goes, another comes', port(80, 8080), { services: [{ ...web, name: 'other' }] }, 'accepted'],
];

describe('a new ImmutableApp', () => {
  test.each(ACCEPTED)('accepted: %s', async (_what, spec) => {
    expect((await dryRun(app(spec))).body.message).toBeUndefined();
  });

  test.each(REFUSED)('refused: %s', async (_what, spec, says) => {
    const { code, body } = await dryRun(app(spec));
    expect(body.message).toContain(says);
    expect([400, 422]).toContain(code);
  });

  test.each(NAMES)('named %s: %s', async (name, says) => {
    expect((await dryRun(app({}, name))).body.message ?? 'accepted').toContain(says);
  });

  test('is stored as it was written: nothing defaulted, unknown fields and nulls kept', async () => {
    const content = { template: { metadata: { name: 'kept' }, spec: { containers: [{ ...container, odd: { a: [1] } }], odder: true } } };
    const nulls = { template: { ...content.template, spec: { ...content.template.spec, nodeName: null, volumes: null } }, promotion: null };
    const { body } = await create(app(nulls, 'as-written'));
    expect(body.spec).toEqual({ ...nulls, replicas: 1 });
  });
  test('is seen by no one yet, whatever its author says of its status', async () => {
    const { body } = await create({ ...app({}, 'unseen'), status: { observedGeneration: 1 } });
    expect(body).toMatchObject({ metadata: { generation: 1 }, status: { observedGeneration: -1 } });
  });
});

describe('a change of an ImmutableApp', () => {
  test.each(CHANGES.map((row, index) => [...row, index] as const))('%s', async (_what, from, to, says, index) => {
    const name = `change-${index}`;
    const { body } = await create(app(from, name));
    const changed = app(to, name);
    const answer = await update({ ...changed, metadata: { name, resourceVersion: body.metadata.resourceVersion! } });
    expect(answer.body.message ?? 'accepted').toContain(says);
  });

  test('of nothing but the order of keys is none', async () => {
    const { metadata } = (await create(app(fullSpec(), 'reordered'))).body;
    // What the schema says of its status is stored with the first update.
    const { body } = await update({
      ...app(fullSpec(), 'reordered'),
      metadata: { name: 'reordered', resourceVersion: metadata.resourceVersion! },
    });
    const answer = await update({ ...body, spec: reversed(body.spec) });
    expect(answer.body.metadata.generation).toBe(1);
    expect(answer.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });
});

describe('with kubectl', () => {
  test('plain apply works, of the CRD and of an app', async () => {
    const annotation = String.raw`-o=jsonpath={.metadata.annotations.kubectl\.kubernetes\.io/last-applied-configuration}`;
    expect(await kubectl('get', 'crd', 'immutableapps.immutableapp.io', annotation)).toContain('"kind":"CustomResourceDefinition"');
    await kubectlWith(app({}, 'applied'), 'apply', '-f', '-');
    await kubectlWith(app({ ...image('nginx'), replicas: 2 }, 'applied'), 'apply', '-f', '-');
    expect(await kubectl('get', 'iapp', 'applied', '-o=jsonpath={.spec.replicas} {..image}')).toBe('2 nginx');
  });

  test('two server-side appliers share a pod template: containers merge by name, a list of variables has one owner', async () => {
    const env = [{ name: 'A', value: '1' }];
    const one = { containers: [{ ...container, env }] };
    const other = {
      containers: [
        { name: 'web', volumeMounts: [{ name: 'v', mountPath: '/v' }] },
        { name: 'proxy', image: 'envoy' },
      ],
      volumes: [{ name: 'v', emptyDir: {} }],
    };
    const flags = (manager: string) => ['apply', '--server-side', `--field-manager=${manager}`, '-f', '-'];
    const share = (spec: object) => app({ template: { spec } }, 'shared');
    await kubectlWith(share(one), ...flags('team'));
    await kubectlWith(share(other), ...flags('mesh'));
    const { spec } = JSON.parse(await kubectl('get', 'iapp', 'shared', '-o=json')) as App;
    expect(spec['template']).toEqual({
      spec: {
        containers: [{ ...container, env, volumeMounts: other.containers[0]!.volumeMounts }, other.containers[1]],
        volumes: other.volumes,
      },
    });
    const more = { containers: [{ name: 'web', env: [{ name: 'B', value: '2' }] }] };
    const { code, stderr } = await cluster.kubectl(flags('mesh'), { input: JSON.stringify(share(more)) });
    expect([code, stderr]).toEqual([1, expect.stringContaining('conflict with "team": .spec.template.spec.containers[name="web"].env')]);
  });

  test('explain shows our explanations, and the fields of a pod', async () => {
    expect(await kubectl('explain', 'immutableapp.spec.promotion')).toContain('How traffic moves to another version');
    expect(await kubectl('explain', 'immutableapp.spec.promotion.drainSeconds')).toMatch(/Default:\s+30\./);
    expect(await kubectl('explain', 'iapp.spec.template.spec.containers')).toContain('livenessProbe');
  });

  test('scale starts from one replica and changes spec.replicas', async () => {
    await kubectlWith(app({}, 'scaled'), 'create', '-f', '-');
    const scale = (await cluster.call('GET', `${PATH}/scaled/scale`)).body as { spec: { replicas: number } };
    expect(scale.spec.replicas).toBe(1);
    await kubectl('scale', 'iapp/scaled', '--current-replicas=1', '--replicas=3');
    expect(await kubectl('get', 'iapp', 'scaled', '-o=jsonpath={.spec.replicas}')).toBe('3');
  });

  test('a status is kept whole, shown in columns and read by scale', async () => {
    const { body } = await create(app({}, 'reported'));
    const answer = await update({ ...body, status: fullStatus() }, '/status');
    expect(answer.body.status).toEqual(fullStatus());
    const [head, row] = (await kubectl('get', 'iapp', 'reported', '-o=wide')).split('\n').map((line) => line.split(/\s{2,}/));
    const columns = 'NAME SERVES LATEST UP-TO-DATE READY REASON PODS SHARE AGE INSTANCE SERVING MESSAGE';
    expect(head).toEqual(columns.split(' '));
    expect(row?.toSpliced(8, 1)).toEqual([
      'reported',
      '1.0 (bcdfghjklm)',
      '1.1+flags (bcdfghjkln)',
      'True',
      'True',
      'Serving',
      '2/3',
      '5%',
      'shop-bcdfghjklm',
      'True',
      'All is well.',
    ]);
    const scale = (await cluster.call('GET', `${PATH}/reported/scale`)).body as { status: unknown };
    expect(scale.status).toEqual({ replicas: 3, selector: 'immutableapp.io/instance=shop-bcdfghjklm' });
  });

  test('a status needs nothing, keeps nothing unknown and does not change with the spec', async () => {
    const { body } = await create(app({}, 'silent'));
    const odd = await update({ ...body, status: { flavour: 'sweet' } }, '/status');
    expect(odd.body.message).toContain('unknown field "status.flavour"');
    const { body: reported } = await update({ ...body, status: { latestVersion: 'a', history: [{}] } }, '/status');
    const { body: changed } = await update({ ...reported, spec: { ...reported.spec, paused: true }, status: {} });
    expect(changed.status).toEqual({ latestVersion: 'a', history: [{}] });
  });
});

// The pieces that rows are made of.

function pod(fields: object): Record<string, unknown> {
  return { template: { ...template, spec: { ...template.spec, ...fields } } };
}

function image(name: string): Record<string, unknown> {
  return pod({ containers: [{ ...container, image: name }] });
}

function resources(limits: object): Record<string, unknown> {
  return pod({ containers: [{ ...container, resources: { limits } }] });
}

function labels(more: Record<string, string>): Record<string, unknown> {
  return { template: { ...template, metadata: { labels: more } } };
}

function annotations(more: Record<string, string>): Record<string, unknown> {
  return { template: { ...template, metadata: { annotations: more } } };
}

function labelled(metadata: object): Record<string, unknown> {
  return { template: { ...template, metadata: { ...template.metadata, ...metadata } } };
}

function port(number: number, targetPort?: number | string): Record<string, unknown> {
  return { services: [{ name: 'web', ports: [{ name: 'http', port: number, targetPort }] }] };
}

function unnamed(number: number, targetPort?: number | string): Record<string, unknown> {
  return { services: [{ name: 'web', ports: [{ port: number, targetPort }] }] };
}

function ports(
  ...list: readonly [name: string, number: number, targetPort: number | string, protocol?: string][]
): Record<string, unknown> {
  return {
    services: [{ name: 'web', ports: list.map(([name, number, targetPort, protocol]) => ({ name, port: number, targetPort, protocol })) }],
  };
}

function both(targetPort: number): Record<string, unknown> {
  return { services: [web, { name: 'admin', ports: [{ name: 'http', port: 80, targetPort }] }] };
}

/** The same with the keys of every object in the opposite order. */
function reversed<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => reversed(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, child]: [string, unknown]) => [key, reversed(child)])) as T;
}

function fullSpec(): Record<string, unknown> {
  return {
    template: {
      metadata: { labels: { team: 'a' }, annotations: { note: 'b' } },
      spec: {
        containers: [{ ...container, env: [{ name: 'A', value: '1' }], resources: { limits: { cpu: 0.5 } } }],
        volumes: [{ name: 'conf', configMap: { name: 'httpd' } }],
      },
    },
    config: [{ name: 'httpd', data: { 'httpd.conf': 'Listen 80' }, binaryData: { logo: 'AAEC' }, mountPath: '/etc/httpd', env: false }],
    version: '2.4.1',
    activeVersion: '2.4.0',
    replicas: 3,
    services: [
      {
        name: 'web',
        role: 'Active',
        type: 'LoadBalancer',
        labels: { tier: 'front' },
        annotations: { 'example.com/lb': 'x' },
        ports: [
          { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP', nodePort: 30080, appProtocol: 'http' },
          { name: 'quic', port: 443, targetPort: 8443, protocol: 'UDP' },
        ],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
        internalTrafficPolicy: 'Cluster',
        externalTrafficPolicy: 'Local',
        trafficDistribution: 'PreferSameZone',
        loadBalancerClass: 'example.com/lb',
        loadBalancerSourceRanges: ['198.18.0.0/15'],
        allocateLoadBalancerNodePorts: true,
        healthCheckNodePort: 30081,
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
      },
      { name: 'preview', role: 'Preview' },
    ],
    promotion: {
      mode: 'Manual',
      minReadySeconds: 5,
      progressDeadlineSeconds: 60,
      drainSeconds: 0,
      previewReplicas: 0,
      before: [{ ...gate, enforce: true, timeoutSeconds: 60 }],
      after: [],
    },
    retention: { warm: 0, warmSeconds: 0, versions: 1 },
    references: { configMaps: 'Live', secrets: 'Live', images: 'Live' },
    paused: false,
  };
}

function fullStatus(): Record<string, unknown> {
  const at = '2026-01-02T03:04:05Z';
  const condition = (type: string) => ({
    ...{ type, status: 'True', observedGeneration: 1, lastTransitionTime: at },
    ...{ reason: 'Serving', message: 'All is well.' },
  });
  const id = 'shop-bcdfghjklm';
  return {
    observedGeneration: 1,
    conditions: ['Available', 'Ready', 'UpToDate'].map(condition),
    ...{ serves: '1.0 (bcdfghjklm)', latest: '1.1+flags (bcdfghjkln)', pods: '2/3', share: '5%' },
    activeVersion: id,
    activeName: '1.0',
    pinned: '',
    activeInstance: id,
    latestVersion: 'shop-bcdfghjkln',
    decision: '',
    replicas: 3,
    readyReplicas: 2,
    selector: `immutableapp.io/instance=${id}`,
    versions: [
      {
        ...{ id, fingerprint: 'v1:bcdfghjklm', names: ['2.4.1'], state: 'Active', reason: 'Serving', message: '', createdAt: at },
        ...{ called: '2.4.1', servedFrom: at, servedUntil: at, discarded: [{ instance: `${id}-2`, message: 'image', by: 'eve', at }] },
        images: [{ container: 'main', image: 'httpd:2.4', digest: `sha256:${'0'.repeat(64)}` }],
        failure: { reason: 'CrashLoop', message: 'no such file', container: 'web', exitCode: 1, instance: id, at },
        gates: [
          { name: 'readiness', verdict: 'pass', reason: 'Ready', message: '3/3' },
          {
            ...{ name: 'hours', phase: 'before', verdict: 'wait', enforced: false, startedAt: at, finishedAt: at },
            measurements: [{ at, result: 'good', message: '' }],
          },
        ],
        instances: [{ name: id, role: 'Active', replicas: 3, ready: 2, desired: 3, generation: 2 }],
      },
    ],
    services: [
      {
        ...{ name: 'web', role: 'Active', instance: id, converged: true },
        ladder: { rung: 1, rungs: 2, percent: 5, instance: 'shop-bcdfghjkln', since: at, next: at },
      },
    ],
    history: [{ switchNumber: 1, at, from: '', to: id, reason: 'Promoted', by: 'oncall-me' }],
    mutableReferences: ['Secret/token'],
    warnings: [{ reason: 'SelectedByOthers', message: 'Service default/x' }],
  };
}
