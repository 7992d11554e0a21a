// What a version is: its content, its fingerprint, its names. Decides identity; must never look at anything but its arguments.
import { createHash } from 'node:crypto';

declare const brand: unique symbol;
type Branded<B extends string> = string & { readonly [brand]: B };
export type VersionId = Branded<'VersionId'>;
export type Fingerprint = Branded<'Fingerprint'>;
export type InstanceName = Branded<'InstanceName'>;
/** `namespace/name` of an App. */
export type AppKey = Branded<'AppKey'>;

export const FINGERPRINT_SCHEME = 'v1';
/** Letters and digits that form no words and are safe in every name: the API server's own choice for generated suffixes. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const DIGITS = 54; // ⌈256 / log2(27)⌉
const ID_DIGITS = 10;
/** Content above this is refused before anything is tried: a record above about 1.5 MB would be refused by etcd. */
export const MAX_CONTENT_BYTES = 1024 * 1024;

export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = Readonly<Record<string, Json>>;

/**
 * RFC 8785 canonical JSON, with members whose value is null dropped, and integers beyond 2^53 as they were written. Throws on a number that
 * has lost digits on its way here.
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

/** Each null that may stand for something can stand for so many things, so only a few are told apart. */
const READINGS = [null, {}, []] as const satisfies readonly Json[];
const MOST_NULLS = 4;

/**
 * What a value may have said before a server-side apply: where that empties a map or a list of an object, null is left. The value as it is
 * comes first; where there are many nulls, all of them are read alike.
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

/** The same with each member that is null filled in, in an order that is always the same. */
function filled(value: Json, next: () => Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item) => filled(item, next));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, member === null ? next() : filled(member, next)]));
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${String(value)} is not a JSON number`);
  // From 10^21 on a number is written with an exponent, by Go as well, and is what it says.
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21) {
    throw new RangeError(`integer ${String(value)} is beyond 2^53 and may have been another`);
  }
  return JSON.stringify(value);
}

/** SHA-256 of a text in the safe alphabet: 54 digits, the most significant first. */
export function digest(text: string): string {
  let rest = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
  let digits = '';
  for (let i = 0; i < DIGITS; i++) {
    digits = ALPHABET[Number(rest % 27n)]! + digits;
    rest /= 27n;
  }
  return digits;
}

/**
 * How content becomes a fingerprint, by the tag in front of it. A record is matched under its own scheme for as long as it stands
 * here, so that a new scheme creates nothing for an App that did not change.
 */
export const SCHEMES: Record<string, (canonicalContent: string) => string> = { [FINGERPRINT_SCHEME]: digest };

/** Fingerprint of canonical content under a scheme; undefined when this operator does not know it. */
export const fingerprintUnder = (scheme: string, canonicalContent: string): Fingerprint | undefined => {
  const hash = SCHEMES[scheme];
  return hash && (`${scheme}:${hash(canonicalContent)}` as Fingerprint);
};
export const schemeOf = (fingerprint: Fingerprint): string => fingerprint.slice(0, Math.max(0, fingerprint.indexOf(':')));

/** Fingerprint of canonical content, under the present scheme. */
export const fingerprintOf = (canonicalContent: string): Fingerprint => `${FINGERPRINT_SCHEME}:${digest(canonicalContent)}` as Fingerprint;

/** Under every scheme we know, the present one first. */
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

/** What a name may be long. */
const MOST_LETTERS = 253;
const TAIL_DIGITS = 10;

/**
 * `<id>.<config>`, then `<id>-2.<config>`: no id has a dot in it, so no two versions share one. A ConfigMap that is captured may have a
 * name so long that none is left for ours: then its end gives way to its digest.
 */
export function configObjectName(id: VersionId, config: string, ordinal = 1): string {
  const name = `${instanceName(id, ordinal)}.${config}`;
  if (name.length <= MOST_LETTERS) return name;
  const kept = name.slice(0, MOST_LETTERS - TAIL_DIGITS - 1).replace(/[-.]+$/, '');
  return `${kept}-${digest(config).slice(0, TAIL_DIGITS)}`;
}

/**
 * The config objects of its version that an instance reads, and their ordinal. What else the pods refer to is none: an optional source
 * that was absent when the version was made is bound to a name that nobody holds, for good.
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
