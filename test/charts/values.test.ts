// The chart without a cluster: what its values do, which of them it refuses and how it says so, and that it installs what deploy/ does.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jsonpatch from 'fast-json-patch';
import { parse } from 'yaml';
import { resourcesOf } from '../../scripts/manifests.ts';
import { POLICIES } from '../../src/model/vocabulary.ts';
import { parseFlags as parsePageFlags } from '../../src/cli/hosted/flags.ts';
import { HELP, parseFlags, VERSION } from '../../src/flags.ts';
import { CHART, documents, Helm, named, type Manifest, type Values } from './chart.ts';
import { START_MS, SYSTEM } from '../cluster/harness.ts';
import { ALL, BARE, NAMESPACED, SMALL } from './sets.ts';

const POLICY_KINDS = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];

let helm: Helm;
let usual: Manifest[];
beforeAll(async () => {
  helm = await Helm.open();
  usual = await helm.render();
}, START_MS);
afterAll(() => (helm as Helm | undefined)?.close());

const byName = (manifests: readonly Manifest[]): Record<string, Manifest> => {
  const all = Object.fromEntries(manifests.map((manifest) => [named(manifest), manifest]));
  expect(Object.keys(all)).toHaveLength(manifests.length);
  return all;
};

test('installs what install.yaml does, but for the namespace, and an anchor, which it keeps like the CRD', () => {
  const { 'Namespace immutableapp-system': namespace, ...ours } = byName(documents(readFileSync('deploy/install.yaml', 'utf8')));
  expect(namespace).toBeDefined();
  const crd = 'CustomResourceDefinition immutableapps.immutableapp.io';
  const keep = { annotations: { 'helm.sh/resource-policy': 'keep' } };
  const { [`${POLICY_KINDS[0]!} immutableapp-anchor`]: policy, [`${POLICY_KINDS[1]!} immutableapp-anchor`]: binding, ...theirs } = byName(usual);
  expect([policy, binding]).toMatchObject([{ metadata: keep }, { metadata: keep }]);
  expect(theirs).toEqual({ ...ours, [crd]: { ...ours[crd], metadata: { ...ours[crd]!.metadata, ...keep } } });
});

test('installs the page as deploy/page does, and beside it changes nothing; in some namespaces, with rights in those only', async () => {
  const files = (await resourcesOf('deploy/page')).map((file) => readFileSync(file, 'utf8'));
  const page = byName(documents(files.join('---\n')));
  expect(byName(await helm.render({ page: { enabled: true } }))).toEqual({ ...byName(usual), ...page });
  const some = byName(await helm.render({ page: { enabled: true }, watchNamespaces: ['shop', 'blog'] }));
  const bound = Object.keys(some).filter((name) => /Binding .*immutableapp-page/.test(name));
  expect(bound.toSorted()).toEqual([
    ...['ClusterRoleBinding immutableapp-page-reviews', 'RoleBinding blog/immutableapp-page-reads'],
    ...[`RoleBinding ${SYSTEM}/immutableapp-page`, 'RoleBinding shop/immutableapp-page-reads'],
  ]);
  const { args } = container([some[`Deployment ${SYSTEM}/immutableapp-page`]!]);
  expect(parsePageFlags(args!)).toMatchObject({
    is: 'run',
    flags: { namespaces: ['shop', 'blog'], hosts: [`immutableapp-page.${SYSTEM}.svc`], audiences: [], port: 8080 },
  });
});

test('the page is reached by whom the values name, and takes tokens for whom they name', async () => {
  const all = byName(await helm.render(ALL));
  const { args } = container([all[`Deployment ${SYSTEM}/immutableapp-page`]!]);
  expect(parsePageFlags(args!)).toMatchObject({
    flags: { hosts: [`immutableapp-page.${SYSTEM}.svc`, 'apps.example.com'], audiences: ['immutableapp-page'] },
  });
  expect(all[`NetworkPolicy ${SYSTEM}/immutableapp-page`]).toMatchObject({
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'immutableapp-page' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ port: 'http' }], from: [{ podSelector: { matchLabels: { app: 'oauth2-proxy' } } }] }],
      egress: [{ ports: [{ port: 8443 }] }, { ports: [{ port: 53 }, { port: 53 }] }],
    },
  });
});

