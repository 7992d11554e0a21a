// What is told to receivers, decided from what is reported: a status stands for a list of notices, and news are those that the status before did not
// stand for. So whoever takes over tells the same, under the same ids.
import type { Action } from '../../model/action.ts';
import type { App, Status, Switch } from '../../model/app.ts';
import { approving, describing, logs, pointing, renewing } from '../../model/command.ts';
import type { Named, Notice } from '../../model/notice.ts';
import { headOf, tellable, TOPIC_OF } from '../../model/notice.ts';
import type { Fact, RecordSeen, Snapshot } from '../../model/observed.ts';
import { digest } from '../../model/version.ts';
import type { Reason } from '../../model/vocabulary.ts';
import { CONDITION, REASON } from '../../model/vocabulary.ts';
import { differenceOf } from '../read/columns.ts';
import { isInstanceOf, recordsOf } from '../read/versions.ts';

type VersionStatus = NonNullable<Status['versions']>[number];
type Seen = Pick<Snapshot, 'records' | 'factsSeen'>;

interface Scope {
  readonly app: App;
  readonly status: Status;
  readonly versions: readonly VersionStatus[];
  readonly records: readonly RecordSeen[];
  readonly facts: Snapshot['factsSeen'];
}

/** Everything that a status tells, whoever knows it already. */
export function noticesOf(seen: Seen, app: App, status: Status): Notice[] {
  const { versions = [], history = [], warnings = [] } = status;
  const records = recordsOf(seen as Snapshot, app);
  const scope = { app, status, versions, records, facts: seen.factsSeen };
  return [
    ...versions.flatMap((version) => [...mintedOf(scope, version), ...failedOf(scope, version), ...heldOf(scope, version)]),
    ...versions.flatMap((version) => discardedOf(scope, version)),
    ...history.flatMap((move) => movedOf(scope, move)),
    ...waitingOf(scope),
    ...troubleOf(scope),
    ...warnings.flatMap(({ reason, message }) => warnedOf(scope, reason as Reason, message)),
  ];
}

/** How far back it is told again by who finds it: a process may have ended before it was told. */
export const TOLD_AGAIN_MS = 5 * 60_000;

/** What is new since the status before. Where that is lost, what is old is not news for it. */
export function news(seen: Seen, app: App, before: Status, after: Status, now: number): Notice[] {
  const known = new Set(noticesOf(seen, app, before).map(({ about }) => about));
  const isLost = before.observedGeneration === undefined;
  return noticesOf(seen, app, after).filter((notice) => !known.has(notice.about) && !(isLost && isOld(notice, now)));
}

/** What happened just before somebody took over, who cannot know whether it was told. */
export const recent = (seen: Seen, app: App, now: number): Notice[] =>
  noticesOf(seen, app, app.status).filter((notice) => notice.at !== undefined && !isOld(notice, now));

const isOld = ({ at }: Notice, now: number): boolean => at !== undefined && at < now - TOLD_AGAIN_MS;

/** What no status tells: a selector that was restored. */
export function noticesDone(app: App, actions: readonly Action[]): Notice[] {
  const repairs = actions.filter((action) => action.do === 'switch').filter(({ role, repair }) => role === 'Active' && repair);
  return repairs.map(({ service, stamp }) => {
    const { by = '', at = '' } = stamp.reverts?.at(-1) ?? {};
    const message = `selector of ${service} is restored to ${stamp.instance}${by === '' ? '' : ` after ${by} changed it`}`;
    const key = `intrusion/Repaired/${service}/${at === '' ? String(stamp.switchNumber) : at}`;
    return made(app, REASON.Repaired, key, { at: instantOf(at), message, ...whoIs(by) });
  });
}

type Made = Partial<Omit<Notice, 'id' | 'about' | 'message'>> & { readonly message: string };

/** `key`: what sets it apart from all others of the App. `again`: what makes it news for a receiver who remembers the last time. */
function made(app: App, reason: Reason, key: string, { message, ...more }: Made, again = ''): Notice {
  const about = `${app.uid}/${key}`;
  const { namespace, name, generation } = app;
  const said = { reason, message: tellable(reason, message) };
  return { topic: TOPIC_OF[reason]!, id: `${about}${again}`, about, at: undefined, namespace, app: name, generation, ...said, ...more };
}

