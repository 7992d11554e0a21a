// A forecast in the words of people: what would be made, when traffic could move at the earliest, what would be retired, and what it waits for.
// Decides nothing.
import type { Condition, Status } from '../../model/app.ts';
import type { Obj } from '../../model/json.ts';
import { obj, texts } from '../../model/json.ts';
import { CONDITION, LABEL } from '../../model/vocabulary.ts';
import { stampOf } from '../../routers/stamp.ts';
import { projectRevision } from '../../workloads/record.ts';
import type { Deed, Forecast } from './forecast.ts';
import { sizeOf } from './port.ts';

type GateStatus = NonNullable<NonNullable<Status['versions']>[number]['gates']>[number];

export interface Outlook {
  readonly version: { readonly id: string; readonly called: string; readonly isNew: boolean };
  readonly steps: readonly Step[];
  /** Seconds until the first Active Service is on another instance; absent, traffic stays. */
  readonly switchesAfterSeconds?: number;
  readonly serves: { readonly before: string; readonly after: string };
  readonly pods: { readonly now: number; readonly most: number; readonly after: number };
  /** Why what spec says would not be what serves. */
  readonly waits?: Said;
  readonly warnings: readonly Said[];
  /** What the platform sets for images, where the App says nothing of them. */
  readonly images?: string;
  /** Gates in spec that the newest version is asked by. */
  readonly gates: readonly Foreseen[];
}

/** What a gate would say if all that it measures were good. */
export interface Foreseen {
  readonly phase: string;
  readonly name: string;
  readonly verdict: string;
  /** Since the beginning; absent, it does not pass by itself. */
  readonly passesAfterSeconds?: number;
  readonly message?: string;
}

/** A word of docs/reasons.md, and what is said with it. */
export interface Said {
  readonly reason: string;
  readonly message: string;
}

export interface Step {
  readonly afterSeconds: number;
  readonly does: string;
}

export function outlookOf({ deeds, status, passed }: Forecast, before: Status, pods: number): Outlook {
  const latest = (status.versions ?? []).find(({ id }) => id === status.latestVersion);
  const moves = deeds.filter((deed) => isMove(deed) && lentBy(deed) === undefined);
  const counted = countPods(deeds, pods);
  const waits = waitingFor(status);
  return {
    version: {
      id: status.latestVersion ?? '',
      called: latest?.called ?? status.latestVersion ?? '',
      isNew: deeds.some((deed) => deed.verb === 'create' && deed.kind === 'ControllerRevision' && deed.name === status.latestVersion),
    },
    steps: deeds.flatMap((deed) => {
      const does = wordsOf(deed);
      return does === undefined ? [] : [{ afterSeconds: deed.afterMs / 1000, does }];
    }),
    ...(moves[0] === undefined ? {} : { switchesAfterSeconds: moves[0].afterMs / 1000 }),
    serves: { before: before.activeInstance ?? '', after: status.activeInstance ?? '' },
    pods: counted,
    ...(waits === undefined ? {} : { waits: { reason: waits.reason ?? '', message: waits.message ?? '' } }),
    gates: (latest?.gates ?? []).flatMap((gate) => foreseen(gate, passed)),
    ...(status.defaults?.images === undefined ? {} : { images: status.defaults.images }),
    warnings: (status.warnings ?? []).map(({ reason = '', message = '' }) => ({ reason, message })),
  };
}

function foreseen({ phase, name, verdict = 'wait', message }: GateStatus, passed: Forecast['passed']): Foreseen[] {
  if (phase === undefined) return [];
  const at = passed.get(`${phase}/${name}`);
  const passes = verdict === 'pass' && at !== undefined ? { passesAfterSeconds: at / 1000 } : {};
  return [{ phase, name, verdict, ...passes, ...(message === undefined ? {} : { message }) }];
}

const conditionIn = (status: Status, type: string): Condition | undefined =>
  status.conditions?.find((condition) => condition.type === type);

function waitingFor(status: Status): Condition | undefined {
  const upToDate = conditionIn(status, CONDITION.upToDate);
  if (upToDate?.status === 'True') return undefined;
  const stalled = conditionIn(status, CONDITION.stalled);
  return stalled?.status === 'True' ? stalled : (upToDate ?? conditionIn(status, CONDITION.ready));
}

const instanceIn = (service: Obj | undefined): string => texts(obj(service?.spec).selector)[LABEL.instance] ?? '';
const isMove = (deed: Deed): boolean =>
  deed.kind === 'Service' && deed.verb === 'patch' && instanceIn(deed.object) !== instanceIn(deed.before) && instanceIn(deed.object) !== '';

/** What a rung of a ladder lends of the traffic, in percent; 0 when it is put back. */
const lentBy = ({ object }: Deed): number | undefined => stampOf({ annotations: texts(obj(object.metadata).annotations) })?.share?.percent;

/** How many pods there are now, at most at one time, and in the end. */
function countPods(deeds: readonly Deed[], now: number): Outlook['pods'] {
  let [count, most] = [now, now];
  for (const { verb, kind, object, before } of deeds) {
    if (kind !== 'Deployment') continue;
    if (verb === 'create') count += sizeOf(object);
    if (verb === 'scale') count += sizeOf(object) - sizeOf(obj(before));
    if (verb === 'delete') count -= sizeOf(object);
    most = Math.max(most, count);
  }
  return { now, most, after: count };
}

/** One line for a write; facts that only the operator reads have none. */
function wordsOf(deed: Deed): string | undefined {
  const { verb, kind, name, object, before } = deed;
  const what = `${kind} ${name}`;
  const lent = lentBy(deed);
  switch (verb) {
    case 'tell':
      return undefined;
    case 'create':
      if (kind === 'ControllerRevision') return projectRevision(object).is === 'record' ? `record version ${name}` : undefined;
      if (kind === 'Service') return `create ${what}, which selects ${instanceIn(object) || 'nothing yet'}`;
      return kind === 'Deployment' ? `create ${what} with ${String(sizeOf(object))} pods` : `create ${what}`;
    case 'scale':
      return `scale ${what} ${String(sizeOf(obj(before)))} → ${String(sizeOf(object))}`;
    case 'patch':
      if (isMove(deed) && lent === 0) return `take ${what} back, for ${instanceIn(object)}`;
      if (isMove(deed) && lent !== undefined) return `move ${what} to ${instanceIn(object)}, which then has ${String(lent)} %`;
      if (isMove(deed)) return `switch ${what} to ${instanceIn(object)}${instanceIn(before) === '' ? '' : ` (from ${instanceIn(before)})`}`;
      return instanceIn(before) !== '' && instanceIn(object) === '' ? `let go of ${what}` : `change ${what}`;
    case 'delete':
      return `delete ${what}`;
  }
}
