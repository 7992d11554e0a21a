// What was captured: ConfigMaps that are not ours, as they were when a version was made of them.

declare const copied: unique symbol;
/** Canonical JSON of a ConfigMap's data and binaryData. */
export type SourceText = string & { readonly [copied]: true };

/** A ConfigMap that was captured; without uid it was optional and not there. */
export interface SourceFact {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Of its text. */
  readonly digest: string;
}
