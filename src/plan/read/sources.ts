// Sources that gates and `notify` may name: what the platform defines for the namespace of an App.
import type { App } from '../../model/app.ts';
import type { Snapshot } from '../../model/observed.ts';
import { isFor } from '../../model/observed.ts';

export interface Known {
  readonly names: readonly string[];
  /** The same, for a message to an author who named another. */
  readonly said: string;
}

export function sourcesFor({ namespace }: Pick<App, 'namespace'>, { fleet }: Pick<Snapshot, 'fleet'>): Known {
  const names = (fleet.gateSources ?? []).filter((source) => isFor(source, namespace)).map(({ name }) => name);
  return { names, said: names.length === 0 ? 'the platform defines none' : `there are ${names.join(', ')}` };
}
