// Cases: how objects come to be, what the API server refuses, and how they go.
import { expect } from '@jest/globals';
import type { KubeObject } from '../../src/model/object.ts';
import { obj } from '../../src/model/json.ts';
import type { CreatableKind, RemovableKind } from '../../src/shell/api/kube.ts';
import { changes, Draft, live, must, said, type Case, type DeploymentOptions, type Subject } from './subject.ts';
import { UNREPORTED } from './reporting.ts';

/** One of each kind that the operator makes. */
const made = (draft: Draft, name: string): (KubeObject & { readonly kind: RemovableKind })[] =>
  [draft.deployment(name), draft.revision(name), draft.budget(name), draft.service(name)] as (KubeObject & { kind: RemovableKind })[];

const kindOf = ({ kind }: KubeObject) => kind as CreatableKind;

/** A Deployment with something about it changed. */
function bent(
  draft: Draft,
  change: (podSpec: Record<string, unknown>, spec: Record<string, unknown>) => void,
  options?: DeploymentOptions,
) {
  const object = structuredClone(draft.deployment('bent', options));
  const spec = obj(object.spec) as Record<string, unknown>;
  change(obj(obj(spec.template).spec), spec);
  return object;
}

async function refused(subject: Subject, object: KubeObject, kind: string): Promise<void> {
  for (const options of [{ dryRun: true }, {}]) expect(said(await subject.port.create(kindOf(object), object, options))).toBe(kind);
  expect(said(await subject.port.read(kindOf(object), subject.namespace, object.metadata.name))).toBe('Gone 404');
}

