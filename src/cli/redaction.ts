// Takes out of objects what may be secret or is nobody's business: values of env, commands, what config says, annotations of others. Names, sizes and
// what the operator reported stay. Pure.
import { createHash } from 'node:crypto';
import { GROUP } from '../model/vocabulary.ts';

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys whose whole value is replaced by its size, wherever they stand. */
const HIDDEN = new Set(['command', 'args', 'httpHeaders', 'data', 'binaryData', 'stringData', 'content', 'gzip']);

const digest = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `(${Buffer.byteLength(text)} bytes, sha256:${createHash('sha256').update(text).digest('hex').slice(0, 12)})`;
};

export function redact(value: unknown, key = ''): unknown {
  if (Array.isArray(value))
    return HIDDEN.has(key) ? digest(value) : value.map((item: unknown) => (key === 'env' ? variable(item) : redact(item)));
  if (!isObject(value)) return HIDDEN.has(key) ? digest(value) : value;
  if (key === 'annotations') return each(value, (item, name) => (name.startsWith(`${GROUP}/`) ? item : digest(item)));
  if (HIDDEN.has(key) && !isRecord(key, value)) return each(value, digest);
  return each(value, redact);
}

/** What a record of ours holds beside the content: fingerprint, names, facts. */
const isRecord = (key: string, value: Json): boolean =>
  key === 'data' && ('fingerprint' in value || Object.values(value).some((item) => isObject(item) && 'is' in item));

const each = (value: Json, change: (item: unknown, name: string) => unknown): Json =>
  Object.fromEntries(Object.entries(value).map(([name, item]) => [name, change(item, name)]));

/** The name, and where the value comes from; never the value. */
function variable(item: unknown): unknown {
  if (!isObject(item)) return item;
  return 'value' in item ? { ...item, value: digest(item.value) } : item;
}
