// An API server of one kind of object, over TLS as the real one, that fails as it is told. It keeps what was published and serves it as
// lists, streamed or in pages, and as watches; what fails is one answer, one stream, or the whole server.
import { createServer } from 'node:https';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newAuthority } from '../../deploy/local/certificates.ts';
import { json, status } from './faultserver.ts';

export interface Published {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly [field: string]: unknown;
}
type Type = 'ADDED' | 'MODIFIED' | 'DELETED';

const line = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;
const LISTED = { 'k8s.io/initial-events-end': 'true' };

export class Origin {
  readonly #directory: string;
  readonly #log: { readonly type: Type; readonly object: Published; readonly version: number }[] = [];
  readonly #sockets = new Set<Socket>();
  #server = createServer();
  #authority = newAuthority();
  #port = 0;
  #version = 1;
  #token = '';
  /** Open watches. */
  #streams: ServerResponse[] = [];
  /** Watches from before this version have expired. */
  #oldest = 0;
  /** Serves lists in pages of one object only, and lets the token of the second page expire as often. */
  pages: { expired: number } | undefined;
  /** Requests so far, with the body of those that have one. */
  readonly asked: { readonly method: string; readonly url: string; readonly body: string }[] = [];

  /** `directory` is where the operator finds its service account. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  get port(): string {
    return String(this.#port);
  }

  /** By another authority than before the certificate is new; the operator is told of it. */
  async start(by: 'another' | 'same'): Promise<void> {
    if (by === 'another') {
      this.#authority = newAuthority();
      await this.#mount('ca.crt', this.#authority.certificate);
    }
    const { certificate, key } = this.#authority.issueServer('192.0.2.1');
    this.#server = createServer({ cert: certificate, key }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        this.asked.push({ method, url, body: Buffer.concat(chunks).toString() });
        if (headers.authorization !== `Bearer ${this.#token}`) json(response, 401, status(401, 'Unauthorized', 'Unauthorized'));
        else this.#answer(response, method, new URL(url, 'https://x').searchParams);
      });
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as { port: number }).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
    this.#streams = [];
  }

  /** Believes no other token from now on; the operator is told of it. */
  async rotate(token: string): Promise<void> {
    await this.#mount('token', token);
    this.#token = token;
  }

  publish(type: Type, name: string, more: Readonly<Record<string, unknown>> = {}, uid = `uid-${name}`): void {
    const version = ++this.#version;
    const object = { metadata: { name, uid, resourceVersion: String(version) }, ...more };
    this.#log.push({ type, object, version });
    this.say(line(type, object));
  }

  bookmark(): void {
    this.say(line('BOOKMARK', { metadata: { resourceVersion: String(++this.#version) } }));
  }

  /** Writes to every open watch. */
  say(text: string): void {
    for (const stream of this.#streams) stream.write(text);
  }

  /** An ERROR event ends every open watch. */
  fail(code: number, details: object = {}): void {
    if (code === 410) this.#oldest = this.#version + 1;
    this.say(line('ERROR', status(code, '', `no: ${code}`, details)));
    this.end();
  }

  /** Ends every open watch as the time limit of a watch does. */
  end(): void {
    for (const stream of this.#streams.splice(0)) stream.end();
  }

  /** Resets every connection, as far into what was said as it got. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#streams = [];
  }

  /** Open watches stay open and hear nothing any more. */
  forget(): void {
    this.#streams = [];
  }

  /** As a kubelet does: nobody sees half of it. */
  async #mount(name: string, content: string): Promise<void> {
    const path = join(this.#directory, name);
    await writeFile(`${path}.new`, content);
    await rename(`${path}.new`, path);
  }

  #answer(response: ServerResponse, method: string, query: URLSearchParams): void {
    const body = this.asked.at(-1)!.body;
    if (method !== 'GET') json(response, 200, JSON.parse(body));
    else if (query.get('watch') !== '1') this.#page(response, query.get('continue') ?? '');
    else if (query.get('sendInitialEvents') !== 'true') this.#watch(response, Number(query.get('resourceVersion')));
    else if (this.pages !== undefined) json(response, 400, status(400, 'BadRequest', 'sendInitialEvents is forbidden'));
    else this.#list(response);
  }

  #watch(response: ServerResponse, from: number): void {
    if (from < this.#oldest) {
      json(response, 410, status(410, 'Expired', 'too old resource version'));
      return;
    }
    const missed = this.#log.filter(({ version }) => version > from);
    response.writeHead(200).write(missed.map(({ type, object }) => line(type, object)).join('') || '\n');
    this.#streams.push(response);
  }

  #list(response: ServerResponse): void {
    this.#oldest = 0;
    const there = this.#there().map((object) => line('ADDED', object));
    const end = line('BOOKMARK', { metadata: { resourceVersion: String(this.#version), annotations: LISTED } });
    response.writeHead(200).write(there.join('') + end);
    this.#streams.push(response);
  }

  #page(response: ServerResponse, token: string): void {
    const there = this.#there();
    const at = Number(token);
    if (at > 0 && this.pages !== undefined && this.pages.expired > 0) {
      this.pages.expired--;
      json(response, 410, status(410, 'Expired', 'The provided continue parameter is too old'));
      return;
    }
    const next = at + 1 < there.length ? String(at + 1) : '';
    json(response, 200, { metadata: { resourceVersion: String(this.#version), continue: next }, items: there.slice(at, at + 1) });
  }

  #there(): Published[] {
    const objects = new Map<string, Published>();
    for (const { type, object } of this.#log) {
      if (type === 'DELETED') objects.delete(object.metadata.uid);
      else objects.set(object.metadata.uid, object);
    }
    return [...objects.values()];
  }
}
