// Do the gates of its author pass for what is to serve, or serves? Decides which of them are asked in which phase, and of whom; what was said is
// kept in a fact of the instance, so that no restart and no loss of status asks again what is settled. Judging is gates/'s business.
//
//   before   a version that comes up, until traffic moves to it: all must pass
//   after    what serves since its gates let it in, until the last has passed; one that fails takes traffic back
//
// Nobody is asked where a person pinned, on the way back, about a replacement of what serves, and about what is proven.
import { opinionOf } from '../../gates/author.ts';
import type { Opinion, Verdict } from '../../gates/gate.ts';
import type { Action } from '../../model/action.ts';
import type { AuthorGate, GateSaid, GatesFact, Phase, Probe } from '../../model/measure.ts';
import { seriesOf } from '../../model/measure.ts';
import type { InstanceSeen } from '../../model/observed.ts';
import { REASON } from '../../model/vocabulary.ts';
import { sound } from '../choose/pointer.ts';
import { attest } from '../read/facts.ts';
import type { GateStanding, Proof, Stage } from '../read/scene.ts';
import { traces } from '../read/served.ts';
import type { FactOf, Version } from '../read/versions.ts';
import { isInstanceOf } from '../read/versions.ts';

/** What must pass before a version gets traffic; undefined when nobody is asked. Only for what is up otherwise. */
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

const notUp = ({ name }: InstanceSeen): Verdict => ({
  is: 'wait',
  reason: REASON.GatesRunning,
  message: `${name} is judged by its gates once it is up`,
});

/** What is judged on what serves; undefined when nothing is. */
export function proveServing(stage: Stage): Proof | undefined {
  const { app, routing, timer } = stage;
  const { active, serving } = routing;
  if (active === undefined || serving === undefined || app.paused || !isOnTrial(stage)) return undefined;
  const begun = app.promotion.after.some((gate) => timer.before(noteOf(active, gate)) !== undefined);
  return begun || routing.worker || routing.converged ? judgeAll(stage, serving, active, 'after', app.promotion.after) : undefined;
}

/** It serves, its gates let it in, and those that judge it since have not all spoken. */
export function isOnTrial({ app, routing: { active, serving } }: Pick<Stage, 'app' | 'routing'>): boolean {
  if (app.promotion.after.length === 0 || active === undefined || serving?.record === undefined || !sound(serving)) return false;
  const said = (phase: Phase): GatesFact | undefined => saidOf(serving, active, phase);
  return said('before')?.followed === true && said('after') === undefined;
}

const saidOf = ({ proofs }: Version, { uid }: Pick<InstanceSeen, 'uid'>, phase: Phase): GatesFact | undefined =>
  proofs.find(({ fact }) => fact.uid === uid && fact.phase === phase)?.fact;

/** Traffic is to go where its gates have not let it before: not by a pin, not back, not to another instance of what serves. */
export function isPromotion(stage: Stage, version: Version): boolean {
  const { choice, routing } = stage;
  if (choice.why === 'Pinned' || choice.why === 'Hold') return false;
  const again = version === routing.serving && !renewedAway(version).has(routing.route?.instance ?? '');
  return !again && !isProven(stage, version);
}

const renewedAway = ({ renewals }: Version): ReadonlySet<string> => new Set(renewals.flatMap(({ fact }) => fact.instances));

