// The rights the operator ships with are the rights its code needs: no fewer, no more. The code's needs are the tables below; an
// Action, a watch or a door of the port that is new does not compile without its row.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { install, resourcesOf } from '../scripts/manifests.ts';
import { attributes, READS } from '../src/cli/hosted/guard.ts';
import type { Action } from '../src/model/action.ts';
import type { CachedKind } from '../src/shell/store/cache.ts';
import type { Kube } from '../src/shell/api/kube.ts';
import type { Ask } from '../src/model/question.ts';
import { POLICIES, POLICY_REVISION } from '../src/model/vocabulary.ts';

/** `resource verb`, resources of the core group bare, others as `resource.group`. */
type Right = string;

const ACTIONS: Record<Action['do'], readonly Right[]> = {
  ask: [], // by question, below
  // Reads what it meets under a name that exists already: it may be its own. A version with captured content is recorded after the App was read live.
  publish: [
    'immutableapps.immutableapp.io get',
    ...['controllerrevisions.apps create', 'configmaps create', 'deployments.apps create', 'poddisruptionbudgets.policy create'],
    ...['controllerrevisions.apps get', 'configmaps get', 'deployments.apps get', 'poddisruptionbudgets.policy get'],
  ],
  trip: [], // an annotation on the Lease
  // Reads the App live first, and what it meets under a name that exists already.
  attest: ['immutableapps.immutableapp.io get', 'controllerrevisions.apps create', 'controllerrevisions.apps get'],
  expose: ['services create'],
  reshape: ['services patch'],
  scale: ['deployments/scale.apps patch'],
  // These three read the App live first, and retire what Services select.
  switch: ['immutableapps.immutableapp.io get', 'services patch'],
  // The plan retires no ConfigMap: it goes with its record.
  retire: [
    ...['immutableapps.immutableapp.io get', 'services get'],
    ...['controllerrevisions.apps delete', 'deployments.apps delete', 'poddisruptionbudgets.policy delete', 'services delete'],
  ],
  // Both read the App live first.
  reclaim: ['immutableapps.immutableapp.io get', 'services patch'],
  release: ['immutableapps.immutableapp.io get', 'services patch'],
};

const QUESTIONS: Record<Ask, readonly Right[]> = {
  // Reads what it meets under a name that exists already: it may be its own.
  dryRun: ['deployments.apps create', 'deployments.apps get'],
  // A version without a record has its content in the App.
  content: ['controllerrevisions.apps get', 'immutableapps.immutableapp.io get'],
  source: ['configmaps get'],
  pods: ['pods list'],
  images: ['pods list'],
  slices: ['endpointslices.discovery.k8s.io list'],
  differences: ['deployments.apps get', 'deployments.apps create', 'replicasets.apps list', 'pods list'],
  // Reads the App live, tries to create a ConfigMap as a dry run, and reads the one that is there after all.
  config: ['immutableapps.immutableapp.io get', 'configmaps create', 'configmaps get'],
  // Where the pods are that a gate of kind http asks. A Job of a gate, the Service by which it reaches them, and why it failed.
  measure: [
    ...['pods list', 'jobs.batch get', 'jobs.batch create', 'endpointslices.discovery.k8s.io list'],
    ...['services get', 'services create', 'services delete'],
  ],
};

const WATCHED: Record<CachedKind, string> = {
  ImmutableApp: 'immutableapps.immutableapp.io',
  ControllerRevision: 'controllerrevisions.apps',
  ConfigMap: 'configmaps',
  Deployment: 'deployments.apps',
  Service: 'services',
  EndpointSlice: 'endpointslices.discovery.k8s.io',
  Pod: 'pods',
  ReplicaSet: 'replicasets.apps',
  PodDisruptionBudget: 'poddisruptionbudgets.policy',
};

