// The operator with rights in two namespaces and in no other: it works there, needs nothing that it was not given, and sees nothing else.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { Stage, START_MS, SYSTEM, template } from './harness.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
}, START_MS);
afterAll(() => (stage as Stage | undefined)?.close());

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

test('it runs Apps where it was given rights, and does without any other', async () => {
  const [one, two, foreign] = [await stage.place(), await stage.place(), await stage.place()];
  await stage.kubectl('delete', 'clusterrolebinding', 'immutableapp');
  for (const { namespace } of [one, two]) {
    const rights = ['--clusterrole=immutableapp', `--serviceaccount=${SYSTEM}:immutableapp`];
    await stage.kubectl('create', 'rolebinding', 'immutableapp', '-n', namespace, ...rights);
  }
  const ignored = await foreign.apply(foreign.app());
  const operator = await stage.operator(['--namespace', one.namespace, '--namespace', two.namespace]);
  await Promise.all(
    [one, two].map(async (place) => {
      await place.rollOut({ replicas: 2 });
      const next = await place.rollOut({ replicas: 2, template: template({ image: 'web:2' }), retention: { warmSeconds: 0 } });
      await place.until('the first is gone', () => place.list('Deployment').length === 1);
      await place.told(
        ({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Enforced' && is === 'True') === true,
        'is enforced',
      );
      expect((await place.route()).at(-1)).toBe(next);
      await place.expectSafe();
    }),
  );
  // Nothing was refused, and nothing asked for outside but whether the policies changed.
  await stage.expectNothingPublishedWasEdited();
  const elsewhere = (await stage.audit()).filter(({ namespace }) => ![one.namespace, two.namespace, SYSTEM].includes(namespace));
  expect(new Set(elsewhere.map(({ verb, resource }) => `${verb} ${resource}`))).toEqual(
    new Set(['watch validatingadmissionpolicies', 'watch validatingadmissionpolicybindings']),
  );
  expect(foreign.find('ImmutableApp', 'shop')?.metadata.resourceVersion).toBe(ignored.metadata.resourceVersion);
  await operator.kill();
}, 90_000);
