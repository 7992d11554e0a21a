import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ServerResponse } from 'node:http';
import { ok } from '../../src/model/failure.ts';
import { connect, type Source } from '../../src/shell/api/kube.ts';
import { lineSplitter } from '../../src/shell/api/stream.ts';
import { interruptedSince, watch, type WatchOptions } from '../../src/shell/api/watch.ts';
import { eventually, faultServer, json, linesOf, manualClock, status, type Asked } from './faultserver.ts';

type Step = (response: ServerResponse, asked: Asked) => void;

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const object = (name: string, version: number, more: object = {}) => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion: String(version) },
  ...more,
});
const line = (type: string, body: object) => `${JSON.stringify({ type, object: body })}\n`;
const added = (name: string, version: number) => line('ADDED', object(name, version));
const bookmark = (version: number) => line('BOOKMARK', { metadata: { resourceVersion: String(version) } });
const listed = (version: number) =>
  line('BOOKMARK', { metadata: { resourceVersion: String(version), annotations: { 'k8s.io/initial-events-end': 'true' } } });
/** Says this and stays open. */
const say =
  (...lines: string[]): Step =>
  (response) => {
    response.writeHead(200).write(lines.join(''));
  };
const refuse =
  (code: number, reason = '', headers: Record<string, string> = {}): Step =>
  (response) => {
    json(response, code, status(code, reason, `no: ${code}`), headers);
  };

/** A watch on a server that takes one step per request, and the last for every further one. What it did is read from `told`. */
async function watching(steps: Step[], options: Partial<WatchOptions> = {}) {
  const responses: ServerResponse[] = [];
  const server = await faultServer((response, asked, nth) => {
    responses.push(response);
    steps[Math.min(nth, steps.length - 1)]!(response, asked);
  });
  const kube = connect({ connection: server.connection });
  const clock = manualClock();
  const log = linesOf();
  const told: string[] = [];
  const listedAt: (string | undefined)[] = [];
  const causes: string[] = [];
  const nameOf = (raw: object) => {
    const { name, resourceVersion } = (raw as ReturnType<typeof object>).metadata;
    return `${name}@${resourceVersion}`;
  };
  const sink = {
    begin: () => void told.push('begin'),
    put: (raw: object) => void told.push(`put ${nameOf(raw)}`),
    drop: (raw: object) => void told.push(`drop ${nameOf(raw)}`),
    end: (_?: string, version?: string) => {
      told.push('end');
      listedAt.push(version);
    },
  };
  const source: Source = { kind: 'Pod', labelSelector: 'app' };
  const one = watch({ source, sink, kube, clock, log, random: () => 0, onRestart: (_, cause) => causes.push(cause), ...options });
  cleanups.push(
    () => {
      one.stop();
    },
    () => one.ended,
    () => kube.close(),
    server.close,
  );
  const asked = () =>
    server.asked.map(
      ({ query }) => query.get('resourceVersion') ?? (query.get('watch') === '1' ? 'stream' : `list ${query.get('continue') ?? ''}`.trim()),
    );
  return { server, clock, log, told, listedAt, causes, one, asked, responses };
}
const IDLE = 130_000;

test('lists by streaming, then follows', async () => {
  const { told, listedAt, one, server } = await watching([
    say(added('a', 1), added('b', 2), listed(5), line('MODIFIED', object('a', 6)), line('DELETED', object('b', 7))),
  ]);
  await eventually(() => told.length === 6);
  expect(told).toEqual(['begin', 'put a@1', 'put b@2', 'end', 'put a@6', 'drop b@7']);
  expect(listedAt).toEqual(['5']);
  expect(one.synced()).toBe(true);
  expect(Object.fromEntries(server.asked[0]!.query)).toEqual({
    watch: '1',
    allowWatchBookmarks: 'true',
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
    timeoutSeconds: '300',
    labelSelector: 'app',
  });
});

test('is not synced before the whole list is there', async () => {
  const { told, one } = await watching([say(added('a', 1))]);
  await eventually(() => told.length === 2);
  expect(one.synced()).toBe(false);
});

