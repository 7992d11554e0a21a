// Foreign pods that receive an App's traffic. They are reported and never deleted: whoever made one would make the next one, too.
import type { EndpointSeen } from '../../model/observed.ts';
import { REASON } from '../../model/vocabulary.ts';
import { selected } from '../../routers/service.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import type { Routing, Scene } from './scene.ts';

/**
 * How long an unknown endpoint is tolerated. It may be one of our pods that no watch has shown yet, one that the Service had before it was
 * adopted, or the last pod of a deleted instance.
 */
const GRACE_SECONDS: Readonly<Record<EndpointSeen['origin'], number>> = { bare: 0, elsewhere: 1, unknown: 10 };

export function intruders({ timer }: Scene, { services }: Routing): Finding[] {
  return services.flatMap(({ wish, seen }) => {
    if (seen === undefined || wish.role === 'Preview' || selected(seen) === undefined) return [];
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