/** All that judge it once it serves have passed, or it served for the whole of failbackSeconds and there are none. A renewal asks anew. */
export function isProven({ app, timer, routing }: Stage, version: Version): boolean {
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

/** Whatever its uid was: history knows names. */
const wasOnTrial = ({ proofs }: Version, instance: string): boolean =>
  proofs.some(({ fact }) => fact.phase === 'before' && fact.instance === instance && fact.followed === true);

const noteOf = ({ uid }: Pick<InstanceSeen, 'uid'>, { phase, name, digest }: AuthorGate): string =>
  `gate ${phase}/${name} ${digest} ${uid}`;

function judgeAll(stage: Stage, version: Version, instance: InstanceSeen, phase: Phase, gates: readonly AuthorGate[]): Proof {
  const judged = gates.map((gate) => judgeOne(stage, version, instance, gate));
  const enforced = judged.filter(({ standing: { gate } }) => gate.enforce).map(({ standing }) => standing);
  const decisive = enforced.find(({ verdict }) => verdict.is === 'fail') ?? enforced.find(({ verdict }) => verdict.is === 'wait');
  return {
    phase,
    instance,
    verdict: decisive === undefined ? { is: 'pass' } : spoken(decisive),
    gates: judged.map(({ standing }) => standing),
    actions: judged.flatMap(({ actions }) => actions),
  };
}

/** What one gate says for all: with its name. */
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
  const since = timer.note(noteOf(instance, gate), 'yes');
  const series = seen.answers.measure.get(seriesOf({ uid: instance.uid, gate }));
  const tally = series?.since === since ? series.tally : undefined;
  const standing = (verdict: Verdict, actions: Action[] = []): Judged => ({ standing: { gate, verdict, since, tally }, actions });
  if (isSettled(version, instance, gate)) return standing({ is: 'pass' });
  const about = { namespace: app.namespace, app: app.name, version: version.id, instance: instance.name, uid: instance.uid };
  const opinion = opinionOf(gate, { now: timer.now, since, tally }, { ...about, title: version.names[0] });
  const verdict = (opinion.is === 'ask' ? unknownSource(stage, opinion.probe) : undefined) ?? verdictOf(opinion);
  if (verdict.is !== 'wait') return standing(verdict);
  if ('opensAt' in opinion && typeof opinion.opensAt === 'number') timer.wakeAt(opinion.opensAt);
  const { timeoutSeconds } = gate;
  if (timeoutSeconds !== undefined && timer.past(since, timeoutSeconds)) {
    const message = `it did not pass within timeoutSeconds ${String(timeoutSeconds)}: ${verdict.message}`;
    return standing({ is: 'fail', reason: REASON.GateFailed, message });
  }
  if (opinion.is !== 'ask' || verdict.reason === REASON.SourceUnknown) return standing(verdict);
  // One at a time, and so long after the last as its author says.
  const isUnderway = series?.since === since && series.underway;
  if (isUnderway || (tally !== undefined && !timer.past(tally.at, opinion.everySeconds))) return standing(verdict);
  const question = { ask: 'measure', instance: instance.name, uid: instance.uid, gate, since, probe: opinion.probe } as const;
  return standing(verdict, [{ do: 'ask', question }]);
}

/** It waits for whoever looks after the platform, or for its author to name another. */
function unknownSource({ app, seen }: Stage, probe: Probe): Extract<Verdict, { is: 'wait' }> | undefined {
  if (probe.is === 'http') return undefined;
  const here = (seen.fleet.gateSources ?? []).filter(({ namespaces }) => namespaces?.includes(app.namespace) ?? true);
  if (here.some(({ name }) => name === probe.source)) return undefined;
  const known = here.length === 0 ? 'the platform defines none' : `there are ${here.map(({ name }) => name).join(', ')}`;
  return {
    is: 'wait',
    reason: REASON.SourceUnknown,
    message: `no source ${probe.source} is defined for namespace ${app.namespace}: ${known}`,
  };
}

const verdictOf = (opinion: Opinion): Verdict =>
  opinion.is === 'ask' ? { is: 'wait', reason: opinion.reason, message: opinion.message } : opinion;

/** Said before, of this very instance, by this very gate. What time it is, is never settled. */
const isSettled = (version: Version, instance: InstanceSeen, { phase, name, digest, spec }: AuthorGate): boolean =>
  spec.is !== 'window' &&
  saidOf(version, instance, phase)?.gates.some((said) => said.name === name && said.digest === digest && said.verdict === 'pass') === true;

/** Written with the move that it allows, or once the last gate of what serves has passed. */
export function settleProof(stage: Stage, version: Version, { phase, instance, verdict, gates }: Proof): Action[] {
  const { app, timer } = stage;
  const { after, before } = app.promotion;
  if (verdict.is !== 'pass' || (before.length === 0 && after.length === 0) || saidOf(version, instance, phase) !== undefined) return [];
  const followed = phase === 'before' && after.length > 0;
  const fact: GatesFact = {
    is: 'gates',
    phase,
    instance: instance.name,
    uid: instance.uid,
    ...(followed ? { followed } : {}),
    gates: gates.map((standing) => saidBy(standing, timer.now)),
  };
  return attest(version, fact, `its gates ${phase} ${phase === 'before' ? 'let it in' : 'have passed'}`);
}

const saidBy = ({ gate: { name, digest }, verdict, since }: GateStanding, at: number): GateSaid => ({
  name,
  digest,
  verdict: verdict.is,
  message: verdict.is === 'pass' ? '' : verdict.message,
  since,
  at,
});

/** Where traffic can go back to: the last that served and may serve. */
export const hasWayBack = ({ app, versions, routing: { route, serving } }: Stage): boolean =>
  traces(app, route).some((instance) => {
    const version = versions.of(instance);
    return version !== undefined && version !== serving && version.record !== undefined && sound(version);
  });

/** What was said of an instance, as it is kept. */
export const keptOf = (version: Version, instance: Pick<InstanceSeen, 'uid'>): readonly FactOf<'gates'>[] =>
  version.proofs.filter(({ fact }) => fact.uid === instance.uid).toSorted((a, b) => (a.fact.phase < b.fact.phase ? 1 : -1));