test('goes where the release goes, whole', async () => {
  const elsewhere = await helm.template(ALL, 'platform');
  expect(elsewhere).not.toContain('immutableapp-system');
  expect(elsewhere).toContain('system:serviceaccount:platform:immutableapp\n');
  const spaces = documents(elsewhere).flatMap(({ metadata }) => metadata.namespace ?? []);
  expect(new Set(spaces)).toEqual(new Set(['platform']));
  const numbers = await helm.render({ ...ALL, watchNamespaces: ['404'] }, '42');
  expect(new Set(numbers.flatMap(({ metadata }) => metadata.namespace ?? []))).toEqual(new Set(['42', '404']));
});

test('has the version of the operator that it installs', () => {
  const { version, appVersion } = parse(readFileSync(`${CHART}/Chart.yaml`, 'utf8')) as Record<string, string>;
  expect({ version, appVersion }).toEqual({ version: VERSION, appVersion: VERSION });
});

/** What other values change: names of what goes, and of what comes, and for the rest each place with what is there now. */
async function differences(values: Values): Promise<string[]> {
  const [before, after] = [byName(usual), byName(await helm.render(values))];
  const gone = Object.keys(before).filter((name) => !(name in after));
  const come = Object.keys(after).filter((name) => !(name in before));
  const changed = Object.keys(after).flatMap((name) =>
    name in before
      ? jsonpatch.compare(before[name]!, after[name]!).map((change) => {
          const where = change.path.replace('/spec/template', '/pod').replace('/pod/spec/containers/0', '/container').slice(1);
          return `${name} ${change.op} ${where}${'value' in change ? ` ${JSON.stringify(change.value)}` : ''}`;
        })
      : [],
  );
  const all = [...gone.map((name) => `- ${name}`), ...come.map((name) => `+ ${name}`), ...changed];
  return all.map((line) => line.replace(`${SYSTEM}/`, '')).toSorted();
}

const DIGESTS = POLICY_KINDS.map((kind) => `+ ${kind} immutableapp-digests`);
const HANDS_OFF = POLICY_KINDS.map((kind) => `+ ${kind} immutableapp-hands-off`);

const PAGE = ['ClusterRole', 'ClusterRole', 'ClusterRoleBinding', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'ServiceAccount', 'Service', 'Deployment'].map(
  (kind, i) => `+ ${kind} immutableapp-page${i === 1 || i === 3 ? '-reviews' : ''}`,
);

