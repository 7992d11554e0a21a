// Notices on their way: what receivers get, judged by the CloudEvents SDK and by what Slack documents, and receivers that are dead, slow or lie.
import { afterEach, describe, expect, test } from '@jest/globals';
import { HTTP, type CloudEvent } from 'cloudevents';
import type { Socket } from 'node:net';
import type { Format, Notice } from '../../src/model/notice.ts';
import { FORMATS } from '../../src/model/notice.ts';
import type { Fate } from '../../src/shell/notices/outbox.ts';
import { MOST_WAITING, Outbox } from '../../src/shell/notices/outbox.ts';
import { RENDERINGS } from '../../src/shell/notices/rendering.ts';
import { eventually, linesOf, manualClock } from './faultserver.ts';
import type { Receiver } from './receiver.ts';
import { flood, receiver, reply } from './receiver.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const MOVE: Notice = {
  topic: 'moved',
  id: 'u/moved/4',
  about: 'u/moved/4',
  at: Date.parse('2026-03-01T12:00:00Z'),
  namespace: 'shop',
  app: 'web',
  generation: 7,
  reason: 'Automatic',
  message: 'web-b (2.0) serves instead of web-a (1.0)',
  from: { version: 'web-a', name: '1.0' },
  to: { version: 'web-b', name: '2.0' },
  who: 'argocd-controller',
  switchNumber: 4,
  diff: 'web: nginx:1.27 → nginx:1.28',
  command: "kubectl patch -n shop iapp/web --type=merge -p '{}'",
};
const numbered = (n: number): Notice => ({ ...MOVE, id: `u/moved/${n}`, about: `u/moved/${n}`, switchNumber: n });
const SENDER = { cluster: 'prod-eu', at: Date.parse('2026-03-01T12:00:09Z') };

/** `receivers`: what each answers, by name. */
async function given(receivers: Record<string, (socket: Socket, heard: string) => void>, format: Format = 'cloudevents', path = '/hook') {
  const clock = manualClock();
  const log = linesOf();
  const fates: Record<Fate, string[]> = { sent: [], dropped: [] };
  const there = new Map<string, Receiver>();
  for (const [name, answer] of Object.entries(receivers)) {
    const made = await receiver(answer);
    there.set(name, made);
    cleanups.push(() => made.close());
  }
  const find = (name: string) => {
    const port = there.get(name)?.port;
    return port === undefined
      ? undefined
      : { host: '127.0.0.1', port, path, headers: { authorization: 'Bearer t' }, tls: undefined, format };
  };
  const outbox = new Outbox({ clock, log, cluster: 'prod-eu', userAgent: 'us', find, ended: (name, fate) => fates[fate].push(name) });
  cleanups.push(() => {
    outbox.stop();
  });
  return { outbox, clock, log, fates, heard: (name: string) => there.get(name)!.heard, there };
}
const takes = (socket: Socket): void => void socket.end(reply(204, ''));
const idsIn = (heard: readonly string[]): unknown[] =>
  heard.map((request) => (JSON.parse(request.split('\r\n\r\n')[1]!) as { id: string }).id);

/** A request as the SDK of CloudEvents reads it, and checks it. */
function eventIn(request: string): CloudEvent<Record<string, unknown>> {
  const [head = '', body = ''] = request.split('\r\n\r\n');
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(': ') as [string, string]),
  );
  const event = HTTP.toEvent<Record<string, unknown>>({ headers, body }) as CloudEvent<Record<string, unknown>>;
  expect(event.validate()).toBe(true);
  return event;
}

test('a CloudEvent, by the SDK of CloudEvents', async () => {
  const { outbox, heard, fates } = await given({ a: takes });
  outbox.put('a', MOVE);
  await eventually(() => fates.sent.length === 1);
  const [request] = heard('a');
  expect(request).toMatch(/^POST \/hook HTTP\/1.1\r\n/);
  expect(request).toContain('authorization: Bearer t');
  const event = eventIn(request!);
  expect(event).toMatchObject({
    specversion: '1.0',
    id: 'u/moved/4',
    type: 'io.immutableapp.moved.v1',
    source: 'prod-eu',
    subject: 'shop/web',
    time: '2026-03-01T12:00:00.000Z',
    datacontenttype: 'application/json',
  });
  const { id: _, about: _about, at: _at, topic: _topic, ...data } = MOVE;
  expect(event.data).toEqual(data);
});

test('what nobody wrote the time of has the time at which it was to be told first', () => {
  const { body } = RENDERINGS.cloudevents({ ...MOVE, at: undefined }, SENDER);
  expect(JSON.parse(body)).toMatchObject({ time: '2026-03-01T12:00:09.000Z' });
});

