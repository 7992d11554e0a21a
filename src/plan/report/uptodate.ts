// UpToDate: whether the content of spec serves, captured config included. A pipeline waits for it after a push; Ready may be about an older version.
// It changes only together with another condition, so that it costs no write of its own.
import { REASON } from '../../model/vocabulary.ts';
import { selected } from '../../routers/service.ts';
import type { Answer } from './available.ts';
import { lasting, stalled } from './stalled.ts';
import { heldUp } from './gates.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import { passedOver } from '../choose/held.ts';
import { title } from '../read/versions.ts';
import type { Findings } from '../read/scene.ts';

/** `answered`: whether users are served, and why. */
export function upToDate(findings: Findings, [is, why]: Answer): [boolean, Finding] {
  const { versions, routing, creation } = findings;
  const { latest } = versions;
  // Until spec and its ConfigMaps have settled, Latest is the version before.
  const unsettled = creation.trouble ?? (creation.underway && (lasting(findings)[0] ?? creation.underway));
  if (unsettled !== undefined) return [false, unsettled];
  if (latest.record === undefined || latest !== routing.serving || latest.rejected) return [false, whyNot(findings)];
  const split = elsewhere(findings);
  if (split !== undefined) return [false, split];
  const what = `${title(latest)} is the content of spec`;
  if (!is) return [false, finding(why.reason, `${what}, but not everybody is answered: ${why.message}`)];
  return [true, finding(REASON.Serving, `${what}, and serves`)];
}

/** The Services of one switch are written one by one; one that was refused still sends its traffic to another version. */
function elsewhere(findings: Findings): Finding | undefined {
  const { app, versions, routing, seen } = findings;
  const left = app.services.flatMap(({ name, role }) => {
    const service = role === 'Active' ? seen.services.find((each) => each.name === name) : undefined;
    const other = service && versions.of(selected(service) ?? '');
    return other === undefined || other === routing.serving ? [] : [`Service ${name} still sends its traffic to ${title(other)}`];
  });
  if (left.length === 0) return undefined;
  const stuck = stalled(findings);
  const message = `${title(versions.latest)} is the content of spec and serves, but not everywhere: ${left.join(', ')}`;
  return finding(stuck?.reason ?? REASON.BringingUp, stuck === undefined ? message : `${message}: ${stuck.message}`);
}

/** Why a version with a record does not serve, the most important reason first. */
function whyNot(findings: Findings): Finding {
  const { app, versions, routing, choice } = findings;
  const { latest } = versions;
  const { serving } = routing;
  if (latest.record === undefined) return finding(app.paused ? REASON.Paused : REASON.Minting, 'the content of spec is no version yet');
  const against = passedOver(findings, latest);
  const name = title(latest);
  const now = serving === undefined ? 'nothing serves' : `${title(serving)} serves`;
  if (latest.rejected) return finding(REASON.VersionRejected, `${name} is the content of spec and was rejected; ${now}`);
  const verdict = latest.failed?.fact ?? latest.unrecordedFailure;
  if (verdict !== undefined) return finding(REASON.VersionFailed, `${name} is the content of spec and failed (${verdict.reason}); ${now}`);
  if (choice.why === 'Pinned') return finding(REASON.Pinned, `${now}, by a pin; ${name} is the content of spec and waits`);
  if (against !== undefined) return finding(against.reason, `${name} is the content of spec and is on hold; ${now}`);
  if (choice.why === 'Repair')
    return finding(REASON.BringingUp, `${name} is the content of spec and waits until what serves has a fresh instance; ${now}`);
  if (choice.version !== latest)
    return finding(REASON.AwaitingActivation, `${name} is the content of spec and waits for spec.activeVersion to name it; ${now}`);
  const stuck = stalled(findings);
  if (stuck !== undefined) return stuck;
  const held = heldUp(findings);
  if (held !== undefined) return finding(held.reason, `${held.message}; it is the content of spec, and ${now}`);
  if (app.paused) return finding(REASON.Paused, `spec.paused is set, so ${name}, the content of spec, is not brought up; ${now}`);
  return finding(REASON.BringingUp, `${name} is the content of spec and is on its way; ${now}`);
}