test.each<[string, Values, readonly string[]]>([
  [
    'NAMESPACED',
    NAMESPACED,
    [
      ...['- ClusterRoleBinding immutableapp', '+ RoleBinding shop/immutableapp', '+ RoleBinding blog/immutableapp'],
      ...['- ClusterRole immutableapp-approve', '- ClusterRole immutableapp-edit', '- ClusterRole immutableapp-view'],
      ...HANDS_OFF,
      'Deployment immutableapp add container/args ["--namespace=shop","--namespace=blog"]',
    ],
  ],
  [
    'SMALL',
    SMALL,
    [
      '- PodDisruptionBudget immutableapp',
      'Deployment immutableapp add container/args ["--log-level=debug"]',
      'Deployment immutableapp remove pod/spec/topologySpreadConstraints',
      'Deployment immutableapp replace spec/replicas 1',
      'Deployment immutableapp replace container/resources/requests/cpu "10m"',
    ],
  ],
  [
    'BARE',
    BARE,
    [
      '- CustomResourceDefinition immutableapps.immutableapp.io',
      '- ConfigMap immutableapp-identities',
      ...POLICY_KINDS.flatMap((kind) => POLICIES.map((policy) => `- ${kind} immutableapp-${policy}`)),
      'Deployment immutableapp replace container/image "immutableapp:edge"',
    ],
  ],
  [
    'ALL',
    ALL,
    [
      ...['+ ConfigMap immutableapp-dashboard', '+ NetworkPolicy immutableapp', '+ PrometheusRule immutableapp', '+ ServiceMonitor immutableapp'],
      '+ ConfigMap immutableapp-sources',
      ...PAGE,
      '+ NetworkPolicy immutableapp-page',
      ...DIGESTS,
      ...HANDS_OFF,
      `ConfigMap immutableapp-identities replace data/break-glass ${more('break-glass', 'system:serviceaccounts:velero', 'oncall')}`,
      `ConfigMap immutableapp-identities replace data/collectors ${more('collectors', 'system:serviceaccount:platform:reaper')}`,
      `ConfigMap immutableapp-identities replace data/controllers ${more('controllers', 'system:serviceaccount:kruise-system:kruise-manager')}`,
      'Deployment immutableapp add pod/metadata/annotations {"example.com/mesh":"off"}',
      'Deployment immutableapp add pod/metadata/labels/team "platform"',
      `Deployment immutableapp add pod/spec/affinity ${JSON.stringify(sorted(ALL.affinity))}`,
      'Deployment immutableapp add container/args ["--sources=/etc/immutableapp/sources/sources.yaml","--cluster-name=prod-eu","--concurrency=64","--debug-grace=604800","--default=images=Pinned","--log-format=json","--log-level=warn",' +
        '"--max-candidates=20","--probe-host=::","--require=images=Digest"]',
      'Deployment immutableapp add container/env [{"name":"NODE_OPTIONS","value":"--max-old-space-size=400"}]',
      'Deployment immutableapp add container/imagePullPolicy "Always"',
      'Deployment immutableapp add container/volumeMounts [{"name":"sources","mountPath":"/etc/immutableapp/sources","readOnly":true}]',
      'Deployment immutableapp add pod/spec/volumes [{"name":"sources","projected":{"sources":[{"configMap":{"name":"immutableapp-sources"}},' +
        '{"secret":{"name":"main","items":[{"key":"ca.crt","path":"main/ca.crt"},{"key":"token","path":"main/token"},{"key":"url","path":"main/url"}]}}]}}]',
      'Deployment immutableapp add pod/spec/imagePullSecrets [{"name":"registry"}]',
      'Deployment immutableapp add pod/spec/nodeSelector {"kubernetes.io/os":"linux"}',
      'Deployment immutableapp add pod/spec/priorityClassName "system-cluster-critical"',
      'Deployment immutableapp add pod/spec/tolerations [{"effect":"NoSchedule","key":"node-role.kubernetes.io/control-plane"}]',
      'Deployment immutableapp replace spec/replicas 3',
      `Deployment immutableapp replace container/image "registry.example/platform/immutableapp@sha256:${'0123456789abcdef'.repeat(4)}"`,
      'ServiceAccount immutableapp add metadata/annotations {"example.com/role":"operator"}',
    ],
  ],
])('with values %s it differs where they say so, and nowhere else', async (_, values, changes) => {
  expect(await differences(values)).toEqual(changes.toSorted());
});

/** The names that the policies know anyway, and more, as JSON. */
function more(key: string, ...names: string[]): string {
  const { data } = parse(readFileSync('deploy/policies/identities.yaml', 'utf8')) as { data: Record<string, string> };
  return JSON.stringify(data[key]! + names.map((name) => `${name}\n`).join(''));
}

