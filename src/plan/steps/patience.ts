// How long a candidate may take. Time counts from its first size: if an autoscaler changes that, the deadline is extended once, to twice
// progressDeadlineSeconds in all. A candidate whose pods were all up keeps its minReadySeconds while pods are added.
import type { InstanceSeen } from '../../model/observed.ts';
import { complete } from '../../gates/readiness.ts';
import type { Scene } from '../read/scene.ts';

/** The note that all pods of an instance are up. */
export const available = (instance: string): string => `available ${instance}`;

export interface Patience {
  /** All wanted pods are up, and those it had when they first all were have been up for minReadySeconds. */
  readonly settled: boolean;
  readonly overdue: boolean;
}

/** `stuck`: the API server refuses its size. Then missing pods do not count as late, as long as all existing ones are up. */
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
  // Once it has settled the deadline is dropped: a pod lost later has the whole deadline to come back.
  if (settled || app.paused || (stuck && complete(instance, replicas))) return { settled, overdue: false };
  const atThisSize = timer.held(`size ${name}`, replicas, progressDeadlineSeconds);
  const begun = timer.note(attempt(name), 'yes');
  return { settled, overdue: !up && (atThisSize || timer.lasted(begun, 2 * progressDeadlineSeconds)) };
}

/** The deadline of a candidate in ms since the epoch, unless its size changes; undefined while it does not run. */
export function judgedAt({ app, timer }: Pick<Scene, 'app' | 'timer'>, { name, replicas }: InstanceSeen): number | undefined {
  if (app.paused) return undefined;
  const ms = app.promotion.progressDeadlineSeconds * 1000;
  return Math.min(timer.note(`size ${name}`, replicas) + ms, timer.note(attempt(name), 'yes') + 2 * ms);
}

const attempt = (name: string): string => `attempt ${name}`;
const whole = (name: string): string => `whole ${name}`;

/** All its pods were up at another size, and none of them was lost but those that scaling down removed. */
const standsBy = ({ timer }: Pick<Scene, 'timer'>, { name, available: up }: InstanceSeen, wanted: number): boolean =>
  timer.knew(available(name), 'yes') && up >= Math.min(Number(timer.before(whole(name)) ?? Infinity), wanted);
