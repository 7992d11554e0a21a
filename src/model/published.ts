// Is an instance what was published? The one answer for who looks for tampering, for the gate and for the report: by the config objects that
// its pods read and by the spec of its Deployment. What follows from it is decided elsewhere.
import type { Status } from './app.ts';
import type { ConfigSeen, InstanceSeen, RecordSeen } from './observed.ts';
import { configsOf } from './version.ts';

/** What a version was published as, as far as it can be told without reading it. */
export interface Published {
  readonly record: Pick<RecordSeen, 'configs'> | undefined;
  readonly configs: readonly ConfigSeen[];
  /** Spec hashes that its Deployments may have; never the empty one. */
  readonly specHashes: ReadonlySet<string>;
}

/** A part of an instance that is not what was published. */
export type Change =
  | { readonly part: 'config'; readonly name: string; readonly is: 'gone' | 'made anew' }
  /** Of its Deployment. */
  | { readonly part: 'spec' };

/** `verified`: config objects that are known to say what they should, uids by name; `clean`: see `cleanGeneration`. Config comes first. */
export function changesOf(
  { record, configs }: Omit<Published, 'specHashes'>,
  instance: InstanceSeen,
  verified: ReadonlyMap<string, string>,
  clean: number,
): readonly Change[] {
  const { names } = configsOf(instance, record ?? { configs: [] });
  const changed = names.flatMap((name): Change[] => {
    const there = configs.find((config) => config.name === name);
    if (there === undefined) return [{ part: 'config', name, is: 'gone' }];
    const known = verified.get(name);
    const another = there.createdAt > instance.createdAt || (known !== undefined && known !== there.uid);
    return another ? [{ part: 'config', name, is: 'made anew' }] : [];
  });
  return instance.generation === clean ? changed : [...changed, { part: 'spec' }];
}

/**
 * The generation of this very Deployment that is what was published, or was last known to be: from then on whatever the API server shows is
 * a default that is new. 0 for none.
 */
export function cleanGeneration({ specHashes }: Pick<Published, 'specHashes'>, instance: InstanceSeen, { versions = [] }: Status): number {
  if (instance.specHash !== '' && specHashes.has(instance.specHash)) return instance.generation;
  return versions.flatMap(({ instances = [] }) => instances).find(({ uid }) => uid === instance.uid)?.generation ?? 0;
}

export const inWords = (change: Change): string => {
  if (change.part === 'spec') return 'its spec is not what was published';
  return `ConfigMap ${change.name} ${change.is === 'gone' ? 'is gone' : 'was deleted and created again'}`;
};
