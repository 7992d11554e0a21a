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
import { inOtherWords } from './likeness.ts';
import { mint } from './mint.ts';
import { choose } from './pointer.ts';
import { takeTurns } from './overlap.ts';
import { bringUp, flip, isComing, preview, showPreview } from './promotion.ts';
import { forget } from './records.ts';
import { allowed, isRefused, refusedAmong, withhold } from './refusal.ts';
import { restore } from './restore.ts';
import { follow, keep, outrun, place } from './retention.ts';
import { farewell, readRouting } from './routing.ts';
import { summarize } from './status.ts';
import { stopwatch } from './stopwatch.ts';
import { ask } from './symptoms.ts';
import { joinVersions } from './versions.ts';

export interface Plan {
  /** In the order in which they are to be done; what needs one that fails is dropped (refusal.ts). */
  readonly actions: readonly Action[];
  readonly status: Status;
  readonly wake: Wake;
  readonly notes: Notes;
}

export function plan(seen: Snapshot, now: number): Plan {
  const { app } = seen;
  if (seen.ending) return { actions: [], status: app.status, wake: 'await-change', notes: {} };
  if (app.deleting) return { actions: allowed(seen, farewell(seen)), status: app.status, wake: 'await-change', notes: {} };
  const watch = stopwatch(seen.notes, now);
  const capture = settle(seen, inOtherWords(seen, app), watch);
  const scene = { seen, app: capture.app, versions: joinVersions(seen, capture.app, watch), watch, capture };
  const routing = readRouting(scene);
  const choice = choose(scene, routing);
  const drift = detect(scene, routing);
  const stage = { ...scene, routing, drift, choice };

  const restoring = restore(scene);
  const first = [lookFirst(scene, routing.repairs), restoring].map((each) => allowed(seen, each)).find(({ length }) => length > 0);
  const allow = (actions: readonly Action[]): readonly Action[] => allowed(seen, withhold(restoring, actions));
  const minting = mint(stage);
  const decided = decide(stage);
  const target = bringUp(stage);
  const shown = preview(stage);
  const standing = place(stage, target);
  const flipped = lookFirst(scene, flip(stage, target));

  const moving = allow(flipped).length > 0;
  const rising = [moving ? undefined : target, shown].filter((candidacy) => candidacy !== undefined);
  // The way back and what must not be forgotten come before anything is made or shaped.
  const verdicts = [...failBack(stage), ...decided.actions, ...drift.actions, ...rising.flatMap((each) => condemn(stage, each))];
  const begun = [...follow(stage, moving), ...minting.actions, ...rising.flatMap(({ actions }) => actions)];
  const shaped = [...(moving ? [] : routing.upkeep), ...lookFirst(scene, showPreview(stage, [target, shown])), ...guard(stage, target)];
  const kept = moving ? [] : [...keep(stage, standing), ...forgive(stage), ...outrun(stage), ...forget(stage, standing)];
  const planned = [...flipped, ...verdicts, ...begun, ...shaped, ...kept];
  const asked = ask(stage, [target?.instance, shown?.instance, routing.active], planned);
  const turns = takeTurns(stage, target, standing, [...planned, ...asked]);

  const coming = rising.filter((each) => isComing(each) && !each.actions.some((action) => isRefused(seen, action)));
  claim(scene, allow(minting.actions).length > 0, coming);

  const refused = refusedAmong(seen, [...routing.repairs, ...restoring, ...turns, ...planned, ...routing.upkeep]);
  const findings = { ...stage, minting, target, preview: shown, standing, refused };
  return {
    actions: first ?? allow(turns),
    status: summarize(findings, decided, now),
    wake: scene.watch.wake(),
    notes: scene.watch.notes(),
  };
}
