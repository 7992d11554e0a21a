// Was every move of traffic asked for? Judged on a recorded history, from what the API promises and from nothing the operator computes:
// this file and safety.ts share no code with it.
import { gunzipSync } from 'node:zlib';
import type { App, Kind, Service, Stored } from './objects.ts';
import type { Entry } from './recorder.ts';

export interface History {
  readonly of: <K extends Kind>(kind: K) => readonly Entry<K>[];
  /** The last version of an object before a write; undefined if it was not there. */
  readonly before: <K extends Kind>(kind: K, name: string, version: number) => Entry<K> | undefined;
}

interface Stamp {
  readonly uid: string;
  readonly generation: number;
  readonly instance: string;
  readonly previous: string;
  readonly switchNumber: number;
}
interface Fact {
  readonly is: string;
  readonly name?: string;
}
interface Content {
  readonly template: unknown;
  readonly config?: unknown;
}

/** How old what a move was decided on may be, at most: the round trip of a write, for which the port waits no longer. */
const ROUND_TRIP_MS = 4_500;

/** What the App said when a write may have been decided on: it was read one round trip before, so what it said until shortly before counts too. */
export function statesBefore(
  { of }: Pick<History, 'of'>,
  uid: string,
  { version, at }: Pick<Entry, 'version' | 'at'>,
): readonly Entry<'ImmutableApp'>[] {
  const states = of('ImmutableApp').filter((entry) => entry.object.metadata.uid === uid && entry.version < version);
  return states.filter((_, i) => at - (states[i + 1]?.at ?? at) < ROUND_TRIP_MS);
}

/** The same JSON, whatever the order of its members; null members are as good as none. */
export function stable(value: unknown): string {
  if (value === undefined) return 'null';
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return `{${members
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${stable(member)}`)
    .join(',')}}`;
}

/** A record's content, less what it captured: that is in no spec. */
function contentOf(record: Stored): Content {
  const { gzip, content } = (record as Stored & { data: { gzip?: string; content?: Content } }).data;
  return gzip === undefined ? content! : (JSON.parse(gunzipSync(Buffer.from(gzip, 'base64')).toString()) as Content);
}
const inline = ({ template, config }: Content): string => stable({ template, config: config ?? null });
const inSpec = ({ spec }: App): string => inline(spec as unknown as Content);

const stampOf = (service: Service): Stamp | undefined => {
  const text = service.metadata.annotations?.['immutableapp.io/stamp'];
  return text === undefined ? undefined : (JSON.parse(text) as Stamp);
};

/** Every first move of a switch, by Service stamps; and the switches of workers, by facts. */
function switches({ of }: History): { readonly stamp: Omit<Stamp, 'generation'>; readonly version: number; readonly at: number }[] {
  const services = of('Service').flatMap(({ object, version, at, gone }) => {
    const stamp = stampOf(object);
    return gone || stamp === undefined || stamp.switchNumber === 0 ? [] : [{ stamp, version, at }];
  });
  const highest = new Map<string, number>();
  return services
    .toSorted((a, b) => a.version - b.version)
    .filter(({ stamp }) => {
      if (stamp.switchNumber <= (highest.get(stamp.uid) ?? 0)) return false;
      highest.set(stamp.uid, stamp.switchNumber);
      return true;
    });
}

export function movesAreAskedFor(history: History): string[] {
  const { of, before } = history;
  const served: string[] = [];
  return switches(history).flatMap(({ stamp, version, at }) => {
    const label = (name: string): string | undefined =>
      of('Deployment').find((entry) => entry.name === name)?.object.metadata.labels?.['immutableapp.io/version'];
    const id = label(stamp.instance);
    const left = stamp.previous === '' ? undefined : label(stamp.previous);
    const known = [...served];
    served.push(id ?? '');
    const records = of('ControllerRevision').filter(({ version: written, gone }) => written < version && !gone);
    const record = records.find(({ object }) => object.metadata.labels?.['immutableapp.io/version'] === id && factOf(object) === undefined);
    const app = of('ImmutableApp').findLast(({ object, version: written }) => object.metadata.uid === stamp.uid && written < version);
    if (id === undefined || record === undefined || app === undefined)
      return [`switch ${stamp.switchNumber} to ${stamp.instance}: no such version`];
    const states = statesBefore(history, stamp.uid, { version, at });
    const names = namesOf(
      id,
      records.map(({ object }) => object),
    );
    const asked = states.some(({ object }) => {
      const pointer = pointerOf(object, at);
      return pointer.some((named) => (named === '' ? inline(contentOf(record.object)) === inSpec(object) : names.has(named)));
    });
    const facts = records.filter(
      ({ object, name }) =>
        object.metadata.labels?.['immutableapp.io/version'] === left && before('ControllerRevision', name, version) !== undefined,
    );
    const failed = facts.some(({ object }) => ['failed', 'rejected'].includes(factOf(object)?.is ?? ''));
    const listed = states.some(({ object }) =>
      (object.metadata.annotations?.['immutableapp.io/reject'] ?? '').split(/, ?/).includes(left ?? '-'),
    );
    const reverted = (failed || listed) && known.includes(id);
    const renewed = left === id;
    return asked || reverted || renewed
      ? []
      : [`switch ${stamp.switchNumber} from ${stamp.previous} to ${stamp.instance}: nobody asked for ${id} (${version})`];
  });
}

const factOf = (record: Stored): Fact | undefined => (record as Stored & { data?: { fact?: Fact } }).data?.fact;

/** What a version may be called. */
function namesOf(id: string, records: readonly Stored[]): Set<string> {
  const own = records.filter(({ metadata }) => metadata.labels?.['immutableapp.io/version'] === id);
  const named = own.flatMap((record) => {
    const { name } = (record as Stored & { data: { name?: string } }).data;
    const fact = factOf(record);
    return [...(name === undefined ? [] : [name]), ...(fact?.is === 'alias' && fact.name !== undefined ? [fact.name] : [])];
  });
  return new Set([id, ...named]);
}

/** What a human names; both answers when a pin ends about now. '' for the content of spec. */
function pointerOf({ metadata, spec }: App, at: number): string[] {
  const pointer = spec.activeVersion ?? '';
  const [, version, until] = /^(\S+) until (\S+)$/.exec(metadata.annotations?.['immutableapp.io/pin'] ?? '') ?? [];
  if (version === undefined) return [pointer];
  const left = Date.parse(until!) - (performance.timeOrigin + at);
  return left > ROUND_TRIP_MS ? [version] : left < -ROUND_TRIP_MS ? [pointer] : [version, pointer];
}

/** A fingerprint has one content, for ever. */
export function fingerprintsHaveOneContent({ of }: History): string[] {
  const known = new Map<string, string>();
  return of('ControllerRevision').flatMap(({ object, name, version }) => {
    const { fingerprint } = (object as Stored & { data: { fingerprint?: string } }).data;
    if (fingerprint === undefined) return [];
    const key = `${object.metadata.labels?.['immutableapp.io/app'] ?? ''} ${fingerprint}`;
    const content = stable(contentOf(object));
    const before = known.get(key) ?? content;
    known.set(key, before);
    return before === content ? [] : [`record ${name} gives ${fingerprint} another content (${version})`];
  });
}
