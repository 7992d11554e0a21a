// What a person is told of a migration, and the pieces it is put together from. Decides nothing.
import type { Obj } from '../../model/json.ts';
import { obj } from '../../model/json.ts';

export interface Note {
  /**
   * `changed`: the App's pods have it otherwise than the workload's. `lost`: it has no place in an App, and what to do instead. `look`: it works,
   * if what is said is so.
   */
  readonly is: 'changed' | 'lost' | 'look';
  readonly says: string;
}

export const changed = (says: string): Note => ({ is: 'changed', says });
export const lost = (says: string): Note => ({ is: 'lost', says });
export const look = (says: string): Note => ({ is: 'look', says });

/** A piece of the App's spec, and what has to be said of it. */
export interface Part {
  readonly spec?: Obj;
  readonly notes?: readonly Note[];
}

/** Nothing can be made of this workload: what it is that prevents it, and what a person can do. */
export class Unfit extends Error {}

/** Members of what comes later win; objects are put together, lists are not. */
export function merge(pieces: readonly Obj[]): Obj {
  const merged: Record<string, unknown> = {};
  for (const piece of pieces) {
    for (const [key, value] of Object.entries(piece)) {
      merged[key] = isObject(merged[key]) && isObject(value) ? merge([obj(merged[key]), value]) : value;
    }
  }
  return merged;
}

const isObject = (value: unknown): value is Obj => typeof value === 'object' && value !== null && !Array.isArray(value);

/** 'a', 'a and b', 'a, b and c'. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
