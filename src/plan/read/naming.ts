// Which version the name in spec.version belongs to. Once a version has served it keeps its name; until then the name follows new content. The
// version that got the name last has it: an alias wins over a record (holdersOf in versions.ts). So two versions never share a name.
import type { Action } from '../../model/action.ts';
import type { App } from '../../model/app.ts';
import { hasServed } from './served.ts';
import type { Routing, Scene } from './scene.ts';
import type { Version } from './versions.ts';
import { isOfSpec, takenBy } from './versions.ts';
import { lift } from './facts.ts';

type Sight = Pick<Scene, 'app' | 'versions'> & { readonly routing: Pick<Routing, 'route'> };

/**
 * The other version that keeps the name in spec.version: it has served, or has the same template and inline config, or a person rejected it,
 * perhaps by that name.
 */
export function keeper({ app, versions, routing }: Sight): Version | undefined {
  const other = takenBy(versions, app);
  return other !== undefined && (isOfSpec(other, app) || other.rejected || isSettled(app, other, routing)) ? other : undefined;
}

/** A version copied from a deleted App may have served there: the status that would tell is lost. */
const isSettled = (app: App, version: Version, { route }: Pick<Routing, 'route'>): boolean =>
  hasServed(app, version, route) || version.restored || (version.record !== undefined && version.record.name !== version.record.id);

/** Aliases that a later one replaces are deleted. The name in a record cannot be edited; a later alias simply wins over it. */
export function yielding({ app, versions }: Pick<Scene, 'app' | 'versions'>, to: string): Action[] {
  const aliases = takenBy(versions, app)?.aliases ?? [];
  return aliases.filter(({ fact }) => fact.name === app.versionName).map((factSeen) => lift(factSeen, `${to} has the name now`));
}
