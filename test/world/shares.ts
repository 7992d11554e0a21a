// The promises about ladders, judged at each write to a rung. Written from the promises, not from the code.
import { int, list, obj, text } from '../../src/model/json.ts';
import type { Fields, Store, Stored } from './store.ts';

const INSTANCE = 'immutableapp.io/instance';
const STAMP = 'immutableapp.io/stamp';

interface Place {
  readonly of: string;
  /** From 1. */
  readonly position: number;
  readonly ladder: readonly Fields[];
}

/** Which rung of an App a Service is. */
export function placeOf(app: Stored, service: string): Place | undefined {
  const [, of = '', digits] = /^(.+)-r(\d+)$/.exec(service) ?? [];
  const ladder = list(list(app.spec?.services).find(({ name }) => name === of)?.ladder);
  const position = Number(digits);
  return position >= 1 && position <= ladder.length ? { of, position, ladder } : undefined;
}

/** All rungs that an App should have, by name. */
export const rungsOf = (app: Stored): string[] =>
  list(app.spec?.services).flatMap(({ name, ladder }) => list(ladder).map((_, i) => `${text(name)}-r${String(i + 1)}`));

const selected = (service: Stored): unknown => obj(service.spec?.selector)[INSTANCE];
const stampOf = (service: Stored): Fields => obj(JSON.parse(service.metadata.annotations?.[STAMP] ?? '{}'));

/** Whether a rung lends, by its own stamp, to another instance than `serving`: for the switch that is to come. */
const lends = (service: Stored, serving: string, last: number): boolean =>
  int(stampOf(service).switchNumber, 0) > last &&
  int(obj(stampOf(service).share).percent, 0) > 0 &&
  selected(service) !== serving &&
  selected(service) === stampOf(service).instance;

export interface Sight {
  readonly store: Store;
  readonly now: number;
  /** The instance that has all traffic but what is lent. */
  readonly serving: string;
  /** The number of the last switch. */
  readonly last: number;
  /** Whether somebody else has changed a Service. */
  readonly touched: (service: Stored) => boolean;
}

/** The promise that a write to a rung breaks, and how; undefined if it breaks none. */
export function brokenBy(
  { store, now, serving, last, touched }: Sight,
  app: Stored,
  rung: Stored,
): [promise: string, how: string] | undefined {
  const place = placeOf(app, rung.metadata.name);
  if (place === undefined) return undefined;
  const { of, position, ladder } = place;
  const others = ladder.map((_, i) => store.get('Service', app.metadata.namespace, `${of}-r${String(i + 1)}`));
  if (selected(rung) === serving) {
    const larger = others.slice(position).find((other) => other !== undefined && lends(other, serving, last) && !touched(other));
    return larger && ['an abort never raises a share', `${larger.metadata.name} lends, and ${rung.metadata.name} went back before it`];
  }
  const share = obj(stampOf(rung).share);
  const where = `${rung.metadata.name} → ${String(selected(rung))}`;
  const never = (how: string): [string, string] => ['a share is never more than its stamps prove', `${where}: ${how}`];
  if (position === ladder.length) return never('the last rung moves with the switch');
  if (share.percent !== ladder[position - 1]!.percent) return never(`its stamp says ${String(share.percent)} percent`);
  const missing = others
    .slice(0, position - 1)
    .find((other) => other === undefined || (selected(other) !== selected(rung) && !touched(other)));
  if (missing !== undefined || others.slice(0, position - 1).includes(undefined)) return never('a rung below it has not moved');
  const below = others[position - 2];
  const isAgain = Date.parse(text(share.at)) < now - 1000;
  const since = below === undefined ? NaN : Date.parse(text(obj(stampOf(below).share).at));
  const early = !isAgain && below !== undefined && now - since < int(ladder[position - 2]!.seconds, 0) * 1000;
  return early ? never(`the rung below it moved ${String(now - since)} ms ago`) : undefined;
}
