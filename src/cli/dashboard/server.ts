// The page's server: on 127.0.0.1 only, for one browser. Reads by GET; the one POST shows its command before it writes, and is not there where the
// desk writes nothing.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Complaint, EXIT } from '../exit.ts';
import type { Difference } from '../comparison.ts';
import { ASSETS } from './assets.ts';
import type { Named, Said } from './desk.ts';
import { cookieName, GUARDS, here, isKnown, READS, same, strangerAt } from './door.ts';
import type { Listener } from './fleet.ts';
import type { Picture } from './picture.ts';

/** Who is told of the fleet, until they leave or are shown out. */
export interface Guest extends Listener {
  leave(): void;
}

/** What the page can be told. */
export interface Desk {
  listen(guest: Guest): () => void;
  picture(named: Named): Promise<Picture>;
  changes(named: Named, versions: readonly [string, string], config: boolean): Promise<readonly Difference[]>;
  /** Absent where nothing is written. */
  goBack?(named: Named, agreed: string | undefined): Promise<Said>;
}

export interface Keys {
  /** In the address that is printed: it opens once. */
  readonly token: string;
  /** In the cookie that it is exchanged for. */
  readonly session: string;
}

const HEARTBEAT_MS = 15_000;
const MOST_BYTES = 16_384;
const HTTP: Readonly<Partial<Record<Complaint['exit'], number>>> = { [EXIT.forbidden]: 403, [EXIT.away]: 502, [EXIT.usage]: 400 };

export async function serve(desk: Desk, { token, session }: Keys, port: number): Promise<{ readonly port: number; close(): void }> {
  let isUsed = false;
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(GUARDS)) response.setHeader(name, value);
    const door = { port: (server.address() as AddressInfo).port, session };
    const stranger = strangerAt(here(door.port), request.method ?? '', request.headers);
    if (stranger !== undefined) {
      plain(response, 403, stranger);
      return;
    }
    const url = urlOf(request);
    const key = url.pathname === '/' ? url.searchParams.get('token') : null;
    if (key !== null && !isUsed && same(key, token)) {
      isUsed = true;
      response.setHeader('set-cookie', `${cookieName(door.port)}=${session}; HttpOnly; SameSite=Strict; Path=/`);
      response.writeHead(303, { location: '/' }).end();
      return;
    }
    if (!isKnown(door, request.headers)) {
      plain(response, 401, 'This address opens once, in one browser. Run kubectl iapp dashboard again for a new one.');
      return;
    }
    void answer(desk, url, request, response).catch((error: unknown) => {
      refuse(response, error);
    });
  });
  await listening(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What is no address is asked for in vain, as any other that is not there. */
export const urlOf = ({ url = '' }: IncomingMessage): URL => {
  const base = 'http://127.0.0.1';
  return URL.canParse(url, base) ? new URL(url, base) : new URL('/nowhere', base);
};

const listening = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Complaint(error.code === 'EADDRINUSE' ? `port ${port} is taken: leave --port out` : error.message));
    });
    server.listen(port, '127.0.0.1', resolve);
  });

export async function answer(desk: Desk, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = READS.has(request.method ?? '') ? 'GET' : (request.method ?? '');
  const route = `${method} ${url.pathname}`;
  const asset = method === 'GET' && Object.hasOwn(ASSETS, url.pathname) ? ASSETS[url.pathname] : undefined;
  if (asset !== undefined) response.writeHead(200, { 'content-type': asset.type }).end(Buffer.from(asset.text, 'base64'));
  else if (route === 'GET /events') stream(desk, response, request.method === 'HEAD');
  else if (route === 'GET /app') json(response, { ...(await desk.picture(named(url.searchParams))), writes: desk.goBack !== undefined });
  else if (route === 'GET /changes') {
    const versions = [wanted(url.searchParams, 'from'), wanted(url.searchParams, 'to')] as const;
    json(response, await desk.changes(named(url.searchParams), versions, url.searchParams.get('config') === 'shown'));
  } else if (route === 'POST /back' && desk.goBack !== undefined) {
    if (request.headers['content-type'] !== 'application/json') throw new Complaint('only JSON is taken', EXIT.usage);
    const asked = await bodyOf(request);
    json(response, await desk.goBack(named(asked), asked.get('agreed') ?? undefined));
  } else plain(response, 404, 'there is no such page');
}

function wanted(asked: URLSearchParams, name: string): string {
  const value = asked.get(name) ?? '';
  // A name of Kubernetes, so that nothing else becomes a part of a path or a selector.
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(value)) throw new Complaint(`${name} is no name`, EXIT.usage);
  return value;
}
const named = (asked: URLSearchParams): Named => ({ namespace: wanted(asked, 'namespace'), name: wanted(asked, 'name') });

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    if (chunks.reduce((sum, { length }) => sum + length, 0) > MOST_BYTES) throw new Complaint('that is too much', EXIT.usage);
  }
  try {
    const members = Object.entries(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
    return new URLSearchParams(members.filter((member): member is [string, string] => typeof member[1] === 'string'));
  } catch {
    throw new Complaint('that is no JSON', EXIT.usage);
  }
}

/** The fleet, as it changes. What the browser does not take is not kept for it: it asks for everything again. */
function stream(desk: Desk, response: ServerResponse, headOnly: boolean): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  if (headOnly) {
    response.end();
    return;
  }
  response.flushHeaders();
  const send = (event: string, value: unknown): void => {
    if (response.writableEnded) return; // who was shown out may take a while to go
    if (response.writableLength > 64 * 1024 * 1024) response.destroy();
    else response.write(`event: ${event}\ndata: ${JSON.stringify(value)}\n\n`);
  };
  const leave = desk.listen({
    leave: () => {
      response.end();
    },
    news: (news) => {
      send('news', news);
    },
    stale: (stale) => {
      send('stale', stale ?? null);
    },
  });
  const heart = setInterval(() => {
    send('beat', null);
  }, HEARTBEAT_MS);
  response.on('close', () => {
    clearInterval(heart);
    leave();
  });
}

const json = (response: ServerResponse, value: unknown): void =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
export const plain = (response: ServerResponse, status: number, text: string): void =>
  void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);

/** A Complaint is told as it is; what nobody foresaw only that it happened. */
export function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else if (error instanceof Complaint) plain(response, HTTP[error.exit] ?? 409, error.message);
  else plain(response, 500, 'the page has a bug: kubectl iapp says the same in text');
}
