// The gates in spec: do they pass for the target, and for the active version? Decides which are asked in which phase, and about which instance. Final
// results are kept in a fact, so that they are not asked again after a restart or a loss of status. gates/ does the judging.
//
//   before   about a version that comes up, until traffic moves to it: all must pass
//   during   about a version that has a share of the traffic, by a ladder: none may fail, and all must pass before it gets the rest
//   after    about a version that has got traffic this way, until the last has passed; if one fails, traffic goes back
//
// They are not asked about a pinned version, on a rollback, about a replacement of the active instance, and about a proven version,
// renewed or not.
import type { Beside } from '../../gates/author.ts';
import { opinionOf } from '../../gates/author.ts';
import type { Asking, Opinion, Verdict } from '../../gates/gate.ts';
import { decisiveOf } from '../../gates/gate.ts';
import type { Action } from '../../model/action.ts';
import type { AuthorGate, GateSaid, GatesFact, Phase, Probe } from '../../model/measure.ts';
import { seriesOf } from '../../model/measure.ts';
import type { InstanceSeen } from '../../model/observed.ts';
import { CONDITION, REASON } from '../../model/vocabulary.ts';
import { sound } from '../choose/pointer.ts';
import { attest } from '../read/facts.ts';
import { servedPorts } from '../read/ports.ts';
import type { Choice, GateStanding, Proof, Stage } from '../read/scene.ts';
import { traces } from '../read/served.ts';
import { sourcesFor } from '../read/sources.ts';
import type { Version } from '../read/versions.ts';
import { isInstanceOf } from '../read/versions.ts';

/** Gates before a switch; undefined if none is asked. Only for an instance that is otherwise ready. */
export function prove(stage: Stage, version: Version, instance: InstanceSeen, isUp: boolean): Proof | undefined {
  const { app, seen } = stage;
  const { line } = seen.fleet;
  const gates = app.promotion.before;
  if ((gates.length === 0 && app.promotion.after.length === 0 && line === '') || !isPromotion(stage, version)) return undefined;
  if (!isUp || app.paused) {
    if (!app.paused) for (const gate of gates) stage.timer.keep(noteOf(instance, gate));
    return { phase: 'before', instance, verdict: notUp(instance), gates: [], actions: [] };
  }
  const proof = judgeAll(stage, version, instance, 'before', gates);
  if (proof.verdict.is !== 'pass' || line === '') return proof;
  return { ...proof, verdict: { is: 'wait', reason: REASON.LineHeld, message: `no promotion begins in any App, since ${line}` } };
}

/** Gates while it has a share of the traffic; undefined if there are none. */
export function proveDuring(stage: Stage, version: Version, instance: InstanceSeen): Proof | undefined {
  const { during } = stage.app.promotion;
  if (during.length === 0) return undefined;
  if (!stage.app.paused) return judgeAll(stage, version, instance, 'during', during);
  for (const gate of during) for (const note of [noteOf(instance, gate), passedNote(instance, gate)]) stage.timer.keep(note);
  return undefined;
}

const notUp = ({ name }: InstanceSeen): Verdict => ({
  is: 'wait',
  reason: REASON.GatesRunning,
  message: `${name} is judged by its gates once it is up`,
});

/** Gates on the active version; undefined if none is asked. */
export function proveServing(stage: Stage): Proof | undefined {
  const { app, routing, timer } = stage;
  const { active, serving } = routing;
  if (active === undefined || serving === undefined || app.paused || !isOnTrial(stage)) return undefined;
  const begun = app.promotion.after.some((gate) => timer.before(noteOf(active, gate)) !== undefined);
  return begun || routing.worker || routing.converged ? judgeAll(stage, serving, active, 'after', app.promotion.after) : undefined;
}

/** Whether it serves, has passed its gates before the switch, and those after it have not all finished. */
export function isOnTrial({ app, routing: { active, serving } }: Pick<Stage, 'app' | 'routing'>): boolean {
  if (app.promotion.after.length === 0 || active === undefined || serving?.record === undefined || !sound(serving)) return false;
  const said = (phase: Phase): GatesFact | undefined => saidOf(serving, active, phase);
  return said('before')?.followed === true && said('after') === undefined;
}

