// stub
import type { InstanceSeen, Notes } from '../model/observed.ts';

/** How long one App's compromise counts for the circuit breaker. */
export const COMPROMISE_MS = 5 * 60_000;
const FOUND = 'compromised';

/** Whether the decision that left these notes, made at `now`, found something compromised that was not before. */
export const foundCompromise = (notes: Notes, now: number): boolean => notes[FOUND]?.since === now;

/** What a look at an instance is about: it is out of date once any of this has changed. */
export const stateOf = ({ uid, generation, touched }: InstanceSeen): string => `${uid}@${String(generation)} ${touched.join(' ')}`;
