// Whether spec says in other words what a version was made of: bytes in base64 that is broken elsewhere, a list that is empty or not there.
// Then it is that version, and nothing new. Decides identity, by records alone.
import type { App } from '../../model/app.ts';
import type { Snapshot } from '../../model/observed.ts';

/** The App, known by what it was called in other words as well. What was made of these very words goes before. */
export function inOtherWords({ records }: Pick<Snapshot, 'records'>, app: App): App {
  const ours = records.filter(({ authentic, deleting }) => authentic && !deleting);
  if (ours.some(({ inline }) => app.inlines.includes(inline))) return app;
  const alike = ours.filter(({ meaning }) => app.meanings.includes(meaning));
  if (alike.length === 0) return app;
  const own = alike.filter(({ sources }) => sources.length === 0).map(({ fingerprint }) => fingerprint);
  return {
    ...app,
    fingerprints: [...app.fingerprints, ...own],
    inlines: [...app.inlines, ...alike.map(({ inline }) => inline)],
  };
}
