// What became of an instance: its Deployment, ReplicaSets and pods as they are, against what was published, and who left traces. Judges
// objects of one moment; what it means is decided in plan/drift.ts. Never says what stands in env, args or command: that may be secret.
import jsonpatch from 'fast-json-patch';
import type { Obj } from '../model/json.ts';
import { int, list, obj, text } from '../model/json.ts';
import type { Differences, SpecWriter } from '../model/observed.ts';
import { FIELD_MANAGER, LABEL } from '../model/vocabulary.ts';

/** Everything of one instance, read live at one moment. */
export interface Specimen {
  /** Whole. */
  readonly deployment: unknown;
  /** What the API server would store today for what was published; undefined when the Deployment is known to be sound. */
  readonly published: unknown;
  /** Those labelled with the instance. */
  readonly replicaSets: readonly unknown[];
  readonly pods: readonly unknown[];
}

/** Total: what is missing is empty. */
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

/** Who owns a part of an object's spec other than its replicas, the last one first; through /scale and /status does not count. */
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

const HASH = 'pod-template-hash';

/** A ReplicaSet that makes other pods than its Deployment says. */
function strayed(set: Obj, template: unknown, writers: readonly SpecWriter[]): string[] {
  const own = obj(obj(set.spec).template);
  const { [HASH]: _, ...labels } = obj(obj(own.metadata).labels);
  const changes = inWords(template, { ...own, metadata: { ...obj(own.metadata), labels } }, 'spec.template');
  if (changes.length === 0) return [];
  const creator = creatorOf(set.metadata);
  const other = specWriters(set).find(({ by }) => by !== creator) ?? writers[0];
  return [`ReplicaSet ${text(obj(set.metadata).name)}: ${changes.join(', ')}${other === undefined ? '' : `, by ${other.by}`}`];
}

/** What of a container may be changed to run something else. */
const TELLING = ['image', 'command', 'args', 'env', 'envFrom'] as const;

/** Pods of a ReplicaSet that run something else than they were created with. Those that are going are let go. */
function strangersIn(set: Obj, pods: readonly Obj[]): string[] {
  const template = containersOf(obj(obj(set.spec).template).spec);
  const staying = pods.filter(({ metadata }) => obj(metadata).deletionTimestamp === undefined);
  const untouched = staying.filter(({ metadata }) => int(obj(metadata).generation, 1) === 1);
  return staying
    .filter((pod) => !untouched.includes(pod))
    .flatMap((pod) =>
      containersOf(pod.spec).flatMap((container) => {
        const name = text(container.name);
        const asked = template.find((one) => one.name === name);
        if (asked === undefined) return []; // injected when the pod was created
        return TELLING.filter((field) => !equal(container[field], asked[field])).flatMap((field) => {
          const siblings = untouched.flatMap((other) => containersOf(other.spec).filter((one) => one.name === name));
          const writer = writerOf(pod, name, field);
          const guilty = writer !== undefined || siblings.some((sibling) => !equal(sibling[field], container[field]));
          const what = field === 'image' ? `: ${shown(asked.image)} → ${shown(container.image)}` : ' was changed';
          return guilty
            ? [`pod ${text(obj(pod.metadata).name)}: ${field} of ${name}${what}${writer === undefined ? '' : `, by ${writer}`}`]
            : [];
        });
      }),
    );
}

const containersOf = (podSpec: unknown): readonly Obj[] => [...list(obj(podSpec).initContainers), ...list(obj(podSpec).containers)];

/** A second of grace for clocks that are cut off at whole seconds. */
const SAME_MOMENT_MS = 1000;

/**
 * Whoever wrote a field of a container and did not make the pod, or did so later: admission changes pods too, but in the name and at the
 * moment of who creates them.
 */
function writerOf({ metadata }: Obj, container: string, field: string): string | undefined {
  const creator = creatorOf(metadata);
  const created = Date.parse(text(obj(metadata).creationTimestamp)) || 0;
  const owners = list(obj(metadata).managedFields).filter(({ fieldsV1, subresource }) => {
    const spec = obj(obj(fieldsV1)['f:spec']);
    const key = `k:{"name":"${container}"}`;
    const found = [spec['f:containers'], spec['f:initContainers']].some((containers) => `f:${field}` in obj(obj(containers)[key]));
    return found && subresource === undefined;
  });
  return owners.map(writerIn).find(({ by, at }) => by !== creator || at > created + SAME_MOMENT_MS)?.by;
}

/** Who makes an object says whose it is; names of controllers differ from one distribution to the next. */
const creatorOf = (metadata: unknown): string | undefined =>
  list(obj(metadata).managedFields)
    .filter(({ subresource, fieldsV1 }) => subresource === undefined && 'f:ownerReferences' in obj(obj(fieldsV1)['f:metadata']))
    .map(writerIn)[0]?.by;

function visits(pod: Obj): Differences['debugged'] {
  const { name, managedFields, creationTimestamp } = obj(pod.metadata);
  const [writer] = list(managedFields)
    .filter(({ subresource }) => subresource === 'ephemeralcontainers')
    .map(writerIn);
  const begun = writer?.at ?? (Date.parse(text(creationTimestamp)) || 0);
  return list(obj(pod.spec).ephemeralContainers).map((container) => ({
    pod: text(name),
    container: text(container.name),
    by: writer?.by ?? '',
    at: begun,
  }));
}

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

const MOST_WORDS = 5;

/** From one to the other: `containers[web].image: "httpd:2.4" → "evil:1"`. */
function inWords(before: unknown, after: unknown, root = 'spec'): string[] {
  const changes = jsonpatch.compare(obj(before), obj(after)).map(({ path }) => {
    const steps = path.split('/').slice(1).map(unescaped);
    return {
      where: `${root}${placeOf(steps, before, after)}`,
      what: secretive(steps) ? 'was changed' : `${shown(at(before, steps))} → ${shown(at(after, steps))}`,
    };
  });
  const said = changes.slice(0, MOST_WORDS).map(({ where, what }) => (what === 'was changed' ? `${where} ${what}` : `${where}: ${what}`));
  return changes.length > MOST_WORDS ? [...said, `and ${String(changes.length - MOST_WORDS)} more`] : said;
}

const unescaped = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');
const at = (value: unknown, steps: readonly string[]): unknown =>
  steps.reduce<unknown>(
    (inner, step) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[step] : undefined),
    value,
  );

/** Elements of lists by their names, where they have any. */
function placeOf(steps: readonly string[], before: unknown, after: unknown): string {
  return steps
    .map((step, i) => {
      const element = obj(at(after, steps.slice(0, i + 1)) ?? at(before, steps.slice(0, i + 1)));
      const inList = Array.isArray(at(after, steps.slice(0, i)) ?? at(before, steps.slice(0, i)));
      return inList ? `[${text(element.name) || step}]` : `.${step}`;
    })
    .join('');
}

const secretive = (steps: readonly string[]): boolean => steps.some((step) => step === 'env' || step === 'args' || step === 'command');

const MOST_CHARACTERS = 60;
const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const said = JSON.stringify(value);
  return said.length > MOST_CHARACTERS ? `${said.slice(0, MOST_CHARACTERS)}…` : said;
};
