// Begins the Job of a gate, and looks how far it is. gates/job.ts says what it is and what its end means. Nothing here remembers anything: the
// names of Job and Service are always the same, so what an earlier process began is found, and not begun again.
import type { JobSeen } from '../../gates/job.ts';
import { endOf } from '../../gates/job.ts';
import type { Answered } from '../../gates/measured.ts';
import type { Failure } from '../../model/failure.ts';
import { list, obj, text } from '../../model/json.ts';
import type { Measuring, Probe } from '../../model/measure.ts';
import type { KubeObject } from '../../model/object.ts';
import type { Kube } from '../api/kube.ts';
import type { Cache } from '../store/cache.ts';
import type { Slots } from './slots.ts';

const MOST = 100;
const LIST_MS = 5_000;

export interface JobPlaces {
  readonly kube: Pick<Kube, 'list' | 'read' | 'create' | 'remove'>;
  readonly cache: Pick<Cache, 'instanceOf'>;
  readonly slots: Slots;
}

type JobProbe = Extract<Probe, { is: 'job' }>;

export function jobRunner({ kube, cache, slots }: JobPlaces) {
  async function run(namespace: string, question: Measuring, { job, service, begun }: JobProbe, signal: AbortSignal): Promise<Answered> {
    const { name } = job.metadata;
    const found = await kube.read('Job', namespace, name);
    if (found.is === 'ok') {
      if (!belongs(found.value, question.uid)) return taken('Job', name);
      const seen = await look(namespace, name, found.value, signal);
      if (service !== undefined && endOf(found.value) !== undefined) await close(namespace, service, question.uid);
      return { is: 'job', seen };
    }
    if (found.kind !== 'Gone') return refused('Job', name, found);
    if (begun) return { is: 'job', seen: { is: 'gone', name } };
    return (service === undefined ? undefined : await open(namespace, service, question, signal)) ?? (await begin(job, question.uid));
  }

  /** A dry run finds fields that do not exist: the create would drop them, and run something else than what was written. */
  async function begin(job: KubeObject, uid: string): Promise<Answered> {
    const { name, namespace } = job.metadata;
    const tried = await kube.create('Job', job, { dryRun: true });
    if (tried.is === 'failure' && tried.kind !== 'Exists') return refused('Job', name, tried);
    const made = await kube.create('Job', job);
    if (made.is === 'ok') return { is: 'job', seen: { is: 'there', job: made.value, pods: [] } };
    if (made.kind !== 'Exists') return refused('Job', name, made);
    const found = await kube.read('Job', namespace, name);
    if (found.is === 'failure') return refused('Job', name, found);
    return belongs(found.value, uid) ? { is: 'job', seen: { is: 'there', job: found.value, pods: [] } } : taken('Job', name);
  }

  /** Makes the Service by which a Job reaches the instance. Undefined once it does. */
  async function open(namespace: string, service: KubeObject, question: Measuring, signal: AbortSignal): Promise<Answered | undefined> {
    const { name } = service.metadata;
    const found = await kube.read('Service', namespace, name);
    if (found.is === 'ok' && !belongs(found.value, question.uid)) return taken('Service', name);
    if (found.is === 'failure') {
      const made = found.kind === 'Gone' ? await kube.create('Service', service) : found;
      if (made.is === 'failure') return refused('Service', name, made);
    }
    const from = { kind: 'EndpointSlice', namespace, labelSelector: `kubernetes.io/service-name=${name}` } as const;
    const slices = await kube.list(from, { limit: MOST }, until(signal));
    if (slices.is === 'failure') return refused('Service', name, slices);
    const ready = slices.value.items
      .flatMap((slice) => list(obj(slice).endpoints))
      .filter(({ conditions }) => obj(conditions).ready !== false)
      .map(({ targetRef }) => cache.instanceOf(text(obj(targetRef).uid)));
    const reaches = ready.length > 0 && ready.every((instance) => instance === question.instance);
    return reaches ? undefined : { is: 'job', seen: { is: 'unreached', service: name } };
  }

  /** If this fails it goes with its Deployment. */
  async function close(namespace: string, { metadata: { name } }: KubeObject, uid: string): Promise<void> {
    const found = await kube.read('Service', namespace, name);
    if (found.is === 'ok' && belongs(found.value, uid)) await kube.remove('Service', namespace, name, uidOf(found.value));
  }

  /** Its pods say why it failed, or does not begin. While it runs well nobody asks them. */
  async function look(namespace: string, name: string, job: unknown, signal: AbortSignal): Promise<JobSeen> {
    const { ready } = obj(obj(job).status);
    if (endOf(job) === 'Complete' || (endOf(job) === undefined && typeof ready === 'number' && ready > 0))
      return { is: 'there', job, pods: [] };
    const from = { kind: 'Pod', namespace, labelSelector: `batch.kubernetes.io/job-name=${name}` } as const;
    const pods = await kube.list(from, { limit: MOST }, until(signal));
    return { is: 'there', job, pods: pods.is === 'ok' ? pods.value.items.filter((pod) => belongs(pod, uidOf(job))) : [] };
  }

  return async (namespace: string, question: Measuring, probe: JobProbe, signal: AbortSignal): Promise<Answered> => {
    const give = await slots.take(namespace);
    return run(namespace, question, probe, signal).finally(give);
  };
}

const until = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(LIST_MS)]);
const uidOf = (object: unknown): string => text(obj(obj(object).metadata).uid);
/** A name proves nothing. */
const belongs = (object: unknown, uid: string): boolean =>
  list(obj(obj(object).metadata).ownerReferences).some(({ uid: owner }) => owner === uid);
const taken = (kind: string, name: string): Answered => ({
  is: 'error',
  message: `there is a ${kind} ${name} that does not belong to this instance: delete it`,
});
const refused = (kind: string, name: string, { message }: Failure): Answered => ({ is: 'error', message: `${kind} ${name}: ${message}` });