/** What goes through the port for no Action and no watch of the cache. */
const BESIDE: Record<keyof Kube, readonly Right[]> = {
  create: [
    'events.events.k8s.io create',
    // Every object is owned by its App with blockOwnerDeletion.
    'immutableapps/finalizers.immutableapp.io update',
  ],
  patchStatus: ['immutableapps/status.immutableapp.io patch'],
  read: [],
  remove: [],
  scale: [],
  patchService: [],
  replaceLease: [],
  list: [],
  stream: [],
};

/** Of what is cluster-scoped and none of the cache's. */
const POLICED: readonly Right[] = ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].flatMap((resource) => [
  `${resource}.admissionregistration.k8s.io list`,
  `${resource}.admissionregistration.k8s.io watch`,
]);

const LEASE: readonly Right[] = [
  // About the Lease, when something concerns all Apps.
  'events.events.k8s.io create',
  'leases.coordination.k8s.io create',
  'leases.coordination.k8s.io/immutableapp get',
  'leases.coordination.k8s.io/immutableapp update',
];

interface Rule {
  readonly apiGroups?: string[];
  readonly resources?: string[];
  readonly resourceNames?: string[];
  readonly verbs: string[];
  readonly nonResourceURLs?: string[];
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
  readonly rules?: Rule[];
  readonly roleRef?: { kind: string; name: string };
  readonly subjects?: object[];
  readonly spec?: unknown;
}

const read = (file: string): Manifest[] => parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Manifest);
const base = (await resourcesOf('deploy/base')).flatMap(read);
const page = (await resourcesOf('deploy/page')).flatMap(read);
/** Of a role for people: the built-in roles that it is added to. */
const aggregated = ({ metadata }: Manifest): string[] =>
  Object.keys(metadata.labels ?? {}).flatMap((label) => /^rbac\.authorization\.k8s\.io\/aggregate-to-(.+)$/.exec(label)?.[1] ?? []);
const only = (kind: string, name = /^immutableapp(-system)?$/): Manifest => {
  const found = base.filter((manifest) => manifest.kind === kind && aggregated(manifest).length === 0 && name.test(manifest.metadata.name));
  expect(found).toHaveLength(1);
  return found[0]!;
};

const rights = ({ rules = [] }: Manifest): Right[] =>
  rules.flatMap(({ apiGroups = [], resources = [], resourceNames = [''], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) =>
          verbs.map((verb) => `${resource}${group === '' ? '' : `.${group}`}${name === '' ? '' : `/${name}`} ${verb}`),
        ),
      ),
    ),
  );

const sorted = (rightsOf: readonly Right[]): Right[] => [...new Set(rightsOf)].sort();

const ACCOUNT = [{ kind: 'ServiceAccount', name: 'immutableapp', namespace: 'immutableapp-system' }];

describe('the operator may do', () => {
  const granted = rights(only('ClusterRole'));

  test('what its code does in the namespaces of Apps, and nothing else', () => {
    const watched = Object.values(WATCHED).flatMap((resource) => [`${resource} list`, `${resource} watch`]);
    const needed = [...[ACTIONS, QUESTIONS].flatMap((rights) => Object.values(rights).flat()), ...watched, ...Object.values(BESIDE).flat()];
    expect(sorted(granted)).toEqual(sorted(needed));
    expect(granted).toHaveLength(new Set(granted).size);
  });

  test('in the whole cluster, whatever namespaces it looks after: see whether its policies changed', () => {
    expect(sorted(rights(only('ClusterRole', /-policies$/)))).toEqual(sorted(POLICED));
    expect(only('ClusterRoleBinding', /-policies$/)).toMatchObject({ roleRef: { name: 'immutableapp-policies' }, subjects: ACCOUNT });
    const others = base.filter(({ kind, metadata }) => kind === 'ClusterRoleBinding' && !/^immutableapp(-policies)?$/.test(metadata.name));
    expect(others).toEqual([]);
  });

  test('in its own namespace: hold its Lease', () => {
    expect(sorted(rights(only('Role')))).toEqual(sorted(LEASE));
  });

  test('nothing that changes a published object', () => {
    const published = /^(deployments|configmaps|controllerrevisions|poddisruptionbudgets|replicasets|pods)\b(?!\/scale)/;
    expect(granted.filter((right) => published.test(right) && / (update|patch|deletecollection)$/.test(right))).toEqual([]);
    expect(granted.filter((right) => /^pods.* delete/.test(right))).toEqual([]);
  });

  test('nothing with a Secret, and nothing by a wildcard or by a URL', () => {
    const rules = base.flatMap((manifest) => manifest.rules ?? []);
    expect(JSON.stringify(rules)).not.toMatch(/\*|secrets|"(escalate|impersonate|bind)"/);
    expect(rules.filter(({ nonResourceURLs }) => nonResourceURLs !== undefined)).toEqual([]);
  });

  test('only as the service account of its Deployment', () => {
    for (const [kind, role] of [
      ['ClusterRoleBinding', 'ClusterRole'],
      ['RoleBinding', 'Role'],
    ] as const) {
      expect(only(kind)).toMatchObject({ roleRef: { kind: role, name: only(role).metadata.name }, subjects: ACCOUNT });
    }
    expect(only('ServiceAccount').metadata).toMatchObject({ name: 'immutableapp', namespace: 'immutableapp-system' });
    expect(only('Deployment')).toMatchObject({
      metadata: { namespace: 'immutableapp-system' },
      spec: { template: { spec: { serviceAccountName: 'immutableapp' } } },
    });
  });
});

