// What the content of an App is now. Spec and the captured ConfigMaps settle together, so that an image and its config applied one after the
// other become one version. Decides which ConfigMaps have to be read, when the content has settled, and which version counts as Latest until
// then; never creates a version. An App that captures nothing passes through unchanged.
//
//   a version has this content      it is that version: nothing is read, not after a restart either
//   a ConfigMap has changed         it is read; with the same text it is the same version
//   spec or a text has changed      wait for 5 s without a change (twice as long after each version made like this); a spec change 30 s at most
//   settled, only ConfigMaps changed  wait until a target of this spec serves or has failed, and few other Apps roll out the same ConfigMap
import type { Action } from '../../model/action.ts';
import type { App } from '../../model/app.ts';
import { withCaptured } from '../../model/app.ts';
import type { RecordSeen, Snapshot, SourceSeen } from '../../model/observed.ts';
import type { Settings } from '../../model/settings.ts';
import type { SourceFact } from '../../model/source.ts';
import { WELL_KNOWN_BUNDLES, isPinned } from '../../model/references.ts';
import type { Fingerprint } from '../../model/version.ts';
import { fingerprintsOf, idOf } from '../../model/version.ts';
import { CONDITION, LABEL, REASON } from '../../model/vocabulary.ts';
import { selected } from '../../routers/service.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import { choose } from './pointer.ts';
import { readRouting } from '../read/routing.ts';
import type { Capture, Scene } from '../read/scene.ts';
import type { Timer } from '../read/timer.ts';
import type { LatestContent, Version } from '../read/versions.ts';
import { isMadeByCapture, joinVersions, recordsOf } from '../read/versions.ts';

const QUIET_SECONDS = 5;
const MAX_QUIET_SECONDS = 300;
/** A spec change waits no longer than this. What takes longer to settle, or to appear, is reported. */
const PATIENCE_SECONDS = 30;
const STORM_SECONDS = 600;
const STORM_VERSIONS = 3;
const QUEUE_SECONDS = 5;
/** How often a source that changes all the time is read while it should settle. */
const READS_WHILE_QUIET = 5;

/** Notes for later decisions: what the content was, since when, and what it was when it last settled. */
const FACT = {
  looked: 'sources looked at',
  content: 'content',
  latest: 'latest',
  spec: 'spec',
  needed: 'texts needed',
} as const;
const YES = 'yes';

export function settle(seen: Snapshot, app: App, timer: Timer, settings: Settings): Capture {
  const refusal = unreadable(app) ?? refuse(app, settings);
  const sources = sourcesOf(seen, app);
  if (refusal === undefined && sources.wanted.length === 0) return { content: spelt(seen, app), actions: [], unasked: false };
  const records = recordsOf(seen, app).filter(({ inline }) => app.inlines.includes(inline));
  const kept = keptTo(seen, app, records, timer);
  timer.keep(FACT.latest);
  return refusal !== undefined ? { ...keep(kept), refusal } : observe({ seen, app, timer, settings, records, kept, sources });
}

interface Look {
  readonly seen: Snapshot;
  readonly app: App;
  readonly timer: Timer;
  readonly settings: Settings;
  /** Records with this template and inline config, newest first. */
  readonly records: readonly RecordSeen[];
  /** Latest until the sources are settled. */
  readonly kept: RecordSeen | undefined;
  readonly sources: Sources;
}

interface Sources {
  /** Everything that is to be captured; only the name of a ConfigMap that does not exist. */
  readonly wanted: readonly { readonly name: string; readonly optional: boolean; readonly there: SourceSeen | undefined }[];
  readonly missing: readonly string[];
}

function sourcesOf({ sources }: Snapshot, { references, refers }: App): Sources {
  const wanted = (references.configMaps === 'Capture' ? refers.configMaps : [])
    .map(({ name, optional }) => ({ name, optional, there: sources.find((source) => source.name === name) }))
    .filter(({ name, there }) => there?.exempt !== true && !WELL_KNOWN_BUNDLES.has(name));
  return { wanted, missing: wanted.filter(({ there, optional }) => there === undefined && !optional).map(({ name }) => name) };
}

