// Everything the operator can do to a cluster. There is no way to say "change a published object": no member patches a Deployment,
// a ConfigMap or a record, and none ever will.
import { factName } from './fact.ts';
import type { Share } from './ladder.ts';
import type { KubeObject, OwnerReference, PublishedKind } from './object.ts';
import type { Question } from './question.ts';
import { about } from './question.ts';
import type { Fact, RecordSeen } from './observed.ts';
import type { InstanceName } from './version.ts';

/**
 * Written on a Service by the same patch that changes its selector: which App switched it, at which generation of its spec, from which instance
 * to which, and the number of the switch.
 */
export interface Stamp {
  readonly uid: string;
  readonly generation: number;
  readonly instance: InstanceName;
  readonly previous: InstanceName | '';
  readonly switchNumber: number;
  /** Of a rung. */
  readonly share?: Share;
  /** The last three times that somebody else changed the selector, newest last. */
  readonly reverts?: readonly Revert[];
}

export interface Revert {
  /** The field manager that changed it. */
  readonly by: string;
  /** When we saw it: RFC 3339. */
  readonly at: string;
  /** By server-side apply: the selector is in its manifest, so it will do it again. */
  readonly applied?: true;
}

/** Merge patch of the parts of a Service that spec.services describes: null removes a field. */
export interface ServiceShape {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly labels: Readonly<Record<string, string | null>>;
  readonly annotations: Readonly<Record<string, string | null>>;
}

/** Keys to set and, with null, to remove. */
export type SelectorPatch = Readonly<Record<string, string | null>>;

export type Action =
  /** Ask the cluster what the watches do not tell. Changes nothing. */
  | { readonly do: 'ask'; readonly question: Question }
  /** Stop replacing compromised instances, in every App, until a human says otherwise. */
  | { readonly do: 'trip'; readonly why: string }
  /** Create an object that will never be changed. */
  | ({ readonly do: 'publish'; readonly why: string } & Published)
  /** Write down what must not be lost with status: a fact about a record. The App is read live first, since this can never be changed again. */
  | { readonly do: 'attest'; readonly record: Recorded; readonly fact: Fact; readonly why: string }
  /** Create a Service of ours, selecting what the route says. */
  | { readonly do: 'expose'; readonly object: KubeObject }
  /** Bring the ports and the like of a Service we own to what spec says. Never its selector. */
  | { readonly do: 'reshape'; readonly service: string; readonly resourceVersion: string; readonly shape: ServiceShape }
  /** Set replicas, and nothing else, of one instance. */
  | {
      readonly do: 'scale';
      readonly instance: InstanceName;
      readonly uid: string;
      readonly from: number;
      readonly to: number;
      /** Stopped so that another may start (overlap: Never): the App is read live first. */
      readonly stops?: true;
    }
  /** Switch one Service to an instance: compare-and-swap on the resourceVersion that the decision saw. */
  | {
      readonly do: 'switch';
      readonly service: string;
      readonly resourceVersion: string;
      readonly selector: SelectorPatch;
      readonly stamp: Stamp;
      readonly repair: boolean;
      readonly shape?: ServiceShape;
      readonly role: 'Active' | 'Preview' | 'Rung';
      /** Who is behind it; absent or '' for unknown. */
      readonly by?: string;
    }
  /** Become the owner of a Service that a deleted App of the same name had created. Changes nothing else of it; the App is read live first. */
  | { readonly do: 'reclaim'; readonly service: string; readonly resourceVersion: string; readonly owner: OwnerReference }
  /** Remove our selector key and our annotation from a Service that is no longer ours to switch. */
  | { readonly do: 'release'; readonly service: string; readonly resourceVersion: string }
  /** Delete one object, by uid. `of`: uid of the record or instance that it belongs to; `says`: of a fact, which it is. */
  | {
      readonly do: 'retire';
      readonly kind: PublishedKind | 'Service';
      readonly name: string;
      readonly uid: string;
      readonly of?: string;
      readonly says?: Fact['is'];
      readonly why: string;
    };

