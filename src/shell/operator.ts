// Puts one operator together: watches, cache, queue, controller. Decides what is watched, and which fields are kept; nothing about Apps.
import { LABEL } from '../model/vocabulary.ts';
import type { Settings } from '../model/settings.ts';
import type { GateSource } from '../model/observed.ts';
import type { AppKey } from '../model/version.ts';
import type { CachedKind } from './store/cache.ts';
import { CACHED_KINDS, Cache } from './store/cache.ts';
import { countConditions } from './ops/condition-metrics.ts';
import { climbers } from './ops/share-metrics.ts';
import type { Clock } from './clock.ts';
import { Controller } from './loop/controller.ts';
import type { Prober } from './fleet/enforcement.ts';
import { prober } from './fleet/enforcement.ts';
import type { Kube, Source } from './api/kube.ts';
import type { LeaseElection } from './fleet/lease.ts';
import type { Outcome } from './loop/outcome.ts';
import type { Queue } from './loop/queue.ts';
import { createQueue } from './loop/queue.ts';
import type { Logger } from './ops/log.ts';
import type { Telemetry, View } from './ops/telemetry.ts';
import { FleetGuard } from './fleet/fleet.ts';
import type { RunningMeasurer } from './gates/measuring.ts';
import { measurer, told } from './gates/measuring.ts';
import type { Herald } from './notices/herald.ts';
import { heraldOf } from './notices/herald.ts';
import { Outbox } from './notices/outbox.ts';
import type { Sources } from './gates/sources.ts';
import { openSources } from './gates/sources.ts';
import type { Watch } from './api/watch.ts';
import { interruptedSince, watch } from './api/watch.ts';

export interface OperatorOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Logger;
  readonly telemetry: Telemetry;
  /** Namespaces to watch; empty for all. */
  readonly namespaces: readonly string[];
  /** Apps that are decided at the same time. */
  readonly concurrency: number;
  readonly settings: Settings;
  /** Names the cluster to who is told of Apps. */
  readonly clusterName: string;
  /** Who may be asked for measurements, and told of Apps, if the platform says so. */
  readonly sources?: string | undefined;
  readonly userAgent: string;
  /** Names this process in events. */
  readonly reporter: string;
  /** The namespace for dry runs that test the admission policies. */
  readonly probeNamespace: string;
  /** The Lease for leader election; undefined with --no-leader-elect. */
  readonly lease: () => LeaseElection | undefined;
}

/**
 * What is watched of each kind. Apps, Services and budgets: all of them, whole. ConfigMaps: all, but only their metadata, to see that one
 * changed. Everything else: only objects with our label, and of pods and ReplicaSets only the metadata, to see who owns them.
 */
const LOOK: Record<CachedKind, Omit<Source, 'kind' | 'namespace'>> = {
  ImmutableApp: {},
  Service: {},
  // All budgets: any of them may count our pods.
  PodDisruptionBudget: {},
  ControllerRevision: { labelSelector: LABEL.app },
  Deployment: { labelSelector: LABEL.app },
  EndpointSlice: { labelSelector: LABEL.app },
  ConfigMap: { metadataOnly: true },
  Pod: { labelSelector: LABEL.app, metadataOnly: true },
  ReplicaSet: { labelSelector: LABEL.app, metadataOnly: true },
};

const SYNC_POLL_MS = 20;
const SILENT_MS = 5 * 60_000;

export class Operator {
  readonly #options: OperatorOptions;
  readonly #cache: Cache;
  readonly #queue: Queue<AppKey>;
  readonly #controller: Controller;
  /** When the first event arrived that the next decision about an App will see. */
  readonly #heardAt = new Map<AppKey, number>();
  readonly #prober: Prober;
  readonly #fleetGuard: FleetGuard;
  readonly #measurer: RunningMeasurer;
  readonly #outbox: Outbox;
  #sources: Sources | undefined;
  /** `namespace`: undefined for all. */
  #watches: { readonly kind: CachedKind; readonly namespace?: string; readonly watch: Watch }[] = [];
  #stopped = false;