/** Content that cannot be read makes no version; all else that spec says is still done. */
const unreadable = ({ problems }: App): Finding | undefined =>
  problems.length === 0
    ? undefined
    : finding(REASON.SpecInvalid, `${problems.join('; ')}: no version is made of it, and existing versions keep running`);

/** References that spec.references forbids, or the platform. */
function refuse({ references, refers }: App, { requireDigests }: Settings): Finding | undefined {
  const configMaps = references.configMaps === 'Forbid' ? refers.configMaps.map(({ name }) => `ConfigMap/${name}`).join(', ') : '';
  const secrets = references.secrets === 'Forbid' ? refers.secrets.map((name) => `Secret/${name}`).join(', ') : '';
  // Never advise to move a Secret's content into spec, where everybody could read it.
  const ways = [
    ...(configMaps === '' ? [] : [`move what ${configMaps} says into spec.config, or set spec.references.configMaps to Capture`]),
    ...(secrets === '' ? [] : [`take ${secrets} out of the template, or set spec.references.secrets to Live`]),
  ];
  if (ways.length > 0) {
    const forbidden = [configMaps, secrets].filter((names) => names !== '').join(', ');
    return finding(REASON.ReferenceForbidden, `the template refers to ${forbidden}, which spec.references forbids: ${ways.join('; ')}`);
  }
  const asks = references.images === 'Digest';
  const tags = asks || requireDigests ? refers.images.filter((image) => !isPinned(image)) : [];
  if (tags.length === 0) return undefined;
  return finding(
    REASON.ImageNotPinned,
    `${asks ? 'spec.references.images asks' : 'the platform asks (--require images=Digest)'} for digests: name ${tags.join(', ')} by its digest, as image@sha256:…`,
  );
}

/**
 * Until the content settles, Latest stays what it was, if that has this template: known from memory or status. If both are lost it is the version
 * that serves.
 */
function keptTo(seen: Snapshot, { status, services }: App, records: readonly RecordSeen[], timer: Timer): RecordSeen | undefined {
  const latest = timer.before(FACT.latest);
  const known = records.find(({ fingerprint }) => fingerprint === latest) ?? records.find(({ id }) => id === status.latestVersion);
  const actives = services.filter(({ role }) => role === 'Active').map(({ name }) => name);
  const inTraffic = new Set(seen.services.filter(({ name }) => actives.includes(name)).map((service) => selected(service)));
  const serving = seen.instances.filter(({ name }) => inTraffic.has(name)).map(({ id }) => id);
  return known ?? records.find(({ id }) => serving.includes(id)) ?? (status.observedGeneration === undefined ? records[0] : undefined);
}

/** What spec says alone. */
const spelt = ({ answers }: Snapshot, { name, content, fingerprint, fingerprints }: App): LatestContent => ({
  text: content === '' ? answers.content.get(idOf(name, fingerprint)) : content,
  fingerprints,
  sources: [],
});

/** Makes this record Latest. Without a record Latest is a version with unknown content. */
const keep = (kept: RecordSeen | undefined): Capture => ({
  content: { text: undefined, fingerprints: kept === undefined ? [] : [kept.fingerprint], sources: [] },
  actions: [],
  unasked: kept !== undefined,
});

