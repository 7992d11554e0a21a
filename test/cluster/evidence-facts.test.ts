// What people and controllers leave behind on the real API server, and what is made of it: every attack is told, by name, and nothing of
// what clusters do every day is.
// An API server of its own: neither policies nor an operator of ours may be there.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { startCluster, type Cluster } from '../../deploy/local/cluster.ts';
import type { Differences } from '../../src/model/question.ts';
import { FIELD_MANAGER, LABEL } from '../../src/model/vocabulary.ts';
import { compare } from '../../src/workloads/drift.ts';
import { START_MS } from './harness.ts';

const TEST_MS = 60_000;
/** Managed fields count in seconds: only what is older can be told from what its maker did. */
const OLD_MS = 2500;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  await Promise.all(['plain', 'mutated'].map((name) => must('POST', '/api/v1/namespaces', { metadata: { name, labels: { name } } })));
  await admission();
}, START_MS);
afterAll(() => (cluster as Cluster | undefined)?.stop());

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly creationTimestamp: string }; readonly spec: object }[];
}

async function must<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await cluster.call(method, path, body).catch((error: unknown) => {
    throw new Error(`${method} ${path}`, { cause: error });
  });
  if (answer.code > 299) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body as T;
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + TEST_MS / 2;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) throw new Error(`Not in time: ${what}`);
    await delay(50);
  }
}

const deployment = (name: string, replicas: number, dryRun = false): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: dryRun ? `${name}-dry` : name },
  spec: {
    replicas,
    selector: { matchLabels: { [LABEL.instance]: name } },
    template: {
      metadata: { labels: { [LABEL.instance]: name } },
      spec: { containers: [{ name: 'web', image: 'example/web:1', resources: { requests: { cpu: '10m' } } }] },
    },
  },
});

