// Compares an instance (Deployment, ReplicaSets, pods) with what was published, and finds who wrote to it. Judges objects read at one moment;
// plan/steps/drift.ts decides what follows.
import type { Obj } from '../model/json.ts';
import { list, obj, plain, text } from '../model/json.ts';
import type { Differences, SpecWriter } from '../model/question.ts';
import { FIELD_MANAGER, LABEL } from '../model/vocabulary.ts';
import { inWords, shown } from './drift-words.ts';
import { TEMPLATE_HASH } from './object.ts';

/** Everything of one instance, read live at one moment. */
export interface Specimen {
  /** Whole. */
  readonly deployment: unknown;
  /** What the API server would store today for the published Deployment; undefined if that is known to be unchanged. */
  readonly published: unknown;
  /** Those labelled with the instance. */
  readonly replicaSets: readonly unknown[];
  readonly pods: readonly unknown[];
}

/** Never throws: what is missing counts as empty. */
export function compare({ deployment, published, replicaSets, pods }: Specimen): Differences {
  const { metadata, spec } = obj(deployment);
  const uid = text(obj(metadata).uid);
  const writers = specWriters(deployment).filter(({ by }) => by !== FIELD_MANAGER);
  const sets = replicaSets.map(obj).filter((set) => controllerOf(set) === uid);
  return {
    deployment: published === undefined ? [] : inWords(sizeless(obj(published).spec), sizeless(spec)),
    writers,
    replicaSets: sets.flatMap((set) => strayed(set, obj(spec).template, writers)),
    pods: sets.flatMap((set) =>
      strangersIn(
        set,
        pods.map(obj).filter((pod) => controllerOf(pod) === text(obj(set.metadata).uid)),
      ),
    ),
    debugged: pods
      .map(obj)
      .filter((pod) => sets.some((set) => controllerOf(pod) === text(obj(set.metadata).uid)))
      .flatMap(visits),
  };
}

/** Who owns fields of an object's spec other than replicas, the last one first. Writes through /scale and /status do not count. */
export function specWriters(raw: unknown): readonly SpecWriter[] {
  return list(obj(obj(raw).metadata).managedFields)
    .filter(({ subresource, fieldsV1 }) => {
      const fields = Object.keys(obj(obj(fieldsV1)['f:spec'])).filter((field) => field !== 'f:replicas');
      return (subresource === undefined || subresource === 'ephemeralcontainers') && fields.length > 0;
    })
    .map(writerIn)
    .toSorted((a, b) => b.at - a.at);
}

const writerIn = ({ manager, time, operation }: Obj): SpecWriter => ({
  by: text(manager),
  at: Date.parse(text(time)) || 0,
  how: operation === 'Apply' ? 'Apply' : 'Update',
});

const controllerOf = ({ metadata }: Obj): string =>
  text(list(obj(metadata).ownerReferences).find(({ controller }) => controller === true)?.uid);

/** A spec without what differs between instances of one version. */
function sizeless(spec: unknown): Obj {
  const { replicas: _, selector, template, ...rest } = obj(spec);
  const labels = (of: Obj): Obj => ({ ...of, ...(LABEL.instance in of ? { [LABEL.instance]: '' } : {}) });
  const metadata = obj(obj(template).metadata);
  return {
    ...rest,
    selector: { ...obj(selector), matchLabels: labels(obj(obj(selector).matchLabels)) },
    template: { ...obj(template), metadata: { ...metadata, labels: labels(obj(metadata.labels)) } },
  };
}

/** A template without the label that the Deployment controller overwrites: an author may have copied it from a ReplicaSet. */
function unhashed(template: unknown): Obj {
  const { metadata, ...rest } = obj(template);
  const { [TEMPLATE_HASH]: _, ...labels } = obj(obj(metadata).labels);
  return { ...rest, metadata: { ...obj(metadata), labels } };
}

/** A ReplicaSet whose template differs from that of its Deployment. */
function strayed(set: Obj, template: unknown, writers: readonly SpecWriter[]): string[] {
  const changes = inWords(unhashed(template), unhashed(obj(set.spec).template), 'spec.template');
  if (changes.length === 0) return [];
  const creator = creatorOf(set.metadata)?.by;
  const other = specWriters(set).find(({ by }) => by !== creator) ?? writers[0];
  return [`ReplicaSet ${text(obj(set.metadata).name)}: ${changes.join(', ')}${other === undefined ? '' : `, by ${other.by}`}`];
}

/** The fields of a container that decide what it runs. */
const TELLING = ['image', 'command', 'args', 'env', 'envFrom'] as const;

