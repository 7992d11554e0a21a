// Whether requests of users reach a pod, by the endpoints of every Active Service; for a worker, whether it has an available pod. Judges only what
// was seen, not whose fault it is or whether a Service may be switched.
import type { InstanceSeen, ServiceSeen } from '../../model/observed.ts';
import { CONDITION, REASON } from '../../model/vocabulary.ts';
import { isElsewhere, mismatch } from '../../routers/adoption.ts';
import { called, declares } from '../../routers/ports.ts';
import { selects } from '../../routers/service.ts';
import { reachedOn } from '../read/adoption.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import type { RoutedService, Stage } from '../read/scene.ts';
import { symptomOf } from '../read/symptoms.ts';

/** Whether it is so, and why. */
export type Answer = readonly [boolean, Finding];

/** Endpoints follow a selector within moments. If they have not by then, they will not. */
const MOMENTS_SECONDS = 10;

export function available(stage: Stage): Answer {
  const { routing } = stage;
  if (routing.worker) return ofInstance(stage, routing.active);
  const answers = routing.services.filter(({ wish }) => wish.role === 'Active').map((service) => reached(stage, service));
  return answers.find(([is]) => !is) ?? uneven(answers) ?? answers[0] ?? ofInstance(stage, undefined);
}

/** At replicas 0 there is nobody to answer, unless pods still run. */
const uneven = (answers: readonly Answer[]): Answer | undefined => {
  const isAtZero = ([, { reason }]: Answer): boolean => reason === REASON.ScaledToZero;
  if (!answers.some(isAtZero) || answers.every(isAtZero)) return undefined;
  return [false, finding(REASON.NoAvailablePod, 'one of the Services selects an instance without pods')];
};

/** There are pods, and no Service reaches them: somebody has to correct a selector or a port. */
export function unreached(stage: Stage): Finding | undefined {
  const [is, why] = available(stage);
  return is || why.reason !== REASON.NoEndpoints ? undefined : why;
}

function reached(stage: Stage, { wish, seen: movable, trouble }: RoutedService): Answer {
  const { app, seen, timer } = stage;
  const service = seen.services.find(({ name, deleting }) => name === wish.name && !deleting);
  if (service !== undefined && isElsewhere(service))
    return [false, trouble ?? finding(REASON.ServiceUnfit, `Service ${wish.name} is an ExternalName: its clients are not sent to pods`)];
  const named = service && selects(app, service);
  const [flows] = seen.instances
    .filter(
      ({ name, available: pods }) =>
        pods > 0 && service?.endpoints.some(({ ready, dark, instance }) => ready && dark !== true && instance === name),
    )
    .toSorted((a, b) => Number(b.name === named) - Number(a.name === named) || (a.name < b.name ? -1 : 1));
  if (flows !== undefined) return serves(flows);
  // Before the first switch of a Service its slices are not watched, but they have been read live.
  const among = movable === undefined ? reachedOn(stage, service) : undefined;
  if (among !== undefined) return serves(among);
  if (service === undefined || movable === undefined)
    return [false, trouble ?? finding(REASON.ServiceMissing, `Service ${wish.name} is not there yet`)];
  const instance = seen.instances.find(({ name }) => name === named);
  const answer = ofInstance(stage, instance);
  if (instance === undefined || !answer[0] || instance.replicas === 0) return answer;
  // If status says that it was not reached, it stays so until endpoints show otherwise: a restart of the operator changes nothing.
  const wasSaid = app.status.conditions?.some(({ reason, type }) => type === CONDITION.available && reason === REASON.NoEndpoints) === true;
  // After an interruption the moments begin anew: others may have missed as much as we.
  if (!wasSaid && (timer.interrupted() || !timer.held(`unreached ${wish.name}`, instance.name, MOMENTS_SECONDS))) return answer;
  return [
    false,
    finding(REASON.NoEndpoints, `Service ${wish.name} reaches none of the pods of ${instance.name}: ${cause(stage, service, instance)}`),
  ];
}

function cause({ app }: Stage, service: ServiceSeen, instance: InstanceSeen): string {
  const port = service.ports.find((each) => typeof each.targetPort === 'string' && !declares(instance, each));
  return (
    mismatch(app, service, instance) ??
    (port === undefined ? 'look at its EndpointSlices' : `no container has a ${called(port)}, which it sends traffic to`)
  );
}

const serves = ({ name, available: pods }: InstanceSeen): Answer => [
  true,
  finding(REASON.Serving, `${name} serves with ${String(pods)} available pods`),
];

function ofInstance(stage: Stage, instance: InstanceSeen | undefined): Answer {
  if (instance === undefined) return [false, finding(REASON.NothingServes, 'no instance is selected yet')];
  if (stage.app.replicas === 0 && instance.replicas === 0) return [true, finding(REASON.ScaledToZero, 'spec.replicas is 0')];
  if (instance.available > 0) return serves(instance);
  const why = instance === stage.routing.active ? symptomOf(stage, instance) : undefined;
  const none = `${instance.name} is selected and has no available pod`;
  return [false, finding(REASON.NoAvailablePod, why === undefined ? none : `${none}: ${why.message}`)];
}
