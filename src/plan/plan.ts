// The whole decision, on one screen: from what was seen to what to do, what to report and when to look again. Pure, synchronous,
// total. Everything that could be decided is decided below here; the shell only carries it out.
import type { Action, Wake } from '../model/action.ts';
import type { Status } from '../model/app.ts';
import type { Notes, Snapshot } from '../model/observed.ts';
import { lookFirst } from './adoption.ts';
import { claim, settle } from './capture.ts';
import { decide } from './decisions.ts';
import { guard } from './disruption.ts';
import { detect } from './drift.ts';
import { condemn, failBack, forgive } from './failure.ts';
import { mint } from './mint.ts';
import { choose } from './pointer.ts';
import { bringUp, flip, isComing, preview, showPreview } from './promotion.ts';
import { forget } from './records.ts';
import { restore } from './restore.ts';
import { follow, keep, outrun, place } from './retention.ts';
import { farewell, readRouting } from './routing.ts';
import { rejected, summarize } from './status.ts';
import { stopwatch } from './stopwatch.ts';
import { ask } from './symptoms.ts';
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
  if (seen.ending) return { actions: [], status: app.status, wake: 'await-change', notes: {} };
  if (app.deleting) return { actions: farewell(seen), status: app.status, wake: 'await-change', notes: {} };
  if (app.is === 'invalid') return { actions: [], status: rejected(app, now), wake: 'await-change', notes: {} };
  const watch = stopwatch(seen.notes, now);
  const capture = settle(seen, app, watch);
  const scene = { seen, app: capture.app, versions: joinVersions(seen, capture.app, watch), watch, capture };
  const routing = readRouting(scene);
  const choice = choose(scene, routing);
  const drift = detect(scene, routing);
  const stage = { ...scene, routing, drift, choice };

  const first = [routing.repairs, restore(scene)].find(({ length }) => length > 0);
  const minting = mint(stage);
  const decided = decide(stage);
  const target = bringUp(stage);
  const shown = preview(stage);
  const standing = place(stage, target);
  const flipped = flip(stage, target);

  const moving = flipped.length > 0;
  const raised = [moving ? undefined : target, shown].flatMap((candidacy) => [...(candidacy?.actions ?? []), ...condemn(stage, candidacy)]);
  const moved = [...flipped, ...showPreview(stage, [target, shown])];
  const kept = moving ? [] : [...keep(stage, standing), ...forgive(stage), ...outrun(stage), ...forget(stage, standing)];
  const begun = [...follow(stage, moving), ...drift.actions, ...minting.actions, ...raised, ...routing.upkeep];
  const planned = [...begun, ...moved, ...failBack(stage), ...guard(stage, target), ...decided.actions, ...kept];
  const asked = ask(stage, [target?.instance, shown?.instance, routing.active], planned);

  const coming = [target, shown].flatMap((each) => (each !== undefined && isComing(each) ? each.version : []));
  claim(scene, minting.actions.length > 0, coming);

  const findings = { ...stage, minting, target, preview: shown, standing };
  return {
    actions: lookFirst(scene, first ?? [...planned, ...asked]),
    status: summarize(findings, decided, now),
    wake: scene.watch.wake(),
    notes: scene.watch.notes(),
  };
}
