// What one person is told of the fleet: the Apps of the namespaces that they may watch. Asked again every few seconds, for as long as they listen:
// who has lost a right, or whose token has ended, is shown out, and asks again for what is left. While nobody can say what they may see, they are
// told nothing, and that it is so.
import { Complaint } from '../exit.ts';
import type { Fleet, Listener, News, Row, Stale } from '../dashboard/fleet.ts';
import type { Guest } from '../dashboard/server.ts';
import { attributes } from './guard.ts';
import { KEPT_MS, type Reviews } from './reviews.ts';

/** One fleet for each namespace that the page follows, or one for all. */
export class Fleets {
  readonly #fleets: readonly Fleet[];
  constructor(fleets: readonly Fleet[]) {
    this.#fleets = fleets;
  }

  *rows(): Iterable<Row> {
    for (const fleet of this.#fleets) yield* fleet.rows();
  }

  /** Of changes only. */
  listen(listener: Listener): () => void {
    const stales = new Map<Fleet, Stale | undefined>();
    const oldest = (): Stale | undefined => [...stales.values()].flatMap((each) => each ?? []).toSorted((a, b) => a.since - b.since)[0];
    const leaves = this.#fleets.map((fleet) =>
      fleet.listen({
        news: (told) => {
          if (!told.all) listener.news(told);
        },
        stale: (is) => {
          stales.set(fleet, is);
          listener.stale(oldest());
        },
      }),
    );
    return () => {
      for (const leave of leaves) leave();
    };
  }
}

const namespaceOf = (key: string): string => key.slice(0, key.indexOf('/'));

/** Which namespaces somebody may see: all, or each that was asked about, with the answer. */
type Judged = 'all' | ReadonlyMap<string, boolean>;
const sees = (judged: Judged | undefined, namespace: string): boolean =>
  judged === 'all' || (judged !== undefined && judged.get(namespace) === true);

export class Sight {
  readonly #fleets: Fleets;
  readonly #reviews: Reviews;
  readonly #token: string;
  readonly #guest: Guest;
  readonly #leave: () => void;
  readonly #timer: NodeJS.Timeout;
  #judged: Judged | undefined;
  #isJudging = false;
  /** A namespace has come that the present judgement may not have asked about. */
  #judgesAgain = false;
  #stale: Stale | undefined;
  /** Why nobody can say what they may see. */
  #blind: Stale | undefined;
  #hasLeft = false;
  readonly #now: () => number;

  constructor(fleets: Fleets, reviews: Reviews, token: string, guest: Guest, now: () => number) {
    this.#fleets = fleets;
    this.#reviews = reviews;
    this.#token = token;
    this.#guest = guest;
    this.#now = now;
    this.#leave = fleets.listen({
      news: (news) => {
        this.#hear(news);
      },
      stale: (stale) => {
        this.#stale = stale;
        this.#sayStale();
      },
    });
    this.#timer = setInterval(() => void this.judge(), KEPT_MS);
    void this.judge();
  }

  leave(): void {
    this.#hasLeft = true;
    clearInterval(this.#timer);
    this.#leave();
  }

  #hear({ rows, gone }: News): void {
    if (this.#judged === undefined || this.#blind !== undefined) return;
    this.#tell(rows, gone);
    const judged = this.#judged;
    if (judged !== 'all' && rows.some(({ namespace }) => !judged.has(namespace))) void this.judge();
  }

  #tell(rows: readonly Row[], gone: readonly string[]): void {
    const shown = rows.filter(({ namespace }) => sees(this.#judged, namespace));
    const ended = gone.filter((key) => sees(this.#judged, namespaceOf(key)));
    if (shown.length + ended.length > 0) this.#guest.news({ all: false, rows: shown, gone: ended });
  }

  #sayStale(): void {
    if (this.#judged !== undefined) this.#guest.stale(this.#blind ?? this.#stale);
  }

  /** Asks what they may see now, and tells them what that changes. */
  async judge(): Promise<void> {
    if (this.#isJudging) {
      this.#judgesAgain = true;
      return;
    }
    this.#isJudging = true;
    try {
      const judged = await this.#ask();
      if (judged === undefined || this.#hasLost(judged)) {
        this.leave();
        this.#guest.leave();
        return;
      }
      const [before, wasBlind] = [this.#judged, this.#blind !== undefined];
      [this.#judged, this.#blind] = [judged, undefined];
      if (before === undefined || wasBlind) {
        const rows = [...this.#fleets.rows()].filter(({ namespace }) => sees(judged, namespace));
        this.#guest.news({ all: true, rows, gone: [] });
        this.#sayStale();
      } else
        this.#tell(
          [...this.#fleets.rows()].filter(({ namespace }) => !sees(before, namespace)),
          [],
        );
    } catch (error) {
      const why = error instanceof Complaint ? error.message : 'the page has a bug';
      this.#judged ??= new Map();
      this.#blind ??= { since: this.#now(), why: `what you may see is not known: ${why}` };
      this.#sayStale();
    } finally {
      this.#isJudging = false;
    }
    if (this.#judgesAgain && !this.#hasLeft) {
      this.#judgesAgain = false;
      await this.judge();
    }
  }

  async #ask(): Promise<Judged | undefined> {
    const person = await this.#reviews.person(this.#token);
    if (person === undefined) return undefined;
    const may = (namespace?: string): Promise<boolean> => this.#reviews.mayRead(person, attributes('watch', 'ImmutableApp', namespace));
    if (await may()) return 'all';
    const namespaces = new Set([...this.#fleets.rows()].map(({ namespace }) => namespace));
    return new Map(await Promise.all([...namespaces].map(async (each) => [each, await may(each)] as const)));
  }

  /** A namespace that has no App any more is not lost. */
  #hasLost(judged: Judged): boolean {
    const before = this.#judged;
    if (before === undefined || judged === 'all') return false;
    if (before === 'all') return true;
    return [...before].some(([namespace, may]) => may && judged.get(namespace) === false);
  }
}
