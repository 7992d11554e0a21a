// Why the pods of an instance do not come up, in the words of the container, the kubelet, the scheduler or admission. Decides which of them is the
// cause, and whether the cluster or the version is at fault; never acts.
import { int, list, obj, text } from '../model/json.ts';
import type { Obj } from '../model/json.ts';
import { containerStatuses } from '../model/pod.ts';
import type { Evidence, Symptom } from '../model/question.ts';
import { REASON } from '../model/vocabulary.ts';
import { refusedPods } from './complaint.ts';

const MAX_MESSAGE = 1024;

/**
 * The most important cause. `complaint`: why the Deployment controller could not create pods. A crash is the version's fault, whatever else is
 * wrong; something that the cluster lacks comes before pods that are only not ready.
 */
export function evidenceOf(pods: readonly unknown[], complaint: string): Evidence {
  const seen = pods.map(obj).filter(({ metadata }) => obj(metadata).deletionTimestamp === undefined);
  const found = [crash, unpulled, unconfigured, unscheduled].flatMap((why) => seen.flatMap((pod) => why(pod))).at(0);
  const evidence = found ?? refusedPods(complaint) ?? unready(seen);
  return { ...evidence, message: evidence.message.replace(/\s+/g, ' ').trim().slice(0, MAX_MESSAGE) };
}

const SAME_WORDS_MS = 600_000;

/**
 * The same while the version may still come up. Counts, pod names and back-off times change all the time, and every changed word in status is a
 * write: so the last message about the same cause is kept for a while.
 */
export function symptomOf(pods: readonly unknown[], before: Symptom | undefined, at: number): Symptom {
  const { message, ...found } = evidenceOf(pods, '');
  const known =
    before?.reason === found.reason &&
    before.container === found.container &&
    before.exitCode === found.exitCode &&
    at - before.toldAt < SAME_WORDS_MS;
  return { ...found, message: known ? before.message : message, at, toldAt: known ? before.toldAt : at };
}

interface Container {
  readonly name: string;
  readonly waiting: Obj;
  /** How it ended, now or before its last restart. */
  readonly ended: Obj;
  readonly restarts: number;
  readonly ready: boolean;
}

const containersOf = (pod: Obj): Container[] =>
  containerStatuses(pod).map((container) => {
    const state = obj(container.state);
    const before = obj(obj(container.lastState).terminated);
    return {
      name: text(container.name),
      waiting: obj(state.waiting),
      ended: state.terminated === undefined ? before : obj(state.terminated),
      restarts: int(container.restartCount, 0),
      ready: container.ready === true,
    };
  });

function crash(pod: Obj): Evidence[] {
  return containersOf(pod)
    .filter(({ waiting, ended, restarts }) => waiting.reason === 'CrashLoopBackOff' || (restarts > 0 && int(ended.exitCode, 0) !== 0))
    .map(({ name, ended, waiting, restarts }) => {
      const exitCode = int(ended.exitCode, -1);
      const words = text(ended.message) || text(waiting.message) || 'it left no message';
      const code = exitCode < 0 ? {} : { exitCode };
      const how = `${text(ended.reason) || 'Error'}, exit code ${exitCode < 0 ? 'unknown' : String(exitCode)}`;
      const message = `container ${name} crashed ${String(Math.max(1, restarts))} times (${how}): ${words}`;
      return { cause: 'version', reason: REASON.CrashLoop, container: name, ...code, message };
    });
}

const PULLING = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'RegistryUnavailable']);

function unpulled(pod: Obj): Evidence[] {
  return containersOf(pod)
    .filter(({ waiting }) => PULLING.has(text(waiting.reason)))
    .map(({ name, waiting }) => ({
      cause: 'cluster',
      reason: REASON.ImagePullFailed,
      container: name,
      message: `image of container ${name} cannot be pulled: ${text(waiting.message) || text(waiting.reason)}`,
    }));
}

/** In the kubelet's words: `secret "x" not found`, `couldn't find key k in ConfigMap ns/x`. */
function unconfigured(pod: Obj): Evidence[] {
  return containersOf(pod)
    .filter(({ waiting }) => waiting.reason === 'CreateContainerConfigError')
    .flatMap(({ name, waiting }): Evidence[] => {
      const words = text(waiting.message);
      const reason = MISSING.find(([sentence]) => sentence.test(words))?.[1];
      return reason === undefined
        ? []
        : [{ cause: 'cluster', reason, container: name, message: `container ${name} cannot be configured: ${words}` }];
    });
}

const MISSING = [
  [/^secrets? "|^couldn't find key .+ in Secret /, REASON.SecretMissing],
  [/^configmaps? "|^couldn't find key .+ in ConfigMap /, REASON.ConfigMissing],
] as const;

function unscheduled({ metadata, status }: Obj): Evidence[] {
  return list(obj(status).conditions)
    .filter((condition) => condition.type === 'PodScheduled' && condition.status === 'False')
    .map((condition) => ({
      cause: 'cluster',
      reason: REASON.Unschedulable,
      message: `pod ${text(obj(metadata).name)} finds no node: ${text(condition.message) || text(condition.reason)}`,
    }));
}

function unready(pods: readonly Obj[]): Evidence {
  const container = pods.flatMap(containersOf).find(({ ready }) => !ready);
  if (container === undefined)
    return {
      cause: 'version',
      reason: REASON.NotReadyInTime,
      message: pods.length === 0 ? 'it has no pods' : 'its pods are not all available',
    };
  const waits = text(container.waiting.reason);
  // It never ran, so it is not at fault. Only events tell which volume is missing, but the volumes that it waits for can be named.
  if (waits === 'ContainerCreating') {
    const volumes = mountsOf(pods);
    const message = `container ${container.name} is still being created${volumes.length === 0 ? '' : `: is one of its volumes missing (${volumes.join(', ')})?`}`;
    return { cause: 'cluster', reason: REASON.NotStarted, container: container.name, message };
  }
  const message = `container ${container.name} is not ready${waits === '' ? ': its readiness probe does not pass' : `: ${waits} ${text(container.waiting.message)}`}`;
  return { cause: 'version', reason: REASON.NotReadyInTime, container: container.name, message };
}

/** Volumes that somebody else has to provide. */
function mountsOf(pods: readonly Obj[]): string[] {
  const volumes = pods.flatMap(({ spec }) => list(obj(spec).volumes));
  const named = volumes.flatMap(({ secret, configMap, persistentVolumeClaim }) => [
    [obj(secret).optional === true ? '' : text(obj(secret).secretName), 'Secret'],
    [obj(configMap).optional === true ? '' : text(obj(configMap).name), 'ConfigMap'],
    [text(obj(persistentVolumeClaim).claimName), 'PersistentVolumeClaim'],
  ]);
  return [
    ...new Set(
      named.filter(([name]) => name !== '' && name !== 'kube-root-ca.crt').map(([name, kind]) => `${String(kind)} ${String(name)}`),
    ),
  ];
}
