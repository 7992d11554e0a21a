// Sees what anybody could see: Apps, their Services and their Deployments, by watches. It says when a phase is over and which
// Deployment a Service was moved to; the times themselves come from the audit log.
import type { Client } from './client.ts';

export interface Sight {
  readonly key: string;
  generation: number;
  observedGeneration: number;
  ready: boolean;
  /** Neither Reconciling nor Stalled. */
  calm: boolean;
  /** Names of the version that serves. */
  serving: readonly string[];
  /** For people, when it takes too long. */
  says: string;
  /** What its Service selects, and how many times that was moved. */
  instance: string;
  switchNumber: number;
  /** Deployments by name: when all pods were first seen available, by Date.now(); undefined before. */
  readonly instances: Map<string, { readonly uid: string; availableAt: number | undefined; complete: boolean; gone: boolean }>;
}

interface Meta {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
interface AppObject {
  readonly metadata: Meta;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly activeVersion?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly versions?: readonly { readonly id: string; readonly names?: readonly string[] }[];
  };
}
interface ServiceObject {
  readonly metadata: Meta;
  readonly spec: { readonly selector?: Readonly<Record<string, string>> };
}
interface DeploymentObject {
  readonly metadata: Meta;
  readonly spec: { readonly replicas: number };
  readonly status: { readonly observedGeneration?: number; readonly availableReplicas?: number };
}

const APP_LABEL = 'immutableapp.io/app';
const SELECTED = `labelSelector=${encodeURIComponent(APP_LABEL)}`;

export class Observer {
  readonly #sights = new Map<string, Sight>();
  readonly #stop = new AbortController();
  #shaken = 0;
  readonly #listeners = new Set<(sight: Sight) => void>();
  #broken: (error: Error) => void = () => undefined;
  /** Rejects when a watch breaks: nothing that was seen since would be complete. */
  readonly broken = new Promise<never>((_, reject) => (this.#broken = reject));

  constructor(client: Client) {
    this.broken.catch(() => undefined);
    const follow = async (path: string, see: (object: object, gone: boolean) => Sight): Promise<void> => {
      try {
        for await (const { type, object } of client.watch(path, this.#stop.signal)) {
          const sight = see(object, type === 'DELETED');
          for (const listener of this.#listeners) listener(sight);
        }
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#broken(error as Error);
      }
    };
    void follow('/apis/immutableapp.io/v1alpha1/immutableapps', (object) => this.#app(object as AppObject));
    void follow(`/api/v1/services?${SELECTED}`, (object) => this.#service(object as ServiceObject));
    void follow(`/apis/apps/v1/deployments?${SELECTED}`, (object, gone) => this.#deployment(object as DeploymentObject, gone));
  }

  /** How many Deployments lost pods that nobody had taken from them. On a starved machine the simulated nodes stop reporting. */
  get shaken(): number {
    return this.#shaken;
  }

  sight(key: string): Sight {
    let known = this.#sights.get(key);
    if (known === undefined) {
      const blank = {
        generation: 0,
        observedGeneration: 0,
        ready: false,
        calm: false,
        serving: [],
        says: 'no status',
        instance: '',
        switchNumber: 0,
      };
      known = { key, ...blank, instances: new Map() };
      this.#sights.set(key, known);
    }
    return known;
  }

  /** Resolves when every one of these has satisfied `over`, each judged when something of it changed. */
  all(
    keys: readonly string[],
    over: (sight: Sight) => boolean,
    signal: AbortSignal,
  ): { readonly left: Set<string>; readonly done: Promise<void> } {
    const left = new Set(keys.filter((key) => !over(this.sight(key))));
    const done = new Promise<void>((resolve, reject) => {
      const finish = (then: () => void) => {
        this.#listeners.delete(look);
        signal.removeEventListener('abort', onAbort);
        then();
      };
      const onAbort = () => {
        finish(() => {
          reject(signal.reason as Error);
        });
      };
      const look = (sight: Sight) => {
        if (left.has(sight.key) && over(sight)) left.delete(sight.key);
        if (left.size === 0) finish(resolve);
      };
      this.#listeners.add(look);
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      else if (left.size === 0) finish(resolve);
    });
    return { left, done: Promise.race([done, this.broken]) };
  }

  stop(): void {
    this.#stop.abort();
  }

  #of({ namespace, name, labels }: Meta): Sight {
    return this.sight(`${namespace}/${labels?.[APP_LABEL] ?? name}`);
  }

  #app({ metadata, status = {} }: AppObject): Sight {
    const sight = this.sight(`${metadata.namespace}/${metadata.name}`);
    const { conditions = [], versions = [], activeVersion, observedGeneration = 0 } = status;
    const is = (type: string) => conditions.some((condition) => condition.type === type && condition.status === 'True');
    return Object.assign(sight, {
      generation: metadata.generation ?? 0,
      observedGeneration,
      ready: is('Ready'),
      calm: !is('Reconciling') && !is('Stalled'),
      serving: versions.find(({ id }) => id === activeVersion)?.names ?? [],
      says: conditions.map(({ type, status: value, reason, message }) => `${type}=${value}/${reason ?? ''}: ${message ?? ''}`).join('; '),
    });
  }

  #service({ metadata, spec }: ServiceObject): Sight {
    const stamp = metadata.annotations?.['immutableapp.io/stamp'];
    const { switchNumber } = stamp === undefined ? { switchNumber: 0 } : (JSON.parse(stamp) as { switchNumber: number });
    return Object.assign(this.#of(metadata), { instance: spec.selector?.['immutableapp.io/instance'] ?? '', switchNumber });
  }

  #deployment({ metadata, spec, status }: DeploymentObject, gone: boolean): Sight {
    const sight = this.#of(metadata);
    const { name, uid } = metadata;
    const before = sight.instances.get(name);
    const known = before?.uid === uid ? before : { uid, availableAt: undefined, complete: false, gone: false };
    const complete = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) && status.availableReplicas === spec.replicas;
    const leaving = gone || metadata.deletionTimestamp !== undefined;
    if (known.complete && !leaving && (status.availableReplicas ?? 0) < spec.replicas) this.#shaken++;
    if (complete && !gone) known.availableAt ??= Date.now();
    Object.assign(known, { gone, complete });
    sight.instances.set(name, known);
    return sight;
  }
}

/** How many Deployments it has. */
export const running = ({ instances }: Sight): number => [...instances.values()].filter(({ gone }) => !gone).length;