/**
 * Pods that run something else than they were created with. A difference from the template proves nothing: admission may have made it. Pods that
 * are being deleted are ignored, and a pod that was never written to is as it was created.
 */
function strangersIn(set: Obj, pods: readonly Obj[]): string[] {
  const template = containersOf(obj(obj(set.spec).template).spec);
  const staying = pods.filter(({ metadata }) => obj(metadata).deletionTimestamp === undefined);
  const untouched = staying.filter(({ metadata }) => obj(metadata).generation === 1);
  return staying
    .filter((pod) => !untouched.includes(pod))
    .flatMap((pod) =>
      containersOf(pod.spec).flatMap((container) => {
        const name = text(container.name);
        const asked = template.find((one) => one.name === name);
        if (asked === undefined) return []; // injected when the pod was created
        const twins = untouched.flatMap((other) => containersOf(other.spec).filter((one) => one.name === name));
        return TELLING.filter((field) => !equal(container[field], asked[field])).flatMap((field) => {
          const alike = twins.map((twin) => equal(twin[field], container[field]));
          const writer = writerOf(pod, name, field, alike.includes(true));
          if (writer === undefined && (!alike.includes(false) || isExplained(pod))) return [];
          const what = field === 'image' ? `: ${shown(asked.image)} → ${shown(container.image)}` : ' was changed';
          return [`pod ${text(obj(pod.metadata).name)}: ${field} of ${name}${what}${writer === undefined ? '' : `, by ${writer}`}`];
        });
      }),
    );
}

/** If it is known why its generation moved, a difference from its siblings only shows that admission did not treat them alike. */
const isExplained = ({ metadata }: Obj): boolean =>
  list(obj(metadata).managedFields).some(({ subresource }) => subresource === 'resize' || subresource === 'ephemeralcontainers');

const containersOf = (podSpec: unknown): readonly Obj[] => [...list(obj(podSpec).initContainers), ...list(obj(podSpec).containers)];

/** A second of tolerance, because managedFields count in whole seconds. */
const SAME_MOMENT_MS = 1000;

/**
 * Writers of a container field other than the pod's creator, or the creator itself if it wrote later. Admission changes pods, too, but managedFields
 * do not name it. `alike`: an untouched sibling has the same value, so admission set it, even if the creator wrote later (an adoption).
 */
function writerOf({ metadata }: Obj, container: string, field: string, alike: boolean): string | undefined {
  const { managedFields, creationTimestamp } = obj(metadata);
  const creator = creatorOf(metadata);
  const created = Date.parse(text(creationTimestamp)) || 0;
  return list(managedFields)
    .filter(({ fieldsV1, subresource }) => {
      const spec = obj(obj(fieldsV1)['f:spec']);
      const key = `k:{"name":${JSON.stringify(container)}}`;
      const owns = [spec['f:containers'], spec['f:initContainers']].some((containers) => `f:${field}` in obj(obj(containers)[key]));
      return owns && subresource === undefined;
    })
    .map(writerIn)
    .find(({ by, how, at }) => by !== creator?.by || how !== creator.how || (!alike && at > created + SAME_MOMENT_MS))?.by;
}

/** The creator of an object, by who set its owner: names of controllers differ between distributions. */
const creatorOf = (metadata: unknown): SpecWriter | undefined =>
  list(obj(metadata).managedFields)
    .filter(({ subresource, fieldsV1 }) => subresource === undefined && 'f:ownerReferences' in obj(obj(fieldsV1)['f:metadata']))
    .map(writerIn)[0];

/** Which debug container was added, when and by whom; if managedFields do not tell, when it started. */
function visits(pod: Obj): Differences['debugged'] {
  const { name, managedFields, creationTimestamp } = obj(pod.metadata);
  const entries = list(managedFields).filter(({ subresource }) => subresource === 'ephemeralcontainers');
  return list(obj(pod.spec).ephemeralContainers).map((container) => {
    const key = `k:{"name":${JSON.stringify(text(container.name))}}`;
    const own = entries.find(({ fieldsV1 }) => key in obj(obj(obj(fieldsV1)['f:spec'])['f:ephemeralContainers']));
    const writer = own && writerIn(own);
    const state = obj(list(obj(pod.status).ephemeralContainerStatuses).find((status) => status.name === container.name)?.state);
    const begun = [obj(state.running).startedAt, obj(state.terminated).startedAt, creationTimestamp].map((time) => Date.parse(text(time)));
    return {
      pod: text(name),
      container: text(container.name),
      by: writer?.by ?? '',
      at: writer?.at || (begun.find((time) => !Number.isNaN(time)) ?? 0),
    };
  });
}

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(plain(a) ?? null) === JSON.stringify(plain(b) ?? null);