describe('a message for Slack', () => {
  interface Text {
    readonly type: string;
    readonly text: string;
  }
  interface Message {
    readonly text: string;
    readonly blocks: readonly { readonly type: string; readonly text?: Text; readonly elements?: readonly Text[] }[];
  }
  const messageOf = (notice: Notice): Message => JSON.parse(RENDERINGS.slack(notice, SENDER).body) as Message;
  /** What https://docs.slack.dev says of incoming webhooks, section and context blocks, and text objects. */
  const FIELDS: Readonly<Record<string, readonly string[]>> = {
    section: ['type', 'text'],
    context: ['type', 'elements'],
    mrkdwn: ['type', 'text'],
  };
  const wrong = (message: Message): string[] => {
    const texts = message.blocks.flatMap(({ text, elements = [] }) => [...(text === undefined ? [] : [text]), ...elements]);
    const extra = [...message.blocks, ...texts].flatMap((each) =>
      Object.keys(each).filter((key) => FIELDS[each.type]?.includes(key) !== true),
    );
    return [
      ...Object.keys(message).filter((key) => !['text', 'blocks'].includes(key)),
      ...extra,
      ...(message.text.length > 40_000 || message.text === '' ? ['text'] : []),
      ...(message.blocks.length > 50 ? ['blocks'] : []),
      ...texts.filter(({ text }) => text.length > 3000 || text === '').map(({ text }) => text),
    ];
  };
  test('is of the fields that it documents, within its limits', () => {
    expect(wrong(messageOf(MOVE))).toEqual([]);
    expect(wrong(messageOf({ ...MOVE, message: 'm'.repeat(9_000), diff: 'd'.repeat(9_000) }))).toEqual([]);
  });
  test('says it all in one message, and nothing in it is markup', () => {
    const { text, blocks } = messageOf({ ...MOVE, message: '<!channel> a & b' });
    expect(text).toBe(':twisted_rightwards_arrows: *shop/web* moved: &lt;!channel&gt; a &amp; b');
    expect(blocks[0]!.text!.text.split('\n').slice(1)).toEqual([
      'web: nginx:1.27 → nginx:1.28'.replace('>', '&gt;'),
      'by argocd-controller',
      "```kubectl patch -n shop iapp/web --type=merge -p '{}'```",
    ]);
    expect(blocks[1]!.elements![0]!.text).toBe('Automatic in prod-eu');
  });
});

test.each(FORMATS)('%s goes to the path of its receiver', async (format) => {
  const { outbox, heard, fates } = await given({ a: takes }, format);
  outbox.put('a', MOVE);
  await eventually(() => fates.sent.length === 1);
  const path = format === 'alertmanager' ? '/hook/api/v2/alerts' : '/hook';
  expect(heard('a')[0]!.split(' ')[1]).toBe(path);
});

