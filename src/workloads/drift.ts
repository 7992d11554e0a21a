// How an instance differs from what was published, in words.
import type { Differences, SpecWriter } from '../model/observed.ts';

export interface Specimen {
  readonly deployment: unknown;
  readonly published: unknown;
  readonly replicaSets: readonly unknown[];
  readonly pods: readonly unknown[];
}
export const compare = (_: Specimen): Differences => ({ deployment: [], writers: [], replicaSets: [], pods: [], debugged: [] });
export const specWriters = (_: unknown): readonly SpecWriter[] => [];
