// Who else changes the selectors that we write. The Service itself remembers it, since status may be lost and processes die. Decides only what is
// reported: the selector is restored in any case.
import type { Revert } from '../../model/action.ts';
import type { ServiceSeen } from '../../model/observed.ts';
import { REASON } from '../../model/vocabulary.ts';
import { applies, inGit } from '../../routers/adoption.ts';
import { selects } from '../../routers/service.ts';
import { revertsOn, stampOf } from '../../routers/stamp.ts';
import type { Finding } from './finding.ts';
import { finding } from './finding.ts';
import type { Scene } from './scene.ts';

const MEMORY_SECONDS = 3600;
const CONTENDED = 2;
/** Whoever removes the selector leaves no name in managedFields. */
const SOMEBODY = 'somebody';

type Watching = Pick<Scene, 'app' | 'timer'>;

/** What the repair of a selector writes down: the foreign changes of the last hour, including the one that it undoes. */
export function remember({ app, timer }: Watching, service: ServiceSeen): Revert[] {
  const known = revertsOn(app, service).filter(({ at }) => !timer.past(Date.parse(at), MEMORY_SECONDS));
  const stamp = stampOf(service);
  if (stamp?.uid !== app.uid || selects(app, service) === stamp.instance) return known;
  const [writer] = service.writers;
  const revert = { by: writer?.by ?? SOMEBODY, at: new Date(timer.now).toISOString() };
  return [...known, writer?.applied === true ? { ...revert, applied: true } : revert];
}

/** Why a Service does not keep our selector: a manifest contains it, or somebody changes it again and again. */
export function contention({ app, timer }: Watching, service: ServiceSeen): Finding | undefined {
  const recent = (revert: Revert | undefined): boolean => revert !== undefined && !timer.past(Date.parse(revert.at), MEMORY_SECONDS);
  const reverts = revertsOn(app, service).toReversed();
  const now = inGit(service);
  if (now !== undefined) return now;
  const applied = reverts.find((revert) => revert.applied);
  if (applied !== undefined && recent(applied)) return applies(service.name, applied.by);
  const contender = [...new Set(reverts.map(({ by }) => by))].find((by) =>
    recent(reverts.filter((revert) => revert.by === by)[CONTENDED - 1]),
  );
  if (contender === undefined) return undefined;
  return finding(
    REASON.SelectorContended,
    `${contender} has changed the selector of Service ${service.name} twice within an hour, and it was restored each time: make it leave the selector alone`,
  );
}