function observe(look: Look): Capture {
  const { seen, app, timer, records, kept, sources } = look;
  const unsettled = { ...keep(kept), ...(app.paused ? {} : missingOf(look)) };
  const first = !timer.knew(FACT.looked, YES);
  timer.note(FACT.looked, YES);
  if (sources.missing.length > 0) return unsettled;
  timer.note(FACT.spec, app.inlines[0]!); // waiting for a missing ConfigMap does not count towards the 30 s
  const known = records.find((record) => isAsRecorded(look, record));
  const text = contentOf(look);
  if (known === undefined || !seen.instances.some(({ id }) => id === known.id)) timer.note(FACT.needed, YES);
  if (known === undefined && text === undefined) return app.paused ? unsettled : read(look, unsettled);
  const fingerprints = known === undefined ? fingerprintsOf(text!) : ([known.fingerprint] as const);
  const [fingerprint] = fingerprints;
  timer.note(FACT.content, fingerprint);
  // After a restart, the newest version made of the present sources is Latest, even if status was not written in time.
  const still = known !== undefined && (known === kept || (first && known.revision > (kept?.revision ?? 0)));
  if (!still && !isSettled(look, fingerprint)) return app.paused ? unsettled : waiting(look, unsettled);
  const settled: Capture = {
    content: { text, fingerprints, sources: factsOf(look) },
    actions: [],
    unasked: kept !== undefined && known === undefined,
  };
  const hold = kept === undefined || still || app.paused ? undefined : waitsFor(look, unsettled);
  if (hold !== undefined) return { ...unsettled, hold };
  timer.note(FACT.latest, fingerprint);
  return settled;
}

function missingOf({ app, sources: { missing }, timer }: Look): Pick<Capture, 'missing'> {
  if (missing.length === 0) return {};
  // A restart does not withdraw for another half minute what status already reported about this spec.
  const said = app.status.conditions?.some(
    ({ type, reason, observedGeneration }) =>
      type === CONDITION.stalled && reason === REASON.ConfigMissing && observedGeneration === app.generation,
  );
  const names = missing.map((name) => `ConfigMap/${name}`).join(', ');
  const overdue = said === true || timer.held('missing', names, PATIENCE_SECONDS);
  const message = `the template refers to ${names}, which is not there: create it, or mark the reference optional`;
  return { missing: { ...finding(REASON.ConfigMissing, message), overdue } };
}

/** Whether a version has the present content of its sources: they have not changed since, or were written again with the same text. */
function isAsRecorded({ seen, sources: { wanted } }: Look, { sources }: RecordSeen): boolean {
  return (
    sources.length === wanted.length &&
    wanted.every(({ name, there }) => {
      const fact = sources.find((source) => source.name === name);
      if (fact === undefined || there === undefined) return fact?.uid === '' && there === undefined;
      return isOf(fact, there) || (isOf(seen.answers.source.get(name), there) && seen.answers.source.get(name)?.digest === fact.digest);
    })
  );
}

const isOf = (fact: SourceFact | undefined, there: SourceSeen): boolean =>
  fact?.uid === there.uid && fact.resourceVersion === there.resourceVersion;

/** Spec with the captured ConfigMaps, if all of them have been read in their present state. */
function contentOf({ seen, app, sources: { wanted } }: Look): string | undefined {
  const captured = wanted.map(({ name, there }) => ({ name, there, read: seen.answers.source.get(name) }));
  if (captured.some(({ there, read }) => there !== undefined && !(isOf(read, there) && read?.text !== undefined))) return undefined;
  return withCaptured(
    app.content,
    captured.map(({ name, there, read }) => (there === undefined || read?.text === undefined ? { name } : { name, text: read.text })),
  );
}

const factsOf = ({ seen, sources: { wanted } }: Look): SourceFact[] =>
  wanted.map(({ name, there }) => ({
    name,
    uid: there?.uid ?? '',
    resourceVersion: there?.resourceVersion ?? '',
    digest: there === undefined ? '' : (seen.answers.source.get(name)?.digest ?? ''),
  }));

/** Reads ConfigMaps whose metadata changed. That is no change of content yet: the text may be the same. */
function read(look: Look, unsettled: Capture): Capture {
  const { seen, timer, sources } = look;
  timer.keep(FACT.content);
  const due = sources.wanted.filter(({ name, there }) => {
    const before = seen.answers.source.get(name);
    if (there === undefined || (isOf(before, there) && before?.text !== undefined)) return false;
    return before === undefined || isOf(before, there) || timer.past(before.at, quietSeconds(look) / READS_WHILE_QUIET);
  });
  return {
    ...waiting(look, unsettled),
    actions: due.map(({ name }): Action => ({ do: 'ask', question: { ask: 'source', source: name } })),
  };
}