test('a stream that falls silent is given up, and resumed where it was', async () => {
  const { told, clock, asked, causes, one } = await watching([say(listed(5)), say(added('a', 6))]);
  await eventually(() => told.includes('end'));
  const contact = one.lastContactAt();
  clock.advance(IDLE);
  await eventually(() => causes.length === 1);
  expect(causes).toEqual(['idle']);
  await eventually(() => clock.waits().includes(800));
  clock.advance(800);
  await eventually(() => told.includes('put a@6'));
  expect(asked()).toEqual(['stream', '5']);
  expect(one.lastContactAt()).toBeGreaterThan(contact);
});

test('may have missed events from when it broke off until a second after it is open again', async () => {
  const { told, clock, causes, one, responses, asked } = await watching([say(listed(5)), say(added('a', 6))]);
  const born = clock.monotonic();
  expect(one.interruptedAt()).toBe(born);
  await eventually(() => told.includes('end'));
  expect(one.interruptedAt()).toBe(born);
  clock.advance(1000);
  expect(one.interruptedAt()).toBeUndefined();
  responses[0]!.destroy();
  await eventually(() => clock.waits().includes(800));
  const broken = clock.monotonic();
  clock.advance(800);
  await eventually(() => told.includes('put a@6'));
  expect(one.interruptedAt()).toBe(broken);
  clock.advance(1000);
  expect(one.interruptedAt()).toBeUndefined();
  responses[1]!.end(); // for its age
  await eventually(() => asked().length === 3);
  expect(causes).toEqual(['reset', 'closed']);
  const closed = clock.monotonic();
  expect(one.interruptedAt()).toBe(closed);
  clock.advance(999);
  expect(one.interruptedAt()).toBe(closed); // it has not been opened again
});

test('of several watches the one that was interrupted first counts, unless it does not come back', () => {
  const clock = { now: () => 1_000_000, monotonic: () => 500_000, after: () => () => undefined };
  const since = (...instants: (number | undefined)[]) =>
    interruptedSince(
      instants.map((at) => ({ interruptedAt: () => at })),
      clock,
    );
  expect(since(undefined, 497_000, 499_000)).toBe(997_000);
  expect(since(undefined, undefined)).toBeUndefined();
  expect(since()).toBeUndefined();
  expect(since(440_001, 499_000)).toBe(940_001);
  expect(since(440_000, 499_000)).toBe(999_000);
});

test('misses events while it lists anew, as it was away for too long', async () => {
  const gone = line('ERROR', { code: 410, message: 'too old' });
  const { told, clock, one } = await watching([say(listed(5), gone), say(added('a', 6)), say(listed(7))]);
  await eventually(() => told.includes('put a@6'));
  clock.advance(60_000);
  expect(one.interruptedAt()).toBeDefined();
});

test('bookmarks alone keep a stream alive, and move where it resumes', async () => {
  const { told, clock, asked, causes, responses, one } = await watching([say(listed(5))]);
  await eventually(() => told.includes('end'));
  for (let i = 1; i <= 5; i++) {
    clock.advance(IDLE - 1);
    responses[0]!.write(bookmark(10 + i));
    await eventually(() => one.lastContactAt() === clock.monotonic());
  }
  expect(causes).toEqual([]);
  responses[0]!.end();
  await eventually(() => asked().length === 2);
  expect(asked()).toEqual(['stream', '15']);
});

test('a stream closed for its age is resumed at once', async () => {
  const { told, clock, asked, causes, responses } = await watching([say(listed(5))]);
  await eventually(() => told.includes('end'));
  clock.advance(1_000);
  responses[0]!.end();
  await eventually(() => asked().length === 2);
  expect(asked()).toEqual(['stream', '5']);
  expect(causes).toEqual(['closed']);
});

test('a server that closes every stream at once is not asked in a loop', async () => {
  const close: Step = (response) => response.writeHead(200).end();
  const { clock, asked } = await watching([(response) => response.writeHead(200).end(listed(5)), close]);
  for (const expected of [800, 1_600, 3_200]) {
    await eventually(() => clock.waits()[0] === expected, `a wait of ${expected}`);
    clock.advance(expected);
  }
  await eventually(() => asked().length === 4);
  expect(asked()).toEqual(['stream', '5', '5', '5']);
});

