// What the operator would do, played to its end on imagined objects: its own loop, its own decision, in virtual time. Writes to no cluster. What a
// forecast cannot know is that pods take longer or do not come up at all, and what people do meanwhile.
import type { Status } from '../../model/app.ts';
import { ok } from '../../model/failure.ts';
import { list, obj, text } from '../../model/json.ts';
import type { DefaultImages } from '../../model/references.ts';
import { DEFAULTS } from '../../model/settings.ts';
import type { AppKey } from '../../model/version.ts';
import { appKey } from '../../model/version.ts';
import { CACHED_KINDS, Cache } from '../../shell/store/cache.ts';
import type { CachedKind } from '../../shell/store/cache.ts';
import { Controller } from '../../shell/loop/controller.ts';
import type { Schedule } from '../../shell/loop/controller.ts';
import type { Logger } from '../../shell/ops/log.ts';
import { nameOf, namespaceOf } from '../documents.ts';
import type { Manifest } from '../documents.ts';
import { bestCase } from './measurer.ts';
import { Objects } from './objects.ts';
import type { Thing } from './objects.ts';
import type { Rehearse, Write } from './port.ts';
import { portOn } from './port.ts';
import { surround } from './surroundings.ts';
import { VirtualTime } from './time.ts';

export const MINUTE_MS = 60_000;

export interface Situation {
  /** The App as it would be stored. */
  readonly app: Manifest;
  /** What there is in its namespace. */
  readonly objects: readonly Manifest[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How long a pod takes until it is ready. */
  readonly readyMs: number;
  /** How far to look. */
  readonly horizonMs: number;
  /** Asks the real API server what it would store of a Deployment; absent, it is taken as it is. */
  readonly rehearse?: Rehearse;
  /** Why no promotion begins in any App; absent while they do. */
  readonly line?: string;
  /** What the platform sets for Apps that say nothing of images, as far as it is known. */
  readonly images?: DefaultImages;
}

export interface Deed extends Write {
  /** Since the beginning. */
  readonly afterMs: number;
}

export interface Forecast {
  readonly deeds: readonly Deed[];
  readonly status: Status;
  /** Nothing more happens by itself. */
  readonly ended: boolean;
  readonly objects: Objects;
  /** When each gate passed, by phase/name, in milliseconds since the beginning: what is kept of it has one time for all of a phase. */
  readonly passed: ReadonlyMap<string, number>;
}

/** More passes than any rollout needs: what goes on for ever is looked at so often only. */
const MOST_PASSES = 5_000;

export async function forecast(situation: Situation): Promise<Forecast> {
  const time = new VirtualTime(situation.now);
  const objects = new Objects(() => time.now());
  const deeds: Deed[] = [];
  const due = new Set<AppKey>();
  const settings = { ...DEFAULTS, ...(situation.images && { images: situation.images }) };
  const cache = new Cache((key) => due.add(key), settings);
  const wrote = (write: Write): void => void deeds.push({ ...write, afterMs: time.monotonic() });
  const kube = portOn(objects, situation.rehearse ?? ((object) => Promise.resolve(ok(object))), wrote);
  const measurer = bestCase(cache, time, (key) => due.add(key));
  const options = { kube, cache, clock: time, measurer, log: SILENT, settings, reporter: 'forecast' };
  const controller = new Controller({ ...options, schedule: scheduleOn(time, due), trip: () => Promise.resolve(ok(undefined)) });
  const passed = new Map<string, number>();
  objects.listen((object, gone) => {
    for (const gate of passedGates(object)) if (!passed.has(gate)) passed.set(gate, time.monotonic());
    if (!isCached(object.kind)) return;
    if (gone) cache.sink(object.kind).drop(object);
    else cache.sink(object.kind).put(object);
  });
  objects.seed(seeds(situation));
  surround(objects, time, situation.readyMs);
  cache.updateFleet({ line: situation.line ?? '', gateSources: sourcesIn(situation.app).map((name) => ({ name, namespaces: undefined })) });
  const key = appKey(namespaceOf(situation.app), nameOf(situation.app));
  due.add(key);
  let passes = 0;
  do {
    while (due.delete(key) && passes++ < MOST_PASSES) await controller.reconcile(key);
  } while (passes < MOST_PASSES && time.advance(situation.horizonMs));
  const app = objects.get('ImmutableApp', nameOf(situation.app));
  return { deeds, status: obj(app?.status), ended: passes < MOST_PASSES, objects, passed };
}

function passedGates({ kind, status }: Thing): string[] {
  if (kind !== 'ImmutableApp') return [];
  const { versions = [], latestVersion } = obj(status) as Status;
  const gates = versions.find(({ id }) => id === latestVersion)?.gates ?? [];
  return gates.flatMap(({ phase = '', name, verdict }) => (verdict === 'pass' ? [`${phase}/${name}`] : []));
}

/** Which sources there are only the operator knows: all that gates and `notify` name. */
function sourcesIn({ spec }: Manifest): string[] {
  const { promotion, notify } = obj(spec);
  const { before, during, after } = obj(promotion);
  const kinds = [...list(before), ...list(during), ...list(after)].flatMap((gate) => Object.values(gate));
  return [...kinds.flatMap((kind) => text(obj(kind).source) || []), ...(Array.isArray(notify) ? notify.map(text) : [])];
}

const isCached = (kind: string): kind is CachedKind => (CACHED_KINDS as readonly string[]).includes(kind);

/** Objects of files have no identity yet; the App and what is there do. */
function seeds({ app, objects, now }: Situation): Thing[] {
  const namespace = namespaceOf(app);
  return [...objects, app].map((object, at) => {
    const { uid, resourceVersion, generation, creationTimestamp } = obj(object.metadata);
    const metadata = {
      ...obj(object.metadata),
      namespace: namespaceOf(object) || namespace,
      uid: text(uid) || `file-${String(at)}`,
      resourceVersion: text(resourceVersion) || '1',
      generation: typeof generation === 'number' ? generation : 1,
      creationTimestamp: creationTimestamp ?? new Date(now).toISOString(),
    };
    return { ...object, metadata } as unknown as Thing;
  });
}

/** There is one App, and nobody waits for it. */
function scheduleOn(time: VirtualTime, due: Set<AppKey>): Schedule {
  const alarms = new Map<AppKey, { readonly at: number; readonly cancel: () => void }>();
  const failures = new Map<AppKey, number>();
  const later = (key: AppKey, ms: number): void => {
    const at = time.monotonic() + ms;
    const known = alarms.get(key);
    if (known !== undefined && known.at > time.monotonic() && known.at <= at) return;
    known?.cancel();
    alarms.set(key, { at, cancel: time.after(ms, () => due.add(key)) });
  };
  return {
    giveWay: () => false,
    later,
    backOff(key) {
      const failed = failures.get(key) ?? 0;
      failures.set(key, failed + 1);
      later(key, Math.min(60_000, 50 * 2 ** failed));
    },
    succeeded(key) {
      failures.delete(key);
    },
  };
}

const nothing = (): void => undefined;
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => SILENT };
