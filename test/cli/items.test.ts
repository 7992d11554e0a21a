// A list is the same in whatever pieces it arrives, and read before all of it is there.
import { expect, test } from '@jest/globals';
import { listFrom } from '../../src/cli/items.ts';

const BEGIN = '{"apiVersion":"v1","kind":"App","metadata":{';
/** Larger than what is worth parsing alone; what says how an item begins stands in a string, too. */
const items = Array.from({ length: 400 }, (_, i) => ({
  apiVersion: 'v1',
  kind: 'App',
  metadata: { name: `${String(i)} \\"}],é`, text: `},${BEGIN}`.repeat(i % 40) },
  spec: { list: [{}, { apiVersion: 'v1' }], many: 'x'.repeat((i * 37) % 2_000) },
}));
const metadata = { resourceVersion: '7', continue: 'more' };

async function* cut(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield await Promise.resolve(text.slice(at, at + size));
}

const FIRST = { apiVersion: 'v1', kind: 'AppList', metadata, items };
const LAST = { apiVersion: 'v1', items, kind: 'AppList', metadata };
const SIZES = [311, 65_536, 131_072, 1_000_000];

test.each([
  ...SIZES.map((size) => [`in chunks of ${String(size)}`, LAST, BEGIN, size] as const),
  ...SIZES.map((size) => [`with its metadata first, in chunks of ${String(size)}`, FIRST, BEGIN, size] as const),
  ['whose items begin otherwise', LAST, '{"apiVersion":"v2"', 2_000] as const,
  ['of which nobody knows how items begin', LAST, undefined, 2_000] as const,
  ['that is short', { items: items.slice(0, 1), metadata }, BEGIN, 10] as const,
  ['that is empty', { items: [], metadata }, BEGIN, 10] as const,
  ['of one item that is larger than a piece', { items: [{ ...items[0]!, spec: 'y'.repeat(500_000) }], metadata }, BEGIN, 4_096] as const,
])('a list %s', async (_, list, begin, size) => {
  expect(await listFrom(cut(JSON.stringify(list), size), begin)).toEqual(list);
});

test('a list that says null for no items', async () => {
  expect(await listFrom(cut('{"items":null,"metadata":{"resourceVersion":"7"}}', 10))).toEqual({
    items: [],
    metadata: { resourceVersion: '7' },
  });
});

test('what is indented is parsed at the end', async () => {
  expect(await listFrom(cut(JSON.stringify(LAST, null, 2), 5_000), BEGIN)).toEqual(LAST);
});

test('a broken item is told of before the rest has come', async () => {
  const text = JSON.stringify(LAST).replace('"spec":', '"spec"');
  let arrived = 0;
  const chunks = async function* (): AsyncGenerator<string> {
    for await (const chunk of cut(text, 10_000)) {
      arrived += chunk.length;
      yield chunk;
    }
  };
  await expect(listFrom(chunks(), BEGIN)).rejects.toThrow(SyntaxError);
  expect(arrived).toBeLessThan(text.length / 2);
});

test('a list that breaks off is none', async () => {
  const text = JSON.stringify(LAST);
  await expect(listFrom(cut(text.slice(0, -1_000), 5_000), BEGIN)).rejects.toThrow(SyntaxError);
});
