// A credential is rotated, on a real API server: the recipe's own script renews what serves, with no more rights than the recipe names. The version
// is the same, nobody is asked again, and endpoints are never empty.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { inFolder } from '../../deploy/local/binaries.ts';
import { kubectlEnvironment } from '../../deploy/local/kubectl.ts';
import { must } from './admin.ts';
import { condition, is, polled, template, type Place } from './harness.ts';
import type { Pod } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

/** What the CronJob of the recipe runs. */
function scriptOf(recipe: string): string {
  const text = readFileSync(join(import.meta.dirname, '../../docs/recipes.md'), 'utf8');
  const [, yaml = ''] = new RegExp(`### ${recipe}\n[^]*?\`\`\`yaml\n([^]*?)\`\`\``).exec(text) ?? [];
  const cronJob = parse(yaml) as {
    spec: { jobTemplate: { spec: { template: { spec: { containers: { args: string[] }[] } } } } };
  };
  return cronJob.spec.jobTemplate.spec.template.spec.containers[0]!.args[0]!;
}

const RIGHTS = [
  { apiGroups: [''], resources: ['secrets'], resourceNames: ['db'], verbs: ['get'] },
  { apiGroups: ['immutableapp.io'], resources: ['immutableapps'], resourceNames: ['web'], verbs: ['get', 'patch'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
];
const NAME = 'web-credential';

/** A service account with these rights, as its kubeconfig. */
async function rotating({ namespace }: Place): Promise<string> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const metadata = { name: NAME };
  await stage.admin
    .post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
    .then(must);
  const of = (kind: string) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata });
  await stage.admin.post(`${rbac}/roles`, { ...of('Role'), rules: RIGHTS }).then(must);
  await stage.admin
    .post(`${rbac}/rolebindings`, {
      ...of('RoleBinding'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: NAME },
      subjects: [{ kind: 'ServiceAccount', name: NAME, namespace }],
    })
    .then(must);
  return stage.cluster.kubeconfigFor({ serviceAccount: `${namespace}/${NAME}` });
}

async function run(script: string, { namespace }: Place, kubeconfig: string): Promise<string> {
  const kubectl = inFolder(stage.cluster.binaries).command('kubectl');
  const words = [kubectl.file, ...kubectl.arguments, '-n', namespace].map((word) => `'${word}'`).join(' ');
  const env = { ...kubectlEnvironment({ kubeconfig, directory: stage.cluster.directory }), USER: 'rotation' };
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', `kubectl() { ${words} "$@"; }\n${script}`], { env });
  return stdout;
}

const GATED = { promotion: { failbackSeconds: 0, before: [{ name: 'signed', approval: { count: 1 } }] } };
const content = (image: string) => ({
  replicas: 2,
  template: template({ image, container: { env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }] } }),
});

test(
  'the script does nothing until the Secret is newer; then the same version comes up afresh, and no gate is asked',
  async () => {
    const place = await stage.place();
    const script = scriptOf('A credential was rotated');
    const kubeconfig = await rotating(place);
    await stage.kubectl('-n', place.namespace, 'create', 'secret', 'generic', 'db', '--from-literal=password=old');
    const one = await place.rollOut({ ...content('web:1'), promotion: { failbackSeconds: 0 } }, 'web');
    await place.steady(await place.update({ ...content('web:1'), ...GATED }, 'web'));
    expect(await run(script, place, kubeconfig)).toBe('');

    const made = Date.parse(place.find('Deployment', one)!.metadata.creationTimestamp);
    await polled('a second has passed, which is how exactly the API server writes times down', () =>
      Promise.resolve(Date.now() - made > 1000),
    );
    await stage.kubectl('-n', place.namespace, 'patch', 'secret', 'db', '-p', '{"stringData":{"password":"new"}}');
    expect(await run(script, place, kubeconfig)).toContain('annotated');
    const done = await place.told(
      (app) => app.status?.activeInstance === `${one}-2` && is(app, 'Ready') && !is(app, 'Reconciling'),
      'a fresh instance serves',
      undefined,
      'web',
    );
    expect(done.status).toMatchObject({
      activeVersion: one,
      history: [{ from: one, to: `${one}-2`, reason: 'Renewed', by: 'oncall-rotation' }, {}],
    });
    expect(place.podsOf(`${one}-2`).filter((pod: Pod) => pod.metadata.deletionTimestamp === undefined)).toHaveLength(2);
    expect(await run(script, place, kubeconfig)).toBe('');

    // The gate is there, for content that is new.
    await place.update({ ...content('web:2'), ...GATED }, 'web');
    await place.told((app) => condition(app, 'Ready')?.reason === 'ApprovalMissing', 'a new version waits for people', undefined, 'web');
    await place.expectSafe();
  },
  TEST_MS,
);
