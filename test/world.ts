// A whole cluster in one object, on virtual time: the API server's rules, the controllers around it, the operator under test, and
// people. Everything that happens is drawn from one seed, so whatever fails can be played again.
import type { Answered } from '../src/gates/measured.ts';
import type { Measuring } from '../src/model/measure.ts';
import type { Clock } from '../src/shell/clock.ts';
import type { Settings } from '../src/model/settings.ts';
import { DEFAULTS } from '../src/model/settings.ts';
import type { Failure } from '../src/model/failure.ts';
import type { Stored, StoredKind, Transition } from './world/store.ts';
import { Store } from './world/store.ts';
import { startActors } from './world/actors.ts';
import { startJobs } from './world/jobs.ts';
import { Operator } from './world/operator.ts';
import { Oracles } from './world/oracles.ts';
import type { Fault, Request, Wiring } from './world/server.ts';
import { line } from './world/server.ts';
import { seeded, Time } from './world/time.ts';
import type { Random } from './world/time.ts';

export interface Weather {
  /** One way, in milliseconds. */
  readonly latency: readonly [number, number];
  readonly kubelet: readonly [number, number];
  readonly deployments: readonly [number, number];
  readonly slices: readonly [number, number];
  readonly watch: readonly [number, number];
  /** Kinds whose news take longer than the others'. */
  readonly slow: Partial<Record<StoredKind, number>>;
  /** Kinds of which no single news ever come: only what is listed anew after a while. */
  readonly silent: readonly StoredKind[];
  /** Share of news that is lost with its watch, and that comes twice. */
  readonly lost: number;
  readonly repeated: number;
  /** How long it takes until another process takes over. */
  readonly restart: number;
  /** The wall clock of the first process is ahead by this, that of the next behind, and so on. */
  readonly skew: number;
  /** Endpoints in one EndpointSlice. */
  readonly sliceSize: number;
}

export const CALM: Weather = {
  latency: [1, 1],
  kubelet: [1_500, 1_500],
  deployments: [10, 10],
  slices: [40, 40],
  watch: [2, 2],
  slow: {},
  silent: [],
  lost: 0,
  repeated: 0,
  restart: 1_000,
  skew: 0,
  sliceSize: 100,
};

export const ROUGH: Weather = {
  latency: [1, 30],
  kubelet: [200, 4_000],
  deployments: [1, 400],
  slices: [5, 2_500],
  watch: [1, 800],
  slow: {},
  silent: [],
  lost: 0.02,
  repeated: 0.1,
  restart: 1_000,
  skew: 0,
  sliceSize: 100,
};

export interface WorldOptions {
  readonly seed?: number;
  readonly weather?: Partial<Weather>;
  /** What goes wrong, by number of the request. */
  readonly faults?: Iterable<readonly [number, Fault]>;
  /** What the API server refuses. */
  readonly refuse?: (request: Request) => Failure | undefined;
  /** What somebody does as soon as a request has had its effect, by number of the request; 0 is after each. */
  readonly disturb?: ReadonlyMap<number, (world: World) => void>;
  /** What the person who runs the operator chose. */
  readonly settings?: Settings;
  /** One more judge of every change, beside the oracles. */
  readonly judge?: (transition: Transition, world: World) => void;
}

export const NAMESPACE = 'team';
/** Longer than anything the operator ever waits for. */
export const LONG_MS = 3 * 3600_000;

export class World {
  readonly time = new Time();
  readonly store = new Store(() => this.time.now());
  readonly random: Random;
  readonly requests: Request[] = [];
  readonly oracles: Oracles;
  operator: Operator;
  /** How many processes there have been. */
  processes = 0;
  /** Who is measured for gates; until a story says otherwise nobody answers. */
  answerTo: (question: Measuring) => Answered = () => ({ is: 'error', message: 'nobody answers' });
  /** Since when the operator knows that a watch of its is interrupted. */
  interruptedAt: () => number | undefined = () => undefined;
  #restarting = false;
  readonly #options: WorldOptions;
  readonly #weather: Weather;
  readonly #wiring: Wiring;

