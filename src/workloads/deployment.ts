// The Deployment that runs one version: how it is rendered, hashed and seen. Never acts.
import type { KubeObject, OwnerReference } from '../model/object.ts';
import { appOwner } from '../model/object.ts';
import type { App, Content } from '../model/app.ts';
import type { ContainerPort, InstanceSeen } from '../model/observed.ts';
import { TCP } from '../model/port.ts';
import { LABEL } from '../model/vocabulary.ts';
import type { InstanceName, JsonObject, VersionId } from '../model/version.ts';
import { canonical, configObjectName, digest } from '../model/version.ts';
import { namesIn } from '../model/references.ts';
import { digestsIn } from './images.ts';
import { bindConfig } from './references.ts';
import { int, list, obj, text } from '../model/json.ts';
import { project, TEMPLATE_HASH } from './object.ts';

/** No deadline of the Deployment controller, since the operator counts its own: the highest value means never. */
const NEVER = 2147483647;

/**
 * Except for replicas and its own name, all that varies is in the template: so spec hashes of instances can be compared.
 * `configs`: ordinal of the version's config objects.
 */
export function renderDeployment(app: App, id: VersionId, name: InstanceName, content: Content, replicas: number, configs = 1): KubeObject {
  const labels = { [LABEL.app]: app.name, [LABEL.version]: id, [LABEL.instance]: name };
  const template = content.template;
  const metadata = obj(template.metadata);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: app.namespace, labels, ownerReferences: [appOwner(app)] satisfies OwnerReference[] },
    spec: {
      replicas,
      progressDeadlineSeconds: NEVER,
      selector: { matchLabels: { [LABEL.instance]: name } },
      template: {
        ...template,
        metadata: { ...metadata, labels: { ...obj(metadata.labels), ...labels } },
        spec: bindConfig(
          obj(template.spec) as JsonObject,
          content.config,
          (config) => configObjectName(id, config, configs),
          content.absent,
        ),
      },
    },
  };
}

/**
 * SHA-256 of a Deployment's spec as the API server returned it, without replicas and its own name: equal for every instance of a version,
 * different after any edit. A spec without canonical form has the spec hash '', which equals no other.
 */
export function specHashOf(spec: unknown): string {
  const { replicas: _, selector, template, ...rest } = obj(spec);
  const metadata = obj(obj(template).metadata);
  const nameless = {
    ...rest,
    selector: { ...obj(selector), matchLabels: { ...obj(obj(selector).matchLabels), [LABEL.instance]: '' } },
    template: { ...obj(template), metadata: { ...metadata, labels: { ...obj(metadata.labels), [LABEL.instance]: '' } } },
  };
  try {
    return digest(canonical(nameless));
  } catch {
    return '';
  }
}

/** `before`: the same object as last seen; its spec hash is reused while the generation is the same. */
export function projectDeployment(raw: unknown, before?: InstanceSeen): InstanceSeen {
  const { metadata, spec, status } = obj(raw);
  const seen = project(raw);
  const labels = obj(obj(metadata).labels);
  const generation = int(obj(metadata).generation, 0);
  const id = text(labels[LABEL.version]) as VersionId;
  const same = before?.uid === seen.uid && before.generation === generation;
  return {
    ...seen,
    name: seen.name as InstanceName,
    id,
    generation,
    observedGeneration: int(obj(status).observedGeneration, 0),
    replicas: int(obj(spec).replicas, 1),
    updated: int(obj(status).updatedReplicas, 0),
    ready: int(obj(status).readyReplicas, 0),
    available: int(obj(status).availableReplicas, 0),
    pods: int(obj(status).replicas, 0),
    leaving: 0,
    specHash: same ? before.specHash : specHashOf(spec),
    ports: same ? before.ports : portsIn(obj(obj(obj(spec).template).spec)),
    configs: same ? before.configs : namesIn(obj(obj(obj(spec).template).spec), 'configMap').filter((config) => isConfigOf(id, config)),
    digests: same ? before.digests : digestsIn(obj(obj(obj(spec).template).spec)),
    members: '',
    podLabels: same ? before.podLabels : podLabels(obj(obj(spec).template)),
    complaint: complaint(list(obj(status).conditions)),
    touched: [],
  };
}

/** The labels in its template, without the one that the Deployment controller sets. */
function podLabels({ metadata }: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const { [TEMPLATE_HASH]: _, ...labels } = obj(obj(metadata).labels) as Record<string, string>;
  return labels;
}

/** Other ConfigMaps that it reads are not ours. */
const isConfigOf = (id: VersionId, config: string): boolean =>
  id !== '' && config.startsWith(id) && /^(-\d+)?\./.test(config.slice(id.length));

/** As the EndpointSlice controller looks names up: native sidecars count, init containers that end do not. */
const portsIn = (podSpec: Readonly<Record<string, unknown>>): ContainerPort[] =>
  [...list(podSpec.containers), ...list(podSpec.initContainers).filter(({ restartPolicy }) => restartPolicy === 'Always')]
    .flatMap((container) => list(container.ports))
    .map(({ name, containerPort, protocol }) => ({
      name: text(name),
      number: int(containerPort, 0),
      protocol: text(protocol) || TCP,
    }));

const complaint = (conditions: readonly Readonly<Record<string, unknown>>[]): string =>
  conditions
    .filter(({ type, status }) => type === 'ReplicaFailure' && status === 'True')
    .map(({ message }) => text(message))
    .join('; ');
