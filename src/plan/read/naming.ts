// Whose the name in spec is. A name belongs to a version once that has served; until then it follows new content. Whoever is given it later
// has it: an alias goes before what records say (holdersOf in versions.ts), so two versions never answer to one name.
import type { Action } from '../../model/action.ts';
import type { App } from '../../model/app.ts';
import { hasServed } from './served.ts';
import type { Routing, Scene } from './scene.ts';
import type { Version } from './versions.ts';
import { isOfSpec, takenBy } from './versions.ts';
import { lift } from './facts.ts';

type Sight = Pick<Scene, 'app' | 'versions'> & { readonly routing: Pick<Routing, 'route'> };

/**
 * The other version that keeps the name in spec.version: it served, it is of this very template and config, or a person rejected it, who may
 * have done so by that name.
 */
export function keeper({ app, versions, routing }: Sight): Version | undefined {
  const other = takenBy(versions, app);
  return other !== undefined && (isOfSpec(other, app) || other.rejected || isSettled(app, other, routing)) ? other : undefined;
}

/** What lived before had a report of its own, which nobody has any more. */
const isSettled = (app: App, version: Version, { route }: Pick<Routing, 'route'>): boolean =>
  hasServed(app, version, route) || version.restored || (version.record !== undefined && version.record.name !== version.record.id);

/** Aliases give way to a later claim; what a record says cannot be edited, and gives way by itself. */
export function yielding({ app, versions }: Pick<Scene, 'app' | 'versions'>, to: string): Action[] {
  const aliases = takenBy(versions, app)?.aliases ?? [];
  return aliases.filter(({ fact }) => fact.name === app.versionName).map((factSeen) => lift(factSeen, `${to} has the name now`));
}
