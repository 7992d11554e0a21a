// What fails is shrunk to what matters, and can be played again from a line of text.
import { expect, test } from '@jest/globals';
import { obj } from '../../src/model/json.ts';
import type { WorldOptions } from '../world.ts';
import { shrink } from './shrink.ts';
import { attempt, read, shrunk, symptom, write } from './trial.ts';
import { stepsOf } from './walk.ts';

test('of a hundred the three that fail together are left, in their order', async () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i);
  let tries = 0;
  const fails = (items: readonly number[]): Promise<boolean> => {
    tries++;
    return Promise.resolve([3, 41, 97].every((item) => items.includes(item)));
  };
  expect(await shrink(hundred, fails)).toEqual([3, 41, 97]);
  expect(tries).toBeLessThan(200);
});

test('what fails without anything is shrunk to nothing', async () => {
  expect(await shrink([1, 2, 3], () => Promise.resolve(true))).toEqual([]);
});

/** A promise nobody makes: an App that was ever paused carries no pin. */
const SILLY: WorldOptions = {
  judge: (() => {
    const paused = new WeakSet();
    return ({ kind, after }, world) => {
      if (kind !== 'ImmutableApp' || after === undefined) return;
      if (obj(after.spec).paused === true) paused.add(world);
      if (paused.has(world) && after.metadata.annotations?.['immutableapp.io/pin'] !== undefined) throw new Error('broken promise: pinned');
    };
  })(),
};

test('a long life that breaks a promise is shrunk to the steps that do, and lived again', async () => {
  const long = read('11x60');
  await expect(attempt(long, SILLY)).rejects.toThrow('pinned');
  const short = await shrunk(long, SILLY);
  if (short.is !== 'life') throw new Error('it was a life');
  const names = stepsOf(short.life)
    .map(({ name }) => name)
    .toSorted();
  expect(names).toEqual(['pause or go on', 'pin a version']);
  const again = read(write(short));
  expect(again).toEqual(short);
  const error = await attempt(again, SILLY).catch((reason: unknown) => reason);
  expect(symptom(error)).toBe('broken promise: pinned');
  await attempt(again);
}, 120_000);

test('of two requests that go wrong the one that does not matter is left out', async () => {
  const judge: WorldOptions['judge'] = (_transition, world) => {
    if (world.processes > 1) throw new Error('it died');
  };
  const both = read('update#14 fails before, 16 dies before');
  expect(write(await shrunk(both, { judge }))).toBe('update#16 dies before');
});

test.each(['11x60', '7x60:1,2', '7x60:~calm', '7x60:3~4', 'update#12 fails after', 'update#12 fails after, 15 dies before'])(
  '%s says it all',
  (text) => {
    expect(write(read(text))).toBe(text);
  },
);

test.each(['nonsense', 'update', 'update#x', 'update#1 explodes'])('%s is refused with a sentence', (text) => {
  expect(() => read(text)).toThrow(/is (not|neither)/);
});
