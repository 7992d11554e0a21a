// Facts that the API server has not stored yet, or refuses to store. They count as long as this process lives, or until they are stored. They are
// kept in notes, so every decision has to note them again for the next one.
import type { Fact } from '../../model/observed.ts';
import type { VersionId } from '../../model/version.ts';
import type { Timer } from './timer.ts';

export interface Owed<K extends Fact['is']> {
  readonly fact: Extract<Fact, { is: K }>;
  /** When it was decided: ms since the epoch. */
  readonly createdAt: number;
}

const noteOf = (is: Fact['is'], id: VersionId): string => `owed ${id}.${is}`;

/** What the previous decision could not get stored about a version. */
export function owed<K extends Fact['is']>(timer: Timer, is: K, id: VersionId): Owed<K> | undefined {
  const noted = timer.before(noteOf(is, id));
  return noted === undefined ? undefined : (JSON.parse(noted) as Owed<K>);
}

/** Notes it for the next decision. Returns since when, if it has not changed. */
export function owe(timer: Timer, id: VersionId, fact: Extract<Fact, { is: 'held' | 'failed' }>): void {
  const known = owed(timer, fact.is, id);
  const createdAt = known?.fact.by === fact.by ? known.createdAt : timer.now;
  timer.note(noteOf(fact.is, id), JSON.stringify({ fact, createdAt }));
}
