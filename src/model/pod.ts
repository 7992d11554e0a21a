// Pods, as the API server serves them.
import { list, obj } from './json.ts';
import type { Obj } from './json.ts';

/** What is known of each of its containers, in the order in which they start. */
export function containerStatuses(pod: unknown): readonly Obj[] {
  const { initContainerStatuses, containerStatuses: rest } = obj(obj(pod).status);
  return [...list(initContainerStatuses), ...list(rest)];
}
