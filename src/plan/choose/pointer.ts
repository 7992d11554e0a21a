// Which version should serve: an unexpired pin, then spec.activeVersion, then the mode. Automatic means Latest, or the version that serves now;
// history matters only for going back. Whether that version is ready is decided in promotion.ts.
import type { App, Status } from '../../model/app.ts';
import type { FailedFact } from '../../model/observed.ts';
import { renewing } from '../../model/command.ts';
import { REASON } from '../../model/vocabulary.ts';
import { next } from './aftermath.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import { passedOver } from './held.ts';
import { hint } from './hint.ts';
import type { Intent } from './intents.ts';
import { intents } from './intents.ts';
import type { Choice, Routing, Scene } from '../read/scene.ts';
import { hasServed, traces } from '../read/served.ts';
import type { FactOf, Version, Versions } from '../read/versions.ts';
import { title } from '../read/versions.ts';

export function choose(scene: Scene, routing: Routing): Choice {
  const { app, versions, timer } = scene;
  const [intent] = intents(app, timer);
  const stays = incumbent(app, versions, routing);
  if (intent !== undefined) return follow(intent, scene, stays);
  const { latest } = versions;
  // If even this version may not serve, it is neither started nor replaced: only a human can help.
  const hold = (trouble = stays && refusal(scene, stays)): Choice => ({ version: stays, why: 'Hold', pointed: false, by: '', trouble });
  const promote: Choice = { version: latest, why: 'Automatic', pointed: false, by: '', trouble: undefined };
  if (app.promotion.mode === 'Manual') {
    if (stays !== undefined) return hold(routing.serving?.rejected === true ? refusal(scene, routing.serving) : undefined);
    if (isBeginning(scene, routing) && latest.failed === undefined && !latest.rejected) return promote;
    return hold(
      refusal(scene, latest) ?? finding(REASON.RouteUnknown, 'it is unknown which version serves: name one in spec.activeVersion'),
    );
  }
  const refused = refusal(scene, latest);
  if (refused !== undefined) return hold(refused);
  // Content without a record may never become a version, so it does not stop a return to what served before.
  if (latest.record === undefined && stays !== undefined && stays !== routing.serving) return hold();
  const passed = passedOver({ ...scene, routing }, latest);
  if (passed === undefined || (stays === undefined && latest.held !== undefined)) return promote;
  return hold(stays === undefined ? finding(passed.reason, `${title(latest) || 'what spec says'} is ${passed.message}`) : undefined);
}

/**
 * Nothing has ever served, so even under Manual nobody has to be asked: it is the first version, or a fix of it. If status does not tell what
 * served and there are several versions, a person has to name one, and that stays so once reported.
 */
function isBeginning({ app, versions: { all } }: Scene, { trafficInstance, route }: Routing): boolean {
  const wasUnknown = app.status.conditions?.some(({ reason }) => reason === REASON.RouteUnknown) === true;
  return trafficInstance === undefined && (all.length === 1 || (!wasUnknown && !all.some((version) => hasServed(app, version, route))));
}

/**
 * The active version keeps serving unless it was rejected or failed while it served. Then the last one before it serves that nobody decided
 * against. After a collapse the predecessor may even be a held one: a held version is better than one without pods.
 */
function incumbent(app: App, versions: Versions, { serving, route }: Routing): Version | undefined {
  if (serving === undefined || sound(serving)) return serving;
  const former = traces(app, route)
    .flatMap((instance) => versions.of(instance) ?? [])
    .filter((version) => version.record !== undefined && sound(version));
  const [last] = former;
  return former.find(({ held }) => held === undefined) ?? (serving.rejected ? serving : (last ?? serving));
}

export const sound = (version: Version): boolean =>
  !version.rejected && version.failed === undefined && version.unrecordedFailure === undefined;

function follow(intent: Intent, scene: Scene, stays: Version | undefined): Choice {
  const { version, trouble } = resolve(intent, scene);
  const { by, why } = intent;
  if (trouble !== undefined) return { version: stays, why: 'Hold', pointed: false, by, trouble };
  return { version, why, pointed: true, by, trouble };
}

