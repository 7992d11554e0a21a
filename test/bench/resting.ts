// Very many Apps at rest, as watches would show them to a process, without an API server. One App comes to rest in the simulated cluster; the others
// are copies of it under names, uids, fingerprints and spec hashes of their own, so that whoever decides about them finds nothing to do.
import { createHash } from 'node:crypto';
import { failure, ok } from '../../src/model/failure.ts';
import { obj, text } from '../../src/model/json.ts';
import type { AppKey } from '../../src/model/version.ts';
import { appKey } from '../../src/model/version.ts';
import { LABEL } from '../../src/model/vocabulary.ts';
import type { Port } from '../../src/shell/loop/apply.ts';
import type { CachedKind } from '../../src/shell/store/cache.ts';
import { NAMESPACE, World } from '../world.ts';
import { tagged } from '../world/images.ts';
import type { Stored } from '../world/store.ts';
import { anyOf, identity, replaced } from './copies.ts';
import { appOf, CONTAINER, content } from './phases.ts';

const NAME = 'resting-app';
const PER_NAMESPACE = 100;
const SETTLED_MS = 600_000;
const UID = /uid-\d{6}/g;
const DIGITS = 10;

export interface RestingOptions {
  readonly versions: number;
  /** Whether spec.references.images is Watched. */
  readonly watched: boolean;
  /** Of config, in each version; 0 for that of a small real one. */
  readonly bytes: number;
}

export interface Resting {
  readonly kinds: readonly CachedKind[];
  /** One line of JSON for each object of a kind that belongs to the nth App. */
  lines(nth: number, kind: CachedKind): readonly string[];
  /** Lists pods, and throws at all else: whoever is at rest asks for nothing. */
  readonly port: Port;
}

const namespaceOf = (nth: number): string => `rest-${String(Math.floor(nth / PER_NAMESPACE)).padStart(3, '0')}`;
const nameOf = (nth: number): string => `app-${String(nth).padStart(5, '0')}`;
export const keyOf = (nth: number): AppKey => appKey(namespaceOf(nth), nameOf(nth));

export async function resting(options: RestingOptions): Promise<Resting> {
  const world = await atRest(options);
  const donor = { namespace: NAMESPACE, name: NAME, versions: versionsOf(world) };
  const lists = new Map([...world.operator.lists()].map(([kind, objects]) => [kind, objects.map((each) => JSON.stringify(each))] as const));
  const pods = world.store.list('Pod').map((pod) => JSON.stringify(pod));
  const uids = [...new Set([...lists.values()].flat().flatMap((line) => line.match(UID) ?? []))];
  const textsOf = (nth: number): ReadonlyMap<string, string> =>
    new Map([
      ...[...identity(donor, namespaceOf(nth), nameOf(nth))].flatMap(([from, to]) => [[from, to] as const, ...alone(donor, from, to)]),
      ...uids.map((uid) => [uid, uuidOf(`${String(nth)} ${uid}`)] as const),
    ]);
  const pattern = anyOf(textsOf(0).keys());
  const rewriting = (nth: number): ((line: string) => string) => replaced(textsOf(nth), pattern);
  const strange = (what: string) => (): never => {
    throw new Error(`an App at rest asks to ${what}`);
  };
  return {
    kinds: [...lists.keys()],
    lines: (nth, kind) => lists.get(kind)!.map(rewriting(nth)),
    port: {
      create: strange('create'),
      read: () => Promise.resolve(failure('Gone', 'there is no API server', 404)),
      remove: strange('remove'),
      scale: strange('scale'),
      patchService: strange('patch a Service'),
      patchStatus: strange('write its status'),
      list({ labelSelector = '' }) {
        const instance = labelSelector.slice(labelSelector.indexOf('=') + 1);
        const items = pods.map(rewriting(Number(/app-(\d+)/.exec(instance)![1]))).filter((line) => line.includes(`"${instance}"`));
        return Promise.resolve(ok({ items: items.map((line) => JSON.parse(line) as object), continue: '', resourceVersion: '' }));
      },
    },
  };
}

async function atRest({ versions, watched, bytes }: RestingOptions): Promise<World> {
  const world = new World();
  tagged(CONTAINER.image, 'a')(world);
  const specOf = (version: string): object =>
    bytes === 0
      ? content(`${NAMESPACE}/${NAME}`, version)
      : { version, config: [{ name: 'httpd', mountPath: '/etc/httpd', data: { big: `${NAME} ${version}`.padEnd(bytes, 'x') } }] };
  const app = appOf(NAMESPACE, NAME, 1) as { spec: object };
  const retention = { warm: versions - 1, warmSeconds: 86_400, versions: 10 };
  const references = watched ? { images: 'Watched' } : {};
  world.apply('ImmutableApp', { ...app, spec: { ...app.spec, ...specOf('v1'), retention, references } });
  await world.settle(SETTLED_MS);
  for (let nth = 2; nth <= versions; nth++) {
    world.edit('ImmutableApp', NAME, (draft) => {
      draft.spec = { ...draft.spec, ...specOf(`v${String(nth)}`) };
    });
    await world.settle(SETTLED_MS);
  }
  return world;
}

function versionsOf({ store }: World) {
  const deployments = store.list('Deployment');
  return store
    .list('ControllerRevision')
    .filter(({ data }) => obj(data).fact === undefined)
    .map(({ metadata: { name }, data }: Stored) => {
      const { fingerprint, specHash, content: said } = obj(data);
      return {
        id: name,
        digits: text(fingerprint).slice(text(fingerprint).indexOf(':') + 1),
        content: said as object,
        specHash: text(specHash),
        spec: deployments.find(({ metadata }) => metadata.labels?.[LABEL.version] === name)!.spec!,
      };
    });
}

/** The digits of an id, as status says them without its App. */
const alone = (
  { versions }: { readonly versions: readonly { readonly id: string }[] },
  from: string,
  to: string,
): readonly (readonly [string, string])[] => (versions.some(({ id }) => id === from) ? [[from.slice(-DIGITS), to.slice(-DIGITS)]] : []);

/** Always the same of the same words. */
function uuidOf(words: string): string {
  const digits = createHash('sha256').update(words).digest('hex');
  return digits.slice(0, 32).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
