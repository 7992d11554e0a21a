// Cases: what may change at all, what a write changes besides what it says, versions and generations, and scaling.
import { expect } from '@jest/globals';
import { newer } from '../../src/shell/store/store.ts';
import { project } from '../../src/workloads/object.ts';
import type { StoredKind } from '../world/store.ts';
import { changes, Draft, live, must, said, settled, writers, type Case, type Subject } from './subject.ts';

const MARK = { metadata: { labels: { mark: 'yes' } } };
const NOTE = { metadata: { annotations: { note: 'yes' } } };

/** By how much a person's change of an object moves its generation. */
async function step(subject: Subject, kind: StoredKind, name: string, patch: object, subresource?: 'status'): Promise<number> {
  const before = (await live(subject, kind, name)).metadata.generation ?? 0;
  return (must(await subject.human.merge(kind, name, patch, subresource)).metadata.generation ?? 0) - before;
}

/** Controllers may write at the same time: the version stays as soon as they do not. */
const keepsVersion = (subject: Subject, kind: StoredKind, name: string, write: () => Promise<unknown>): Promise<true> =>
  subject.until(`a write that changes nothing leaves the version of ${kind} ${name}`, async () => {
    const before = await live(subject, kind, name);
    await write();
    return (await live(subject, kind, name)).metadata.resourceVersion === before.metadata.resourceVersion;
  });

const frozen: Case[] = [
  {
    name: 'the data of a ControllerRevision never change; what is written on it may',
    async play(subject) {
      const before = must(await subject.port.create('ControllerRevision', new Draft(subject).revision('record')));
      for (const data of [{ content: 'two' }, { more: 'yes' }])
        expect(said(await subject.human.merge('ControllerRevision', 'record', { data }))).toBe('Denied 422');
      const after = must(await subject.human.merge('ControllerRevision', 'record', { ...MARK, revision: 2 }));
      expect(changes(before, after)).toEqual(['/metadata/labels', '/metadata/resourceVersion', '/revision']);
    },
  },
  {
    name: 'an immutable ConfigMap never changes again; what is written on it may',
    async play(subject) {
      const before = must(await subject.port.create('ConfigMap', new Draft(subject).configMap('config', { immutable: true })));
      for (const patch of [{ data: { key: 'two' } }, { binaryData: { key2: 'dHdv' } }, { immutable: false }, { immutable: null }])
        expect(said(await subject.human.merge('ConfigMap', 'config', patch))).toBe('Denied 422');
      expect(changes(before, must(await subject.human.merge('ConfigMap', 'config', MARK)))).toEqual([
        '/metadata/labels',
        '/metadata/resourceVersion',
      ]);
    },
  },
  {
    name: 'any other ConfigMap changes, and may become immutable',
    async play(subject) {
      must(await subject.human.create(new Draft(subject).configMap('config')));
      must(await subject.human.merge('ConfigMap', 'config', { data: { key: 'two' } }));
      must(await subject.human.merge('ConfigMap', 'config', { immutable: true }));
      expect(said(await subject.human.merge('ConfigMap', 'config', { data: { key: 'three' } }))).toBe('Denied 422');
    },
  },
  {
    name: 'the selector of a Deployment never changes',
    async play(subject) {
      must(await subject.port.create('Deployment', new Draft(subject).deployment('web')));
      const labels = { app: 'other' };
      const patch = { spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } } };
      expect(said(await subject.human.merge('Deployment', 'web', patch))).toBe('Denied 422');
    },
  },
];