const instantOf = (at = ''): number | undefined => (Number.isNaN(Date.parse(at)) ? undefined : Date.parse(at));
const whoIs = (who = ''): { readonly who?: string } => (who === '' ? {} : { who });

const namedAs = (version: string, name: string | undefined): Named => ({ version, ...(name === undefined ? {} : { name }) });
const namedIn = ({ versions }: Scope, id: string): Named => namedAs(id, versions.find((version) => version.id === id)?.names?.[0]);

/** The version of an instance. History may know instances of versions that are gone. */
function versionOf({ versions }: Scope, instance: string): string {
  return versions.find(({ id }) => isInstanceOf(id, instance))?.id ?? instance;
}

/** How messages call it: `web-c56lcd8llx (1.1)`. */
const titled = ({ version, name }: Named): string => (name === undefined ? version : `${version} (${name})`);

function mintedOf(scope: Scope, { id, createdAt }: VersionStatus): Notice[] {
  const { app, records } = scope;
  const record = records.find((each) => each.id === id);
  if (createdAt === undefined || record === undefined) return [];
  const before = records.filter(({ revision }) => revision < record.revision).toSorted((a, b) => b.revision - a.revision)[0];
  const to = namedIn(scope, id);
  const about = { at: instantOf(createdAt), message: `${titled(to)} is recorded`, to, ...whoIs(record.by) };
  return [made(app, REASON.Minted, `minted/${id}/${createdAt}`, { ...about, ...diffOf(before, record) })];
}

const diffOf = (before: RecordSeen | undefined, after: RecordSeen | undefined): { readonly diff?: string } =>
  before === undefined || after === undefined || before.id === after.id ? {} : { diff: differenceOf(before, after) };

function movedOf(scope: Scope, { switchNumber, at, from = '', to = '', name, reason, by }: Switch): Notice[] {
  const { app, records } = scope;
  if (switchNumber === undefined || TOPIC_OF[reason as Reason] !== 'moved') return [];
  const recordOf = (id: string): RecordSeen | undefined => records.find((record) => record.id === id);
  const [left, serves] = [versionOf(scope, from), versionOf(scope, to)];
  const arrived = namedAs(serves, name);
  const departed = namedIn(scope, left);
  const message = `${titled(arrived)} serves${from === '' ? '' : ` instead of ${left === serves ? from : titled(departed)}`}`;
  const isThere = left !== serves && recordOf(left) !== undefined;
  const back = isThere && reason !== REASON.Reverted ? { command: pointing(app, left) } : {};
  const about = { at: instantOf(at), message, switchNumber, to: arrived, ...(from === '' ? {} : { from: departed }), ...whoIs(by) };
  return [made(app, reason as Reason, `moved/${String(switchNumber)}`, { ...about, ...diffOf(recordOf(left), recordOf(serves)), ...back })];
}

/** The last words of a gate's Job are those of a container, and may hold a value. Of a gate that is gone from spec nobody knows what it was. */
function isJob({ app, facts }: Scope, instance: string): boolean {
  const fact = facts.flatMap((seen) => (seen.fact?.is === 'failed' && seen.fact.instance === instance ? [seen.fact] : []))[0];
  const { before, during, after } = app.promotion;
  const gate = [...before, ...during, ...after].find(({ phase, name }) => `${phase}/${name}` === fact?.gate);
  return gate === undefined || gate.spec.is === 'job';
}

function failedOf(scope: Scope, { id, failure }: VersionStatus): Notice[] {
  const { app } = scope;
  const { reason, message = '', instance = id, at = '' } = failure ?? {};
  if (reason === undefined || TOPIC_OF[reason as Reason] !== 'failed') return [];
  const to = namedIn(scope, id);
  const command = LOGGED.has(reason) ? logs(app, instance, reason === REASON.CrashLoop) : describing(app);
  const isQuoted = reason === REASON.GateFailed && isJob(scope, instance);
  const said = `${titled(to)} failed (${reason}): ${isQuoted ? headOf(message) : tellable(reason as Reason, message)}`;
  return [
    { ...made(app, reason as Reason, `failed/${reason}/${instance}/${at}`, { at: instantOf(at), message, to, command }), message: said },
  ];
}

