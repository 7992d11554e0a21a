// Time, handed in: the process has one, tests have another.

export interface Clock {
  /** Wall clock, milliseconds since the epoch. For what people read and what other machines compare. */
  now(): number;
  /** Never goes back, milliseconds from an arbitrary start. For durations. */
  monotonic(): number;
  /** Runs `then` once, after at least `ms`; the answer cancels. */
  after(ms: number, then: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};
