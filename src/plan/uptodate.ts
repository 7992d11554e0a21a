// Whether the content of spec is what serves, captured config included. Ready says that what is asked for serves, which may be an older
// version; this is what a pipeline asks about its own push. Changes only when another condition does, so that it costs no write.
import { REASON } from '../model/vocabulary.ts';
import { stalled } from './stalled.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import { passedOver } from './held.ts';
import { title } from './versions.ts';
import type { Findings } from './scene.ts';

export function upToDate(findings: Findings): [boolean, Finding] {
  const { versions, routing, minting } = findings;
  const { latest } = versions;
  // Until spec and its ConfigMaps are settled, Latest is what they said before.
  const unsettled = minting.trouble ?? minting.underway;
  if (unsettled !== undefined) return [false, unsettled];
  if (latest.record !== undefined && latest === routing.serving)
    return [true, finding(REASON.Serving, `${title(latest)} is the content of spec, and serves`)];
  return [false, whyNot(findings)];
}

/** Why what is recorded does not serve, the most telling first. */
function whyNot(findings: Findings): Finding {
  const { app, versions, routing, choice } = findings;
  const { latest } = versions;
  const { serving } = routing;
  if (latest.record === undefined) return finding(app.paused ? REASON.Paused : REASON.Minting, 'the content of spec is no version yet');
  const against = passedOver(findings, latest);
  const name = title(latest);
  const now = serving === undefined ? 'nothing serves' : `${title(serving)} serves`;
  if (latest.rejected) return finding(REASON.VersionRejected, `${name} is the content of spec and was rejected; ${now}`);
  if (latest.failed !== undefined)
    return finding(REASON.VersionFailed, `${name} is the content of spec and failed (${latest.failed.fact.reason}); ${now}`);
  if (choice.why === 'Pinned') return finding(REASON.Pinned, `${now}, by a pin; ${name} is the content of spec and waits`);
  if (against !== undefined) return finding(against.reason, `${name} is the content of spec and is passed over; ${now}`);
  if (choice.version !== latest)
    return finding(REASON.AwaitingActivation, `${name} is the content of spec and waits for spec.activeVersion to name it; ${now}`);
  const stuck = stalled(findings);
  if (stuck !== undefined) return stuck;
  if (app.paused) return finding(REASON.Paused, `spec.paused is set, so ${name}, the content of spec, is not brought up; ${now}`);
  return finding(REASON.BringingUp, `${name} is the content of spec and is on its way; ${now}`);
}
