// Cases: pods and ReplicaSets that somebody made, left behind or relabelled. Whose they are in the end.
import { expect } from '@jest/globals';
import type { KubeObject } from '../../src/model/object.ts';
import type { Stored } from '../world/store.ts';
import { childrenOf, counts, Draft, gone, lists, live, must, podsOf, settled, type Case, type Subject } from './subject.ts';

type Labels = Readonly<Record<string, string>>;

const bare = ({ namespace }: Subject, name: string, labels: Labels): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels },
  spec: { containers: [{ name: 'web', image: 'example/web:1' }], terminationGracePeriodSeconds: 1 },
});

/** A Deployment of one pod that has come up, with its ReplicaSet and the pod. */
async function oneUp(subject: Subject): Promise<{ deployment: Stored; set: Stored; pod: Stored }> {
  const deployment = must(await subject.port.create('Deployment', new Draft(subject).deployment('web', { replicas: 1 })));
  await settled(subject, 'web');
  const [[set], [pod]] = [await childrenOf(subject, 'ReplicaSet', deployment), await podsOf(subject, deployment)];
  return { deployment, set: set!, pod: pod! };
}

export const STRAYING: readonly Case[] = [
  {
    name: 'a template whose pods never come up leaves those of the one before',
    async play(subject) {
      const { pod } = await oneUp(subject);
      const { spec } = new Draft(subject).deployment('web', { replicas: 1, broken: true });
      must(await subject.human.merge('Deployment', 'web', { spec: spec as object }));
      const now = await subject.until('a pod of each template is counted', async () => {
        const seen = await live(subject, 'Deployment', 'web');
        return seen.status?.observedGeneration === seen.metadata.generation && seen.status?.replicas === 2 && seen;
      });
      expect(counts(now)).toEqual({ replicas: 2, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 });
      expect((await live(subject, 'Pod', pod.metadata.name)).metadata.uid).toBe(pod.metadata.uid);
    },
  },
  {
    name: 'a ReplicaSet left behind is taken over by the next Deployment with its template, pods and all',
    async play(subject) {
      const { set, pod } = await oneUp(subject);
      must(await subject.human.remove('Deployment', 'web', 'Orphan'));
      await gone(subject, 'Deployment', 'web');
      expect((await live(subject, 'ReplicaSet', set.metadata.name)).metadata.ownerReferences ?? []).toEqual([]);
      const again = must(await subject.port.create('Deployment', new Draft(subject).deployment('web', { replicas: 1 })));
      await settled(subject, 'web');
      expect((await childrenOf(subject, 'ReplicaSet', again)).map(({ metadata }) => metadata.uid)).toEqual([set.metadata.uid]);
      expect((await podsOf(subject, again)).map(({ metadata }) => metadata.uid)).toEqual([pod.metadata.uid]);
    },
  },
  {
    name: 'a pod whose labels are changed is let go, and another takes its place',
    async play(subject) {
      const { deployment, pod } = await oneUp(subject);
      must(await subject.human.merge('Pod', pod.metadata.name, { metadata: { labels: { app: 'other' } } }));
      const [heir] = await subject.until('another is there', async () => {
        const pods = await podsOf(subject, deployment);
        return pods.length === 1 && pods[0]!.metadata.uid !== pod.metadata.uid && pods;
      });
      expect(heir!.metadata.labels?.app).toBe('web');
      const left = await live(subject, 'Pod', pod.metadata.name);
      expect([left.metadata.uid, left.metadata.ownerReferences ?? [], left.metadata.generation]).toEqual([pod.metadata.uid, [], 1]);
    },
  },
  {
    name: 'a bare pod that is labelled like those of a ReplicaSet becomes one of them: one too many, and one goes',
    async play(subject) {
      const { deployment, set } = await oneUp(subject);
      must(await subject.human.create(bare(subject, 'intruder', set.metadata.labels!)));
      const told = await subject.watch('Pod');
      await subject.until('one of them is gone', () => Promise.resolve(told.some(({ type }) => type === 'DELETED')));
      await settled(subject, 'web');
      expect((await podsOf(subject, deployment)).length).toBe(1);
      expect((await subject.human.list('Pod')).length).toBe(1);
    },
  },
  {
    name: 'a bare pod that a Service selects is an endpoint, and belongs to nobody',
    async play(subject) {
      const { pod } = await oneUp(subject);
      const service = must(await subject.port.create('Service', new Draft(subject).service('web')));
      const intruder = must(await subject.human.create(bare(subject, 'intruder', { app: 'web' })));
      await lists(subject, service, [pod, intruder]);
      expect((await live(subject, 'Pod', 'intruder')).metadata.ownerReferences ?? []).toEqual([]);
    },
  },
  {
    name: 'a pod that runs nowhere yet is no endpoint, not even one that is not ready',
    async play(subject) {
      const gated = bare(subject, 'gated', { app: 'web' });
      must(await subject.human.create({ ...gated, spec: { ...(gated.spec as object), schedulingGates: [{ name: 'example.com/wait' }] } }));
      const service = must(await subject.port.create('Service', new Draft(subject).service('web')));
      const { pod } = await oneUp(subject);
      await lists(subject, service, [pod]);
    },
  },
];
