// Records human decisions as facts, which are not lost with status. Naming another version holds Latest (later content is not held); naming a held
// or failed version releases it; a rejection stays; a renewal forgets all of that. Each decision is acted on once.
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
import { isProven } from './proof.ts';
import { attest, lift } from '../read/facts.ts';

export interface Decisions {
  readonly actions: readonly Action[];
  /** What status should say was last acted on: the pointer, and the pin. */
  readonly decision: string;
  readonly pinned: string;
}

/** Nothing here moves traffic. If status is lost, Latest is held once more, which moves nothing either. */
export function decide(scene: Scene & { readonly routing: Routing }): Decisions {
  const { app, timer } = scene;
  const all = intents(app, timer);
  const acted = all.map((intent) => ({ intent, ...heed(scene, intent, all) }));
  const known = (why: Intent['why'], before: string, typed: string): string => {
    const found = acted.find(({ intent }) => intent.why === why);
    // After another decision, followed or not, typing the first one again counts as a new decision.
    return found !== undefined && (found.done || before === typed) ? typed : '';
  };
  return {
    actions: [...name(scene), ...renew(scene), ...reject(scene), ...acted.flatMap(({ actions }) => actions), ...holdLate(scene, all)],
    decision: known('Activated', app.status.decision ?? '', app.activeVersion),
    pinned: known('Pinned', app.status.pinned ?? '', app.annotations.pin?.typed ?? ''),
  };
}

/** `done`: nothing is left to do. A decision that cannot be followed changes nothing, unless it was followed and the version failed. */
function heed(scene: Scene, intent: Intent, all: readonly Intent[]): { actions: readonly Action[]; done: boolean } {
  const { version, trouble } = resolve(intent, scene);
  if (trouble !== undefined) return { actions: [], done: trouble.reason === REASON.PointedVersionFailed };
  const freed = [contested(version, intent, all) ? undefined : version.held, version.failed].filter((factSeen) => factSeen !== undefined);
  // A version that failed under a pin is not released by spec.activeVersion, which comes after the pin.
  const own = freed.filter(({ fact }) => fact.is === 'held' || intent === all[0]);
  const free = own.map((factSeen) => lift(factSeen, `${intent.where} names it`));
  const { latest } = scene.versions;
  const { authors } = scene.app;
  if (isKnown(scene, intent) || latest === version || latest.held !== undefined) return { actions: free, done: freed.length === 0 };
  // If Latest has no record yet, that is created first, and this decision is recorded afterwards.
  const fact = { is: 'held', by: intent.by, ...whoIs(intent.why === 'Pinned' ? authors.pin : authors.activeVersion) } as const;
  // The API server may store it later, when nobody names another version any more.
  owe(scene.timer, latest.id, fact);
  return { actions: [...free, ...attest(latest, fact, `${intent.where} names ${title(version)}`)], done: false };
}

/** Records a hold that the API server refused before, even if nobody names another version any more. */
function holdLate(scene: Scene, all: readonly Intent[]): Action[] {
  const { latest } = scene.versions;
  const hold = owed(scene.timer, 'held', latest.id);
  if (hold === undefined || latest.held !== undefined || all.length > 0) return [];
  owe(scene.timer, latest.id, hold.fact);
  return attest(latest, hold.fact, 'another version was named before this could be recorded');
}

/**
 * A pin and spec.activeVersion are both set, and one holds the version that the other names. It stays held as long as both are set. Otherwise the
 * pin would release for ever what spec.activeVersion put on hold.
 */
const contested = ({ held }: Version, { by }: Intent, all: readonly Intent[]): boolean =>
  all.some((other) => other.by !== by && other.by === held?.fact.by);

/**
 * Whether the decision has been acted on: status says so, or the fact does, if the process died before it wrote status. A hold that status has
 * reported, or that is older than the reported Latest, belongs to an earlier decision: people may go back to the same version twice.
 */
const isKnown = ({ app: { status }, versions: { all, latest } }: Scene, { by, why }: Intent): boolean =>
  (why === 'Pinned' ? status.pinned : status.decision) === by ||
  (status.latestVersion !== latest.id && all.some(({ id, held }) => held?.fact.by === by && !wasHeld(status, id)));

const wasHeld = ({ versions = [] }: Status, version: Version['id']): boolean =>
  versions.some(({ id, reason }) => id === version && reason === REASON.Held);

const whoIs = (who: string): { who?: string } => (who === '' ? {} : { who });

/** Records rejections as soon as the version has a record. */
function reject(scene: Scene): Action[] {
  const { versions, app } = scene;
  return versions.all
    .filter((version) => version.rejected && version.rejection === undefined && version !== renewable(scene))
    .flatMap((version) =>
      attest(
        version,
        { is: 'rejected', by: app.annotations.reject.typed, ...whoIs(app.authors.reject) },
        `annotation ${ANNOTATION.reject} lists it`,
      ),
    );
}

/** First deletes what is recorded against the version, then records the renewal: so a recorded renewal is a complete one. */
function renew(scene: Scene & { readonly routing: Routing }): Action[] {
  const { renew: wish, reject: listed } = scene.app.annotations;
  const version = renewable(scene);
  if (wish === undefined || version === undefined) return [];
  const why = `renewed as ${wish.nonce}`;
  const stale = [version.held, version.lastFailure, version.rejection].filter((factSeen) => factSeen !== undefined);
  const instances = version.instances.map(({ name: instance }) => instance);
  const over = version.renewals.filter(({ fact }) => !fact.instances.some((instance) => instances.includes(instance)));
  const fact: Fact = { is: 'renewed', nonce: wish.nonce, instances, reject: listed.typed, ...stillProven(scene, version) };
  return [...stale.map((factSeen) => lift(factSeen, why)), ...attest(version, fact, why), ...over.map((factSeen) => lift(factSeen, why))];
}

/** A rotated credential is no reason to ask gates and people again. A version that failed or was rejected has to convince them anew. */
const stillProven = (scene: Scene & { readonly routing: Routing }, version: Version): { proven?: true } =>
  !version.rejected && version.lastFailure === undefined && isProven(scene, version) ? { proven: true } : {};

/** The version that is to be renewed, unless it was already under this nonce. */
function renewable({ app, versions }: Scene): Version | undefined {
  const wish = app.annotations.renew;
  const version = wish && versions.named(wish.version);
  const known = version?.renewals.some(({ fact }) => fact.nonce === wish?.nonce) === true;
  return known ? undefined : version;
}

/** If the content of spec has a record and spec gives it another name, that is recorded as an alias. */
function name(scene: Scene & { readonly routing: Routing }): Action[] {
  const { app, versions } = scene;
  const { latest } = versions;
  const isNew = app.versionName !== '' && !latest.names.includes(app.versionName);
  if (!isNew || latest.record === undefined || keeper(scene) !== undefined || isNamedLate(scene)) return [];
  const alias = attest(latest, { is: 'alias', name: app.versionName }, `spec.version calls it ${app.versionName}`);
  return [...yielding(scene, latest.id), ...alias];
}
