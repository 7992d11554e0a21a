// The immutable ConfigMaps of a version: how they are rendered and read. Only their metadata is read back. Also, which ConfigMaps of others are
// captured and which stay live.
import type { KubeObject } from '../model/object.ts';
import type { App, ConfigWish, Strings } from '../model/app.ts';
import type { ConfigSeen, RecordSeen, SourceSeen } from '../model/observed.ts';
import { INJECTED_BY, WELL_KNOWN_BUNDLES } from '../model/references.ts';
import { respelt } from '../model/meaning.ts';
import { LABEL } from '../model/vocabulary.ts';
import type { VersionId } from '../model/version.ts';
import { configObjectName } from '../model/version.ts';
import { obj, text } from '../model/json.ts';
import { project, recordOwner } from './object.ts';

export function renderConfigMap(app: App, record: RecordSeen, config: ConfigWish, ordinal = 1): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: configObjectName(record.id, config.name, ordinal),
      namespace: app.namespace,
      labels: { [LABEL.app]: app.name, [LABEL.version]: record.id },
      ownerReferences: [recordOwner(record)],
    },
    immutable: true,
    ...(Object.keys(config.data).length > 0 ? { data: config.data } : {}),
    ...(Object.keys(config.binaryData).length > 0 ? { binaryData: stored(config.binaryData) } : {}),
  };
}

/** Base64 on one line, as the API server stores it, so that it can be compared with what exists. */
const stored = (binaryData: Strings): Strings =>
  Object.fromEntries(Object.entries(binaryData).map(([key, base64]) => [key, respelt(text(base64))]));

export const projectConfigMap = (raw: unknown): ConfigSeen => ({
  ...project(raw),
  id: text(obj(obj(obj(raw).metadata).labels)[LABEL.version]) as VersionId,
});

/** A ConfigMap of others, with as few fields as possible: there may be very many. */
export function projectSource(raw: unknown): SourceSeen {
  const { name, uid, resourceVersion, labels } = obj(obj(raw).metadata);
  const marks = obj(labels);
  const injected = INJECTED_BY.some((label) => marks[label] !== undefined && marks[label] !== 'false');
  const exempt = injected || marks[LABEL.capture] === 'false' || WELL_KNOWN_BUNDLES.has(text(name));
  return { name: text(name), uid: text(uid), resourceVersion: text(resourceVersion), exempt };
}