const versions: Case[] = [
  {
    name: 'every write of whatever kind gets a greater version',
    async play(subject) {
      const draft = new Draft(subject);
      const written = [
        await subject.port.create('ConfigMap', draft.configMap('a')),
        await subject.port.create('ControllerRevision', draft.revision('b')),
        await subject.human.create(draft.app('c')),
        await subject.human.merge('ConfigMap', 'a', MARK),
        await subject.port.create('Service', draft.service('d')),
        await subject.human.merge('ImmutableApp', 'c', NOTE),
      ].map((result) => Number(must(result).metadata.resourceVersion));
      expect(written).toEqual(written.toSorted((a, b) => a - b));
      expect(new Set(written).size).toBe(written.length);
    },
  },
  {
    name: 'an edit that changes nothing is none',
    async play(subject) {
      const draft = new Draft(subject);
      for (const object of [draft.configMap('same'), draft.service('same'), draft.app('same')]) {
        const kind = object.kind as StoredKind;
        must(await subject.human.create(object));
        const { metadata } = must(await subject.human.merge(kind, 'same', MARK));
        for (const patch of [MARK, { metadata: { labels: { absent: null } } }, { metadata: { annotations: { absent: null } } }, {}])
          expect(must(await subject.human.merge(kind, 'same', patch)).metadata.resourceVersion).toBe(metadata.resourceVersion);
      }
    },
  },
  {
    name: 'an edit of an older state: Conflict; one that names none wins',
    async play(subject) {
      const { metadata } = must(await subject.human.create(new Draft(subject).configMap('raced')));
      const { resourceVersion } = metadata;
      must(await subject.human.merge('ConfigMap', 'raced', { metadata: { resourceVersion }, data: { key: 'two' } }));
      const late = { metadata: { resourceVersion }, data: { key: 'three' } };
      expect(said(await subject.human.merge('ConfigMap', 'raced', late))).toBe('Conflict 409');
      expect((await live(subject, 'ConfigMap', 'raced')).data).toEqual({ key: 'two' });
      must(await subject.human.merge('ConfigMap', 'raced', { data: { key: 'four' } }));
    },
  },
  {
    name: 'an edit of what is not there: Gone',
    async play(subject) {
      expect(said(await subject.human.merge('ConfigMap', 'nothing', MARK))).toBe('Gone 404');
      expect(said(await subject.human.merge('ImmutableApp', 'nothing', MARK, 'status'))).toBe('Gone 404');
    },
  },
  {
    name: 'the generation of a Deployment: spec and annotations move it, labels and status do not',
    async play(subject) {
      must(await subject.port.create('Deployment', new Draft(subject).deployment('web')));
      const container = { name: 'web', image: 'example/web:2' };
      expect(await step(subject, 'Deployment', 'web', { spec: { template: { spec: { containers: [container] } } } })).toBe(1);
      expect(await step(subject, 'Deployment', 'web', { spec: { replicas: 1 } })).toBe(1);
      expect(await step(subject, 'Deployment', 'web', { spec: { replicas: 1 } })).toBe(0);
      expect(await step(subject, 'Deployment', 'web', NOTE)).toBe(1);
      expect(await step(subject, 'Deployment', 'web', MARK)).toBe(0);
      expect(await step(subject, 'Deployment', 'web', { metadata: { finalizers: ['example.com/wait'] } })).toBe(0);
      expect(await step(subject, 'Deployment', 'web', { metadata: { finalizers: null } })).toBe(0);
      expect(await step(subject, 'Deployment', 'web', { status: { collisionCount: 3 } }, 'status')).toBe(0);
      expect(await step(subject, 'Deployment', 'web', { status: { collisionCount: 4 } })).toBe(0);
    },
  },
  {
    name: 'the generation of an App: spec moves it, labels, annotations and status do not',
    async play(subject) {
      must(await subject.human.create(new Draft(subject).app('shop')));
      expect(await step(subject, 'ImmutableApp', 'shop', { spec: { replicas: 2 } })).toBe(1);
      expect(await step(subject, 'ImmutableApp', 'shop', { spec: { replicas: 2 } })).toBe(0);
      expect(await step(subject, 'ImmutableApp', 'shop', MARK)).toBe(0);
      expect(await step(subject, 'ImmutableApp', 'shop', NOTE)).toBe(0);
      expect(await step(subject, 'ImmutableApp', 'shop', { status: { activeVersion: 'shop-x' } }, 'status')).toBe(0);
    },
  },
  {
    name: 'the generation of a budget: spec moves it, labels do not',
    async play(subject) {
      must(await subject.port.create('PodDisruptionBudget', new Draft(subject).budget('web')));
      expect(await step(subject, 'PodDisruptionBudget', 'web', { spec: { maxUnavailable: 2 } })).toBe(1);
      expect(await step(subject, 'PodDisruptionBudget', 'web', MARK)).toBe(0);
    },
  },
];

