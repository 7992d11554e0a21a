// Who may be asked for a measurement beside the candidate itself, and who is told what happens: what the platform defines in a file, which is read
// again when it changes. Authors of Apps name a source; none of them ever writes an address.
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Format } from '../../model/notice.ts';
import { FORMATS } from '../../model/notice.ts';
import { isFor, type GateSource } from '../../model/observed.ts';
import { obj, text } from '../../model/json.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../ops/log.ts';

const REREAD_MS = 5_000;

export interface Source extends GateSource {
  readonly url: string;
  /** PEM. */
  readonly ca: string | undefined;
  readonly token: string | undefined;
  /** In which notices are sent to it. */
  readonly format: Format;
}

/** What the file says. */
interface Written {
  readonly sources: readonly Source[];
  /** Names of those that are told of every App. */
  readonly notify: readonly string[];
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

/** The same, to be told. */
export interface Receiver extends Asked {
  readonly format: Format;
}

export interface Sources {
  /** Undefined: there is none of this name for this namespace. */
  find(name: string, namespace: string): Receiver | undefined;
  /** Those that are told of every App. */
  notify(): readonly string[];
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
  let known: Written = { sources: [], notify: [] };
  let asked = new Map<string, Receiver>();
  let problem = '';
  let cancel = (): void => undefined;
  const take = (written: Written): void => {
    if (isDeepStrictEqual(written, known) && asked.size > 0) return;
    for (const { tls } of asked.values()) tls?.destroy();
    known = written;
    const { sources } = written;
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
      const source = known.sources.find((each) => each.name === name);
      return source !== undefined && isFor(source, namespace) ? asked.get(name) : undefined;
    },
    notify: () => known.notify,
    stop() {
      isStopped = true;
      cancel();
      for (const { tls } of asked.values()) tls?.destroy();
    },
  };
}

async function load(file: string): Promise<Written> {
  // Imported only here: who has no sources never pays for it.
  const { parse } = await import('yaml');
  const written: unknown = parse(await readFile(file, 'utf8'));
  const { sources: list, notify = [] } = Array.isArray(written) ? { sources: written as unknown[] } : obj(written);
  if (!Array.isArray(list)) throw new Error(`${file} has no list of sources`);
  const sources = await Promise.all(list.map((each, i) => sourceOf(each, `${file}, source ${String(i + 1)}`, dirname(file))));
  const double = sources.find(({ name }, i) => sources.findIndex((other) => other.name === name) < i);
  if (double !== undefined) throw new Error(`${file} has two sources named ${double.name}`);
  if (!Array.isArray(notify)) throw new Error(`${file}: notify is a list of names of sources`);
  const told = notify.map(text);
  const missing = told.find((name) => !sources.some((source) => source.name === name));
  if (missing !== undefined) throw new Error(`${file} is to notify "${missing}", and has no source of that name`);
  return { sources, notify: told };
}

const FIELDS = ['name', 'url', 'urlFile', 'caFile', 'tokenFile', 'namespaces', 'format'];
type FileField = 'urlFile' | 'caFile' | 'tokenFile';

async function sourceOf(written: unknown, where: string, directory: string): Promise<Source> {
  const source = obj(written);
  const name = text(source.name);
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) throw new Error(`${where} needs a name of a-z, 0-9 and "-"`);
  const unknown = Object.keys(source).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw new Error(`${where} (${name}) has a field ${unknown}: there are ${FIELDS.join(', ')}`);
  if (source.urlFile !== undefined && source.url !== undefined)
    throw new Error(`${where} (${name}) has a url and a urlFile: one of them is enough`);
  const read = async (field: FileField): Promise<string | undefined> =>
    source[field] === undefined ? undefined : await readFile(resolve(directory, text(source[field])), 'utf8');
  const address = source.urlFile === undefined ? text(source.url) : (await read('urlFile'))!.trim();
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.username !== '')
    throw new Error(`${where} (${name}) needs a url with http or https, without a query and without a password`);
  const { namespaces } = source;
  if (namespaces !== undefined && !(Array.isArray(namespaces) && namespaces.every((each) => typeof each === 'string')))
    throw new Error(`${where} (${name}): namespaces is a list of names`);
  const format = FORMATS.find((each) => each === (source.format ?? FORMATS[0]));
  if (format === undefined) throw new Error(`${where} (${name}): format is ${FORMATS.join(', ')}`);
  return { name, namespaces, url: url.href, ca: await read('caFile'), token: (await read('tokenFile'))?.trim(), format };
}

/** Few connections to each, so that a slow one holds up nobody but who asks it. */
const CONNECTIONS = 8;

function askedOf({ url, ca, token, format }: Source): Receiver {
  const { protocol, hostname, port, pathname } = new URL(url);
  const isSecure = protocol === 'https:';
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (isSecure ? 443 : 80) : Number(port),
    path: pathname.replace(/\/+$/, ''),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    tls: isSecure ? new Agent({ ...(ca === undefined ? {} : { ca }), maxSockets: CONNECTIONS, keepAlive: false }) : undefined,
    format,
  };
}
