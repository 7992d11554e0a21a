// Images of a version: as its template names them, and by the digest that its containers ran.
import type { InstanceName } from './version.ts';

/** As a template names it. */
export interface ImageSeen {
  readonly container: string;
  readonly image: string;
}

/** A digest that a container runs, and a pod in which it does. */
export interface Running {
  readonly pod: string;
  readonly container: string;
  readonly digest: string;
}

/** The answer to the question what the pods of an instance run. `of`: the pods that it is about. */
export interface ImagesRead {
  readonly of: string;
  readonly at: number;
  readonly running: readonly Running[];
}

/**
 * What each container ran in the first instance that was fully available. Several digests of one container are all it: nodes of different
 * architectures may name one image by different digests.
 */
export interface ImagesFact {
  readonly is: 'images';
  readonly instance: InstanceName;
  readonly containers: Readonly<Record<string, readonly string[]>>;
}
