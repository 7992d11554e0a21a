// Maps content that means the same to the same value, so that spelling alone makes no new version. Base64 may be split over lines, and its last
// letter may have unused bits: the API server keeps neither. In a pod an empty list means the same as none, and server-side apply leaves one
// or the other, depending on what was there before. Empty maps are kept: they may mean something.
import { obj } from './json.ts';
import type { Json, JsonObject } from './version.ts';

/** A value of another type stays as it is: whether it is allowed is the schema's business. */
const BASE64 = /^[A-Za-z0-9+/\r\n]*[=\r\n]*$/;

/** The same bytes on one line, as the API server stores them. */
export const respelt = (base64: string): string => (BASE64.test(base64) ? Buffer.from(base64, 'base64').toString('base64') : base64);

/** Skips the work for content with neither empty lists nor bytes, which is most. */
export const isPlainlySaid = (content: string): boolean => !content.includes(':[]') && !content.includes('"binaryData"');

/** {template, config} without empty lists, its bytes in one spelling. */
export function meaningOf(content: JsonObject): JsonObject {
  const { config, ...rest } = withoutEmptyLists(content) as JsonObject;
  return isList(config) ? { ...rest, config: config.map(respeltEntry) } : { ...rest, ...(config === undefined ? {} : { config }) };
}

function withoutEmptyLists(value: Json): Json {
  if (isList(value)) return value.map(withoutEmptyLists);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => !(isList(member) && member.length === 0));
  return Object.fromEntries(members.map(([key, member]) => [key, withoutEmptyLists(member)]));
}

function respeltEntry(entry: Json): Json {
  const bytes = Object.entries(obj(obj(entry).binaryData));
  if (bytes.length === 0) return entry;
  const binaryData = Object.fromEntries(bytes.map(([key, value]) => [key, typeof value === 'string' ? respelt(value) : value]));
  return { ...(entry as JsonObject), binaryData: binaryData as JsonObject };
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
