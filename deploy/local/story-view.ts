// What can be seen of one App on a cluster, through watches: the story tells nothing that is not in here. Every sighting has the
// instant at which it reached us; nothing is asked for twice and nothing is written.
import { list, obj, int, text, type Obj } from '../../src/model/json.ts';
import { ANNOTATION, LABEL } from '../../src/model/vocabulary.ts';
import { systemClock } from '../../src/shell/clock.ts';
import { fromKubeconfig } from '../../src/shell/api/connection.ts';
import { connect, type Source } from '../../src/shell/api/kube.ts';
import { watch, type Sink } from '../../src/shell/api/watch.ts';

/** Instants are milliseconds on the process's monotonic clock. */
export interface Move {
  readonly at: number;
  readonly from: string;
  readonly to: string;
}

/** An instance had all the pods it was to have, while another one served. */
export interface Full {
  readonly at: number;
  readonly pods: number;
  readonly serving: string;
  readonly servingPods: number;
}

export interface Minted {
  readonly id: string;
  readonly name: string;
  readonly at: number;
}

/** Ready endpoints of the Service, counted by instance. */
export interface Endpoints {
  readonly at: number;
  readonly ready: ReadonlyMap<string, number>;
  readonly total: number;
}

export interface VersionStatus {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly message: string;
  /** Gates of its author. */
  readonly passed: readonly string[];
  /** Since when it has been reported so. */
  readonly since: number;
}

export class View {
  readonly moves: Move[] = [];
  readonly full = new Map<string, Full>();
  readonly created: Minted[] = [];
  /** Frozen config objects, by version. */
  readonly frozen = new Map<string, { readonly at: number; readonly name: string }>();
  readonly endpoints: Endpoints[] = [];
  readonly podsSeen = new Map<string, number>();
  readonly retired = new Map<string, number>();
  /** When the App last got another generation. */
  changedAt = 0;
  generation = 0;
  versions: readonly VersionStatus[] = [];
  conditions: readonly Obj[] = [];

  readonly #app: string;
  readonly #deployments = new Map<string, Obj>();
  readonly #podInstances = new Map<string, string>();
  readonly #slices = new Map<string, Obj>();
  #serving = '';
  #changed = Promise.withResolvers<undefined>();
  #close: (() => Promise<void>) | undefined;

  constructor(app: string) {
    this.#app = app;
  }

