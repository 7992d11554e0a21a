// Cases: what the Job controller does and reports, as far as a gate builds on it.
import { expect } from '@jest/globals';
import { list, obj } from '../../src/model/json.ts';
import type { Stored } from '../world/store.ts';
import { childrenOf, conditionOf, Draft, gone, live, must, type Case, type Subject } from './subject.ts';

const JOB_NAME = 'batch.kubernetes.io/job-name';

const ended = (subject: Subject, how: 'Complete' | 'Failed'): Promise<Stored> =>
  subject.until(`the Job is ${how}`, async () => {
    const now = await live(subject, 'Job', 'smoke');
    return conditionOf(now, how) === 'True' && now;
  });
const reasonOf = ({ status }: Stored, type: string): unknown => list(status?.conditions).find((one) => one.type === type)?.reason;

export const FINISHING: readonly Case[] = [
  {
    name: 'a Job whose pod ends well is Complete; the pod bears its name, and no label that was not asked for',
    async play(subject) {
      const job = must(await subject.port.create('Job', new Draft(subject).job('smoke')));
      const now = await ended(subject, 'Complete');
      expect(conditionOf(now, 'Failed')).toBe('');
      const [pod, ...more] = await childrenOf(subject, 'Pod', job);
      expect(more).toEqual([]);
      expect(pod!.metadata.labels).toMatchObject({ [JOB_NAME]: 'smoke', of: 'its-author' });
      expect(Object.keys(pod!.metadata.labels ?? {}).filter((label) => label.startsWith('immutableapp.io/'))).toEqual([]);
      expect(obj(pod!.status).phase).toBe('Succeeded');
      const selected = { kind: 'Pod', namespace: subject.namespace, labelSelector: `${JOB_NAME}=smoke` } as const;
      const listed = await subject.port.list(selected, { limit: 10 }, AbortSignal.timeout(5_000));
      expect(listed.is === 'ok' && listed.value.items).toHaveLength(1);
    },
  },
  {
    name: 'a Job whose pod fails is Failed, and the pod says with which code its container ended',
    async play(subject) {
      const job = must(await subject.port.create('Job', new Draft(subject).job('smoke', { fares: 'fails' })));
      const now = await ended(subject, 'Failed');
      expect(reasonOf(now, 'Failed')).toBe('BackoffLimitExceeded');
      const [pod] = await childrenOf(subject, 'Pod', job);
      expect(list(pod!.status?.containerStatuses)).toMatchObject([
        { name: 'main', state: { terminated: { exitCode: 3, reason: 'Error' } } },
      ]);
    },
  },
  {
    name: 'a Job that is not done by its deadline is Failed',
    async play(subject) {
      must(await subject.port.create('Job', new Draft(subject).job('smoke', { fares: 'hangs', more: { activeDeadlineSeconds: 1 } })));
      expect(reasonOf(await ended(subject, 'Failed'), 'Failed')).toBe('DeadlineExceeded');
    },
  },
  {
    name: 'a Job that is deleted takes its pod along, and is not made again',
    async play(subject) {
      const job = must(await subject.port.create('Job', new Draft(subject).job('smoke', { fares: 'hangs' })));
      const pod = await subject.until('its pod is there', async () => (await childrenOf(subject, 'Pod', job))[0]);
      must(await subject.human.remove('Job', 'smoke'));
      await gone(subject, 'Job', 'smoke');
      await gone(subject, 'Pod', pod.metadata.name);
    },
  },
];