test.each<[string, Step, string]>([
  [
    'a reset within a line',
    (response) => response.writeHead(200).write(`${added('b', 6)}{"type":"ADD`, () => response.socket?.destroy()),
    'reset',
  ],
  ['a line of garbage', say(added('b', 6), 'not json\n', added('c', 7)), 'garbage'],
  ['null', say(added('b', 6), 'null\n'), 'garbage'],
  ['an event of an unknown type', say(added('b', 6), line('SURPRISE', object('c', 7))), 'garbage'],
  ['an object without a version', say(added('b', 6), line('ADDED', { metadata: {} })), 'garbage'],
  ['an ERROR event', say(added('b', 6), line('ERROR', status(500, 'InternalError', 'oh'))), 'error'],
])('after %s the watch resumes where it was, with patience', async (_, step, cause) => {
  const { told, clock, asked, causes } = await watching([say(listed(5), line('ERROR', status(500, '', ''))), step, say(added('d', 8))]);
  await eventually(() => clock.waits().includes(800));
  clock.advance(800);
  await eventually(() => causes.length === 2);
  expect(causes).toEqual(['error', cause]);
  await eventually(() => clock.waits().includes(1_600));
  clock.advance(1_600);
  await eventually(() => told.includes('put d@8'));
  expect(told).toEqual(['begin', 'end', 'put b@6', 'put d@8']);
  expect(asked()).toEqual(['stream', '5', '6']);
});

test.each<[string, Step]>([
  ['as an event', say(line('ERROR', status(410, 'Expired', 'too old')))],
  ['as an answer', refuse(410, 'Expired')],
])('410 %s means a fresh list, at once', async (_, expired) => {
  const { told, clock, asked, causes, responses } = await watching([say(added('a', 1), listed(5)), expired, say(added('b', 9), listed(9))]);
  await eventually(() => told.includes('end'));
  clock.advance(1_000);
  responses[0]!.end();
  await eventually(() => told.filter((what) => what === 'end').length === 2);
  expect(told).toEqual(['begin', 'put a@1', 'end', 'begin', 'put b@9', 'end']);
  expect(asked()).toEqual(['stream', '5', 'stream']);
  expect(causes).toEqual(['closed', 'expired']);
});

test('after an outage too, a 410 means a fresh list at once', async () => {
  const { told, clock, asked } = await watching([say(listed(5), 'garbage\n'), refuse(503), refuse(410, 'Expired'), say(listed(9))]);
  await eventually(() => clock.waits().includes(800));
  clock.advance(800);
  await eventually(() => clock.waits().includes(1_600));
  clock.advance(1_600);
  await eventually(() => told.filter((what) => what === 'end').length === 2);
  expect(asked()).toEqual(['stream', '5', '5', 'stream']);
});

test('one 410 after the other is met with patience', async () => {
  const { clock, causes } = await watching([say(line('ERROR', status(410, 'Expired', 'too old')))]);
  await eventually(() => causes.length === 2);
  await eventually(() => clock.waits().includes(800));
  expect(causes).toEqual(['expired', 'expired']);
});

test('patience doubles up to half a minute, and a stream that held ends it', async () => {
  const waits: number[] = [];
  let healthy = false;
  const { clock, responses, asked } = await watching([
    (response, how) => {
      (healthy ? say(listed(5)) : refuse(503))(response, how);
    },
  ]);
  for (const expected of [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]) {
    await eventually(() => clock.waits().length === 1 && clock.waits()[0] === expected, `a wait of ${expected}`);
    waits.push(expected);
    if (waits.length === 8) healthy = true;
    clock.advance(expected);
  }
  await eventually(() => asked().length === 9 && responses[8]!.headersSent);
  clock.advance(30_000);
  healthy = false;
  await eventually(() => !responses[8]!.writableNeedDrain);
  responses[8]!.socket?.destroy();
  await eventually(() => clock.waits()[0] === 800);
});

