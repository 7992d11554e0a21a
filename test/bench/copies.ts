// Ten thousand Apps in a minute: one that came to rest through the operator's own hands is copied, with all that hangs on it, straight into
// etcd. A copy is what the operator would have made: under names, uids, fingerprints and spec hashes of its own, so a start over it finds nothing
// to do. Controllers must be away meanwhile; they would take for unfinished what is half written.
import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import type { Cluster } from '../../deploy/local/cluster.ts';
import { canonical, fingerprintOf, idOf, type JsonObject } from '../../src/model/version.ts';
import { specHashOf } from '../../src/workloads/deployment.ts';

const CONNECTIONS = 16;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** Lengths of texts must not change: what Kubernetes stores in etcd counts its bytes. */
const ADDRESS_LENGTH = '198.18.200.100'.length;
const VERSION_LABEL = 'immutableapp.io/version';

interface Pair {
  readonly key: string;
  /** One character for each byte. */
  readonly value: string;
}
type Texts = ReadonlyMap<string, string>;

/** An App to be copied. */
export interface Donor {
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
  readonly pairs: readonly Pair[];
  /** By version id. */
  readonly versions: readonly {
    readonly id: string;
    readonly digits: string;
    readonly content: object;
    readonly specHash: string;
    readonly spec: object;
  }[];
  readonly uids: readonly string[];
}

export class Etcd {
  readonly #pool: Pool;

  constructor(cluster: Cluster) {
    this.#pool = new Pool(cluster.etcd, { connections: CONNECTIONS });
  }

  async pairs(prefix: string): Promise<readonly Pair[]> {
    const { kvs = [] } = await this.#call<{ kvs?: readonly { key: string; value: string }[] }>('range', {
      key: coded(prefix),
      range_end: coded(prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)),
    });
    return kvs.map(({ key, value }) => ({ key: decoded(key), value: decoded(value) }));
  }

  /** As one revision. */
  async put(pairs: readonly Pair[]): Promise<void> {
    await this.#call('txn', { success: pairs.map(({ key, value }) => ({ request_put: { key: coded(key), value: coded(value) } })) });
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #call<T>(what: string, body: object): Promise<T> {
    const answer = await this.#pool.request({ method: 'POST', path: `/v3/kv/${what}`, body: JSON.stringify(body) });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`etcd ${what}: HTTP ${answer.statusCode}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as T;
  }
}

const coded = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const decoded = (text: string): string => Buffer.from(text, 'base64').toString('latin1');

interface Listed {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: Readonly<Record<string, string>> };
    readonly spec: { readonly clusterIP?: string };
    readonly data: { readonly content: object; readonly fingerprint: string; readonly specHash: string };
  }[];
}

/** One of these Apps that can be copied: each of them is at rest, all versions have an instance. */
export async function donorOf(cluster: Cluster, etcd: Etcd, keys: readonly string[]): Promise<Donor> {
  const services = await listed(cluster, '/api/v1/services');
  const service = services.find(
    ({ metadata, spec }) => keys.includes(`${metadata.namespace}/${metadata.name}`) && spec.clusterIP?.length === ADDRESS_LENGTH,
  );
  if (service === undefined) throw new Error(`no Service of ${keys.length} has an address of ${ADDRESS_LENGTH} characters`);
  const { namespace, name } = service.metadata;
  const address = service.spec.clusterIP!;
  const everything = await etcd.pairs('/registry/');
  const pairs = everything.filter(
    ({ key }) =>
      (key.includes(`/${namespace}/${name}`) && !key.startsWith('/registry/events/')) || key === `/registry/ipaddresses/${address}`,
  );
  const own = (path: string) => listed(cluster, `${path}?labelSelector=${encodeURIComponent(`immutableapp.io/app=${name}`)}`);
  const records = await own(`/apis/apps/v1/namespaces/${namespace}/controllerrevisions`);
  const deployments = await own(`/apis/apps/v1/namespaces/${namespace}/deployments`);
  const versions = records.map(({ metadata, data }) => {
    const { spec } = deployments.find((each) => each.metadata.labels?.[VERSION_LABEL] === metadata.name)!;
    return {
      id: metadata.name,
      digits: data.fingerprint.slice(data.fingerprint.indexOf(':') + 1),
      content: data.content,
      specHash: data.specHash,
      spec,
    };
  });
  const uids = [...new Set(pairs.flatMap(({ value }) => value.match(UUID) ?? []))];
  const donor = { namespace, name, address, pairs, versions, uids };
  // Or what is computed for the copies would not be what the operator computes.
  const same = identity(donor, namespace, name);
  const strange = [...same].find(([from, to]) => from !== to);
  if (strange) throw new Error(`${namespace}/${name}: computed ${strange[1]} where the operator wrote ${strange[0]}`);
  return donor;
}