describe('the page in the cluster may do', () => {
  const granted = (name: string): Right[] =>
    sorted(rights(page.find(({ kind, metadata }) => /Role$/.test(kind) && `${kind} ${metadata.name}` === name)!));
  const reads = Object.entries(READS).flatMap(([kind, verbs]) =>
    verbs.map((verb) => {
      const { resource, group } = attributes(verb, kind as keyof typeof READS);
      return `${resource}${group === '' ? '' : `.${group}`} ${verb}`;
    }),
  );

  test('what it reads, and nothing else; and ask who somebody is and what they may', () => {
    const lease = 'leases.coordination.k8s.io get';
    expect(reads).toContain(lease);
    expect(granted('ClusterRole immutableapp-page')).toEqual(sorted(reads.filter((right) => right !== lease)));
    expect(granted('Role immutableapp-page')).toEqual(['leases.coordination.k8s.io/immutableapp get']);
    expect(granted('ClusterRole immutableapp-page-reviews')).toEqual([
      'subjectaccessreviews.authorization.k8s.io create',
      'tokenreviews.authentication.k8s.io create',
    ]);
    expect(page.filter(({ rules }) => rules !== undefined)).toHaveLength(3);
  });

  test('as an account of its own, which is not the operator’s', () => {
    const bindings = page.filter(({ kind }) => /Binding$/.test(kind));
    expect(bindings).toHaveLength(3);
    for (const { subjects } of bindings)
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name: 'immutableapp-page', namespace: 'immutableapp-system' }]);
    const { spec } = page.find(({ kind }) => kind === 'Deployment')!;
    expect(spec).toMatchObject({
      selector: { matchLabels: { 'app.kubernetes.io/name': 'immutableapp-page' } },
      template: {
        metadata: { labels: { 'app.kubernetes.io/name': 'immutableapp-page' } },
        spec: {
          serviceAccountName: 'immutableapp-page',
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              image: `immutableapp:${(JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version}`,
              securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
              resources: { requests: { memory: expect.any(String) }, limits: { memory: expect.any(String) } },
            },
          ],
        },
      },
    });
  });
});

test('people who may view or edit a namespace may do the same with its Apps, and nothing with their status', () => {
  const people = base.filter((manifest) => aggregated(manifest).length > 0);
  expect(Object.fromEntries(people.map((role) => [aggregated(role).join(' '), rights(role).sort()]))).toEqual({
    view: ['immutableapps', 'immutableapps/status', 'immutableapps/scale'].flatMap(readOnly).sort(),
    'edit admin': [
      ...['create', 'update', 'patch', 'delete', 'deletecollection'].map((verb) => `immutableapps.immutableapp.io ${verb}`),
      ...['update', 'patch'].map((verb) => `immutableapps/scale.immutableapp.io ${verb}`),
    ].sort(),
  });
});
const readOnly = (resource: string): string[] => ['get', 'list', 'watch'].map((verb) => `${resource}.immutableapp.io ${verb}`);

