// Pods that receive an App's traffic and are none of its own. Loud, and answered by nothing: whoever made one makes the next one too.
import type { EndpointSeen } from '../../model/observed.ts';
import { REASON } from '../../model/vocabulary.ts';
import { selected } from '../../routers/service.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import type { Routing, Scene } from './scene.ts';

/**
 * What is listed may be a pod of ours that has not been seen yet, one that the Service listed before it was adopted, or the last of an
 * instance that is gone: how long each is given.
 */
const GRACE_SECONDS: Readonly<Record<EndpointSeen['origin'], number>> = { bare: 0, elsewhere: 1, unknown: 10 };

export function intruders({ timer }: Scene, { services }: Routing): Finding[] {
  return services.flatMap(({ wish, seen }) => {
    if (seen === undefined || wish.role !== 'Active' || selected(seen) === undefined) return [];
    return seen.endpoints
      .filter(
        ({ ready, instance, pod, origin }) =>
          ready && instance === undefined && timer.held(`stranger ${pod}`, origin, GRACE_SECONDS[origin]),
      )
      .map(({ pod }) => pod)
      .toSorted()
      .map((pod) =>
        finding(
          REASON.ForeignEndpoint,
          `pod ${pod} receives traffic of Service ${seen.name} and no instance made it: find out who did, and delete it`,
        ),
      );
  });
}
