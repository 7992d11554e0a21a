import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Load } from '../../src/shell/loop/priorities.ts';
import type { QueueMeter } from '../../src/shell/loop/priorities.ts';
import { createQueue, type QueueOptions } from '../../src/shell/loop/queue.ts';
import { manualClock } from './faultserver.ts';

/** A queue whose pieces of work last until they are told to end. */
function working(concurrency: number, options: Partial<QueueOptions> = {}) {
  const clock = manualClock();
  const begun: string[] = [];
  const under = new Map<string, { end: () => void; fail: (error: Error) => void }>();
  const queue = createQueue<string>({ clock, random: () => 0, soon: queueMicrotask, ...options });
  queue.run(
    (key) => {
      if (under.has(key)) throw new Error(`${key} twice at once`);
      begun.push(key);
      return new Promise<void>((resolve, reject) => {
        const over = (then: () => void) => () => {
          under.delete(key);
          then();
        };
        under.set(key, {
          end: over(resolve),
          fail: (error) => {
            over(() => {
              reject(error);
            })();
          },
        });
      });
    },
    { concurrency },
  );
  return { queue, clock, begun, under };
}
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('keys are worked on in the order they came, as many at once as allowed', async () => {
  const { queue, begun, under } = working(2);
  for (const key of ['a', 'b', 'c', 'a']) queue.add(key);
  await settled();
  expect(begun).toEqual(['a', 'b']);
  under.get('b')!.end();
  await settled();
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('a key added while it is worked on comes once more, and never at the same time', async () => {
  const { queue, begun, under } = working(5);
  queue.add('a');
  await settled();
  queue.add('a');
  queue.add('a');
  await settled();
  expect(begun).toEqual(['a']);
  under.get('a')!.end();
  await settled();
  expect(begun).toEqual(['a', 'a']);
  under.get('a')!.end();
  await settled();
  expect(begun).toEqual(['a', 'a']);
});

test('work does not begin within add', () => {
  const { queue, begun } = working(1);
  queue.add('a');
  expect(begun).toEqual([]);
});

test('of several times for one key the earliest holds, with one timer for all keys', async () => {
  const { queue, clock, begun } = working(5);
  queue.addAfter('a', 500);
  queue.addAfter('a', 200);
  queue.addAfter('a', 900);
  queue.addAfter('b', 300);
  queue.addAfter('c', 0);
  await settled();
  expect(begun).toEqual(['c']);
  expect(clock.waits()).toEqual([200]);
  clock.advance(200);
  await settled();
  expect(begun).toEqual(['c', 'a']);
  clock.advance(10_000);
  await settled();
  expect(begun).toEqual(['c', 'a', 'b']);
});

test('a time further away than timers reach is kept', async () => {
  const { queue, clock, begun } = working(1);
  const year = 365 * 24 * 3_600_000;
  queue.addAfter('a', year);
  expect(clock.waits()[0]).toBeLessThan(2 ** 31);
  clock.advance(year - 1);
  await settled();
  expect(begun).toEqual([]);
  clock.advance(1);
  await settled();
  expect(begun).toEqual(['a']);
});

test('a failing key waits twice as long each time, up to five minutes, until it is forgotten', () => {
  const { queue } = working(1);
  const waits = Array.from({ length: 18 }, () => queue.retry('a'));
  expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40]);
  expect(waits.at(-1)).toBe(300_000);
  expect(queue.retry('b')).toBe(5);
  queue.forget('a');
  expect(queue.retry('a')).toBe(5);
  expect(queue.retry('a', 3_000)).toBe(3_000);
});

test('back-off is spread by up to half', () => {
  const { queue } = working(1, { random: () => 1 });
  expect(queue.retry('a')).toBe(2.5);
});

test('a worker that throws is reported, and its key tried again', async () => {
  const errors: unknown[] = [];
  const { queue, clock, begun, under } = working(1, { onError: (key, error) => errors.push([key, (error as Error).message]) });
  queue.add('a');
  queue.add('b');
  await settled();
  under.get('a')!.fail(new Error('boom'));
  await settled();
  expect(errors).toEqual([['a', 'boom']]);
  expect(begun).toEqual(['a', 'b']);
  under.get('b')!.end();
  clock.advance(5);
  await settled();
  expect(begun).toEqual(['a', 'b', 'a']);
});

test('stop begins nothing more and waits for what is under way', async () => {
  const { queue, clock, begun, under } = working(1);
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 10);
  await settled();
  let stopped = false;
  const stopping = queue.stop().then(() => (stopped = true));
  await settled();
  expect(stopped).toBe(false);
  expect(clock.waits()).toEqual([]);
  queue.add('d');
  queue.addAfter('e', 1);
  queue.retry('f');
  under.get('a')!.end();
  await stopping;
  clock.advance(1_000);
  await settled();
  expect(begun).toEqual(['a']);
  await createQueue({ clock }).stop();
});

