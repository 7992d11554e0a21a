// What whoever runs the operator decides for all Apps, by flags.

export interface Settings {
  /** Apps that may bring up versions at the same time which only a captured change made. */
  readonly maxCandidates: number;
  /** How long an instance with a debug container in it is left alone. */
  readonly debugGraceSeconds: number;
}

export const DEFAULTS: Settings = { maxCandidates: 10, debugGraceSeconds: 1800 };
