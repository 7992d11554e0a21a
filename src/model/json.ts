// Reads JSON of unknown shape. Never throws: what is absent or of another type reads as empty.

export type Obj = Readonly<Record<string, unknown>>;
export const obj = (value: unknown): Obj => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Obj) : {});
export const list = (value: unknown): readonly Obj[] => (Array.isArray(value) ? value.map(obj) : []);
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
/** Of labels and the like: a null value counts as absent. */
export const texts = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(obj(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
export const int = (value: unknown, absent: number): number => (typeof value === 'number' ? value : absent);

/** Parses JSON without losing digits: integers beyond 2^53 become bigints. For everything from the API server, and for content. */
export function exact(json: string): unknown {
  // A reviver makes parsing five times slower, and hardly any text needs it.
  return hasLongDigits(json) ? JSON.parse(json, asWritten) : JSON.parse(json);
}

const asWritten = (_key: string, value: unknown, ...[context]: readonly { readonly source?: string }[]): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context!.source!) : value;

/** Every integer beyond 2^53 has at least 16 digits. */
const LONG = 16;

/** Whether the text has that many digits in a row. Looks at every n-th character only: a row of n digits contains one of them. */
function hasLongDigits(json: string): boolean {
  for (let at = LONG - 1; at < json.length; at += LONG) {
    if (!isDigit(json, at)) continue;
    let [from, to] = [at, at];
    while (isDigit(json, from - 1)) from--;
    while (isDigit(json, to + 1)) to++;
    if (to - from >= LONG - 1) return true;
  }
  return false;
}

function isDigit(json: string, at: number): boolean {
  const code = json.charCodeAt(at); // NaN beyond either end
  return code >= 48 && code <= 57;
}

/** Turns bigints back into numbers, for values that are calculated with and not hashed: a person may write one anywhere. */
export function plain<T>(value: T): T {
  if (typeof value === 'bigint') return Number(value) as T;
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value);
  if (members.every(([, member]) => plain(member) === member)) return value;
  const copied = members.map(([key, member]): [string, unknown] => [key, plain(member)]);
  return (Array.isArray(value) ? copied.map(([, member]) => member) : Object.fromEntries(copied)) as T;
}
