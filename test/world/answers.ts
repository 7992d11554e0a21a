// What a gate before the switch may be said to have answered: by the clock, by what people wrote on the App, and by the Jobs that have completed.
// Written from the promises, not from the code.
import { int, list, obj, text } from '../../src/model/json.ts';
import { stable } from './store.ts';
import type { Fields, Stored } from './store.ts';

/** What there is to go by. */
export interface Witnessed {
  /** The App as it was read live. */
  readonly app: Stored;
  /** The version that is judged. */
  readonly version: string;
  /** HH:MM, in UTC. */
  readonly clock: string;
  /** Specs of the Jobs of its Deployment that have completed. */
  readonly completed: readonly unknown[];
}

const entries = ({ metadata }: Stored, annotation: 'approve' | 'waive'): string[] =>
  (metadata.annotations?.[`immutableapp.io/${annotation}`] ?? '').split(',').map((entry) => entry.trim());

const approversOf = ({ app, version }: Witnessed): Set<string> =>
  new Set(entries(app, 'approve').flatMap((entry) => (entry.startsWith(`${version} by `) ? [entry.slice(`${version} by `.length)] : [])));

const runs = (spec: unknown): string =>
  stable(list(obj(obj(obj(spec).template).spec).containers).map(({ name, image, command }) => [name, image, command]));

/** In UTC, over midnight or not. */
const isWithin = (clock: string, { from, to }: Fields): boolean =>
  text(from) < text(to) ? text(from) <= clock && clock < text(to) : text(from) <= clock || clock < text(to);

/** Why a gate cannot have passed; undefined if it may have, or nobody can tell. `by`: who is on record as having approved it. */
export function unanswered(gate: Fields, seen: Witnessed, by: readonly string[] = []): string | undefined {
  const { name, window, approval, job } = gate;
  const said = text(name);
  if (entries(seen.app, 'waive').includes(`${seen.version}/${said}`)) return undefined;
  if (window !== undefined && !isWithin(seen.clock, obj(window))) return `gate ${said} is closed at ${seen.clock}`;
  if (approval !== undefined) {
    const approvers = new Set([...approversOf(seen), ...by]).size;
    const wanted = int(obj(approval).count, 1);
    if (approvers < wanted) return `gate ${said} has ${String(approvers)} of ${String(wanted)} approvals`;
  }
  if (job !== undefined && !seen.completed.some((spec) => runs(spec) === runs(obj(job).spec)))
    return `no Job of gate ${said} has completed`;
  return undefined;
}
