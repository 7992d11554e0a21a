// Makes equal strings one. What is kept of an App says the same names, uids and instants again and again, each a copy of its own since
// each came in another answer of the API server; with ten thousand Apps the copies are half of all memory.
//
// The key of a property is a string that the engine has once, in a table of its own that keeps nothing alive. So it is enough to make a
// key of a string: from the next garbage collection on every place that holds it holds that one. No table of ours, nothing to forget.

/** Longer ones are content and messages, each there once. */
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
