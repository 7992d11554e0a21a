// Who may come in to the page: the browser that the address was opened in, and no other page that it has open. Pure.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Door {
  readonly port: number;
  /** What the cookie has to hold. */
  readonly session: string;
}

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

/** A name that resolves to 127.0.0.1 is not enough (DNS rebinding), nor is a request that another page makes. Undefined: come in. */
export function strangerAt({ port }: Door, method: string, headers: IncomingHttpHeaders): string | undefined {
  const { host = '', origin } = headers;
  if (![`127.0.0.1:${port}`, `localhost:${port}`].includes(host)) return 'this page is served to 127.0.0.1 only';
  if (origin === undefined ? method !== 'GET' : origin !== `http://${host}`) return 'another page asks';
  const site = headers['sec-fetch-site'];
  const navigates = headers['sec-fetch-mode'] === 'navigate' && method === 'GET';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !navigates) return 'another page asks';
  return undefined;
}

export function isKnown({ port, session }: Door, { cookie = '' }: IncomingHttpHeaders): boolean {
  return cookie.split(/; */).some((pair) => {
    const at = pair.indexOf('=');
    return pair.slice(0, at) === cookieName(port) && same(pair.slice(at + 1), session);
  });
}
