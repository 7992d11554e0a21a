// What is still to be sent, receiver by receiver, beside the loop. Whoever is dead or slow holds up nobody but himself: his backlog is bounded, each notice
// is tried a few times under the same id, and what is given up is counted.
import type { Notice } from '../../model/notice.ts';
import type { Clock } from '../clock.ts';
import type { Reply } from '../gates/call.ts';
import { call } from '../gates/call.ts';
import type { Receiver } from '../gates/sources.ts';
import type { Logger } from '../ops/log.ts';
import { RENDERINGS } from './rendering.ts';

/** Notices that wait for one receiver; of more, the oldest go. */
export const MOST_WAITING = 1_000;
const MOST_AT_ONCE = 4;
const MOST_TRIES = 10;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Older news are none. */
const STALE_MS = 15 * 60_000;
/** What all Apps say at once is told once in this time. */
const ALIKE_MS = 10 * 60_000;
/** Ids that are remembered of one receiver. */
const MOST_REMEMBERED = 2_000;

/** Whether a receiver took it, or it was given up. */
export type Fate = 'sent' | 'dropped';

export interface OutboxOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly cluster: string;
  readonly userAgent: string;
  /** Undefined: there is none of this name for this namespace. */
  readonly find: (receiver: string, namespace: string) => Receiver | undefined;
  readonly ended: (receiver: string, fate: Fate) => void;
}

interface Letter {
  readonly notice: Notice;
  /** By the wall clock, and by the monotonic one. */
  readonly at: number;
  readonly since: number;
  tries: number;
}

interface Backlog {
  readonly receiver: string;
  readonly letters: Letter[];
  readonly known: Set<string>;
  underway: number;
  /** In a row. While there are any, one letter at a time is tried. */
  failures: number;
  isPaused: boolean;
  /** What is wrong has been logged. */
  isLogged: boolean;
  /** Reasons that concern all Apps, and when one was told of them last. */
  readonly alike: Map<string, number>;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #backlogs = new Map<string, Backlog>();
  readonly #end = new AbortController();
  readonly #pauses = new Set<() => void>();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Returns at once. What a receiver was told before, or is about to be told, it is not told again. */
  put(receiver: string, notice: Notice): void {
    const { clock } = this.#options;
    const backlog = this.#backlogs.get(receiver) ?? blankBacklog(receiver);
    this.#backlogs.set(receiver, backlog);
    if (this.#end.signal.aborted || backlog.known.has(notice.id) || isAlike(backlog, notice, clock.monotonic())) return;
    remember(backlog.known, notice.id);
    backlog.letters.push({ notice, at: clock.now(), since: clock.monotonic(), tries: 0 });
    if (backlog.letters.length > MOST_WAITING) this.#drop(backlog, backlog.letters.shift()!);
    this.#serve(backlog);
  }

  /** Over all receivers. */
  waiting(): number {
    return [...this.#backlogs.values()].reduce((sum, { letters, underway }) => sum + letters.length + underway, 0);
  }

  stop(): void {
    this.#end.abort();
    for (const cancel of this.#pauses) cancel();
  }

  #drop(backlog: Backlog, { notice }: Letter): void {
    backlog.known.delete(notice.id);
    this.#options.ended(backlog.receiver, 'dropped');
  }

  #serve(backlog: Backlog): void {
    while (!backlog.isPaused && !this.#end.signal.aborted && backlog.underway < (backlog.failures > 0 ? 1 : MOST_AT_ONCE)) {
      const letter = backlog.letters.shift();
      if (letter === undefined) return;
      if (this.#options.clock.monotonic() - letter.since > STALE_MS) this.#drop(backlog, letter);
      else void this.#carry(backlog, letter);
    }
  }

  async #carry(backlog: Backlog, letter: Letter): Promise<void> {
    backlog.underway++;
    letter.tries++;
    const problem = await post(this.#options, backlog.receiver, letter, this.#end.signal);
    backlog.underway--;
    if (this.#end.signal.aborted) return;
    if (problem === undefined) {
      backlog.failures = 0;
      backlog.isLogged = false;
      this.#options.ended(backlog.receiver, 'sent');
    } else this.#settle(backlog, letter, problem);
    this.#serve(backlog);
  }

  #settle(backlog: Backlog, letter: Letter, { message, mayPass }: Problem): void {
    const isLost = !mayPass || letter.tries >= MOST_TRIES;
    const what = { receiver: backlog.receiver, notice: letter.notice.id, cause: message };
    if (!backlog.isLogged) this.#options.log.warn(isLost ? 'notice dropped' : 'receiver does not take notices', what);
    backlog.isLogged = true;
    if (isLost) this.#drop(backlog, letter);
    // At the end, since it may be this one alone that is not taken.
    else backlog.letters.push(letter);
    if (mayPass && !backlog.isPaused) this.#pause(backlog);
  }

  #pause(backlog: Backlog): void {
    backlog.isPaused = true;
    backlog.failures++;
    const cancel = this.#options.clock.after(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (backlog.failures - 1)), () => {
      this.#pauses.delete(cancel);
      backlog.isPaused = false;
      this.#serve(backlog);
    });
    this.#pauses.add(cancel);
  }
}

const blankBacklog = (receiver: string): Backlog => ({
  receiver,
  letters: [],
  known: new Set(),
  underway: 0,
  failures: 0,
  isPaused: false,
  isLogged: false,
  alike: new Map(),
});

/** A protection is off for all Apps at once: whoever has just been told of one App knows it of the others. */
function isAlike({ alike }: Backlog, { topic, reason }: Notice, now: number): boolean {
  if (topic !== 'enforcement') return false;
  const told = alike.get(reason);
  if (told !== undefined && now - told < ALIKE_MS) return true;
  alike.set(reason, now);
  return false;
}

function remember(known: Set<string>, id: string): void {
  known.add(id);
  const [oldest] = known;
  if (known.size > MOST_REMEMBERED && oldest !== undefined) known.delete(oldest);
}

interface Problem {
  readonly message: string;
  /** It is worth another try. */
  readonly mayPass: boolean;
}

async function post(
  { find, cluster, userAgent }: OutboxOptions,
  receiver: string,
  letter: Letter,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const { notice, at } = letter;
  const asked = find(receiver, notice.namespace);
  if (asked === undefined) return { message: `there is no source named ${receiver} for ${notice.namespace} any more`, mayPass: false };
  const { host, port, path: base, headers: own, tls, format } = asked;
  const { path, contentType, body } = RENDERINGS[format](notice, { cluster, at });
  const headers = { ...own, 'user-agent': userAgent, 'content-type': contentType };
  const to = { host, port, path: base + path || '/', headers, body, ...(tls === undefined ? {} : { tls }) };
  return problemOf(await call({ ...to, statusOnly: true }, signal));
}

const BUSY: ReadonlySet<number> = new Set([408, 425, 429]);

/** What is said of an answer: any 2xx will do, whatever comes with it. */
function problemOf(reply: Reply): Problem | undefined {
  if (reply.is === 'error') return { message: reply.message, mayPass: true };
  const { status } = reply;
  if (status >= 200 && status < 300) return undefined;
  const why = status >= 300 && status < 400 ? ': redirects are not followed' : '';
  return { message: `it answered ${String(status)}${why}`, mayPass: status >= 500 || BUSY.has(status) };
}