/** Like Kyverno or a mesh: another image, one more variable and one more container in every new pod. */
async function admission(): Promise<void> {
  const changed =
    'Object.spec.containers{name: c.name, image: "mirror/web:1", env: [Object.spec.containers.env{name: "ZONE", value: "a"}]}';
  const mesh = 'Object.spec.containers{name: "mesh", image: "mesh:1"}';
  const expression = `Object{spec: Object.spec{containers: object.spec.containers.map(c, ${changed}) + [${mesh}]}}`;
  const group = '/apis/admissionregistration.k8s.io/v1';
  await must('POST', `${group}/mutatingadmissionpolicies`, {
    metadata: { name: 'mirror' },
    spec: {
      matchConstraints: {
        namespaceSelector: { matchLabels: { name: 'mutated' } },
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
      reinvocationPolicy: 'Never',
      failurePolicy: 'Fail',
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
    },
  });
  await must('POST', `${group}/mutatingadmissionpolicybindings`, { metadata: { name: 'mirror' }, spec: { policyName: 'mirror' } });
  const pod = { metadata: { name: 'try' }, spec: { containers: [{ name: 'web', image: 'example/web:1' }] } };
  await until('admission changes pods', async () => {
    const { body } = await cluster.call('POST', '/api/v1/namespaces/mutated/pods?dryRun=All', pod);
    return JSON.stringify(body).includes('mirror/web:1') || undefined;
  });
}

class Instance {
  readonly name: string;
  readonly namespace: string;
  constructor(name: string, namespace: string) {
    this.name = name;
    this.namespace = namespace;
  }
  get deployments(): string {
    return `/apis/apps/v1/namespaces/${this.namespace}/deployments`;
  }
  list(path: string): Promise<Listed> {
    return must('GET', `${path}?labelSelector=${LABEL.instance}=${this.name}`);
  }
  pods = (): Promise<Listed> => this.list(`/api/v1/namespaces/${this.namespace}/pods`);
  sets = (): Promise<Listed> => this.list(`/apis/apps/v1/namespaces/${this.namespace}/replicasets`);

  async up(replicas: number): Promise<this> {
    await must('POST', `${this.deployments}?fieldManager=${FIELD_MANAGER}`, deployment(this.name, replicas));
    await until(`${this.name} is up and old enough`, async () => {
      const { items } = await this.pods();
      const old = items.filter(({ metadata, spec }) => 'nodeName' in spec && Date.now() - Date.parse(metadata.creationTimestamp) > OLD_MS);
      return old.length === replicas || undefined;
    });
    return this;
  }

  async kubectl(...args: readonly string[]): Promise<void> {
    const { code, stderr } = await cluster.kubectl(['-n', this.namespace, ...args]);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  }

  /** The first pod or ReplicaSet, as kubectl calls it. */
  async pod(): Promise<string> {
    return `pod/${(await this.pods()).items[0]!.metadata.name}`;
  }
  async set(): Promise<string> {
    return `rs/${(await this.sets()).items[0]!.metadata.name}`;
  }

  async differences(): Promise<Differences> {
    const [live, published, sets, pods] = await Promise.all([
      must('GET', `${this.deployments}/${this.name}`),
      must('POST', `${this.deployments}?dryRun=All`, deployment(this.name, 1, true)),
      this.sets(),
      this.pods(),
    ]);
    return compare({ deployment: live, published, replicaSets: sets.items, pods: pods.items });
  }
}

const CLEAN: Differences = { deployment: [], writers: [], replicaSets: [], pods: [], debugged: [] };
type Act = (instance: Instance) => Promise<void>;
interface Case {
  readonly what: string;
  readonly replicas?: number;
  readonly namespace?: 'mutated';
  readonly act: Act;
  readonly found: object;
}
const EVIL = 'web=evil:1';
const RESIZE = JSON.stringify({ spec: { containers: [{ name: 'web', resources: { requests: { cpu: '20m' } } }] } });
const ABLE = JSON.stringify([{ op: 'add', path: '/status/containerStatuses/0/resources', value: { requests: { cpu: '10m' } } }]);
/** The API server lets a pod be resized once its kubelet reports resources, which simulated ones do not. */
const resize: Act = async (i) => {
  const pod = await i.pod();
  await i.kubectl('patch', pod, '--subresource=status', '--type=json', '-p', ABLE);
  await i.kubectl('patch', pod, '--subresource=resize', '--type=strategic', '-p', RESIZE);
};
const said = (text: string) => [expect.stringContaining(text)];
const evilPod = (by: string) => ({ ...CLEAN, pods: said(`image of web: "example/web:1" → "evil:1", by ${by}`) });

const CASES: readonly Case[] = [
  {
    what: 'set image of the Deployment',
    act: (i) => i.kubectl('set', 'image', `deployment/${i.name}`, EVIL),
    found: {
      deployment: ['spec.template.spec.containers[web].image: "example/web:1" → "evil:1"'],
      writers: [{ by: 'kubectl-set', how: 'Update' }],
    },
  },
  {
    what: 'set image of the Deployment in our name, seen by its second ReplicaSet',
    act: async (i) => {
      await i.kubectl('set', 'image', `deployment/${i.name}`, EVIL, `--field-manager=${FIELD_MANAGER}`);
      await until('there is a second ReplicaSet', async () => (await i.sets()).items.length === 2 || undefined);
    },
    found: { deployment: said('"evil:1"'), writers: [], replicaSets: said('"evil:1" → "example/web:1"') },
  },
  {
    what: 'rollout restart',
    act: (i) => i.kubectl('rollout', 'restart', `deployment/${i.name}`),
    found: { deployment: ['spec.template.metadata.annotations was changed'], writers: [{ by: 'kubectl-rollout' }] },
  },
  {
    what: 'set image of the ReplicaSet',
    act: async (i) => i.kubectl('set', 'image', await i.set(), EVIL),
    found: { deployment: [], writers: [], replicaSets: said('"example/web:1" → "evil:1", by kubectl-set') },
  },
  ...[1, 2].flatMap((replicas): Case[] => [
    {
      what: `set image of one pod of ${String(replicas)}`,
      replicas,
      act: async (i) => i.kubectl('set', 'image', await i.pod(), EVIL),
      found: evilPod('kubectl-set'),
    },
    {
      what: `set image of one pod of ${String(replicas)} in the name of its controller`,
      replicas,
      act: async (i) => i.kubectl('set', 'image', await i.pod(), EVIL, '--field-manager=kube-controller-manager'),
      found: evilPod('kube-controller-manager'),
    },
  ]),
  {
    what: 'set image of a pod that admission had changed',
    namespace: 'mutated',
    act: async (i) => i.kubectl('set', 'image', await i.pod(), EVIL),
    found: evilPod('kubectl-set'),
  },
  {
    what: 'debug',
    act: async (i) => i.kubectl('debug', await i.pod(), '--image=busybox', '--container=look', '--attach=false'),
    found: { ...CLEAN, debugged: [{ container: 'look', by: 'kubectl', pod: expect.any(String), at: expect.any(Number) }] },
  },
  { what: 'nothing', act: () => Promise.resolve(), found: CLEAN },
  { what: 'scale', act: (i) => i.kubectl('scale', `deployment/${i.name}`, '--replicas=3'), found: CLEAN },
  {
    what: 'scale as an autoscaler does, and by a patch of the Deployment',
    act: async (i) => {
      await i.kubectl('patch', `deployment/${i.name}`, '--subresource=scale', '--type=merge', '-p', '{"spec":{"replicas":2}}');
      await i.kubectl('patch', `deployment/${i.name}`, '--type=merge', '-p', '{"spec":{"replicas":3}}');
    },
    found: { deployment: [], replicaSets: [], pods: [], debugged: [] },
  },
  {
    what: 'labels and annotations',
    act: async (i) => {
      await i.kubectl('label', `deployment/${i.name}`, await i.pod(), await i.set(), 'team=x');
      await i.kubectl('annotate', `deployment/${i.name}`, await i.pod(), await i.set(), 'note=x');
    },
    found: CLEAN,
  },
  { what: 'delete a pod', act: async (i) => i.kubectl('delete', await i.pod(), '--wait=false'), found: CLEAN },
  {
    what: 'evict a pod',
    act: async (i) => {
      const [, name = ''] = (await i.pod()).split('/');
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } };
      await must('POST', `/api/v1/namespaces/${i.namespace}/pods/${name}/eviction`, eviction);
    },
    found: CLEAN,
  },
  { what: 'admission that changes every pod', namespace: 'mutated', act: () => Promise.resolve(), found: CLEAN },
  {
    what: 'resize of a pod that admission had changed, labelled in the name of its controller',
    namespace: 'mutated',
    act: async (i) => {
      await i.kubectl('label', await i.pod(), 'team=x', '--field-manager=kube-controller-manager');
      await resize(i);
    },
    found: CLEAN,
  },
  { what: 'resize', act: resize, found: CLEAN },
  { what: 'resize of a pod that admission had changed', namespace: 'mutated', act: resize, found: CLEAN },
];

test(
  'every attack on an instance is told, and nothing of everyday life is',
  async () => {
    const results = await Promise.all(
      CASES.map(async ({ what, replicas = 2, namespace = 'plain', act, found }, index) => {
        const instance = await new Instance(`case-${String(index)}`, namespace).up(replicas);
        const error = await act(instance).then(
          () => undefined,
          (reason: unknown) => String(reason),
        );
        return { what, error, found, is: await instance.differences() };
      }),
    );
    expect(results.map(({ what, error, is }) => ({ what, error, ...is }))).toMatchObject(
      results.map(({ what, found }) => ({ what, error: undefined, ...found })),
    );
  },
  TEST_MS,
);
