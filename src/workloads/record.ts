// Records (the content of a version) and facts (what happened to it) are ControllerRevisions: the API server lets nobody change their data. Decides
// their form, and whether a record is authentic; never acts.
import { gunzipSync, gzipSync } from 'node:zlib';
import type { KubeObject } from '../model/object.ts';
import type { Blueprint, Recorded } from '../model/action.ts';
import { appOwner } from '../model/object.ts';
import type { App } from '../model/app.ts';
import { readContent } from '../model/app.ts';
import { factName } from '../model/fact.ts';
import type { FactSeen, Fact, RecordSeen } from '../model/observed.ts';
import { isPlainlySaid, meaningOf } from '../model/meaning.ts';
import { referencesOf } from '../model/references.ts';
import { LABEL } from '../model/vocabulary.ts';
import type { Fingerprint, Json, VersionId } from '../model/version.ts';
import { canonical, fingerprintOf, fingerprintUnder, schemeOf } from '../model/version.ts';
import { exact, int, list, obj, text } from '../model/json.ts';
import { factIn, isName, told } from './fact.ts';
import { imagesIn } from './images.ts';
import { project, recordOwner } from './object.ts';

/** Larger content is stored compressed, to spare etcd. */
const PLAIN_BYTES = 16 * 1024;
/** No record of ours unpacks to more: content is at most 1 MiB. */
const UNPACKED_BYTES = 2 * 1024 * 1024;

type Owner = Pick<App, 'namespace' | 'name' | 'uid'>;

export function renderRecord(app: Owner, record: Blueprint): KubeObject {
  const { name, id, content, fingerprint, versionName, by, specHash, credit, inline, sources, revision } = record;
  const packed = Buffer.byteLength(content) > PLAIN_BYTES;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name, namespace: app.namespace, labels: { [LABEL.app]: app.name, [LABEL.version]: id }, ownerReferences: [appOwner(app)] },
    revision,
    data: {
      fingerprint,
      ...(versionName === '' ? {} : { name: versionName }),
      ...(by === '' ? {} : { by }),
      specHash,
      ...(Number.isFinite(credit) ? { credit } : {}),
      ...(sources.length === 0 ? {} : { inline, sources }),
      ...(packed ? { gzip: gzipSync(content).toString('base64') } : { content: exact(content) }),
    },
  };
}

export const renderFact = (app: Omit<Owner, 'uid'>, record: Recorded, fact: Fact): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: {
    name: factName(record, fact),
    namespace: app.namespace,
    labels: { [LABEL.app]: app.name, [LABEL.version]: record.id },
    ownerReferences: [recordOwner(record)],
  },
  revision: record.revision,
  data: { fact },
});

/** Canonical content of a record, or why it cannot be read. The caller compares the hash. */
export function contentOf(raw: unknown): string | undefined {
  const data = obj(obj(raw).data);
  try {
    return typeof data.gzip === 'string'
      ? gunzipSync(Buffer.from(data.gzip, 'base64'), { maxOutputLength: UNPACKED_BYTES }).toString()
      : canonical((data.content ?? null) as Json);
  } catch {
    return undefined; // not ours, or damaged: not authentic either way
  }
}

export function projectRevision(raw: unknown): RecordSeen | FactSeen {
  const seen = project(raw);
  const data = obj(obj(raw).data);
  const id = text(obj(obj(obj(raw).metadata).labels)[LABEL.version]) as VersionId;
  if (data.fact !== undefined) return { is: 'fact', ...seen, id, fact: factIn(data.fact) };
  const content = contentOf(raw);
  const fingerprint = text(data.fingerprint) as Fingerprint;
  const inline = (text(data.inline) || fingerprint) as Fingerprint;
  const hashes = content !== undefined && fingerprintUnder(schemeOf(fingerprint), content) === fingerprint;
  const says = hashes ? reading(content, inline) : undefined;
  return {
    is: 'record',
    ...seen,
    id,
    fingerprint,
    authentic: says !== undefined,
    versionName: isName(data.name) ? data.name : '',
    by: told(data.by),
    specHash: text(data.specHash),
    inline,
    sources: list(data.sources).map(({ name, uid, resourceVersion, digest: of }) => ({
      name: text(name),
      uid: text(uid),
      resourceVersion: text(resourceVersion),
      digest: text(of),
    })),
    credit: int(data.credit, Infinity),
    revision: int(obj(raw).revision, 0),
    ...(says ?? { meaning: inline, images: [], configs: [], mutable: [] }),
  };
}

/** The parsed content of a record; undefined if it is not content, even though it hashes to the fingerprint. */
function reading(content: string, inline: Fingerprint): Pick<RecordSeen, 'meaning' | 'images' | 'configs' | 'mutable'> | undefined {
  try {
    return { meaning: meaningIn(content, inline), ...summary(content) };
  } catch {
    return undefined;
  }
}

function meaningIn(content: string, inline: Fingerprint): Fingerprint {
  if (isPlainlySaid(content)) return inline;
  const { template = null, config = null } = obj(exact(content)) as Readonly<Record<string, Json>>;
  return fingerprintOf(canonical(meaningOf({ template, config })));
}

function summary(content: string): Pick<RecordSeen, 'images' | 'configs' | 'mutable'> {
  const { template, config, absent } = readContent(content);
  const { configMaps, secrets, bundles } = referencesOf(template, new Set([...config.map(({ name }) => name), ...absent]));
  const podSpec = obj(template.spec);
  return {
    images: imagesIn(podSpec),
    configs: config.map(({ name }) => name),
    mutable: [
      ...configMaps.map(({ name }) => `ConfigMap/${name}`),
      ...secrets.map((name) => `Secret/${name}`),
      ...bundles.map((name) => `ClusterTrustBundle/${name}`),
    ],
  };
}