const scaling: Case[] = [
  {
    name: 'scaling changes the size, moves the generation, and nothing else',
    async play(subject) {
      const { metadata } = must(
        await subject.port.create('Deployment', new Draft(subject).deployment('web', { metadata: { labels: MARK.metadata.labels } })),
      );
      const before = await settled(subject, 'web');
      const answer = must(await subject.port.scale(subject.namespace, 'web', metadata.uid, 2));
      expect(answer).toMatchObject({ kind: 'Scale', metadata: { uid: metadata.uid }, spec: { replicas: 2 } });
      expect(newer(project(answer).resourceVersion, before.metadata.resourceVersion)).toBe(true);
      const after = await live(subject, 'Deployment', 'web');
      const told = changes(before, after).filter((path) => !path.startsWith('/status'));
      expect(told).toEqual(['/metadata/generation', '/metadata/resourceVersion', '/spec/replicas']);
      expect(after.metadata.generation).toBe(before.metadata.generation! + 1);
      expect(writers(after)).toEqual(writers(before));
    },
  },
  {
    name: 'scaling to zero: the zero is there',
    async play(subject) {
      const { metadata } = must(await subject.port.create('Deployment', new Draft(subject).deployment('web', { replicas: 2 })));
      expect(said(await subject.port.scale(subject.namespace, 'web', metadata.uid, 0))).toBe('ok');
      expect((await live(subject, 'Deployment', 'web')).spec?.replicas).toBe(0);
      expect(said(await subject.port.scale(subject.namespace, 'web', metadata.uid, 1))).toBe('ok');
      expect((await live(subject, 'Deployment', 'web')).spec?.replicas).toBe(1);
    },
  },
  {
    name: 'scaling to the size it has changes nothing',
    async play(subject) {
      const { metadata } = must(await subject.port.create('Deployment', new Draft(subject).deployment('web')));
      await settled(subject, 'web');
      let answer: unknown;
      await keepsVersion(subject, 'Deployment', 'web', async () => {
        answer = must(await subject.port.scale(subject.namespace, 'web', metadata.uid, 0));
      });
      expect(project(answer).resourceVersion).toBe((await live(subject, 'Deployment', 'web')).metadata.resourceVersion);
      expect((await live(subject, 'Deployment', 'web')).metadata.generation).toBe(1);
    },
  },
  {
    name: 'scaling another Deployment: Conflict; none: Gone; below zero: Denied',
    async play(subject) {
      const { metadata } = must(await subject.port.create('Deployment', new Draft(subject).deployment('web')));
      expect(said(await subject.port.scale(subject.namespace, 'web', 'another-uid', 2))).toBe('Conflict 422');
      expect(said(await subject.port.scale(subject.namespace, 'nothing', metadata.uid, 2))).toBe('Gone 404');
      expect(said(await subject.port.scale(subject.namespace, 'web', metadata.uid, -1))).toBe('Denied 422');
      const now = await live(subject, 'Deployment', 'web');
      expect([now.spec?.replicas, now.metadata.generation]).toEqual([0, 1]);
    },
  },
  {
    name: 'who wrote the spec is on it, and scaling is not writing',
    async play(subject) {
      const { metadata } = must(await subject.port.create('Deployment', new Draft(subject).deployment('web')));
      must(await subject.port.scale(subject.namespace, 'web', metadata.uid, 1));
      must(await subject.human.merge('Deployment', 'web', { spec: { replicas: 0 } }));
      await settled(subject, 'web');
      expect(writers(await live(subject, 'Deployment', 'web'))).toEqual(['immutableapp']);
      const containers = [{ name: 'web', image: 'example/web:2' }];
      const edited = must(await subject.human.merge('Deployment', 'web', { spec: { template: { spec: { containers } } } }));
      expect(writers(edited)).toEqual(['immutableapp', 'kubectl-edit']);
    },
  },
];

export const CHANGING: readonly Case[] = [...frozen, ...versions, ...scaling];