/** As Helm writes it. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).toSorted().map(([key, each]) => [key, sorted(each)]));
}

test('what it brings for others is what they read', async () => {
  const all = byName(await helm.render(ALL));
  const labels = { 'app.kubernetes.io/name': 'immutableapp' };
  const metadata = { name: 'immutableapp', namespace: SYSTEM };
  expect(all[`NetworkPolicy ${SYSTEM}/immutableapp`]).toEqual({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { ...metadata, labels },
    spec: {
      podSelector: { matchLabels: labels },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          ports: [{ protocol: 'TCP', port: 'http' }],
          from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
        },
      ],
      egress: [
        { ports: [{ protocol: 'TCP', port: 8443 }] },
        {
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
        { to: [{ podSelector: {}, namespaceSelector: {} }] },
      ],
    },
  });
  expect(all[`ServiceMonitor ${SYSTEM}/immutableapp`]).toEqual({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { ...metadata, labels: { ...labels, release: 'prometheus' } },
    spec: { selector: { matchLabels: labels }, endpoints: [{ port: 'http', interval: '15s' }] },
  });
  expect(all[`PrometheusRule ${SYSTEM}/immutableapp`]).toEqual({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { ...metadata, labels: { ...labels, release: 'prometheus' } },
    spec: parse(readFileSync(`${CHART}/files/rules.yaml`, 'utf8')) as unknown,
  });
  expect(all[`ConfigMap ${SYSTEM}/immutableapp-dashboard`]).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'immutableapp-dashboard',
      namespace: SYSTEM,
      labels: { ...labels, grafana_dashboard: '1' },
      annotations: { grafana_folder: 'Platform' },
    },
    data: { 'immutableapp.json': readFileSync(`${CHART}/files/dashboard.json`, 'utf8') },
  });
});

describe('its flags are those of the operator', () => {
  interface Flag {
    readonly minimum?: number;
    readonly maximum?: number;
    readonly enum?: readonly string[];
  }
  const flags = (): Record<string, Flag> => schema().properties!.flags!.properties as Record<string, Flag>;
  /** Set by the chart itself, or of no use in a pod. */
  const BESIDE = ['kubeconfig', 'context', 'namespace', 'sources', 'no-leader-elect', 'lease-namespace', 'probe-port', 'version', 'help'];

  test('by name', () => {
    const known = [...HELP.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, flag]) => flag!);
    expect([...Object.keys(flags()), ...BESIDE].toSorted()).toEqual(known.toSorted());
  });

  test('by what they take', () => {
    const takes = (flag: string, value: unknown): string => parseFlags([`--${flag}=${String(value)}`]).is;
    for (const [flag, { minimum, maximum, enum: words = [] }] of Object.entries(flags())) {
      for (const word of words) expect([flag, word, takes(flag, word)]).toEqual([flag, word, 'run']);
      if (minimum === undefined || maximum === undefined) continue;
      const said = [minimum - 1, minimum, maximum, maximum + 1].map((value) => takes(flag, value));
      expect([flag, ...said]).toEqual([flag, 'wrong', 'run', 'run', 'wrong']);
    }
  });

  test('as the operator understands them', async () => {
    const { args } = container(await helm.render({ ...ALL, watchNamespaces: ['shop', 'blog'] }));
    expect(parseFlags(args!)).toMatchObject({
      is: 'run',
      flags: {
        namespaces: ['shop', 'blog'],
        concurrency: 64,
        settings: { maxCandidates: 20, debugGraceSeconds: 604800, requireDigests: true, images: 'Pinned' },
        probeHost: '::',
        logFormat: 'json',
        logLevel: 'warn',
      },
    });
  });
});

interface Container {
  readonly args?: readonly string[];
}
function container(manifests: readonly Manifest[]): Container {
  const { spec } = manifests.find(({ kind }) => kind === 'Deployment') as unknown as {
    spec: { template: { spec: { containers: Container[] } } };
  };
  return spec.template.spec.containers[0]!;
}

interface Schema {
  readonly description?: string;
  readonly type?: string;
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}
function schema(): Schema {
  return JSON.parse(readFileSync(`${CHART}/values.schema.json`, 'utf8')) as Schema;
}

