// What in a template keeps two versions from running at the same time: claims, host ports, anti-affinity. Whether a claim allows one writer
// only is not known here: reading claims would need another right. Volumes that each pod has for itself never clash.
import { list, obj, text, texts } from './json.ts';
import type { Obj } from './json.ts';
import { LABEL } from './vocabulary.ts';

export interface Clashes {
  /** Names of the PersistentVolumeClaims that it mounts. */
  readonly claims: readonly string[];
  /** Host ports. */
  readonly hostPorts: readonly number[];
  /** Names of the fields by which pods of one version keep pods of another off a node. */
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

/** Labels whose value differs for each instance: a term with one of them counts each version for itself. */
const TELLING: ReadonlySet<string> = new Set([LABEL.instance, LABEL.version, 'pod-template-hash']);

/** Only required terms, and only those that select pods of the same template. */
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

/** The API server refuses a key in both lists. mismatchLabelKeys selects pods of other instances: it keeps versions apart on purpose. */
const isTold = ({ matchLabelKeys, mismatchLabelKeys }: Obj): boolean =>
  [matchLabelKeys, mismatchLabelKeys].some((keys) => Array.isArray(keys) && keys.some((key) => TELLING.has(text(key))));

/** As the API server reads a selector: a missing one selects nothing, an empty one everything. Our own labels are on every pod. */
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