const saidOf = ({ proofs }: Version, { uid }: Pick<InstanceSeen, 'uid'>, phase: Phase): GatesFact | undefined =>
  proofs.find(({ fact }) => fact.uid === uid && fact.phase === phase)?.fact;

/** Whether a switch needs gates: not by a pin, not on a rollback, not to another instance of the active version. */
export function isPromotion(stage: Stage, version: Version): boolean {
  const { choice, routing } = stage;
  if (choice.why === 'Pinned' || choice.why === 'Hold') return false;
  const again = version === routing.serving && !renewedAway(version).has(routing.route?.instance ?? '');
  return !again && !isProven(stage, version);
}

/**
 * Who comes up first where what serves needs a fresh instance, because it was tampered with or renewed, and the next version may be kept waiting: by
 * gates, a ladder, or the line. That may take days, so what serves is made whole before, and the other one gives back what it was lent.
 */
export function wholeFirst(stage: Stage): Choice {
  const { app, choice, routing, seen } = stage;
  const { active, serving } = routing;
  const mayWait = app.promotion.before.length > 0 || seen.fleet.line !== '' || routing.services.some(({ wish }) => wish.role === 'Rung');
  if (!mayWait || active === undefined || serving === undefined || !sound(serving) || serving.replacementFailure !== undefined)
    return choice;
  const { version } = choice;
  if (!serving.spentNames.has(active.name) || version === undefined || version === serving || !isPromotion(stage, version)) return choice;
  return { version: serving, why: 'Repair', pointed: false, by: '', trouble: undefined };
}

/** Instances whose proofs count no more. */
const renewedAway = ({ renewals }: Version): ReadonlySet<string> =>
  new Set(renewals.flatMap(({ fact }) => (fact.proven === true ? [] : fact.instances)));

/**
 * Whether all its gates after the switch have passed, or it has none and served for the whole of failbackSeconds. A renewal of what was not proven asks
 * again.
 */
export function isProven({ app, timer, routing }: Pick<Stage, 'app' | 'timer' | 'routing'>, version: Version): boolean {
  const over = renewedAway(version);
  const passed = version.proofs.some(({ fact }) => fact.phase === 'after' && !over.has(fact.instance));
  return passed || served();

  function served(): boolean {
    const enforced = app.promotion.after.some(({ enforce }) => enforce);
    const history = app.status.history ?? [];
    return history.some(({ to = '', at = '' }, i) => {
      if (!isInstanceOf(version.id, to) || over.has(to) || (enforced && wasOnTrial(version, to))) return false;
      const until = history[i - 1]?.at;
      const ms = (until === undefined ? timer.now : Date.parse(until)) - Date.parse(at);
      return ms >= app.promotion.failbackSeconds * 1000 && (until !== undefined || routing.route?.instance === to);
    });
  }
}

/** By name, since the history has no uids. */
const wasOnTrial = ({ proofs }: Version, instance: string): boolean =>
  proofs.some(({ fact }) => fact.phase === 'before' && fact.instance === instance && fact.followed === true);

const noteOf = ({ uid }: Pick<InstanceSeen, 'uid'>, { phase, name, digest }: AuthorGate): string =>
  `gate ${phase}/${name} ${digest} ${uid}`;

const passedNote = (instance: InstanceSeen, gate: AuthorGate): string => `passed ${noteOf(instance, gate)}`;

function judgeAll(stage: Stage, version: Version, instance: InstanceSeen, phase: Phase, gates: readonly AuthorGate[]): Proof {
  const judged = gates.map((gate) => judgeOne(stage, version, instance, gate));
  const standings = judged.map(({ standing }) => standing);
  const decisive = decisiveOf(standings.filter(({ gate }) => gate.enforce));
  return {
    phase,
    instance,
    verdict: decisive === undefined ? { is: 'pass' } : spoken(decisive),
    gates: standings,
    actions: judged.flatMap(({ actions }) => actions),
  };
}

