// Cases: who goes with whom. What the garbage collector takes, and what it leaves.
import { expect } from '@jest/globals';
import { childrenOf, Draft, gone, live, must, owner, podsOf, settled, type Case } from './subject.ts';

export const OWNING: readonly Case[] = [
  {
    name: 'children go with their owner',
    async play(subject) {
      const draft = new Draft(subject);
      const record = must(await subject.port.create('ControllerRevision', draft.revision('record')));
      must(await subject.port.create('ConfigMap', draft.configMap('config', { metadata: { ownerReferences: [owner(record)] } })));
      must(await subject.port.remove('ControllerRevision', subject.namespace, 'record', record.metadata.uid));
      await gone(subject, 'ConfigMap', 'config');
    },
  },
  {
    name: 'children outlive an owner that is removed without them, and belong to nobody',
    async play(subject) {
      const draft = new Draft(subject);
      const record = must(await subject.port.create('ControllerRevision', draft.revision('record')));
      const object = draft.configMap('config', { metadata: { ownerReferences: [owner(record)] } });
      const before = must(await subject.port.create('ConfigMap', object));
      must(await subject.human.remove('ControllerRevision', 'record', 'Orphan'));
      await gone(subject, 'ControllerRevision', 'record');
      const after = await live(subject, 'ConfigMap', 'config');
      expect(after.metadata.uid).toBe(before.metadata.uid);
      expect(after.metadata.ownerReferences ?? []).toEqual([]);
    },
  },
  {
    name: 'a child of an owner that is gone already is taken',
    async play(subject) {
      const draft = new Draft(subject);
      const record = must(await subject.port.create('ControllerRevision', draft.revision('record')));
      must(await subject.port.remove('ControllerRevision', subject.namespace, 'record', record.metadata.uid));
      const object = draft.configMap('late', { metadata: { ownerReferences: [owner(record)] } });
      must(await subject.port.create('ConfigMap', object));
      await gone(subject, 'ConfigMap', 'late');
    },
  },
  {
    name: 'a child of another with the name of its owner is taken',
    async play(subject) {
      const draft = new Draft(subject);
      const first = must(await subject.port.create('ControllerRevision', draft.revision('record')));
      must(await subject.port.remove('ControllerRevision', subject.namespace, 'record', first.metadata.uid));
      const second = must(await subject.port.create('ControllerRevision', draft.revision('record')));
      const config = (name: string, by: typeof first) => draft.configMap(name, { metadata: { ownerReferences: [owner(by)] } });
      must(await subject.port.create('ConfigMap', config('heir', second)));
      must(await subject.port.create('ConfigMap', config('stranger', first)));
      await gone(subject, 'ConfigMap', 'stranger');
      await live(subject, 'ConfigMap', 'heir');
    },
  },
  {
    name: 'a child with one owner left stays, and forgets the other',
    async play(subject) {
      const draft = new Draft(subject);
      const one = must(await subject.port.create('ControllerRevision', draft.revision('one')));
      const two = must(await subject.port.create('ControllerRevision', draft.revision('two')));
      const object = draft.configMap('config', { metadata: { ownerReferences: [owner(one), owner(two)] } });
      must(await subject.port.create('ConfigMap', object));
      must(await subject.port.remove('ControllerRevision', subject.namespace, 'one', one.metadata.uid));
      const { metadata } = await subject.until('it forgets the owner that is gone', async () => {
        const now = await live(subject, 'ConfigMap', 'config');
        return now.metadata.ownerReferences?.length === 1 && now;
      });
      expect(metadata.ownerReferences).toEqual([owner(two)]);
      must(await subject.port.remove('ControllerRevision', subject.namespace, 'two', two.metadata.uid));
      await gone(subject, 'ConfigMap', 'config');
    },
  },
  {
    name: 'children stay as long as their owner waits for its finalizers',
    async play(subject) {
      const draft = new Draft(subject);
      const told = await subject.watch('ControllerRevision');
      const held = must(await subject.port.create('ControllerRevision', draft.revision('held', { finalizers: ['example.com/wait'] })));
      must(await subject.port.create('ControllerRevision', draft.revision('child', { ownerReferences: [owner(held)] })));
      must(await subject.port.remove('ControllerRevision', subject.namespace, 'held', held.metadata.uid));
      must(await subject.human.merge('ControllerRevision', 'held', { metadata: { finalizers: null } }));
      await subject.until('both are gone', () => Promise.resolve(told.filter(({ type }) => type === 'DELETED').length === 2));
      expect(told.filter(({ type }) => type === 'DELETED').map(({ object }) => object.metadata.name)).toEqual(['held', 'child']);
    },
  },
  {
    name: 'with a Deployment go its ReplicaSets and their pods',
    async play(subject) {
      const deployment = must(await subject.port.create('Deployment', new Draft(subject).deployment('web', { replicas: 2 })));
      await settled(subject, 'web');
      const [sets, pods] = [await childrenOf(subject, 'ReplicaSet', deployment), await podsOf(subject, deployment)];
      expect([sets.length, pods.length]).toEqual([1, 2]);
      must(await subject.port.remove('Deployment', subject.namespace, 'web', deployment.metadata.uid));
      for (const { metadata } of sets) await gone(subject, 'ReplicaSet', metadata.name);
      for (const { metadata } of pods) await gone(subject, 'Pod', metadata.name);
    },
  },
  {
    name: 'with an App goes everything of it, down to the pods',
    async play(subject) {
      const draft = new Draft(subject);
      const app = must(await subject.human.create(draft.app('shop')));
      const metadata = { ownerReferences: [{ ...owner(app), controller: true, blockOwnerDeletion: true }] };
      must(await subject.port.create('ControllerRevision', draft.revision('shop-x', metadata)));
      must(await subject.port.create('Service', draft.service('shop', { app: 'shop' }, metadata)));
      must(await subject.port.create('PodDisruptionBudget', draft.budget('shop-x', metadata)));
      must(await subject.port.create('Deployment', draft.deployment('shop-x', { replicas: 1, metadata })));
      await settled(subject, 'shop-x');
      must(await subject.human.remove('ImmutableApp', 'shop'));
      const kinds = ['ControllerRevision', 'Service', 'PodDisruptionBudget', 'Deployment', 'ReplicaSet', 'Pod', 'EndpointSlice'] as const;
      for (const kind of kinds)
        await subject.until(`no ${kind} is left`, async () => {
          const left = await subject.human.list(kind);
          return left.filter(({ metadata: { name } }) => name.startsWith('shop')).length === 0;
        });
    },
  },
];
