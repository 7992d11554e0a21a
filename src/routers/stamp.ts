// What a Service says about its own moves: the stamp that goes with our key, and who changed the selector after us. Reads and renders
// only; what somebody scribbled is read as nothing.
import type { Revert, Stamp } from '../model/action.ts';
import { list, text } from '../model/json.ts';
import type { ServiceSeen } from '../model/observed.ts';
import { ANNOTATION } from '../model/vocabulary.ts';

type Annotated = Pick<ServiceSeen, 'annotations'>;

/** The stamp on a Service, if it carries one that can be read. */
export function stampOf(service: Annotated): Stamp | undefined {
  const raw = service.annotations[ANNOTATION.stamp];
  if (raw === undefined) return undefined;
  try {
    const { reverts, ...stamp } = JSON.parse(raw) as Partial<Stamp>;
    const sound = typeof stamp.uid === 'string' && typeof stamp.instance === 'string' && Number.isSafeInteger(stamp.switchNumber);
    return sound ? { ...(stamp as Stamp), ...remembering(revertsIn(reverts)) } : undefined;
  } catch {
    return undefined; // somebody's scribble: as good as none, and the next move writes over it
  }
}

/** Whether this App moved it before: then its owner's manifest, its slices and its own selector were judged already. */
export const stampedBy = ({ uid }: { readonly uid: string }, service: Annotated): boolean => stampOf(service)?.uid === uid;

/** The reverts that a stamp of this App carries. */
export function revertsOn({ uid }: { readonly uid: string }, service: Annotated): readonly Revert[] {
  const stamp = stampOf(service);
  return stamp?.uid === uid ? (stamp.reverts ?? []) : [];
}

const MOST_REVERTS = 3;

/** As a part of a stamp: the last few, and nothing when there are none. */
export const remembering = (reverts: readonly Revert[]): Pick<Stamp, 'reverts'> =>
  reverts.length === 0 ? {} : { reverts: reverts.slice(-MOST_REVERTS) };

const revertsIn = (value: unknown): Revert[] =>
  list(value)
    .filter(({ by, at }) => text(by) !== '' && !Number.isNaN(Date.parse(text(at))))
    .map(({ by, at, applied }) => ({ by: text(by), at: text(at), ...(applied === true ? { applied } : {}) }));