/** The result of the gate that decides, with its name. */
function spoken({ gate, verdict }: GateStanding): Verdict {
  if (verdict.is === 'pass') return verdict;
  const message = `gate ${gate.phase}/${gate.name}: ${verdict.message}`;
  return verdict.is === 'fail' ? { is: 'fail', reason: REASON.GateFailed, message } : { ...verdict, message };
}

interface Judged {
  readonly standing: GateStanding;
  readonly actions: readonly Action[];
}

function judgeOne(stage: Stage, version: Version, instance: InstanceSeen, gate: AuthorGate): Judged {
  const { timer, app, seen } = stage;
  const since = timer.note(noteOf(instance, gate), 'yes', begunAt(stage, version, instance, gate));
  const series = seen.answers.measure.get(seriesOf({ uid: instance.uid, gate }));
  const tally = series?.since === since ? series.tally : undefined;
  const standing = (verdict: Verdict, actions: Action[] = []): Judged => ({ standing: { gate, verdict, since, tally }, actions });
  const settled = saidBefore(version, instance, gate);
  if (settled !== undefined) return standing({ is: 'pass', note: settled.message, ...(settled.by && { by: settled.by }) });
  const waived = waiver(stage, version, gate);
  if (waived !== undefined) return standing(waived);
  const about = { namespace: app.namespace, app: app.name, version: version.id, instance: instance.name, uid: instance.uid };
  const known = { title: version.names[0], ports: servedPorts(stage, instance), podLabels: instance.podLabels };
  const opinion = opinionOf(gate, { now: timer.now, since, tally }, { ...about, ...known }, besideOf(stage));
  const asking = askingOf(gate, opinion);
  const noSource = asking && unknownSource(stage, asking.probe);
  const verdict = keptPass(stage, instance, gate, opinion) ?? noSource ?? verdictOf(opinion);
  if (verdict.is === 'fail') return standing(verdict);
  if ('opensAt' in opinion && typeof opinion.opensAt === 'number') timer.wakeAt(opinion.opensAt);
  const { timeoutSeconds } = gate;
  if (verdict.is === 'wait' && timeoutSeconds !== undefined && timer.lasted(since, timeoutSeconds)) {
    const message = `it did not pass within timeoutSeconds ${String(timeoutSeconds)}: ${verdict.message}`;
    return standing({ is: 'fail', reason: REASON.GateFailed, message });
  }
  if (asking === undefined || noSource !== undefined) return standing(verdict);
  // One at a time, and so long after the last as its author says.
  const isUnderway = series?.since === since && series.underway;
  if (isUnderway || (tally !== undefined && !timer.past(tally.at, asking.everySeconds))) return standing(verdict);
  const question = { ask: 'measure', instance: instance.name, uid: instance.uid, gate, since, probe: asking.probe } as const;
  return standing(verdict, [{ do: 'ask', question }]);
}

/**
 * When an earlier process began to ask, as status says, of the same gate about the same instance. What measures begins anew, since its
 * measurements were lost; people and hours are waited for as before.
 */
