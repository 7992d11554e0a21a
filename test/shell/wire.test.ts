import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Dispatcher } from 'undici';
import { follow, slotsOf } from '../../src/shell/wire.ts';

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
  const round = (slots: ReturnType<typeof slotsOf>, pushedBack: boolean) => {
    let under = 0;
    while (slots.take()) under++;
    for (let i = 0; i < under; i++) {
      slots.heard(pushedBack);
      slots.give();
    }
    return under;
  };

  test('are halved once a round of calls that are pushed back, down to two, and grow by one a round that is not', () => {
    const slots = slotsOf(32);
    expect([1, 2, 3, 4, 5, 6].map(() => round(slots, true))).toEqual([32, 16, 8, 4, 2, 2]);
    const rounds = Array.from({ length: 60 }, () => round(slots, false));
    expect(rounds.slice(0, 3)).toEqual([2, 2, 3]);
    expect(rounds.every((count, nth) => nth === 0 || count - rounds[nth - 1]! <= 1)).toBe(true);
    expect(rounds.at(-1)).toBe(32);
  });

  test('one is one, whatever the API server says', () => {
    const slots = slotsOf(1);
    expect([round(slots, true), round(slots, true), round(slots, false)]).toEqual([1, 1, 1]);
  });

  test('who stands in line comes first, and stands there until fewer are under way than may be', async () => {
    const slots = slotsOf(4);
    for (let i = 0; i < 4; i++) expect(slots.take()).toBe(true);
    const order: string[] = [];
    const waiting = ['a', 'b', 'c'].map((name) => slots.next().then(() => order.push(name)));
    slots.heard(true);
    slots.give();
    slots.give();
    expect(slots.take()).toBe(false);
    await Promise.resolve();
    expect(order).toEqual([]);
    for (let i = 0; i < 2; i++) slots.give();
    await Promise.all(waiting.slice(0, 2));
    expect(order).toEqual(['a', 'b']);
    slots.give();
    await Promise.all(waiting);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  test('whatever the API server says, never too many are under way, everybody has a turn, and in the order in which they came', () => {
    const what = fc.oneof(fc.constant('come' as const), fc.boolean());
    return fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.array(what, { maxLength: 80 }), async (most, story) => {
        const slots = slotsOf(most);
        const begun: number[] = [];
        let under = 0;
        let came = 0;
        const begin = (who: number) => {
          begun.push(who);
          under++;
        };
        const answer = (pushedBack: boolean) => {
          slots.heard(pushedBack);
          under--;
          slots.give();
        };
        for (const event of story) {
          if (event === 'come') {
            const who = came++;
            if (slots.take()) begin(who);
            else
              void slots.next().then(() => {
                begin(who);
              });
          } else if (under > 0) answer(event);
          await Promise.resolve();
          expect(under).toBeLessThanOrEqual(most);
          expect(slots.count()).toBeGreaterThanOrEqual(1);
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
