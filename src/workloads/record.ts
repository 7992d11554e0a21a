// Records (the content of a version) and facts (what happened to it) are ControllerRevisions: the API server lets nobody change their data. Decides
// their form, and whether a record is authentic; never acts.
import { gunzipSync, gzipSync } from 'node:zlib';
import type { KubeObject } from '../model/object.ts';
import { assertNever } from '../model/action.ts';
import { appOwner } from '../model/object.ts';
import type { App } from '../model/app.ts';
import { readContent } from '../model/app.ts';
import type { FactSeen, Fact, RecordSeen } from '../model/observed.ts';
import { isPlainlySaid, meaningOf } from '../model/meaning.ts';
import { referencesOf } from '../model/references.ts';
import { LABEL } from '../model/vocabulary.ts';
import type { Fingerprint, Json, VersionId } from '../model/version.ts';
import { canonical, digest, fingerprintOf, fingerprintUnder, schemeOf } from '../model/version.ts';
import { exact, int, list, obj, text } from '../model/json.ts';
import { factIn, isName, told } from './fact.ts';
import { project, recordOwner } from './object.ts';

/** Larger content is stored compressed, to spare etcd. */
const PLAIN_BYTES = 16 * 1024;
/** No record of ours unpacks to more: content is at most 1 MiB. */
const UNPACKED_BYTES = 2 * 1024 * 1024;
const TAIL_DIGITS = 10;

/**
 * `credit`: what is left of the App's budget for new versions (plan/steps/create.ts). `name`: `<id>`, or `<id>-2` and so on if something else has
 * that name. `by`: who is behind it.
 */
export function renderRecord(
  app: App,
  id: VersionId,
  specHash: string,
  revision: number,
  credit?: number,
  name: string = id,
  by = '',
): KubeObject {
  const packed = Buffer.byteLength(app.content) > PLAIN_BYTES;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace: app.namespace,
      labels: { [LABEL.app]: app.name, [LABEL.version]: id },
      ownerReferences: [appOwner(app)],
    },
    revision,
    data: {
      fingerprint: app.fingerprint,
      ...(app.versionName === '' ? {} : { name: app.versionName }),
      ...(by === '' ? {} : { by }),
      specHash,
      ...(credit === undefined ? {} : { credit }),
      ...(app.sources.length === 0 ? {} : { inline: app.inlines[0], sources: app.sources }),
      ...(packed ? { gzip: gzipSync(app.content).toString('base64') } : { content: exact(app.content) }),
    },
  };
}

/** The last part of a fact's name. It is derived from what the fact says, so that repeating a create makes no second one. */
function factTail(fact: Fact): string {
  switch (fact.is) {
    case 'held':
    case 'rejected':
    case 'failed':
    case 'restored':
      return fact.is;
    case 'alias':
      return `alias-${digest(fact.name).slice(0, TAIL_DIGITS)}`;
    case 'specHash':
      return `spec-hash-${fact.specHash.slice(0, TAIL_DIGITS)}`;
    case 'renewed':
      return `renewed-${digest(fact.nonce).slice(0, TAIL_DIGITS)}`;
    case 'discarded':
      return `discarded-${digest(fact.instance).slice(0, TAIL_DIGITS)}`;
    case 'route':
      return `route-${String(fact.switchNumber)}`;
    case 'gates':
      return `gates-${fact.phase}-${digest(fact.uid).slice(0, TAIL_DIGITS)}`;
    case 'ports':
      return `ports-${String(fact.serial)}`;
    default:
      return assertNever(fact);
  }
}

export function renderFact(app: App, record: Pick<RecordSeen, 'id' | 'name' | 'uid' | 'revision'>, fact: Fact): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${record.name}.${factTail(fact)}`,
      namespace: app.namespace,
      labels: { [LABEL.app]: app.name, [LABEL.version]: record.id },
      ownerReferences: [recordOwner(record)],
    },
    revision: record.revision,
    data: { factSeen: fact },
  };
}

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
  if (data.factSeen !== undefined) return { is: 'fact', ...seen, id, fact: factIn(data.factSeen) };
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
    images: [...list(podSpec.initContainers), ...list(podSpec.containers)].map(({ image }) => text(image)),
    configs: config.map(({ name }) => name),
    mutable: [
      ...configMaps.map(({ name }) => `ConfigMap/${name}`),
      ...secrets.map((name) => `Secret/${name}`),
      ...bundles.map((name) => `ClusterTrustBundle/${name}`),
    ],
  };
}
