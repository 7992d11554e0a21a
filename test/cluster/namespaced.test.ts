// The operator with rights in two namespaces and in no other: it works there, needs nothing that it was not given, and sees nothing else.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { GC_MS, polled, SYSTEM, template } from './harness.ts';
import { openOwnStage } from './opening.ts';

const stage = openOwnStage({ because: 'it takes away the rights that the operator has everywhere', refusals: true });

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}
const documents = (text: string): Manifest[] => parseAllDocuments(text).map((document) => document.toJS() as Manifest);
const named = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

test('deploy/namespaced is the base without the binding that gives rights everywhere, and one for a namespace', async () => {
  const base = documents(readFileSync('deploy/install.yaml', 'utf8')).map(named);
  const made = documents(await stage.kubectl('kustomize', 'deploy/namespaced'));
  expect(made.map(named).toSorted()).toEqual(
    [...base.filter((name) => name !== 'ClusterRoleBinding /immutableapp'), 'RoleBinding default/immutableapp'].toSorted(),
  );
  expect(made.find(({ kind }) => kind === 'Deployment')?.spec).toMatchObject({
    template: { spec: { containers: [{ args: ['--namespace', 'default'] }] } },
  });
});

test('it runs Apps where it was given rights, is not ready before it has them, and touches nothing elsewhere', async () => {
  const [one, two, other] = [await stage.place(), await stage.place(), await stage.place()];
  const bind = (namespace: string) =>
    stage.kubectl(
      ...['create', 'rolebinding', 'immutableapp', '-n', namespace],
      ...['--clusterrole=immutableapp', `--serviceaccount=${SYSTEM}:immutableapp`],
    );
  await stage.kubectl('delete', 'clusterrolebinding', 'immutableapp');
  await bind(one.namespace);
  const left = await other.update({}); // nobody's
  const operator = await stage.start(['--namespace', one.namespace, '--namespace', two.namespace]);
  // It may not look into one of its namespaces yet.
  await polled('its watches are refused', async () => (await stage.audit(two.namespace)).some(({ code }) => code === 403));
  expect(await operator.page('/readyz')).toMatchObject({ status: 503, text: expect.stringMatching(/watches/) });
  const app = await one.update({ template: template() });
  await bind(two.namespace);
  await operator.ready();

  await one.steady(app);
  await one.rollOut({ template: template({ image: 'example/web:2' }) });
  await one.told(({ status }) => status?.conditions?.find(({ type }) => type === 'Enforced')?.status === 'True', 'is enforced');
  await two.rollOut({ config: [{ name: 'web', data: { key: 'value' } }] });
  await two.remove('ImmutableApp', 'shop');
  await two.until('nothing is left', () => two.list('Deployment').length === 0 && two.list('Service').length === 0, GC_MS);
  await other.settle();
  expect(other.find('ImmutableApp', 'shop')?.metadata.resourceVersion).toBe(left.metadata.resourceVersion);
  // Nothing was asked for outside but whether the policies changed.
  const elsewhere = (await stage.audit()).filter(({ namespace }) => ![one.namespace, two.namespace, SYSTEM].includes(namespace));
  expect(new Set(elsewhere.map(({ verb, resource }) => `${verb} ${resource}`))).toEqual(
    new Set(['watch validatingadmissionpolicies', 'watch validatingadmissionpolicybindings']),
  );
  for (const place of [one, two]) await place.expectSafe();
}, 120_000);
