// Who is behind a version, and who is behind a switch, from managedFields. What is unknown is left out, never guessed.
import type { RecordSeen, Snapshot } from '../../model/observed.ts';
import type { Reason } from '../../model/vocabulary.ts';
import { REASON } from '../../model/vocabulary.ts';
import { sound } from './pointer.ts';
import { hasServed } from '../read/served.ts';
import type { Scene, Stage } from '../read/scene.ts';
import type { Version } from '../read/versions.ts';
import { isOfSpec } from '../read/versions.ts';

/** Who wrote the content of Latest: the writer of spec, or the changed ConfigMaps and their writers. */
export function creator({ seen, app, versions, capture }: Scene): string {
  const before = capture.unasked ? versions.all.find((version) => isOfSpec(version, app))?.record : undefined;
  return before === undefined ? app.authors.content : changed(seen, before, capture.content);
}

/** ConfigMaps that differ between two contents, with who wrote them last. */
const changed = ({ answers }: Snapshot, before: Pick<RecordSeen, 'sources'>, after: Pick<RecordSeen, 'sources'>): string =>
  after.sources
    .filter(({ name, digest }) => before.sources.find((source) => source.name === name)?.digest !== digest)
    .map(({ name, digest }) => {
      const read = answers.source.get(name);
      return `ConfigMap/${name}${read === undefined || read.digest !== digest || read.by === '' ? '' : ` ${read.by}`}`;
    })
    .join(', ');

export interface Cause {
  readonly reason: Reason;
  /** '' when it is unknown, or nobody did it. */
  readonly by: string;
}

/** Why traffic is, or was, switched from one instance to a version, and who is behind it. */
export function causeOf(stage: Stage, from: string, to: Version | undefined): Cause {
  const { choice, versions, app } = stage;
  const { authors } = app;
  const left = from === '' ? undefined : versions.of(from);
  const gone = left !== undefined && left === to && [...left.spentNames].some((name) => name === from);
  if (gone) {
    const discarded = left.discarded.find(({ fact }) => fact.instance === from)?.fact;
    return discarded === undefined ? { reason: REASON.Renewed, by: authors.renew } : { reason: REASON.Replaced, by: discarded.by ?? '' };
  }
  if (left !== undefined && !sound(left))
    return { reason: REASON.Reverted, by: left.rejected ? (left.rejection?.fact.who ?? authors.reject) : '' };
  if (choice.why === 'Pinned') return { reason: REASON.Pinned, by: authors.pin };
  if (choice.why === 'Activated') return { reason: REASON.Activated, by: authors.activeVersion };
  if (choice.why === 'Hold') return { reason: REASON.Switched, by: '' };
  return { reason: REASON.Automatic, by: to === undefined ? '' : publisher(stage, left, to) };
}

/** Whether the content has served before. Then its author is not behind this switch: somebody went back to it. */
function publisher({ seen, app }: Stage, left: Version | undefined, to: Version): string {
  if (!hasServed(app, to)) return to.record?.by ?? '';
  const captured = left?.record !== undefined && to.record !== undefined && left.record.meaning === to.record.meaning;
  return captured ? changed(seen, left.record, to.record) : app.authors.content;
}
