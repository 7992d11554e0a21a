// A version's frozen config objects: how they are rendered and seen. Only their metadata is ever read back.
import type { KubeObject } from '../model/action.ts';
import type { App, ConfigWish } from '../model/app.ts';
import type { ConfigSeen, RecordSeen } from '../model/observed.ts';
import { LABEL } from '../model/vocabulary.ts';
import type { VersionId } from '../model/version.ts';
import { configObjectName } from '../model/version.ts';
import { obj, text } from '../model/json.ts';
import { project, recordOwner } from './object.ts';

export function renderConfigMap(app: App, record: RecordSeen, config: ConfigWish): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: configObjectName(record.id, config.name),
      namespace: app.namespace,
      labels: { [LABEL.app]: app.name, [LABEL.version]: record.id },
      ownerReferences: [recordOwner(record)],
    },
    immutable: true,
    ...(Object.keys(config.data).length > 0 ? { data: config.data } : {}),
    ...(Object.keys(config.binaryData).length > 0 ? { binaryData: config.binaryData } : {}),
  };
}

export const projectConfigMap = (raw: unknown): ConfigSeen => ({
  ...project(raw),
  id: text(obj(obj(obj(raw).metadata).labels)[LABEL.version]) as VersionId,
});