  constructor(options: OperatorOptions) {
    const { kube, clock, log, telemetry, reporter, settings } = options;
    this.#options = options;
    this.#queue = createQueue<AppKey>({ clock, ...telemetry.queue });
    this.#cache = new Cache((key, priority) => {
      if (!this.#heardAt.has(key)) this.#heardAt.set(key, clock.monotonic());
      this.#queue.add(key, priority);
    }, settings);
    const schedule = {
      giveWay: (key: AppKey) => this.#queue.giveWay(key),
      later: (key: AppKey, ms: number) => {
        this.#queue.addAfter(key, ms);
      },
      backOff: (key: AppKey) => {
        this.#queue.retry(key);
      },
      succeeded: (key: AppKey) => {
        this.#queue.forget(key);
      },
    };
    this.#fleetGuard = new FleetGuard({
      ...options,
      updateFleet: (news) => {
        this.#cache.updateFleet(news);
      },
    });
    this.#prober = prober({
      kube,
      clock,
      log,
      namespace: options.probeNamespace,
      found: (enforcement) => {
        this.#fleetGuard.probed(enforcement);
      },
      onRestart: (kind, cause) => {
        telemetry.watchRestarted(kind, cause);
      },
    });
    this.#outbox = this.#sending();
    telemetry.view.ask(() => this.#view());
    this.#measurer = this.#measuring();
    this.#controller = new Controller({
      kube,
      measurer: this.#measurer,
      cache: this.#cache,
      clock,
      schedule,
      log,
      settings,
      trip: (why) => this.#fleetGuard.trip(why),
      reporter,
      observe: telemetry.controller,
      interruptedAt: (key) => interruptedSince(this.#watchesOf(key), clock),
      herald: this.#telling(),
    });
  }

  #view(): View {
    return {
      apps: this.apps,
      noticesWaiting: this.#outbox.waiting(),
      countConditions: countConditions(this.#cache.restless()),
      climbers: climbers(this.#cache.restless()),
      silentSeconds: this.#silentSeconds(),
    };
  }

  #sending(): Outbox {
    const { clock, log, userAgent, clusterName: cluster, telemetry } = this.#options;
    const find: Sources['find'] = (name, namespace) => this.#sources?.find(name, namespace);
    return new Outbox({ clock, log, userAgent, cluster, find, ended: telemetry.noticeEnded });
  }

  #telling(): Herald {
    const isThere = (name: string, namespace: string): boolean => this.#sources?.find(name, namespace) !== undefined;
    const everywhere = (namespace: string): string[] => (this.#sources?.notify() ?? []).filter((name) => isThere(name, namespace));
    return heraldOf({ outbox: this.#outbox, everywhere, isThere, now: () => this.#options.clock.now() });
  }

  #measuring(): RunningMeasurer {
    const { kube, clock, userAgent } = this.#options;
    return measurer({
      kube,
      cache: this.#cache,
      userAgent,
      sources: { find: (name, namespace) => this.#sources?.find(name, namespace) },
      done: (key, question, answered) => {
        if (told(this.#cache.memory(key).answers.measure, question, answered, clock.now())) this.#queue.add(key, 'finish');
      },
    });
  }

  /** Reads who may be asked for measurements. */
  async #open(): Promise<void> {
    const { sources: file, clock, log, telemetry } = this.#options;
    if (file === undefined) return;
    const changed = (gateSources: readonly GateSource[]): void => {
      this.#cache.updateFleet({ gateSources });
      telemetry.receivers(gateSources.map(({ name }) => name));
    };
    const stale = (is: boolean): void => {
      telemetry.sourcesStale(is);
    };
    this.#sources = await openSources({ file, clock, log, changed, stale });
  }

  /** Begins to watch. Nothing is decided before `run`. Rejects when the file of sources cannot be used. */
  async look(): Promise<void> {
    await this.#open();
    const { kube, clock, log, telemetry, namespaces } = this.#options;
    const places = namespaces.length === 0 ? [{}] : namespaces.map((namespace) => ({ namespace }));
    this.#watches = CACHED_KINDS.flatMap((kind) =>
      places.map((place) => ({
        kind,
        ...place,
        watch: watch({
          source: { kind, ...LOOK[kind], ...place },
          sink: this.#cache.sink(kind),
          kube,
          clock,
          log,
          onRestart: (kind, cause) => {
            telemetry.watchRestarted(kind, cause);
          },
          onSinkError: (kind) => {
            telemetry.sinkFailed(kind);
          },
        }),
      })),
    );
    this.#prober.look();
  }

  /** Called when the Lease was read: its annotations concern all Apps. */
  readonly heed = (annotations: Readonly<Record<string, string>>): void => {
    this.#fleetGuard.heed(annotations);
  };

  /** Whether every watch has delivered its first list. Before that, an absent object may exist. */
  synced(): boolean {
    return this.#watches.length > 0 && this.#watches.every(({ watch }) => watch.synced());
  }

  /** Decides and acts until `stop`, once every watch has delivered its first list. */
  async runOnceSynced(): Promise<void> {
    const { concurrency, telemetry, clock, log } = this.#options;
    while (!this.synced() && !this.#stopped) await new Promise<void>((resolve) => clock.after(SYNC_POLL_MS, resolve));
    if (this.#stopped) return;
    await this.#prober.begin();
    log.info('synced', { apps: this.apps });
    const decide = (key: AppKey): Promise<Outcome> => {
      const heardAt = this.#heardAt.get(key) ?? clock.monotonic();
      this.#heardAt.delete(key);
      return this.#controller.reconcile(key, heardAt);
    };
    this.#queue.run((key) => telemetry.timed(() => decide(key)), { concurrency });
  }

  get apps(): number {
    return this.#cache.apps;
  }

  /** What is wrong, if a watch has got nothing but refusals for too long. */
  silent(): string | undefined {
    const quiet = this.#watches.filter(({ watch }) => this.#options.clock.monotonic() - watch.lastContactAt() > SILENT_MS);
    return quiet.length === 0 ? undefined : `${String(quiet.length)} watches have heard nothing for ${String(SILENT_MS / 60_000)} minutes`;
  }

  /** Those that tell of an App. */
  #watchesOf(key: AppKey): Watch[] {
    const concerns = (namespace: string | undefined): boolean => namespace === undefined || key.startsWith(`${namespace}/`);
    return this.#watches.filter(({ namespace }) => concerns(namespace)).map(({ watch }) => watch);
  }

  /** For each kind, how long its watch has been silent, in the worst namespace. */
  #silentSeconds(): Map<CachedKind, number> {
    const now = this.#options.clock.monotonic();
    const longest = new Map<CachedKind, number>();
    for (const { kind, watch } of this.#watches) longest.set(kind, Math.max(longest.get(kind) ?? 0, (now - watch.lastContactAt()) / 1000));
    return longest;
  }

  /** Finishes what is under way, then stops. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#queue.stop();
    this.#measurer.stop();
    this.#outbox.stop();
    this.#sources?.stop();
    this.#prober.stop();
    for (const { watch } of this.#watches) watch.stop();
    await Promise.all(this.#watches.map(({ watch }) => watch.ended));
  }
}