  /** Watches until close(). Everything that exists has been seen when this returns. */
  async open(kubeconfig: string, namespace: string, signal: AbortSignal): Promise<void> {
    const connection = await fromKubeconfig({ files: [kubeconfig], clock: systemClock });
    const kube = connect({ connection, userAgent: 'immutableapp-story' });
    const ours = { namespace, labelSelector: `${LABEL.app}=${this.#app}` };
    const looks: readonly [Source, (raw: Obj, at: number) => void, ((raw: Obj, at: number) => void)?][] = [
      [{ kind: 'ImmutableApp', namespace }, this.#seeApp],
      [{ kind: 'ControllerRevision', ...ours }, this.#seeRecord],
      [{ kind: 'ConfigMap', ...ours }, this.#seeConfig],
      [{ kind: 'Deployment', ...ours }, this.#seeDeployment, this.#missDeployment],
      [{ kind: 'Pod', ...ours, metadataOnly: true }, this.#seePod],
      [{ kind: 'Service', namespace }, this.#seeService],
      [{ kind: 'EndpointSlice', namespace, labelSelector: `kubernetes.io/service-name=${this.#app}` }, this.#seeSlice, this.#missSlice],
    ];
    const watches = looks.map(([source, see, miss]) =>
      watch({ source, sink: this.#sink(see, miss), kube, clock: systemClock, log: SILENT }),
    );
    this.#close = async () => {
      for (const one of watches) one.stop();
      await kube.close();
    };
    await this.until(() => watches.every((one) => one.synced()) || undefined, signal);
  }

  async close(): Promise<void> {
    const close = this.#close;
    this.#close = undefined;
    await close?.();
  }

  /** Looks again at every sighting until it sees something. Rejects when `signal` aborts. */
  async until<T>(look: () => T | undefined, signal: AbortSignal): Promise<T> {
    const aborted = Promise.withResolvers<undefined>();
    const abort = (): void => {
      aborted.reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort);
    try {
      for (;;) {
        signal.throwIfAborted();
        const change = this.#changed.promise;
        const seen = look();
        if (seen !== undefined) return seen;
        await Promise.race([change, aborted.promise]);
      }
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Pods of an instance that are available now. */
  available(instance: string): number {
    return int(obj(this.#deployments.get(instance)?.status).availableReplicas, 0);
  }

  state(id: string): VersionStatus | undefined {
    return this.versions.find((version) => version.id === id);
  }

  #sink(see: (raw: Obj, at: number) => void, miss?: (raw: Obj, at: number) => void): Sink {
    const told = (): void => {
      const { resolve } = this.#changed;
      this.#changed = Promise.withResolvers<undefined>();
      resolve(undefined);
    };
    return {
      begin: told,
      put: (raw) => {
        see.call(this, raw as Obj, performance.now());
        told();
      },
      drop: (raw) => {
        miss?.call(this, raw as Obj, performance.now());
        told();
      },
      end: told,
    };
  }

  #seeApp(raw: Obj, at: number): void {
    const { name, generation } = obj(raw.metadata);
    if (name !== this.#app) return;
    if (int(generation, 0) !== this.generation) {
      this.generation = int(generation, 0);
      this.changedAt = at;
    }
    const status = obj(raw.status);
    this.conditions = list(status.conditions);
    this.versions = list(status.versions).map((version) => {
      const [id, state, reason] = [text(version.id), text(version.state), text(version.reason)];
      const [before, message] = [this.state(id), text(version.message)];
      const passed = list(version.gates).flatMap(({ name, verdict }) => (verdict === 'pass' ? [text(name)] : []));
      return { id, state, reason, message, passed, since: before?.state === state && before.reason === reason ? before.since : at };
    });
  }

  #seeRecord(raw: Obj, at: number): void {
    const id = text(obj(obj(raw.metadata).labels)[LABEL.version]);
    const data = obj(raw.data);
    if (data.fact !== undefined || this.created.some((one) => one.id === id)) return;
    this.created.push({ id, name: text(data.name), at });
  }

  #seeConfig(raw: Obj, at: number): void {
    const { name, labels } = obj(raw.metadata);
    if (raw.immutable === true) this.frozen.set(text(obj(labels)[LABEL.version]), { at, name: text(name) });
  }

  #seeDeployment(raw: Obj, at: number): void {
    const { name, generation } = obj(raw.metadata);
    const [instance, status, wanted] = [text(name), obj(raw.status), int(obj(raw.spec).replicas, 0)];
    this.#deployments.set(instance, raw);
    const complete = status.observedGeneration === generation && int(status.availableReplicas, 0) === wanted;
    if (!complete || this.full.has(instance)) return;
    this.full.set(instance, { at, pods: wanted, serving: this.#serving, servingPods: this.available(this.#serving) });
  }

  #missDeployment(raw: Obj, at: number): void {
    const name = text(obj(raw.metadata).name);
    this.#deployments.delete(name);
    this.retired.set(name, at);
  }

  #seePod(raw: Obj, at: number): void {
    const { name, labels } = obj(raw.metadata);
    this.#podInstances.set(text(name), text(obj(labels)[LABEL.instance]));
    if (!this.podsSeen.has(text(name))) this.podsSeen.set(text(name), at);
  }

  #seeService(raw: Obj, at: number): void {
    const { name, annotations } = obj(raw.metadata);
    const to = text(obj(obj(raw.spec).selector)[LABEL.instance]);
    if (name !== this.#app || to === this.#serving || obj(annotations)[ANNOTATION.stamp] === undefined) return;
    this.moves.push({ at, from: this.#serving, to });
    this.#serving = to;
  }

  #seeSlice(raw: Obj, at: number): void {
    this.#slices.set(text(obj(raw.metadata).name), raw);
    this.#countEndpoints(at);
  }

  #missSlice(raw: Obj, at: number): void {
    this.#slices.delete(text(obj(raw.metadata).name));
    this.#countEndpoints(at);
  }

  #countEndpoints(at: number): void {
    const ready = new Map<string, number>();
    for (const endpoint of [...this.#slices.values()].flatMap((slice) => list(slice.endpoints))) {
      if (obj(endpoint.conditions).ready !== true) continue;
      const instance = this.#podInstances.get(text(obj(endpoint.targetRef).name)) ?? '?';
      ready.set(instance, (ready.get(instance) ?? 0) + 1);
    }
    this.endpoints.push({ at, ready, total: [...ready.values()].reduce((sum, count) => sum + count, 0) });
  }
}

const nothing = (): void => undefined;
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => SILENT };
