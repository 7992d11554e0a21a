// Which versions do not serve because a person decided so, and since when. A decision against a version is one against its template and inline
// config: a change of a captured ConfigMap does not bring them back. Derived from facts in the cluster, so that a restart changes nothing.
import { REASON } from '../../model/vocabulary.ts';
import type { Finding } from '../read/finding.ts';
import { finding } from '../read/finding.ts';
import { intents } from './intents.ts';
import type { Owed } from '../read/owed.ts';
import { owed } from '../read/owed.ts';
import type { Routing, Scene } from '../read/scene.ts';
import type { Version } from '../read/versions.ts';
import { title } from '../read/versions.ts';

const RELEASE = 'name it in spec.activeVersion to release it';

type Sight = Pick<Scene, 'app' | 'versions' | 'timer'> & { readonly routing: Pick<Routing, 'route' | 'serving'> };

/** Why only a person can make this version serve; undefined if nobody decided against it. */
export function passedOver(sight: Sight, version: Version): Finding | undefined {
  const held = version.held ?? unrecorded(sight, version);
  if (held !== undefined) return finding(REASON.Held, `held, since ${decision(held)}: ${RELEASE}, or push other content`);
  const other = boundTo(sight, version);
  if (other === undefined) return undefined;
  const fate = other.held === undefined || other.rejected ? 'was rejected' : `is held since ${decision(other.held)}`;
  const why = `it has the template and config of ${title(other)}, which ${fate}, and only captured ConfigMaps differ`;
  return finding(REASON.HeldAlong, `held, for ${why}: ${RELEASE}, or push another template`);
}

/**
 * The version whose rejection or hold counts for this one, too: it has the same template and inline config, and no later one with these has
 * served since or was renewed. A version that served or was renewed itself is free: somebody wanted it.
 */
export function boundTo(sight: Sight, version: Version): Version | undefined {
  const { app, versions } = sight;
  const own = version.record === undefined ? undefined : [version.record.meaning];
  const meanings = own ?? (version === versions.latest ? app.meanings : []);
  const duplicates = versions.all.filter(
    (other) => other !== version && other.record !== undefined && meanings.includes(other.record.meaning),
  );
  if (!duplicates.some(isDecided)) return undefined;
  const free = wanted(sight);
  if (free(version)) return undefined;
  const [last] = duplicates.filter((other) => isDecided(other) || free(other)).toSorted((a, b) => b.record!.revision - a.record!.revision);
  return last !== undefined && isDecided(last) ? last : undefined;
}

const isDecided = ({ held, rejected }: Version): boolean => held !== undefined || rejected;

/** Whether it serves, is known to have served, or was renewed. If status is lost, the annotation on the Services still tells of two versions. */
function wanted({ app, versions, routing: { route, serving } }: Sight): (version: Version) => boolean {
  const switches = (app.status.history ?? []).flatMap(({ from = '', to = '' }) => [from, to]);
  const served = new Set([route?.instance ?? '', route?.previous ?? '', ...switches].map((instance) => versions.of(instance)));
  return (version) => version === serving || served.has(version) || version.renewals.length > 0;
}

/** A hold that is not recorded yet, after nobody names another version any more. */
function unrecorded({ app, versions, timer }: Sight, version: Version): Owed<'held'> | undefined {
  const hold = version === versions.latest ? owed(timer, 'held', version.id) : undefined;
  return hold === undefined || intents(app, timer).length > 0 ? undefined : hold;
}

/** A pin says until when, spec.activeVersion does not. */
function decision({ fact: { by, who }, createdAt }: Owed<'held'>): string {
  const at = new Date(createdAt).toISOString().replace(/\.\d+/, '');
  const [, pinned] = /^(\S+) until /.exec(by) ?? [];
  const what = pinned === undefined ? `spec.activeVersion was set to "${by}"` : `the pin to "${pinned}" was set`;
  return `${what} at ${at}${who === undefined ? '' : ` by ${who}`}`;
}
