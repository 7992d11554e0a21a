// Events for `kubectl events`, made from what was done and from changes of the status. Decides the texts; the reasons are those of the conditions.
import { randomBytes } from 'node:crypto';
import type { Action, Blueprint } from '../../model/action.ts';
import type { KubeObject } from '../../model/object.ts';
import type { App, Status } from '../../model/app.ts';
import type { GatesFact } from '../../model/measure.ts';
import { headOf } from '../../model/notice.ts';
import { API_VERSION, CONDITION, KIND, REASON } from '../../model/vocabulary.ts';

export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
}

/** Three for an update from end to end: created, switched, retired. */
export function happened(actions: readonly Action[]): EventDraft[] {
  return [
    ...actions.flatMap((action): EventDraft[] => {
      if (action.do === 'publish' && action.kind === 'ControllerRevision') return [createdVersion(action.record)];
      if (action.do === 'attest') return attested(action);
      if (action.do === 'retire' && action.kind === 'Deployment')
        return [{ type: 'Normal', reason: REASON.Retired, note: `${action.name} is deleted: ${action.why}` }];
      if (action.do === 'release') return [released(action)];
      return [];
    }),
    ...switched(actions),
    ...lent(actions),
  ];
}

/** Who is behind it, if that is known. */
const told = (by = ''): string => (by === '' ? '' : `: ${by}`);

const createdVersion = ({ name, versionName, by }: Blueprint): EventDraft => ({
  type: 'Normal',
  reason: REASON.Minted,
  note: `${name}${versionName === '' ? '' : ` (${versionName})`} is recorded${told(by)}`,
});

/** Failures and human decisions get an event; bookkeeping does not. */
function attested({ record: { id }, fact, why }: Extract<Action, { do: 'attest' }>): EventDraft[] {
  if (fact.is === 'gates') return [{ type: 'Normal', reason: REASON.GatesPassed, note: `${fact.instance}: ${why}${saidIn(fact)}` }];
  if (fact.is === 'failed') return [{ type: 'Warning', reason: fact.reason, note: `${fact.instance}: ${fact.message}` }];
  if (fact.is === 'held') return [{ type: 'Normal', reason: REASON.Held, note: `${id} is held: ${why}` }];
  if (fact.is === 'rejected') return [{ type: 'Normal', reason: REASON.Rejected, note: `${id} is rejected: ${why}` }];
  if (fact.is === 'discarded') return [{ type: 'Warning', reason: REASON.Compromised, note: `${why}: a clean instance replaces it` }];
  if (fact.is === 'renewed') return [{ type: 'Normal', reason: REASON.Renewed, note: `${id} is ${why}` }];
  return [];
}

/** What each of them said. */
const saidIn = ({ gates }: GatesFact): string =>
  gates.length === 0
    ? ''
    : `: ${gates.map(({ name, verdict }) => (verdict === 'pass' ? name : `${name} (${verdict}, not enforced)`)).join(', ')}`;

export interface GateVerdict {
  readonly gate: string;
  readonly phase: string;
  readonly verdict: string;
}

/** Of gates in spec, as they were written down. */
export const gateVerdicts = (actions: readonly Action[]): GateVerdict[] =>
  actions.flatMap((action) => {
    const fact = action.do === 'attest' ? action.fact : undefined;
    if (fact?.is === 'gates') return fact.gates.map(({ name, verdict }) => ({ gate: name, phase: fact.phase, verdict }));
    const [phase, gate] = (fact?.is === 'failed' && fact.gate?.split('/')) || [];
    return phase === undefined || gate === undefined ? [] : [{ gate, phase, verdict: 'fail' }];
  });

const released = ({ service }: Extract<Action, { do: 'release' }>): EventDraft => ({
  type: 'Warning',
  reason: REASON.Released,
  note: `Service ${service} is released: without our key its own selector selects pods of every version`,
});

