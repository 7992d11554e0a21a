// What has to be known of an existing Service before it is moved for the first time, and which Services send traffic to our pods
// without being moved by us. Decides when to look, never whether to move.
import type { Action } from '../model/action.ts';
import type { ServiceSeen } from '../model/observed.ts';
import { finds, owned, stray } from '../routers/adoption.ts';
import { selected } from '../routers/service.ts';
import { stampedBy } from '../routers/stamp.ts';
import type { Finding } from './finding.ts';
import type { Scene } from './scene.ts';

const LOOK_AGAIN_SECONDS = 60;

/** Somebody else's slice of a Service, by a look that is not too old; a worse answer is asked for again after a while. */
export function foreignSliceOf({ seen, watch }: Scene, service: ServiceSeen | undefined): string {
  const answer = service && seen.inspections.get(service.uid);
  return answer === undefined || answer.foreign === '' || watch.past(answer.at, LOOK_AGAIN_SECONDS) ? '' : answer.foreign;
}

/**
 * Nothing is moved for the first time before its EndpointSlices were looked at. What was planned from the first move on waits for the
 * answer and is decided anew, so that all Services of a flip still move together.
 */
export function lookFirst({ seen, app }: Scene, actions: readonly Action[]): readonly Action[] {
  const looks = actions.flatMap((action): Action[] => {
    const service = action.do === 'route' ? seen.services.find(({ name }) => name === action.service) : undefined;
    const known =
      service === undefined || owned(app, service) || stampedBy(app, service) || seen.inspections.get(service.uid)?.foreign === '';
    return known ? [] : [{ do: 'inspect', service: service.name, uid: service.uid }];
  });
  if (looks.length === 0) return actions;
  const moves = actions.findIndex((action) => action.do === 'route');
  return [...actions.slice(0, moves), ...looks];
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