function begunAt({ app }: Stage, { id }: Version, { uid }: InstanceSeen, { phase, name, spec }: AuthorGate): number | undefined {
  const { observedGeneration, versions = [] } = app.status;
  if ((spec.is !== 'window' && spec.is !== 'approval') || observedGeneration !== app.generation) return undefined;
  const told = versions.find((version) => version.id === id);
  if (told?.instances?.some((instance) => instance.uid === uid) !== true) return undefined;
  const at = Date.parse(told.gates?.find((gate) => gate.phase === phase && gate.name === name)?.startedAt ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/** While traffic is shared it is measured on and on: what passes on 1 % may fail on 25 %. */
const askingOf = ({ phase }: AuthorGate, opinion: Opinion): Asking | undefined =>
  opinion.is === 'ask' ? opinion : opinion.is === 'pass' && phase === 'during' ? opinion.goOn : undefined;

/** Then only a failure takes back a pass, and not that a value was missing once. */
function keptPass({ timer }: Stage, instance: InstanceSeen, gate: AuthorGate, opinion: Opinion): Verdict | undefined {
  const note = passedNote(instance, gate);
  const passes = opinion.is === 'pass' ? opinion.goOn !== undefined : opinion.is === 'ask' && timer.before(note) !== undefined;
  if (gate.phase !== 'during' || !passes) return undefined;
  timer.note(note, 'yes');
  return { is: 'pass' };
}

function besideOf(stage: Stage): Beside {
  const { app, routing } = stage;
  const { active, serving } = routing;
  return {
    approvals: app.annotations.approvals,
    isVerified: isVerified(stage),
    serving: active && serving && { namespace: app.namespace, app: app.name, version: serving.id, instance: active.name },
    comparisons: app.promotion.during.filter(({ spec }) => spec.is === 'compare').length,
  };
}

/** It waits for whoever looks after the platform, or for its author to name another. */
function unknownSource({ app, seen }: Stage, probe: Probe): Extract<Verdict, { is: 'wait' }> | undefined {
  if (probe.is === 'http' || probe.is === 'job') return undefined;
  const { names, said } = sourcesFor(app, seen);
  if (names.includes(probe.source)) return undefined;
  return {
    is: 'wait',
    reason: REASON.SourceUnknown,
    message: `no source ${probe.source} is defined for namespace ${app.namespace}: ${said}`,
  };
}

function verdictOf(opinion: Opinion): Verdict {
  if (opinion.is === 'ask') return { is: 'wait', reason: opinion.reason, message: opinion.message };
  if (opinion.is !== 'pass') return opinion;
  const { goOn: _, ...verdict } = opinion;
  return verdict;
}

/** An earlier pass of the same gate about the same instance. A window is always asked again. */
const saidBefore = (version: Version, instance: InstanceSeen, { phase, name, digest, spec }: AuthorGate): GateSaid | undefined =>
  spec.is === 'window'
    ? undefined
    : saidOf(version, instance, phase)?.gates.find((said) => said.name === name && said.digest === digest && said.verdict === 'pass');

/** Whether the policies are in force. Before the first probe, what status says: an operator that starts anew has nothing new to tell. */
function isVerified({ app, seen: { fleet } }: Stage): boolean {
  if (fleet.enforcement.is !== 'unknown') return fleet.enforcement.is === 'enforced';
  return app.status.conditions?.some(({ type, status }) => type === CONDITION.enforced && status === 'True') === true;
}

/** A person has waived this gate for this version. */
function waiver({ app: { annotations, authors } }: Stage, { id }: Version, { name }: AuthorGate): Verdict | undefined {
  if (!annotations.waivers.some(({ version, gate }) => version === id && gate === name)) return undefined;
  return { is: 'pass', note: `waived${authors.waive === '' ? '' : ` by ${authors.waive}`}` };
}

/** The fact is written with the switch that it allows, or once the last gate after it has passed. */
export function settleProof(stage: Stage, version: Version, { phase, instance, verdict, gates }: Proof): Action[] {
  const { app, timer } = stage;
  const { after, before, during } = app.promotion;
  const asked = phase === 'during' ? during : [...before, ...after];
  if (verdict.is !== 'pass' || asked.length === 0 || saidOf(version, instance, phase) !== undefined) return [];
  const followed = phase === 'before' && after.length > 0;
  const fact: GatesFact = {
    is: 'gates',
    phase,
    instance: instance.name,
    uid: instance.uid,
    ...(followed ? { followed } : {}),
    gates: gates.map((standing) => saidBy(standing, timer.now)),
  };
  return attest(version, fact, `its gates ${phase} ${phase === 'after' ? 'have passed' : 'let it in'}`);
}

const saidBy = ({ gate: { name, digest }, verdict, since }: GateStanding, at: number): GateSaid => ({
  name,
  digest,
  verdict: verdict.is,
  message: verdict.is === 'pass' ? (verdict.note ?? '') : verdict.message,
  ...(verdict.is === 'pass' && verdict.by !== undefined ? { by: verdict.by } : {}),
  since,
  at,
});

/** The version to which traffic can go back: the last one that served and may serve. */
export const hasWayBack = ({ app, versions, routing: { route, serving } }: Stage): boolean =>
  traces(app, route).some((instance) => {
    const version = versions.of(instance);
    return version !== undefined && version !== serving && version.record !== undefined && sound(version);
  });
