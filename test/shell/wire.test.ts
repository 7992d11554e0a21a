import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Dispatcher } from 'undici';
import { follow, limiterOf } from '../../src/shell/api/wire.ts';

/** A connection on which the server sends as fast as it is let. */
function flood(chunks: number) {
  let sent = 0;
  let paused = false;
  let most = 0;
  let read = 0;
  let handler: Dispatcher.DispatchHandler = {};
  const send = () => {
    while (!paused && sent < chunks) {
      sent++;
      most = Math.max(most, sent - read);
      handler.onResponseData!(controller, Buffer.from('x'));
    }
    if (sent === chunks) handler.onResponseEnd!(controller, {});
  };
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    abort: () => undefined,
    pause: () => void (paused = true),
    resume() {
      if (!paused) return;
      paused = false;
      send();
    },
  };
  const dispatcher = {
    dispatch(_: unknown, given: Dispatcher.DispatchHandler) {
      handler = given;
      handler.onRequestStart!(controller, {});
      handler.onResponseStart!(controller, 200, {});
      send();
      return true;
    },
  };
  return {
    dispatcher: dispatcher as unknown as Dispatcher,
    read: () => {
      read++;
    },
    most: () => most,
  };
}

test('a slow reader pauses the connection, and still gets everything', async () => {
  const server = flood(1_000);
  const opened = await follow(server.dispatcher, { path: '/', method: 'GET' }, new AbortController().signal);
  if (opened.chunks === undefined) throw new Error(opened.error);
  let got = 0;
  for await (const chunk of opened.chunks) {
    got += chunk.length;
    server.read();
  }
  expect(got).toBe(1_000);
  expect(server.most()).toBeLessThanOrEqual(20);
});

describe('slots', () => {
  /** Takes what there is and answers each call: how many there were in this round. */
  const round = (limiter: ReturnType<typeof limiterOf>, pushedBack: boolean) => {
    let under = 0;
    while (limiter.take()) under++;
    for (let i = 0; i < under; i++) {
      limiter.heard(pushedBack);
      limiter.give();
    }
    return under;
  };

  test('are halved once a round of calls that are pushed back, down to two, and grow by one a round that is not', () => {
    const limiter = limiterOf(32);
    expect([1, 2, 3, 4, 5, 6].map(() => round(limiter, true))).toEqual([32, 16, 8, 4, 2, 2]);
    const rounds = Array.from({ length: 60 }, () => round(limiter, false));
    expect(rounds.slice(0, 3)).toEqual([2, 2, 3]);
    expect(rounds.every((count, nth) => nth === 0 || count - rounds[nth - 1]! <= 1)).toBe(true);
    expect(rounds.at(-1)).toBe(32);
  });

  test('one is one, whatever the API server says', () => {
    const limiter = limiterOf(1);
    expect([round(limiter, true), round(limiter, true), round(limiter, false)]).toEqual([1, 1, 1]);
  });

  test('who stands in line comes first, and stands there until fewer are under way than may be', async () => {
    const limiter = limiterOf(4);
    for (let i = 0; i < 4; i++) expect(limiter.take()).toBe(true);
    const order: string[] = [];
    const waiting = ['a', 'b', 'c'].map((name) => limiter.next().then(() => order.push(name)));
    limiter.heard(true);
    limiter.give();
    limiter.give();
    expect(limiter.take()).toBe(false);
    await Promise.resolve();
    expect(order).toEqual([]);
    for (let i = 0; i < 2; i++) limiter.give();
    await Promise.all(waiting.slice(0, 2));
    expect(order).toEqual(['a', 'b']);
    limiter.give();
    await Promise.all(waiting);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  test('whatever the API server says, never too many are under way, everybody has a turn, and in the order in which they came', () => {
    const what = fc.oneof(fc.constant('come' as const), fc.boolean());
    return fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.array(what, { maxLength: 80 }), async (most, story) => {
        const limiter = limiterOf(most);
        const begun: number[] = [];
        let under = 0;
        let came = 0;
        const begin = (who: number) => {
          begun.push(who);
          under++;
        };
        const answer = (pushedBack: boolean) => {
          limiter.heard(pushedBack);
          under--;
          limiter.give();
        };
        for (const event of story) {
          if (event === 'come') {
            const who = came++;
            if (limiter.take()) begin(who);
            else
              void limiter.next().then(() => {
                begin(who);
              });
          } else if (under > 0) answer(event);
          await Promise.resolve();
          expect(under).toBeLessThanOrEqual(most);
          expect(limiter.count()).toBeGreaterThanOrEqual(1);
        }
        // The worst end: each answer is a refusal.
        while (under > 0) {
          answer(true);
          await Promise.resolve();
        }
        expect(begun).toEqual(Array.from({ length: came }, (_, who) => who));
      }),
      { seed: 7 },
    );
  });
});
