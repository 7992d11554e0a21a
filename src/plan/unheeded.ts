// What people said by annotation and nothing came of: told as warnings, since the command that wrote it succeeded. Never acts.
import { ANNOTATION, REASON } from '../model/vocabulary.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import { hint } from './hint.ts';
import type { Routing, Scene } from './scene.ts';
import { title } from './versions.ts';

export function unheeded({
  app,
  versions,
  routing,
  watch,
}: Pick<Scene, 'app' | 'versions' | 'watch'> & { readonly routing: Routing }): Finding[] {
  const { pin, reject, renew, unreadable, unknown } = app.decrees;
  const serves = routing.serving === undefined ? '' : `; it serves ${title(routing.serving)}`;
  const missing = (annotation: string, names: readonly string[], done: string): Finding[] =>
    names
      .filter((name) => versions.named(name) === undefined)
      .map((name) => {
        const what = `annotation ${annotation} names "${name}", which no record holds: nothing was ${done}`;
        return finding(REASON.VersionNotFound, `${what}; ${hint(app, versions, name)}${serves}`);
      });
  return [
    ...unreadable.map((what) => finding(REASON.AnnotationUnreadable, what)),
    ...unknown.map((what) => finding(REASON.AnnotationUnknown, what)),
    ...missing(ANNOTATION.reject, reject.versions, 'rejected'),
    ...missing(ANNOTATION.renew, renew === undefined ? [] : [renew.version], 'renewed'),
    ...(pin !== undefined && watch.past(pin.until, 0)
      ? [finding(REASON.PinExpired, `the pin to ${pin.version} has expired and does nothing: take annotation ${ANNOTATION.pin} away`)]
      : []),
  ];
}
