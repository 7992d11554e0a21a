// Which images the containers of a version ran, by digest: read from pods, compared, and written into what runs next. Judges nothing about who
// moved a tag: plan/read/images.ts decides what follows.
import type { Content } from '../model/app.ts';
import type { ImageSeen, Running } from '../model/images.ts';
import { containerStatuses } from '../model/pod.ts';
import { isPinned } from '../model/references.ts';
import type { JsonObject } from '../model/version.ts';
import { list, obj, text } from '../model/json.ts';
import type { Obj } from '../model/json.ts';

/**
 * The digest that a container runtime reports for the image that a pod names: `docker.io/library/nginx@sha256:…`, with or without
 * `docker-pullable://` in front. '' if it says nothing about that name. An id without a repository is that of an image which was never pulled,
 * so it means something on its own node only. And a node that knows the same bytes by several names reports one of them: the digest of another
 * repository may be that of a manifest instead of an index, and the repository that the pod names may not have it.
 */
export function digestIn(imageID: unknown, image: unknown): string {
  const [, reported, digest = ''] = /^([^@]+)@(sha256:[0-9a-f]{64})$/.exec(text(imageID)) ?? [];
  return reported !== undefined && isSame(repositoryIn(reported), repositoryIn(text(image))) ? digest : '';
}

/** Without tag and digest, and without what may be left out for an image of Docker Hub. */
const repositoryIn = (reference: string): string =>
  reference
    .replace(/^[a-z-]+:\/\//, '')
    .replace(/@.*$/, '')
    .replace(/:[^:/]*$/, '')
    .replace(/^(?:(?:index\.)?docker\.io\/)?(?:library\/)?/, '');

/** A name without a registry is looked up in those that the runtime is configured with. */
const isSame = (reported: string, named: string): boolean =>
  reported === named || (!/^(?:localhost|[^/]*[.:][^/]*)\//.test(named) && reported.endsWith(`/${named}`));

/** What the pods run, one entry for each container and digest, with a pod that has it. Of a pod that is being deleted nothing counts. */
export function runningIn(pods: readonly unknown[]): Running[] {
  const all = pods
    .map(obj)
    .filter(({ metadata }) => obj(metadata).deletionTimestamp === undefined)
    .flatMap((pod) => {
      const named = new Map(imagesIn(obj(pod.spec)).map(({ container, image }) => [container, image]));
      return containerStatuses(pod).map(({ name, imageID }) => ({
        pod: text(obj(pod.metadata).name),
        container: text(name),
        digest: digestIn(imageID, named.get(text(name))),
      }));
    })
    .filter(({ digest }) => digest !== '')
    .toSorted((a, b) => (`${a.container} ${a.digest} ${a.pod}` < `${b.container} ${b.digest} ${b.pod}` ? -1 : 1));
  return all.filter(({ container, digest }, i) => all[i - 1]?.container !== container || all[i - 1]?.digest !== digest);
}

/** The images that a pod spec names, in the order in which its containers start. */
export const imagesIn = (podSpec: Obj): ImageSeen[] =>
  [...list(podSpec.initContainers), ...list(podSpec.containers)].map(({ name, image }) => ({ container: text(name), image: text(image) }));

/** How many of its images a pod spec names by digest: more than its author did, if they were pinned later. */
export const digestsIn = (podSpec: Obj): number => imagesIn(podSpec).filter(({ image }) => isPinned(image)).length;

/** The same content with images by the digest that each container ran. The tag stays in front of it, for people. */
export function pinned(content: Content, digests: ReadonlyMap<string, string>): Content {
  const podSpec = obj(content.template.spec);
  const pin = (container: Obj): Obj => {
    const digest = digests.get(text(container.name));
    const image = text(container.image);
    return digest === undefined || image === '' || isPinned(image) ? container : { ...container, image: `${image}@${digest}` };
  };
  const all = (key: string): Obj =>
    Array.isArray(podSpec[key]) ? { [key]: (podSpec[key] as readonly unknown[]).map((each) => pin(obj(each))) } : {};
  const spec = { ...podSpec, ...all('initContainers'), ...all('containers') } as JsonObject;
  return { ...content, template: { ...content.template, spec } };
}
