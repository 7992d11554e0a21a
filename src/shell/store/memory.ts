// What a process knows of an App that no watch shows: answers to its own questions, and how long things have been as they are. Never
// anything that must not be lost.
import { deserialize, serialize } from 'node:v8';
import type { Failure } from '../../model/failure.ts';
import type { Notes, Refused } from '../../model/observed.ts';
import type { PublishedKind } from '../../model/object.ts';
import type { AnswerTo, Ask } from '../../model/question.ts';
import { ASKS } from '../../model/question.ts';
import type { AppKey } from '../../model/version.ts';
import type { Finding } from '../../plan/read/finding.ts';
import { hasJumped } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { Untold } from './untold.ts';
import { NOTHING_UNTOLD } from './untold.ts';

type MutableAnswers = { readonly [A in Ask]: Map<string, AnswerTo[A]> };

/** What this process remembers about an App beyond what any watch shows. Losing it costs a repeated read or a later deadline. */
export interface Memory {
  /** What it found out when it asked. */
  answers: MutableAnswers;
  verified: Map<string, string>;
  taken: Set<string>;
  failure: Finding | undefined;
  /** Writes that failed and are not to be tried again yet, by what they are. */
  refusals: Map<string, Refusal>;
  /** How often in a row a write has failed. */
  tries: Map<string, number>;
  notes: Notes;
  /** Events that were not taken yet. */
  untold: Untold;
  /** A call found no App of this name, or a newer one, and no watch has said so: nothing is done for it before it has been read again. */
  unread: boolean;
  /** uid of the App whose namespace is being terminated: never of another one that bears its name later. */
  ending: string;
  /** What the wall clock shows when the monotonic clock shows zero, as it was at the last decision. */
  zeroAt: number | undefined;
}

/** What came of a write that is let be for a while. */
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

/** Lets go of what is asked anew after this was written, or when nothing is left to do. */
export function spend(answers: MutableAnswers, after: PublishedKind | 'Service' | 'rest'): void {
  const { content, dryRun, pods, slices } = answers;
  // What an instance was made from is not needed again while it runs; what was warned of is still told.
  if (after === 'Deployment') {
    content.clear();
    for (const [about, trial] of dryRun) dryRun.set(about, { is: 'spent', warnings: trial.is === 'refused' ? [] : trial.warnings });
  }
  // What pods said is in the verdict now, or old by the next time.
  if (after === 'ControllerRevision' || after === 'rest')
    for (const [about, { symptom }] of pods) pods.set(about, { symptom, evidence: undefined });
  // From now on the stamp says that it was looked at; without one it has to be looked at anew.
  if (after === 'Service') slices.clear();
}

/** Of every App. Most are at rest, and what is remembered of those is kept as one string: a tenth of the memory. */
export class Memories {
  readonly #known = new Map<AppKey, Memory | string>();

  of(key: AppKey): Memory {
    const known = this.#known.get(key);
    if (typeof known === 'object') return known;
    const memory = known === undefined ? blank() : (deserialize(Buffer.from(known, 'latin1')) as Memory);
    this.#known.set(key, memory);
    return memory;
  }

  /** Only when nobody holds it: what is written to it afterwards is lost. */
  pack(key: AppKey): void {
    const memory = this.#known.get(key);
    if (typeof memory === 'object') this.#known.set(key, serialize(memory).toString('latin1'));
  }

  /** Of an App that is gone only what may be left to let go is remembered, and when to try again. */
  leaveTombstone(key: AppKey): void {
    const { refusals, tries } = this.of(key);
    this.#known.set(key, { ...blank(), refusals, tries });
  }

  forget(key: AppKey): void {
    this.#known.delete(key);
  }
}

/**
 * When the wall clock was set since the last decision, instants that are remembered say nothing about how long something has lasted: a
 * drain would seem over that has just begun. Everything is forgotten then and timed afresh, as in a new process: late is safe. Answers
 * whether that happened.
 */
export function heedClock(memory: Memory, clock: Clock): boolean {
  const zeroAt = clock.now() - clock.monotonic();
  const wasSet = hasJumped(zeroAt, memory.zeroAt ?? zeroAt);
  if (wasSet) Object.assign(memory, blank(), { unread: memory.unread, ending: memory.ending, untold: memory.untold });
  memory.zeroAt = zeroAt;
  return wasSet;
}
