// Checks of an existing Service before its first switch: who manages its EndpointSlices, and whether the App has as many pods as it has
// endpoints. Also finds other Services that send traffic to our pods. Decides what to ask; never switches.
import type { Action } from '../../model/action.ts';
import type { ServiceWish } from '../../model/app.ts';
import { scaling } from '../../model/command.ts';
import type { InstanceSeen, ServiceSeen } from '../../model/observed.ts';
import { LABEL, REASON } from '../../model/vocabulary.ts';
import { finds, owned, stray } from '../../routers/adoption.ts';
import { selected } from '../../routers/service.ts';
import { stampedBy } from '../../routers/stamp.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import type { Scene } from './scene.ts';

const LOOK_AGAIN_SECONDS = 60;

/** An EndpointSlice of the Service that somebody else manages, by a recent look. While there is one, the question is asked again. */
export function foreignSliceOf({ seen, timer }: Scene, service: ServiceSeen | undefined): string {
  const answer = service && seen.answers.slices.get(service.uid);
  return answer === undefined || answer.foreign === '' || timer.past(answer.at, LOOK_AGAIN_SECONDS) ? '' : answer.foreign;
}

/** Ready endpoints of foreign pods behind a Service that was never switched, by a recent look. Asked again while there are more than `pods`. */
function beyond({ seen, app, timer }: Scene, service: ServiceSeen, pods: number): number {
  const answer = seen.answers.slices.get(service.uid);
  if (answer === undefined || answer.others <= pods || owned(app, service) || stampedBy(app, service)) return 0;
  return timer.past(answer.at, LOOK_AGAIN_SECONDS) ? 0 : answer.others;
}

/** An instance of ours with ready endpoints behind a Service whose slices are not watched yet, by a recent look. */
export function reachedOn({ seen, timer }: Scene, service: ServiceSeen | undefined): InstanceSeen | undefined {
  const answer = service && seen.answers.slices.get(service.uid);
  const found = seen.instances.find(({ name, available }) => name === answer?.reaches && available > 0);
  return found === undefined || timer.past(answer!.at, LOOK_AGAIN_SECONDS) ? undefined : found;
}

/** A Service with six ready endpoints is not adopted by an App of one pod: the App is scaled first. */
export function crowded(scene: Scene, { role, name }: ServiceWish, service: ServiceSeen | undefined): Finding | undefined {
  const { app } = scene;
  const others = service === undefined || role !== 'Active' ? 0 : beyond(scene, service, app.replicas);
  if (others === 0) return undefined;
  const now = `Service ${app.namespace}/${name} has ${String(others)} ready endpoints, and the App runs ${String(app.replicas)}`;
  return finding(REASON.CapacityMissing, `${now}: ${scaling(app, others)}, and it is moved when they are available`);
}

/** Whether the active instance has fewer available pods than the foreign ones behind a Service that is to be switched to it. */
export const outnumbered = (scene: Scene, service: ServiceSeen, active: InstanceSeen): boolean =>
  beyond(scene, service, active.available) > 0;

/**
 * Before its first switch, the EndpointSlices of a Service are read live. All switches of this decision wait for the answer and are decided
 * again, so that all Services still move together. If the answer forbids the switch, the question is asked again later.
 */
export function lookFirst({ seen, app, timer }: Scene, moves: readonly Action[]): readonly Action[] {
  const looks = moves.flatMap((action): Action[] => {
    const service = action.do === 'switch' ? seen.services.find(({ name }) => name === action.service) : undefined;
    if (action.do !== 'switch' || service === undefined || owned(app, service) || stampedBy(app, service)) return [];
    const answer = seen.answers.slices.get(service.uid);
    const pods = seen.instances.find(({ name }) => name === action.stamp.instance)?.available ?? 0;
    const forbade = answer !== undefined && action.role === 'Active' && answer.others > pods;
    const known = answer?.foreign === '' && !(forbade && timer.past(answer.at, LOOK_AGAIN_SECONDS));
    return known ? [] : [{ do: 'ask', question: { ask: 'slices', service: service.name, uid: service.uid } }];
  });
  return looks.length === 0 ? moves : looks;
}

const MOST_STRAYS = 10;

/** Services that select our pods, candidates included, without our key: they are not in spec, or were never switched. */
export function strays({ seen, app, versions }: Scene): Finding[] {
  const listed = new Set(app.services.map(({ name }) => name));
  const pods = versions.all.flatMap(({ instances }) => instances.filter(({ deleting }) => !deleting)).map(({ podLabels }) => podLabels);
  const unled = seen.services.filter((service) => (listed.has(service.name) ? selected(service) === undefined : !stampedBy(app, service)));
  const candidates = [
    ...unled.filter((service) => !owned(app, service)),
    ...seen.neighbours.filter(({ name, selector }) => !listed.has(name) && selector[LABEL.instance] !== name),
  ];
  return candidates
    .filter((service) => pods.some((labels) => finds(service, labels)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .slice(0, MOST_STRAYS)
    .flatMap((service) => stray(app, service, listed.has(service.name)) ?? []);
}
