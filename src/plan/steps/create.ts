// Turns new content into a version: checks size and name, does a dry run, creates the record. Nothing is created before the API server has
// accepted the Deployment in a dry run; ConfigMaps and Deployments follow once the record exists.
import type { Action, Blueprint } from '../../model/action.ts';
import type { KubeObject } from '../../model/object.ts';
import { readContent } from '../../model/app.ts';
import type { Trial } from '../../model/question.ts';
import { REASON } from '../../model/vocabulary.ts';
import { MAX_CONTENT_BYTES, configObjectName } from '../../model/version.ts';
import { renderConfigMap } from '../../workloads/configmap.ts';
import { renderDeployment } from '../../workloads/deployment.ts';
import { creator } from '../choose/author.ts';
import { contentOf, readContentOf } from '../read/content.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import { configOrdinal, freeInstance, freeRecord } from '../read/names.ts';
import { contentToRun } from '../read/images.ts';
import { keeper, yielding } from '../read/naming.ts';
import type { Creation, Scene, Stage } from '../read/scene.ts';
import type { Version } from '../read/versions.ts';
import { isOfSpec } from '../read/versions.ts';
import { attest } from '../read/facts.ts';

/** An App may create 20 versions at once by spec edits, then one a minute. Each record keeps how much is left, in seconds. */
const FULL_CREDIT = 1200;
const CREATION_COST = 60;

/** How long until the API server is asked again after a refusal: policies change, and what the cluster lacked may exist now. */
const ASK_AGAIN_SECONDS = 300;
const ASK_SOON_SECONDS = 60;

const NOTHING: Creation = { actions: [], trouble: undefined, underway: undefined, warnings: [] };
const refuse = (reason: Finding['reason'], message: string): Creation => ({ ...NOTHING, trouble: finding(reason, message) });

export function createVersion(stage: Stage): Creation {
  const { app, capture } = stage;
  const { actions, hold, refusal } = capture;
  if (refusal !== undefined) return { ...NOTHING, trouble: refusal };
  if (capture.missing !== undefined) return lack(stage, capture.missing);
  if (hold !== undefined) return { ...NOTHING, actions, underway: hold };
  const { text } = capture.content;
  const { latest } = stage.versions;
  if (latest.record !== undefined || app.paused) return NOTHING;
  return text === undefined ? { ...NOTHING, actions: [readContentOf(latest.id)] } : begin(stage, text);
}

/** A required ConfigMap does not exist. A version that was already made of this spec has its own copy. */
function lack({ versions }: Stage, { overdue, ...missing }: NonNullable<Scene['capture']['missing']>): Creation {
  if (versions.latest.record !== undefined) return { ...NOTHING, warnings: [missing] };
  return overdue ? { ...NOTHING, trouble: missing } : { ...NOTHING, underway: missing };
}

function begin(scene: Stage, text: string): Creation {
  const { app } = scene;
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_CONTENT_BYTES) {
    return refuse(
      REASON.ContentTooLarge,
      `template, config and captured ConfigMaps are ${String(bytes)} bytes, at most ${String(MAX_CONTENT_BYTES)} fit a version: move large files into the image or a volume`,
    );
  }
  const taken = keeper(scene);
  if (taken !== undefined && !isOfSpec(taken, app)) {
    const { versionName } = app;
    const fate = taken.rejected ? 'was rejected' : 'has served';
    return refuse(
      REASON.NameTaken,
      `spec.version "${versionName}" already names other content (${taken.id}, which ${fate}): use "${versionName}-2", or leave spec.version out`,
    );
  }
  const newest = scene.versions.all.find(({ record }) => record !== undefined)?.record;
  const credit = newest === undefined ? FULL_CREDIT : Math.min(FULL_CREDIT, newest.credit + scene.timer.elapsed(newest.createdAt));
  const cost = scene.capture.unasked ? 0 : CREATION_COST;
  if (newest !== undefined && credit < cost) {
    scene.timer.wakeAt(newest.createdAt + (cost - newest.credit) * 1000);
    const message = `spec has changed more than ${String(FULL_CREDIT / CREATION_COST)} times in a short time: one version a minute is made, of the spec at that time`;
    return { ...NOTHING, underway: finding(REASON.MintThrottled, message) };
  }
  return rehearseThenRecord(scene, text, credit - cost, taken);
}

