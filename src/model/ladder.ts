// A ladder: Services beside one of spec, each with a fixed share of its traffic in a route that nobody edits. Decides what its Services are called
// and which part of the shape they have; never where they send traffic.
import { int, list } from './json.ts';
import type { Obj } from './json.ts';

/** One Service of a ladder. */
export interface Rung {
  /** The Service of spec. */
  readonly of: string;
  /** From 1. */
  readonly position: number;
  /** The share of the traffic that a version has once this rung and all below it lend to it. */
  readonly percent: number;
  /** How long it stays at that share at least. */
  readonly seconds: number;
  /** It moves together with the Service itself: that is the switch. */
  readonly isTop: boolean;
}

/** What a rung has lent, written on it together with its selector. */
export interface Share {
  /** As in Rung; 0 for a rung that was put back. */
  readonly percent: number;
  /** RFC 3339. */
  readonly at: string;
}

export const rungName = ({ of, position }: Pick<Rung, 'of' | 'position'>): string => `${of}-r${String(position)}`;

export function rungsOf(service: string, ladder: unknown): Rung[] {
  const entries = list(ladder);
  return entries.map(({ percent, seconds }, i) => ({
    of: service,
    position: i + 1,
    percent: int(percent, 100),
    seconds: int(seconds, 0),
    isTop: i === entries.length - 1,
  }));
}

/** What a route says of each: what it adds to the shares below it. */
export const weightsOf = (rungs: readonly Rung[]): number[] => rungs.map(({ percent }, i) => percent - (rungs[i - 1]?.percent ?? 0));

const KEPT: ReadonlySet<string> = new Set([
  ...['ports', 'sessionAffinity', 'sessionAffinityConfig', 'internalTrafficPolicy', 'trafficDistribution'],
  ...['ipFamilies', 'ipFamilyPolicy'],
]);

/** The shape of a Service without what only one Service can have, or what lets clients in from outside: a rung is reached by a route only. */
export const inside = (spec: Obj): Obj => ({
  ...Object.fromEntries(Object.entries(spec).filter(([field]) => KEPT.has(field))),
  ports: list(spec.ports).map(({ nodePort: _, ...port }) => port),
});
