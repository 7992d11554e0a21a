// Out-of-band changes of Deployments, ReplicaSets, pods, ConfigMaps, records, endpoints. Decides what has to be read live, what is tampering and
// what is ordinary (a new server default, a resize, a drain), and whether a compromised instance is replaced or only reported. There is no code
// for replacing: a discarded instance may not serve, so the usual steps bring up a fresh one.
import type { Action } from '../../model/action.ts';
import type { KubeObject } from '../../model/object.ts';
import type { App } from '../../model/app.ts';
import { readContent } from '../../model/app.ts';
import { renewing } from '../../model/command.ts';
import type { InstanceSeen, Notes } from '../../model/observed.ts';
import type { Comparison } from '../../model/question.ts';
import { CONDITION, REASON } from '../../model/vocabulary.ts';
import type { InstanceName } from '../../model/version.ts';
import { configsOf } from '../../model/version.ts';
import { changesOf, cleanGeneration, inWords } from '../../model/published.ts';
import { renderDeployment } from '../../workloads/deployment.ts';
import { contentOf, readContentOf } from '../read/content.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import { contentRun, lookAtImages, moved, whoseWish } from '../read/images.ts';
import { intruders } from '../read/intruder.ts';
import { freeInstance } from '../read/names.ts';
import type { Drift, Routing, Scene } from '../read/scene.ts';
import type { Version } from '../read/versions.ts';
import { attest } from '../read/facts.ts';

/** What was found changed in an instance. `configs`: ordinal of the config objects, if those were changed. */
interface Compromise {
  readonly version: Version;
  readonly instance: InstanceSeen;
  readonly message: string;
  readonly by: string;
  readonly configs: number | undefined;
}

/** If nothing else shows a change, two dry runs this far apart must both differ: API servers of two versions may answer in turn. */
const AGAIN_SECONDS = 60;
const LOOP_SECONDS = 3600;
const REPLACEMENTS_AN_HOUR = 2;
/** The circuit breaker opens at this share of all Apps, and at this number at least. */
const BREAKER_SHARE = 0.1;
const BREAKER_APPS = 5;
/** How long a compromised App counts for the circuit breaker. */
export const COMPROMISE_MS = 5 * 60_000;
const FOUND = 'compromised';
/** This App is to open the circuit breaker, which has not been seen open since. */
const OPENING = 'opens the breaker';

/** Whether the decision of `now`, which left these notes, found another instance compromised. */
export const foundCompromise = (notes: Notes, now: number): boolean => notes[FOUND]?.since === now;

/** The state that a live read of an instance is about. Once any of this changes, the answer is out of date. */
export const stateOf = ({ uid, generation, touched }: InstanceSeen): string => `${uid}@${String(generation)} ${touched.join(' ')}`;

export function detect(scene: Scene, routing: Routing): Drift {
  const { versions } = scene;
  const suspects = versions.all.flatMap((version) =>
    version.instances.filter(({ name, deleting }) => !deleting && !version.spentNames.has(name)).map((instance) => ({ version, instance })),
  );
  const found = suspects.map((suspect) => ({ ...suspect, ...judgeInstance(scene, suspect.version, suspect.instance) }));
  const compromises = found.flatMap(({ compromise }) => compromise ?? []);
  const answer = respond(scene, compromises);
  const strangers = intruders(scene, routing);
  const compromised = compromises.find(({ instance }) => instance.name === routing.active?.name);
  const doubts = found.flatMap(({ instance, compromise, doubt }): [InstanceName, Finding][] => {
    const why = compromise === undefined ? doubt : finding(REASON.Compromised, compromise.message);
    return why === undefined ? [] : [[instance.name, why]];
  });
  return {
    actions: [...found.flatMap(({ actions }) => actions), ...answer.actions],
    trouble: (compromised && answer.instead) ?? strangers[0],
    warnings: [
      ...(answer.instead === undefined || compromised !== undefined ? [] : [answer.instead]),
      ...strangers.slice(1),
      ...found.flatMap(({ warnings }) => warnings),
      ...replaced(versions.all),
      ...forged(scene),
    ],
    doubts: new Map(doubts),
  };
}

interface Judgement {
  readonly actions: readonly Action[];
  readonly compromise?: Compromise;
  /** It is not known yet. */
  readonly doubt?: Finding;
  readonly warnings: readonly Finding[];
}

const UNTOLD = inWords({ part: 'spec' });
const CLEAN: Judgement = { actions: [], warnings: [] };

