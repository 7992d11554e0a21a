// Makes equal strings share memory, and equal parts of objects. The same names, uids and times occur again and again in what is kept of an App, each
// a copy of its own, since each came in another answer of the API server. With ten thousand Apps the copies are half of all memory.
//
// V8 keeps each property key once, in a weak table. So it is enough to use a string as a key once: from the next garbage collection on, all copies
// share it. We need no table of our own, and nothing to clean up.
import { isDeepStrictEqual } from 'node:util';

/** Longer strings are content and messages, and occur once. */
const LONGEST = 128;

/** Without a prototype it is a dictionary to the engine: a new key changes no shape. */
const keys = Object.create(null) as Record<string, undefined>;

/** Of plain data: every string in it, however deep. */
export function intern(value: unknown): void {
  if (typeof value === 'string') {
    if (value.length > LONGEST) return;
    keys[value] = undefined;
    Reflect.deleteProperty(keys, value);
  } else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) intern(member);
}

/** Of plain data: each part of it that is equal in `other` becomes the same object. Owner, ports and images of an App's objects are alike. */
export function share<T extends object>(value: T, other: T | undefined): void {
  if (other === undefined) return;
  for (const key of Object.keys(value) as (keyof T)[]) {
    const [here, there] = [value[key], other[key]];
    if (typeof here === 'object' && here !== null && here !== there && isDeepStrictEqual(here, there)) value[key] = there;
  }
}
