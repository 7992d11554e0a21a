// Manifests as kubectl reads them: many documents, Lists within them, YAML as Kubernetes understands it. Decides what a text says, never what it
// is good for. A hash depends on it, so what kubectl takes for a number or for true is one here, too.
import { Document, parseAllDocuments } from 'yaml';
import type { ScalarTag, Tags } from 'yaml';
import type { Obj } from '../model/json.ts';
import { exact, obj, text } from '../model/json.ts';

/** One object of a manifest. */
export interface Manifest extends Obj {
  readonly kind: string;
  readonly apiVersion: string;
}

/** kubectl knows it as octal; YAML 1.1 does not. */
const OCTAL: ScalarTag = {
  identify: (value) => typeof value === 'bigint',
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^[-+]?0o[0-7]+$/,
  resolve: (digits) => BigInt(digits.replace(/^[-+]/, '')) * (digits.startsWith('-') ? -1n : 1n),
};

/** kubectl knows neither dates nor sexagesimal numbers: 12:30 is a text. */
const asKubectl = (tags: Tags): Tags => [
  OCTAL,
  ...tags.filter((tag) => typeof tag === 'string' || (tag.tag !== 'tag:yaml.org,2002:timestamp' && (tag as ScalarTag).format !== 'TIME')),
];

const AS_KUBECTL = { version: '1.1', customTags: asKubectl } as const;

/** YAML that kubectl reads as it was meant: what it would take for a number or for true is quoted. */
export function writeManifest(object: unknown): string {
  const document = new Document(object, { ...AS_KUBECTL, aliasDuplicateObjects: false });
  return document.toString({ lineWidth: 0, directives: false, indentSeq: false });
}

/** Every object in a text of YAML or JSON, Lists unfolded, in order. Throws with the line where it cannot be read, or is no object. */
export function readManifests(source: string): readonly Manifest[] {
  return valuesIn(source).flatMap(unfold);
}

function valuesIn(source: string): readonly unknown[] {
  if (/^\s*\{/.test(source)) {
    try {
      return [exact(source)];
    } catch {
      // YAML may begin like that, too.
    }
  }
  const documents = parseAllDocuments(source, { ...AS_KUBECTL, intAsBigInt: true, merge: true });
  return [...documents].map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(error.message);
    return narrowed(document.toJS());
  });
}

/** Integers as JSON gives them: a number where it can carry them. */
function narrowed(value: unknown): unknown {
  if (typeof value === 'bigint') return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  if (Array.isArray(value)) return value.map(narrowed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, narrowed(member)]));
}

function unfold(value: unknown): readonly Manifest[] {
  if (value === null || value === undefined) return [];
  const { kind, items } = obj(value);
  if (typeof kind !== 'string') throw new Error('a document is no Kubernetes object: it has no kind');
  if (kind.endsWith('List') && Array.isArray(items)) return items.flatMap(unfold);
  return [value as Manifest];
}

/** What an object is called. */
export const nameOf = (object: Obj): string => text(obj(object.metadata).name);
export const namespaceOf = (object: Obj): string => text(obj(object.metadata).namespace);

/** Whether an object is of this kind, in any version of its group. */
export const isA = ({ kind, apiVersion }: Obj, wanted: string, group = ''): boolean =>
  kind === wanted && (group === '' ? !text(apiVersion).includes('/') : text(apiVersion).startsWith(`${group}/`));