function judgeInstance(scene: Scene, version: Version, instance: InstanceSeen): Judgement {
  if (version.record === undefined) return CLEAN; // there is nothing to compare it with
  const compromise = (message: string, by = '', configs?: number): Judgement => ({
    ...CLEAN,
    compromise: { version, instance, message, by, configs },
  });
  const { seen, app } = scene;
  const changes = changesOf(version, instance, seen.verified, cleanGeneration(version, instance, app.status));
  const configs = changes.filter((change) => change.part === 'config');
  // That a config object goes with its App is nobody's deed.
  const changed = configs.find(({ name, is }) => is !== 'gone' || seen.answers.config.has(name));
  if (changed !== undefined) return compromise(inWords(changed), '', configsOf(instance, version.record).ordinal);
  const [missing] = configs;
  if (missing !== undefined)
    return { ...CLEAN, actions: [{ do: 'ask', question: { ask: 'config', config: missing.name } }], doubt: unsure(instance) };
  const clean = changes.length === 0;
  const { actions, diverged } = lookAtImages(scene, version, instance);
  if (diverged !== undefined && app.references.images === 'Pinned') return compromise(`${diverged}${whoseWish(app)}`);
  const warnings = diverged === undefined ? [] : [finding(REASON.ImageDiverged, `${moved(version, diverged)}${whoseWish(app)}`)];
  if (clean && instance.touched.length === 0) return { actions, warnings };
  const look = seen.answers.differences.get(instance.name);
  if (look?.of !== stateOf(instance)) return { ...CLEAN, ...compare(scene, version, instance, clean) };
  const [writer] = look.writers;
  const [below] = [...look.pods, ...look.replicaSets];
  // An edit of a Deployment also makes a second ReplicaSet. Reporting the edit says more.
  const told = clean || look.deployment.length === 0 ? below : look.deployment.join(', ');
  if (below !== undefined || (!clean && writer !== undefined && look.agrees !== true)) return compromise(told ?? UNTOLD, writer?.by);
  return clean ? visited(scene, version, instance, look) : dispute(scene, version, instance, look, compromise);
}

/** The Deployment differs, but managedFields name nobody. The API server is asked twice whether it would store the same today. */
function dispute(
  scene: Scene,
  version: Version,
  instance: InstanceSeen,
  look: Comparison,
  compromise: (message: string, by?: string) => Judgement,
): Judgement {
  const { timer } = scene;
  if (look.agrees === true) {
    const newHash = attest(version, { is: 'specHash', specHash: instance.specHash }, 'the API server stores it differently today');
    return { ...CLEAN, actions: newHash, doubt: unsure(instance) };
  }
  const waited = timer.past(look.since, AGAIN_SECONDS);
  const twice = look.agrees === false && look.at - look.since >= AGAIN_SECONDS * 1000;
  if (twice) return compromise(look.deployment.join(', ') || UNTOLD);
  return waited && timer.past(look.at, AGAIN_SECONDS)
    ? { ...CLEAN, ...compare(scene, version, instance, false) }
    : { ...CLEAN, doubt: unsure(instance) };
}

/** A pod has a debug container: reported at once, and the instance is replaced after --debug-grace. */
function visited(
  { timer, settings: { debugGraceSeconds } }: Scene,
  version: Version,
  instance: InstanceSeen,
  { debugged }: Comparison,
): Judgement {
  const [first] = debugged.toSorted((a, b) => a.at - b.at);
  if (first === undefined) return CLEAN;
  const { pod, container, by, at } = first;
  const message = `debug container ${container} was put into pod ${pod}${by === '' ? '' : ` by ${by}`}`;
  if (timer.past(at, debugGraceSeconds)) return { ...CLEAN, compromise: { version, instance, message, by, configs: undefined } };
  const when = `${instance.name} is replaced ${String(debugGraceSeconds)} s after`;
  return { ...CLEAN, warnings: [finding(REASON.Debugged, `${message}: ${when}`)] };
}

const unsure = ({ name }: InstanceSeen): Finding =>
  finding(REASON.NotObserved, `${name} was touched and is compared with what was published`);

/** Asks for a live read of the whole instance. The content of an older version has to be read from its record first. */
function compare(scene: Scene, version: Version, instance: InstanceSeen, clean: boolean): Pick<Judgement, 'actions' | 'doubt'> {
  const published = clean ? undefined : asPublished(scene, version, instance);
  const recall = published === 'unread';
  const actions: Action[] = recall
    ? [readContentOf(version.id, version.record!.name)]
    : [{ do: 'ask', question: { ask: 'differences', instance: instance.name, of: stateOf(instance), published } }];
  return { actions, doubt: unsure(instance) };
}

