// How long a candidate may take. Its time counts from its first size: an autoscaler that moves meanwhile extends it once, to twice
// progressDeadlineSeconds in all, and never starts it anew. What was all up and stays so goes on settling while pods are added to it.
import type { InstanceSeen } from '../../model/observed.ts';
import { complete } from '../../gates/readiness.ts';
import type { Scene } from '../read/scene.ts';

/** The fact that all of an instance's pods are up. */
export const available = (instance: string): string => `available ${instance}`;

export interface Patience {
  /** All wanted pods are up, and all it had when they first were have been for minReadySeconds. */
  readonly settled: boolean;
  readonly overdue: boolean;
}

/** `stuck`: the API server refuses its size. What it was not given is not held against it, as long as what it has is up. */
export function patienceWith(
  { app, timer }: Pick<Scene, 'app' | 'timer'>,
  instance: InstanceSeen,
  wanted: number,
  stuck = false,
): Patience {
  const { name, replicas } = instance;
  const { minReadySeconds, progressDeadlineSeconds } = app.promotion;
  const up = complete(instance, wanted);
  if (up) timer.note(whole(name), replicas);
  else if (standsBy({ timer }, instance, wanted)) for (const fact of [whole(name), available(name)]) timer.keep(fact);
  const settled = up && timer.held(available(name), 'yes', minReadySeconds);
  // Once settled the clock is put away: a pod lost after that has the whole deadline to come back, whatever the instance's age.
  if (settled || app.paused || (stuck && complete(instance, replicas))) return { settled, overdue: false };
  const atThisSize = timer.held(`size ${name}`, replicas, progressDeadlineSeconds);
  const begun = timer.note(attempt(name), 'yes');
  return { settled, overdue: !up && (atThisSize || timer.past(begun, 2 * progressDeadlineSeconds)) };
}

/** When a candidate that is being judged is out of time, in ms since the epoch, unless its size changes; undefined while the clock stands. */
export function judgedAt({ app, timer }: Pick<Scene, 'app' | 'timer'>, { name, replicas }: InstanceSeen): number | undefined {
  if (app.paused) return undefined;
  const ms = app.promotion.progressDeadlineSeconds * 1000;
  return Math.min(timer.note(`size ${name}`, replicas) + ms, timer.note(attempt(name), 'yes') + 2 * ms);
}

const attempt = (name: string): string => `attempt ${name}`;
const whole = (name: string): string => `whole ${name}`;

/** It was all up at another size, and none of those pods has gone but for those nobody wants any more. */
const standsBy = ({ timer }: Pick<Scene, 'timer'>, { name, available: up }: InstanceSeen, wanted: number): boolean =>
  timer.knew(available(name), 'yes') && up >= Math.min(Number(timer.before(whole(name)) ?? Infinity), wanted);
