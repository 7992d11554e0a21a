// A Job of the author's that must complete, once for each instance: a schema migration, or an end-to-end test of the version that is up. Renders
// it, and judges what became of it. Its name is the same each time, so that nothing begins it twice.
import type { AuthorGate, JobSpec, Measurement } from '../model/measure.ts';
import type { KubeObject, OwnerReference } from '../model/object.ts';
import { list, obj, text } from '../model/json.ts';
import type { Obj } from '../model/json.ts';
import { containerStatuses } from '../model/pod.ts';
import { TCP } from '../model/port.ts';
import type { PortSeen } from '../model/port.ts';
import { digest } from '../model/version.ts';
import { GROUP, LABEL, REASON } from '../model/vocabulary.ts';
import type { Opinion, Sight } from './gate.ts';
import { lately } from './tally.ts';
import type { Asked } from './webhook.ts';
import { shown } from './webhook.ts';

const LOOK_AGAIN_SECONDS = 2;
const DIGITS = 10;
/** The longest name of a Job: its pods carry it as the value of a label. */
const MOST_LETTERS = 63;
/** Left out of what the author wrote: with these a Job would vanish before it was judged, never begin, or take the pods of others for its own. */
const LEFT_OUT: ReadonlySet<string> = new Set(['ttlSecondsAfterFinished', 'suspend', 'selector', 'manualSelector', 'managedBy']);

export function job(spec: JobSpec, gate: AuthorGate, about: Asked, { tally }: Pick<Sight, 'tally'>): Opinion {
  const latest = tally?.last[0];
  if (latest?.is === 'good') return { is: 'pass' };
  if (latest?.is === 'bad') return { is: 'fail', reason: REASON.GateFailed, message: latest.message };
  const rendered = renderJob(spec, gate, about);
  return {
    is: 'ask',
    probe: {
      is: 'job',
      job: rendered,
      service: about.ports.length === 0 ? undefined : renderService(about),
      begun: tally?.begun === true,
    },
    everySeconds: LOOK_AGAIN_SECONDS,
    reason: REASON.GatesRunning,
    message: `Job ${rendered.metadata.name} is to complete${lately(tally)}`,
  };
}

export function jobName({ instance }: Pick<Asked, 'instance'>, gate: Pick<AuthorGate, 'phase' | 'name' | 'digest'>): string {
  const tail = digest(`${instance} ${gate.phase}/${gate.name} ${gate.digest}`).slice(0, DIGITS);
  return `${instance.slice(0, MOST_LETTERS - DIGITS - 1).replace(/[-.]+$/, '')}-${tail}`;
}

/**
 * The Job and its Service belong to the Deployment of the instance, and go with it. The Job never outlasts its gate.
 */
export function renderJob({ spec }: JobSpec, gate: AuthorGate, about: Asked): KubeObject {
  const kept = Object.fromEntries(Object.entries(spec).filter(([field]) => !LEFT_OUT.has(field)));
  const { metadata, spec: pod, ...template } = obj(spec.template);
  const { initContainers, containers } = obj(pod);
  const env = envOf(about);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(about, gate),
      namespace: about.namespace,
      labels: { [LABEL.app]: about.app, [LABEL.version]: about.version },
      ownerReferences: [ownerOf(about)],
    },
    spec: {
      ...kept,
      ...deadline(gate, spec.activeDeadlineSeconds),
      template: {
        ...template,
        metadata: { ...obj(metadata), labels: foreign(obj(obj(metadata).labels), about) },
        spec: {
          ...obj(pod),
          ...(initContainers === undefined ? {} : { initContainers: list(initContainers).map((each) => outfit(each, env)) }),
          containers: list(containers).map((each) => outfit(each, env)),
        },
      },
    },
  };
}

const ownerOf = ({ instance, uid }: Asked): OwnerReference => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name: instance,
  uid,
  controller: true,
  blockOwnerDeletion: false,
});

/** Without ours, and without those that the pods of the App have, too: no Service that finds those finds these. */
const foreign = (labels: Obj, { podLabels }: Asked): Obj =>
  Object.fromEntries(Object.entries(labels).filter(([key, value]) => !key.startsWith(`${GROUP}/`) && podLabels[key] !== value));

function deadline({ timeoutSeconds }: AuthorGate, said: unknown): Obj {
  const seconds = [timeoutSeconds, said].filter((each) => typeof each === 'number');
  return seconds.length === 0 ? {} : { activeDeadlineSeconds: Math.min(...seconds) };
}