  constructor(options: WorldOptions = {}) {
    const weather = { ...CALM, ...options.weather };
    const random = seeded(options.seed ?? 1);
    const between = ([low, high]: readonly [number, number]) => (low === high ? low : Math.round(low + random() * (high - low)));
    this.#options = options;
    this.#weather = weather;
    this.random = random;
    this.oracles = new Oracles(this.store, this.time, this.requests, weather.lost > 0 || weather.silent.length > 0);
    this.#wiring = {
      store: this.store,
      time: this.time,
      requests: this.requests,
      faults: new Map(options.faults ?? []),
      refuse: (request) => options.refuse?.(request),
      latency: () => between(weather.latency),
      settings: options.settings ?? DEFAULTS,
      answerTo: (question) => this.answerTo(question),
      interruptedAt: () => this.interruptedAt(),
      before: (request) => {
        this.oracles.beforeRequest(request);
      },
      after: (request) => {
        this.oracles.afterRequest(request);
        this.#options.disturb?.get(request.number)?.(this);
        this.#options.disturb?.get(0)?.(this);
      },
    };
    this.store.listen((transition) => {
      this.oracles.judge(transition);
      options.judge?.(transition, this);
    });
    startActors(this.store, this.time, {
      deployments: () => between(weather.deployments),
      kubelet: () => between(weather.kubelet),
      grace: () => 500,
      slices: () => between(weather.slices),
      sliceSize: weather.sliceSize,
      collector: () => 20,
    });
    startJobs(this.store, this.time, {
      controller: () => between(weather.deployments),
      kubelet: () => between(weather.kubelet),
    });
    this.operator = this.#launch();
    this.store.listen((transition) => {
      this.operator.hear(transition);
    });
  }

  /** The process dies, and with it everything it knew; another one starts a little later. */
  crash(): void {
    this.operator.stop();
    this.#restart();
  }

  #restart(): void {
    if (this.#restarting) return;
    this.#restarting = true;
    this.time.after(this.#weather.restart, () => {
      this.#restarting = false;
      this.operator = this.#launch();
    });
  }

  #launch(): Operator {
    const { slow, silent, watch, lost, repeated, skew } = this.#weather;
    const watching = {
      delay: (kind: StoredKind) => slow[kind] ?? Math.round(watch[0] + (watch[0] === watch[1] ? 0 : this.random() * (watch[1] - watch[0]))),
      fate: (kind: StoredKind) => {
        if (silent.includes(kind)) return 'is lost' as const;
        if (lost + repeated === 0) return 'arrives' as const;
        const drawn = this.random();
        return drawn < lost ? 'is lost' : drawn < lost + repeated ? 'repeats' : 'arrives';
      },
      told: (kind: StoredKind, object: Stored) => {
        if (kind === 'Deployment') this.oracles.heard(object);
      },
    };
    this.processes++;
    const ahead = this.processes % 2 === 1 ? skew : -skew;
    const clock: Clock = {
      now: () => this.time.now() + ahead,
      monotonic: () => this.time.monotonic(),
      after: (ms, then) => this.time.after(ms, then),
    };
    const operator = new Operator(this.#wiring, clock, watching, `operator-${String(this.processes)}`, () => {
      this.#restart();
    });
    operator.start();
    return operator;
  }

  /** The `ahead`th request from now goes wrong. */
  fault(ahead: number, fault: Fault): void {
    this.#wiring.faults.set(this.requests.length + ahead, fault);
  }

  /** Until nothing is left to happen, or `ms` have passed. */
  async settle(ms = LONG_MS): Promise<boolean> {
    return this.time.run(ms);
  }

  /** Until an instant of this world, whether anything happens or not. */
  async until(at: number): Promise<void> {
    const ms = at - this.time.monotonic();
    this.time.after(ms, () => undefined);
    await this.time.run(ms);
  }

  // What people do.

  apply(kind: StoredKind, object: object): Stored {
    const made = this.store.create('human', kind, object);
    if (made.is === 'failure') throw new Error(made.message);
    return made.value;
  }

  edit(kind: StoredKind, name: string, change: (draft: Stored) => void): void {
    this.store.update('human', kind, NAMESPACE, name, change);
  }

  wipeStatus(name: string): void {
    this.store.update(
      'human',
      'ImmutableApp',
      NAMESPACE,
      name,
      (draft) => {
        draft.status = {};
      },
      { part: 'status' },
    );
  }

  remove(kind: StoredKind, name: string, propagation: 'Background' | 'Orphan' = 'Background'): void {
    this.store.remove('human', kind, NAMESPACE, name, { propagation });
  }

  app(name: string): Stored {
    const found = this.store.get('ImmutableApp', NAMESPACE, name);
    if (found === undefined) throw new Error(`no ImmutableApp ${name}`);
    return found;
  }

  /** What happened, for whoever has to find out why. */
  story(from = 0): string {
    return this.requests
      .filter(({ number }) => number >= from)
      .map(line)
      .join('\n');
  }
}
