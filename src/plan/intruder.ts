// Pods that receive an App's traffic and are none of its own. Loud, and answered by nothing: whoever made one makes the next one too.
import { REASON } from '../model/vocabulary.ts';
import { selected } from '../routers/service.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import type { Routing } from './routing.ts';
import type { Scene } from './scene.ts';

/** What is listed may be a pod of ours that has not been seen yet, or one that the slice still lists from before it was adopted. */
const UNKNOWN_SECONDS = 10;

export function intruders({ watch }: Scene, { services }: Routing): Finding[] {
  return services.flatMap(({ wish, seen }) => {
    if (seen === undefined || wish.role !== 'Active' || selected(seen) === undefined) return [];
    return seen.endpoints
      .filter(({ ready, instance, pod, foreign }) => {
        if (!ready || instance !== undefined) return false;
        return foreign || watch.held(`stranger ${pod}`, 'yes', UNKNOWN_SECONDS);
      })
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