describe('a receiver', () => {
  test('that is told the same again is not told it twice', async () => {
    const { outbox, heard, fates } = await given({ a: takes, b: takes });
    for (const name of ['a', 'a', 'b']) outbox.put(name, MOVE);
    await eventually(() => fates.sent.length === 2);
    outbox.put('a', MOVE);
    expect(heard('a')).toHaveLength(1);
    expect(outbox.waiting()).toBe(0);
  });

  test('that is told by two leaders knows by the id that it is the same', async () => {
    const [one, two] = [await given({ a: takes }), await given({ a: takes })];
    for (const { outbox } of [one, two]) outbox.put('a', MOVE);
    await eventually(() => one.fates.sent.length + two.fates.sent.length === 2);
    expect(idsIn(one.heard('a'))).toEqual(idsIn(two.heard('a')));
  });

  test('that is told of all Apps that the walls are down is told of one', async () => {
    const { outbox, clock, fates } = await given({ a: takes });
    const down = (n: number): Notice => ({ ...numbered(n), topic: 'enforcement', reason: 'DetectOnly' });
    for (let n = 0; n < 100; n++) outbox.put('a', down(n));
    await eventually(() => fates.sent.length === 1);
    expect(outbox.waiting()).toBe(0);
    clock.advance(11 * 60_000);
    outbox.put('a', down(101));
    await eventually(() => fates.sent.length === 2);
  });

  test('gets a thousand at once', async () => {
    const { outbox, there, heard, fates, log } = await given({ a: takes });
    for (let n = 0; n < MOST_WAITING; n++) outbox.put('a', numbered(n));
    for (let n = 50; n <= MOST_WAITING; n += 50) await eventually(() => fates.sent.length >= n);
    expect(new Set(idsIn(heard('a'))).size).toBe(MOST_WAITING);
    expect(there.get('a')!.most()).toBeLessThanOrEqual(4);
    expect(log.lines).toEqual([]);
  });

  test('that is dead costs a bounded queue: the oldest go, and are counted; a living one hears all meanwhile', async () => {
    const { outbox, clock, fates, log } = await given({ dead: (socket) => socket.destroy(), alive: takes });
    for (let n = 0; n < MOST_WAITING + 100; n++) outbox.put('dead', numbered(n));
    for (let n = 0; n < 10; n++) outbox.put('alive', numbered(n));
    await eventually(() => fates.sent.length === 10 && clock.waits().length === 1);
    await eventually(() => outbox.waiting() <= MOST_WAITING + 4);
    const before = fates.dropped.length;
    expect(before).toBeGreaterThanOrEqual(96);
    expect(new Set(fates.dropped)).toEqual(new Set(['dead']));
    // Said once, not a thousand times.
    expect(log.lines).toHaveLength(1);
    // What is a quarter of an hour old is no news.
    clock.advance(16 * 60_000);
    await eventually(() => {
      clock.advance(60_000);
      return outbox.waiting() === 0;
    });
    expect(fates.dropped).toHaveLength(MOST_WAITING + 100);
  });

  test('that comes back is told what waits, under the same ids', async () => {
    let isUp = false;
    const { outbox, clock, heard, fates } = await given({ a: (socket) => void socket.end(reply(isUp ? 204 : 503, '')) });
    outbox.put('a', numbered(0));
    await eventually(() => clock.waits().length === 1);
    for (const n of [1, 2]) outbox.put('a', numbered(n));
    // While it does not answer, one at a time is tried, each time later.
    clock.advance(1_000);
    await eventually(() => heard('a').length === 2 && clock.waits().length === 1);
    expect(clock.waits()).toEqual([2_000]);
    isUp = true;
    clock.advance(2_000);
    await eventually(() => fates.sent.length === 3);
    expect(new Set(idsIn(heard('a')))).toEqual(new Set(['u/moved/0', 'u/moved/1', 'u/moved/2']));
    expect(fates.dropped).toEqual([]);
  });

  test('that fails each time is tried ten times, and then no more', async () => {
    const { outbox, clock, heard, fates } = await given({ a: (socket) => void socket.end(reply(500, 'no')) });
    outbox.put('a', MOVE);
    for (let tries = 1; tries < 10; tries++) {
      await eventually(() => heard('a').length === tries && clock.waits().length === 1);
      clock.advance(60_000);
    }
    await eventually(() => fates.dropped.length === 1);
    expect(heard('a')).toHaveLength(10);
    expect(new Set(idsIn(heard('a'))).size).toBe(1);
  });

  test.each<[string, (socket: Socket) => void, string]>([
    ['redirects', (socket) => void socket.end(reply(307, '', 'text/plain', 'location: http://127.0.0.1:1/\r\n')), 'it answered 307: redirects are not followed'], // prettier-ignore
    ['refuses it', (socket) => void socket.end(reply(401, 'who are you')), 'it answered 401'],
  ])('that %s is not asked again', async (_what, answer, cause) => {
    const { outbox, heard, fates, log } = await given({ a: answer });
    outbox.put('a', MOVE);
    await eventually(() => fates.dropped.length === 1);
    expect(heard('a')).toHaveLength(1);
    expect(log.lines).toMatchObject([{ message: 'notice dropped', fields: { receiver: 'a', notice: 'u/moved/4', cause } }]);
  });

  test.each<[string, (socket: Socket) => void]>([
    ['answers ten gigabytes', (socket) => { socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n'); flood(socket, 'x'.repeat(65_536)); }], // prettier-ignore
    ['never ends its answer', (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx')],
    ['says that it is JSON, and lies', (socket) => void socket.end(reply(200, '<html>'))],
  ])('that %s has taken it: only its status counts', async (_what, answer) => {
    const { outbox, there, fates } = await given({ a: answer });
    const before = process.memoryUsage().rss;
    outbox.put('a', MOVE);
    await eventually(() => fates.sent.length === 1);
    await eventually(() => there.get('a')!.open() === 0);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
  });

  test('that is slow holds up nobody else', async () => {
    const { outbox, fates, there } = await given({ slow: () => undefined, quick: takes });
    for (let n = 0; n < 50; n++) outbox.put('slow', numbered(n));
    for (let n = 0; n < 50; n++) outbox.put('quick', numbered(n));
    await eventually(() => fates.sent.length === 50);
    expect(there.get('slow')!.open()).toBeLessThanOrEqual(4);
    expect(new Set(fates.sent)).toEqual(new Set(['quick']));
  });

  test('that the platform takes away meanwhile is told nothing more', async () => {
    const { outbox, fates, log } = await given({});
    outbox.put('gone', MOVE);
    await eventually(() => fates.dropped.length === 1);
    expect(log.lines[0]!.fields.cause).toBe('there is no source named gone for shop any more');
  });
});

test('whoever stops sends no more, and leaves nothing behind', async () => {
  const { outbox, clock, heard } = await given({ a: (socket) => socket.destroy() });
  outbox.put('a', MOVE);
  await eventually(() => clock.waits().length === 1);
  outbox.stop();
  expect(clock.waits()).toEqual([]);
  outbox.put('a', numbered(9));
  clock.advance(3_600_000);
  expect(heard('a')).toHaveLength(1);
});
