// Flags that decisions need to know: what the person who runs the operator chose for all Apps.
import type { DefaultImages } from './references.ts';

export interface Settings {
  /** How many Apps may roll out a ConfigMap-only change at the same time. */
  readonly maxCandidates: number;
  /** How long an instance with a debug container in it is left alone. */
  readonly debugGraceSeconds: number;
  /** No version is made of a template that names an image by tag, whatever its App allows. */
  readonly requireDigests: boolean;
  /** What is done about images of Apps that do not say; undefined: nothing. */
  readonly images?: DefaultImages;
}

export const DEFAULTS: Settings = { maxCandidates: 10, debugGraceSeconds: 1800, requireDigests: false };
