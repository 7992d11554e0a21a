// Annotations of people, and names of receivers, that have no effect. The command that wrote them succeeded, so they are reported as warnings.
import { annotate } from '../../model/command.ts';
import type { App } from '../../model/app.ts';
import { ANNOTATION, REASON } from '../../model/vocabulary.ts';
import type { Snapshot } from '../../model/observed.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import { called } from '../read/columns.ts';
import { sourcesFor } from '../read/sources.ts';
import { hint } from '../choose/hint.ts';
import type { Routing, Scene } from '../read/scene.ts';
import type { Versions } from '../read/versions.ts';
import { title } from '../read/versions.ts';

export function unheeded({
  app,
  versions,
  routing,
  timer,
}: Pick<Scene, 'app' | 'versions' | 'timer'> & { readonly routing: Routing }): Finding[] {
  const { pin, reject, renew, unreadable, unknown } = app.annotations;
  const serves = routing.serving === undefined ? '' : `; it serves ${title(routing.serving)}`;
  const missing = (annotation: string, names: readonly string[], done: string): Finding[] =>
    names
      .filter((name) => versions.named(name) === undefined)
      .map((name) => {
        const what = `annotation ${annotation} names "${name}", which does not exist: nothing was ${done}`;
        return finding(REASON.VersionNotFound, `${what}; ${hint(app, versions, name)}${serves}`);
      });
  return [
    ...unreadable.map((what) => finding(REASON.AnnotationUnreadable, what)),
    ...unknown.map((what) => finding(REASON.AnnotationUnknown, what)),
    ...missing(ANNOTATION.reject, reject.versions, 'rejected'),
    ...alike(app, versions, routing),
    ...missing(ANNOTATION.renew, renew === undefined ? [] : [renew.version], 'renewed'),
    ...(pin !== undefined && timer.past(pin.until, 0)
      ? [finding(REASON.PinExpired, `the pin to ${pin.version} has expired and does nothing: take annotation ${ANNOTATION.pin} away`)]
      : []),
  ];
}

/**
 * A rejection by name applies to the version with that name, not to those that changed ConfigMaps made of it, which lists show as `1.1+flags`. If
 * traffic was switched to such a version after the rejection, somebody wanted it.
 */
function alike(app: App, versions: Versions, { serving }: Routing): Finding[] {
  const { typed, versions: names } = app.annotations.reject;
  const since = Date.parse(app.status.history?.[0]?.at ?? '');
  if (serving?.record === undefined || serving.rejected || Number.isNaN(since)) return [];
  const { meaning } = serving.record;
  return names.flatMap((name) => {
    const version = versions.named(name);
    const isIt = version?.record?.meaning === meaning && version !== serving && version.names.includes(name);
    if (!isIt || (version.rejection?.createdAt ?? Infinity) <= since) return [];
    const what = `annotation ${ANNOTATION.reject} names "${name}", and what serves is ${called(app, versions, serving)}, of the same template with other captured ConfigMaps`;
    const way = annotate(app, ANNOTATION.reject, `"${typed},${serving.id}"`);
    return [finding(REASON.ServesAlike, `${what}: it serves on. To go back from it, too: ${way}`)];
  });
}

/** Receivers that the platform does not define for the App's namespace: nobody is told there. */
export function unknownReceivers(app: App, seen: Pick<Snapshot, 'fleet'>): Finding[] {
  const { notify, namespace } = app;
  if (notify.length === 0) return [];
  const { names, said } = sourcesFor(app, seen);
  return notify
    .filter((name) => !names.includes(name))
    .map((name) =>
      finding(REASON.ReceiverUnknown, `spec.notify names "${name}", which is not defined for namespace ${namespace}: ${said}`),
    );
}
