// Facts that the API server has not taken yet, or refuses to: what they say counts for as long as this process lives, or until they are kept.
// Remembered in notes, so whoever decides on one says it again in each decision that it is to outlast.
import type { Fact } from '../../model/observed.ts';
import type { VersionId } from '../../model/version.ts';
import type { Timer } from './timer.ts';

export interface Owed<K extends Fact['is']> {
  readonly fact: Extract<Fact, { is: K }>;
  /** When it was decided: ms since the epoch. */
  readonly createdAt: number;
}

const noteOf = (is: Fact['is'], id: VersionId): string => `owed ${id}.${is}`;

/** What the decision before this one could not get recorded of a version. */
export function owed<K extends Fact['is']>(timer: Timer, is: K, id: VersionId): Owed<K> | undefined {
  const noted = timer.before(noteOf(is, id));
  return noted === undefined ? undefined : (JSON.parse(noted) as Owed<K>);
}

/** Remembers it for the next decision; since when, if it is the same decision still. */
export function owe(timer: Timer, id: VersionId, fact: Extract<Fact, { is: 'held' | 'failed' }>): void {
  const known = owed(timer, fact.is, id);
  const createdAt = known?.fact.by === fact.by ? known.createdAt : timer.now;
  timer.note(noteOf(fact.is, id), JSON.stringify({ fact, createdAt }));
}
