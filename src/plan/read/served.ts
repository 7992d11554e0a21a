// Which versions have served, and when. Told by the route and the history, which goes back twenty switches, and beyond that carried from
// report to report. Whatever no report tells of counts as having served: nothing is dropped, renamed or promoted for want of a memory.
import type { App, Switch, Status } from '../../model/app.ts';
import type { InstanceName, VersionId } from '../../model/version.ts';
import type { Route } from '../../routers/router.ts';
import { isInstanceOf } from './versions.ts';

type VersionStatus = NonNullable<Status['versions']>[number];

/** A report lists no more versions than this, the newest first. */
export const MAX_VERSIONS = 30;

/** Instances that serve or served, the present one first. Status may be lost: the stamp knows what served last and before. */
export const traces = ({ status }: App, route: Route | undefined): InstanceName[] =>
  [route?.instance, route?.previous, ...(status.history ?? []).flatMap(({ to, from }) => [to, from])].filter(
    (name): name is InstanceName => name !== undefined && name !== '',
  );

/** What is asked about: its id, and its record if it has one. */
type Subject = { readonly id: VersionId; readonly record?: { readonly name: string; readonly id: VersionId } | undefined };

/** Whether a version has ever served, or nobody can tell that it did not. */
export function hasServed(app: App, version: Subject, route?: Route): boolean {
  const { servedFrom, servedUntil } = toldOf(app, version) ?? {};
  return (
    traces(app, route).some((name) => isInstanceOf(version.id, name)) || (servedFrom ?? servedUntil) !== undefined || isUntold(app, version)
  );
}

const toldOf = ({ status }: App, { id }: Subject): VersionStatus | undefined => status.versions?.find((version) => version.id === id);

/**
 * What a report leaves out although it had room for it was made since then. But status may be lost, or by an operator that did not keep
 * this, or full; and what was copied from a former life was in another report.
 */
function isUntold(app: App, version: Subject): boolean {
  const { versions = [], observedGeneration, activeVersion } = app.status;
  if (observedGeneration === undefined) return true;
  if (activeVersion !== undefined && versions.every(({ servedFrom, servedUntil }) => (servedFrom ?? servedUntil) === undefined))
    return true;
  return toldOf(app, version) === undefined && (versions.length >= MAX_VERSIONS || version.record?.name !== version.record?.id);
}

/**
 * When a version served last: `servedUntil` is absent while it does. Without a beginning it may have, until then: said once where nobody
 * can tell, so that the next report can. Of a first version that nothing routes to yet there is nothing to be said.
 */
export function servedIn(
  app: App,
  version: Subject,
  history: readonly Switch[],
  unknownUntil?: string,
): Pick<VersionStatus, 'servedFrom' | 'servedUntil'> {
  const isOurs = (switchNumber: Switch | undefined): boolean => switchNumber?.to !== undefined && isInstanceOf(version.id, switchNumber.to);
  const last = history.findIndex(isOurs);
  const { servedFrom, servedUntil } = toldOf(app, version) ?? {};
  if (last === -1) {
    const left = history.find(({ from }) => from !== undefined && isInstanceOf(version.id, from))?.at;
    const unknown = servedFrom === undefined && isUntold(app, version) ? unknownUntil : undefined;
    return span(servedFrom, servedUntil ?? left ?? unknown);
  }
  let first = last;
  while (isOurs(history[first + 1])) first++;
  return span(history[first]?.at, history[last - 1]?.at);
}

const span = (servedFrom: string | undefined, servedUntil: string | undefined): Pick<VersionStatus, 'servedFrom' | 'servedUntil'> => ({
  ...(servedFrom === undefined ? {} : { servedFrom }),
  ...(servedUntil === undefined ? {} : { servedUntil }),
});