/** Of these the logs of the pods tell more. */
const LOGGED: ReadonlySet<string> = new Set([REASON.CrashLoop, REASON.NotReadyInTime, REASON.FailedBack]);

const DECISIONS: ReadonlySet<Fact['is']> = new Set(['held', 'rejected']);

function heldOf(scope: Scope, { id, reason, message = '' }: VersionStatus): Notice[] {
  const { app, facts } = scope;
  if (reason === undefined || TOPIC_OF[reason as Reason] !== 'held') return [];
  const said = facts.filter((each) => each.id === id && each.fact !== undefined && DECISIONS.has(each.fact.is));
  const last = said.toSorted((a, b) => b.createdAt - a.createdAt)[0];
  const who = last?.fact !== undefined && 'who' in last.fact ? last.fact.who : undefined;
  const to = namedIn(scope, id);
  const command = reason === REASON.Rejected ? renewing(app, id) : pointing(app, id);
  const about = { at: last?.createdAt, message: `${titled(to)}: ${message}`, to, command, ...whoIs(who) };
  return [made(app, reason as Reason, `held/${reason}/${id}/${last === undefined ? '' : new Date(last.createdAt).toISOString()}`, about)];
}

function discardedOf(scope: Scope, { id, discarded = [] }: VersionStatus): Notice[] {
  return discarded.map(({ instance, message = '', by, at }) => {
    const said = `${instance} was compromised (${message}) and is replaced by a clean instance`;
    return made(scope.app, REASON.Compromised, `intrusion/Compromised/${instance}`, {
      at: instantOf(at),
      message: said,
      to: namedIn(scope, id),
      ...whoIs(by),
    });
  });
}

/** By which people let a version go on. */
const COMMANDS: Partial<Readonly<Record<Reason, (app: App, id: string) => string>>> = {
  ApprovalMissing: approving,
  AwaitingActivation: pointing,
};

/** The newest version waits for people, or for an hour of the day. */
function waitingOf(scope: Scope): Notice[] {
  const { app, status, versions } = scope;
  const { conditions = [], latestVersion = '' } = status;
  const said = conditions.filter(({ type }) => type === CONDITION.ready || type === CONDITION.reconciling);
  const why = said.find(({ reason }) => TOPIC_OF[reason as Reason] === 'waiting');
  const latest = versions.find(({ id }) => id === latestVersion);
  // What is on hold is told as such.
  if (why === undefined || latest === undefined || TOPIC_OF[latest.reason as Reason] === 'held') return [];
  const reason = why.reason as Reason;
  const command = COMMANDS[reason]?.(app, latestVersion);
  const about = { message: why.message ?? '', to: namedIn(scope, latestVersion), ...(command === undefined ? {} : { command }) };
  const since = latest.gates?.find((gate) => gate.reason === reason)?.startedAt;
  return [made(app, reason, `waiting/${reason}/${latestVersion}`, { at: instantOf(since), ...about }, `/${String(app.generation)}`)];
}

/** That only a person can help, and that a protection is off. */
function troubleOf(scope: Scope): Notice[] {
  const { app, status } = scope;
  const { conditions = [], latestVersion } = status;
  return conditions.flatMap((condition) => {
    const { type, status: is, message = '', lastTransitionTime: since = '' } = condition;
    const reason = condition.reason as Reason;
    const isTold = (type === CONDITION.stalled && is === 'True') || (type === CONDITION.enforced && is === 'False');
    if (!isTold || TOPIC_OF[reason] === undefined) return [];
    const about = { at: instantOf(since), message, ...(latestVersion === undefined ? {} : { to: namedIn(scope, latestVersion) }) };
    const key = `${TOPIC_OF[reason]}/${reason}/${type === CONDITION.enforced ? '' : `${String(app.generation)}/`}${since}`;
    return [made(app, reason, key, { ...about, command: describing(app) })];
  });
}

function warnedOf({ app }: Scope, reason: Reason, message = ''): Notice[] {
  if (TOPIC_OF[reason] !== 'intrusion' || reason === REASON.Compromised) return [];
  const what = digest(headOf(message)).slice(0, DIGITS);
  return [made(app, reason, `intrusion/${reason}/${what}`, { message, command: describing(app) }, `/${String(app.generation)}`)];
}

const DIGITS = 10;
