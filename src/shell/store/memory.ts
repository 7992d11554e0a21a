// What this process knows about an App that no watch shows: answers to its questions, and since when things have been so. Never anything that must
// not be lost.
import type { Failure } from '../../model/failure.ts';
import type { Notes, Refused } from '../../model/observed.ts';
import type { PublishedKind } from '../../model/object.ts';
import type { AnswerTo, Ask } from '../../model/question.ts';
import { ASKS } from '../../model/question.ts';
import type { AppKey } from '../../model/version.ts';
import type { Finding } from '../../plan/read/finding.ts';
import { hasJumped } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { packer } from './packed.ts';
import type { Untold } from './untold.ts';
import { NOTHING_UNTOLD } from './untold.ts';

type MutableAnswers = { readonly [A in Ask]: Map<string, AnswerTo[A]> };

/** What this process remembers about an App. Losing it costs a repeated read or a later deadline, nothing else. */
export interface Memory {
  /** Answers to questions. */
  answers: MutableAnswers;
  verified: Map<string, string>;
  taken: Set<string>;
  failure: Finding | undefined;
  /** Writes that failed and are not to be tried again yet, by `writeOf`. */
  refusals: Map<string, Refusal>;
  /** How often in a row a write has failed. */
  tries: Map<string, number>;
  notes: Notes;
  /** Events that the API server has not accepted yet. */
  untold: Untold;
  /** A call found no App of this name, or a newer one, and the watch has not shown it: nothing is done before the App has been read again. */
  unread: boolean;
  /** uid of the App whose namespace is being terminated: it does not apply to a later App of the same name. */
  ending: string;
  /** Wall clock minus monotonic clock at the last decision. */
  zeroAt: number | undefined;
}

/** A failed write that is not tried again for a while. */
export interface Refusal extends Refused {
  readonly failure: Failure;
  /** By the monotonic clock. */
  readonly until: number;
}

export const blank = (): Memory => ({
  answers: Object.fromEntries(ASKS.map((ask) => [ask, new Map()])) as unknown as MutableAnswers,
  verified: new Map(),
  taken: new Set(),
  failure: undefined,
  refusals: new Map(),
  tries: new Map(),
  notes: {},
  untold: NOTHING_UNTOLD,
  unread: false,
  ending: '',
  zeroAt: undefined,
});

/** Drops answers that are out of date after this write, or that are not needed when nothing is left to do. */
export function spend(answers: MutableAnswers, after: PublishedKind | 'Service' | 'rest'): void {
  const { content, dryRun, pods, slices } = answers;
  // While an instance runs, the dry run that it was made from is not needed again; its warnings are still reported.
  if (after === 'Deployment') {
    content.clear();
    for (const [about, trial] of dryRun) dryRun.set(about, { is: 'spent', warnings: trial.is === 'refused' ? [] : trial.warnings });
  }
  // What pods said is recorded with the failure now, or too old for the next one.
  if (after === 'ControllerRevision' || after === 'rest')
    for (const [about, { symptom }] of pods) pods.set(about, { symptom, evidence: undefined });
  // From now on the annotation shows that the Service was checked; without one it has to be checked again.
  if (after === 'Service') slices.clear();
}

/** The memories of all Apps, packed of those that are at rest. */
export class Memories {
  readonly #known = new Map<AppKey, Memory | string>();
  readonly #packer = packer<Memory>();

  of(key: AppKey): Memory {
    const known = this.#known.get(key);
    if (typeof known === 'object') return known;
    const memory = known === undefined ? blank() : this.#packer.unpack(known);
    this.#known.set(key, memory);
    return memory;
  }

  /** Only while nobody uses the memory object: later changes of it would be lost. What was read of content can be read again. */
  pack(key: AppKey): void {
    const memory = this.#known.get(key);
    if (typeof memory !== 'object') return;
    memory.answers.content.clear();
    this.#known.set(key, this.#packer.pack(memory));
  }

  /** Of a deleted App only failed writes are remembered, for Services that are still to be released. */
  leaveTombstone(key: AppKey): void {
    const { refusals, tries } = this.of(key);
    this.#known.set(key, { ...blank(), refusals, tries });
  }

  forget(key: AppKey): void {
    this.#known.delete(key);
  }
}

/**
 * If the wall clock was set since the last decision, remembered times no longer tell how long something has lasted: a drain that has just begun
 * would seem over. Then all times are forgotten and start again, as in a new process, which delays things and is safe. Returns whether that happened.
 */
export function heedClock(memory: Memory, clock: Clock): boolean {
  const zeroAt = clock.now() - clock.monotonic();
  const wasSet = hasJumped(zeroAt, memory.zeroAt ?? zeroAt);
  if (wasSet) Object.assign(memory, blank(), { unread: memory.unread, ending: memory.ending, untold: memory.untold });
  memory.zeroAt = zeroAt;
  return wasSet;
}
