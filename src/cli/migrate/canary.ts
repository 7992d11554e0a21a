// A Flagger Canary, read as what becomes an App. Decides what is the user's: the Deployment that it targets, and the Service that it made.
import type { Obj } from '../../model/json.ts';
import { int, list, obj, text } from '../../model/json.ts';
import { namesIn } from '../../model/references.ts';
import type { Manifest } from '../documents.ts';
import { isA, nameOf } from '../documents.ts';
import type { Note } from './note.ts';
import { listed, lost, look, merge, Unfit } from './note.ts';
import type { Workload } from './workload.ts';
import { intentOf, replicasOf } from './workload.ts';

export function readCanary(canary: Manifest, among: readonly Manifest[]): Omit<Workload, 'object' | 'name' | 'namespace'> {
  const spec = obj(canary.spec);
  const target = targetOf(canary, among);
  const own = obj(target.spec);
  const primary = among.find((object) => isA(object, 'Deployment', 'apps') && nameOf(object) === `${nameOf(target)}-primary`);
  return {
    kind: 'Canary',
    template: obj(own.template),
    // Flagger keeps the Deployment of the user at zero; what serves is the copy.
    replicas: replicasOf(obj(primary?.spec)) ?? (int(own.replicas, 1) === 0 ? undefined : replicasOf(own)),
    services: [{ name: apexOf(canary) }],
    stopsFirst: false,
    part: { spec: merge([intentOf(own), deadline(spec)]), notes: [...notesOn(spec), ...serviceNotes(canary, among)] },
    copies: [
      `deployment/${nameOf(target)}-primary`,
      ...['primary', 'canary'].map((copy) => `service/${apexOf(canary)}-${copy}`),
      ...scalerCopies(spec),
      ...configCopies(podSpecOf(target), podSpecOf(primary)),
    ],
  };
}

const podSpecOf = (deployment: Manifest | undefined): Obj => obj(obj(obj(deployment?.spec).template).spec);

const scalerCopies = ({ autoscalerRef }: Obj): string[] => {
  const { kind, name } = obj(autoscalerRef);
  return name === undefined ? [] : [`${kind === 'ScaledObject' ? 'scaledobject' : 'hpa'}/${text(name)}-primary`];
};

/** What the pods that serve read instead of what those of the user name. Only the cluster knows: a name that ends so may be the user's. */
const configCopies = (own: Obj, copy: Obj): string[] =>
  (['configMap', 'secret'] as const).flatMap((kind) => {
    const names = new Set(namesIn(own, kind).map((name) => `${name}-primary`));
    return namesIn(copy, kind)
      .filter((name) => names.has(name))
      .map((name) => `${kind.toLowerCase()}/${name}`);
  });

/** The ScaledObject that Flagger holds at zero. */
export const pausedBy = (canary: Manifest): string | undefined => {
  const { kind, name } = obj(obj(canary.spec).autoscalerRef);
  return kind === 'ScaledObject' ? text(name) : undefined;
};

/** Whether a route of Flagger's may send to the copies of the Service. Without a provider it is what Flagger was started with. */
export const isRouted = (canary: Manifest): boolean => obj(canary.spec).provider !== 'kubernetes';

/** The Service that Flagger made for users. */
export const apexOf = (canary: Manifest): string => {
  const { service, targetRef } = obj(canary.spec);
  return text(obj(service).name) || text(obj(targetRef).name);
};

const deadline = ({ progressDeadlineSeconds }: Obj): Obj =>
  typeof progressDeadlineSeconds === 'number' ? { promotion: { progressDeadlineSeconds } } : {};

function targetOf(canary: Manifest, among: readonly Manifest[]): Manifest {
  const { kind, name } = obj(obj(canary.spec).targetRef);
  if (kind !== 'Deployment') {
    throw new Unfit(`Canary ${nameOf(canary)} targets ${text(kind)} ${text(name)}: only a Deployment can become an App`);
  }
  const target = among.find((object) => isA(object, 'Deployment', 'apps') && nameOf(object) === name);
  if (target === undefined)
    throw new Unfit(`Canary ${nameOf(canary)} targets Deployment ${text(name)}, which is not there: hand it in, too`);
  return target;
}

function notesOn({ analysis, canaryAnalysis, service, autoscalerRef }: Obj): Note[] {
  const asked = obj(analysis ?? canaryAnalysis);
  const metrics = list(asked.metrics).map(({ name }) => text(name));
  const hooks = list(asked.webhooks).map(({ name }) => text(name));
  const routed = ['gateways', 'gatewayRefs', 'hosts', 'match', 'headers', 'corsPolicy', 'rewrite', 'retries', 'mirror', 'trafficPolicy'];
  const routing = routed.filter((field) => obj(service)[field] !== undefined);
  const weights = ['stepWeight', 'stepWeights', 'maxWeight', 'iterations'].filter((field) => asked[field] !== undefined);
  return [
    ...(weights.length > 0 ? [lost(`${listed(weights)} of analysis: all traffic moves at once, when every pod is ready`)] : []),
    ...(metrics.length > 0
      ? [lost(`metrics ${listed(metrics)}: write what they ask of a version as gates, in promotion.before and after`)]
      : []),
    ...(hooks.length > 0 ? [lost(`webhooks ${listed(hooks)}: nobody calls them any more`)] : []),
    ...(routing.length > 0
      ? [lost(`${listed(routing)} of service: Flagger made the route, so write it yourself before the Canary goes, to Service of the App`)]
      : []),
    ...(obj(autoscalerRef).name === undefined
      ? []
      : [look(`Flagger copied autoscaler ${text(obj(autoscalerRef).name)}: its copy goes, the original is yours`)]),
  ];
}

/** A Service that stands in nobody's manifests is lost with its namespace. */
function serviceNotes(canary: Manifest, among: readonly Manifest[]): Note[] {
  const apex = apexOf(canary);
  const service = among.find((object) => isA(object, 'Service') && nameOf(object) === apex);
  const isFlaggers = list(obj(service?.metadata).ownerReferences).some(({ kind }) => kind === 'Canary');
  return service === undefined || isFlaggers
    ? [look(`Flagger made Service ${apex}: it stays, and nobody's manifest has it, so write it into yours`)]
    : [];
}
