// Which versions have served, and when: from the route and the history of twenty switches, and before that carried from status to status. If
// that is unknown, a version counts as having served: a lost status must not drop a record, free a name or start a version.
import type { App, Switch, Status } from '../../model/app.ts';
import type { InstanceName, VersionId } from '../../model/version.ts';
import type { Route } from '../../routers/router.ts';
import { isInstanceOf } from './versions.ts';

type VersionStatus = NonNullable<Status['versions']>[number];

/** Status lists no more versions than this, the newest first. */
export const MAX_VERSIONS = 30;

/** Instances that serve or served, the present one first. If status is lost, the annotation on the Services still has the last two. */
export const traces = ({ status }: App, route: Route | undefined): InstanceName[] =>
  [route?.instance, route?.previous, ...(status.history ?? []).flatMap(({ to, from }) => [to, from])].filter(
    (name): name is InstanceName => name !== undefined && name !== '',
  );

/** The version in question: its id, and its record if it has one. */
type Subject = { readonly id: VersionId; readonly record?: { readonly name: string; readonly id: VersionId } | undefined };

/** Whether a version has ever served, or that is unknown. */
export function hasServed(app: App, version: Subject, route?: Route): boolean {
  const { servedFrom, servedUntil } = toldOf(app, version) ?? {};
  return (
    traces(app, route).some((name) => isInstanceOf(version.id, name)) || (servedFrom ?? servedUntil) !== undefined || isUntold(app, version)
  );
}

const toldOf = ({ status }: App, { id }: Subject): VersionStatus | undefined => status.versions?.find((version) => version.id === id);

/**
 * Whether no status can tell if a version has served: status was lost, was full, or was written by an operator that did not record it; or the
 * version was copied from a deleted App. Otherwise a version that status does not list is younger than it, and has not served.
 */
function isUntold(app: App, version: Subject): boolean {
  const { versions = [], observedGeneration, activeVersion } = app.status;
  if (observedGeneration === undefined) return true;
  if (activeVersion !== undefined && versions.every(({ servedFrom, servedUntil }) => (servedFrom ?? servedUntil) === undefined))
    return true;
  return toldOf(app, version) === undefined && (versions.length >= MAX_VERSIONS || version.record?.name !== version.record?.id);
}

/**
 * When a version served last: `servedUntil` is absent while it does. `servedUntil` alone means: until then it may have served. That is written
 * once where it is unknown, so that the next status knows. A first version that has not served yet has neither.
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
