// The annotations by which people decide something beside spec: pin, reject, renew, approve, waive. Parses them, and says what is wrong with one that cannot be
// parsed; plan/ decides what they mean for versions. The policy immutableapp-prompt uses the same patterns (a test compares them).
import { text } from './json.ts';
import type { Obj } from './json.ts';
import { nearest } from './spelling.ts';
import { ANNOTATION, GROUP } from './vocabulary.ts';

export interface Annotations {
  /** Serve this version until then, whatever spec says. */
  readonly pin: Pin | undefined;
  /** Versions that must not serve, by id or name; and the annotation as it was typed. */
  readonly reject: { readonly versions: readonly string[]; readonly typed: string };
  readonly renew: Renewal | undefined;
  /** In the order in which they stand there. */
  readonly approvals: readonly Approval[];
  readonly waivers: readonly Waiver[];
  /** One sentence each: which annotation cannot be parsed, and how to write it. */
  readonly unreadable: readonly string[];
  /** One sentence each: annotations with our prefix that nobody reads. */
  readonly unknown: readonly string[];
}

export interface Pin {
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly typed: string;
}

/** Forget that the version failed, was rejected or held, and start a fresh instance. Another nonce asks for it again. */
export interface Renewal {
  readonly version: string;
  readonly nonce: string;
}

/** A person lets a version pass the gates that ask people. The policies see to it that people write only their own name. */
export interface Approval {
  /** Its id. */
  readonly version: string;
  readonly by: string;
}

/** A version passes this gate without being judged by it. */
export interface Waiver {
  /** Its id. */
  readonly version: string;
  readonly gate: string;
}

/** All annotations that an App may carry with our prefix. */
export const READ_ANNOTATIONS: readonly string[] = [
  ANNOTATION.pin,
  ANNOTATION.reject,
  ANNOTATION.renew,
  ANNOTATION.approve,
  ANNOTATION.waive,
];

const VERSION = '[A-Za-z0-9][A-Za-z0-9._+-]{0,79}';
const LEAP_YEAR = '([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)';
const DAY = '([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))';
const HOURS = '([01][0-9]|2[0-3]):[0-5][0-9]';
/** No name: that may come to mean other content before anybody is asked. */
const ID = '[a-z0-9]([-a-z0-9]*[a-z0-9])?-[bcdfghjklmnpqrstvwxz2456789]{10}';
/** A user name may contain anything but a comma, or a blank at either end. */
const USER = '[^, \\t\\n\\r]([^,\\t\\n\\r]*[^, \\t\\n\\r])?';
const APPROVAL = `${ID} by ${USER}`;
const WAIVER = `${ID}/[a-z0-9][-a-z0-9]{0,62}`;
/** RFC 3339 with existing days, no leap second, and offsets below a day: what CEL and JavaScript read as the same instant. */
const INSTANT = `${DAY}|${LEAP_YEAR}-02-29)T${HOURS}:[0-5][0-9]([.][0-9]{1,9})?(Z|[+-]${HOURS})`;

/** Patterns that JavaScript and CEL (RE2) read alike. Surrounding blanks are ignored. */
export const PATTERNS = {
  pin: `^${VERSION} until ${INSTANT}$`,
  reject: `^${VERSION}(, ?${VERSION})*$`,
  renew: `^${VERSION}@[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`,
  approve: `^${APPROVAL}(, ?${APPROVAL})*$`,
  waive: `^${WAIVER}(, ?${WAIVER})*$`,
} as const;
const [PIN, REJECT, RENEW] = [new RegExp(PATTERNS.pin), new RegExp(PATTERNS.reject), new RegExp(PATTERNS.renew)];
const [APPROVE, WAIVE] = [new RegExp(PATTERNS.approve), new RegExp(PATTERNS.waive)];

/** Not `trim`: JavaScript and CEL do not agree on which characters are blank. */
const bare = (typed: string): string => typed.replace(/^[ \t\n\r]+/, '').replace(/[ \t\n\r]+$/, '');

export function readAnnotations(annotations: Obj): Annotations {
  const [pin, reject, renew, approve, waive] = READ_ANNOTATIONS.map((name) => bare(text(annotations[name])));
  const rejects = REJECT.test(reject!) ? entriesOf(reject!) : [];
  const approvals = APPROVE.test(approve!) ? entriesOf(approve!).map(readApproval) : [];
  const waivers = WAIVE.test(waive!) ? entriesOf(waive!).map(readWaiver) : [];
  const [version = '', nonce = ''] = RENEW.test(renew!) ? renew!.split('@') : [];
  const pinned = readPin(pin!);
  const renewal = version === '' ? undefined : { version, nonce };
  const unreadable = (name: string, typed: string, read: boolean, form: string): string[] =>
    typed === '' || read ? [] : [`annotation ${name} says "${typed.slice(0, 200)}", which cannot be read: write ${form}`];
  return {
    pin: pinned,
    reject: { versions: rejects, typed: reject! },
    renew: renewal,
    approvals,
    waivers,
    unreadable: [
      ...unreadable(ANNOTATION.pin, pin!, pinned !== undefined, '"<version> until 2030-01-31T04:00:00Z"'),
      ...unreadable(ANNOTATION.reject, reject!, rejects.length > 0, '"<version>,<version>"'),
      ...unreadable(ANNOTATION.renew, renew!, renewal !== undefined, '"<version>@<anything new>"'),
      ...unreadable(ANNOTATION.approve, approve!, approvals.length > 0, '"<id> by <your user name>", after a comma if others stand there'),
      ...unreadable(ANNOTATION.waive, waive!, waivers.length > 0, '"<id>/<gate>,<id>/<gate>"'),
    ],
    unknown: Object.keys(annotations)
      .filter((key) => key.startsWith(`${GROUP}/`) && !READ_ANNOTATIONS.includes(key))
      .map(misread),
  };
}

/**
 * As the policy reads them, which compares names of users: JavaScript and CEL do not agree on which characters `trim` takes away, and who has
 * one of them in an entry would be two people here and one there.
 */
const entriesOf = (typed: string): string[] => typed.split(',').map((entry) => (entry.startsWith(' ') ? entry.slice(1) : entry));

function readApproval(entry: string): Approval {
  const at = entry.indexOf(' by ');
  return { version: entry.slice(0, at), by: entry.slice(at + ' by '.length) };
}

function readWaiver(entry: string): Waiver {
  const [version = '', gate = ''] = entry.split('/');
  return { version, gate };
}

function readPin(typed: string): Pin | undefined {
  if (!PIN.test(typed)) return undefined;
  const [version, until] = typed.split(' until ') as [string, string];
  return { version, until: Date.parse(until), typed };
}

const MOST_LETTERS = 100;

function misread(key: string): string {
  const [typed, ...words] = [key, ...READ_ANNOTATIONS].map((name) => name.slice(GROUP.length + 1)) as [string, ...string[]];
  const word = nearest(typed, words) ?? words.find((each) => typed.includes(each));
  const meant = word === undefined ? undefined : `${GROUP}/${word}`;
  const hint = meant === undefined ? `${READ_ANNOTATIONS.join(', ')} are` : `did you mean ${meant}?`;
  return `annotation ${key.slice(0, MOST_LETTERS)} is not read on an ImmutableApp and does nothing: ${hint}`;
}
