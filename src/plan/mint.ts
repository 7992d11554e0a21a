// Turns new content into a version: size, name, dry-run, record. Nothing exists before the API server has accepted the Deployment;
// config objects and instances follow once the record does.
import type { Action, KubeObject } from '../model/action.ts';
import { readContent } from '../model/app.ts';
import type { Snapshot, Trial } from '../model/observed.ts';
import { REASON } from '../model/vocabulary.ts';
import type { InstanceName } from '../model/version.ts';
import { MAX_CONTENT_BYTES, configObjectName, instanceName } from '../model/version.ts';
import { renderConfigMap } from '../workloads/configmap.ts';
import { renderDeployment } from '../workloads/deployment.ts';
import { renderRecord } from '../workloads/record.ts';
import { attest } from './decisions.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import type { Scene } from './scene.ts';
import type { Version } from './versions.ts';
import { takenBy } from './versions.ts';

export interface Minting {
  readonly actions: readonly Action[];
  /** Why the content of spec cannot become a version. */
  readonly trouble: Finding | undefined;
  /** Latest has no record yet, and nothing keeps it from getting one. */
  readonly underway: boolean;
}

/** How long a refusal stands before the API server is asked again: policies and quotas change. */
const ASK_AGAIN_SECONDS = 300;

export function mint(scene: Scene): Minting {
  const { seen, app } = scene;
  const { latest } = scene.versions;
  const refuse = (reason: Finding['reason'], message: string): Minting => ({
    actions: [],
    trouble: finding(reason, message),
    underway: false,
  });
  if (latest.record !== undefined) return { actions: [], trouble: undefined, underway: false };
  if (app.paused) return { actions: [], trouble: undefined, underway: false };
  const bytes = Buffer.byteLength(app.content);
  if (bytes > MAX_CONTENT_BYTES) {
    return refuse(
      REASON.ContentTooLarge,
      `template and config are ${String(bytes)} bytes, at most ${String(MAX_CONTENT_BYTES)} fit a version: move large files into the image or a volume`,
    );
  }
  const taken = takenBy(scene.versions, app);
  if (taken !== undefined) {
    return refuse(REASON.NameTaken, `spec.version "${app.versionName}" already names other content (${taken.id}): choose a new name`);
  }
  if (seen.taken.has(`ControllerRevision/${latest.id}`)) {
    return refuse(REASON.NotOwned, `ControllerRevision ${latest.id} exists and is not ours: delete it`);
  }
  return rehearseThenRecord(scene);
}

function rehearseThenRecord(scene: Scene): Minting {
  const { seen, app, versions } = scene;
  const { latest } = versions;
  const trial = trialOf(scene, latest);
  if (trial === undefined) {
    const object = renderDeployment(app, latest.id, freeName(seen, latest), readContent(app.content), app.replicas);
    return { actions: [{ do: 'rehearse', fingerprint: latest.fingerprint, object }], trouble: undefined, underway: true };
  }
  if (trial.is === 'refused') return { actions: [], trouble: finding(REASON.InvalidTemplate, trial.message), underway: false };
  const object = renderRecord(app, latest.id, trial.seal, versions.highestRevision + 1);
  return { actions: [{ do: 'publish', kind: 'ControllerRevision', object, why: 'new content' }], trouble: undefined, underway: true };
}

/** What the API server said to a version's Deployment; undefined when it has to be asked, for the first time or again. */
function trialOf({ seen, watch }: Scene, { fingerprint }: Version): Trial | undefined {
  const trial = seen.trials.get(fingerprint);
  return trial?.is === 'refused' && watch.past(trial.at, ASK_AGAIN_SECONDS) ? undefined : trial;
}

interface Start {
  readonly actions: readonly Action[];
  readonly trouble: Finding | undefined;
}

/** The next instance of a version: its missing config objects, then its Deployment, at its full size from the start. */
export function start(scene: Scene, version: Version, replicas: number): Start {
  const { seen, app } = scene;
  const { record } = version;
  if (record === undefined) return { actions: [], trouble: undefined };
  if (!record.authentic) {
    return {
      actions: [],
      trouble: finding(
        REASON.RecordUnreadable,
        `record ${record.name} does not hold the content of its fingerprint: the version cannot be started from it`,
      ),
    };
  }
  const text = version === scene.versions.latest ? app.content : seen.recalled.get(version.id);
  if (text === undefined) return { actions: [{ do: 'recall', id: version.id, record: record.name }], trouble: undefined };
  const content = readContent(text);
  const missing = content.config.filter(
    ({ name }) => !version.configs.some((config) => config.name === configObjectName(version.id, name)),
  );
  const blocked = missing.map(({ name }) => configObjectName(version.id, name)).find((name) => seen.taken.has(`ConfigMap/${name}`));
  if (blocked !== undefined)
    return { actions: [], trouble: finding(REASON.NotOwned, `ConfigMap ${blocked} exists and is not ours: delete it`) };
  const object = renderDeployment(app, version.id, freeName(seen, version), content, replicas);
  return (
    unsealed(scene, version, object) ?? {
      actions: [
        ...missing.map((config): Action => ({
          do: 'publish',
          kind: 'ConfigMap',
          object: renderConfigMap(app, record, config),
          why: `config ${config.name}`,
        })),
        { do: 'publish', kind: 'Deployment', object, why: `${String(replicas)} replicas` },
      ],
      trouble: undefined,
    }
  );
}

/** What comes before an instance: the API server says how it would store it today, and a seal unlike the first is kept. */
function unsealed(scene: Scene, version: Version, object: KubeObject): Start | undefined {
  const trial = trialOf(scene, version);
  if (trial === undefined) return { actions: [{ do: 'rehearse', fingerprint: version.fingerprint, object }], trouble: undefined };
  if (trial.is === 'refused') return { actions: [], trouble: finding(REASON.InvalidTemplate, trial.message) };
  if (version.seals.has(trial.seal)) return undefined;
  return {
    actions: attest(scene, version, { is: 'seal', seal: trial.seal }, 'the API server stores it differently today'),
    trouble: undefined,
  };
}

/** The first of `<id>`, `<id>-2`, … that nobody holds or held in disgrace. */
function freeName(seen: Snapshot, version: Version): InstanceName {
  const held = new Set<string>(seen.instances.map(({ name }) => name));
  for (let ordinal = 1; ; ordinal++) {
    const name = instanceName(version.id, ordinal);
    if (!held.has(name) && !version.over.has(name) && !seen.taken.has(`Deployment/${name}`)) return name;
  }
}
