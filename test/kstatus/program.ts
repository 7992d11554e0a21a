// The real kstatus library.
import { answersOf } from '../tools/go-program.ts';

export interface Kstatus {
  readonly status: 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound' | 'Unknown';
  readonly message: string;
}

/** What kstatus says of each object. */
export const kstatusOf = (objects: readonly object[]): Promise<Kstatus[]> =>
  answersOf({ source: import.meta.dirname, takes: 'half a minute' }, objects);
