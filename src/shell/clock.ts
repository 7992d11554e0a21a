// Time as a dependency, so that tests can replace it.

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

/** Wall and monotonic clock differ by less than this unless somebody sets the clock or the machine sleeps. */
const SKEW_MS = 1_000;

/**
 * Whether the wall clock was set, or the machine slept, between two instants. Each is given as wall clock minus monotonic clock, in milliseconds:
 * the monotonic clock stops while a machine is suspended, the wall clock does not.
 */
export const hasJumped = (zeroAt: number, before: number): boolean => Math.abs(zeroAt - before) > SKEW_MS;
