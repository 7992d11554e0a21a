// Which version should serve: the pointer, then the mode. Automatic has two answers, Latest or what serves now; it never searches
// history. Decides intent only; whether that version is ready is promotion's business.
import type { Action } from '../model/action.ts';
import type { App } from '../model/app.ts';
import { REASON } from '../model/vocabulary.ts';
import { renderAnnex } from '../workloads/record.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import type { Routing } from './routing.ts';
import type { Scene } from './scene.ts';
import type { Version, Versions } from './versions.ts';

export interface Choice {
  /** The version that should serve; undefined when none can be named. */
  readonly version: Version | undefined;
  readonly why: 'Activated' | 'Automatic' | 'Hold';
  /** A human named it. Newer content does not supersede it. */
  readonly pointed: boolean;
  /** Why the pointer cannot be followed. */
  readonly trouble: Finding | undefined;
}

export function choose({ app, versions }: Scene, { serving }: Routing): Choice {
  if (app.activeVersion !== '') return follow(app, versions, serving);
  const { latest } = versions;
  const hold = (trouble?: Finding): Choice => ({ version: serving, why: 'Hold', pointed: false, trouble });
  if (app.promotion.mode === 'Manual') {
    if (serving !== undefined) return hold();
    if (versions.all.length === 1 && latest.failed === undefined)
      return { version: latest, why: 'Automatic', pointed: false, trouble: undefined };
    if (latest.failed !== undefined) return hold(failure(latest));
    return hold(finding(REASON.RouteUnknown, 'nothing serves and several versions exist: name one in spec.activeVersion'));
  }
  if (latest.failed !== undefined) return hold(failure(latest));
  if (latest.held !== undefined && serving !== undefined) return hold();
  return { version: latest, why: 'Automatic', pointed: false, trouble: undefined };
}

function follow(app: App, versions: Versions, serving: Version | undefined): Choice {
  const stay = (trouble: Finding): Choice => ({ version: serving, why: 'Hold', pointed: false, trouble });
  const pointed = versions.named(app.activeVersion);
  if (pointed === undefined) {
    const known = versions.all.slice(0, 5).map(({ id, names }) => names[0] ?? id);
    return stay(
      finding(
        REASON.VersionNotFound,
        `spec.activeVersion names "${app.activeVersion}", which no record holds: use one of ${known.join(', ')}`,
      ),
    );
  }
  if (pointed.failed !== undefined && !changedSince(app, versions, pointed.failed.fact.pointer)) {
    return stay(
      finding(
        REASON.PointedVersionFailed,
        `${pointed.id} failed (${pointed.failed.fact.reason}: ${pointed.failed.fact.message}): point spec.activeVersion at another version, or take it away and set it again to retry`,
      ),
    );
  }
  return { version: pointed, why: 'Activated', pointed: true, trouble: undefined };
}

/**
 * Whether the pointer's value changed after a verdict reached under `pointer`. With status lost nothing has changed, and while Latest
 * has no record status.decision lags behind for another reason (see decide).
 */
const changedSince = (app: App, { latest }: Versions, pointer: string): boolean =>
  pointer !== app.activeVersion ||
  (latest.record !== undefined && app.status.decision !== undefined && app.status.decision !== app.activeVersion);

const failure = (version: Version): Finding =>
  finding(
    REASON.VersionFailed,
    `${version.id} failed (${version.failed?.fact.reason ?? ''}: ${version.failed?.fact.message ?? ''}): change spec, or point spec.activeVersion at a version to retry it`,
  );

export interface Decision {
  readonly actions: readonly Action[];
  /** What status.decision should say: the pointer that was last acted on. */
  readonly decision: string;
}

/**
 * Records what a human decision means for versions: naming another version holds Latest (content that comes later is not held), naming
 * a held or failed one sets it free. Acts once per value of the pointer, remembered in status.decision when nothing of it is left to
 * do; with status lost it holds again, which moves nothing.
 */
export function decide({ app, versions }: Scene, choice: Choice): Decision {
  const before = app.status.decision ?? '';
  const pointed = choice.pointed ? choice.version : undefined;
  if (pointed === undefined) return { actions: [], decision: app.activeVersion === '' ? '' : before };
  const freed = [pointed.held, pointed.failed].filter((annex) => annex !== undefined);
  const free = freed.map(({ name, uid, fact }): Action => ({
    do: 'retire',
    kind: 'ControllerRevision',
    name,
    uid,
    why: `${fact.verdict} no more: spec.activeVersion names it`,
  }));
  const { latest } = versions;
  if (before === app.activeVersion || latest === pointed || latest.held !== undefined)
    return { actions: free, decision: free.length === 0 ? app.activeVersion : before };
  if (latest.record === undefined) return { actions: free, decision: before }; // its record comes first; this decision is still to be recorded
  const object = renderAnnex(app, latest.record, { verdict: 'held', pointer: app.activeVersion });
  return {
    actions: [...free, { do: 'publish', kind: 'ControllerRevision', object, why: `held: spec.activeVersion names ${pointed.id}` }],
    decision: before,
  };
}