test('what is measured', async () => {
  const seen: string[] = [];
  let load: () => Load = () => ({ depth: -1, working: -1, unfinishedSeconds: -1, longestSeconds: -1 });
  const meter: QueueMeter = {
    ask: (from) => void (load = from),
    added: () => seen.push('added'),
    retried: () => seen.push('retried'),
    waited: (seconds) => seen.push(`waited ${seconds}`),
    worked: (seconds) => seen.push(`worked ${seconds}`),
  };
  const { queue, clock, under } = working(1, { meter });
  queue.add('a');
  queue.add('a');
  queue.add('b');
  clock.advance(2_000);
  await settled();
  clock.advance(3_000);
  expect(load()).toEqual({ depth: 1, working: 1, unfinishedSeconds: 3, longestSeconds: 3 });
  under.get('a')!.end();
  queue.retry('a');
  await settled();
  expect(seen).toEqual(['added', 'added', 'waited 2', 'retried', 'worked 3', 'waited 5']);
});

type Move =
  | { readonly is: 'add' | 'end' | 'fail' | 'retry'; readonly key: string }
  | { readonly is: 'after'; readonly key: string; readonly ms: number }
  | { readonly is: 'advance'; readonly ms: number };
const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ is: fc.constantFrom('add' as const, 'end' as const, 'end' as const, 'fail' as const, 'retry' as const), key }),
  fc.record({ is: fc.constant('after' as const), key, ms: fc.integer({ min: -1, max: 1_000 }) }),
  fc.record({ is: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 500 }) }),
);

test('whatever happens: never twice at once, never too many, nothing added is lost, late or too early', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), async (moves, concurrency) => {
      const { queue, clock, begun, under } = working(concurrency);
      // What a queue is, in a few lines: keys due at an instant, keys owed a worker.
      const due = new Map<string, number>();
      const owed = new Set<string>();
      const tries = new Map<string, number>();
      let counted = 0;
      const later = (key: string, ms: number) => due.set(key, Math.min(clock.monotonic() + ms, due.get(key) ?? Infinity));
      const retried = (key: string) => {
        const before = tries.get(key) ?? 0;
        tries.set(key, before + 1);
        later(key, Math.min(300_000, 5 * 2 ** before));
      };
      const look = async () => {
        await settled();
        for (const [key, at] of due) {
          if (at > clock.monotonic()) continue;
          due.delete(key);
          owed.add(key);
        }
        for (; counted < begun.length; counted++) {
          expect(owed.has(begun[counted]!)).toBe(true);
          owed.delete(begun[counted]!);
        }
        expect(under.size).toBeLessThanOrEqual(concurrency);
        // Whoever is still owed has to wait: for a worker, or for the one that has this very key.
        if (under.size < concurrency) expect([...owed].filter((key) => !under.has(key))).toEqual([]);
      };
      for (const one of moves) {
        if (one.is === 'add') owed.add(one.key);
        if (one.is === 'add') queue.add(one.key);
        if (one.is === 'after' && one.ms <= 0) owed.add(one.key);
        if (one.is === 'after' && one.ms > 0) later(one.key, one.ms);
        if (one.is === 'after') queue.addAfter(one.key, one.ms);
        if (one.is === 'retry') retried(one.key);
        if (one.is === 'retry') queue.retry(one.key);
        if (one.is === 'end') under.get(one.key)?.end();
        if (one.is === 'fail' && under.has(one.key)) retried(one.key);
        if (one.is === 'fail') under.get(one.key)?.fail(new Error('x'));
        if (one.is === 'advance') clock.advance(one.ms);
        await look();
      }
      for (let round = 0; round < 40 && owed.size + due.size + under.size > 0; round++) {
        for (const { end } of [...under.values()]) end();
        await look();
        clock.advance(100_000);
        await look();
      }
      expect([...owed, ...due.keys(), ...under.keys()]).toEqual([]);
      // Times that an earlier one overtook come to nothing.
      clock.advance(300_000);
      await look();
      expect(queue.load()).toMatchObject({ depth: 0, working: 0 });
      expect(clock.waits()).toEqual([]);
    }),
    { numRuns: 100 },
  );
}, 30_000);

test('no key starves another', async () => {
  const { queue, begun, under } = working(1);
  queue.add('busy');
  await settled();
  queue.add('other');
  for (let i = 0; i < 3; i++) {
    queue.add('busy');
    [...under.values()][0]!.end();
    await settled();
  }
  expect(begun).toEqual(['busy', 'other', 'busy', 'busy']);
});

