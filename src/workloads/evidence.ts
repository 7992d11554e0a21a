// Why the pods of an instance do not come up, in the words of whoever said so: the container, the kubelet, the scheduler, the quota.
// Decides which of them is the cause, and whether the cluster or the version has to change; never acts.
import { int, list, obj, text } from '../model/json.ts';
import type { Obj } from '../model/json.ts';
import type { Evidence } from '../model/observed.ts';
import { REASON } from '../model/vocabulary.ts';

const MAX_MESSAGE = 1024;

/**
 * The most telling of what the pods say. `complaint`: what the Deployment controller says about pods it could not even create.
 * A crash is the version's own fault whatever else is wrong; what the cluster lacks comes before pods that merely are not ready.
 */
export function evidenceOf(pods: readonly unknown[], complaint: string): Evidence {
  const seen = pods.map(obj).filter(({ metadata }) => obj(metadata).deletionTimestamp === undefined);
  const found = seen.flatMap((pod) => crash(pod)).at(0) ?? seen.flatMap((pod) => unpulled(pod)).at(0) ?? seen.flatMap(unscheduled).at(0);
  const evidence = found ?? refused(complaint) ?? unready(seen);
  return { ...evidence, message: evidence.message.replace(/\s+/g, ' ').trim().slice(0, MAX_MESSAGE) };
}

interface Container {
  readonly name: string;
  readonly waiting: Obj;
  /** How it ended, now or the last time. */
  readonly ended: Obj;
  readonly restarts: number;
  readonly ready: boolean;
}

const containersOf = ({ status }: Obj): Container[] =>
  [...list(obj(status).initContainerStatuses), ...list(obj(status).containerStatuses)].map((container) => {
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

function unscheduled({ metadata, status }: Obj): Evidence[] {
  return list(obj(status).conditions)
    .filter((condition) => condition.type === 'PodScheduled' && condition.status === 'False')
    .map((condition) => ({
      cause: 'cluster',
      reason: REASON.Unschedulable,
      message: `pod ${text(obj(metadata).name)} finds no node: ${text(condition.message) || text(condition.reason)}`,
    }));
}

const refused = (complaint: string): Evidence | undefined =>
  complaint === '' ? undefined : { cause: 'cluster', reason: REASON.QuotaExceeded, message: `pods cannot be created: ${complaint}` };

function unready(pods: readonly Obj[]): Evidence {
  const container = pods.flatMap(containersOf).find(({ ready }) => !ready);
  if (container === undefined)
    return {
      cause: 'version',
      reason: REASON.NotReadyInTime,
      message: pods.length === 0 ? 'it has no pods' : 'its pods are not all available',
    };
  const waits = text(container.waiting.reason);
  const message = `container ${container.name} is not ready${waits === '' ? ': its readiness probe does not pass' : `: ${waits} ${text(container.waiting.message)}`}`;
  return { cause: 'version', reason: REASON.NotReadyInTime, container: container.name, message };
}
