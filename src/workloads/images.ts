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
 * The digest that a container runtime reports: `docker.io/library/nginx@sha256:…`, with or without `docker-pullable://` in front. The name
 * of the repository is left out, since a mirror has another one. An id without a repository is that of an image which was never pulled: it
 * means something on its own node only.
 */
export const digestIn = (imageID: unknown): string => /@(sha256:[0-9a-f]{64})$/.exec(text(imageID))?.[1] ?? '';

/** What the pods run, one entry for each container and digest, with a pod that has it. Of a pod that is being deleted nothing counts. */
export function runningIn(pods: readonly unknown[]): Running[] {
  const all = pods
    .map(obj)
    .filter(({ metadata }) => obj(metadata).deletionTimestamp === undefined)
    .flatMap((pod) =>
      containerStatuses(pod).map(({ name, imageID }) => ({
        pod: text(obj(pod.metadata).name),
        container: text(name),
        digest: digestIn(imageID),
      })),
    )
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
