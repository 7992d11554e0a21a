// Reports on the gates in spec: what a version waits for, what each gate said, and failures that decide nothing.
import type { Status } from '../../model/app.ts';
import type { GateSaid, Phase } from '../../model/measure.ts';
import { PHASES } from '../../model/measure.ts';
import { REASON } from '../../model/vocabulary.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import type { Findings, GateStanding, Proof } from '../read/scene.ts';
import type { Version } from '../read/versions.ts';
import { title } from '../read/versions.ts';

type GateStatus = NonNullable<NonNullable<Status['versions']>[number]['gates']>[number];

/** Nothing is at work while a gate waits for these: people, or an hour of the day. */
const PATIENT: ReadonlySet<string> = new Set([REASON.WindowClosed, REASON.ApprovalMissing, REASON.LineHeld]);

/** Why what is up does not serve yet, when only its gates keep it. */
export function heldUp({ target }: Pick<Findings, 'target'>): Finding | undefined {
  if (target?.judgement?.verdict.is !== 'pass') return undefined;
  const { proof, climb, version } = target;
  const why = proof?.verdict.is === 'wait' ? proof.verdict : climb?.waits;
  return why && finding(why.reason, `${title(version)} is up and waits: ${why.message}`);
}

/** The same, if nothing is going on meanwhile: for now the active version is the one that should serve. */
export function heldUpForNow(findings: Pick<Findings, 'target' | 'routing'>): Finding | undefined {
  const why = findings.routing.active === undefined ? undefined : heldUp(findings);
  return why !== undefined && PATIENT.has(why.reason) ? why : undefined;
}

/** Failures that decide nothing: of a gate that is not enforced, or about an active version from which traffic cannot go back. */
export function unheard({ target, watched, routing }: Pick<Findings, 'target' | 'watched' | 'routing'>): Finding[] {
  const of = (version: Version | undefined, proof: Proof | undefined): Finding[] =>
    (proof?.gates ?? []).flatMap(({ gate, verdict }) => {
      if (version === undefined || verdict.is !== 'fail' || (gate.enforce && gate.phase !== 'after')) return [];
      const why = gate.enforce ? 'it goes on serving: it is pinned, or nothing served before it' : 'the gate is not enforced';
      return [finding(REASON.GateFailed, `gate ${gate.phase}/${gate.name} fails ${title(version)}, and ${why}: ${verdict.message}`)];
    });
  return [...of(target?.version, target?.proof), ...of(target?.version, target?.climb?.during), ...of(routing.serving, watched)];
}

/** What gates say of a version now, and what they said of its instances that are still there. */
export function gatesOf(findings: Findings, version: Version): GateStatus[] {
  const { target, watched, routing, app } = findings;
  const rising = target?.version === version ? [target.proof, target.climb?.during] : [];
  const now = [...rising, version === routing.serving ? watched : undefined];
  const said = version.proofs.filter(({ fact }) => version.instances.some(({ uid }) => uid === fact.uid));
  const kept = said.flatMap(({ fact: { phase, gates } }) => gates.map((gate) => keptStatus(phase, gate)));
  const before = app.status.versions?.find(({ id }) => id === version.id)?.gates ?? [];
  const judged = now.flatMap((proof) => proof?.gates ?? []).map((standing) => standingStatus(findings, standing, before));
  const isJudged = ({ phase, name }: GateStatus): boolean => judged.some((gate) => gate.phase === phase && gate.name === name);
  const turnOf = ({ phase }: GateStatus): number => PHASES.indexOf(phase as Phase);
  return [...kept.filter((gate) => !isJudged(gate)), ...judged].toSorted((a, b) => turnOf(a) - turnOf(b));
}

/** The people who let what serves in, by its gates that ask people. */
export function approvedBy({ routing: { serving, active } }: Pick<Findings, 'routing'>): string[] {
  const said = serving?.proofs.find(({ fact: { phase, uid } }) => phase === 'before' && uid === active?.uid)?.fact.gates ?? [];
  return [...new Set(said.flatMap(({ by = [] }) => by))];
}

/** Why it passed, where that is not plain. */
const noted = (message = ''): Pick<GateStatus, 'message'> => (message === '' ? {} : { message });
const iso = (at: number): string => new Date(at).toISOString();

const keptStatus = (phase: Phase, { name, verdict, message, since, at }: GateSaid): GateStatus => ({
  name,
  phase,
  verdict,
  ...noted(message),
  startedAt: iso(since),
  finishedAt: iso(at),
});

/** Reported once one is not good, and again once one says something else: a status write costs more than most measurements. */
function measurements({ verdict, since, tally }: GateStanding, known: GateStatus | undefined): NonNullable<GateStatus['measurements']> {
  const last = (tally?.last ?? []).map(({ at, is, message }) => ({ at: iso(at), result: is, message }));
  const [newest] = last;
  if (verdict.is !== 'wait' || newest === undefined) return last;
  const told = known?.startedAt === iso(since) ? (known.measurements ?? []) : [];
  const isTold = told[0]?.result === newest.result && told[0].message === newest.message;
  return newest.result === 'good' ? [] : isTold ? told : last;
}

function standingStatus({ timer }: Findings, standing: GateStanding, before: readonly GateStatus[]): GateStatus {
  const { gate, verdict, since } = standing;
  const { name, phase } = gate;
  const known = before.find((each) => each.name === name && each.phase === phase && each.verdict === verdict.is);
  const last = measurements(standing, known);
  return {
    name,
    phase,
    verdict: verdict.is,
    ...(gate.enforce ? {} : { enforced: false }),
    ...(verdict.is === 'pass' ? noted(verdict.note) : { reason: verdict.reason, message: verdict.message }),
    startedAt: iso(since),
    ...(verdict.is === 'wait' ? {} : { finishedAt: known?.finishedAt ?? iso(timer.now) }),
    ...(last.length === 0 ? {} : { measurements: last }),
  };
}
