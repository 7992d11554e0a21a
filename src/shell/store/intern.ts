// Makes equal strings share memory. The same names, uids and times occur again and again in what is kept of an App, each a copy of its own, since each
// came in another answer of the API server. With ten thousand Apps the copies are half of all memory.
//
// V8 keeps each property key once, in a weak table. So it is enough to use a string as a key once: from the next garbage collection on, all copies
// share it. We need no table of our own, and nothing to clean up.

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
