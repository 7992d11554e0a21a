// Who asks, and what they may read: the API server says both, and its answers are kept for a few seconds. What it does not answer is never a yes.
// Tokens are not kept, only their hashes.
import { createHash } from 'node:crypto';
import { slotsOf } from '../../shell/gates/slots.ts';
import type { Cluster } from '../cluster.ts';
import { Complaint, EXIT } from '../exit.ts';
import { pathOf } from '../paths.ts';

/** As the API server knows them. */
export interface Person {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** One thing to be allowed or not. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

interface TokenReview {
  readonly status?: { readonly authenticated?: boolean; readonly user?: Person; readonly audiences?: readonly string[] };
}
interface SubjectAccessReview {
  readonly status?: { readonly allowed?: boolean; readonly denied?: boolean };
}

/** How long an answer is taken for true: what somebody lost is gone for them after this. */
export const KEPT_MS = 10_000;
const MOST_KEPT = 20_000;
/** Somebody who tries tokens or has many namespaces must not keep the API server busy. */
const AT_ONCE = 16;
const MOST_WAITING = 2_000;

export class Reviews {
  readonly #cluster: Pick<Cluster, 'post'>;
  readonly #audiences: readonly string[];
  readonly #now: () => number;
  readonly #kept = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>();
  readonly #slots = slotsOf(AT_ONCE, AT_ONCE);
  /** Under way or waiting. */
  #asked = 0;

  /** `audiences`: whom tokens are for; empty: the API server. */
  constructor(cluster: Pick<Cluster, 'post'>, audiences: readonly string[], now: () => number) {
    this.#cluster = cluster;
    this.#audiences = audiences;
    this.#now = now;
  }

  /** Whose token it is; undefined if it is nobody's, or not for us. */
  person(token: string): Promise<Person | undefined> {
    const key = `token ${createHash('sha256').update(token).digest('base64')}`;
    return this.#once(key, async () => {
      const spec = { token, ...(this.#audiences.length === 0 ? {} : { audiences: this.#audiences }) };
      const { status = {} } = await this.#ask<TokenReview>('TokenReview', spec);
      const isForUs = this.#audiences.length === 0 || (status.audiences ?? []).some((each) => this.#audiences.includes(each));
      return status.authenticated === true && isForUs && (status.user?.username ?? '') !== '' ? status.user : undefined;
    });
  }

  mayRead({ username, uid, groups = [], extra }: Person, resourceAttributes: Attributes): Promise<boolean> {
    const who = { user: username, groups, ...(uid === undefined ? {} : { uid }), ...(extra === undefined ? {} : { extra }) };
    return this.#once(JSON.stringify([who, resourceAttributes]), async () => {
      const { status = {} } = await this.#ask<SubjectAccessReview>('SubjectAccessReview', { ...who, resourceAttributes });
      return status.allowed === true && status.denied !== true;
    });
  }

  #once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(key);
    if (known !== undefined && this.#now() - known.at < KEPT_MS) return known.answer as Promise<T>;
    const answer = ask();
    this.#kept.delete(key);
    this.#kept.set(key, { at: this.#now(), answer });
    // The oldest stand first.
    for (const [oldest, { at }] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT && this.#now() - at < KEPT_MS) break;
      this.#kept.delete(oldest);
    }
    answer.catch(() => {
      if (this.#kept.get(key)?.answer === answer) this.#kept.delete(key);
    });
    return answer;
  }

  async #ask<T>(kind: 'TokenReview' | 'SubjectAccessReview', spec: object): Promise<T> {
    if (this.#asked >= AT_ONCE + MOST_WAITING) throw new Complaint('too much is asked at once: try again', EXIT.away);
    this.#asked++;
    const giveBack = await this.#slots.take('reviews');
    try {
      const apiVersion = kind === 'TokenReview' ? 'authentication.k8s.io/v1' : 'authorization.k8s.io/v1';
      return await this.#cluster.post<T>(pathOf(kind), { apiVersion, kind, spec });
    } finally {
      giveBack();
      this.#asked--;
    }
  }
}
