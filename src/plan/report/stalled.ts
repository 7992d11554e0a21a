// Why only a human, a change of spec or the cluster can help.
import { REASON } from '../../model/vocabulary.ts';
import { unreached } from './available.ts';
import { unattended } from '../read/controllers.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import type { Findings } from '../read/scene.ts';
import { symptomOf } from '../read/symptoms.ts';
import { title } from '../read/versions.ts';

/** Refusals that only somebody else can resolve, the most important first. */
export const lasting = ({ refused }: Findings): Finding[] =>
  refused.flatMap(({ finding: what, lasting: lasts }) => (lasts ? (what ?? []) : []));

/** Warnings about refusals other than the one that Stalled reports. */
export const refusals = (findings: Findings): Finding[] => {
  const [first] = lasting(findings);
  return findings.refused.flatMap(({ finding: what }) => (what === undefined || what === first ? [] : what));
};

/** Waiting for these is waiting for a human. */
const NEEDS_HUMAN: ReadonlySet<string> = new Set([
  ...[REASON.PortMissing, REASON.SelectorMismatch, REASON.Compromised],
  ...[REASON.GateUnknown, REASON.SourceUnknown],
]);

/** Why only a human, a spec change or the cluster can help; the most telling first. */
export function stalled(findings: Findings): Finding | undefined {
  const { seen, creation, target, routing } = findings;
  const service = routing.services.find(({ trouble }) => trouble !== undefined)?.trouble;
  return (
    seen.failure ??
    lasting(findings)[0] ??
    findings.drift.trouble ??
    creation.trouble ??
    unattended(findings) ??
    choiceTrouble(findings) ??
    target?.trouble ??
    waiting(findings) ??
    service ??
    (target === undefined ? (lacking(findings) ?? unreached(findings) ?? lost(findings)) : undefined)
  );
}

/** What the target waits for that only a human can do. */
function waiting({ target }: Findings): Finding | undefined {
  const verdict = target?.judgement?.verdict.is === 'pass' ? target.proof?.verdict : target?.judgement?.verdict;
  return verdict?.is === 'wait' && NEEDS_HUMAN.has(verdict.reason) ? finding(verdict.reason, verdict.message) : undefined;
}

/** Why the version that was asked for cannot serve. Before that: why the one that should serve instead does not either. */
export function choiceTrouble(findings: Findings): Finding | undefined {
  const { trouble } = findings.choice;
  const stuck = waiting(findings) ?? findings.target?.trouble;
  return trouble && stuck ? finding(stuck.reason, `${stuck.message}; ${trouble.message}`) : trouble;
}

/** The active instance has had too few pods for longer than progressDeadlineSeconds: waiting does not help any more. */
function lacking(findings: Findings): Finding | undefined {
  const { app, routing, timer } = findings;
  const { active } = routing;
  if (active === undefined || app.paused || active.available >= app.replicas) return undefined;
  const { progressDeadlineSeconds } = app.promotion;
  if (!timer.held(`short ${active.name}`, 'yes', progressDeadlineSeconds)) return undefined;
  const lasting = `for more than progressDeadlineSeconds ${String(progressDeadlineSeconds)}`;
  const why = symptomOf(findings, active)?.message ?? `look at its pods`;
  return finding(REASON.ReplicasUnavailable, `${counted(active.available, app.replicas, active.name)}, ${lasting}: ${why}`);
}

export const counted = (available: number, wanted: number, name: string): string =>
  `${String(available)} of ${String(wanted)} pods of ${name} are available`;

/** What served is gone, and no instance can be made of it again. */
function lost({ choice: { version }, routing, versions }: Findings): Finding | undefined {
  if (version === undefined || version.record !== undefined || version === versions.latest || routing.active !== undefined)
    return undefined;
  const what = `the instance that served is gone, and so is the record of ${title(version)}, of which it could be made again`;
  return finding(REASON.RouteUnknown, `${what}: name another version in spec.activeVersion`);
}
