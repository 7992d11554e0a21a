// What can go wrong with one call, as data. The shell classifies, one table answers.

export interface Failure {
  readonly is: 'failure';
  readonly kind: FailureKind;
  /** The API server's own words where it spoke. */
  readonly message: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The API server asked for this much patience. */
  readonly retryAfterMs?: number;
}

/**
 * Conflict: what the decision saw is no longer so; look again now.
 * Transient: no answer, 429 or 5xx; back off.
 * Denied: refused by authorization, validation, admission or quota; someone has to change something.
 * Exists: a create found the name taken; apply.ts looks who holds it and makes it success, or a Conflict: another name is chosen.
 * Gone: the object of the call does not exist.
 * Ending: the namespace is being terminated. Nothing can be made in it any more, and what it holds goes with it.
 * Bug: our own fault; quarantine the App, serve the others.
 */
export type FailureKind = 'Conflict' | 'Transient' | 'Denied' | 'Exists' | 'Gone' | 'Ending' | 'Bug';

/** `warnings`: what the API server said beside its answer, and would have printed to a person. */
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

/** The API server said no to this very call: what else was decided stands. It did not if no answer came, or what was seen is no longer so. */
export const isRefusal = ({ kind, status }: Failure): boolean =>
  kind === 'Denied' || kind === 'Bug' || (kind === 'Transient' && status !== 0);
