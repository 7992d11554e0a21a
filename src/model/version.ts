// The identity of a version: canonical content, fingerprint, and the names of its objects. Depends on its arguments only.
import { createHash } from 'node:crypto';

declare const brand: unique symbol;
type Branded<B extends string> = string & { readonly [brand]: B };
export type VersionId = Branded<'VersionId'>;
export type Fingerprint = Branded<'Fingerprint'>;
export type InstanceName = Branded<'InstanceName'>;
/** `namespace/name` of an App. */
export type AppKey = Branded<'AppKey'>;

export const FINGERPRINT_SCHEME = 'v1';
/** Letters and digits that are safe in names and form no words: the alphabet that Kubernetes uses for generated suffixes. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const BASE = ALPHABET.length;
const DIGITS = 54; // ⌈256 / log2(27)⌉
const NINE_DIGITS = BigInt(BASE) ** 9n;
const ID_DIGITS = 10;
/** Larger content is refused before anything is tried: etcd refuses objects above about 1.5 MB. */
export const MAX_CONTENT_BYTES = 1024 * 1024;

export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = Readonly<Record<string, Json>>;

/**
 * RFC 8785 canonical JSON, without members whose value is null, and with integers beyond 2^53 as they were written. Throws on a number that
 * was parsed with a loss of digits.
 */
export function canonical(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return canonicalNumber(value);
  if (typeof value === 'bigint') return String(value);
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.keys(value)
    .filter((key) => value[key] !== null && value[key] !== undefined)
    .sort() // by UTF-16 code units, as RFC 8785 asks
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`);
  return `{${members.join(',')}}`;
}

/** The number of readings triples with each null, so nulls are read one by one only up to four of them. */
const READINGS = [null, {}, []] as const satisfies readonly Json[];
const MOST_NULLS = 4;

/**
 * All values that this one may have been before a server-side apply, which leaves a null where it empties a map or a list. The value itself
 * comes first; if it has many nulls, all of them get the same reading.
 */
export function readings(value: Json): readonly Json[] {
  let nulls = 0;
  filled(value, () => (nulls++, null));
  if (nulls === 0) return [value];
  const apart = nulls <= MOST_NULLS;
  const count = apart ? READINGS.length ** nulls : READINGS.length;
  return Array.from({ length: count }, (_, reading) => {
    let rest = reading;
    return filled(value, () => {
      const [now, then] = [rest % READINGS.length, Math.floor(rest / READINGS.length)];
      rest = apart ? then : reading;
      return READINGS[now]!;
    });
  });
}

/** A copy with each null member replaced, in a fixed order. */
function filled(value: Json, next: () => Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item) => filled(item, next));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, member === null ? next() : filled(member, next)]));
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${String(value)} is not a JSON number`);
  // From 10^21 on Go, too, writes a number with an exponent: then no digits were lost on the way.
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21) {
    throw new RangeError(`integer ${String(value)} is beyond 2^53 and may have been another`);
  }
  return JSON.stringify(value);
}

/** SHA-256 of a text in the safe alphabet: 54 digits, the most significant first. */
export function digest(text: string): string {
  let rest = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
  let digits = '';
  while (digits.length < DIGITS) {
    // Nine digits at a time fit into a number: large integers are slow to divide.
    let nine = Number(rest % NINE_DIGITS);
    rest /= NINE_DIGITS;
    for (let i = 0; i < 9; i++) {
      digits = ALPHABET[nine % BASE]! + digits;
      nine = Math.floor(nine / BASE);
    }
  }
  return digits;
}

/**
 * Hash schemes by the prefix of a fingerprint. A record is matched by the scheme it was made with, so that adding a scheme makes no new
 * version of an App that did not change.
 */
export const SCHEMES: Record<string, (canonicalContent: string) => string> = { [FINGERPRINT_SCHEME]: digest };

/** Fingerprint of canonical content under a scheme; undefined when this operator does not know it. */
export const fingerprintUnder = (scheme: string, canonicalContent: string): Fingerprint | undefined => {
  const hash = SCHEMES[scheme];
  return hash && (`${scheme}:${hash(canonicalContent)}` as Fingerprint);
};
export const schemeOf = (fingerprint: Fingerprint): string => fingerprint.slice(0, Math.max(0, fingerprint.indexOf(':')));

/** Fingerprint of canonical content by the current scheme. */
export const fingerprintOf = (canonicalContent: string): Fingerprint => `${FINGERPRINT_SCHEME}:${digest(canonicalContent)}` as Fingerprint;

/** Fingerprints by every known scheme, the current one first. */
export const fingerprintsOf = (canonicalContent: string): readonly [Fingerprint, ...Fingerprint[]] => [
  fingerprintOf(canonicalContent),
  ...Object.keys(SCHEMES)
    .filter((scheme) => scheme !== FINGERPRINT_SCHEME)
    .flatMap((scheme) => fingerprintUnder(scheme, canonicalContent) ?? []),
];

/** The version id that people type: `<app>-<first 10 digits of the fingerprint>`. */
export const idOf = (app: string, fingerprint: Fingerprint): VersionId =>
  `${app}-${fingerprint.slice(fingerprint.indexOf(':') + 1).slice(0, ID_DIGITS)}` as VersionId;

const ID_PATTERN = new RegExp(`^.+-[${ALPHABET}]{${String(ID_DIGITS)}}$`);
export const looksLikeId = (name: string): boolean => ID_PATTERN.test(name);

/** `<id>`, then `<id>-2`, `<id>-3`, … */
export const instanceName = (id: VersionId, ordinal: number): InstanceName =>
  (ordinal === 1 ? id : `${id}-${String(ordinal)}`) as InstanceName;

/** The longest name that Kubernetes allows for most objects. */
const MOST_LETTERS = 253;
const TAIL_DIGITS = 10;

/**
 * `<id>.<config>`, then `<id>-2.<config>`. Ids have no dots, so two versions never share a name. If the name of a captured ConfigMap makes ours
 * too long, its end is replaced by a digest of it.
 */
export function configObjectName(id: VersionId, config: string, ordinal = 1): string {
  const name = `${instanceName(id, ordinal)}.${config}`;
  if (name.length <= MOST_LETTERS) return name;
  const kept = name.slice(0, MOST_LETTERS - TAIL_DIGITS - 1).replace(/[-.]+$/, '');
  return `${kept}-${digest(config).slice(0, TAIL_DIGITS)}`;
}

/**
 * The config objects of its version that an instance reads, and their ordinal. A reference to an optional ConfigMap that was absent when the
 * version was made is not among them: it is bound to a name that no object ever has.
 */
export function configsOf(
  { id, configs }: { readonly id: VersionId; readonly configs: readonly string[] },
  record: { readonly configs: readonly string[] },
): { readonly names: readonly string[]; readonly ordinal: number } {
  const ordinalIn = (name: string): number => Number(name.slice(id.length + 1, name.indexOf('.')) || 1);
  const ordinals = [...new Set(configs.map(ordinalIn))];
  const ours = new Set(ordinals.flatMap((ordinal) => record.configs.map((config) => configObjectName(id, config, ordinal))));
  const names = configs.filter((name) => ours.has(name));
  return { names, ordinal: names[0] === undefined ? 1 : ordinalIn(names[0]) };
}

export const appKey = (namespace: string, name: string): AppKey => `${namespace}/${name}` as AppKey;