/** Ours first, so that the author's may refer to them. */
function outfit(container: Obj, env: readonly { readonly name: string; readonly value: string }[]): Obj {
  const ours = new Set(env.map(({ name }) => name));
  const theirs = list(container.env).filter(({ name }) => !ours.has(text(name)));
  return { terminationMessagePolicy: 'FallbackToLogsOnError', ...container, env: [...env, ...theirs] };
}

const envOf = ({ app, version, instance, namespace, ports }: Asked): { readonly name: string; readonly value: string }[] => [
  { name: 'IMMUTABLEAPP_APP', value: app },
  { name: 'IMMUTABLEAPP_VERSION', value: version },
  { name: 'IMMUTABLEAPP_INSTANCE', value: instance },
  ...ports
    .filter(({ protocol }) => protocol === TCP)
    .map((port) => ({
      name: `IMMUTABLEAPP_URL_${(port.name || String(port.port)).toUpperCase().replaceAll('-', '_')}`,
      value: `${isSecure(port) ? 'https' : 'http'}://${instance}.${namespace}:${String(port.port)}`,
    })),
];

const isSecure = ({ name, port }: PortSeen): boolean => name === 'https' || (name === '' && port === 443);

/** Selects this instance and nothing else. Without the label of the App it is none of the Services that are switched. */
const renderService = (about: Asked): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: about.instance, namespace: about.namespace, ownerReferences: [ownerOf(about)] },
  spec: {
    selector: { [LABEL.instance]: about.instance },
    ports: about.ports.map(({ name, ...port }) => (name === '' ? port : { name, ...port })),
  },
});

/** What was seen of it. */
export type JobSeen =
  /** It was there, and is no more. */
  | { readonly is: 'gone'; readonly name: string }
  /** Its Service does not reach the instance yet. */
  | { readonly is: 'unreached'; readonly service: string }
  | { readonly is: 'there'; readonly job: unknown; readonly pods: readonly unknown[] };

export type JobEnd = 'Complete' | 'Failed' | undefined;

const conditionOf = (job: unknown, asked: string): Obj | undefined =>
  list(obj(obj(job).status).conditions).find(({ type, status }) => type === asked && status === 'True');

export const endOf = (job: unknown): JobEnd => (['Complete', 'Failed'] as const).find((type) => conditionOf(job, type) !== undefined);

/** A Job that somebody deleted has not completed, and is not begun again: it waits for its timeout. */
export function measuredJob(seen: JobSeen, at: number): Measurement {
  if (seen.is === 'gone') return { at, is: 'error', message: `Job ${seen.name} was deleted before it had ended` };
  if (seen.is === 'unreached') return { at, is: 'none', message: `Service ${seen.service} does not reach it yet` };
  const { job, pods } = seen;
  const name = `Job ${text(obj(obj(job).metadata).name)}`;
  const end = endOf(job);
  if (end === 'Complete') return { at, is: 'good', message: `${name} completed`, begun: true };
  const words = lastWords(pods);
  if (end === undefined) return { at, is: 'none', message: `${name} runs${words === '' ? '' : `: ${words}`}`, begun: true };
  const { reason, message } = conditionOf(job, 'Failed')!;
  const why = shown([text(reason), words === '' ? text(message) : words].filter((part) => part !== '').join(': '));
  return { at, is: 'bad', message: `${name} failed${why === '' ? '' : `: ${why}`}`, begun: true };
}

/** Of a container that failed, or cannot begin: the newest pod's first. */
function lastWords(pods: readonly unknown[]): string {
  const newestFirst = pods.toSorted((a, b) => (createdAt(a) < createdAt(b) ? 1 : -1));
  const said = newestFirst.flatMap((pod) => containerStatuses(pod).flatMap(({ name, state }) => wordsOf(text(name), obj(state))));
  return said[0] ?? '';
}

const createdAt = (pod: unknown): string => text(obj(obj(pod).metadata).creationTimestamp);

function wordsOf(name: string, { terminated, waiting }: Obj): string[] {
  const { exitCode, reason, message } = obj(terminated);
  if (typeof exitCode === 'number' && exitCode !== 0) {
    const last = shown(text(message));
    return [`container ${name} exited with ${String(exitCode)} (${text(reason)})${last === '' ? '' : `: ${last}`}`];
  }
  const why = text(obj(waiting).reason);
  return why === '' || why === 'ContainerCreating' || why === 'PodInitializing' ? [] : [`container ${name} waits: ${why}`];
}
