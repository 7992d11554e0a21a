// What of a template cannot run twice at the same time, as far as it says so itself. Whether a claim has one writer only the claim knows,
// and that would take a right to read it. Volumes that each pod has for itself clash with nothing.
import { list, obj, text, texts } from './json.ts';
import type { Obj } from './json.ts';
import { LABEL } from './vocabulary.ts';

export interface Clashes {
  /** PersistentVolumeClaims that it mounts, by name. */
  readonly claims: readonly string[];
  /** Ports that it takes on the node. */
  readonly hostPorts: readonly number[];
  /** Terms by which its pods keep a node from each other, in the words of the field, that count pods of every version. */
  readonly apart: readonly ('podAntiAffinity' | 'topologySpreadConstraints')[];
}

export function clashesOf(template: unknown): Clashes {
  const { volumes, containers, initContainers, hostNetwork } = obj(obj(template).spec);
  const ports = [...list(containers), ...list(initContainers)].flatMap((container) => list(obj(container).ports).map(obj));
  const taken = ports.map(({ hostPort, containerPort }) => (hostNetwork === true ? (hostPort ?? containerPort) : hostPort));
  return {
    claims: [...new Set(list(volumes).map((volume) => text(obj(obj(volume).persistentVolumeClaim).claimName)))].filter(
      (name) => name !== '',
    ),
    hostPorts: [...new Set(taken.filter((port): port is number => typeof port === 'number' && port > 0))],
    apart: apartIn(obj(template)),
  };
}

/** Labels that every instance has another value of: a term that counts by one of them counts each version for itself. */
const TELLING: ReadonlySet<string> = new Set([LABEL.instance, LABEL.version, 'pod-template-hash']);

/** Only what the scheduler must obey, and only what counts pods of the same template. */
function apartIn({ metadata, spec }: Obj): Clashes['apart'] {
  const { affinity, topologySpreadConstraints } = obj(spec);
  const required = list(obj(obj(affinity).podAntiAffinity).requiredDuringSchedulingIgnoredDuringExecution).map(obj);
  const spread = list(topologySpreadConstraints).map(obj);
  const labels = texts(obj(metadata).labels);
  const counts = (term: Obj): boolean => finds(term.labelSelector, labels) && !isTold(term);
  return [
    ...(required.some(counts) ? (['podAntiAffinity'] as const) : []),
    ...(spread.some((term) => term.whenUnsatisfiable === 'DoNotSchedule' && counts(term)) ? (['topologySpreadConstraints'] as const) : []),
  ];
}

/** A key may not be among both; what is told apart by mismatch means to keep versions apart. */
const isTold = ({ matchLabelKeys, mismatchLabelKeys }: Obj): boolean =>
  [matchLabelKeys, mismatchLabelKeys].some((keys) => Array.isArray(keys) && keys.some((key) => TELLING.has(text(key))));

/** As the API server reads a selector: none finds nothing, an empty one everything. Our own labels are on every pod. */
function finds(selector: unknown, labels: Obj): boolean {
  if (selector === undefined || selector === null) return false;
  const { matchLabels, matchExpressions } = obj(selector);
  const equal = Object.entries(texts(matchLabels)).map(([key, value]): Obj => ({ key, operator: 'In', values: [value] }));
  return [...equal, ...list(matchExpressions).map(obj)].every(({ key, operator, values }) => {
    const label = text(key);
    const has = label === LABEL.app || Object.hasOwn(labels, label);
    const among = label === LABEL.app || (Array.isArray(values) && values.includes(labels[label]));
    if (operator === 'In') return has && among;
    if (operator === 'NotIn') return !has || !among;
    return operator === 'Exists' ? has : operator === 'DoesNotExist' && !has;
  });
}
