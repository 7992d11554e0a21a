// What one decision works on, handed from step to step: first what was seen, joined into versions; then the route and the choice too.
import type { App } from '../model/app.ts';
import type { Snapshot } from '../model/observed.ts';
import type { Capture } from './capture.ts';
import type { Drift } from './drift.ts';
import type { Choice } from './pointer.ts';
import type { Routing } from './routing.ts';
import type { Stopwatch } from './stopwatch.ts';
import type { Versions } from './versions.ts';

export interface Scene {
  readonly seen: Snapshot;
  readonly app: App;
  readonly versions: Versions;
  readonly watch: Stopwatch;
  readonly capture: Capture;
}

export interface Stage extends Scene {
  readonly routing: Routing;
  readonly drift: Drift;
  readonly choice: Choice;
}