/** `confirm`: the App is read live first, since what is written will stand and more than its spec was decided on. */
type Published =
  | { readonly kind: Exclude<PublishedKind, 'ControllerRevision'>; readonly object: KubeObject }
  | { readonly kind: 'ControllerRevision'; readonly record: Blueprint; readonly confirm?: true };

/** A record as facts are written about it. */
export type Recorded = Pick<RecordSeen, 'id' | 'name' | 'uid' | 'revision'>;

/** What a record is made of. */
export interface Blueprint extends Pick<
  RecordSeen,
  'name' | 'id' | 'revision' | 'fingerprint' | 'inline' | 'sources' | 'versionName' | 'by' | 'specHash' | 'credit'
> {
  /** Canonical. */
  readonly content: string;
}

/** Those that write over a Service which is there: each a compare-and-swap. */
export type Rewrite = Extract<Action, { do: 'reshape' | 'switch' | 'reclaim' | 'release' }>;

/** The object that it is done to, as `Kind/name`; '' for none. */
export function targetOf(action: Action): string {
  switch (action.do) {
    case 'ask':
      return about(action.question);
    case 'trip':
      return '';
    case 'attest':
      return `ControllerRevision/${factName(action.record, action.fact)}`;
    case 'publish':
      return `${action.kind}/${action.kind === 'ControllerRevision' ? action.record.name : action.object.metadata.name}`;
    case 'expose':
      return `Service/${action.object.metadata.name}`;
    case 'reshape':
    case 'switch':
    case 'reclaim':
    case 'release':
      return `Service/${action.service}`;
    case 'scale':
      return `Deployment/${action.instance}`;
    case 'retire':
      return `${action.kind}/${action.name}`;
    default:
      return assertNever(action);
  }
}

/** One line for a log: what, to which object. */
export function describe(action: Action): string {
  const target = targetOf(action);
  switch (action.do) {
    case 'ask':
      return `ask ${action.question.ask} of ${target}`;
    case 'trip':
      return `trip the circuit breaker: ${action.why}`;
    case 'attest':
      return `attest ${factName(action.record, action.fact)}: ${action.why}`;
    case 'scale':
      return `scale ${target} ${String(action.from)} → ${String(action.to)}`;
    case 'switch':
      return `${action.repair ? 'put back' : 'switch'} ${target} → ${action.stamp.instance} (switch ${String(action.stamp.switchNumber)})`;
    case 'publish':
    case 'expose':
    case 'reshape':
    case 'reclaim':
    case 'release':
    case 'retire':
      return `${action.do} ${target}`;
    default:
      return assertNever(action);
  }
}

/** What an action does, to which object: the same for one that is done again, whatever words are found for it. */
export const deedOf = (action: Action): string => JSON.stringify(deed(action));

function deed(action: Action): readonly unknown[] {
  const done = [action.do, targetOf(action)];
  if (action.do === 'ask') return [...done, action.question.ask];
  if (action.do === 'scale') return [...done, action.from, action.to];
  if (action.do !== 'switch') return done;
  const { repair, stamp } = action;
  return [...done, repair, stamp.instance, stamp.switchNumber];
}

/**
 * A key under which refusals are remembered. Two writes are the same, and not tried again, until spec changes, the Service that would be
 * written over changes, or it is to get another shape.
 */
export const writeOf = (generation: number, action: Action): string =>
  JSON.stringify([
    generation,
    deed(action),
    action.do === 'switch' && action.shape !== undefined,
    'resourceVersion' in action ? action.resourceVersion : '',
  ]);

/** Closes a switch: the compiler proves that nothing arrives here. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

/** Reasons to look again: at the latest after this long, or only when something changes. */
export type Wake = { readonly afterMs: number } | 'await-change';