test("the operator's pod keeps to the restricted Pod Security Standard, has limits on memory and none on CPU", () => {
  expect(only('Namespace').metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  expect(only('Deployment').spec).toMatchObject({
    template: {
      spec: {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            image: `immutableapp:${(JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version}`,
            securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
            resources: { requests: { cpu: expect.any(String), memory: expect.any(String) }, limits: { memory: expect.any(String) } },
          },
        ],
      },
    },
  });
  expect(JSON.stringify(only('Deployment'))).not.toMatch(/"limits":\{[^}]*cpu/);
});

test('two operators run, apart where there is room; a drain takes one at a time, and Prometheus finds both', () => {
  const { spec } = only('Deployment') as unknown as {
    spec: { replicas: number; selector: object; template: { metadata: object; spec: { topologySpreadConstraints: object[] } } };
  };
  const labels = { 'app.kubernetes.io/name': 'immutableapp' };
  expect(spec).toMatchObject({ replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels } } });
  expect(spec.template.spec.topologySpreadConstraints).toEqual(
    ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
      ...{ maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway' },
      labelSelector: { matchLabels: labels },
    })),
  );
  expect(only('PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1, selector: { matchLabels: labels } });
  expect(only('Service', /-metrics$/).spec).toMatchObject({ selector: labels, ports: [{ targetPort: 'http' }] });
});

test('install.yaml is the base in one file', async () => {
  expect(readFileSync('deploy/install.yaml', 'utf8')).toBe(await install());
  expect(read('deploy/install.yaml')).toEqual(base);
});

describe('the policies', () => {
  const policies = base.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  const bindings = base.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');

  test('are those that the operator probes, at the revision that it wants, each bound to deny', () => {
    expect(policies.map(({ metadata }) => metadata.name).sort()).toEqual(POLICIES.map((name) => `immutableapp-${name}`).sort());
    for (const { metadata, spec } of policies) {
      const short = metadata.name.replace('immutableapp-', '');
      expect(metadata.labels).toEqual({ 'app.kubernetes.io/part-of': 'immutableapp' });
      expect(spec).toMatchObject({ failurePolicy: 'Fail', validations: expect.arrayContaining([expect.anything()]) });
      expect((spec as { validations: { message: string }[] }).validations[0]!.message).toBe(
        `revision ${String(POLICY_REVISION)} is in force`,
      );
      expect(JSON.stringify(spec)).toContain(`'immutableapp.io/probe'].orValue('') == '${short}'`);
      const binding = bindings.find((one) => one.metadata.name === metadata.name);
      expect(binding?.spec).toMatchObject({ policyName: metadata.name, validationActions: ['Deny'] });
      expect(binding?.metadata.labels).toEqual(metadata.labels);
    }
    expect(bindings).toHaveLength(policies.length);
  });

  test('let a namespace go when who is who has been deleted first', () => {
    for (const { metadata, spec } of policies) {
      const { paramKind } = spec as { paramKind?: object };
      const { paramRef } = bindings.find((one) => one.metadata.name === metadata.name)!.spec as { paramRef?: object };
      if (paramKind === undefined) expect(paramRef).toBeUndefined();
      else expect(paramRef).toMatchObject({ name: 'immutableapp-identities', parameterNotFoundAction: 'Allow' });
    }
  });

  test('know the operator by the service account that it runs under', () => {
    const identities = base.find(({ metadata }) => metadata.name === 'immutableapp-identities') as unknown as {
      data: Record<string, string>;
    };
    expect(identities.data.operator).toBe('system:serviceaccount:immutableapp-system:immutableapp\n');
    expect(Object.keys(identities.data).sort()).toEqual(['break-glass', 'collectors', 'controllers', 'operator']);
  });
});