async function listed(cluster: Cluster, path: string): Promise<Listed['items']> {
  return ((await cluster.call('GET', path)).body as Listed).items;
}

/** Names, fingerprints and spec hashes, each with what stands for it in an App of that name. */
export function identity(
  { namespace, name, versions }: Pick<Donor, 'namespace' | 'name' | 'versions'>,
  toNamespace: string,
  toName: string,
): Texts {
  const names = new Map([
    [namespace, toNamespace],
    [name, toName],
  ]);
  const contents = versions.flatMap(({ id, digits, content }) => {
    const fingerprint = fingerprintOf(canonical(inWords(content, names)));
    return [[id, idOf(toName, fingerprint)] as const, [digits, fingerprint.slice(fingerprint.indexOf(':') + 1)] as const];
  });
  const named = new Map([...names, ...contents]);
  return new Map([...named, ...versions.map(({ specHash, spec }) => [specHash, specHashOf(inWords(spec, named))] as const)]);
}

const inWords = (value: object, texts: Texts): JsonObject => JSON.parse(replaced(texts)(JSON.stringify(value))) as JsonObject;

export function replaced(texts: Texts, pattern = anyOf(texts.keys())): (text: string) => string {
  return (text) => text.replace(pattern, (found) => texts.get(found)!);
}

/** Longer texts first: one may begin with another. */
export const anyOf = (texts: Iterable<string>): RegExp =>
  new RegExp(
    [...texts]
      .toSorted((a, b) => b.length - a.length)
      .map((text) => text.replaceAll('.', '\\.'))
      .join('|'),
    'g',
  );

/** Writes a copy of the donor for each of these keys. Namespaces and names are as long as its own. */
export async function copy(cluster: Cluster, etcd: Etcd, donor: Donor, keys: readonly string[]): Promise<void> {
  const taken = new Set((await listed(cluster, '/api/v1/services')).map(({ spec }) => spec.clusterIP));
  const addresses = free(taken);
  const left = keys.values();
  const write = async () => {
    for (const key of left) await Promise.all(written(donor, key, addresses.next().value).map((revision) => etcd.put(revision)));
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, write));
}

function written(donor: Donor, key: string, address: string): readonly (readonly Pair[])[] {
  const [namespace = '', name = ''] = key.split('/');
  const uids = donor.uids.map((uid) => [uid, randomUUID()] as const);
  const texts = new Map([...identity(donor, namespace, name), ...uids, [donor.address, address] as const]);
  const changed = [...texts].find(([from, to]) => from.length !== to.length);
  if (changed) throw new Error(`${key}: ${changed[1]} is not as long as ${changed[0]}`);
  const rewrite = replaced(texts);
  // Never two objects of a kind at one revision: no API server has ever written that.
  const revisions: Pair[][] = [];
  const seen = new Map<string, number>();
  for (const pair of donor.pairs) {
    const kind = pair.key.slice(0, pair.key.indexOf(`/${donor.namespace}/`));
    const nth = seen.get(kind) ?? 0;
    seen.set(kind, nth + 1);
    (revisions[nth] ??= []).push({ key: rewrite(pair.key), value: rewrite(pair.value) });
  }
  return revisions;
}

function* free(taken: ReadonlySet<string | undefined>): Generator<string, never> {
  for (let third = 128; third < 256; third++) {
    for (let fourth = 100; fourth < 255; fourth++) {
      const address = `198.18.${third}.${fourth}`;
      if (!taken.has(address)) yield address;
    }
  }
  throw new Error('the range of Service addresses is used up');
}
