// What the API server itself refuses, whoever asks, in a sentence: the sentences are not its own, what they are about is.
import { list, obj, text } from '../../src/model/json.ts';
import { mistyped } from './schema.ts';
import type { Stored, StoredKind } from './store.ts';
import { same } from './store.ts';

type Rule = (after: Stored, before: Stored | undefined) => string | undefined;

const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function illegal(kind: StoredKind, after: Stored, before: Stored | undefined): string | undefined {
  const { name, labels, finalizers, uid } = after.metadata;
  if (before === undefined && !(kind === 'Service' ? DNS_LABEL : DNS_NAME).test(name)) return `metadata.name: "${name}" is no name`;
  const misfit = Object.values(labels ?? {}).find((value) => !LABEL_VALUE.test(value));
  if (misfit !== undefined) return `metadata.labels: "${misfit}" is no label value`;
  if (before !== undefined && uid !== before.metadata.uid) return 'metadata.uid: field is immutable';
  if (before?.metadata.deletionTimestamp !== undefined) {
    const more = finalizers?.find((finalizer) => before.metadata.finalizers?.includes(finalizer) !== true);
    if (more !== undefined) return `metadata.finalizers: no new finalizers can be added, found ${more}`;
  }
  return RULES[kind]?.(after, before);
}

const deployment: Rule = (after, before) => {
  const { selector, template, replicas } = obj(after.spec);
  if ((replicas as number) < 0) return 'spec.replicas: must be greater than or equal to 0';
  const labels = obj(obj(obj(template).metadata).labels);
  const wanted = Object.entries(obj(obj(selector).matchLabels));
  if (wanted.length === 0 || wanted.some(([key, value]) => labels[key] !== value)) return 'selector does not match template labels';
  const podSpec = obj(obj(template).spec);
  if (list(podSpec.containers).length === 0) return 'spec.template.spec.containers: Required value';
  const volumes = new Set(list(podSpec.volumes).map(({ name }) => text(name)));
  const lost = list(podSpec.containers)
    .flatMap(({ volumeMounts }) => list(volumeMounts))
    .find(({ name }) => !volumes.has(text(name)));
  if (lost !== undefined) return `volumeMounts: Not found: "${text(lost.name)}"`;
  if (before !== undefined && !same(before.spec?.selector, selector)) return 'spec.selector: field is immutable';
  return undefined;
};

const service: Rule = (after, before) => {
  const { type, clusterIP, ports } = obj(after.spec);
  if (type !== 'ExternalName' && clusterIP !== 'None' && list(ports).length === 0) return 'spec.ports: Required value';
  const { type: was, clusterIP: address } = obj(before?.spec);
  if (was !== undefined && was !== 'ExternalName' && type !== 'ExternalName' && address !== clusterIP)
    return 'spec.clusterIP: field is immutable';
  return undefined;
};

const revision: Rule = (after, before) => (before !== undefined && !same(before.data, after.data) ? 'data: field is immutable' : undefined);

const configMap: Rule = (after, before) => {
  if (before?.immutable !== true) return undefined;
  const kept = after.immutable === true && same(before.data, after.data) && same(before.binaryData, after.binaryData);
  return kept ? undefined : 'field is immutable when `immutable` is set';
};

const app: Rule = ({ status }) => (status === undefined ? undefined : mistyped(status));

const RULES: Partial<Record<StoredKind, Rule>> = {
  Deployment: deployment,
  Service: service,
  ControllerRevision: revision,
  ConfigMap: configMap,
  ImmutableApp: app,
};
