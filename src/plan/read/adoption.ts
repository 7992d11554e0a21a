// What has to be known of an existing Service before it is moved for the first time, and whether the App is large enough for it, and
// which Services send traffic to our pods without being moved by us. Decides when to look; never moves.
import type { Action } from '../../model/action.ts';
import type { ServiceWish } from '../../model/app.ts';
import { scaling } from '../../model/command.ts';
import type { InstanceSeen, ServiceSeen } from '../../model/observed.ts';
import { REASON } from '../../model/vocabulary.ts';
import { finds, owned, stray } from '../../routers/adoption.ts';
import { selected } from '../../routers/service.ts';
import { stampedBy } from '../../routers/stamp.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import type { Scene } from './scene.ts';

const LOOK_AGAIN_SECONDS = 60;

/** Somebody else's slice of a Service, by a look that is not too old; a worse answer is asked for again after a while. */
export function foreignSliceOf({ seen, timer }: Scene, service: ServiceSeen | undefined): string {
  const answer = service && seen.answers.slices.get(service.uid);
  return answer === undefined || answer.foreign === '' || timer.past(answer.at, LOOK_AGAIN_SECONDS) ? '' : answer.foreign;
}

/** Ready endpoints of others on a Service that was never moved, by a look that is not too old for as long as they are more than `pods`. */
function beyond({ seen, app, timer }: Scene, service: ServiceSeen, pods: number): number {
  const answer = seen.answers.slices.get(service.uid);
  if (answer === undefined || answer.others <= pods || owned(app, service) || stampedBy(app, service)) return 0;
  return timer.past(answer.at, LOOK_AGAIN_SECONDS) ? 0 : answer.others;
}

/** An instance of ours that has ready endpoints on a Service whose slices are not watched yet, by a look that is not too old. */
export function reachedOn({ seen, timer }: Scene, service: ServiceSeen | undefined): InstanceSeen | undefined {
  const answer = service && seen.answers.slices.get(service.uid);
  const found = seen.instances.find(({ name, available }) => name === answer?.reaches && available > 0);
  return found === undefined || timer.past(answer!.at, LOOK_AGAIN_SECONDS) ? undefined : found;
}

/** Who had six pods behind a Service does not give it up to an App of one: not before the App is to be as large. */
export function crowded(scene: Scene, { role, name }: ServiceWish, service: ServiceSeen | undefined): Finding | undefined {
  const { app } = scene;
  const others = service === undefined || role !== 'Active' ? 0 : beyond(scene, service, app.replicas);
  if (others === 0) return undefined;
  const now = `Service ${app.namespace}/${name} has ${String(others)} ready endpoints, and the App runs ${String(app.replicas)}`;
  return finding(REASON.CapacityMissing, `${now}: ${scaling(app, others)}, and it is moved when they are available`);
}

/** Whether what serves has fewer available pods than the others behind a Service that is to be brought to it. */
export const outnumbered = (scene: Scene, service: ServiceSeen, active: InstanceSeen): boolean =>
  beyond(scene, service, active.available) > 0;

/**
 * Nothing is moved for the first time before its EndpointSlices were looked at. All moves of one decision wait for the answer and are
 * decided anew, so that all Services of a switch still move together. An answer that forbade the move is asked for again.
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

/** Services that find pods of ours, candidates included, without our key: outside of spec, or not moved yet. */
export function strays({ seen, app, versions }: Scene): Finding[] {
  const listed = new Set(app.services.map(({ name }) => name));
  const pods = versions.all.flatMap(({ instances }) => instances.filter(({ deleting }) => !deleting)).map(({ podLabels }) => podLabels);
  const unled = seen.services.filter((service) => (listed.has(service.name) ? selected(service) === undefined : !stampedBy(app, service)));
  const candidates = [...unled.filter((service) => !owned(app, service)), ...seen.neighbours.filter(({ name }) => !listed.has(name))];
  return candidates
    .filter((service) => pods.some((labels) => finds(service, labels)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .slice(0, MOST_STRAYS)
    .flatMap((service) => stray(app, service, listed.has(service.name)) ?? []);
}
