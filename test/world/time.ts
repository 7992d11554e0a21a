// Virtual time: a queue of things that will happen, in order of their instant. Nothing here knows the real clock.
import { setImmediate as turn } from 'node:timers';
import type { Clock } from '../../src/shell/clock.ts';

interface Due {
  readonly at: number;
  readonly then: () => void;
  cancelled: boolean;
}

/** 2026-01-01T00:00:00.400Z: not a whole second, so that one-second timestamps differ from the instant they stand for. */
const EPOCH = 1_767_225_600_400;

export class Time implements Clock {
  #elapsed = 0;
  #due: Due[] = [];
  /** Something waits on promises: the next step lets them run first. */
  #stirred = false;

  now(): number {
    return EPOCH + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, then: () => void): () => void {
    const due: Due = { at: this.#elapsed + Math.max(0, Math.ceil(ms)), then, cancelled: false };
    let i = this.#due.length;
    while (i > 0 && this.#due[i - 1]!.at > due.at) i--;
    this.#due.splice(i, 0, due);
    return () => {
      due.cancelled = true;
    };
  }

  stir(): void {
    this.#stirred = true;
  }

  /** Runs until nothing is due any more, `until` says so, or `ms` have passed. Answers whether nothing is left to happen. */
  async run(ms = Infinity, until: () => boolean = () => false): Promise<boolean> {
    const end = this.#elapsed + Math.ceil(ms);
    for (;;) {
      await this.#settle();
      if (until()) return false;
      while (this.#due[0]?.cancelled === true) this.#due.shift();
      const [next] = this.#due;
      if (next === undefined) return true;
      if (next.at > end) {
        this.#elapsed = end;
        return false;
      }
      this.#due.shift();
      this.#elapsed = next.at;
      next.then();
    }
  }

  /** Lets every promise that can go on go on. */
  async #settle(): Promise<void> {
    while (this.#stirred) {
      this.#stirred = false;
      await new Promise<void>((resolve) => turn(resolve));
    }
  }
}

export type Random = () => number;

/** mulberry32: small, fast, the same everywhere. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The seed of the `n`th thing that is drawn from `seed`: neighbours have nothing in common. */
export function mix(seed: number, n: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(n + 1, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x27d4eb2f);
  return (hash ^ (hash >>> 15)) >>> 0;
}