test('many keys come in the order of their times', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 200 }), async (times) => {
      const { queue, clock, begun } = working(Infinity);
      for (const ms of times) queue.addAfter(String(ms), ms);
      clock.advance(100_000);
      await settled();
      expect(begun).toEqual([...times].sort((a, b) => a - b).map(String));
    }),
  );
});

test('what has begun is finished before anything new begins, yet what is new gets its turn', async () => {
  const { queue, begun, under } = working(1);
  queue.add('first');
  await settled();
  for (let i = 0; i < 3; i++) queue.add(`new ${String(i)}`, 'begin');
  for (let i = 0; i < 20; i++) queue.add(`old ${String(i)}`);
  for (let i = 0; i < 24; i++) {
    [...under.values()].at(-1)!.end();
    await settled();
  }
  expect(begun.slice(1, 7)).toEqual(['old 0', 'old 1', 'old 2', 'old 3', 'old 4', 'old 5']);
  const turns = begun.flatMap((key, i) => (key.startsWith('new') ? [i] : []));
  expect(turns).toHaveLength(3);
  expect(turns[0]).toBeLessThanOrEqual(8);
  expect(turns[1]! - turns[0]!).toBeLessThanOrEqual(8);
});

test('tidying up comes last, yet gets its turn', async () => {
  const { queue, begun, under } = working(2);
  const tidy = ['tidy 0', 'tidy 1'];
  for (const key of tidy) queue.add(key);
  await settled();
  for (let i = 0; i < 100; i++) queue.add(`new ${String(i)}`, 'begin');
  for (let i = 0; i < 100; i++) queue.add(`old ${String(i)}`);
  for (const key of tidy) {
    expect(queue.giveWay(key)).toBe(true);
    under.get(key)!.end();
  }
  for (let i = 0; i < 170; i++) {
    await settled();
    [...under.values()][0]!.end();
  }
  const turns = begun.slice(2).flatMap((key, i) => (tidy.includes(key) ? [i] : []));
  expect(turns).toHaveLength(2);
  expect(turns[0]).toBeGreaterThan(0);
  expect(turns[1]! - turns[0]!).toBeGreaterThan(32);
});

test('nothing gives way where nobody waits, or twice in a row', async () => {
  const { queue, begun, under } = working(1);
  queue.add('a');
  await settled();
  expect(queue.giveWay('a')).toBe(false);
  queue.add('b');
  expect(queue.giveWay('a')).toBe(true);
  under.get('a')!.end();
  await settled();
  under.get('b')!.end();
  await settled();
  queue.add('c');
  expect(begun).toEqual(['a', 'b', 'a']);
  expect(queue.giveWay('a')).toBe(false);
});

test('nothing gives way for more than a minute, however often news bring it back', async () => {
  const { queue, clock, begun, under } = working(1);
  queue.add('noisy');
  await settled();
  for (let i = 0; i < 100; i++) queue.add(`other ${String(i)}`);
  let seconds = 0;
  for (; seconds < 300 && (begun.at(-1) !== 'noisy' || queue.giveWay('noisy')); seconds++) {
    queue.add('noisy');
    under.get(begun.at(-1)!)!.end();
    clock.advance(1_000);
    await settled();
    queue.add(`other ${String(seconds)}`);
  }
  expect(begun.filter((key) => key === 'noisy').length).toBeGreaterThan(1);
  expect(seconds).toBeGreaterThan(60);
  expect(seconds).toBeLessThan(200);
});

test('a key that waits moves to a better lane, and to no worse one', async () => {
  const { queue, begun, under } = working(1);
  queue.add('first');
  await settled();
  for (const key of ['a', 'b', 'c']) queue.add(key, 'begin');
  queue.add('c');
  queue.add('c', 'begin');
  for (let i = 0; i < 4; i++) {
    [...under.values()].at(-1)?.end();
    await settled();
  }
  expect(begun).toEqual(['first', 'c', 'a', 'b']);
});

test('half of the workers are kept for what has begun', async () => {
  const { queue, begun, under } = working(4);
  for (let i = 0; i < 6; i++) queue.add(`new ${String(i)}`, 'begin');
  await settled();
  expect(begun).toEqual(['new 0', 'new 1']);
  queue.add('old');
  await settled();
  expect(begun).toEqual(['new 0', 'new 1', 'old']);
  under.get('new 0')!.end();
  await settled();
  expect(begun.at(-1)).toBe('new 2');
});

test('news that came while a key was worked on keep their lane, though it gives way', async () => {
  const { queue, begun, under } = working(1);
  queue.add('a');
  await settled();
  queue.add('new', 'begin');
  queue.add('a');
  expect(queue.giveWay('a')).toBe(true);
  for (let i = 0; i < 2; i++) {
    [...under.values()].at(-1)!.end();
    await settled();
  }
  expect(begun).toEqual(['a', 'a', 'new']);
});