function asPublished(scene: Scene, version: Version, instance: InstanceSeen): KubeObject | 'unread' {
  const { seen, app } = scene;
  const text = contentOf(scene, version);
  if (text === undefined) return 'unread';
  const { ordinal } = configsOf(instance, version.record!);
  return renderDeployment(
    app,
    version.id,
    freeInstance(seen, version),
    contentRun(version, instance, readContent(text)),
    app.replicas,
    ordinal,
  );
}

/** Discards compromised instances, or says why not. */
function respond(scene: Scene, compromises: readonly Compromise[]): { actions: readonly Action[]; instead: Finding | undefined } {
  const { app, seen, versions, timer } = scene;
  const [first] = compromises;
  if (first === undefined) {
    timer.keep(OPENING);
    return { actions: [], instead: undefined };
  }
  const isKnown = wasHalted(app) && !timer.knew(OPENING, 'yes');
  if (!isKnown) timer.note(FOUND, compromises.map(({ instance }) => instance.name).join(' '));
  const instead = (reason: Finding['reason'], why: string, actions: readonly Action[] = []) => ({
    actions,
    instead: finding(reason, `${describe(first)}: ${why}`),
  });
  const byHand = `replace it with ${renewing(app, first.version.id)}`;
  if (app.onDrift === 'Report') return instead(REASON.Compromised, `spec.onDrift is Report, so ${byHand}`);
  if (app.paused) return instead(REASON.Compromised, 'spec.paused is set: it is replaced when that ends');
  if (seen.fleet.breaker !== '')
    return instead(REASON.CircuitOpen, `the circuit breaker is open (${seen.fleet.breaker}), so nothing is replaced`);
  const recent = versions.all.flatMap(({ discarded }) => discarded).filter(({ createdAt }) => !timer.past(createdAt, LOOP_SECONDS));
  if (recent.length >= REPLACEMENTS_AN_HOUR)
    return instead(
      REASON.DriftLoop,
      `it was replaced ${String(recent.length)} times within an hour, so now find out who does it, then ${byHand}`,
    );
  const apps = seen.fleet.compromised + 1;
  if (!isKnown && apps > BREAKER_APPS && apps > seen.fleet.apps * BREAKER_SHARE) {
    const why = `${String(apps)} of ${String(seen.fleet.apps)} Apps were found compromised within five minutes`;
    timer.note(OPENING, 'yes');
    return instead(REASON.CircuitOpen, `${why}, so nothing is replaced`, [{ do: 'trip', why }]);
  }
  return { actions: compromises.flatMap(discard), instead: undefined };
}

/**
 * Somebody who closes the circuit breaker knows of the Apps that it halted: those count no more, also for a leader that finds them only then. One that
 * could not open it says the same in its status, and is not known to anybody.
 */
const wasHalted = ({ status }: App): boolean =>
  status.conditions?.some(({ type, reason }) => type === CONDITION.stalled && reason === REASON.CircuitOpen) === true;

const describe = ({ instance, message, by }: Compromise): string => `${instance.name} is compromised (${withWriter(message, by)})`;

const withWriter = (message: string, by = ''): string => (by === '' || message.endsWith(`by ${by}`) ? message : `${message}, by ${by}`);

/** Records it for good: the name of this instance is never used again. */
const discard = (compromise: Compromise): Action[] => {
  const { version, instance, message, by, configs } = compromise;
  const fact = {
    is: 'discarded',
    instance: instance.name,
    message,
    ...(by === '' ? {} : { by }),
    ...(configs === undefined ? {} : { configs }),
  } as const;
  return attest(version, fact, describe(compromise));
};

/** Compromised instances that still exist. */
const replaced = (versions: readonly Version[]): Finding[] =>
  versions.flatMap(({ discarded, instances }) =>
    discarded
      .filter(({ fact }) => instances.some(({ name }) => name === fact.instance))
      .map(({ fact: { instance, message, by } }) =>
        finding(
          REASON.Compromised,
          `${instance} was compromised (${withWriter(message, by)}) and is deleted once a clean instance has replaced it`,
        ),
      ),
  );

/** Records with our labels whose content does not hash to their fingerprint. */
const forged = ({ seen, app }: Scene): Finding[] =>
  seen.records
    .filter(({ owner, authentic, deleting }) => owner?.uid === app.uid && !authentic && !deleting)
    .map(({ name }) => name)
    .toSorted()
    .map((name) =>
      finding(
        REASON.RecordUnreadable,
        `record ${name} does not hold the content of its fingerprint: it is not used, and may be deleted unless a newer operator wrote it`,
      ),
    );
