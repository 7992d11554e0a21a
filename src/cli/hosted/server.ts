// The page's server in the cluster: for many people, each with a token of their own, of which the API server says whose it is. Reads only. Believes no
// other header about who somebody is.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GUARDS, READS, strangerAt, type Address } from '../dashboard/door.ts';
import { answer, plain, refuse, urlOf, type Desk } from '../dashboard/server.ts';
import { Complaint, EXIT } from '../exit.ts';
import type { Person } from './reviews.ts';

export interface House {
  readonly address: Address;
  /** Whose token it is. */
  person(token: string): Promise<Person | undefined>;
  /** What is told to whom; it writes nothing. */
  desk(person: Person, token: string): Omit<Desk, 'goBack'>;
  isReady(): boolean;
  /** What nobody foresaw: those who look are only told that it happened. */
  onBug(error: unknown): void;
}

/** Streams at once: of all, and of one person. Each may hold the whole list in memory. */
const MOST_STREAMS = 100;
const MOST_OF_ONE = 10;

export interface Served {
  readonly port: number;
  close(): void;
}

/** Without a `host` on every address of the pod. */
export async function serve(house: House, port: number, host?: string): Promise<Served> {
  const streams = new Map<string, number>();
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(GUARDS)) response.setHeader(name, value);
    void enter(house, streams, request, response).catch((error: unknown) => {
      if (!(error instanceof Complaint)) house.onBug(error);
      refuse(response, error);
    });
  });
  await listening(server, port, host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const listening = (server: Server, port: number, host: string | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });

async function enter(house: House, streams: Map<string, number>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [url, method] = [urlOf(request), request.method ?? ''];
  if (!READS.has(method)) {
    plain(response.setHeader('allow', 'GET, HEAD'), 405, 'the page in the cluster only reads');
    return;
  }
  // The kubelet comes by the address of the pod.
  if (url.pathname === '/healthz' || url.pathname === '/readyz') {
    const isWell = url.pathname === '/healthz' || house.isReady();
    plain(response, isWell ? 200 : 503, isWell ? 'ok' : 'the Apps have not been listed yet');
    return;
  }
  const stranger = strangerAt(house.address, method, request.headers);
  if (stranger !== undefined) {
    plain(response, 403, stranger);
    return;
  }
  const token = tokenOf(request);
  const person = token === undefined ? undefined : await house.person(token);
  if (token === undefined || person === undefined) {
    plain(
      response.setHeader('www-authenticate', 'Bearer'),
      401,
      'this page needs a bearer token that the cluster knows: docs/dashboard.md',
    );
    return;
  }
  if (url.pathname === '/events') admit(streams, person, response);
  await answer(house.desk(person, token), url, request, response);
}

/** At most 16 KB, which is what Node takes of headers. */
function tokenOf({ headers: { authorization = '' } }: IncomingMessage): string | undefined {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1];
}

function admit(streams: Map<string, number>, { username }: Person, response: ServerResponse): void {
  const own = streams.get(username) ?? 0;
  const all = [...streams.values()].reduce((sum, each) => sum + each, 0);
  if (own >= MOST_OF_ONE || all >= MOST_STREAMS) throw new Complaint('too many look at once: close a tab', EXIT.away);
  streams.set(username, own + 1);
  response.once('close', () => {
    const left = (streams.get(username) ?? 1) - 1;
    if (left === 0) streams.delete(username);
    else streams.set(username, left);
  });
}
