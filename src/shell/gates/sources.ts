// Who may be asked for a measurement beside the candidate itself: what the platform defines in a file, which is read again when it changes.
// Authors of Apps name a source; none of them ever writes an address.
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { GateSource } from '../../model/observed.ts';
import { obj, text } from '../../model/json.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../ops/log.ts';

const REREAD_MS = 5_000;

export interface Source extends GateSource {
  readonly url: string;
  /** PEM. */
  readonly ca: string | undefined;
  readonly token: string | undefined;
}

/** A source to ask, with what its connections are made by. */
export interface Asked {
  readonly host: string;
  readonly port: number;
  /** Of the URL, without a slash at its end. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Agent | undefined;
}

export interface Sources {
  /** Undefined: there is none of this name for this namespace. */
  find(name: string, namespace: string): Asked | undefined;
  stop(): void;
}

export interface SourcesOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told at once, and whenever they are others. */
  readonly changed: (sources: readonly GateSource[]) => void;
  /** Told after each reading: whether those that are known are older than the file, because it is broken. */
  readonly stale: (is: boolean) => void;
}

/** Rejects when the file cannot be used, in words for who wrote it. One that is broken later changes nothing. */
export async function openSources({ file, clock, log, changed, stale }: SourcesOptions): Promise<Sources> {
  let known: readonly Source[] = [];
  let asked = new Map<string, Asked>();
  let problem = '';
  let cancel = (): void => undefined;
  const take = (sources: readonly Source[]): void => {
    if (isDeepStrictEqual(sources, known) && asked.size > 0) return;
    for (const { tls } of asked.values()) tls?.destroy();
    known = sources;
    asked = new Map(sources.map((source) => [source.name, askedOf(source)]));
    changed(sources.map(({ name, namespaces }) => ({ name, namespaces })));
  };
  const again = async (): Promise<void> => {
    try {
      take(await load(file));
      problem = '';
    } catch (error) {
      const { message } = error as Error;
      if (message !== problem) log.warn('sources could not be read again: those that were known stay', { file, cause: message });
      problem = message;
    }
    stale(problem !== '');
    if (!isStopped) cancel = clock.after(REREAD_MS, () => void again());
  };
  let isStopped = false;
  take(await load(file));
  stale(false);
  cancel = clock.after(REREAD_MS, () => void again());
  return {
    find: (name, namespace) => {
      const source = known.find((each) => each.name === name);
      const isHere = source?.namespaces?.includes(namespace) ?? true;
      return isHere ? asked.get(name) : undefined;
    },
    stop() {
      isStopped = true;
      cancel();
      for (const { tls } of asked.values()) tls?.destroy();
    },
  };
}

async function load(file: string): Promise<Source[]> {
  // Imported only here: who has no sources never pays for it.
  const { parse } = await import('yaml');
  const written: unknown = parse(await readFile(file, 'utf8'));
  const list = Array.isArray(written) ? (written as unknown[]) : obj(written).sources;
  if (!Array.isArray(list)) throw new Error(`${file} has no list of sources`);
  const sources = await Promise.all(list.map((each, i) => sourceOf(each, `${file}, source ${String(i + 1)}`, dirname(file))));
  const double = sources.find(({ name }, i) => sources.findIndex((other) => other.name === name) < i);
  if (double !== undefined) throw new Error(`${file} has two sources named ${double.name}`);
  return sources;
}

const FIELDS = ['name', 'url', 'caFile', 'tokenFile', 'namespaces'];

async function sourceOf(written: unknown, where: string, directory: string): Promise<Source> {
  const source = obj(written);
  const name = text(source.name);
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) throw new Error(`${where} needs a name of a-z, 0-9 and "-"`);
  const unknown = Object.keys(source).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw new Error(`${where} (${name}) has a field ${unknown}: there are ${FIELDS.join(', ')}`);
  const url = URL.canParse(text(source.url)) ? new URL(text(source.url)) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.username !== '')
    throw new Error(`${where} (${name}) needs a url with http or https, without a query and without a password`);
  const { namespaces } = source;
  if (namespaces !== undefined && !(Array.isArray(namespaces) && namespaces.every((each) => typeof each === 'string')))
    throw new Error(`${where} (${name}): namespaces is a list of names`);
  const read = async (field: 'caFile' | 'tokenFile'): Promise<string | undefined> =>
    source[field] === undefined ? undefined : await readFile(resolve(directory, text(source[field])), 'utf8');
  return { name, namespaces, url: url.href, ca: await read('caFile'), token: (await read('tokenFile'))?.trim() };
}

/** Few connections to each, so that a slow one holds up nobody but who asks it. */
const CONNECTIONS = 8;

function askedOf({ url, ca, token }: Source): Asked {
  const { protocol, hostname, port, pathname } = new URL(url);
  const isSecure = protocol === 'https:';
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (isSecure ? 443 : 80) : Number(port),
    path: pathname.replace(/\/+$/, ''),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    tls: isSecure ? new Agent({ ...(ca === undefined ? {} : { ca }), maxSockets: CONNECTIONS, keepAlive: false }) : undefined,
  };
}
