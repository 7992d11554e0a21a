// One content for what means the same, so that no version is told from another by how somebody wrote it. Base64 may stand on several lines,
// and its last letter may say bits that mean nothing: a ConfigMap keeps none of that. An empty list is none in a pod, and a server-side apply
// that empties one keeps it or drops it, by what was there before. Decides nothing else: an empty map may mean something.
import { obj } from './json.ts';
import type { Json, JsonObject } from './version.ts';

/** What is something else stays as it is: whether it may is the schema's business. */
const BASE64 = /^[A-Za-z0-9+/\r\n]*[=\r\n]*$/;

/** The same bytes on one line, as the API server writes them. */
export const respelt = (base64: string): string => (BASE64.test(base64) ? Buffer.from(base64, 'base64').toString('base64') : base64);

/** Most content says nothing, in canonical form, that could have been written otherwise. */
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
