// What human decisions mean for versions, as facts that outlive status: naming another version holds Latest (content that comes later is
// not held), naming a held or failed one sets it free, a rejection stays, a renewal wipes the slate. Each is acted on once.
import type { Action } from '../../model/action.ts';
import type { Status } from '../../model/app.ts';
import type { Fact } from '../../model/observed.ts';
import { ANNOTATION, REASON } from '../../model/vocabulary.ts';
import { isNamedLate } from '../choose/capture.ts';
import type { Intent } from '../choose/intents.ts';
import { intents } from '../choose/intents.ts';
import { keeper, yielding } from '../read/naming.ts';
import { owe, owed } from '../read/owed.ts';
import { resolve } from '../choose/pointer.ts';
import type { Routing, Scene } from '../read/scene.ts';
import type { Version } from '../read/versions.ts';
import { title } from '../read/versions.ts';
import { attest, lift } from '../read/facts.ts';

export interface Decisions {
  readonly actions: readonly Action[];
  /** What status should say was last acted on: the pointer, and the pin. */
  readonly decision: string;
  readonly pinned: string;
}

/** Nothing here moves traffic: with status lost it holds again, which moves nothing either. */
export function decide(scene: Scene & { readonly routing: Routing }): Decisions {
  const { app, timer } = scene;
  const all = intents(app, timer);
  const acted = all.map((intent) => ({ intent, ...heed(scene, intent, all) }));
  const known = (why: Intent['why'], before: string, typed: string): string => {
    const found = acted.find(({ intent }) => intent.why === why);
    // Another one makes it forget what was acted on before, be it followed or not: to type that again is to decide anew.
    return found !== undefined && (found.done || before === typed) ? typed : '';
  };
  return {
    actions: [...name(scene), ...renew(scene), ...reject(scene), ...acted.flatMap(({ actions }) => actions), ...holdLate(scene, all)],
    decision: known('Activated', app.status.decision ?? '', app.activeVersion),
    pinned: known('Pinned', app.status.pinned ?? '', app.annotations.pin?.typed ?? ''),
  };
}

/** `done`: nothing of it is left to do. What cannot be followed decides nothing, unless it was followed and failed. */
function heed(scene: Scene, intent: Intent, all: readonly Intent[]): { actions: readonly Action[]; done: boolean } {
  const { version, trouble } = resolve(intent, scene);
  if (trouble !== undefined) return { actions: [], done: trouble.reason === REASON.PointedVersionFailed };
  const freed = [contested(version, intent, all) ? undefined : version.held, version.failed].filter((factSeen) => factSeen !== undefined);
  // A verdict reached under a pin is not for the pointer below it to lift.
  const own = freed.filter(({ fact }) => fact.is === 'held' || intent === all[0]);
  const free = own.map((factSeen) => lift(factSeen, `${intent.where} names it`));
  const { latest } = scene.versions;
  const { authors } = scene.app;
  if (isKnown(scene, intent) || latest === version || latest.held !== undefined) return { actions: free, done: freed.length === 0 };
  // Without a record its record comes first, and this decision is still to be recorded.
  const fact = { is: 'held', by: intent.by, ...whoIs(intent.why === 'Pinned' ? authors.pin : authors.activeVersion) } as const;
  // Nobody knows when the API server takes it, nor whether anybody still names another version then.
  owe(scene.timer, latest.id, fact);
  return { actions: [...free, ...attest(scene, latest, fact, `${intent.where} names ${title(version)}`)], done: false };
}

/** What was passed over while that could not be recorded is held once it can be, though nobody names another version any more. */
function holdLate(scene: Scene, all: readonly Intent[]): Action[] {
  const { latest } = scene.versions;
  const hold = owed(scene.timer, 'held', latest.id);
  if (hold === undefined || latest.held !== undefined || all.length > 0) return [];
  owe(scene.timer, latest.id, hold.fact);
  return attest(scene, latest, hold.fact, 'another version was named before this could be recorded');
}

/**
 * A pin and the pointer are in force together, and one holds what the other names: it stays held as long as both are, or one would set free
 * for ever what the other holds, and a pin that ends would leave less than there was before it.
 */
const contested = ({ held }: Version, { by }: Intent, all: readonly Intent[]): boolean =>
  all.some((other) => other.by !== by && other.by === held?.fact.by);

/**
 * Recorded in status; or by the fact itself, when a process died between the two. A hold that was reported, or comes before a Latest that
 * was, is of an earlier decision: people go back to the same version twice.
 */
const isKnown = ({ app: { status }, versions: { all, latest } }: Scene, { by, why }: Intent): boolean =>
  (why === 'Pinned' ? status.pinned : status.decision) === by ||
  (status.latestVersion !== latest.id && all.some(({ id, held }) => held?.fact.by === by && !wasHeld(status, id)));

const wasHeld = ({ versions = [] }: Status, version: Version['id']): boolean =>
  versions.some(({ id, reason }) => id === version && reason === REASON.Held);

const whoIs = (who: string): { who?: string } => (who === '' ? {} : { who });

/** What a reject lists, as soon as there is a record to keep it with. */
function reject(scene: Scene): Action[] {
  const { versions, app } = scene;
  return versions.all
    .filter((version) => version.rejected && version.rejection === undefined && version !== renewable(scene))
    .flatMap((version) =>
      attest(
        scene,
        version,
        { is: 'rejected', by: app.annotations.reject.typed, ...whoIs(app.authors.reject) },
        `annotation ${ANNOTATION.reject} lists it`,
      ),
    );
}

/** The slate is wiped first and the renewal recorded last, so that a renewal which is recorded is complete. */
function renew(scene: Scene): Action[] {
  const { renew: wish, reject: listed } = scene.app.annotations;
  const version = renewable(scene);
  if (wish === undefined || version === undefined) return [];
  const why = `renewed as ${wish.nonce}`;
  const stale = [version.held, version.lastFailure, version.rejection].filter((factSeen) => factSeen !== undefined);
  const instances = version.instances.map(({ name: instance }) => instance);
  const over = version.renewals.filter(({ fact }) => !fact.instances.some((instance) => instances.includes(instance)));
  const fact: Fact = { is: 'renewed', nonce: wish.nonce, instances, reject: listed.typed };
  return [
    ...stale.map((factSeen) => lift(factSeen, why)),
    ...attest(scene, version, fact, why),
    ...over.map((factSeen) => lift(factSeen, why)),
  ];
}

/** The version that is to be renewed and was not yet under this nonce. */
function renewable({ app, versions }: Scene): Version | undefined {
  const wish = app.annotations.renew;
  const version = wish && versions.named(wish.version);
  const known = version?.renewals.some(({ fact }) => fact.nonce === wish?.nonce) === true;
  return known ? undefined : version;
}

/** A name that spec gives to content on record already is kept as an alias. */
function name(scene: Scene & { readonly routing: Routing }): Action[] {
  const { app, versions } = scene;
  const { latest } = versions;
  const isNew = app.versionName !== '' && !latest.names.includes(app.versionName);
  if (!isNew || latest.record === undefined || keeper(scene) !== undefined || isNamedLate(scene)) return [];
  const alias = attest(scene, latest, { is: 'alias', name: app.versionName }, `spec.version calls it ${app.versionName}`);
  return [...yielding(scene, latest.id), ...alias];
}