/** One event for a switch, however many Services it changed. */
function switched(actions: readonly Action[]): EventDraft[] {
  const moves = actions.filter((action) => action.do === 'switch').filter(({ role }) => role === 'Active');
  const [first] = moves;
  if (first === undefined) return [];
  const services = moves.map(({ service }) => service).join(', ');
  const { instance, previous, switchNumber } = first.stamp;
  const by = moves.flatMap(({ stamp }) => stamp.reverts?.at(-1)?.by ?? []);
  const after = by.length === 0 ? '' : ` after ${[...new Set(by)].join(', ')} changed it`;
  return first.repair
    ? [{ type: 'Warning', reason: REASON.Repaired, note: `selector of ${services} is restored to ${instance}${after}` }]
    : [
        {
          type: 'Normal',
          reason: REASON.Switched,
          note: `${services} switched ${previous === '' ? '' : `from ${previous} `}to ${instance} (switch ${String(switchNumber)})${told(first.by)}`,
        },
      ];
}

/** One event for each step of a ladder, and one for all that is taken back. */
function lent(actions: readonly Action[]): EventDraft[] {
  const moves = actions
    .filter((action) => action.do === 'switch')
    .filter(({ role, stamp }) => role === 'Rung' && stamp.share !== undefined);
  const steps = moves.filter(({ repair }) => !repair);
  const back = moves.filter(({ stamp }) => stamp.share?.percent === 0);
  const services = back.map(({ service }) => service).join(', ');
  return [
    ...steps.map(({ service, stamp }): EventDraft => ({
      type: 'Normal',
      reason: REASON.Lent,
      note: `${service} lends its part to ${stamp.instance}: ${String(stamp.share!.percent)} % of the traffic in all`,
    })),
    ...back.slice(0, 1).map(({ stamp }): EventDraft => ({
      type: 'Warning',
      reason: REASON.TakenBack,
      note: `the share of ${stamp.previous} goes back to ${stamp.instance}: ${services}`,
    })),
  ];
}

/** Warnings that also get an event. */
const URGENT: ReadonlySet<string> = new Set([
  ...[REASON.VersionNotFound, REASON.AnnotationUnknown, REASON.AnnotationUnreadable],
  ...[REASON.SelectedByOthers, REASON.Debugged, REASON.ImageDiverged, REASON.RecordUnreadable],
]);

/** A Stalled that is new, or newly explained; an urgent warning that is new. */
export function changed(before: Status, after: Status): EventDraft[] {
  const stalledOf = (status: Status) => status.conditions?.find(({ type }) => type === CONDITION.stalled);
  const now = stalledOf(after);
  const news = now?.reason === undefined || now.reason === stalledOf(before)?.reason ? [] : [now];
  const known = new Set(before.warnings?.map(({ message }) => headOf(message)));
  const warnings = (after.warnings ?? []).filter((warning) => URGENT.has(warning.reason ?? '') && !known.has(headOf(warning.message)));
  return [...news, ...warnings].map(({ reason = '', message = '' }) => ({ type: 'Warning', reason, note: message }));
}

const MAX_NOTE = 1024;

export const eventObject = (
  { namespace, name, uid, resourceVersion }: Pick<App, 'namespace' | 'name' | 'uid' | 'resourceVersion'>,
  draft: EventDraft,
  at: number,
  reporter: string,
): KubeObject => eventOn({ apiVersion: API_VERSION, kind: KIND, namespace, name, uid, resourceVersion }, draft, at, reporter);

/** What an event is about. */
export interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export function eventOn(regarding: Regarding, { type, reason, note }: EventDraft, at: number, reporter: string): KubeObject {
  const { namespace, name } = regarding;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
    eventTime: new Date(at).toISOString().replace('Z', '000Z'),
    type,
    reason,
    note: note.length > MAX_NOTE ? `${note.slice(0, MAX_NOTE - 1)}…` : note,
    action: reason,
    regarding,
    reportingController: 'immutableapp.io/operator',
    reportingInstance: reporter,
  };
}
