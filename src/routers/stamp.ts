// The annotation on a Service that records its last switch, and who changed the selector after us. Parses and renders only; one that cannot be
// parsed counts as absent.
import type { Revert, Stamp } from '../model/action.ts';
import type { Share } from '../model/ladder.ts';
import { list, obj, text } from '../model/json.ts';
import type { ServiceSeen } from '../model/observed.ts';
import { ANNOTATION } from '../model/vocabulary.ts';

type Annotated = Pick<ServiceSeen, 'annotations'>;

/** The stamp on a Service, if it carries one that can be read. */
export function stampOf(service: Annotated): Stamp | undefined {
  const raw = service.annotations[ANNOTATION.stamp];
  if (raw === undefined) return undefined;
  try {
    const { reverts, share, ...stamp } = JSON.parse(raw) as Partial<Stamp>;
    const sound = typeof stamp.uid === 'string' && typeof stamp.instance === 'string' && Number.isSafeInteger(stamp.switchNumber);
    return sound ? { ...(stamp as Stamp), ...shared(share), ...remembering(revertsIn(reverts)) } : undefined;
  } catch {
    return undefined; // edited by hand: counts as absent, and the next switch writes it anew
  }
}

function shared(value: unknown): { readonly share?: Share } {
  const { percent, at } = obj(value);
  return typeof percent === 'number' && !Number.isNaN(Date.parse(text(at))) ? { share: { percent, at: text(at) } } : {};
}

/** Whether this App has switched it before: then its manifest, slices and own selector have been checked already. */
export const stampedBy = ({ uid }: { readonly uid: string }, service: Annotated): boolean => stampOf(service)?.uid === uid;

/** Foreign changes of the selector, as recorded in an annotation of this App. */
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
