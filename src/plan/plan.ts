// The whole decision, on one screen: from what was seen to what to do, what to report and when to look again. Pure, synchronous,
// total. Everything that could be decided is decided below here; the shell only carries it out.
import type { Action, Wake } from '../model/action.ts';
import type { Status } from '../model/app.ts';
import type { Notes, Snapshot } from '../model/observed.ts';
import { mint } from './mint.ts';
import { choose, decide } from './pointer.ts';
import { bringUp, condemn, flip, preview, showPreview } from './promotion.ts';
import { forget, keep, place } from './retention.ts';
import { farewell, readRouting } from './routing.ts';
import { rejected, summarize } from './status.ts';
import { stopwatch } from './stopwatch.ts';
import { joinVersions } from './versions.ts';

export interface Plan {
  /** In the order in which they are to be done; the rest is dropped when one fails. */
  readonly actions: readonly Action[];
  readonly status: Status;
  readonly wake: Wake;
  readonly notes: Notes;
}

export function plan(seen: Snapshot, now: number): Plan {
  const { app } = seen;
  if (app.deleting) return { actions: farewell(seen), status: app.status, wake: 'await-change', notes: {} };
  if (app.is === 'invalid') return { actions: [], status: rejected(app, now), wake: 'await-change', notes: {} };
  const watch = stopwatch(seen.notes, now);

  const versions = joinVersions(seen, app);
  const routing = readRouting(seen, app, versions);
  const choice = choose(app, versions, routing.serving);
  const { actions: decided, decision } = decide(app, versions, choice);
  const minting = mint(seen, app, versions, watch);
  const target = bringUp(seen, app, choice, routing, watch);
  const shown = preview(seen, app, versions.latest, choice, routing, watch);
  const standing = place(app, versions, choice, routing, target, watch);
  const flipped = flip(app, target, routing);

  const findings = { seen, app, versions, minting, choice, routing, target, preview: shown, standing };
  const raised = [...(target?.actions ?? []), ...(shown?.actions ?? []), ...condemn(app, target, routing), ...condemn(app, shown, routing)];
  const moved = [...flipped.actions, ...showPreview(app, versions.latest, [target, shown], routing)];
  const moving = flipped.actions.length > 0 || flipped.route !== undefined;
  const kept = moving ? [] : [...keep(seen, app, standing, versions, choice), ...forget(app, versions, routing, choice, standing)];
  const actions =
    routing.repairs.length > 0 ? routing.repairs : [...minting.actions, ...raised, ...routing.upkeep, ...moved, ...decided, ...kept];
  return { actions, status: summarize(findings, decision, flipped.route, now), wake: watch.wake(), notes: watch.notes() };
}
