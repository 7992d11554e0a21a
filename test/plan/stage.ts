// What the parts of a decision are handed, for tests that ask one part alone.
import type { App } from '../../src/model/app.ts';
import type { Notes, Snapshot } from '../../src/model/observed.ts';
import { settle } from '../../src/plan/choose/capture.ts';
import { detect } from '../../src/plan/steps/drift.ts';
import { choose } from '../../src/plan/choose/pointer.ts';
import { readRouting } from '../../src/plan/read/routing.ts';
import type { Scene, Stage } from '../../src/plan/read/scene.ts';
import { startTimer } from '../../src/plan/read/timer.ts';
import { DEFAULTS } from '../../src/model/settings.ts';
import { joinVersions } from '../../src/plan/read/versions.ts';
import type { Given } from '../given.ts';
import { given, NOW } from '../given.ts';

export function sceneOf(facts: Given | Snapshot, notes: Notes = {}, now = NOW): Scene {
  const seen = 'key' in facts ? facts : given(facts);
  const timer = startTimer(notes, now, seen.interruptedAt);
  const capture = settle(seen, seen.app as App, timer, DEFAULTS);
  const app = seen.app as App;
  return { seen, app, versions: joinVersions(seen, app, capture.content, timer), timer, settings: DEFAULTS, capture };
}

export function stageOf(facts: Given | Snapshot, notes: Notes = {}, now = NOW): Stage {
  const scene = sceneOf(facts, notes, now);
  const routing = readRouting(scene);
  return { ...scene, routing, drift: detect(scene, routing), choice: choose(scene, routing) };
}
