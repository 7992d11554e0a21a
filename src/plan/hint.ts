// What somebody may have meant who named a version that no record holds. Decides words only.
import type { App } from '../model/app.ts';
import { nearest } from '../model/spelling.ts';
import { hasServed } from './served.ts';
import type { Version, Versions } from './versions.ts';
import { isInstanceOf } from './versions.ts';

const MOST = 5;

/** What is spelt most like it first, then what served and could again, the newest first. */
export function hint(app: App, { all }: Pick<Versions, 'all'>, typed: string): string {
  const known = all.filter(({ record }) => record !== undefined);
  if (known.length === 0) return 'there is none yet';
  const words = known.flatMap(({ id, names }) => [...names, id]);
  const near = nearest(typed, words) ?? words.find((word) => word === `${app.name}-${typed}`);
  const fit = known.filter(({ failed, rejected }) => failed === undefined && !rejected);
  const served = fit.filter((version) => hasServed(app, version));
  const others = (served.length > 0 ? served : fit).map(called);
  const offered = [...new Set([...(near === undefined ? [] : [near]), ...others])].slice(0, MOST);
  return `${dropped(app, typed)}${offered.length === 0 ? 'none that there is can serve' : `use one of ${offered.join(', ')}`}`;
}

/** The name by which people call it. */
const called = ({ id, names: [name] }: Version): string => name ?? id;

/** History remembers ids longer than records are kept. */
function dropped({ status, retention }: App, typed: string): string {
  const history = status.history ?? [];
  const came = history.findIndex(({ to = '' }) => isInstanceOf(typed, to));
  const until = came > 0 ? history[came - 1]?.at : history.find(({ from = '' }) => isInstanceOf(typed, from))?.at;
  return until === undefined ? '' : `it served until ${until} and was dropped beyond retention.versions ${String(retention.versions)}; `;
}
