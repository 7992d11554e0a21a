// Which version somebody may have meant who named one that does not exist. For messages only.
import type { App } from '../../model/app.ts';
import { nearest } from '../../model/spelling.ts';
import { called } from '../read/columns.ts';
import { hasServed } from '../read/served.ts';
import type { Version, Versions } from '../read/versions.ts';
import { isInstanceOf } from '../read/versions.ts';

const MOST = 5;

type Known = Pick<Versions, 'all'>;

/** The name closest to what was typed, then versions that served and could again, newest first. */
export function hint(app: App, versions: Known, typed: string): string {
  const known = versions.all.filter(({ record }) => record !== undefined);
  if (known.length === 0) return 'there are no versions yet';
  const shown = shownAs(app, versions, typed);
  if (shown.length > 0)
    return `that is how ${shown.length > 1 ? 'several are' : 'one is'} shown, and no name: use ${ors(shown.map(nameOf))}`;
  const fit = known.filter(isFit);
  const served = fit.filter((version) => hasServed(app, version));
  const near = nearest(typed, wordsOf(fit));
  const others = (served.length > 0 ? served : fit).map(nameOf);
  const offered = [...new Set([...(near === undefined ? [] : [near]), ...others])].slice(0, MOST);
  const words = offered.length === 0 ? 'no existing version can serve' : `use one of ${offered.join(', ')}`;
  return `${dropped(app, known, typed)}${unfit(known, typed)}${words}`;
}

const isFit = ({ failed, rejected }: Version): boolean => failed === undefined && !rejected;

const wordsOf = (versions: readonly Version[]): string[] => versions.flatMap(({ id, names }) => [...names, id]);

/** The name by which people call it. */
const nameOf = ({ id, names: [name] }: Version): string => name ?? id;

const ors = (words: readonly string[]): string => words.slice(0, MOST).join(' or ');

/** Versions that lists show under this text, with or without the id in brackets. There may be several. */
function shownAs(app: App, versions: Known, typed: string): Version[] {
  const recorded = versions.all.filter(({ record }) => record !== undefined);
  return recorded.filter((version) => {
    const shown = called(app, versions, version);
    return shown === typed || shown.startsWith(`${typed} (`);
  });
}

/** If the version that was meant cannot serve, the message says so instead of suggesting it. */
function unfit(known: readonly Version[], typed: string): string {
  const word = nearest(typed, wordsOf(known));
  const meant = known.find(({ id, names }) => word !== undefined && (id === word || names.includes(word)));
  if (meant === undefined || isFit(meant)) return '';
  return `${String(word)} is spelt like it and ${meant.rejected ? 'was rejected' : 'failed'}; `;
}

/** History keeps ids and names longer than records exist. */
function dropped({ name, status, retention }: App, known: readonly Version[], typed: string): string {
  const history = status.history ?? [];
  const isMeant = (instance = ''): boolean => [typed, `${name}-${typed}`].some((id) => isInstanceOf(id, instance));
  const isThere = (instance = ''): boolean => known.some(({ id }) => isInstanceOf(id, instance));
  const came = history.findIndex((switchNumber) => isMeant(switchNumber.to) || (switchNumber.name === typed && !isThere(switchNumber.to)));
  // What came last may serve yet.
  const until = (came === -1 ? history.find(({ from }) => isMeant(from)) : history[came - 1])?.at;
  return until === undefined ? '' : `it served until ${until} and was dropped beyond retention.versions ${String(retention.versions)}; `;
}
