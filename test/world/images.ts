// Names of images that come to mean other bytes, and the promises about them, judged from what pods were seen to run. Written from the promises,
// not from the code.
import { list, obj, text } from '../../src/model/json.ts';
import { isReady, podsOf } from './actors.ts';
import type { Store, Stored, Transition } from './store.ts';

const VERSION = 'immutableapp.io/version';
const INSTANCE = 'immutableapp.io/instance';
const SHA = /sha256:[0-9a-f]{64}/;

/** Of bytes that are called by a letter. */
export const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** From now on the name means these bytes, to every container that starts. */
export const tagged =
  (image: string, letter: string) =>
  ({ store }: { readonly store: Store }): void => {
    store.tags.set(image, digestOf(letter));
  };

/** What a kubelet says of the containers of a pod that it starts, as far as anybody has said what their images mean. */
export function startedIn({ tags }: Store, { spec, status }: Stored): { containerStatuses?: readonly object[] } {
  if (tags.size === 0) return {};
  // What runs goes on running what it was started from.
  if (Array.isArray(status?.containerStatuses)) return { containerStatuses: status.containerStatuses as readonly object[] };
  const containerStatuses = list(spec?.containers).flatMap(({ name, image }) => {
    const digest = SHA.exec(text(image))?.[0] ?? tags.get(text(image));
    return digest === undefined ? [] : [{ name, image, imageID: `${text(image).split(/[:@]/)[0]!}@${digest}` }];
  });
  return { containerStatuses };
}

/** Of each container. */
const runsIn = ({ status }: Stored): (readonly [container: string, digest: string])[] =>
  list(status?.containerStatuses).flatMap(({ name, imageID }) => {
    const [digest] = SHA.exec(text(imageID)) ?? [];
    return digest === undefined ? [] : [[text(name), digest] as const];
  });

type Digests = Readonly<Record<string, readonly string[]>>;

/** What is on record of a version, by container. */
function recordedOf(store: Store, version: string): Digests | undefined {
  const facts = store.list('ControllerRevision').filter(({ metadata }) => metadata.labels?.[VERSION] === version);
  const found = facts.map(({ data }) => obj(obj(data).fact)).find(({ is }) => is === 'images');
  return found === undefined ? undefined : (found.containers as Digests);
}

/** A text without the digests that are on record of a version: the same content, pinned or not. */
export const unpinned = (store: Store, version: string, said: string): string =>
  Object.values(recordedOf(store, version) ?? {})
    .flat()
    .reduce((rest, digest) => rest.replaceAll(`@${digest}`, ''), said);

const wishOf = (app: Stored | undefined): unknown => obj(app?.spec?.references).images;

type Broken = readonly [promise: string, how: string];
const MOVED = 'no image is said to have moved that has not';

export class Album {
  /** Every digest that a container of an instance, and of a version, was ever seen to run. */
  readonly #ran = new Map<string, Set<string>>();
  /** What an instance may run, by its name. */
  readonly #bound = new Map<string, Digests>();

  /** The promise that a change breaks, and how; undefined if it breaks none. */
  judge(store: Store, { actor, kind, before, after }: Transition, app: Stored | undefined): Broken | undefined {
    if (store.tags.size === 0 || after === undefined) return undefined;
    if (kind === 'Pod') return this.#seen(after);
    if (actor !== 'operator') return undefined;
    if (kind === 'Deployment' && before === undefined && wishOf(app) === 'Pinned') this.#bind(store, after);
    if (kind === 'ControllerRevision' && before === undefined) return this.#recorded(after);
    return kind === 'ImmutableApp' ? this.#told(after) : undefined;
  }

  #bind(store: Store, { metadata: { name, labels } }: Stored): void {
    const recorded = recordedOf(store, labels?.[VERSION] ?? '');
    if (recorded !== undefined) this.#bound.set(name, recorded);
  }

  #seen(pod: Stored): Broken | undefined {
    const { [INSTANCE]: instance = '', [VERSION]: version = '' } = pod.metadata.labels ?? {};
    for (const [container, digest] of runsIn(pod)) {
      for (const what of [instance, version]) this.#of(what, container).add(digest);
      const bound = this.#bound.get(instance)?.[container];
      // Several are those of several architectures: none of them can be pinned.
      if (bound?.length === 1 && bound[0] !== digest)
        return ['a pinned version runs no other images than it ran at first', `${container} of ${pod.metadata.name} runs ${digest}`];
    }
    return undefined;
  }

  #recorded({ metadata, data }: Stored): Broken | undefined {
    const fact = obj(obj(data).fact);
    if (fact.is !== 'images') return undefined;
    for (const [container, digests] of Object.entries(fact.containers as Digests)) {
      const never = digests.find((digest) => !this.#of(text(fact.instance), container).has(digest));
      if (never !== undefined) return ['what is on record of images was seen to run', `${metadata.name}: ${container} never ran ${never}`];
    }
    return undefined;
  }

  #told({ status }: Stored): Broken | undefined {
    for (const { id, images } of list(status?.versions))
      for (const { container, digest, runs } of list(images)) {
        const ran = this.#of(text(id), text(container));
        if (runs !== undefined && (runs === digest || !ran.has(text(runs))))
          return [MOVED, `${text(container)} of ${text(id)}: ${text(runs)}`];
      }
    const said = list(status?.warnings).find(({ reason }) => reason === 'ImageDiverged');
    const [digest = ''] = SHA.exec(text(said?.message)) ?? [];
    return said === undefined || [...this.#ran.values()].some((ran) => ran.size > 1 && ran.has(digest))
      ? undefined
      : [MOVED, text(said.message)];
  }

  #of(what: string, container: string): Set<string> {
    const key = `${what} ${container}`;
    const known = this.#ran.get(key) ?? new Set();
    this.#ran.set(key, known);
    return known;
  }
}

/** Once nothing happens any more: a pod of what serves that runs something else is told of, and under Pinned there is none. */
export function strangers(store: Store, app: Stored, serving: Stored): string[] {
  const recorded = recordedOf(store, serving.metadata.labels?.[VERSION] ?? '');
  const wish = wishOf(app);
  if (recorded === undefined || (wish !== 'Watched' && wish !== 'Pinned')) return [];
  const others = podsOf(store, serving.metadata.uid)
    .filter(isReady)
    .flatMap(runsIn)
    .filter(([container, digest]) => recorded[container]?.includes(digest) === false);
  const told = list(app.status?.warnings).some(({ reason }) => reason === 'ImageDiverged');
  return [
    ...(wish === 'Pinned' && others.length > 0 ? [`what serves runs ${others[0]!.join(' ')}, and is pinned`] : []),
    ...(wish === 'Watched' && others.length > 0 !== told
      ? [`${String(others.length)} containers run something else: told ${String(told)}`]
      : []),
  ];
}