test('429 is answered with the patience asked for', async () => {
  const { told, clock } = await watching([refuse(429, 'TooManyRequests', { 'retry-after': '7' }), say(listed(5))]);
  await eventually(() => clock.waits().includes(7_000));
  clock.advance(7_000);
  await eventually(() => told.includes('end'));
});

const page =
  (items: object[], next = ''): Step =>
  (response) => {
    json(response, 200, { metadata: { resourceVersion: '5', continue: next }, items });
  };

test.each([400, 422])('where streaming a list is refused with %d, it is read in pages', async (code) => {
  const { told, listedAt, one, server, asked } = await watching([
    refuse(code, 'Invalid'),
    page([object('a', 1)], 'more'),
    page([object('b', 2)]),
    say(added('c', 6)),
  ]);
  await eventually(() => told.includes('put c@6'));
  expect(told).toEqual(['begin', 'put a@1', 'put b@2', 'end', 'put c@6']);
  expect(listedAt).toEqual(['5']);
  expect(asked()).toEqual(['stream', 'list', 'list more', '5']);
  expect(server.asked[1]!.query.get('limit')).toBe('500');
  expect(one.synced()).toBe(true);
});

test('an API server that takes a streaming list for a plain watch is asked for pages', async () => {
  const { told, clock } = await watching([say(added('a', 1), bookmark(3)), page([object('a', 1)]), say()]);
  await eventually(() => clock.waits().includes(800));
  clock.advance(800);
  await eventually(() => told.includes('end'));
  expect(told).toEqual(['begin', 'put a@1', 'begin', 'put a@1', 'end']);
});

test('a list that expires between its pages begins anew', async () => {
  const { told, asked } = await watching([
    refuse(400),
    page([object('a', 1)], 'more'),
    refuse(410, 'Expired'),
    page([object('b', 2)]),
    say(),
  ]);
  await eventually(() => told.includes('end'));
  expect(told).toEqual(['begin', 'put a@1', 'begin', 'put b@2', 'end']);
  expect(asked().slice(0, 4)).toEqual(['stream', 'list', 'list more', 'list']);
});

test('a refusal that pages would not help is met with patience', async () => {
  const { clock, asked } = await watching([refuse(403, 'Forbidden')]);
  await eventually(() => clock.waits().includes(800));
  expect(asked()).toEqual(['stream']);
});

