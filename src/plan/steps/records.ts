// Which records stay. Those that served, or may have, have the room that retention.versions gives; the failed and those that never served
// have a little of their own, so that no number of bad ones pushes out a good one. The same room is what a restored App copies.
import type { Action } from '../../model/action.ts';
import type { App } from '../../model/app.ts';
import { leftOver } from '../../model/observed.ts';
import { boundTo } from '../choose/held.ts';
import { intents } from '../choose/intents.ts';
import type { Scene, Stage, Standing } from '../read/scene.ts';
import { hasServed } from '../read/served.ts';
import type { Version } from '../read/versions.ts';

/** Records of failed versions and of those that never served: to be looked at, and not to be gone back to. */
const MAX_UNPROVEN = 3;

export const roomOf = ({ retention }: App, proven: boolean): number => (proven ? retention.versions : MAX_UNPROVEN);

/** It served, or nobody can tell, and did not fail since. What a former life left and was copied was kept there for a reason. */
export function isProven({ app, seen }: Pick<Scene, 'app' | 'seen'>, version: Version, route: Stage['routing']['route']): boolean {
  if (version.lastFailure?.fact.cause === 'version') return false;
  const isCopy = seen.records.some((record) => leftOver(app, record) && record.fingerprint === version.fingerprint);
  return isCopy || hasServed(app, version, route);
}

/** When it served last; what the report does not tell served before all that it tells. */
const lastServed = ({ status }: App, { id }: Version): number =>
  Date.parse(status.versions?.find((told) => told.id === id)?.servedUntil ?? '') || 0;

/** Records beyond their room, those first that served longest ago; what belongs to them goes with them. Only when nothing else is going on. */
export function pruneRecords(stage: Stage, standing: Standing): Action[] {
  const { app, versions, routing, choice, timer } = stage;
  if (!standing.drained || versions.latest.record === undefined || app.paused) return [];
  const previous = routing.route?.previous === undefined ? undefined : versions.of(routing.route.previous);
  const kept = new Set([
    versions.latest,
    routing.serving,
    choice.version,
    previous,
    // What Latest is held with: without it the next change of a ConfigMap would make something new of what a person decided against.
    boundTo(stage, versions.latest),
    ...intents(app, timer).map(({ version }) => versions.named(version)),
  ]);
  return [true, false].flatMap((proven) => {
    const all = versions.all.filter((version) => version.record !== undefined && isProven(stage, version, routing.route) === proven);
    const room = roomOf(app, proven);
    const what = proven ? `retention.versions ${String(room)}` : `the ${String(room)} that failed or never served`;
    return all
      .filter((version) => !kept.has(version) && version.instances.length === 0)
      .toReversed()
      .toSorted((a, b) => lastServed(app, a) - lastServed(app, b))
      .slice(0, Math.max(0, all.length - room))
      .flatMap(({ duplicates }) => duplicates)
      .map(({ name, uid }): Action => ({ do: 'retire', kind: 'ControllerRevision', name, uid, why: `beyond ${what}` }));
  });
}
