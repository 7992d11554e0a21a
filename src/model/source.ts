// Captured ConfigMaps: not ours, and copied into a version as they were at that time.

declare const copied: unique symbol;
/** Canonical JSON of a ConfigMap's data and binaryData. */
export type SourceText = string & { readonly [copied]: true };

/** A captured ConfigMap; without uid it was optional and did not exist. */
export interface SourceFact {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Of its text. */
  readonly digest: string;
}
