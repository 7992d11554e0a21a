// Whether a version still runs the images that it ran when it first was fully available. A tag may mean another image tomorrow, and the next pod
// runs that one. Only Apps that ask for it are looked at: each look reads the pods of an instance, once after anything about them has changed.
import type { Action } from '../../model/action.ts';
import type { App, Content } from '../../model/app.ts';
import type { ImagesFact, ImagesRead, Running } from '../../model/images.ts';
import type { InstanceSeen } from '../../model/observed.ts';
import { isPinned } from '../../model/references.ts';
import type { Settings } from '../../model/settings.ts';
import { pinned } from '../../workloads/images.ts';
import { attest } from './facts.ts';
import type { Scene } from './scene.ts';
import type { Version } from './versions.ts';

/** Pods that come up one after the other are looked at together; one that runs another image is named within a second. */
const TOGETHER_SECONDS = 0.5;

export const watchesImages = ({ references: { images } }: Pick<App, 'references'>): boolean => images === 'Watched' || images === 'Pinned';

/** Containers whose image is named by a tag. */
const byTag = ({ record }: Version): readonly string[] =>
  (record?.images ?? []).filter(({ image }) => !isPinned(image)).map(({ container }) => container);

/** Whether it was made with digests that its template does not have. */
const isByDigest = ({ record }: Version, { digests }: InstanceSeen): boolean =>
  digests > (record?.images ?? []).filter(({ image }) => isPinned(image)).length;

/** The digest of each container that ran only one. */
export const digestsOf = ({ ran }: Pick<Version, 'ran'>): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(ran?.fact.containers ?? {}).flatMap(([container, [digest, ...others]]) =>
      digest === undefined || others.length > 0 ? [] : [[container, digest] as const],
    ),
  );

/** What the next instance of a version is made from. */
export const contentToRun = ({ references }: App, version: Version, content: Content): Content =>
  references.images === 'Pinned' ? pinned(content, digestsOf(version)) : content;

/** What this instance was made from. */
export const contentRun = (version: Version, instance: InstanceSeen, content: Content): Content =>
  isByDigest(version, instance) ? pinned(content, digestsOf(version)) : content;

export interface Look {
  readonly actions: readonly Action[];
  /** Another image than the version ran at first, in words. */
  readonly diverged: string | undefined;
}

const NOTHING: Look = { actions: [], diverged: undefined };

const isUp = ({ available, replicas, pods, generation, observedGeneration }: InstanceSeen): boolean =>
  replicas > 0 && available >= replicas && pods === replicas && observedGeneration >= generation;

/** Reads the pods of an instance when they have changed, writes down what a version ran first, and compares. */
export function lookAtImages(scene: Scene, version: Version, instance: InstanceSeen): Look {
  const containers = watchesImages(scene.app) ? byTag(version) : [];
  if (containers.length === 0 || isByDigest(version, instance) || instance.pods === 0) return NOTHING;
  const { ran } = version;
  if (ran === undefined && !isUp(instance)) return NOTHING;
  const read = scene.seen.answers.images.get(instance.name);
  const running = (read?.running ?? []).filter(({ container }) => containers.includes(container));
  const isOld = read?.of !== podsIn(instance);
  const due = isOld && (read === undefined || scene.timer.past(read.at, TOGETHER_SECONDS));
  const actions: Action[] = due ? [{ do: 'ask', question: { ask: 'images', instance: instance.name, of: podsIn(instance) } }] : [];
  if (ran !== undefined) return { actions, diverged: about(read, instance) ? divergence(ran.fact, running) : undefined };
  if (isOld || running.length === 0) return { actions, diverged: undefined };
  return {
    actions: attest(version, factOf(instance, running), `${instance.name} was fully available with these images`),
    diverged: undefined,
  };
}

/** Of each container that runs another image than the version ran, one such digest. */
export function othersOf({ seen }: Pick<Scene, 'seen'>, { ran, instances }: Version): ReadonlyMap<string, string> {
  const others = instances.flatMap((instance) => {
    const read = seen.answers.images.get(instance.name);
    return about(read, instance) ? strangersIn(ran?.fact.containers ?? {}, read?.running ?? []) : [];
  });
  return new Map(others.map(({ container, digest }) => [container, digest]));
}

const podsIn = ({ uid, members }: InstanceSeen): string => `${uid} ${members}`;

/** An instance made anew under the same name has other pods. */
const about = (read: ImagesRead | undefined, { uid }: InstanceSeen): boolean => read?.of.startsWith(`${uid} `) === true;

/** As the platform sets it, where the App does not say. */
export const withDefault = (app: App, { images }: Settings): App =>
  images === undefined || app.references.imagesSaidBy !== 'nobody'
    ? app
    : { ...app, references: { ...app.references, images, imagesSaidBy: 'platform' } };

/** So that nobody looks for it in an App that does not say it. */
export const whoseWish = ({ references: { images, imagesSaidBy } }: App): string =>
  imagesSaidBy === 'platform' ? ` (the platform's default is ${images} where spec.references.images is empty)` : '';

/** What to do about it. */
export const moved = ({ record }: Version, diverged: string): string => {
  const tags = (record?.images ?? []).filter(({ image }) => !isPinned(image)).map(({ image }) => image);
  return `${diverged}: a tag was moved (${tags.join(', ')}), so name images by digest, or set spec.references.images to Pinned`;
};

function factOf({ name }: InstanceSeen, running: readonly Running[]): ImagesFact {
  const containers = [...new Set(running.map(({ container }) => container))];
  const digests = (of: string): string[] => running.filter(({ container }) => container === of).map(({ digest }) => digest);
  return { is: 'images', instance: name, containers: Object.fromEntries(containers.map((container) => [container, digests(container)])) };
}

const strangersIn = (containers: ImagesFact['containers'], running: readonly Running[]): Running[] =>
  running.filter(({ container, digest }) => containers[container]?.includes(digest) === false);

function divergence({ containers, instance }: ImagesFact, running: readonly Running[]): string | undefined {
  const [other] = strangersIn(containers, running);
  if (other === undefined) return undefined;
  const { pod, container, digest } = other;
  return `container ${container} of pod ${pod} runs ${digest}, but ran ${containers[container]!.join(' or ')} when ${instance} was first fully available`;
}