const creating: Case[] = [
  {
    name: 'a create answers with what is stored: a uid, a version, an instant of its own',
    async play(subject) {
      for (const object of made(new Draft(subject), 'new')) {
        const answer = must(await subject.port.create(kindOf(object), object));
        expect(answer).toMatchObject({ apiVersion: object.apiVersion, kind: object.kind });
        expect(answer.metadata.uid).not.toBe('');
        expect(answer.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        expect(Number(answer.metadata.resourceVersion)).toBeGreaterThan(0);
        const { metadata } = must(await subject.port.read(kindOf(object), subject.namespace, 'new'));
        expect(metadata).toMatchObject({ uid: answer.metadata.uid, creationTimestamp: answer.metadata.creationTimestamp });
      }
    },
  },
  {
    name: 'which kinds count their generations, from 1',
    async play(subject) {
      const draft = new Draft(subject);
      const generations: Record<string, number | undefined> = {};
      for (const object of [...made(draft, 'new'), draft.configMap('new')])
        generations[object.kind] = must(await subject.port.create(kindOf(object), object)).metadata.generation;
      generations.ImmutableApp = must(await subject.human.create(draft.app('new'))).metadata.generation;
      expect(JSON.parse(JSON.stringify(generations))).toEqual({ Deployment: 1, PodDisruptionBudget: 1, ImmutableApp: 1 });
    },
  },
  {
    name: 'a name that is taken: Exists, and what has it stays as it is',
    async play(subject) {
      for (const object of made(new Draft(subject), 'taken')) {
        const { metadata } = must(await subject.port.create(kindOf(object), object));
        const other = { ...object, metadata: { ...object.metadata, labels: { other: 'yes' } } };
        expect(said(await subject.port.create(kindOf(object), other))).toBe('Exists 409');
        const now = must(await subject.port.read(kindOf(object), subject.namespace, 'taken')).metadata;
        expect([now.uid, now.labels]).toEqual([metadata.uid, undefined]);
      }
    },
  },
  {
    name: 'a name whose holder is still being deleted is taken',
    async play(subject) {
      const object = new Draft(subject).revision('going', { finalizers: ['example.com/wait'] });
      const { metadata } = must(await subject.port.create('ControllerRevision', object));
      must(await subject.port.remove('ControllerRevision', subject.namespace, 'going', metadata.uid));
      expect(said(await subject.port.create('ControllerRevision', object))).toBe('Exists 409');
    },
  },
  {
    name: 'a namespace that is being terminated: Ending, dry or not, also where the name is taken; what is there still changes, and goes',
    async play(subject) {
      const draft = new Draft(subject);
      const held = draft.configMap('held', { metadata: { finalizers: ['example.com/wait'] } });
      must(await subject.human.create(held));
      await subject.end();
      const refused = async (): Promise<boolean> =>
        said(await subject.port.create('ConfigMap', draft.configMap('late'), { dryRun: true })) === 'Ending 403';
      await subject.until('nothing new is taken', refused);
      for (const object of [...made(draft, 'late'), held])
        for (const options of [{ dryRun: true }, {}])
          expect(said(await subject.port.create(kindOf(object), object, options))).toBe('Ending 403');
      expect(said(await subject.human.create(draft.app('late')))).toBe('Ending 403');
      must(await subject.human.merge('ConfigMap', 'held', { metadata: { labels: { mark: 'yes' } } }));
      must(await subject.human.merge('ConfigMap', 'held', { metadata: { finalizers: null } }));
      await subject.until('what it held is gone', async () => (await subject.human.see('ConfigMap', 'held')) === undefined);
    },
  },
  {
    name: 'a dry run answers with what would have been stored, and stores nothing',
    async play(subject) {
      for (const object of made(new Draft(subject), 'dry')) {
        const rehearsed = must(await subject.port.create(kindOf(object), object, { dryRun: true }));
        expect(said(await subject.port.read(kindOf(object), subject.namespace, 'dry'))).toBe('Gone 404');
        const stored = must(await subject.port.create(kindOf(object), object));
        expect(rehearsed.metadata.generation).toBe(stored.metadata.generation);
        expect(rehearsed.metadata.uid).not.toBe('');
        expect(rehearsed.metadata.uid).not.toBe(stored.metadata.uid);
        expect('resourceVersion' in rehearsed.metadata).toBe(false);
        if (object.kind !== 'Service') expect(stored.spec).toEqual(rehearsed.spec);
      }
    },
  },
  {
    name: 'a dry run meets a name that is taken as a create does',
    async play(subject) {
      const object = new Draft(subject).deployment('dry');
      must(await subject.port.create('Deployment', object));
      expect(said(await subject.port.create('Deployment', object, { dryRun: true }))).toBe('Exists 409');
    },
  },
  {
    name: 'what the author left out is there once it is stored',
    async play(subject) {
      const { spec } = must(await subject.port.create('Deployment', new Draft(subject).deployment('full')));
      expect(spec).toMatchObject({
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        template: { spec: { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', containers: [{ imagePullPolicy: 'IfNotPresent' }] } },
      });
    },
  },
  {
    name: 'an unknown field: a dry run is strict, a create drops it',
    async play(subject) {
      const draft = new Draft(subject);
      const inSpec = bent(draft, (_, spec) => (spec.replicass = 3));
      const inPod = bent(draft, (podSpec) => (podSpec.hostNetworking = true));
      const inContainer = bent(
        draft,
        (podSpec) => (podSpec.containers = [{ name: 'web', image: 'example/web:1', imagePullPolice: 'Never' }]),
      );
      for (const object of [inSpec, inPod, inContainer])
        expect(said(await subject.port.create('Deployment', object, { dryRun: true }))).toBe('Denied 400');
      const { spec } = must(await subject.port.create('Deployment', inSpec));
      expect([obj(spec).replicas, 'replicass' in obj(spec)]).toEqual([0, false]);
    },
  },
  {
    name: 'a template that cannot be: Denied, dry or not',
    async play(subject) {
      const draft = new Draft(subject);
      await refused(
        subject,
        bent(draft, (podSpec) => (podSpec.containers = [])),
        'Denied 422',
      );
      await refused(
        subject,
        bent(draft, (_, spec) => (spec.selector = { matchLabels: { app: 'other' } })),
        'Denied 422',
      );
      const mounts = [{ name: 'web', image: 'example/web:1', volumeMounts: [{ name: 'nowhere', mountPath: '/etc/web' }] }];
      await refused(
        subject,
        bent(draft, (podSpec) => (podSpec.containers = mounts)),
        'Denied 422',
      );
      await refused(
        subject,
        bent(draft, () => undefined, { replicas: -1 }),
        'Denied 422',
      );
    },
  },
  {
    name: 'names that are too long, or no names: Denied',
    async play(subject) {
      const draft = new Draft(subject);
      const label = { app: 'web' };
      const names = ['n'.repeat(254), 'Upper', 'under_score', '-dash'];
      for (const name of names) {
        await refused(subject, draft.deployment(name, { labels: label }), 'Denied 422');
        await refused(subject, draft.configMap(name), 'Denied 422');
        await refused(subject, draft.revision(name), 'Denied 422');
      }
      for (const name of ['n'.repeat(64), 'dot.ted', 'Upper']) await refused(subject, draft.service(name, label), 'Denied 422');
      for (const object of [draft.configMap('n'.repeat(253)), draft.revision('dot.ted'), draft.service('n'.repeat(63), label)])
        must(await subject.port.create(kindOf(object), object));
    },
  },
  {
    name: 'a label value that is none: Denied',
    async play(subject) {
      const draft = new Draft(subject);
      for (const value of ['v'.repeat(64), 'two words', '-dash', 'dash-'])
        await refused(subject, draft.configMap('labelled', { metadata: { labels: { app: value } } }), 'Denied 422');
      must(await subject.port.create('ConfigMap', draft.configMap('labelled', { metadata: { labels: { app: `${'v'.repeat(61)}.0` } } })));
    },
  },
  {
    name: 'a Service without ports: Denied',
    async play(subject) {
      const object = new Draft(subject).service('portless');
      await refused(subject, { ...object, spec: { selector: { app: 'web' } } }, 'Denied 422');
    },
  },
  {
    name: 'what only the API server may say is not taken from the author',
    async play(subject) {
      const own = { uid: 'mine', creationTimestamp: '2020-01-01T00:00:00Z', generation: 7, deletionTimestamp: '2020-01-01T00:00:00Z' };
      const { metadata } = must(await subject.port.create('Deployment', new Draft(subject).deployment('claims', { metadata: own })));
      expect(metadata.uid).not.toBe('mine');
      expect(metadata.creationTimestamp).not.toBe('2020-01-01T00:00:00Z');
      expect(metadata.generation).toBe(1);
      expect(metadata.deletionTimestamp).toBeUndefined();
    },
  },
  {
    name: 'a status is nothing that one can be born with',
    async play(subject) {
      const draft = new Draft(subject);
      const app = must(await subject.human.create({ ...draft.app('born'), status: { activeVersion: 'born-x' } }));
      expect(app.status).toEqual(UNREPORTED);
      const deployment = must(await subject.port.create('Deployment', { ...draft.deployment('born'), status: { replicas: 3 } }));
      expect(obj(deployment.status)).toEqual({});
      const budget = must(await subject.port.create('PodDisruptionBudget', { ...draft.budget('born'), status: { expectedPods: 3 } }));
      expect(obj(budget.status).expectedPods ?? 0).toBe(0);
    },
  },
];

const removing: Case[] = [
  {
    name: 'a removal of the very object: it is gone',
    async play(subject) {
      for (const object of made(new Draft(subject), 'old')) {
        const { metadata } = must(await subject.port.create(kindOf(object), object));
        expect(said(await subject.port.remove(object.kind, subject.namespace, 'old', metadata.uid))).toBe('ok');
        expect(said(await subject.port.read(object.kind, subject.namespace, 'old'))).toBe('Gone 404');
        expect(said(await subject.port.remove(object.kind, subject.namespace, 'old', metadata.uid))).toBe('ok');
      }
    },
  },
  {
    name: 'a removal of another object: nothing happens, and that is success',
    async play(subject) {
      for (const object of made(new Draft(subject), 'other')) {
        const { metadata } = must(await subject.port.create(kindOf(object), object));
        expect(said(await subject.port.remove(object.kind, subject.namespace, 'other', 'another-uid'))).toBe('ok');
        const now = must(await subject.port.read(object.kind, subject.namespace, 'other')).metadata;
        expect([now.uid, now.deletionTimestamp]).toEqual([metadata.uid, undefined]);
      }
    },
  },
  {
    name: 'who bears the name anew is another: a later version, a first generation, and safe from a removal of the old one',
    async play(subject) {
      const object = new Draft(subject).deployment('again');
      const first = must(await subject.port.create('Deployment', object)).metadata;
      must(await subject.port.remove('Deployment', subject.namespace, 'again', first.uid));
      const second = must(await subject.port.create('Deployment', object)).metadata;
      expect(second.uid).not.toBe(first.uid);
      expect(second.generation).toBe(1);
      expect(Number(second.resourceVersion)).toBeGreaterThan(Number(first.resourceVersion));
      must(await subject.port.remove('Deployment', subject.namespace, 'again', first.uid));
      expect((await live(subject, 'Deployment', 'again')).metadata.uid).toBe(second.uid);
    },
  },
  {
    name: 'a removal waits for finalizers: marked, of another generation, marked only once, gone with the last of them',
    async play(subject) {
      const object = new Draft(subject).deployment('held', { metadata: { finalizers: ['example.com/one', 'example.com/two'] } });
      const before = must(await subject.port.create('Deployment', object));
      expect(said(await subject.port.remove('Deployment', subject.namespace, 'held', before.metadata.uid))).toBe('ok');
      const marked = await live(subject, 'Deployment', 'held');
      expect(marked.metadata.deletionTimestamp).toBeDefined();
      expect(marked.metadata.generation).toBe(2);
      expect(said(await subject.port.remove('Deployment', subject.namespace, 'held', before.metadata.uid))).toBe('ok');
      expect((await live(subject, 'Deployment', 'held')).metadata).toMatchObject({ generation: 2 });
      const one = must(await subject.human.merge('Deployment', 'held', { metadata: { finalizers: ['example.com/two'] } }));
      expect(one.metadata.deletionTimestamp).toBe(marked.metadata.deletionTimestamp);
      must(await subject.human.merge('Deployment', 'held', { metadata: { finalizers: null } }));
      expect(await subject.human.see('Deployment', 'held')).toBeUndefined();
    },
  },
  {
    name: 'what is being deleted takes no new finalizer',
    async play(subject) {
      const object = new Draft(subject).revision('late', { finalizers: ['example.com/one'] });
      const { metadata } = must(await subject.port.create('ControllerRevision', object));
      must(await subject.port.remove('ControllerRevision', subject.namespace, 'late', metadata.uid));
      const more = { metadata: { finalizers: ['example.com/one', 'example.com/two'] } };
      expect(said(await subject.human.merge('ControllerRevision', 'late', more))).toBe('Denied 422');
      const fewer = { metadata: { labels: { still: 'editable' } } };
      const before = await live(subject, 'ControllerRevision', 'late');
      const after = must(await subject.human.merge('ControllerRevision', 'late', fewer));
      expect(changes(before, after)).toEqual(['/metadata/labels', '/metadata/resourceVersion']);
    },
  },
];

export const CREATING: readonly Case[] = [...creating, ...removing];