/** `named`: the version of this spec that has the name in it. */
function rehearseThenRecord(scene: Stage, text: string, credit: number, named: Version | undefined): Creation {
  const { seen, app, versions, capture } = scene;
  const { latest } = versions;
  const { sources } = capture.content;
  const content = readContent(text);
  const configs = configOrdinal(seen, latest, content.config);
  const trial = trialOf(scene, latest, configs);
  const underway = finding(REASON.Minting, `${latest.id} is checked by a dry run and recorded`);
  if (trial === undefined) {
    const object = renderDeployment(app, latest.id, freeInstance(seen, latest), content, app.replicas, configs);
    return {
      ...NOTHING,
      actions: [{ do: 'ask', question: { ask: 'dryRun', fingerprint: latest.fingerprint, configs, object } }],
      underway,
    };
  }
  if (trial.is === 'refused') return refuse(trial.reason, trial.message);
  const record: Blueprint = {
    name: freeRecord(seen, latest.id),
    id: latest.id,
    revision: versions.highestRevision + 1,
    content: text,
    fingerprint: latest.fingerprint,
    inline: app.inlines[0]!,
    sources,
    versionName: named === undefined ? app.versionName : '',
    by: creator(scene),
    specHash: trial.specHash,
    credit,
  };
  // What was captured settled together with the spec that was seen: it must still be the spec.
  const confirm = sources.length === 0 ? {} : { confirm: true as const };
  const given = named === undefined ? yielding(scene, latest.id) : [];
  return {
    ...NOTHING,
    actions: [...given, { do: 'publish', kind: 'ControllerRevision', record, ...confirm, why: 'new content' }],
    underway,
  };
}

/** The answer to the dry run of a version's Deployment; undefined when it has to be asked, for the first time or again. */
function trialOf({ seen, timer }: Scene, { fingerprint }: Version, configs: number): Exclude<Trial, { is: 'spent' }> | undefined {
  const trial = seen.answers.dryRun.get(fingerprint);
  if (trial === undefined || trial.is === 'spent' || trial.configs !== configs) return undefined;
  if (trial.is === 'accepted') return trial;
  const patience = trial.reason === REASON.InvalidTemplate ? ASK_AGAIN_SECONDS : ASK_SOON_SECONDS;
  return timer.past(trial.at, patience) ? undefined : trial;
}

interface Start {
  readonly actions: readonly Action[];
  readonly trouble: Finding | undefined;
}

/** The next instance of a version: its missing config objects, then its Deployment, at its full size from the start. */
export function start(scene: Scene, version: Version, replicas: number): Start {
  const { seen, app } = scene;
  const record = version.record!; // a version without one is not brought up
  const text = contentOf(scene, version);
  if (text === undefined) return { actions: [readContentOf(version.id, record.name)], trouble: undefined };
  const content = contentToRun(app, version, readContent(text));
  const configs = configOrdinal(seen, version, content.config);
  // A ConfigMap that this process has not verified is created, even if it exists: the create then finds it, and checks its content.
  const missing = content.config.filter(({ name: config }) => {
    const name = configObjectName(version.id, config, configs);
    return !version.configs.some(({ uid }) => uid === seen.verified.get(name));
  });
  const object = renderDeployment(app, version.id, freeInstance(seen, version), content, replicas, configs);
  return (
    beforeStart(scene, version, object, configs) ?? {
      actions: [
        ...missing.map((config): Action => ({
          do: 'publish',
          kind: 'ConfigMap',
          object: renderConfigMap(app, record, config, configs),
          why: `config ${config.name}`,
        })),
        { do: 'publish', kind: 'Deployment', object, why: `${String(replicas)} replicas` },
      ],
      trouble: undefined,
    }
  );
}

/** Before an instance is created, a dry run tells how the API server would store it today. A spec hash that differs from the first is recorded. */
function beforeStart(scene: Scene, version: Version, object: KubeObject, configs: number): Start | undefined {
  const trial = trialOf(scene, version, configs);
  if (trial === undefined)
    return { actions: [{ do: 'ask', question: { ask: 'dryRun', fingerprint: version.fingerprint, configs, object } }], trouble: undefined };
  if (trial.is === 'refused') return { actions: [], trouble: finding(trial.reason, trial.message) };
  if (version.specHashes.has(trial.specHash)) return undefined;
  return {
    actions: attest(version, { is: 'specHash', specHash: trial.specHash }, 'the API server stores it differently today'),
    trouble: undefined,
  };
}
