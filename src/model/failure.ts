// What can go wrong with one API call, as data. The shell classifies a failure; RESPONSE in the controller says what follows.

export interface Failure {
  readonly is: 'failure';
  readonly kind: FailureKind;
  /** The API server's own words, if it answered. */
  readonly message: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** From Retry-After. */
  readonly retryAfterMs?: number;
}

/**
 * Conflict: the decision saw an older state; decide again now.
 * Transient: no answer, 429 or 5xx; back off.
 * Denied: refused by authorization, validation, admission or quota; somebody has to change something.
 * Exists: a create found the name taken; apply.ts reads who holds it. It becomes success if the object is ours, else a Conflict, and the next
 * decision chooses another name.
 * Gone: the object of the call does not exist.
 * Ending: the namespace is being terminated. Nothing can be created in it any more, and everything in it will be deleted.
 * Bug: our own fault; quarantine the App, serve the others.
 */
export type FailureKind = 'Conflict' | 'Transient' | 'Denied' | 'Exists' | 'Gone' | 'Ending' | 'Bug';

/** `warnings`: what kubectl would have printed to a person (Warning headers). */
export type Result<T> = { readonly is: 'ok'; readonly value: T; readonly warnings?: readonly string[] } | Failure;

export const ok = <T>(value: T, warnings: readonly string[] = []): Result<T> =>
  warnings.length === 0 ? { is: 'ok', value } : { is: 'ok', value, warnings };
export const failure = (kind: FailureKind, message: string, status = 0, retryAfterMs?: number): Failure => ({
  is: 'failure',
  kind,
  message,
  status,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

/**
 * The API server refused this one call, so the rest of the decision can still be done. Not so after a call without an answer, or when the
 * decision saw an older state.
 */
export const isRefusal = ({ kind, status }: Failure): boolean =>
  kind === 'Denied' || kind === 'Bug' || (kind === 'Transient' && status !== 0);
