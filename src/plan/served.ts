// Which versions have served, and when. Told by the route and the history, which goes back twenty switches, and beyond that carried from
// report to report. Whatever no report tells of counts as having served: nothing is dropped, renamed or promoted for want of a memory.
import type { App, Flip, Status } from '../model/app.ts';
import type { InstanceName, VersionId } from '../model/version.ts';
import type { Route } from '../routers/service.ts';
import { isInstanceOf } from './versions.ts';

type VersionStatus = NonNullable<Status['versions']>[number];

/** A report lists no more versions than this, the newest first. */
export const MAX_VERSIONS = 30;

/** Instances that serve or served, the present one first. Status may be lost: the stamp knows what served last and before. */
export const traces = ({ status }: App, route: Route | undefined): InstanceName[] =>
  [route?.instance, route?.previous, ...(status.history ?? []).flatMap(({ to, from }) => [to, from])].filter(
    (name): name is InstanceName => name !== undefined && name !== '',
  );

/**
 * Whether a version has ever served. What a report leaves out although it had room for it was made since then; with status lost, or
 * beyond what a report has room for, nobody can tell, and it counts as having served.
 */
export function hasServed(app: App, { id }: { readonly id: VersionId }, route?: Route): boolean {
  if (traces(app, route).some((name) => isInstanceOf(id, name))) return true;
  const { versions = [], observedGeneration } = app.status;
  const told = versions.find((version) => version.id === id);
  return told === undefined ? observedGeneration === undefined || versions.length >= MAX_VERSIONS : told.servedFrom !== undefined;
}

/** When a version served last: `servedUntil` is absent while it does. */
export function servedIn(
  { status }: App,
  { id }: { readonly id: VersionId },
  history: readonly Flip[],
): Pick<VersionStatus, 'servedFrom' | 'servedUntil'> {
  const isOurs = (flip: Flip | undefined): boolean => flip?.to !== undefined && isInstanceOf(id, flip.to);
  const last = history.findIndex(isOurs);
  const { servedFrom, servedUntil } = status.versions?.find((version) => version.id === id) ?? {};
  if (last === -1) return { ...(servedFrom === undefined ? {} : { servedFrom }), ...(servedUntil === undefined ? {} : { servedUntil }) };
  let first = last;
  while (isOurs(history[first + 1])) first++;
  const [from, until] = [history[first]?.at, history[last - 1]?.at];
  return { ...(from === undefined ? {} : { servedFrom: from }), ...(until === undefined ? {} : { servedUntil: until }) };
}