test('a sink that throws is reported, and gets everything else', async () => {
  const told: string[] = [];
  let errors = 0;
  const sink = {
    begin: () => {
      throw new Error('begin');
    },
    put: (raw: object) => {
      const { name } = (raw as ReturnType<typeof object>).metadata;
      if (name === 'bad') throw new Error('bad');
      told.push(name);
    },
    drop: () => undefined,
    end: () => void told.push('end'),
  };
  const { log, causes } = await watching([say(added('a', 1), added('bad', 2), added('b', 3), listed(5), added('c', 6))], {
    sink,
    onSinkError: () => errors++,
  });
  await eventually(() => told.includes('c'));
  expect(told).toEqual(['a', 'b', 'end', 'c']);
  expect(errors).toBe(2);
  expect(causes).toEqual([]);
  expect(log.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual(['sink failed', 'sink failed']);
});

test('an object deleted and created again under one name is seen as two', async () => {
  const told: unknown[] = [];
  const uidOf = (raw: object) => (raw as { metadata: { uid: string } }).metadata.uid;
  const sink = {
    begin: () => undefined,
    put: (raw: object) => void told.push(['put', uidOf(raw)]),
    drop: (raw: object) => void told.push(['drop', uidOf(raw)]),
    end: () => undefined,
  };
  const as = (uid: string, version: number) => ({ metadata: { name: 'a', uid, resourceVersion: String(version) } });
  await watching([say(line('ADDED', as('1', 1)), listed(5), line('DELETED', as('1', 6)), line('ADDED', as('2', 7)))], { sink });
  await eventually(() => told.length === 3);
  expect(told).toEqual([
    ['put', '1'],
    ['drop', '1'],
    ['put', '2'],
  ]);
});

test('fields nobody knows reach the sink', async () => {
  const strange = object('a', 1, { spec: { newerThanUs: [1, null, { ü: '🦊' }] } });
  const got: object[] = [];
  const sink = { begin: () => undefined, put: (raw: object) => void got.push(raw), drop: () => undefined, end: () => undefined };
  await watching([say(line('ADDED', strange), listed(5))], { sink });
  await eventually(() => got.length === 1);
  expect(got).toEqual([strange]);
});

test.each<[string, Step, number]>([
  ['it waits', refuse(503), 0],
  ['it connects', () => undefined, 0],
  ['it streams a list', say(added('a', 1)), 2],
  ['it follows', say(listed(5)), 2],
])('stop while %s really stops', async (_, step, heard) => {
  const { one, clock, server, asked, told } = await watching([step]);
  await eventually(() => asked().length === 1 && told.length === heard);
  // Either it waits, or it has a deadline for its stream.
  await eventually(() => clock.waits().length === 1);
  one.stop();
  await one.ended;
  expect(clock.waits()).toEqual([]);
  const before = told.length;
  clock.advance(600_000);
  expect(asked()).toHaveLength(1);
  expect(told).toHaveLength(before);
  if (heard > 0) await eventually(() => server.open() === 0);
});

test('stop while it reads pages really stops', async () => {
  const { one, asked } = await watching([refuse(400), () => undefined]);
  await eventually(() => asked().length === 2);
  one.stop();
  await one.ended;
  expect(asked()).toHaveLength(2);
});

test('a port that breaks does not break the watch', async () => {
  const clock = manualClock();
  const log = linesOf();
  let calls = 0;
  const stream = () => {
    calls++;
    return Promise.reject(new Error('bug'));
  };
  const sink = { begin: () => undefined, put: () => undefined, drop: () => undefined, end: () => undefined };
  const one = watch({ source: { kind: 'Pod' }, sink, kube: { stream, list: stream }, clock, log, random: () => 0 });
  await eventually(() => clock.waits().includes(800));
  clock.advance(800);
  await eventually(() => calls === 2);
  one.stop();
  await one.ended;
  expect(log.lines.some(({ message }) => message === 'watch failed')).toBe(true);
});

test('a list of any size lets others run', async () => {
  const objects = 2_000;
  // A clock on which every look takes a millisecond: each object costs that much.
  let now = 0;
  const clock = { ...manualClock(), monotonic: () => now++ };
  let turns = 0;
  let worst = 0;
  let last = 0;
  let over = false;
  const turn = () => {
    turns++;
    worst = Math.max(worst, now - last);
    last = now;
    if (!over) setImmediate(turn);
  };
  const chunk = Buffer.from(Array.from({ length: objects }, (_, i) => added(`a${i}`, i + 1)).join('') + listed(9_999));
  async function* chunks() {
    yield await Promise.resolve(chunk);
    await new Promise(() => undefined);
  }
  let ended = false;
  const sink = { begin: () => setImmediate(turn), put: () => undefined, drop: () => undefined, end: () => void (ended = true) };
  const kube = { stream: () => Promise.resolve(ok(chunks())), list: () => Promise.reject(new Error('no')) };
  const one = watch({ source: { kind: 'Pod' }, sink, kube, clock, log: linesOf() });
  await eventually(() => ended);
  over = true;
  one.stop();
  expect(turns).toBeGreaterThan(objects / 10);
  expect(worst).toBeLessThanOrEqual(20);
});

test('lines are the same however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => JSON.stringify(text))),
      fc.array(fc.nat({ max: 40 })),
      (texts, cuts) => {
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        const split = lineSplitter();
        const got: string[] = [];
        let from = 0;
        for (const length of [...cuts, bytes.length]) {
          got.push(...split(bytes.subarray(from, from + length)));
          from += length;
        }
        expect(got).toEqual(texts);
      },
    ),
  );
});
