// Time as a forecast has it: it passes only when asked to, from one thing that is due to the next. Decides nothing.
import type { Clock } from '../../shell/clock.ts';

interface Due {
  readonly at: number;
  readonly then: () => void;
}

export class VirtualTime implements Clock {
  readonly #startedAt: number;
  #passed = 0;
  /** In the order in which they were asked for. */
  #due: Due[] = [];

  /** `startedAt`: what the wall clock shows at the beginning. */
  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  now(): number {
    return this.#startedAt + this.#passed;
  }

  /** Milliseconds since the beginning. */
  monotonic(): number {
    return this.#passed;
  }

  after(ms: number, then: () => void): () => void {
    const due = { at: this.#passed + Math.max(0, ms), then };
    this.#due.push(due);
    return () => {
      this.#due = this.#due.filter((other) => other !== due);
    };
  }

  /** Goes on to what is due next and does it; false if nothing is, or nothing by then. */
  advance(until: number): boolean {
    const next = this.#due.reduce<Due | undefined>((first, due) => (first === undefined || due.at < first.at ? due : first), undefined);
    if (next === undefined || next.at > until) return false;
    this.#due = this.#due.filter((due) => due !== next);
    this.#passed = next.at;
    next.then();
    return true;
  }
}
