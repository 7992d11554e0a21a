// Clients, of a gateway for one: some never stop asking, and all they were answered is kept; others ask when told. And what so many answers say of a share.
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface Answer {
  /** When it was asked, and when the answer was there, by performance.now(), like all that the recorder has. */
  readonly asked: number;
  readonly at: number;
  /** 0: there was none. */
  readonly status: number;
  readonly instance: string;
}

export interface Wish {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const MOST_AT_ONCE = 8;
const PATIENCE_MS = 5_000;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export class Clients {
  /** Of those that never stop. */
  readonly answers: Answer[] = [];
  readonly #route: () => Promise<Address>;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #asking = new AbortController();
  #all: Promise<unknown> = Promise.resolve();

  /** `route`: where the next request goes. */
  constructor(route: () => Promise<Address>) {
    this.#route = route;
  }

  begin(clients: number, pauseMs: number): void {
    const client = async (): Promise<void> => {
      while (!this.#asking.signal.aborted) {
        this.answers.push(await this.once());
        await delay(pauseMs);
      }
    };
    this.#all = Promise.all(Array.from({ length: clients }, client));
  }

  async end(): Promise<void> {
    this.#asking.abort();
    await this.#all;
    this.#agent.destroy();
  }

  /** So many answers to the same wish. */
  async some(count: number, wish: Wish): Promise<Answer[]> {
    const answers: Answer[] = [];
    while (answers.length < count) {
      const together = Array.from({ length: Math.min(MOST_AT_ONCE, count - answers.length) }, () => this.once(wish));
      answers.push(...(await Promise.all(together)));
    }
    return answers;
  }

  async once({ path = '/', headers = {} }: Wish = {}): Promise<Answer> {
    const address = await this.#route();
    const asked = performance.now();
    return new Promise((resolve) => {
      const answer = (status: number, instance = ''): void => {
        resolve({ asked, at: performance.now(), status, instance });
      };
      const sent = request({ ...address, agent: this.#agent, path, headers, timeout: PATIENCE_MS }, (response) => {
        response.resume().once('end', () => {
          answer(response.statusCode ?? 0, String(response.headers['x-instance'] ?? ''));
        });
      });
      sent.once('timeout', () => sent.destroy());
      sent.once('error', () => {
        answer(0);
      });
      sent.end();
    });
  }
}

/** How often each instance answered; whoever got no answer from any is under ''. */
export const tally = (answers: readonly Answer[]): Record<string, number> =>
  answers.reduce<Record<string, number>>((all, { instance }) => ({ ...all, [instance]: (all[instance] ?? 0) + 1 }), {});

export const shareOf = (instance: string, answers: readonly Answer[]): number =>
  answers.filter((answer) => answer.instance === instance).length / answers.length;

/** Of a fair sample, one in a million is further off. */
const DEVIATIONS = 5;
/** How far a share of so many may be from what is said of it. */
export const tolerance = (percent: number, sample: number): number =>
  DEVIATIONS * Math.sqrt(((percent / 100) * (1 - percent / 100)) / sample) + 1 / sample;
