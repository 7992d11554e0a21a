// Whether spec is an existing version in another spelling: base64 with other line breaks, an empty list or none. Then it is that version and not
// a new one. Decides identity, from records alone.
import type { App } from '../../model/app.ts';
import type { Snapshot } from '../../model/observed.ts';

/** The App with the fingerprints of versions that mean the same added. A version of exactly this spelling comes first. */
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
