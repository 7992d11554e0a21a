// What stands around a workload and has a place in the App's spec, or stays: size and who scales it, budgets, ConfigMaps. Decides who owns what
// afterwards.
import type { Obj } from '../../model/json.ts';
import { list, obj, text } from '../../model/json.ts';
import { isPinned, referencesOf } from '../../model/references.ts';
import { API_VERSION, KIND, LABEL } from '../../model/vocabulary.ts';
import type { Manifest } from '../documents.ts';
import { isA, nameOf } from '../documents.ts';
import type { Note, Part } from './note.ts';
import { listed, look, lost } from './note.ts';
import { inNamespace } from './traffic.ts';
import type { Workload } from './workload.ts';
import { labelsOf, selects } from './workload.ts';

/** Something that scales the workload, and the patch that points it at the App. */
export interface Scaler {
  readonly object: Manifest;
  readonly resource: string;
  readonly patch: Obj;
}

/** kind → field of its reference, and what kubectl calls it. */
const SCALERS = [
  { kind: 'HorizontalPodAutoscaler', group: 'autoscaling', field: 'scaleTargetRef', resource: 'hpa' },
  { kind: 'ScaledObject', group: 'keda.sh', field: 'scaleTargetRef', resource: 'scaledobject' },
  { kind: 'VerticalPodAutoscaler', group: 'autoscaling.k8s.io', field: 'targetRef', resource: 'vpa' },
] as const;

export function scalersOf(workload: Workload, manifests: readonly Manifest[], app: string): Scaler[] {
  return manifests.flatMap((object) => {
    const scaler = SCALERS.find(({ kind, group }) => isA(object, kind, group));
    const target = obj(obj(object.spec)[scaler?.field ?? '']);
    const aims = (text(target.kind) || 'Deployment') === targetKind(workload) && target.name === targetName(workload);
    if (scaler === undefined || !aims || !inNamespace(object, workload)) return [];
    return [{ object, resource: scaler.resource, patch: { spec: { [scaler.field]: { apiVersion: API_VERSION, kind: KIND, name: app } } } }];
  });
}

const targetKind = ({ kind }: Workload): string => (kind === 'Rollout' ? 'Rollout' : 'Deployment');
const targetName = ({ kind, object, name }: Workload): string => (kind === 'Canary' ? text(obj(obj(object.spec).targetRef).name) : name);

/** What scales owns `replicas`, so it stays out of spec. A VerticalPodAutoscaler does not. */
export const isScaled = (scalers: readonly Scaler[]): boolean => scalers.some(({ resource }) => resource !== 'vpa');

export function sizeOf({ replicas }: Workload, scalers: readonly Scaler[]): Part {
  if (isScaled(scalers)) {
    const names = listed(scalers.map(({ object }) => `${object.kind} ${nameOf(object)}`));
    return { notes: [look(`replicas left out: ${names} owns it, and has to target the App`)] };
  }
  return replicas === undefined || replicas === 1 ? {} : { spec: { replicas } };
}

export function budgetsOf(workload: Workload, manifests: readonly Manifest[]): Manifest[] {
  return manifests.filter(
    (object) =>
      isA(object, 'PodDisruptionBudget', 'policy') &&
      inNamespace(object, workload) &&
      selects(obj(obj(object.spec).selector).matchLabels, labelsOf(workload.template)) &&
      list(obj(obj(object.spec).selector).matchExpressions).length === 0 &&
      obj(obj(object.metadata).labels)[LABEL.app] === undefined,
  );
}

/** One budget for each version, instead of one for all of them. */
export function disruptionOf(budgets: readonly Manifest[]): Part {
  const [budget, ...others] = budgets;
  if (budget === undefined) return {};
  const { maxUnavailable, minAvailable, unhealthyPodEvictionPolicy } = obj(budget.spec);
  const allows = maxUnavailable === undefined ? { minAvailable } : { maxUnavailable };
  return {
    spec: { disruption: allows },
    notes: [
      ...(unhealthyPodEvictionPolicy === undefined || unhealthyPodEvictionPolicy === 'IfHealthyBudget'
        ? []
        : [lost(`unhealthyPodEvictionPolicy of PodDisruptionBudget ${nameOf(budget)}: disruption has none`)]),
      ...(others.length > 0 ? [lost(`PodDisruptionBudgets ${listed(others.map(nameOf))}: an App has one`)] : []),
    ],
  };
}

/** What the pods read and the App does not hold: ConfigMaps are captured, Secrets stay live. */
export function sourceNotes(workload: Workload, podSpec: Obj, manifests: readonly Manifest[]): Note[] {
  const { configMaps, images } = referencesOf({ spec: podSpec }, new Set());
  const there = new Set(manifests.filter((object) => isA(object, 'ConfigMap') && inNamespace(object, workload)).map(nameOf));
  const captured = configMaps.map(({ name }) => name).filter((name) => there.has(name));
  const missing = configMaps.filter(({ name, optional }) => !optional && !there.has(name)).map(({ name }) => name);
  const moving = images.filter((image) => !isPinned(image) && (image.endsWith(':latest') || !/:[^/]+$/.test(image)));
  return [
    ...(captured.length > 0
      ? [
          look(
            `ConfigMap ${listed(captured)}: copied into each version, so that a change of it is a new version. Label it ${LABEL.capture}=false if the pods follow it by themselves`,
          ),
        ]
      : []),
    ...(missing.length > 0
      ? [look(`ConfigMap ${listed(missing)} is not among the manifests: the App says ConfigMissing until it is there`)]
      : []),
    ...(moving.length > 0 ? [look(`image ${listed(moving)}: without a tag of its own a version may be other bytes tomorrow`)] : []),
  ];
}

/** Tools that edit Deployments. What they would edit is a version, and nobody may. */
export function editorNotes({ object, template }: Workload): Note[] {
  const marks = [object, template].flatMap(({ metadata }) => Object.keys(obj(obj(metadata).annotations)));
  const editors = [
    ['reloader.stakater.com/', 'Reloader restarts Deployments when a ConfigMap changes; an App captures it and needs no restart'],
    ['configmap.reloader.stakater.com/', 'Reloader restarts Deployments when a ConfigMap changes; an App captures it and needs no restart'],
    ['keel.sh/', 'Keel edits images of Deployments, not of Apps: let it, or who builds, write spec.template'],
    ['fluxcd.io/', 'annotations of Flux 1 do nothing on an App'],
  ] as const;
  const words = editors.flatMap(([prefix, says]) => (marks.some((key) => key.startsWith(prefix)) ? [says] : []));
  return [...new Set(words)].map(look);
}
