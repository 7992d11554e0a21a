import { expect, test } from '@jest/globals';
import type { Dispatcher } from 'undici';
import { follow } from '../../src/shell/wire.ts';

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
