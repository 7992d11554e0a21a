// Which records are kept: as many as retention.versions of versions that served or may have, and a few of versions that failed or never served. They
// are counted apart, so that bad versions never push out good ones. A restored App copies just as many.
import type { Action } from '../../model/action.ts';
import type { App } from '../../model/app.ts';
import { leftOver } from '../../model/observed.ts';
import { boundTo } from '../choose/held.ts';
import { intents } from '../choose/intents.ts';
import type { Scene, Stage, Standing } from '../read/scene.ts';
import { hasServed } from '../read/served.ts';
import type { Version } from '../read/versions.ts';

/** How many records of versions that failed or never served are kept: to look at, not to roll back to. */
const MAX_UNPROVEN = 3;

export const roomOf = ({ retention }: App, proven: boolean): number => (proven ? retention.versions : MAX_UNPROVEN);

/** It served, or may have, and has not failed since. A record copied from a deleted App counts too: it was kept there for a reason. */
export function isProven({ app, seen }: Pick<Scene, 'app' | 'seen'>, version: Version, route: Stage['routing']['route']): boolean {
  if (version.lastFailure?.fact.cause === 'version') return false;
  const isCopy = seen.records.some((record) => leftOver(app, record) && record.fingerprint === version.fingerprint);
  return isCopy || hasServed(app, version, route);
}

/** When it served last. If status does not say, it counts as the oldest. */
const lastServed = ({ status }: App, { id }: Version): number =>
  Date.parse(status.versions?.find((told) => told.id === id)?.servedUntil ?? '') || 0;

/** Deletes records above the limits, first those that served longest ago, and with them what they own. Only when nothing else is going on. */
export function pruneRecords(stage: Stage, standing: Standing): Action[] {
  const { app, versions, routing, choice, timer } = stage;
  if (!standing.drained || versions.latest.record === undefined || app.paused) return [];
  const previous = routing.route?.previous === undefined ? undefined : versions.of(routing.route.previous);
  const kept = new Set([
    versions.latest,
    routing.serving,
    choice.version,
    previous,
    // Latest is held because of this one: without its record the next change of a ConfigMap would bring back what a person decided against.
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
