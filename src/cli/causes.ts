// Why an App is not as it is wanted: a chain of causes, the first one what is seen, each further one why that is so, the last one with what
// to do. Pure: everything it knows is handed in.
import type { VersionStatus } from '../model/spec.ts';
import { CONDITION, REASON } from '../model/vocabulary.ts';
import { conditionOf, isTrue, newest, serving, title, type AppObject } from './apps.ts';
import type { Liveness } from './operator.ts';
import type { Reference } from './moved.ts';
import { nextStep } from './reasons.ts';
import { span } from './text.ts';

export interface Cause {
  readonly what: string;
  readonly reason?: string;
  readonly message?: string;
  readonly next?: string;
}

/** What pods of a version say now, and the events about them. */
export interface Evidence {
  readonly pods: readonly { readonly name: string; readonly version: string; readonly waits: string }[];
  readonly references: readonly Reference[];
  readonly events: readonly { readonly about: string; readonly reason: string; readonly message: string; readonly count: number }[];
}

export function causesOf(app: AppObject, evidence: Evidence, operator: Liveness, now: number): Cause[] {
  const about = { app: app.metadata.name, namespace: app.metadata.namespace };
  const step = (reason: string | undefined, version?: string): string =>
    nextStep(reason, version === undefined ? about : { ...about, version });
  const latest = newest(app);
  const first = [...unheard(app, operator), ...availability(app, step), ...notNewest(app, latest, step)];
  const isSaid = ({ reason }: Cause): boolean => first.some((cause) => cause.reason === reason);
  return withoutRepeats([
    ...first,
    ...failures(app, latest, step, now),
    ...stuck(app, latest, step).filter((cause) => !isSaid(cause)),
    ...underWay(app, step),
    ...changedUnder(evidence),
    ...evidence.pods.map(({ name, version, waits }) => ({ what: `pod ${name} of ${version}`, message: waits })),
    ...evidence.events.map(({ about: object, reason, message, count }) => ({
      what: `event of ${object}${count > 1 ? ` (${count} times)` : ''}`,
      reason,
      message,
    })),
    ...oddities(app, step),
  ]);
}

/** What is to be done is said once, with the last cause that asks for it. */
const withoutRepeats = (causes: readonly Cause[]): Cause[] =>
  causes.map(({ next, ...cause }, i) =>
    next === undefined || causes.slice(i + 1).some((later) => later.next === next) ? cause : { ...cause, next },
  );

type Step = (reason: string | undefined, version?: string) => string;

function unheard({ metadata, status }: AppObject, operator: Liveness): Cause[] {
  const away: Cause[] =
    operator.is === 'away'
      ? [{ what: operator.message, next: 'bring it back: kubectl iapp doctor; what cannot wait: kubectl iapp glass' }]
      : [];
  const { observedGeneration = -1 } = status ?? {};
  if (observedGeneration >= metadata.generation) return away;
  const late =
    observedGeneration < 0
      ? 'nothing has been reported yet'
      : `what is reported is about generation ${observedGeneration}, and spec is at ${metadata.generation}`;
  return [
    ...away,
    {
      what: late,
      next: operator.is === 'away' ? 'nothing else before the operator is back' : 'wait a moment: the operator has not seen it yet',
    },
  ];
}

function availability(app: AppObject, step: Step): Cause[] {
  const { status, reason = '', message = '' } = conditionOf(app, CONDITION.available) ?? {};
  return status === 'False' ? [{ what: 'users are not answered', reason, message, next: step(reason) }] : [];
}

/** Stalled and Reconciling say it in more words: here only what they do not say. */
function notNewest(app: AppObject, latest: VersionStatus | undefined, step: Step): Cause[] {
  const { status, reason = '', message = '' } = conditionOf(app, CONDITION.upToDate) ?? {};
  if (status === 'True' || status === undefined) return [];
  const active = serving(app);
  const what = latest === undefined ? 'the content of spec does not serve' : `${title(latest)} is newest and does not serve`;
  return [{ what: active === undefined ? what : `${what}; ${title(active)} does`, reason, message, next: step(reason, latest?.id) }];
}

function failures(app: AppObject, latest: VersionStatus | undefined, step: Step, now: number): Cause[] {
  const failed = (app.status?.versions ?? []).filter(
    ({ id, state, failure }) => failure !== undefined && (state === 'Failed' || id === latest?.id),
  );
  return failed.map((version) => {
    const { reason = '', message = '', container, exitCode, at } = version.failure ?? {};
    const where = container === undefined ? '' : `, container ${container}`;
    const code = exitCode === undefined ? '' : `, exit code ${exitCode}`;
    const when = at === undefined ? '' : ` ${span(now - Date.parse(at))} ago`;
    return { what: `${title(version)} failed${when}${where}${code}`, reason, message, next: step(reason, version.id) };
  });
}

function stuck(app: AppObject, latest: VersionStatus | undefined, step: Step): Cause[] {
  const { reason = '', message = '' } = conditionOf(app, CONDITION.stalled) ?? {};
  return isTrue(app, CONDITION.stalled) ? [{ what: 'it is stalled', reason, message, next: step(reason, latest?.id) }] : [];
}

function underWay(app: AppObject, step: Step): Cause[] {
  const { reason = '', message = '' } = conditionOf(app, CONDITION.reconciling) ?? {};
  const going: Cause[] = isTrue(app, CONDITION.reconciling) ? [{ what: 'work is under way', reason, message, next: step(reason) }] : [];
  const gates = (app.status?.versions ?? []).flatMap((version) =>
    (version.gates ?? [])
      .filter(({ verdict }) => verdict !== 'pass')
      .map(({ name, verdict = '', reason: why, message: told = '' }) => ({
        what: `gate ${name} of ${title(version)}: ${verdict}`,
        ...(why === undefined ? {} : { reason: why, next: step(why, version.id) }),
        message: told,
      })),
  );
  return [...going, ...gates];
}

function oddities(app: AppObject, step: Step): Cause[] {
  const enforced = conditionOf(app, CONDITION.enforced);
  const open: Cause[] =
    enforced?.status === 'False'
      ? [
          {
            what: 'what was published is not protected',
            reason: enforced.reason ?? REASON.DetectOnly,
            message: enforced.message ?? '',
            next: step(enforced.reason),
          },
        ]
      : [];
  return [
    ...open,
    ...(app.status?.warnings ?? []).map(({ reason = '', message = '' }) => ({ what: 'warning', reason, message, next: step(reason) })),
  ];
}

/** What serves may behave otherwise than it did, though nothing of it was changed. */
const changedUnder = ({ references }: Evidence): Cause[] =>
  references
    .filter(({ verdict }) => verdict === 'moved')
    .map(({ name, message }) => ({
      what: `${name} has moved under what serves`,
      message,
      next: name.startsWith('image ')
        ? 'name the image by digest: kubectl iapp pin-images'
        : 'capture it: spec.references.configMaps: Capture',
    }));