describe('its schema', () => {
  /** Paths of what is named in the schema, or in the values as far as the schema names what is in them. */
  const paths = ({ properties = {} }: Schema, at = ''): [string, Schema][] =>
    Object.entries(properties).flatMap(([key, each]) => [[`${at}${key}`, each], ...paths(each, `${at}${key}.`)] as [string, Schema][]);

  test('knows every value that there is, and no other', () => {
    const values = parse(readFileSync(`${CHART}/values.yaml`, 'utf8')) as Values;
    const present = (within: unknown, { properties }: Schema, at = ''): string[] =>
      Object.entries(within as Values).flatMap(([key, value]) => [
        `${at}${key}`,
        ...(properties?.[key]?.properties === undefined ? [] : present(value, properties[key], `${at}${key}.`)),
      ]);
    // Helm's own, and what has no default.
    const named = paths(schema()).flatMap(([path]) => (/^(global|flags\..*|image\.pullSecrets\..*)$/.test(path) ? [] : [path]));
    expect(present(values, schema()).toSorted()).toEqual(named.toSorted());
  });

  test('explains each, and closes what it opens', () => {
    const all = paths(schema());
    expect(all.filter(([, { description = '' }]) => !description.endsWith('.')).map(([path]) => path)).toEqual([]);
    const open = [['', schema()] as const, ...all].filter(
      ([, { properties, additionalProperties }]) => properties && additionalProperties !== false,
    );
    expect(open).toEqual([]);
  });

  test.each<[Values, string]>([
    [{ replica: 2 }, "additional properties 'replica' not allowed"],
    [{ replicas: 'two' }, "at '/replicas': got string, want integer"],
    [{ replicas: -1 }, "at '/replicas': minimum: got -1, want 0"],
    [{ image: { tag: 'v1:latest' } }, "at '/image/tag': 'v1:latest' does not match pattern"],
    [{ image: { digest: 'latest' } }, "at '/image/digest': 'latest' does not match pattern"],
    [{ image: { repository: 'immutableapp@sha256' } }, "at '/image/repository': 'immutableapp@sha256' does not match pattern"],
    [{ image: { pullPolicy: 'Sometimes' } }, "at '/image/pullPolicy': value must be one of '', 'Always', 'IfNotPresent', 'Never'"],
    [{ image: { pullSecrets: ['registry'] } }, "at '/image/pullSecrets/0': got string, want object"],
    [{ watchNamespaces: 'shop' }, "at '/watchNamespaces': got string, want array"],
    [{ watchNamespaces: ['shop', 'shop'] }, "at '/watchNamespaces': items at 0 and 1 are equal"],
    [{ watchNamespaces: ['Shop'] }, "at '/watchNamespaces/0': 'Shop' does not match pattern"],
    [{ crds: { install: 'yes' } }, "at '/crds/install': got string, want boolean"],
    [{ policies: { enabled: false } }, "at '/policies': additional properties 'enabled' not allowed"],
    [{ policies: { identities: { operator: ['me'] } } }, "at '/policies/identities': additional properties 'operator' not allowed"],
    [{ policies: { identities: { controllers: ['two\nnames'] } } }, "at '/policies/identities/controllers/0'"],
    [{ policies: { install: false, handsOff: true } }, 'policies.handsOff needs policies.install'],
    [{ flags: { namespace: 'shop' } }, "at '/flags': additional properties 'namespace' not allowed"],
    [{ flags: { concurrency: 0 } }, "at '/flags/concurrency': minimum: got 0, want 1"],
    [{ flags: { 'log-level': 'loud' } }, "at '/flags/log-level': value must be one of 'error', 'warn', 'info', 'debug'"],
    [{ env: [{ value: 'nameless' }] }, "at '/env/0': missing property 'name'"],
    [{ podAnnotations: { on: true } }, "at '/podAnnotations/on': got boolean, want string"],
    [{ networkPolicy: { apiServerPorts: [] } }, "at '/networkPolicy/apiServerPorts': minItems: got 0, want 1"],
    [{ metrics: { serviceMonitor: { interval: 'often' } } }, "at '/metrics/serviceMonitor/interval': 'often' does not match pattern"],
  ])('refuses %j', async (values, message) => {
    const { code, stdout, stderr } = await helm.try(['template', 'immutableapp', CHART], values);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('takes what Helm gives a chart within another', async () => {
    expect(await helm.render({ global: { anything: true } })).toEqual(usual);
  });
});

test.each(Object.entries({ none: {}, NAMESPACED, SMALL, ALL, BARE }))(
  'helm lint finds nothing to say of it with values %s',
  async (_, values) => {
    const said = await helm.run(['lint', '--strict', '--quiet', CHART], values);
    expect(said.trim()).toBe('');
  },
);
