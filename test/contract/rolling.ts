// Cases: what the Deployment controller does and reports, as far as the operator builds on it.
import { expect } from '@jest/globals';
import { obj } from '../../src/model/json.ts';
import { childrenOf, conditionOf, counts, Draft, gone, live, must, podsOf, settled, writers, type Case } from './subject.ts';

const HASH = 'pod-template-hash';

export const ROLLING: readonly Case[] = [
  {
    name: 'a Deployment comes up: one ReplicaSet of it, pods of that, and counts that say so',
    async play(subject) {
      const object = new Draft(subject).deployment('web', { replicas: 2, metadata: { labels: { 'immutableapp.io/app': 'shop' } } });
      const deployment = must(await subject.port.create('Deployment', object));
      const now = await settled(subject, 'web');
      expect(counts(now)).toEqual({ replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 });
      expect(conditionOf(now, 'Available')).toBe('True');
      expect(now.metadata.generation).toBe(1);
      expect(writers(now)).toEqual(['immutableapp']);
      const [set, ...more] = await childrenOf(subject, 'ReplicaSet', deployment);
      expect(more).toEqual([]);
      const hash = set!.metadata.labels?.[HASH];
      expect(set!.metadata.name).toBe(`web-${String(hash)}`);
      expect(set!.metadata.labels).toEqual({ app: 'web', [HASH]: hash });
      expect(set!.metadata.ownerReferences).toMatchObject([
        { kind: 'Deployment', name: 'web', uid: deployment.metadata.uid, controller: true },
      ]);
      for (const pod of await childrenOf(subject, 'Pod', set!)) {
        expect(pod.metadata.name.startsWith(`${set!.metadata.name}-`)).toBe(true);
        expect(pod.metadata.labels).toEqual({ app: 'web', [HASH]: hash });
        expect(pod.metadata.ownerReferences).toMatchObject([{ kind: 'ReplicaSet', uid: set!.metadata.uid, controller: true }]);
        expect(pod.metadata.generation).toBe(1);
      }
    },
  },
  {
    name: 'a Deployment of size 0 is available with no counts at all',
    async play(subject) {
      must(await subject.port.create('Deployment', new Draft(subject).deployment('web')));
      const now = await settled(subject, 'web');
      expect(counts(now)).toEqual({});
      expect(conditionOf(now, 'Available')).toBe('True');
    },
  },
  {
    name: 'pods that are not ready are counted as there and as nothing more',
    async play(subject) {
      must(await subject.port.create('Deployment', new Draft(subject).deployment('web', { replicas: 2, broken: true })));
      const now = await subject.until('two pods are counted', async () => {
        const seen = await live(subject, 'Deployment', 'web');
        return seen.status?.replicas === 2 && seen.status.observedGeneration === 1 && seen;
      });
      expect(counts(now)).toEqual({ replicas: 2, updatedReplicas: 2 });
      expect(conditionOf(now, 'Available')).toBe('False');
    },
  },
  {
    name: 'scaled up, down and to nothing: pods and counts follow, the ReplicaSet stays',
    async play(subject) {
      const deployment = must(await subject.port.create('Deployment', new Draft(subject).deployment('web', { replicas: 1 })));
      const sizes: number[] = [];
      for (const [at, size] of [3, 1, 0].entries()) {
        const before = await settled(subject, 'web');
        const pods = (await podsOf(subject, deployment)).map(({ metadata }) => metadata.uid);
        must(await subject.port.scale(subject.namespace, 'web', deployment.metadata.uid, size));
        const now = await settled(subject, 'web');
        expect(now.metadata.generation).toBe(before.metadata.generation! + 1);
        const left = await subject.until(`${String(size)} pods are left`, async () => {
          const those = await podsOf(subject, deployment);
          return those.length === size && those;
        });
        if (at > 0) expect(left.filter(({ metadata }) => !pods.includes(metadata.uid))).toEqual([]);
        sizes.push(left.length);
      }
      expect(sizes).toEqual([3, 1, 0]);
      expect(counts(await live(subject, 'Deployment', 'web'))).toEqual({});
      const sets = await childrenOf(subject, 'ReplicaSet', deployment);
      expect(sets.map(({ spec }) => spec?.replicas)).toEqual([0]);
    },
  },
  {
    name: 'another template is another ReplicaSet; the one before stays, empty',
    async play(subject) {
      const deployment = must(await subject.port.create('Deployment', new Draft(subject).deployment('web', { replicas: 1 })));
      await settled(subject, 'web');
      const [first] = await childrenOf(subject, 'ReplicaSet', deployment);
      const containers = [{ name: 'web', image: 'example/web:2' }];
      must(await subject.human.merge('Deployment', 'web', { spec: { template: { spec: { containers } } } }));
      expect(counts(await settled(subject, 'web'))).toEqual({ replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 });
      const sizes = await subject.until('the first is empty', async () => {
        const sets = await childrenOf(subject, 'ReplicaSet', deployment);
        const told = Object.fromEntries(
          sets.map(({ metadata, spec }) => [metadata.uid === first!.metadata.uid ? 'first' : 'second', spec?.replicas]),
        );
        return told.first === 0 && told;
      });
      expect(sizes).toEqual({ first: 0, second: 1 });
    },
  },
  {
    name: 'labels and annotations of a Deployment start no pods',
    async play(subject) {
      const deployment = must(await subject.port.create('Deployment', new Draft(subject).deployment('web', { replicas: 1 })));
      await settled(subject, 'web');
      const before = (await podsOf(subject, deployment)).map(({ metadata }) => metadata.uid);
      must(await subject.human.merge('Deployment', 'web', { metadata: { labels: { mark: 'yes' }, annotations: { note: 'yes' } } }));
      expect((await settled(subject, 'web')).metadata.generation).toBe(2);
      expect((await podsOf(subject, deployment)).map(({ metadata }) => metadata.uid)).toEqual(before);
      expect((await childrenOf(subject, 'ReplicaSet', deployment)).length).toBe(1);
    },
  },
  {
    name: 'a pod that goes is followed by another',
    async play(subject) {
      const deployment = must(await subject.port.create('Deployment', new Draft(subject).deployment('web', { replicas: 1 })));
      await settled(subject, 'web');
      const [first] = await podsOf(subject, deployment);
      must(await subject.human.remove('Pod', first!.metadata.name));
      const [second] = await subject.until('another runs', async () => {
        const pods = await podsOf(subject, deployment);
        return pods.length === 1 && pods[0]!.metadata.uid !== first!.metadata.uid && pods;
      });
      expect(second!.metadata.generation).toBe(1);
      expect(counts(await settled(subject, 'web'))).toMatchObject({ replicas: 1, availableReplicas: 1 });
    },
  },
  {
    name: 'a pod whose image is changed by hand has another generation and another writer, labels count as neither',
    async play(subject) {
      const deployment = must(await subject.port.create('Deployment', new Draft(subject).deployment('web', { replicas: 1 })));
      await settled(subject, 'web');
      const [pod] = await podsOf(subject, deployment);
      const { name } = pod!.metadata;
      expect(writers(pod!)).toEqual(['kube-controller-manager']);
      const marked = must(await subject.human.merge('Pod', name, { metadata: { labels: { mark: 'yes' } } }));
      expect([marked.metadata.generation, writers(marked)]).toEqual([1, ['kube-controller-manager']]);
      const containers = obj(pod!.spec).containers as object[];
      const edited = must(
        await subject.human.merge('Pod', name, { spec: { containers: containers.map((one) => ({ ...one, image: 'example/web:2' })) } }),
      );
      expect([edited.metadata.generation, writers(edited)]).toEqual([2, ['kube-controller-manager', 'kubectl-edit']]);
    },
  },
  {
    name: 'a ReplicaSet written to by hand has another generation and another writer; its Deployment does not notice',
    async play(subject) {
      const deployment = must(await subject.port.create('Deployment', new Draft(subject).deployment('web', { replicas: 1 })));
      await settled(subject, 'web');
      const [set] = await childrenOf(subject, 'ReplicaSet', deployment);
      expect(writers(set!)).toEqual(['kube-controller-manager']);
      const { name, generation } = set!.metadata;
      const containers = [{ name: 'web', image: 'example/evil:1' }];
      const edited = must(await subject.human.merge('ReplicaSet', name, { spec: { template: { spec: { containers } } } }));
      expect(edited.metadata.generation).toBe(generation! + 1);
      expect(writers(edited)).toEqual(['kube-controller-manager', 'kubectl-edit']);
    },
  },
  {
    name: 'a ReplicaSet that is removed is made anew, with new pods',
    async play(subject) {
      const deployment = must(await subject.port.create('Deployment', new Draft(subject).deployment('web', { replicas: 1 })));
      await settled(subject, 'web');
      const [[set], [pod]] = [await childrenOf(subject, 'ReplicaSet', deployment), await podsOf(subject, deployment)];
      must(await subject.human.remove('ReplicaSet', set!.metadata.name));
      await gone(subject, 'Pod', pod!.metadata.name);
      const again = await subject.until('another ReplicaSet is there', async () => {
        const [now] = await childrenOf(subject, 'ReplicaSet', deployment);
        return now !== undefined && now.metadata.uid !== set!.metadata.uid && now;
      });
      expect(again.metadata.name).toBe(set!.metadata.name);
      expect(counts(await settled(subject, 'web'))).toMatchObject({ availableReplicas: 1 });
    },
  },
];