/** The version that a person named, or why it cannot serve. */
export function resolve(
  intent: Intent,
  scene: Scene,
): { version: Version; trouble?: undefined } | { version?: undefined; trouble: Finding } {
  const version = scene.versions.named(intent.version);
  const trouble = version === undefined ? unknown(intent, scene) : obstacle(intent, scene, version);
  return version === undefined || trouble !== undefined ? { trouble: trouble! } : { version };
}

function unknown({ version, where }: Intent, { app, versions }: Scene): Finding {
  return finding(REASON.VersionNotFound, `${where} names "${version}", which does not exist: ${hint(app, versions, version)}`);
}

/** Why a named version cannot serve. A failed one is tried again if a human named it after its failure. */
function obstacle(intent: Intent, scene: Scene, version: Version): Finding | undefined {
  const { app, versions } = scene;
  const { id, failed } = version;
  if (version.rejected) {
    return finding(
      REASON.PointedVersionRejected,
      `${intent.where} names ${title(version)}, which was rejected: name another version, or lift it with ${renewing(app, id)}`,
    );
  }
  const { unrecordedFailure } = version;
  if (unrecordedFailure?.by === intent.by)
    return finding(REASON.PointedVersionFailed, unkept(version, unrecordedFailure, `name another version in ${intent.where}`));
  if (failed === undefined || decidedSince(intent, app, versions, failed)) return undefined;
  const { reason, message } = failed.fact;
  const what = next(scene, version, failed, `name another version in ${intent.where}, or `);
  return finding(REASON.PointedVersionFailed, `${title(version)} failed (${reason}: ${message}): ${what}`);
}

/**
 * Whether a human named the version after its failure. A failure that status has not reported yet may have come under this same decision. If
 * status is lost the answer is no. While Latest has no record, the decision is still to be recorded (decisions.ts).
 */
const decidedSince = ({ by, known }: Intent, { status }: App, { latest }: Versions, { fact, createdAt }: FactOf<'failed'>): boolean =>
  by !== fact.by || (latest.record !== undefined && !known && wasReported(status, fact.instance, createdAt));

const wasReported = ({ versions = [] }: Status, instance: string, createdAt: number): boolean =>
  versions.some(({ failure }) => failure?.instance === instance && Date.parse(failure.at ?? '') === createdAt);

const unkept = (version: Version, { reason, message }: FailedFact, otherwise: string): string =>
  `${title(version)} failed (${reason}: ${message}), which the API server refuses to store: ${otherwise}`;

/**
 * Whether traffic was taken back from it without a recorded failure: the API server refused to store it, and the process that knew is gone. The
 * history in status still tells. A person who renews or names the version overrides it.
 */
function takenBack({ app, versions }: Scene, version: Version): Finding | undefined {
  const { id, lastFailure, renewals } = version;
  const [last] = app.status.history ?? [];
  const isIt = last?.reason === REASON.Reverted && versions.of(last.from ?? '')?.id === id;
  if (!isIt || lastFailure !== undefined || renewals.length > 0) return undefined;
  const what = `traffic was taken back from ${title(version)} at ${last.at ?? ''}, and the reason is not recorded`;
  return finding(REASON.VersionFailed, `${what}: change spec, or retry it with ${renewing(app, id)}`);
}

/** Why Latest cannot serve, when nobody names it. */
function refusal(scene: Scene, version: Version): Finding | undefined {
  const { id, failed } = version;
  if (version.rejected)
    return finding(REASON.VersionRejected, `${title(version)} was rejected: change spec, or lift it with ${renewing(scene.app, id)}`);
  if (version.unrecordedFailure !== undefined)
    return finding(REASON.VersionFailed, unkept(version, version.unrecordedFailure, 'change spec'));
  if (failed === undefined) return takenBack(scene, version);
  const { reason, message } = failed.fact;
  const what = next(scene, version, failed, 'change spec, or ');
  return finding(REASON.VersionFailed, `${title(version)} failed (${reason}: ${message}): ${what}`);
}
