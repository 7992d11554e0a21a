// What follows a failure: when the version is tried again, the command that tries it now, and how long one of its pods stays for its logs. Texts
// and times only; retention.ts scales and deletes.
import { logs, renewing } from '../../model/command.ts';
import type { App } from '../../model/app.ts';
import type { InstanceSeen } from '../../model/observed.ts';
import { REASON } from '../../model/vocabulary.ts';
import { runsAlone } from '../read/overlap.ts';
import type { Scene } from '../read/scene.ts';
import { instant } from '../read/timer.ts';
import type { FactOf, Version } from '../read/versions.ts';
import { retryAt } from '../read/versions.ts';

type Verdict = FactOf<'failed'>;
type Sight = Pick<Scene, 'app' | 'versions' | 'seen' | 'timer'>;

/** What happens next to what failed; `otherwise`: what a person may do instead. */
export function next(sight: Sight, version: Version, verdict: Verdict, otherwise: string): string {
  const command = renewing(sight.app, version.id);
  const retry =
    verdict.fact.cause === 'cluster'
      ? `it is tried again by itself at ${instant(retryAt(verdict))}, then later each time; now: ${command}`
      : `${otherwise}retry it with ${command}`;
  const kept = version.instances.find((instance) => isKept(sight, version, instance));
  return kept === undefined ? retry : `${retry}; ${releaseServices(sight.app, verdict, kept)}`;
}

function releaseServices(app: App, { fact, createdAt }: Verdict, { name }: InstanceSeen): string {
  const until = instant(createdAt + app.retention.failedSeconds * 1000);
  return `its last pod stays until ${until}: ${logs(app, name, isCrash(fact))}`;
}

/** Its container has restarted, so its last words are in the logs of the container before. A failback has another reason, but the same evidence. */
const isCrash = ({ reason, exitCode }: Verdict['fact']): boolean => reason === REASON.CrashLoop || exitCode !== undefined;

/** Its containers ran, so there may be something to read. */
const RAN: ReadonlySet<string> = new Set([REASON.CrashLoop, REASON.NotReadyInTime, REASON.FailedBack]);

/**
 * Whether one pod of a failed instance stays for its logs: only of the last failure, not of a worker, whose pod would do work, and not under
 * overlap: Never. It is deleted as soon as pods of another instance find no room.
 */
export function isKept(sight: Sight, version: Version, { name, replicas }: InstanceSeen): boolean {
  const { app, versions, timer } = sight;
  const verdict = version.failed ?? version.replacementFailure;
  if (
    verdict?.fact.instance !== name ||
    replicas === 0 ||
    !RAN.has(verdict.fact.reason) ||
    version.rejected ||
    version.spentNames.has(name)
  )
    return false;
  const worker = !app.services.some(({ role }) => role === 'Active');
  const later = versions.all.some(({ failed, replacementFailure }) => ((failed ?? replacementFailure)?.createdAt ?? 0) > verdict.createdAt);
  return !worker && !runsAlone(app) && !later && !isCramped(sight, name) && !timer.past(verdict.createdAt, app.retention.failedSeconds);
}

/** Whether pods of another instance of this App cannot be created, or find no node. */
const isCramped = ({ seen, versions }: Sight, failed: InstanceSeen['name']): boolean =>
  versions.all
    .flatMap(({ instances }) => instances)
    .some(
      ({ name, replicas, available, complaint }) =>
        name !== failed &&
        available < replicas &&
        (complaint !== '' || seen.answers.pods.get(name)?.symptom.reason === REASON.Unschedulable),
    );
