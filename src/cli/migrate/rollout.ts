// An Argo Rollout, read as what becomes an App. Decides which words of a strategy have a place there; analysis and steps have none.
import type { Obj } from '../../model/json.ts';
import { list, obj, text } from '../../model/json.ts';
import type { Manifest } from '../documents.ts';
import { isA, nameOf } from '../documents.ts';
import type { Note } from './note.ts';
import { listed, look, lost, merge, Unfit } from './note.ts';
import type { ServiceEntry, Workload } from './workload.ts';
import { intentOf, replicasOf } from './workload.ts';

/** What blue-green and canary say that an App says otherwise, or does by itself. */
const UNDERSTOOD = new Set([
  'activeService',
  'previewService',
  'autoPromotionEnabled',
  'scaleDownDelaySeconds',
  'abortScaleDownDelaySeconds',
  'previewReplicaCount',
  'stableService',
  'canaryService',
  // Said on their own below.
  'steps',
  'trafficRouting',
  'analysis',
  'prePromotionAnalysis',
  'postPromotionAnalysis',
  // A version starts beside the other, at full size.
  'maxSurge',
  'maxUnavailable',
  'dynamicStableScale',
]);

export function readRollout(rollout: Manifest, among: readonly Manifest[]): Omit<Workload, 'object' | 'name' | 'namespace'> {
  const spec = obj(rollout.spec);
  const { blueGreen, canary } = obj(spec.strategy);
  const strategy = obj(blueGreen ?? canary);
  const services = servicesOf(strategy);
  return {
    kind: 'Rollout',
    template: templateOf(rollout, among),
    replicas: replicasOf(spec),
    services: services.length > 0 ? services : undefined,
    stopsFirst: false,
    part: { spec: merge([intentOf(spec), intentOfStrategy(strategy)]), notes: notesOn(strategy) },
  };
}

/** Its own, or that of the Deployment which it refers to. */
function templateOf(rollout: Manifest, among: readonly Manifest[]): Obj {
  const { template, workloadRef } = obj(rollout.spec);
  if (template !== undefined && template !== null) return obj(template);
  const { kind, name } = obj(workloadRef);
  const referred = among.find((object) => isA(object, 'Deployment', 'apps') && nameOf(object) === name);
  if (referred === undefined)
    throw new Unfit(`Rollout ${nameOf(rollout)} refers to ${text(kind)} ${text(name)}, which is not there: hand it in, too`);
  return obj(obj(referred.spec).template);
}

function servicesOf({ activeService, previewService, stableService, canaryService }: Obj): ServiceEntry[] {
  const active = text(activeService) || text(stableService);
  const preview = text(previewService) || text(canaryService);
  return [
    ...(active === '' ? [] : [{ name: active }]),
    ...(preview === '' || preview === active ? [] : [{ name: preview, role: 'Preview' as const }]),
  ];
}

function intentOfStrategy(strategy: Obj): Obj {
  const { scaleDownDelaySeconds, abortScaleDownDelaySeconds, previewReplicaCount } = strategy;
  return merge([
    waitsForPerson(strategy) ? { promotion: { mode: 'Manual' } } : {},
    typeof previewReplicaCount === 'number' ? { promotion: { previewReplicas: previewReplicaCount } } : {},
    typeof scaleDownDelaySeconds === 'number' ? { retention: { warmSeconds: scaleDownDelaySeconds } } : {},
    typeof abortScaleDownDelaySeconds === 'number' ? { retention: { failedSeconds: abortScaleDownDelaySeconds } } : {},
  ]);
}

/** Blue-green that does not go on by itself, or a canary with a pause that has no end. */
const waitsForPerson = ({ autoPromotionEnabled, steps }: Obj): boolean =>
  autoPromotionEnabled === false || list(steps).some(({ pause }) => pause !== undefined && obj(pause).duration === undefined);

function notesOn(strategy: Obj): Note[] {
  const analyses = ['prePromotionAnalysis', 'postPromotionAnalysis', 'analysis'].filter((field) => strategy[field] !== undefined);
  const templates = analyses.flatMap((field) => list(obj(strategy[field]).templates)).map(({ templateName }) => text(templateName));
  const steps = list(strategy.steps);
  const rest = Object.keys(strategy).filter((field) => !UNDERSTOOD.has(field));
  return [
    ...(analyses.length > 0
      ? [
          lost(
            `${listed(analyses)}${templates.length > 0 ? ` (${listed(templates)})` : ''}: write what they ask of a version as gates, in promotion.before and after`,
          ),
        ]
      : []),
    ...(steps.length > 0 ? [lost(`${String(steps.length)} steps of canary: all traffic moves at once, when every pod is ready`)] : []),
    ...(strategy.trafficRouting === undefined
      ? []
      : [lost('trafficRouting: nobody changes weights any more, so let your route send everything to the Service that serves')]),
    ...(waitsForPerson(strategy) ? [look('it waits for a person to promote: promotion.mode is Manual, or set activeVersion')] : []),
    ...(rest.length > 0 ? [lost(`${listed(rest)} of its strategy: no such thing in an App`)] : []),
  ];
}
