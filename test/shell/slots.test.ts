// Whoever is slow holds up himself and nobody else.
import { expect, test } from '@jest/globals';
import { slotsOf } from '../../src/shell/gates/slots.ts';

test('so many at once, and of one owner no more than his part', async () => {
  const slots = slotsOf(3, 2);
  const order: string[] = [];
  const given: (() => void)[] = [];
  const take = (owner: string, name: string) =>
    slots.take(owner).then((give) => {
      order.push(name);
      given.push(give);
    });
  const turns = async () => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1']) void take(name[0]!, name);
  await turns();
  expect(order).toEqual(['a1', 'a2', 'b1']);
  expect(slots.taken()).toBe(3);
  given[0]!();
  given[0]!(); // counts once
  await turns();
  expect(slots.taken()).toBe(3);
  // Who waited is served before him who was, though he came later.
  expect(order[3]).toBe('c1');
  for (let i = 1; i < given.length; i++) {
    given[i]!();
    await turns();
  }
  expect(order.slice(4).sort()).toEqual(['a3', 'a4', 'b2']);
  expect(slots.taken()).toBe(0);
});

test('the part of one owner stays his, however many of his wait', async () => {
  const slots = slotsOf(10, 2);
  const gives = [slots.take('a'), slots.take('a')];
  let third = false;
  void slots.take('a').then(() => (third = true));
  await Promise.all(gives);
  expect(third).toBe(false);
  (await gives[0]!)();
  await Promise.resolve();
  await Promise.resolve();
  expect(third).toBe(true);
});