function isSettled(look: Look, fingerprint: Fingerprint): boolean {
  const { timer, kept, app } = look;
  const quietAt = timer.note(FACT.content, fingerprint) + quietSeconds(look) * 1000;
  const patientAt = timer.note(FACT.spec, app.inlines[0]!) + PATIENCE_SECONDS * 1000;
  return timer.past(kept === undefined ? Math.min(quietAt, patientAt) : quietAt, 0);
}

/** Versions of the last ten minutes that only changed ConfigMaps made: how heavy the storm is. */
const recent = ({ records, timer }: Look): number =>
  records.filter((record) => isMadeByCapture(record, records) && !timer.past(record.createdAt, STORM_SECONDS)).length;

const quietSeconds = (look: Look): number => Math.min(MAX_QUIET_SECONDS, QUIET_SECONDS * 2 ** recent(look));

function waiting(look: Look, unsettled: Capture): Capture {
  const { kept, sources, timer } = look;
  const names = sources.wanted.map(({ name }) => `ConfigMap/${name}`).join(', ');
  const seconds = String(quietSeconds(look));
  const stormy = kept !== undefined && (recent(look) >= STORM_VERSIONS || timer.held('unsettled', YES, PATIENCE_SECONDS));
  const hold = stormy
    ? finding(
        REASON.CaptureStorm,
        `${names} keep changing: the next version waits for ${seconds} s without a change. If running pods are to see their changes, label them ${LABEL.capture}=false or set spec.references.configMaps to Live`,
      )
    : finding(REASON.Settling, `spec or ${names} changed: ${seconds} s without a change make it a version`);
  return { ...unsettled, hold };
}

/**
 * A version that only a changed ConfigMap made waits until the target before it serves or has failed, and for its turn among Apps that do the
 * same.
 */
function waitsFor({ seen, app, timer, kept, settings }: Look, unsettled: Capture): Finding | undefined {
  const { maxCandidates } = settings;
  const scene = { seen, app, versions: joinVersions(seen, app, unsettled.content, timer), timer, settings, capture: unsettled };
  const routing = readRouting(scene);
  const { version } = choose(scene, routing);
  if (version === scene.versions.latest && version !== routing.serving)
    return finding(
      REASON.BringingUp,
      `${kept!.id} is brought up first: the present content of its ConfigMaps follows once it serves or has failed`,
    );
  if (seen.candidates < maxCandidates || timer.knew(CANDIDATE, YES)) return undefined;
  timer.wakeAt(timer.now + QUEUE_SECONDS * 1000);
  return finding(
    REASON.Queued,
    `its ConfigMaps changed; ${String(seen.candidates)} other Apps roll out such a change now, and no more than ${String(maxCandidates)} may (--max-candidates)`,
  );
}

/** The note by which other Apps know that this one rolls out a ConfigMap-only change. */
export const CANDIDATE = 'candidate';
export const isCandidate = (notes: Readonly<Record<string, unknown>>): boolean => notes[CANDIDATE] !== undefined;
/** Whether the text of the ConfigMaps that were read is still needed. */
export const needsTexts = (notes: Readonly<Record<string, unknown>>): boolean => notes[FACT.needed] !== undefined;

/** A name in spec beside content that is about to change belongs to the next version. */
export const isNamedLate = ({ app, timer, capture }: { app: App; timer: Timer; capture: Capture }): boolean =>
  capture.hold !== undefined ||
  capture.missing !== undefined ||
  (capture.content.sources.length > 0 && !timer.held('name', app.versionName, QUIET_SECONDS));

/** Notes a rollout of a ConfigMap-only change, from its turn until it serves or has failed. One that cannot go on gives its place away. */
export function holdSlot(
  { seen, app, timer, versions, capture }: Scene,
  creation: boolean,
  coming: readonly { readonly version: Version }[],
): void {
  const records = versions.all.flatMap(({ record }) => record ?? []);
  const unasked = coming.some(({ version: { record } }) => record !== undefined && isMadeByCapture(record, records));
  if (seen.failure === undefined && !app.paused && (unasked || (creation && capture.unasked && capture.hold === undefined)))
    timer.note(CANDIDATE, YES);
}
