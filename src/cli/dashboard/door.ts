// Who may come in to the page: the browser that the address was opened in, and no other page that it has open. Pure.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Where the page is. */
export interface Address {
  /** Whether a Host is the page's own. */
  readonly isOurs: (host: string) => boolean;
  /** How its origin may begin. */
  readonly schemes: readonly ('http' | 'https')[];
  /** What is said to those who come by another name. */
  readonly elsewhere: string;
}

export interface Door {
  readonly port: number;
  /** What the cookie has to hold. */
  readonly session: string;
}

export const here = (port: number): Address => ({
  isOurs: (host) => [`127.0.0.1:${port}`, `localhost:${port}`].includes(host),
  schemes: ['http'],
  elsewhere: 'this page is served to 127.0.0.1 only',
});

export const cookieName = (port: number): string => `iapp-${port}`;

/** Every answer carries them: nothing but what is served here is ever loaded, framed, cached or told to others. */
export const GUARDS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};

export const same = (a: string, b: string): boolean =>
  Buffer.byteLength(a) === Buffer.byteLength(b) && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** What changes nothing, whoever asks for it. */
export const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** A name that resolves to our address is not enough (DNS rebinding), nor is a request that another page makes. Undefined: come in. */
export function strangerAt({ isOurs, schemes, elsewhere }: Address, method: string, headers: IncomingHttpHeaders): string | undefined {
  const { host = '', origin } = headers;
  if (!isOurs(host)) return elsewhere;
  if (origin === undefined ? !READS.has(method) : !schemes.some((scheme) => origin === `${scheme}://${host}`)) return 'another page asks';
  const site = headers['sec-fetch-site'];
  const navigates = headers['sec-fetch-mode'] === 'navigate' && READS.has(method);
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !navigates) return 'another page asks';
  return undefined;
}

export function isKnown({ port, session }: Door, { cookie = '' }: IncomingHttpHeaders): boolean {
  return cookie.split(/; */).some((pair) => {
    const at = pair.indexOf('=');
    return pair.slice(0, at) === cookieName(port) && same(pair.slice(at + 1), session);
  });
}
