// What people say by annotation, beside spec: pin, reject, renew. Reads them and says what is wrong with one that cannot be read; what
// they mean for versions is decided in plan/.
import { text } from './json.ts';
import type { Obj } from './json.ts';
import { ANNOTATION } from './vocabulary.ts';

export interface Decrees {
  /** Serve this version until then, whatever else is said. */
  readonly pin: Pin | undefined;
  /** Versions that shall not serve, by id or name; and the annotation as it was typed. */
  readonly reject: { readonly versions: readonly string[]; readonly typed: string };
  readonly renew: Renewal | undefined;
  /** One sentence each: what cannot be read, and how it is written. */
  readonly unreadable: readonly string[];
}

export interface Pin {
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly typed: string;
}

/** A clean slate and a fresh instance; another nonce is another wish. */
export interface Renewal {
  readonly version: string;
  readonly nonce: string;
}

const VERSION = '[A-Za-z0-9][A-Za-z0-9._+-]{0,79}';
const PIN = new RegExp(`^(${VERSION}) until (\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,9})?(?:Z|[+-]\\d{2}:\\d{2}))$`);
const REJECT = new RegExp(`^${VERSION}(, ?${VERSION})*$`);
const RENEW = new RegExp(`^(${VERSION})@([A-Za-z0-9][A-Za-z0-9._-]{0,62})$`);

export function readDecrees(annotations: Obj): Decrees {
  const [pin, reject, renew] = [ANNOTATION.pin, ANNOTATION.reject, ANNOTATION.renew].map((name) => text(annotations[name]).trim());
  const pinned = readPin(pin!);
  const rejects = REJECT.test(reject!) ? reject!.split(',').map((version) => version.trim()) : [];
  const renewed = RENEW.exec(renew!);
  const renewal = renewed === null ? undefined : { version: renewed[1]!, nonce: renewed[2]! };
  const unreadable = (name: string, typed: string, read: boolean, form: string): string[] =>
    typed === '' || read ? [] : [`annotation ${name} says "${typed.slice(0, 200)}", which cannot be read: write ${form}`];
  return {
    pin: pinned,
    reject: { versions: rejects, typed: reject! },
    renew: renewal,
    unreadable: [
      ...unreadable(ANNOTATION.pin, pin!, pinned !== undefined, '"<version> until 2026-01-31T04:00:00Z"'),
      ...unreadable(ANNOTATION.reject, reject!, rejects.length > 0, '"<id>,<id>"'),
      ...unreadable(ANNOTATION.renew, renew!, renewal !== undefined, '"<id>@<anything new>"'),
    ],
  };
}

function readPin(typed: string): Pin | undefined {
  const pinned = PIN.exec(typed);
  if (pinned === null) return undefined;
  const until = Date.parse(pinned[2]!);
  return Number.isNaN(until) ? undefined : { version: pinned[1]!, until, typed };
}
